//! Sends one request, through redirects, over a pool of connections.

use std::io;
use std::sync::OnceLock;

use reqwest::blocking::{Client, ClientBuilder, Response};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use reqwest::{Certificate, Method, StatusCode, Url};

use crate::answer::{Answer, text};
use crate::error::{SendError, TrustError};
use crate::options::HttpOptions;
use crate::request::Request;
use crate::retry::{Failure, Tries};
use crate::trust::read_authorities;
use crate::words::root_cause;

/// Redirects that are followed for one request.
const MOST_REDIRECTS: usize = 10;

/// The connections to servers and to where they send us.
///
/// Proxies are those of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), save for this machine's own
/// addresses, which are always spoken to directly, as Go's and so Docker's clients do.
pub struct HttpClient {
    options: HttpOptions,
    extra_authorities: Vec<Certificate>,
    through_proxy: OnceLock<Client>,
    direct: OnceLock<Client>,
}

impl HttpClient {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// Where the file of certificate authorities cannot be used.
    pub fn new(options: HttpOptions) -> Result<Self, TrustError> {
        let extra_authorities = match &options.extra_ca_file {
            Some(file) => read_authorities(file)?,
            None => Vec::new(),
        };
        let (through_proxy, direct) = (OnceLock::new(), OnceLock::new());
        Ok(Self { options, extra_authorities, through_proxy, direct })
    }

    #[must_use]
    pub fn options(&self) -> &HttpOptions {
        &self.options
    }

    /// The tries of one request, as the options want them.
    #[must_use]
    pub fn tries(&self) -> Tries<'_> {
        Tries::new(&self.options.retry, self.options.clock.as_ref())
    }

    /// Runs `attempt` until it succeeds, fails for good, or has been tried often enough.
    ///
    /// # Errors
    /// The last failure.
    pub fn with_retries<T, E>(
        &self,
        mut attempt: impl FnMut() -> Result<T, Failure<E>>,
    ) -> Result<T, Failure<E>> {
        let mut tries = self.tries();
        loop {
            match attempt() {
                Ok(value) => return Ok(value),
                Err(failure) => tries.again(failure, false)?,
            }
        }
    }

    /// Sends a request once and follows where it leads: at most ten times, never from TLS to plain HTTP, and without the
    /// authorization once the scheme, host or port has changed. What is posted is posted to its server alone.
    ///
    /// # Errors
    /// Where there is no answer. One that says no is an answer.
    pub fn send(&self, request: &Request) -> Result<Answer, Failure<SendError>> {
        let mut url = request.url.clone();
        let mut at_origin = true;
        for _ in 0..=MOST_REDIRECTS {
            let response = self.send_once(request, &url, at_origin)?;
            if !is_redirect(response.status()) || request.method == Method::POST {
                return Ok(Answer { response, at_origin });
            }
            let target = redirected(&url, text(response.headers(), &LOCATION))
                .map_err(|detail| refused(&url, detail))?;
            at_origin &= target.origin() == url.origin();
            url = target;
        }
        Err(refused(&url, "redirects without end"))
    }

    fn send_once(
        &self,
        request: &Request,
        url: &Url,
        at_origin: bool,
    ) -> Result<Response, Failure<SendError>> {
        let client = self.client_for(url)?;
        let mut builder = client.request(request.method.clone(), url.clone());
        if let Some(form) = &request.form {
            let form_type = "application/x-www-form-urlencoded";
            builder = builder.header(CONTENT_TYPE, form_type).body(form.clone());
        }
        builder = builder.headers(request.headers.clone());
        if let Some(authorization) = &request.authorization
            && at_origin
        {
            builder = builder.header(AUTHORIZATION, authorization.clone());
        }
        builder.send().map_err(|error| no_answer(error, url))
    }

    fn client_for(&self, url: &Url) -> Result<&Client, Failure<SendError>> {
        let is_direct = is_loopback(url);
        let cell = if is_direct { &self.direct } else { &self.through_proxy };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let built = self.build(is_direct).map_err(|error| no_answer(error, url))?;
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
        match builder().tls_certs_merge(self.extra_authorities.clone()).build() {
            // A machine without any certificate authority can still speak plain HTTP.
            Err(_) => builder().tls_certs_only(self.extra_authorities.clone()).build(),
            built => built,
        }
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
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

fn refused(url: &Url, detail: &'static str) -> Failure<SendError> {
    Failure::Final(SendError::Redirect { host: host_and_port(url), detail })
}

/// What it means that there was no answer at all.
fn no_answer(error: reqwest::Error, url: &Url) -> Failure<SendError> {
    let (error, host) = (error.without_url(), host_and_port(url));
    let (cause, kinds) = root_cause(&error);
    if error.is_builder() {
        return Failure::Final(SendError::NoTls { cause });
    }
    if cause.contains("InvalidContentType") {
        return Failure::Final(SendError::PlainServer { host });
    }
    // What rustls refuses, such as a certificate, stands as invalid data; the network's own errors never do.
    if error.is_connect() && kinds.contains(&io::ErrorKind::InvalidData) {
        let is_unknown_issuer = cause.contains("UnknownIssuer");
        return Failure::Final(SendError::Refused { host, cause, is_unknown_issuer });
    }
    if error.is_connect() {
        return Failure::Unreachable(format!("{host} cannot be reached: {cause}"));
    }
    if error.is_timeout() {
        return Failure::transient(format!("{host} did not answer in time"));
    }
    Failure::transient(format!("the connection to {host} broke: {cause}"))
}

/// As in an address, without what else it holds: a query may be a signature, and what stands before the host a password.
#[must_use]
pub fn host_and_port(url: &Url) -> String {
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

#[cfg(test)]
mod tests;
