//! What the tests of this module share: options with a clock that does not wait, and a publisher.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use plimsoll_http::testing::FakeClock;
use plimsoll_testkit::http::{Reply, TestServer};

use super::options::FetchOptions;

/// One file after the other, without waiting.
pub(super) fn options() -> (FetchOptions, Arc<FakeClock>) {
    let clock = Arc::new(FakeClock::default());
    let mut options = FetchOptions { parallel: 1, ..FetchOptions::default() };
    options.http.clock = Arc::clone(&clock) as _;
    (options, clock)
}

/// What a file holds that is not given out.
const REFUSED: &[u8] = b"refused";

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
            if body == REFUSED {
                return Reply::new(403, "");
            }
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

    /// Has a file, and does not give it out.
    pub(super) fn refuse(&self, path: &str) {
        self.put(path, REFUSED);
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
