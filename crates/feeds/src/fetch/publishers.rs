//! Asks those who publish feeds.

use std::collections::BTreeSet;
use std::sync::Mutex;

use plimsoll_http::{Answer, HttpClient, Request, SendError, TrustError, Url, host_and_port};

use super::failure::{Failure, Refusal, refused};
use super::options::FetchOptions;

/// The connections to whoever publishes feeds, and what is known of them.
pub(super) struct Publishers {
    options: FetchOptions,
    client: HttpClient,
    /// Servers that were tried in vain as often as it makes sense: no other file of theirs is waited for.
    given_up: Mutex<BTreeSet<String>>,
}

impl Publishers {
    pub(super) fn new(options: FetchOptions) -> Result<Self, TrustError> {
        let client = HttpClient::new(options.http.clone())?;
        Ok(Self { options, client, given_up: Mutex::default() })
    }

    pub(super) fn options(&self) -> &FetchOptions {
        &self.options
    }

    pub(super) fn client(&self) -> &HttpClient {
        &self.client
    }

    /// Notes that a server cannot be reached, where that is what a failure says.
    pub(super) fn give_up(&self, url: &Url, failure: &Failure) {
        if let Failure::Unreachable(_) = failure
            && let Ok(mut given_up) = self.given_up.lock()
        {
            given_up.insert(host_and_port(url));
        }
    }

    /// Sends a request once, where its server is not given up.
    pub(super) fn send(&self, request: &Request) -> Result<Answer, Failure> {
        let host = host_and_port(&request.url);
        if self.given_up.lock().is_ok_and(|given_up| given_up.contains(&host)) {
            return Err(refused(format!("{host} cannot be reached")));
        }
        self.client.send(request).map_err(|failure| failure.map(|error| unsent(&error)))
    }
}

fn unsent(error: &SendError) -> Refusal {
    let hint = match error.wants_authority() {
        true => "; --ca-file names a file of authorities to trust",
        false => "",
    };
    Refusal::Other(format!("{error}{hint}"))
}
