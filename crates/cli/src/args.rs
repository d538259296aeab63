//! What can be typed. What it means is in `settings`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use plimsoll_core::{Day, Platform, Severity};

/// Finds what is installed in a container image and what is wrong with it. Needs no daemon, no cloud and, after `db update`, no network.
#[derive(Parser, Debug)]
#[command(name = "plimsoll", version, about, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 pass · 1 policy failed (--fail-on) · 2 usage or configuration · 3 image unreadable · \
    4 coverage incomplete (--require-coverage) · 5 advisory data missing or damaged · 70 bug";

#[derive(Args, Debug)]
pub struct Global {
    /// Where advisories are kept [default: $XDG_DATA_HOME/plimsoll]
    #[arg(long, global = true, value_name = "DIR", env = "PLIMSOLL_DATA")]
    pub data: Option<PathBuf>,
    /// No progress and no warnings on standard error
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// More of what happens on standard error; twice for everything
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Scan a demonstration image, offline
    Demo(DemoArgs),
    /// Scan an image: what is installed, what is vulnerable, what could not be judged
    Scan(ScanArgs),
    /// List what is installed in an image, as an SBOM
    Sbom(SbomArgs),
    /// Build and look at the advisory snapshot
    #[command(subcommand)]
    Db(DbCommand),
}

const IMAGE_HELP: &str = "The image: docker-archive:FILE[:REF|:@N], oci-archive:FILE[:TAG|@DIGEST], oci:DIR[:TAG|@DIGEST], dir:DIR, \
    docker:NAME, podman:NAME, containerd:NAME, registry:NAME, a file, - for an archive on standard input, or a NAME, which is looked for \
    in Docker, Podman and containerd, and then in its registry";

/// Which image, and how it is read.
#[derive(Args, Debug)]
pub struct ImageArgs {
    #[arg(value_name = "IMAGE", help = IMAGE_HELP)]
    pub image: String,
    /// The platform to choose from an index, such as linux/arm64 [default: this machine's, else the only one there is]
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    pub platform: Option<Platform>,
    /// Every platform of an index: one report each, and what each came to. A name without a prefix is then one in a registry
    #[arg(long, conflicts_with = "platform")]
    pub all_platforms: bool,
    /// With dir:, leave out what lies at this path (`*` in a component, `**` over components); may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,
    /// Speak plain HTTP to the registry
    #[arg(long, env = "PLIMSOLL_INSECURE")]
    pub insecure: bool,
    /// User name for the registry; without it, what the Docker configuration file holds
    #[arg(long, value_name = "NAME", env = "PLIMSOLL_USERNAME", requires = "password")]
    pub username: Option<String>,
    /// The password comes on standard input
    #[arg(long, requires = "username", group = "password")]
    pub password_stdin: bool,
    /// The password lies in this file
    #[arg(
        long,
        value_name = "FILE",
        env = "PLIMSOLL_PASSWORD_FILE",
        requires = "username",
        group = "password"
    )]
    pub password_file: Option<PathBuf>,
    /// Trust the certificates in this PEM file too
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// Layers read at the same time [default: the number of processors]
    #[arg(long, value_name = "N", env = "PLIMSOLL_THREADS")]
    pub threads: Option<std::num::NonZeroUsize>,
    /// Give the scan up where the image is not read within this time, such as 90s, 10m or 1h30m: nothing is reported or kept of it
    /// [default: as long as it takes]
    #[arg(long, value_name = "DURATION", env = "PLIMSOLL_TIMEOUT", value_parser = crate::duration::parse)]
    pub timeout: Option<std::time::Duration>,
    /// Neither read nor write the layer cache
    #[arg(long)]
    pub no_cache: bool,
    /// Where the layer cache is kept [default: $XDG_CACHE_HOME/plimsoll]
    #[arg(long, value_name = "DIR", env = "PLIMSOLL_CACHE")]
    pub cache: Option<PathBuf>,
}

/// Where a report goes and in which form.
#[derive(Args, Debug)]
pub struct OutputArgs {
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct ScanArgs {
    #[command(flatten)]
    pub image: ImageArgs,
    #[command(flatten)]
    pub report: ReportArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Whether to fetch advisories for the families of the image's packages before judging them; auto does where there is no
    /// snapshot, or what is needed is missing or more than a day old, and on a terminal asks first
    #[arg(long, value_name = "WHEN", env = "PLIMSOLL_DB_UPDATE", default_value = "never")]
    pub db_update: DbUpdate,
    #[command(flatten)]
    pub feeds: FeedsArgs,
}

/// What of the findings is reported, and what fails.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// The form of the report
    #[arg(long, short, value_name = "FORMAT", default_value = "table", value_parser = scan_format())]
    pub format: String,
    /// Report only these severities, separated by commas: unknown, negligible, low, medium, high, critical
    #[arg(long, value_name = "SEVERITY", value_delimiter = ',')]
    pub severity: Vec<Severity>,
    /// Report only what has a fixed version
    #[arg(long)]
    pub fixed_only: bool,
    /// Exit with 1 where something reported is at least this severe; malware always counts
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
    /// Exit with 4 where something could not be read or judged
    #[arg(long)]
    pub require_coverage: bool,
    /// Judge as on this day, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DAY")]
    pub as_of: Option<Day>,
}

#[derive(Args, Debug)]
pub struct DemoArgs {
    #[command(flatten)]
    pub report: ReportArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Args, Debug)]
pub struct SbomArgs {
    #[command(flatten)]
    pub image: ImageArgs,
    /// The form of the SBOM
    #[arg(long, short, value_name = "FORMAT", default_value = "cyclonedx-json", value_parser = sbom_format())]
    pub format: String,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Where the files of feeds are kept.
#[derive(Args, Debug)]
pub struct FeedsDirectoryArgs {
    /// Where the files of feeds are kept [default: feeds, beside the snapshot]
    #[arg(long, value_name = "DIR", env = "PLIMSOLL_FEEDS")]
    pub feeds_dir: Option<PathBuf>,
}

/// Where the files of feeds come from.
#[derive(Args, Debug)]
pub struct FeedsArgs {
    #[command(flatten)]
    pub directory: FeedsDirectoryArgs,
    /// Fetch copies of the feeds' files from below this address, named as they are in the directory of feeds; with FEED=, those of one
    /// feed; may be repeated
    #[arg(long, value_name = "[FEED=]URL", env = "PLIMSOLL_MIRROR", value_delimiter = ' ')]
    pub mirror: Vec<String>,
}

#[derive(Args, Debug)]
pub struct UpdateArgs {
    #[command(flatten)]
    pub feeds: FeedsArgs,
    /// Update only this feed; may be repeated
    #[arg(long, value_name = "FEED")]
    pub only: Vec<String>,
    /// Take the feeds from a directory, or an archive of one (tar, compressed or not, or zip), instead of fetching them
    #[arg(long, value_name = "PATH", conflicts_with_all = ["mirror", "extra"])]
    pub from: Option<PathBuf>,
    /// Fetch another feed, in any form that is read (updateinfo.xml, a secdb, Packages, a zip of OSV records), or that of a repository of
    /// rpm packages by its repomd.xml; may be repeated, with one name too. An updateinfo.xml does not say whose it is: its name does, as
    /// FAMILY:RELEASE ("Rocky Linux:9"). It is fetched by the updates that name it; what was fetched stays
    #[arg(long, value_name = "NAME=URL")]
    pub extra: Vec<String>,
    /// Take feeds that have lost more than a fifth of their records
    #[arg(long)]
    pub accept_shrunk: bool,
    /// Trust the certificates in this PEM file too
    #[arg(long, value_name = "FILE", env = "PLIMSOLL_CA_FILE")]
    pub ca_file: Option<PathBuf>,
}

const UPDATE_HELP: &str = "A feed that cannot be had, cannot be read, or has lost more than a fifth of its records keeps its old copy and \
    is named. An old copy that is damaged is fetched again, and costs only itself where that fails. \
    What has the name of a feed's file and is of none is warned of; where it has the place of one, it is no feed as it is published. \
    Exit codes: 0 every feed is as it is published · 4 one is not · 5 none could be had, or no snapshot be built";

const BUILD_HELP: &str = "What is damaged costs only itself, and is named; the snapshot then does not claim to have all of that feed. \
    What has the name of a feed's file and is of none is warned of. \
    Exit codes: 0 all was read · 4 something is damaged, or is of no feed and lies where an update puts one · 5 no snapshot could be built";

/// When a scan fetches advisories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum DbUpdate {
    Auto,
    Never,
}

#[derive(Subcommand, Debug)]
pub enum DbCommand {
    /// Fetch what feeds publish, build the snapshot of it, and put it into the old one's place
    #[command(after_help = UPDATE_HELP)]
    Update(UpdateArgs),
    /// Build the snapshot from feeds on disk, in the forms in which they are published: archives, documents, checkouts of databases
    #[command(after_help = BUILD_HELP)]
    Build {
        /// Where the feeds lie
        #[arg(long, value_name = "DIR")]
        feeds: PathBuf,
    },
    /// What the snapshot holds: age, sources, counts, and for which releases it is complete
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        feeds: FeedsDirectoryArgs,
    },
    /// What the snapshot says of a package, such as pkg:npm/lodash@4.17.15 or pkg:deb/debian/openssl?distro=debian-12
    Lookup {
        #[arg(value_name = "PURL")]
        purl: String,
    },
    /// What differs between two snapshots: what matters for matching, record by record, and how many only have other words
    Diff(DiffArgs),
    /// Write the snapshot as one compressed file, for a machine without a network
    Export {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Put the snapshot of such a file into the place of the present one, once all of it is verified
    Import {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Args, Debug)]
pub struct DiffArgs {
    /// The older snapshot's file
    #[arg(value_name = "OLDER")]
    pub older: PathBuf,
    /// The newer one's
    #[arg(value_name = "NEWER")]
    pub newer: PathBuf,
    /// Name also the records of which only words, dates and references differ
    #[arg(long)]
    pub texts: bool,
    /// A JSON object on a line for each difference
    #[arg(long)]
    pub json: bool,
}

fn scan_format() -> clap::builder::PossibleValuesParser {
    plimsoll_scan::SCAN_FORMATS.iter().map(|format| format.id).into()
}

fn sbom_format() -> clap::builder::PossibleValuesParser {
    plimsoll_scan::SBOM_FORMATS.iter().map(|format| format.id).into()
}
