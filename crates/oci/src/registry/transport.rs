//! Sends one request, through redirects, over a pool of connections.

#![expect(clippy::disallowed_methods, reason = "the user names the file of certificates")]

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION, RANGE};
use reqwest::{Certificate, Url};

use super::RegistryOptions;
use super::answer::{self, Answer};
use super::retry::Failure;
use crate::OciError;

/// Redirects that are followed for one request.
const MOST_REDIRECTS: usize = 10;
/// Bytes of a file of certificate authorities beyond which it is none.
const CA_FILE_BYTES: u64 = 16 << 20;

/// A request that may be sent again.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) url: Url,
    pub(super) accept: Option<&'static str>,
    /// Sent to the server of `url` only, never to one that it redirects to.
    pub(super) authorization: Option<HeaderValue>,
    /// Ask for the bytes from here on; 0 for all.
    pub(super) from: u64,
    /// A form to post, percent-encoded; `None` for a GET.
    pub(super) form: Option<String>,
}

impl Request {
    pub(super) fn get(url: Url) -> Self {
        Self { url, accept: None, authorization: None, from: 0, form: None }
    }
}

/// The connections to a registry and to where it sends us.
///
/// Proxies are those of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), save for this machine's own
/// addresses, which are always spoken to directly, as Go's and so Docker's clients do.
pub(super) struct Transport {
    options: RegistryOptions,
    extra_roots: Vec<Certificate>,
    through_proxy: OnceLock<Client>,
    direct: OnceLock<Client>,
}

impl Transport {
    pub(super) fn new(options: RegistryOptions) -> Result<Self, OciError> {
        let extra_roots = match &options.extra_ca_file {
            Some(file) => read_roots(file)?,
            None => Vec::new(),
        };
        let (through_proxy, direct) = (OnceLock::new(), OnceLock::new());
        Ok(Self { options, extra_roots, through_proxy, direct })
    }

    pub(super) fn options(&self) -> &RegistryOptions {
        &self.options
    }

    /// Sends a request and follows where it leads: at most ten times, never from TLS to plain HTTP, and without the
    /// authorization once the scheme, host or port has changed. `what` names it in errors.
    pub(super) fn send(&self, request: &Request, what: &str) -> Result<Answer, Failure> {
        let mut url = request.url.clone();
        let mut at_origin = true;
        for _ in 0..=MOST_REDIRECTS {
            let response = self.send_once(request, &url, at_origin, what)?;
            if !answer::is_redirect(response.status()) || request.form.is_some() {
                return Ok(Answer { response, at_origin });
            }
            let location = answer::text(response.headers(), &LOCATION);
            let target = redirected(&url, location).map_err(|detail| refuse(what, detail))?;
            at_origin &= target.origin() == url.origin();
            url = target;
        }
        Err(refuse(what, "redirects without end"))
    }

    fn send_once(
        &self,
        request: &Request,
        url: &Url,
        at_origin: bool,
        what: &str,
    ) -> Result<reqwest::blocking::Response, Failure> {
        let client = self.client_for(url, what)?;
        let mut builder = match &request.form {
            Some(form) => client
                .post(url.clone())
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.clone()),
            None => client.get(url.clone()),
        };
        if let Some(accept) = request.accept {
            builder = builder.header(ACCEPT, accept);
        }
        if request.from > 0 {
            builder = builder.header(RANGE, format!("bytes={}-", request.from));
        }
        if let Some(authorization) = &request.authorization
            && at_origin
        {
            builder = builder.header(AUTHORIZATION, authorization.clone());
        }
        builder.send().map_err(|error| answer::no_answer(error, what, &host_and_port(url)))
    }

    fn client_for(&self, url: &Url, what: &str) -> Result<&Client, Failure> {
        let (cell, proxied) =
            if is_loopback(url) { (&self.direct, false) } else { (&self.through_proxy, true) };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let built = self
            .build(proxied)
            .map_err(|error| answer::no_answer(error, what, &host_and_port(url)))?;
        Ok(cell.get_or_init(|| built))
    }

    fn build(&self, proxied: bool) -> reqwest::Result<Client> {
        let builder = || {
            let timeouts = self.options.timeouts;
            let builder = ClientBuilder::new()
                .user_agent(&self.options.user_agent)
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .connect_timeout(timeouts.connect)
                .timeout(timeouts.idle);
            if proxied { builder } else { builder.no_proxy() }
        };
        match builder().tls_certs_merge(self.extra_roots.clone()).build() {
            // A machine without any certificate authority can still speak plain HTTP.
            Err(_) if self.options.insecure => {
                builder().tls_certs_only(self.extra_roots.clone()).build()
            }
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

fn refuse(what: &str, detail: &str) -> Failure {
    let detail = format!("the registry answers with {detail}");
    OciError::Registry { what: what.to_owned(), detail }.into()
}

/// As in an address, without what else it holds: a query may be a signature.
fn host_and_port(url: &Url) -> String {
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

fn read_roots(file: &Path) -> Result<Vec<Certificate>, OciError> {
    let what = || format!("the certificate authorities in {}", file.display());
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(CA_FILE_BYTES).read_to_end(&mut bytes))
        .map_err(|source| OciError::Io { what: what(), source })?;
    match Certificate::from_pem_bundle(&bytes) {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        _ => Err(OciError::Malformed { what: what(), detail: "no certificate in PEM".to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::http::{Reply, TestServer};

    use super::super::test_image::options;
    use super::*;

    fn request(server: &TestServer) -> Request {
        let url = Url::parse(&format!("http://{}/start", server.host())).unwrap();
        let authorization = Some(HeaderValue::from_static("Bearer secret"));
        Request { authorization, from: 7, accept: Some("a/b"), ..Request::get(url) }
    }

    fn send(request: &Request) -> Result<Answer, String> {
        let transport = Transport::new(options()).unwrap();
        transport.send(request, "it").map_err(|failure| match failure {
            Failure::Final(error) => error.to_string(),
            Failure::Transient { detail, .. } => format!("transient: {detail}"),
        })
    }

    #[test]
    fn a_redirect_to_another_server_leaves_the_credentials_behind() {
        let other = TestServer::start(|_, _| Reply::new(200, "blob"));
        let target = format!("http://{}/bucket?signature=x", other.host());
        let server =
            TestServer::start(move |_, _| Reply::new(307, "").header("Location", target.clone()));
        let answer = send(&request(&server)).unwrap();
        assert!(!answer.at_origin && answer.response.status().is_success());
        assert_eq!(server.received()[0].header("authorization"), Some("Bearer secret"));
        let received = &other.received()[0];
        assert_eq!(received.target, "/bucket?signature=x");
        for name in ["authorization", "referer", "cookie"] {
            assert_eq!(received.header(name), None, "{name}");
        }
        assert_eq!(
            (received.header("range"), received.header("accept")),
            (Some("bytes=7-"), Some("a/b"))
        );
    }

    #[test]
    fn credentials_do_not_come_back_with_a_redirect_to_where_they_belong() {
        let first_host = std::sync::Arc::new(OnceLock::<String>::new());
        let known = std::sync::Arc::clone(&first_host);
        let other = TestServer::start(move |_, _| {
            Reply::new(302, "").header("Location", format!("http://{}/end", known.get().unwrap()))
        });
        let away = format!("http://{}/away", other.host());
        let server = TestServer::start(move |received, _| match received.target.as_str() {
            "/start" => Reply::new(302, "").header("Location", away.clone()),
            _ => Reply::new(200, "end"),
        });
        first_host.set(server.host()).unwrap();
        assert!(!send(&request(&server)).unwrap().at_origin);
        assert_eq!(server.received()[1].header("authorization"), None);
    }

    #[test]
    fn a_redirect_within_the_server_keeps_the_credentials() {
        let server = TestServer::start(|received, _| match received.target.as_str() {
            "/start" => Reply::new(301, "").header("Location", "/moved"),
            _ => Reply::new(200, "end"),
        });
        assert!(send(&request(&server)).unwrap().at_origin);
        assert_eq!(server.received()[1].header("authorization"), Some("Bearer secret"));
    }

    #[test]
    fn redirects_end() {
        let server = TestServer::start(|_, _| Reply::new(302, "").header("Location", "/start"));
        let error = send(&request(&server)).err().unwrap();
        assert_eq!(error, "get it: the registry answers with redirects without end");
        assert_eq!(server.received().len(), MOST_REDIRECTS + 1);
    }

    #[test]
    fn a_posted_secret_is_not_redirected() {
        let server = TestServer::start(|_, _| Reply::new(307, "").header("Location", "/moved"));
        let form = Some("refresh_token=secret".to_owned());
        let answer = send(&Request { form, ..request(&server) }).unwrap();
        assert_eq!(answer.response.status().as_u16(), 307);
        assert_eq!(server.received().len(), 1);
        assert_eq!(server.received()[0].body, "refresh_token=secret");
    }

    #[test]
    fn redirects_never_leave_tls() {
        let (secure, plain) = ("https://example.com/a/b", "http://example.com/a/b");
        for (from, location, expected) in [
            (secure, Some("https://cdn.example.com/x"), Ok("https://cdn.example.com/x")),
            (secure, Some("../c?d"), Ok("https://example.com/c?d")),
            (secure, Some("http://example.com/c"), Err("a redirect from TLS to plain HTTP")),
            (secure, Some("file:///etc/passwd"), Err("a redirect to something that is not HTTP")),
            (secure, None, Err("a redirect that leads nowhere")),
            (secure, Some("https://"), Err("a redirect that leads nowhere")),
            (plain, Some("http://other.example.com/"), Ok("http://other.example.com/")),
            (plain, Some("https://example.com/"), Ok("https://example.com/")),
        ] {
            let target = redirected(&Url::parse(from).unwrap(), location);
            assert_eq!(
                target.as_ref().map(Url::as_str).map_err(|&detail| detail),
                expected,
                "{location:?}"
            );
        }
    }

    #[test]
    fn a_server_without_tls_is_told_from_one_that_is_down() {
        let server = TestServer::start(|_, _| Reply::new(200, ""));
        let mut request = request(&server);
        request.url.set_scheme("https").unwrap();
        let error = send(&request).err().unwrap();
        assert!(error.contains("does not speak TLS") && error.contains("--insecure"), "{error}");
        drop(server);
        let error = send(&request).err().unwrap();
        assert!(error.starts_with("transient: 127.0.0.1:"), "{error}");
        assert!(error.contains(" cannot be reached: "), "{error}");
    }

    #[test]
    fn a_server_that_stays_silent_is_not_waited_for_without_end() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let mut options = options();
        options.timeouts.idle = std::time::Duration::from_millis(50);
        let failure = Transport::new(options).unwrap().send(&Request::get(url), "it").err();
        let Some(Failure::Transient { detail, .. }) = failure else { panic!("{failure:?}") };
        assert!(detail.ends_with(" did not answer in time"), "{detail}");
    }

    #[test]
    fn addresses_of_this_machine_need_no_proxy() {
        for (host, expected) in [
            ("127.0.0.1:5000", true),
            ("127.8.8.8", true),
            ("[::1]:5000", true),
            ("localhost", true),
            ("registry.localhost", true),
            ("notlocalhost", false),
            ("10.0.0.1", false),
            ("example.com", false),
        ] {
            let url = Url::parse(&format!("http://{host}/")).unwrap();
            assert_eq!(is_loopback(&url), expected, "{host}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let extra_ca_file = Some(file.path().to_owned());
        let error = Transport::new(RegistryOptions { extra_ca_file, ..options() }).err().unwrap();
        assert!(error.to_string().ends_with("no certificate in PEM"), "{error}");
    }
}
