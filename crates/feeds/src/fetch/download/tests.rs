use std::sync::Arc;
use std::time::Duration;

use plimsoll_http::testing::FakeClock;
use plimsoll_testkit::http::{Received, Reply, TestServer};

use super::super::failure::words;
use super::super::options::FetchOptions;
use super::super::testing::options;
use super::*;

const ETAG_OF_IT: &str = "\"v1\"";

/// What is published: long enough for several reads.
fn content() -> Vec<u8> {
    (0..300_000_u32).map(|number| number.to_le_bytes()[(number % 3) as usize]).collect()
}

/// A publisher that knows ranges and versions.
fn publish(request: &Received) -> Reply {
    let body = content();
    if request.header("if-none-match") == Some(ETAG_OF_IT) {
        return Reply::new(304, "").header("ETag", ETAG_OF_IT);
    }
    let range = request.header("range").filter(|_| request.header("if-range") == Some(ETAG_OF_IT));
    let start = range.map(|range| range.trim_start_matches("bytes=").trim_end_matches('-'));
    match start.and_then(|start| start.parse::<usize>().ok()) {
        Some(start) => Reply::new(206, &body[start..])
            .header("ETag", ETAG_OF_IT)
            .header("Content-Range", format!("bytes {start}-{}/{}", body.len() - 1, body.len())),
        None => Reply::new(200, body).header("ETag", ETAG_OF_IT),
    }
}

/// Someone who fetches into a directory of its own.
struct Client {
    directory: tempfile::TempDir,
    options: FetchOptions,
    clock: Arc<FakeClock>,
}

impl Client {
    fn new() -> Self {
        let (options, clock) = options();
        Self { directory: tempfile::tempdir().unwrap(), options, clock }
    }

    fn target(&self) -> PathBuf {
        self.directory.path().join("feed/all.zip")
    }

    fn fetch(&self, server: &TestServer, known: Option<&FileState>) -> Result<Download, Failure> {
        let url = Url::parse(&format!("http://me:secret@{}/all.zip", server.host())).unwrap();
        let publishers = Publishers::new(self.options.clone()).unwrap();
        let most_bytes = self.options.file_bytes;
        download(&publishers, &Wish { url: &url, target: &self.target(), known, most_bytes })
    }

    /// What lies at the target, and nothing else beside it.
    fn fetched(&self) -> Vec<u8> {
        let names = std::fs::read_dir(self.target().parent().unwrap()).unwrap();
        assert_eq!(names.count(), 1);
        std::fs::read(self.target()).unwrap()
    }
}

fn why_not(result: Result<Download, Failure>) -> String {
    words(result.unwrap_err())
}

#[test]
fn a_file_is_fetched_with_its_version_and_not_again() {
    let server = TestServer::start(|request, _| publish(request));
    let client = Client::new();
    let Ok(Download::Whole { bytes, transferred, version }) = client.fetch(&server, None) else {
        panic!("not whole");
    };
    assert_eq!((bytes, transferred, client.fetched()), (300_000, 300_000, content()));
    let known = FileState { version, ..FileState::default() };
    assert_eq!(client.fetch(&server, Some(&known)), Ok(Download::Unchanged));
    assert_eq!(server.received().len(), 2);
}

#[test]
fn a_file_without_a_tag_is_known_by_its_date() {
    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    let server = TestServer::start(|request, _| match request.header("if-modified-since") {
        Some(DATE) => Reply::new(304, ""),
        _ => Reply::new(200, "it").header("Last-Modified", DATE),
    });
    let client = Client::new();
    let Ok(Download::Whole { version, .. }) = client.fetch(&server, None) else { panic!() };
    let known = FileState { version, ..FileState::default() };
    assert_eq!(client.fetch(&server, Some(&known)), Ok(Download::Unchanged));
}

#[test]
fn a_broken_stream_is_taken_up_where_it_stood() {
    let server = TestServer::start(|request, earlier| match earlier {
        0..9 => publish(request).broken_after(20_000),
        _ => publish(request),
    });
    let client = Client::new();
    assert!(matches!(
        client.fetch(&server, None),
        Ok(Download::Whole { transferred: 300_000, .. })
    ));
    assert_eq!(client.fetched(), content());
    let received = server.received();
    assert_eq!(received[0].header("range"), None);
    assert_eq!(received[9].header("range"), Some("bytes=180000-"));
    assert!(client.clock.sleeps().iter().all(|slept| *slept <= Duration::from_secs(1)));
}

#[test]
fn a_later_run_goes_on_where_an_earlier_one_gave_up() {
    let server = TestServer::start(|request, earlier| match earlier {
        0 => publish(request).broken_after(100_000),
        1..4 => Reply::new(503, ""),
        _ => publish(request),
    });
    let mut client = Client::new();
    client.options.http.retry.resumptions = 0;
    assert!(why_not(client.fetch(&server, None)).contains("(tried 4 times)"));
    let Ok(Download::Whole { bytes, transferred, .. }) = client.fetch(&server, None) else {
        panic!()
    };
    assert_eq!((bytes, transferred, client.fetched()), (300_000, 200_000, content()));
}

#[test]
fn a_part_of_another_version_is_never_continued() {
    // The file changed in between: the server that is asked for the rest of the old one sends all of the new one.
    let changed = TestServer::start(|request, earlier| match earlier {
        0 => publish(request).broken_after(100),
        _ => Reply::new(200, "new").header("ETag", "\"v2\""),
    });
    let client = Client::new();
    assert!(matches!(client.fetch(&changed, None), Ok(Download::Whole { bytes: 3, .. })));
    assert_eq!(client.fetched(), b"new");
    // A server that does not keep to what it was asked.
    for (status, range, etag) in [
        (206, "bytes 0-299899/300000", ETAG_OF_IT),
        (206, "bytes 100-299999/300000", "\"v2\""),
        (206, "rubbish", ETAG_OF_IT),
        (416, "bytes */3", ETAG_OF_IT),
    ] {
        let server = TestServer::start(move |request, earlier| match earlier {
            0 => publish(request).broken_after(100),
            1 => Reply::new(status, content()).header("Content-Range", range).header("ETag", etag),
            _ => publish(request),
        });
        let client = Client::new();
        assert!(client.fetch(&server, None).is_ok(), "{status} {range}");
        assert_eq!(client.fetched(), content(), "{status} {range}");
        assert_eq!(server.received()[2].header("range"), None);
    }
}

#[test]
fn without_a_strong_tag_a_broken_stream_starts_over() {
    let server = TestServer::start(|_, earlier| {
        let reply = Reply::new(200, content()).header("ETag", "W/\"v1\"");
        if earlier == 0 { reply.broken_after(100) } else { reply }
    });
    let client = Client::new();
    assert!(client.fetch(&server, None).is_ok());
    assert_eq!(client.fetched(), content());
    assert_eq!(server.received()[1].header("range"), None);
}

#[test]
fn a_stream_that_breaks_for_ever_is_given_up() {
    let server = TestServer::start(|request, _| publish(request).broken_after(1));
    let mut client = Client::new();
    client.options.http.retry.resumptions = 3;
    assert!(why_not(client.fetch(&server, None)).contains("broke"));
    assert_eq!(server.received().len(), 6);
    assert!(!client.target().exists());
}

#[test]
fn a_busy_server_is_waited_for_as_long_as_it_asks() {
    let server = TestServer::start(|request, earlier| match earlier {
        0 => Reply::new(429, "").header("Retry-After", "42"),
        _ => publish(request),
    });
    let client = Client::new();
    assert!(client.fetch(&server, None).is_ok());
    assert_eq!(client.clock.sleeps(), [Duration::from_secs(42)]);
    let server = TestServer::start(|_, _| Reply::new(503, "").header("Retry-After", "86400"));
    let client = Client::new();
    assert!(why_not(client.fetch(&server, None)).contains("come back in 86400 seconds"));
    assert!(client.clock.sleeps().is_empty());
}

#[test]
fn what_is_not_there_or_not_given_is_asked_for_once() {
    for (status, expected) in
        [(404, "does not have it"), (403, "refuses it (403)"), (400, "answered 400")]
    {
        let server = TestServer::start(move |_, _| Reply::new(status, ""));
        let detail = why_not(Client::new().fetch(&server, None));
        assert!(detail.contains(expected) && !detail.contains("secret"), "{detail}");
        assert_eq!(server.received().len(), 1);
    }
    let page = TestServer::start(|_, _| {
        Reply::new(200, "<html>").header("Content-Type", "text/html; charset=utf-8")
    });
    assert!(why_not(Client::new().fetch(&page, None)).contains("a page for people"));
    let unasked = TestServer::start(|_, _| Reply::new(304, ""));
    assert!(why_not(Client::new().fetch(&unasked, None)).contains("304"));
}

#[test]
fn too_large_a_file_is_not_taken_whether_it_says_so_or_not() {
    let told = TestServer::start(|_, _| Reply::new(200, content()));
    let untold = TestServer::start(|_, _| Reply::new(200, content()).without_length());
    for server in [told, untold] {
        let mut client = Client::new();
        client.options.file_bytes = 100_000;
        assert!(why_not(client.fetch(&server, None)).contains("more than the 100000 bytes"));
        let left = std::fs::read_dir(client.target().parent().unwrap()).unwrap().count();
        assert_eq!(left, 0);
    }
}

#[test]
fn what_only_trickles_is_given_up() {
    let start = SystemTime::UNIX_EPOCH;
    let mut pace = Pace { since: start, bytes: 0 };
    assert!(pace.goes_on(start + LEAST_WINDOW / 2, 10));
    assert!(pace.goes_on(start + LEAST_WINDOW, LEAST_BYTES));
    // Each window is looked at by itself.
    assert!(pace.goes_on(start + LEAST_WINDOW + LEAST_WINDOW / 2, LEAST_BYTES - 20));
    assert!(!pace.goes_on(start + LEAST_WINDOW * 2, 10));
    // A clock that is set back gives nobody up.
    assert!(Pace { since: start + LEAST_WINDOW, bytes: 0 }.goes_on(start, 1));
}
