//! Fetches one file: only where it changed, and from where an earlier try broke off.

#![expect(clippy::disallowed_methods, reason = "what is fetched lies below the directory of feeds")]

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use plimsoll_http::header::{
    CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED,
};
use plimsoll_http::{Answer, Request, Url, host_and_port, innermost_cause};
use serde::{Deserialize, Serialize};

use super::failure::{Failure, Refusal, refused};
use super::publishers::Publishers;
use super::state::{FileState, Version};

const BUFFER_BYTES: usize = 128 << 10;
/// In this time at least as many bytes must come: a tenth of what the slowest lines that are sold give.
const LEAST_WINDOW: Duration = Duration::from_mins(2);
const LEAST_BYTES: u64 = 128 << 10;
/// Bytes of what is known of a file that is there in part.
const PART_STATE_BYTES: u64 = 64 << 10;

/// A file that is wanted.
pub(super) struct Wish<'a> {
    pub(super) url: &'a Url,
    /// Where it goes. Until it is whole it lies beside that, as `NAME.part`.
    pub(super) target: &'a Path,
    /// What is known of the copy that there is; `None` to have it again whatever that is.
    pub(super) known: Option<&'a FileState>,
    pub(super) most_bytes: u64,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Download {
    /// What is published is what is known.
    Unchanged,
    /// It lies at the target, whole. `transferred` leaves out what an earlier try had brought.
    Whole { bytes: u64, transferred: u64, version: Version },
}

/// Fetches a file, with as many tries as the options allow. What a last try had brought stays for the next time.
pub(super) fn download(publishers: &Publishers, wish: &Wish<'_>) -> Result<Download, Failure> {
    let mut tries = publishers.client().tries();
    let mut part = Part::beside(wish).map_err(|error| host_failure(&error))?;
    let mut transferred = 0;
    loop {
        let before = transferred;
        match attempt(publishers, wish, &mut part, &mut transferred) {
            Ok(None) => return Ok(Download::Unchanged),
            Ok(Some(version)) => {
                let bytes = part.finish(wish.target).map_err(|error| host_failure(&error))?;
                return Ok(Download::Whole { bytes, transferred, version });
            }
            Err(failure) => tries.again(failure, transferred > before)?,
        }
    }
}

/// The bytes of a small document, such as one that names another.
pub(super) fn text_of(
    publishers: &Publishers,
    request: &Request,
    most_bytes: u64,
) -> Result<String, Failure> {
    let url = &request.url;
    publishers.client().with_retries(|| {
        let answer = publishers.send(request)?;
        if !answer.status().is_success() {
            return Err(refusal(publishers, url, &answer));
        }
        let bytes = answer.bytes(most_bytes).map_err(|error| broke(url, &error))?;
        let bytes = bytes.ok_or_else(|| too_large(most_bytes))?;
        String::from_utf8(bytes).map_err(|_| refused("it is no text"))
    })
}

/// How large a file is, where its publisher says so.
pub(super) fn size_of(publishers: &Publishers, url: &Url) -> Option<u64> {
    let answer = publishers.send(&Request::head(url.clone())).ok()?;
    answer.length().filter(|_| answer.status().is_success())
}

/// One request: the version of what is whole then, `None` where nothing changed.
fn attempt(
    publishers: &Publishers,
    wish: &Wish<'_>,
    part: &mut Part,
    transferred: &mut u64,
) -> Result<Option<Version>, Failure> {
    let resumed = part.resumable();
    let request = Request::get(wish.url.clone());
    let request = match (&resumed, wish.known) {
        (Some((have, validator)), _) => {
            request.starting_at(*have).with(IF_RANGE, validator.clone())
        }
        (None, Some(known)) => with_conditions(request, &known.version),
        (None, None) => request,
    };
    let mut answer = publishers.send(&request)?;
    let total = match (answer.status().as_u16(), &resumed) {
        (304, None) if !request.headers.is_empty() => return Ok(None),
        (200, _) if is_page(&answer) => {
            let detail = format!("{} answers with a page for people", host_and_port(wish.url));
            return Err(refused(detail));
        }
        (200, _) => {
            part.begin(Version::of(&answer)).map_err(|error| host_failure(&error))?;
            answer.length()
        }
        (206, Some((have, validator))) => {
            let total = continued(&answer, *have, validator);
            if total.is_none() {
                part.discard().map_err(|error| host_failure(&error))?;
            }
            let detail = || {
                Failure::transient(format!(
                    "{} sends another part than was asked for",
                    host_and_port(wish.url)
                ))
            };
            Some(total.ok_or_else(detail)?)
        }
        (416, Some(_)) => {
            part.discard().map_err(|error| host_failure(&error))?;
            return Err(Failure::transient(format!(
                "{} has not the part that is missing",
                host_and_port(wish.url)
            )));
        }
        _ => return Err(refusal(publishers, wish.url, &answer)),
    };
    if total.is_some_and(|total| total > wish.most_bytes) {
        part.discard().map_err(|error| host_failure(&error))?;
        return Err(too_large(wish.most_bytes));
    }
    copy(publishers, &mut answer, wish, (part, transferred))?;
    match total {
        Some(total) if part.bytes < total => {
            Err(Failure::transient(format!("it ended after {} of {total} bytes", part.bytes)))
        }
        Some(total) if part.bytes > total => {
            part.discard().map_err(|error| host_failure(&error))?;
            Err(Failure::transient(format!("it has more than its {total} bytes")))
        }
        _ => Ok(Some(part.version.clone())),
    }
}

/// Writes what comes behind what is there.
fn copy(
    publishers: &Publishers,
    answer: &mut Answer,
    wish: &Wish<'_>,
    (part, transferred): (&mut Part, &mut u64),
) -> Result<(), Failure> {
    let clock = &publishers.client().options().clock;
    let mut pace = Pace { since: clock.now(), bytes: 0 };
    let mut file = part.append().map_err(|error| host_failure(&error))?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = answer.read(&mut buffer).map_err(|error| broke(wish.url, &error))?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            return file.flush().map_err(|error| host_failure(&error));
        };
        if !pace.goes_on(clock.now(), count as u64) {
            let seconds = LEAST_WINDOW.as_secs();
            let detail = format!("it comes too slowly: {} bytes in {seconds} s", pace.bytes);
            return Err(refused(detail));
        }
        part.bytes = part.bytes.saturating_add(count as u64);
        if part.bytes > wish.most_bytes {
            part.discard().map_err(|error| host_failure(&error))?;
            return Err(too_large(wish.most_bytes));
        }
        file.write_all(bytes).map_err(|error| host_failure(&error))?;
        *transferred = transferred.saturating_add(count as u64);
    }
}

/// How much came in since when.
struct Pace {
    since: SystemTime,
    bytes: u64,
}

impl Pace {
    /// Takes bytes that came in; false where so few come that whoever sends them only holds the update up.
    fn goes_on(&mut self, now: SystemTime, bytes: u64) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        if now.duration_since(self.since).is_ok_and(|elapsed| elapsed >= LEAST_WINDOW) {
            if self.bytes < LEAST_BYTES {
                return false;
            }
            *self = Self { since: now, bytes: 0 };
        }
        true
    }
}

fn with_conditions(mut request: Request, version: &Version) -> Request {
    let conditions = [(IF_NONE_MATCH, &version.etag), (IF_MODIFIED_SINCE, &version.last_modified)];
    for (name, value) in conditions {
        if let Some(value) = value.as_ref().and_then(|value| HeaderValue::from_str(value).ok()) {
            request = request.with(name, value);
        }
    }
    request
}

/// The whole file's length, where the answer is indeed what follows the first `have` bytes of that version.
fn continued(answer: &Answer, have: u64, validator: &HeaderValue) -> Option<u64> {
    let (start, total) = answer.range()?;
    let is_same = |name: &HeaderName| answer.headers().get(name).is_none_or(|own| own == validator);
    let is_etag = validator.as_bytes().starts_with(b"\"");
    let is_same = is_same(if is_etag { &ETAG } else { &LAST_MODIFIED });
    let total = total.or_else(|| Some(have.saturating_add(answer.length()?)));
    total.filter(|_| start == have && is_same)
}

/// No feed is published as HTML: it is what a log-in, an error or a gate on the way answers.
fn is_page(answer: &Answer) -> bool {
    answer.header(&CONTENT_TYPE).is_some_and(|value| value.starts_with("text/html"))
}

/// What an answer without the file means.
fn refusal(publishers: &Publishers, url: &Url, answer: &Answer) -> Failure {
    let (status, host) = (answer.status(), host_and_port(url));
    match status.as_u16() {
        404 | 410 => Failure::Final(Refusal::NotThere(format!("{host} does not have it"))),
        401 | 403 => refused(format!("{host} refuses it ({})", status.as_u16())),
        _ if answer.is_passing() => {
            let detail = match status.as_u16() {
                429 => format!("{host} has too many requests"),
                _ => format!("{host} answered {status}"),
            };
            let retry_after = answer.retry_after(publishers.options().http.clock.now());
            Failure::Transient { detail, retry_after }
        }
        _ => refused(format!("{host} answered {status}")),
    }
}

fn broke(url: &Url, error: &io::Error) -> Failure {
    let (host, cause) = (host_and_port(url), innermost_cause(error));
    Failure::transient(format!("the connection to {host} broke: {cause}"))
}

fn too_large(most_bytes: u64) -> Failure {
    refused(format!("it has more than the {most_bytes} bytes that are taken"))
}

/// A fault of this machine, such as a full disk.
fn host_failure(error: &io::Error) -> Failure {
    refused(format!("it cannot be written: {error}"))
}

impl Version {
    fn of(answer: &Answer) -> Self {
        let header = |name| answer.header(name).map(str::to_owned);
        Self { etag: header(&ETAG), last_modified: header(&LAST_MODIFIED) }
    }

    /// What a part may be continued by: a weak tag says nothing of single bytes.
    fn validator(&self) -> Option<HeaderValue> {
        let strong = self.etag.as_ref().filter(|etag| etag.starts_with('"'));
        let date = self.last_modified.as_ref().filter(|_| self.etag.is_none());
        HeaderValue::from_str(strong.or(date)?).ok()
    }
}

/// A file of which perhaps only the beginning is there.
struct Part {
    path: PathBuf,
    /// Whence and of which version it is, so that a later run may continue it.
    state_path: PathBuf,
    origin: String,
    bytes: u64,
    version: Version,
}

#[derive(Serialize, Deserialize)]
struct PartState {
    origin: String,
    version: Version,
}

impl Part {
    fn beside(wish: &Wish<'_>) -> io::Result<Self> {
        if let Some(parent) = wish.target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let beside = |suffix: &str| {
            let mut name = wish.target.file_name().unwrap_or_default().to_owned();
            name.push(suffix);
            wish.target.with_file_name(name)
        };
        let (path, state_path) = (beside(".part"), beside(".part.json"));
        let origin = without_credentials(wish.url);
        let mut part = Self { path, state_path, origin, bytes: 0, version: Version::default() };
        let known = part.read_state().filter(|state| state.origin == part.origin);
        match (known, std::fs::metadata(&part.path)) {
            (Some(state), Ok(metadata)) if metadata.is_file() => {
                part.bytes = metadata.len();
                part.version = state.version;
            }
            _ => part.discard()?,
        }
        Ok(part)
    }

    fn read_state(&self) -> Option<PartState> {
        let mut bytes = Vec::new();
        File::open(&self.state_path).ok()?.take(PART_STATE_BYTES).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// How many bytes are there, and by what a server knows whether they are still of its version.
    fn resumable(&self) -> Option<(u64, HeaderValue)> {
        Some((self.bytes, self.version.validator()?)).filter(|(bytes, _)| *bytes > 0)
    }

    /// Forgets what is there; what comes is of this version.
    fn begin(&mut self, version: Version) -> io::Result<()> {
        self.discard()?;
        self.version = version;
        let state = PartState { origin: self.origin.clone(), version: self.version.clone() };
        std::fs::write(&self.state_path, serde_json::to_vec(&state)?)
    }

    fn append(&self) -> io::Result<File> {
        OpenOptions::new().create(true).append(true).open(&self.path)
    }

    fn discard(&mut self) -> io::Result<()> {
        self.bytes = 0;
        self.version = Version::default();
        remove(&self.path)?;
        remove(&self.state_path)
    }

    fn finish(&mut self, target: &Path) -> io::Result<u64> {
        File::open(&self.path)?.sync_all()?;
        std::fs::rename(&self.path, target)?;
        remove(&self.state_path)?;
        Ok(self.bytes)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// An address that may be kept and shown.
pub(super) fn without_credentials(url: &Url) -> String {
    let mut url = url.clone();
    // An address without a host has none to begin with.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

#[cfg(test)]
mod tests;
