//! One HTTP client: a request, sent through proxies and redirects to a server that is trusted, and sent again where that may help.
//!
//! A credential is for the server of the request alone: it goes along no redirect that leaves it, and stands in no message.
//!
//! May use: `core`, the network. Must never know: registries, images, feeds, advisories.

mod answer;
mod client;
mod clock;
mod error;
mod options;
mod request;
mod retry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod trust;
mod words;

pub use reqwest::{Method, StatusCode, Url, header};

pub use answer::Answer;
pub use client::{HttpClient, host_and_port};
pub use clock::{Clock, SystemClock};
pub use error::{SendError, TrustError};
pub use options::HttpOptions;
pub use request::Request;
pub use retry::{Failure, RetryPolicy, Tries, Waits};
pub use words::{innermost_cause, printable};
