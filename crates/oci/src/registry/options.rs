use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::credentials::CredentialSource;
use super::retry::{Clock, RetryPolicy, SystemClock};

/// How a registry is spoken to.
#[derive(Clone, Debug)]
pub struct RegistryOptions {
    /// Speak HTTP without TLS. Never assumed, not even on this machine.
    pub insecure: bool,
    pub credentials: CredentialSource,
    pub user_agent: String,
    pub timeouts: Timeouts,
    pub retry: RetryPolicy,
    /// Certificate authorities (PEM) that are trusted besides the platform's.
    pub extra_ca_file: Option<PathBuf>,
    pub clock: Arc<dyn Clock>,
}

/// How long a server may be silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub connect: Duration,
    /// From a request to its answer's first bytes, and between any two reads of its body.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), idle: Duration::from_secs(60) }
    }
}

impl Default for RegistryOptions {
    /// Anonymous, over TLS.
    fn default() -> Self {
        Self {
            insecure: false,
            credentials: CredentialSource::Anonymous,
            user_agent: concat!("plimsoll/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            extra_ca_file: None,
            clock: Arc::new(SystemClock),
        }
    }
}
