use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

/// A request that may be sent again.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    /// A user name and password in it are sent to its server only.
    pub url: Url,
    /// Sent to every server on the way: nothing secret.
    pub headers: HeaderMap,
    /// Sent to the server of `url` only, never to one that it redirects to.
    pub authorization: Option<HeaderValue>,
    /// A form to post, percent-encoded.
    pub form: Option<String>,
}

impl Request {
    #[must_use]
    pub fn get(url: Url) -> Self {
        let headers = HeaderMap::new();
        Self { method: Method::GET, url, headers, authorization: None, form: None }
    }

    #[must_use]
    pub fn head(url: Url) -> Self {
        Self { method: Method::HEAD, ..Self::get(url) }
    }

    #[must_use]
    pub fn post(url: Url, form: String) -> Self {
        Self { method: Method::POST, form: Some(form), ..Self::get(url) }
    }

    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Asks for the bytes from a position on; 0 for all.
    #[must_use]
    pub fn starting_at(self, position: u64) -> Self {
        match HeaderValue::from_str(&format!("bytes={position}-")) {
            Ok(range) if position > 0 => self.with(reqwest::header::RANGE, range),
            _ => self,
        }
    }
}
