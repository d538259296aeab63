use std::time::Duration;

use plimsoll_http::{HttpOptions, RetryPolicy};

/// How feeds are fetched.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    pub http: HttpOptions,
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
}

impl Default for FetchOptions {
    fn default() -> Self {
        // Nobody waits for a feed as for an image.
        let retry = RetryPolicy {
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(30),
            longest_retry_after: Duration::from_secs(120),
            resumptions: 16,
            ..RetryPolicy::default()
        };
        Self {
            http: HttpOptions { retry, ..HttpOptions::default() },
            parallel: 4,
            file_bytes: 8 << 30,
            small_bulk_bytes: 4 << 20,
            most_changes: 3_000,
            longest_without_whole: Duration::from_secs(7 * 86_400),
        }
    }
}
