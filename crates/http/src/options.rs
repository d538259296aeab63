use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::retry::RetryPolicy;

/// How servers are spoken to.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    pub user_agent: String,
    pub connect_timeout: Duration,
    /// How long a server may be silent: from a request to its answer's first bytes, and between any two reads of its body.
    pub idle_timeout: Duration,
    pub retry: RetryPolicy,
    /// Certificate authorities (PEM) that are trusted besides the platform's.
    pub extra_ca_file: Option<PathBuf>,
    pub clock: Arc<dyn Clock>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            user_agent: concat!("plimsoll/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            retry: RetryPolicy::default(),
            extra_ca_file: None,
            clock: Arc::new(SystemClock),
        }
    }
}
