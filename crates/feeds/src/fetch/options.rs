use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::retry::{Clock, RetryPolicy, SystemClock};

/// How servers are spoken to.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    pub user_agent: String,
    pub connect_timeout: Duration,
    /// From a request to its answer's first bytes, and between any two reads of its body.
    pub idle_timeout: Duration,
    pub retry: RetryPolicy,
    /// Certificate authorities (PEM) that are trusted besides the platform's.
    pub extra_ca_file: Option<PathBuf>,
    /// Files that are fetched at the same time.
    pub parallel: usize,
    /// Bytes of one file; what is larger is not taken. The largest that is published is some gigabyte.
    pub file_bytes: u64,
    /// A bulk file smaller than this is fetched whole whenever it changes; of a larger one only the records that changed.
    pub small_bulk_bytes: u64,
    /// Changed records that lie beside a bulk file; with more of them it is fetched whole.
    pub most_changes: usize,
    /// After this long, a bulk file is fetched whole again.
    pub longest_without_whole: Duration,
    pub clock: Arc<dyn Clock>,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            user_agent: concat!("plimsoll/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            retry: RetryPolicy::default(),
            extra_ca_file: None,
            parallel: 4,
            file_bytes: 8 << 30,
            small_bulk_bytes: 4 << 20,
            most_changes: 3_000,
            longest_without_whole: Duration::from_secs(7 * 86_400),
            clock: Arc::new(SystemClock),
        }
    }
}
