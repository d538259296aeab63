use std::path::PathBuf;

use plimsoll_core::Digest;
use plimsoll_http::testing::NOW;
use sha2::{Digest as _, Sha256};

use super::super::directory::FeedsDirectory;
use super::super::failure::words;
use super::super::options::FetchOptions;
use super::super::publishers::Publishers;
use super::super::state::FetchState;
use super::super::testing::{Publisher, options};
use super::*;
use crate::feed::OriginKind;

mod osv;

/// Someone who fetches one bulk file again and again.
struct Client {
    directory: tempfile::TempDir,
    state: FetchState,
    options: FetchOptions,
    publisher: Publisher,
    wanted: Wanted,
    /// What the last fetch lacked.
    lacking: Option<String>,
}

impl Client {
    fn new((kind, path, file): (OriginKind, &str, &str)) -> Self {
        let publisher = Publisher::new();
        let options = FetchOptions { small_bulk_bytes: 3, ..options().0 };
        let url = Url::parse(&format!("{}/{path}", publisher.address())).unwrap();
        let (feed, file) = ("it".to_owned(), file.to_owned());
        let wanted = Wanted { feed, url, file, kind };
        let (directory, state) = (tempfile::tempdir().unwrap(), FetchState::default());
        Self { directory, state, options, publisher, wanted, lacking: None }
    }

    /// Fetches and installs; what was asked for.
    fn fetch(&mut self) -> Result<Vec<String>, Failure> {
        let directory = FeedsDirectory::open(self.directory.path()).unwrap();
        let publishers = Publishers::new(self.options.clone()).unwrap();
        let fetcher =
            Fetcher { publishers: &publishers, directory: &directory, state: &self.state };
        let (got, _) = fetcher.all(std::slice::from_ref(&self.wanted), &|_| {}).remove(0);
        let mut got = got?;
        directory.install(&got.removed, &got.staged).unwrap();
        directory.settle().unwrap();
        self.state.files.append(&mut got.known);
        self.lacking = got.lacking.take();
        let mut asked = self.publisher.asked();
        // Records are asked for at the same time.
        let is_record = |target: &String| target.ends_with(".json");
        if let Some(first) = asked.iter().position(is_record) {
            let count = asked[first..].iter().take_while(|target| is_record(target)).count();
            asked[first..first + count].sort();
        }
        Ok(asked)
    }

    fn there(&self) -> Vec<String> {
        let files = files_below(self.directory.path()).unwrap();
        files.into_iter().filter(|file| is_safe(file)).collect()
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(PathBuf::from(self.directory.path()).join(file)).unwrap()
    }
}

const CHANGES: &str = "\"2026/cve-2026-2.json\",\"2026-02-02T10:00:00+00:00\"\n\
    \"2026/cve-2026-1.json\",\"2026-01-01T10:00:00+00:00\"\n";

/// An archive of CSAF documents of the first of February.
fn csaf() -> Client {
    let place = (OriginKind::CsafDirectory, "vex/", "vex/vex.tar.zst");
    let client = Client::new(place);
    client.publisher.put("vex/archive_latest.txt", "csaf_vex_2026-02-01.tar.zst\n");
    client.publisher.put("vex/csaf_vex_2026-02-01.tar.zst", "archive 1");
    client.publisher.put("vex/changes.csv", CHANGES);
    client.publisher.put("vex/2026/cve-2026-2.json", "two");
    client
}

#[test]
fn an_archive_and_what_changed_since_its_day() {
    let mut client = csaf();
    let expected = [
        "/vex/archive_latest.txt",
        "/vex/changes.csv",
        "/vex/deletions.csv",
        "/vex/csaf_vex_2026-02-01.tar.zst",
        "/vex/csaf_vex_2026-02-01.tar.zst.sha256",
        "/vex/2026/cve-2026-2.json",
    ];
    assert_eq!(client.fetch().unwrap(), expected);
    let changes = "vex/vex.tar.zst.changes/cve-2026-2.json";
    assert_eq!(client.there(), ["vex/vex.tar.zst", changes]);
    assert_eq!(client.fetch().unwrap(), expected[..3]);
    let later = CHANGES.replace("2026-01-01", "2026-02-03");
    client.publisher.put("vex/changes.csv", later).put("vex/2026/cve-2026-1.json", "one");
    assert_eq!(client.fetch().unwrap()[3..], ["/vex/2026/cve-2026-1.json"]);
    assert_eq!(client.there().len(), 3);
    // A new archive holds them all.
    client.publisher.put("vex/archive_latest.txt", "csaf_vex_2026-02-04.tar.zst");
    client.publisher.put("vex/csaf_vex_2026-02-04.tar.zst", "archive 2");
    client.fetch().unwrap();
    assert_eq!(client.there(), ["vex/vex.tar.zst"]);
    assert_eq!(client.read("vex/vex.tar.zst"), "archive 2");
}

#[test]
fn an_archive_that_is_not_the_one_of_its_checksum_is_refused() {
    let mut client = csaf();
    let stated = |text: &str| {
        let digest = Digest::Sha256(Sha256::digest(text).into());
        format!("{}  csaf_vex_2026-02-01.tar.zst\n", digest.hex())
    };
    let checksum = "vex/csaf_vex_2026-02-01.tar.zst.sha256";
    client.publisher.put(checksum, stated("another"));
    let failure = client.fetch().unwrap_err();
    assert!(words(failure).contains("not the one that its checksum names"));
    assert_eq!(client.there(), [""; 0]);
    client.publisher.put(checksum, stated("archive 1"));
    client.fetch().unwrap();
    assert_eq!(client.read("vex/vex.tar.zst"), "archive 1");
}

#[test]
fn an_archive_s_name_leads_nowhere_else() {
    for name in ["../x-2026-01-01", "/etc/passwd", "", ".hidden-2026-01-01", "vex.tar.zst"] {
        let mut client = csaf();
        client.publisher.put("vex/archive_latest.txt", name);
        assert!(matches!(client.fetch(), Err(Failure::Final(_))), "{name}");
    }
}

#[test]
fn documents_without_an_archive_are_fetched_one_by_one() {
    let mut client = csaf();
    client.publisher.remove("vex/archive_latest.txt");
    client.publisher.put("vex/2026/cve-2026-1.json", "one");
    assert_eq!(client.fetch().unwrap().len(), 5);
    let (one, two) =
        ("vex/vex.tar.zst.changes/cve-2026-1.json", "vex/vex.tar.zst.changes/cve-2026-2.json");
    assert_eq!(client.there(), [one, two]);
    let lists = ["/vex/archive_latest.txt", "/vex/changes.csv", "/vex/deletions.csv"];
    assert_eq!(client.fetch().unwrap(), lists);
    // One changed, and the other is gone.
    client.publisher.put("vex/changes.csv", "\"2026/cve-2026-1.json\",\"2026-03-01\"\n");
    client.publisher.put("vex/2026/cve-2026-1.json", "one again");
    assert_eq!(client.fetch().unwrap()[3..], ["/vex/2026/cve-2026-1.json"]);
    assert_eq!(client.there(), [one]);
    assert_eq!(client.read(one), "one again");
    assert!(client.state.files.contains_key("vex/vex.tar.zst"));
    // What is forgotten is fetched whole.
    client.state.files.remove("vex/vex.tar.zst");
    assert_eq!(client.fetch().unwrap()[3..], ["/vex/2026/cve-2026-1.json"]);
}

#[test]
fn a_document_that_was_taken_back_is_gone_until_it_comes_back() {
    let mut client = csaf();
    // The first went before the archive was made, the second is in it, and the third has come back since.
    let deletions = "\"2026/cve-2026-9.json\",\"2026-01-31T10:00:00+00:00\"\n\
        \"2026/cve-2026-1.json\",\"2026-02-03T10:00:00+00:00\"\n\
        \"2026/cve-2026-2.json\",\"2026-02-01T10:00:00+00:00\"\n";
    client.fetch().unwrap();
    client.publisher.put("vex/deletions.csv", deletions);
    let lists = ["/vex/archive_latest.txt", "/vex/changes.csv", "/vex/deletions.csv"];
    assert_eq!(client.fetch().unwrap(), lists);
    let [one, two] = ["1", "2"].map(|id| format!("vex/vex.tar.zst.changes/cve-2026-{id}.json"));
    assert_eq!(client.there(), ["vex/vex.tar.zst", &one, &two]);
    assert_eq!((client.read(&one).as_str(), client.read(&two).as_str()), ("", "two"));
    assert_eq!(client.fetch().unwrap(), lists);
    let later = CHANGES.replace("2026-01-01", "2026-02-04");
    client.publisher.put("vex/changes.csv", later).put("vex/2026/cve-2026-1.json", "one");
    client.fetch().unwrap();
    assert_eq!(client.read(&one), "one");
    client.publisher.put("vex/deletions.csv", "no list");
    assert!(matches!(client.fetch(), Err(Failure::Final(_))));
}

#[test]
fn a_document_of_its_own_that_was_taken_back_is_removed() {
    let mut client = csaf();
    client.publisher.remove("vex/archive_latest.txt");
    client.publisher.put("vex/2026/cve-2026-1.json", "one");
    client.fetch().unwrap();
    // It still stands in the list of changes, and is asked for no more.
    client.publisher.remove("vex/2026/cve-2026-1.json");
    client.publisher.put("vex/deletions.csv", "\"2026/cve-2026-1.json\",\"2026-02-03\"\n");
    let lists = ["/vex/archive_latest.txt", "/vex/changes.csv", "/vex/deletions.csv"];
    assert_eq!(client.fetch().unwrap(), lists);
    assert_eq!(client.there(), ["vex/vex.tar.zst.changes/cve-2026-2.json"]);
}
