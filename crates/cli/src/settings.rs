//! What was typed becomes what it means: flag, then environment (clap has both), then default. The one place that knows the precedence.

#![expect(clippy::disallowed_methods, reason = "the user names the file")]

use std::ffi::OsString;
use std::fs::File;
use std::io::{IsTerminal, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use plimsoll_core::{Day, Limits};
use plimsoll_feeds::Selection;
use plimsoll_oci::daemon::DaemonOptions;
use plimsoll_oci::registry::{CredentialSource, Credentials, RegistryOptions, Secret};
use plimsoll_oci::{Deadline, OpenOptions, Reference};
use plimsoll_scan::{Cache, Presentation};

use crate::advisories::{SNAPSHOT_FILE, UpdateSettings};
use crate::args::{
    DbUpdate, FeedsArgs, FeedsDirectoryArgs, Global, ImageArgs, ScanArgs, UpdateArgs,
};
use crate::failure::Failure;

/// Bytes of a password.
const MAX_PASSWORD_BYTES: u64 = 64 << 10;
/// Columns where standard output is no terminal.
const DEFAULT_WIDTH: u16 = 120;

/// How an image is opened and read.
pub struct ImageSettings {
    pub reference: Reference,
    pub open: OpenOptions,
    pub threads: NonZeroUsize,
    pub cache: Option<Cache>,
    /// From when the settings were made: opening the image counts.
    pub deadline: Deadline,
}

impl ImageSettings {
    pub fn new(args: &ImageArgs) -> Result<Self, Failure> {
        let limits = Limits::default();
        let reference = Reference::parse(&args.image)?;
        if args.password_stdin && reference == Reference::StandardInput {
            let message = "read both the image and the password from standard input";
            return Err(Failure::Usage(message.to_owned()));
        }
        let credentials = match &args.username {
            Some(username) => {
                let password = Secret::new(password(args)?);
                CredentialSource::Explicit(Credentials::UserPassword {
                    user: username.clone(),
                    password,
                })
            }
            None => CredentialSource::from_environment(&environment),
        };
        let mut registry =
            RegistryOptions { insecure: args.insecure, credentials, ..RegistryOptions::default() };
        registry.http.extra_ca_file.clone_from(&args.ca_file);
        let cache = if args.no_cache { None } else { open_cache(args, &limits) };
        let threads = args.threads.or_else(|| std::thread::available_parallelism().ok());
        Ok(Self {
            reference,
            open: OpenOptions {
                platform: args.platform.clone(),
                limits,
                exclude: args.exclude.clone(),
                registry,
                daemons: DaemonOptions::from_environment(&environment),
            },
            threads: threads.unwrap_or(NonZeroUsize::MIN),
            cache,
            deadline: args.timeout.map_or(Deadline::NEVER, Deadline::after),
        })
    }
}

fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// A cache that cannot be used costs time and nothing else, so the scan goes on.
fn open_cache(args: &ImageArgs, limits: &Limits) -> Option<Cache> {
    let directory = args.cache.clone().or_else(|| home_directory("XDG_CACHE_HOME", ".cache"))?;
    match Cache::open(&directory, limits) {
        Ok(cache) => Some(cache),
        Err(error) => {
            tracing::warn!(%error, source = %error.source, "the layer cache is not used");
            None
        }
    }
}

/// Where advisories are kept.
pub fn data_directory(global: &Global) -> Result<PathBuf, Failure> {
    let directory = global.data.clone().or_else(|| home_directory("XDG_DATA_HOME", ".local/share"));
    directory.ok_or_else(|| {
        Failure::Usage("find a data directory: there is neither --data nor a home".to_owned())
    })
}

/// Where the files of feeds are kept.
pub fn feeds_directory(global: &Global, args: &FeedsDirectoryArgs) -> Result<PathBuf, Failure> {
    args.feeds_dir.clone().map_or_else(|| Ok(data_directory(global)?.join("feeds")), Ok)
}

/// How `db update` updates.
pub fn update_settings(global: &Global, args: &UpdateArgs) -> Result<UpdateSettings, Failure> {
    let extra = |typed: &String| {
        let named = typed.split_once('=').map(|(name, url)| (name.to_owned(), url.to_owned()));
        named.ok_or_else(|| Failure::Usage("read --extra: it is NAME=URL".to_owned()))
    };
    let settings = mirrored(global, &args.feeds)?;
    Ok(UpdateSettings {
        selection: Selection {
            only: args.only.clone(),
            extra: args.extra.iter().map(extra).collect::<Result<_, _>>()?,
            ..settings.selection
        },
        from: args.from.clone(),
        accept_shrunk: args.accept_shrunk,
        ca_file: args.ca_file.clone(),
        ..settings
    })
}

/// How a scan updates; `None` where it does not.
pub fn scan_update_settings(
    global: &Global,
    args: &ScanArgs,
) -> Result<Option<UpdateSettings>, Failure> {
    match args.db_update {
        DbUpdate::Never => Ok(None),
        DbUpdate::Auto => {
            let ca_file = args.image.ca_file.clone();
            Ok(Some(UpdateSettings { ca_file, ..mirrored(global, &args.feeds)? }))
        }
    }
}

/// Every feed, from where it is published or mirrored.
fn mirrored(global: &Global, args: &FeedsArgs) -> Result<UpdateSettings, Failure> {
    let mut selection = Selection::default();
    for typed in args.mirror.iter().filter(|typed| !typed.is_empty()) {
        match typed.split_once('=') {
            // An address may have an `=`, too, but behind its colon.
            Some((feed, url)) if !feed.contains(':') => {
                if selection.mirrors.iter().any(|(known, _)| known == feed) {
                    return Err(Failure::Usage(format!(
                        "read --mirror: the feed `{feed}` has two addresses"
                    )));
                }
                selection.mirrors.push((feed.to_owned(), url.to_owned()));
            }
            _ if selection.mirror.is_some() => {
                let message = "read --mirror: two addresses are for all feeds\nhint: FEED=URL is for one feed";
                return Err(Failure::Usage(message.to_owned()));
            }
            _ => selection.mirror = Some(typed.clone()),
        }
    }
    Ok(UpdateSettings {
        snapshot: data_directory(global)?.join(SNAPSHOT_FILE),
        feeds: feeds_directory(global, &args.directory)?,
        selection,
        from: None,
        accept_shrunk: false,
        ca_file: None,
    })
}

/// `$VARIABLE/plimsoll`, else `$HOME/FALLBACK/plimsoll` (XDG base directory specification: a relative path is ignored).
fn home_directory(variable: &str, fallback: &str) -> Option<PathBuf> {
    let path = |value: OsString| Some(PathBuf::from(value)).filter(|path| path.is_absolute());
    let base = std::env::var_os(variable).and_then(path);
    let base = base.or_else(|| Some(std::env::var_os("HOME").and_then(path)?.join(fallback)))?;
    Some(base.join("plimsoll"))
}

fn password(args: &ImageArgs) -> Result<String, Failure> {
    let mut text = String::new();
    let (what, result) = match &args.password_file {
        Some(path) => (path.display().to_string(), read_text(path, &mut text)),
        None => {
            let result = std::io::stdin().take(MAX_PASSWORD_BYTES).read_to_string(&mut text);
            ("standard input".to_owned(), result)
        }
    };
    result.map_err(|error| Failure::Usage(format!("read the password from {what}: {error}")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn read_text(path: &Path, text: &mut String) -> std::io::Result<usize> {
    File::open(path)?.take(MAX_PASSWORD_BYTES).read_to_string(text)
}

/// How a report for people looks on standard output, or in a file.
pub fn presentation(is_standard_output: bool) -> Presentation {
    let is_terminal = is_standard_output && std::io::stdout().is_terminal();
    let width = terminal_size::terminal_size().filter(|_| is_terminal).map(|(width, _)| width.0);
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let choice = anstream::AutoStream::choice(&std::io::stdout());
    Presentation {
        width: width.or(columns).filter(|&width| width > 0).unwrap_or(DEFAULT_WIDTH),
        color: is_standard_output && choice != anstream::ColorChoice::Never,
    }
}

/// Seconds since 1970 in UTC.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

/// A moment as RFC 3339, in UTC.
pub fn rfc3339(unix_seconds: u64) -> String {
    let seconds = unix_seconds % 86_400;
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{}T{hours:02}:{minutes:02}:{:02}Z", Day::from_unix_seconds(unix_seconds), seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_795_305_599), "2026-11-21T23:59:59Z");
    }
}
