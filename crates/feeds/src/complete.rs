//! Which bulk file is complete for which releases: what upstream says of its own files, never what was counted.

use plimsoll_advisory::CompleteFeed;

use crate::options::BuildOptions;
use crate::tally::Tally;

/// What one bulk file is complete for.
struct Declaration {
    feed: &'static str,
    /// What the file is called: its stem, or the directory of an `all.zip`, in lower case without blanks.
    names: &'static [&'static str],
    family: &'static str,
    releases: Releases,
}

enum Releases {
    /// A language: it has no releases.
    None,
    These(&'static [&'static str]),
    /// Those that the file speaks of and that begin so.
    Beginning(&'static [&'static str]),
}

/// A file that is not here declares nothing: a sample is no coverage.
const DECLARATIONS: &[Declaration] = &[
    Declaration {
        feed: "alpine-secdb",
        names: &["alpine-secdb", "secdb"],
        family: "Alpine",
        releases: Releases::Beginning(&["v3.", "edge"]),
    },
    // OSV's conversion of Alpine's database leaves the repository `community` out, so it is complete for nothing.
    osv("AlmaLinux", &["almalinux"], Releases::These(&["8", "9", "10"])),
    // Debian's older releases stand in the bulk file with DSA and DLA only, without what is unfixed.
    osv("Debian", &["debian"], Releases::These(&["11", "12", "13"])),
    osv("Rocky Linux", &["rocky", "rocky-linux", "rockylinux"], Releases::These(&["8", "9"])),
    // RHEL 10 is published as CSAF VEX only; the file holds none of it.
    osv(
        "Red Hat",
        &["redhat", "red-hat"],
        Releases::Beginning(&[
            "enterprise_linux:6::",
            "enterprise_linux:7::",
            "enterprise_linux:8::",
            "enterprise_linux:9::",
        ]),
    ),
    osv("SUSE", &["suse"], Releases::Beginning(&["Linux Enterprise "])),
    osv("openSUSE", &["suse", "opensuse"], Releases::Beginning(&["Leap 15.", "Tumbleweed"])),
    osv("Go", &["go"], Releases::None),
    osv("Hackage", &["hackage"], Releases::None),
    osv("Hex", &["hex"], Releases::None),
    osv("Maven", &["maven"], Releases::None),
    osv("NuGet", &["nuget"], Releases::None),
    osv("Packagist", &["packagist"], Releases::None),
    osv("Pub", &["pub"], Releases::None),
    osv("PyPI", &["pypi"], Releases::None),
    osv("RubyGems", &["rubygems"], Releases::None),
    osv("SwiftURL", &["swifturl"], Releases::None),
    osv("crates.io", &["crates.io"], Releases::None),
    osv("npm", &["npm"], Releases::None),
];

const fn osv(
    family: &'static str,
    names: &'static [&'static str],
    releases: Releases,
) -> Declaration {
    Declaration { feed: "osv", names, family, releases }
}

/// What an input is declared complete for. A release of which its records do not speak is left out: a file older than the
/// release must not vouch for it.
pub(crate) fn declared(
    feed: &str,
    input: &str,
    tally: &Tally,
    options: &BuildOptions,
) -> Vec<CompleteFeed> {
    // What a filter leaves of a feed is not all of it.
    if !options.id_prefixes.is_empty() || !options.repositories.is_empty() {
        return Vec::new();
    }
    let name = bulk_name(input);
    let covers = |declaration: &Declaration, release: &str| match declaration.releases {
        Releases::None => release.is_empty(),
        Releases::These(releases) => releases.contains(&release),
        Releases::Beginning(prefixes) => prefixes.iter().any(|prefix| release.starts_with(prefix)),
    };
    let mut complete = Vec::new();
    for declaration in DECLARATIONS {
        if declaration.feed != feed || !declaration.names.contains(&name.as_str()) {
            continue;
        }
        for (family, release) in &tally.seen {
            if family == declaration.family && covers(declaration, release) {
                let (family, release) = (family.clone(), release.clone());
                complete.push(CompleteFeed { feed: feed.to_owned(), family, release });
            }
        }
    }
    complete
}

/// What an input is called in the table: `osv/debian.tar.zst` and `Debian/all.zip` are both `debian`.
fn bulk_name(input: &str) -> String {
    let mut parts = input.rsplit('/');
    let file = parts.next().unwrap_or_default();
    let stem = crate::input::ARCHIVE_SUFFIXES
        .iter()
        .chain(&[".json"])
        .find_map(|suffix| file.strip_suffix(suffix))
        .unwrap_or(file);
    let name = if stem == "all" { parts.next().unwrap_or_default() } else { stem };
    name.to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn releases(feed: &str, input: &str, seen: &[(&str, &str)], options: &BuildOptions) -> String {
        let seen = seen.iter().map(|(one, other)| ((*one).into(), (*other).into())).collect();
        let tally = Tally { seen, ..Tally::default() };
        let complete = declared(feed, input, &tally, options);
        complete.into_iter().map(|one| one.release).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_sample_is_no_coverage() {
        let debian = [("Debian", "10"), ("Debian", "12"), ("Debian", "13"), ("npm", "")];
        let options = BuildOptions::default();
        for (input, complete) in [
            ("osv/debian.tar.zst", "12 13"),
            ("Debian/all.zip", "12 13"),
            ("mirror/debian", "12 13"),
            ("osv/osv-latest-2026-01.tar.zst", ""),
            ("osv/debian-sample.tar.zst", ""),
        ] {
            assert_eq!(releases("osv", input, &debian, &options), complete, "{input}");
        }
        assert_eq!(releases("alpine-secdb", "osv/debian.tar.zst", &debian, &options), "");
    }

    #[test]
    fn osv_is_complete_for_no_alpine() {
        let alpine = [("Alpine", "v3.18"), ("Alpine", "edge")];
        let options = BuildOptions::default();
        assert_eq!(releases("osv", "osv/alpine.tar.zst", &alpine, &options), "");
        let secdb = "distro/alpine-secdb.tar.zst";
        assert_eq!(releases("alpine-secdb", secdb, &alpine, &options), "edge v3.18");
    }

    #[test]
    fn what_a_filter_leaves_is_not_complete() {
        let options = BuildOptions { id_prefixes: vec!["CVE-".into()], ..Default::default() };
        assert_eq!(releases("osv", "debian.tar.zst", &[("Debian", "12")], &options), "");
    }
}
