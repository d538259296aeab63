//! Sends one request, through redirects, over a pool of connections.

#![expect(clippy::disallowed_methods, reason = "the user names the file of certificates")]

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use plimsoll_core::is_hostile;
use reqwest::blocking::{Client, ClientBuilder, Response};
use reqwest::header::{HeaderMap, HeaderName, LOCATION};
use reqwest::{Certificate, Method, Url};

use super::error::UpdateError;
use super::options::FetchOptions;
use super::retry::Failure;

/// Redirects that are followed for one request.
const MOST_REDIRECTS: usize = 10;
/// Bytes of a file of certificate authorities beyond which it is none.
const CA_FILE_BYTES: u64 = 16 << 20;
/// Characters of another's words in a message.
const MESSAGE_CHARACTERS: usize = 300;

/// The connections to whoever publishes feeds.
///
/// Proxies are those of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), save for this machine's own
/// addresses, which are always spoken to directly. A user name and password in an address are sent to that server only, never
/// to one that it redirects to, and stand in no message.
pub(super) struct Transport {
    options: FetchOptions,
    extra_roots: Vec<Certificate>,
    through_proxy: OnceLock<Client>,
    direct: OnceLock<Client>,
    /// Servers that were tried in vain as often as it makes sense: no other file of theirs is waited for.
    given_up: Mutex<BTreeSet<String>>,
}

impl Transport {
    pub(super) fn new(options: FetchOptions) -> Result<Self, UpdateError> {
        let extra_roots = match &options.extra_ca_file {
            Some(file) => read_roots(file)?,
            None => Vec::new(),
        };
        let (through_proxy, direct) = (OnceLock::new(), OnceLock::new());
        let given_up = Mutex::default();
        Ok(Self { options, extra_roots, through_proxy, direct, given_up })
    }

    pub(super) fn options(&self) -> &FetchOptions {
        &self.options
    }

    /// Notes that a server cannot be reached, where that is what a failure says.
    pub(super) fn give_up(&self, url: &Url, failure: &Failure) {
        if let Failure::Unreachable(_) = failure
            && let Ok(mut given_up) = self.given_up.lock()
        {
            given_up.insert(host(url));
        }
    }

    /// Asks for a file and follows where that leads: at most ten times, and never from TLS to plain HTTP.
    pub(super) fn send(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
    ) -> Result<Response, Failure> {
        let is_given_up = self.given_up.lock().is_ok_and(|given_up| given_up.contains(&host(url)));
        if is_given_up {
            return Err(Failure::Final(format!("{} cannot be reached", host(url))));
        }
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let request = self.client_for(&url)?.request(method.clone(), url.clone());
            let response = request
                .headers(headers.clone())
                .send()
                .map_err(|error| no_answer(error, &host(&url)))?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            url = redirected(&url, text(response.headers(), &LOCATION)).map_err(|detail| {
                Failure::Final(format!("{} answers with {detail}", host(&url)))
            })?;
        }
        Err(Failure::Final(format!("{} answers with redirects without end", host(&url))))
    }

    fn client_for(&self, url: &Url) -> Result<&Client, Failure> {
        let is_direct = is_loopback(url);
        let cell = if is_direct { &self.direct } else { &self.through_proxy };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let built = self.build(is_direct).map_err(|error| no_answer(error, &host(url)))?;
        Ok(cell.get_or_init(|| built))
    }

    fn build(&self, is_direct: bool) -> reqwest::Result<Client> {
        let builder = || {
            let builder = ClientBuilder::new()
                .user_agent(&self.options.user_agent)
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .connect_timeout(self.options.connect_timeout)
                .timeout(self.options.idle_timeout);
            if is_direct { builder.no_proxy() } else { builder }
        };
        match builder().tls_certs_merge(self.extra_roots.clone()).build() {
            // A machine without any certificate authority can still speak plain HTTP to a mirror.
            Err(_) => builder().tls_certs_only(self.extra_roots.clone()).build(),
            built => built,
        }
    }
}

/// Where a redirect leads, if it may.
fn redirected(url: &Url, location: Option<&str>) -> Result<Url, &'static str> {
    let target = location
        .and_then(|location| url.join(location).ok())
        .ok_or("a redirect that leads nowhere")?;
    match (url.scheme(), target.scheme()) {
        ("http", "http") | (_, "https") => Ok(target),
        ("https", "http") => Err("a redirect from TLS to plain HTTP"),
        _ => Err("a redirect to something that is not HTTP"),
    }
}

/// As in an address, without what else it holds: that may be a secret.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("the server");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn read_roots(file: &Path) -> Result<Vec<Certificate>, UpdateError> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(CA_FILE_BYTES).read_to_end(&mut bytes))
        .map_err(|source| UpdateError::Io { path: file.to_owned(), source })?;
    match Certificate::from_pem_bundle(&bytes) {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        _ => Err(UpdateError::NoCertificates { path: file.to_owned() }),
    }
}

/// A header's value, where it is text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// What it means that `host` gave no answer at all.
fn no_answer(error: reqwest::Error, host: &str) -> Failure {
    let error = error.without_url();
    let (root, kinds) = root_cause(&error);
    if error.is_builder() {
        return Failure::Final(format!("TLS cannot be set up: {root}"));
    }
    // What rustls refuses, such as a certificate, stands as invalid data; the network's own errors never do.
    if error.is_connect() && kinds.contains(&io::ErrorKind::InvalidData) {
        let is_unknown = root.contains("UnknownIssuer");
        let hint = if is_unknown { "; --ca-file names a file of authorities to trust" } else { "" };
        return Failure::Final(format!("no TLS connection to {host}: {root}{hint}"));
    }
    if error.is_connect() {
        return Failure::Unreachable(format!("{host} cannot be reached: {root}"));
    }
    Failure::transient(if error.is_timeout() {
        format!("{host} did not answer in time")
    } else {
        format!("the connection to {host} broke: {root}")
    })
}

/// Why a stream broke.
pub(super) fn why_broken(error: &io::Error) -> String {
    root_cause(error).0
}

/// The words of the innermost cause of an error, and the kinds of the I/O errors on the way to it.
fn root_cause(error: &(dyn Error + 'static)) -> (String, Vec<io::ErrorKind>) {
    let mut kinds = Vec::new();
    let mut root = error;
    loop {
        // An I/O error passes over the error that it wraps when it is asked for its source.
        let wrapped = root.downcast_ref::<io::Error>().and_then(|error| {
            kinds.push(error.kind());
            error.get_ref()
        });
        match wrapped {
            Some(wrapped) => root = wrapped,
            None => match root.source() {
                Some(source) => root = source,
                None => return (printable(&root.to_string()), kinds),
            },
        }
    }
}

/// Another's words made fit for a terminal: without control or direction-changing characters, and short.
fn printable(words: &str) -> String {
    words
        .chars()
        .filter(|&character| !character.is_control() && !is_hostile(character))
        .take(MESSAGE_CHARACTERS)
        .collect()
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::http::{Reply, TestServer};

    use super::super::testing::options;
    use super::*;

    fn get(address: &str) -> Result<Response, Failure> {
        let transport = Transport::new(options().0).unwrap();
        transport.send(&Method::GET, &Url::parse(address).unwrap(), &HeaderMap::new())
    }

    #[test]
    fn a_redirect_to_another_server_leaves_the_credentials_behind() {
        let other = TestServer::start(|_, _| Reply::new(200, "file"));
        let target = format!("http://{}/bucket?signature=x", other.host());
        let server = TestServer::start(move |received, _| match received.target.as_str() {
            "/start" => Reply::new(302, "").header("Location", "/moved"),
            _ => Reply::new(307, "").header("Location", target.clone()),
        });
        let answer = get(&format!("http://me:secret@{}/start", server.host())).unwrap();
        assert!(answer.status().is_success());
        let sent: Vec<_> =
            server.received().iter().map(|one| one.header("authorization").is_some()).collect();
        assert_eq!(sent, [true, true]);
        let received = &other.received()[0];
        assert_eq!(received.target, "/bucket?signature=x");
        for name in ["authorization", "referer", "cookie"] {
            assert_eq!(received.header(name), None, "{name}");
        }
    }

    #[test]
    fn credentials_stand_in_no_message() {
        let server = TestServer::start(|_, _| Reply::new(302, "").header("Location", "/start"));
        let address = format!("http://me:secret@{}/start", server.host());
        let looping = format!("{:?}", get(&address).unwrap_err());
        assert!(looping.contains("without end"), "{looping}");
        assert_eq!(server.received().len(), MOST_REDIRECTS + 1);
        drop(server);
        let down = format!("{:?}", get(&address).unwrap_err());
        assert!(down.contains("cannot be reached"), "{down}");
        assert!(!format!("{looping}{down}").contains("secret"));
    }

    #[test]
    fn redirects_never_leave_tls() {
        let (secure, plain) = ("https://example.com/a/b", "http://example.com/a/b");
        for (from, location, expected) in [
            (secure, Some("https://cdn.example.com/x"), Ok("https://cdn.example.com/x")),
            (secure, Some("http://example.com/c"), Err("a redirect from TLS to plain HTTP")),
            (secure, Some("file:///etc/passwd"), Err("a redirect to something that is not HTTP")),
            (secure, None, Err("a redirect that leads nowhere")),
            (plain, Some("http://other.example.com/"), Ok("http://other.example.com/")),
            (plain, Some("https://example.com/"), Ok("https://example.com/")),
            (
                "https://me:secret@example.com/a",
                Some("//other.example.com/b"),
                Ok("https://other.example.com/b"),
            ),
        ] {
            let target = redirected(&Url::parse(from).unwrap(), location);
            let target = target.as_ref().map(Url::as_str).map_err(|&detail| detail);
            assert_eq!(target, expected, "{location:?}");
        }
    }

    #[test]
    fn a_server_that_stays_silent_is_not_waited_for_without_end() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let idle_timeout = std::time::Duration::from_millis(50);
        let transport = Transport::new(FetchOptions { idle_timeout, ..options().0 }).unwrap();
        let failure = transport.send(&Method::GET, &url, &HeaderMap::new()).unwrap_err();
        let Failure::Transient { detail, .. } = failure else { panic!("{failure:?}") };
        assert!(detail.ends_with(" did not answer in time"), "{detail}");
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let extra_ca_file = Some(file.path().to_owned());
        let refused = Transport::new(FetchOptions { extra_ca_file, ..options().0 }).err();
        assert!(matches!(refused, Some(UpdateError::NoCertificates { .. })));
    }
}
