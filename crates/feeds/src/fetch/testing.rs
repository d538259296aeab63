//! What the tests of this module share: a clock that does not wait, options with it, and a publisher.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use plimsoll_testkit::http::{Reply, TestServer};

use super::options::FetchOptions;
use super::retry::Clock;

/// The moment at which the clock stands, in seconds since 1970.
pub(super) const NOW: u64 = 1_800_000_000;

/// Stands at one moment but for the sleeps, which pass at once and are remembered.
#[derive(Debug, Default)]
pub(super) struct FakeClock {
    sleeps: Mutex<Vec<Duration>>,
}

impl FakeClock {
    pub(super) fn sleeps(&self) -> Vec<Duration> {
        self.sleeps.lock().unwrap().clone()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> SystemTime {
        let slept: Duration = self.sleeps.lock().unwrap().iter().sum();
        SystemTime::UNIX_EPOCH + Duration::from_secs(NOW) + slept
    }

    fn sleep(&self, duration: Duration) {
        self.sleeps.lock().unwrap().push(duration);
    }
}

/// One file after the other, without waiting.
pub(super) fn options() -> (FetchOptions, Arc<FakeClock>) {
    let clock = Arc::new(FakeClock::default());
    let own = Arc::clone(&clock);
    (FetchOptions { clock: own, parallel: 1, ..FetchOptions::default() }, clock)
}

/// Who publishes files: a server with versions, conditions and no secrets.
pub(super) struct Publisher {
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    server: TestServer,
    seen: usize,
}

impl Publisher {
    pub(super) fn new() -> Self {
        let files = Arc::new(Mutex::new(BTreeMap::<String, Vec<u8>>::new()));
        let own = Arc::clone(&files);
        let server = TestServer::start(move |request, _| {
            let files = own.lock().unwrap();
            let Some(body) = files.get(&request.target) else { return Reply::new(404, "") };
            let tag = format!("\"{}\"", blake3::hash(body).to_hex());
            let status = if request.header("if-none-match") == Some(&tag) { 304 } else { 200 };
            let body = if status == 304 { Vec::new() } else { body.clone() };
            Reply::new(status, body).header("ETag", tag)
        });
        Self { files, server, seen: 0 }
    }

    pub(super) fn put(&self, path: &str, body: impl Into<Vec<u8>>) -> &Self {
        self.files.lock().unwrap().insert(format!("/{path}"), body.into());
        self
    }

    pub(super) fn remove(&self, path: &str) {
        self.files.lock().unwrap().remove(&format!("/{path}"));
    }

    pub(super) fn address(&self) -> String {
        format!("http://{}", self.server.host())
    }

    /// What was asked for since this was last asked.
    pub(super) fn asked(&mut self) -> Vec<String> {
        let received = self.server.received();
        let new = received[self.seen..].iter().map(|one| one.target.clone()).collect();
        self.seen = received.len();
        new
    }
}
