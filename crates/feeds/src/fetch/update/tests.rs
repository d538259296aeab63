#![expect(clippy::disallowed_methods, reason = "a test reads and writes its own files")]

mod brought;
mod directories;
mod documents;
mod incomplete;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use plimsoll_testkit::{Compression, TarEntry, TarWriter, jar, osv};

use super::super::testing::{Publisher, options};
use super::*;
use crate::feed::Origin;

/// A bulk file of osv.dev.
static BULK: Feed = Feed {
    id: "osv",
    origins: &[Origin {
        url: "https://example.com/npm/all.zip",
        file: "osv/npm/all.zip",
        ..Origin::BASE
    }],
    ..Feed::BASE
};

static OSV: Feed = Feed {
    id: "osv",
    origins: &[
        Origin {
            url: "https://example.com/npm.zip",
            file: "osv/npm/records.zip",
            families: &["npm"],
            ..Origin::BASE
        },
        Origin {
            url: "https://example.com/Go.zip",
            file: "osv/Go/records.zip",
            families: &["Go"],
            ..Origin::BASE
        },
    ],
    ..Feed::BASE
};

const NPM: &str = "osv/npm/records.zip";
const GO: &str = "osv/Go/records.zip";

/// Records about one package each.
fn records(ecosystem: &str, count: usize) -> Vec<u8> {
    let record = |number| osv::record(&format!("GHSA-{number}"), ecosystem, "it", Some("1.2"));
    osv::all_zip(&(0..count).map(record).collect::<Vec<_>>())
}

fn families(family: &str) -> Option<BTreeMap<String, BTreeSet<String>>> {
    Some([(family.to_owned(), BTreeSet::new())].into())
}

struct User {
    feeds: Vec<&'static Feed>,
    home: tempfile::TempDir,
    publisher: Publisher,
    selection: Selection,
    accept_shrunk: bool,
    from: Option<PathBuf>,
}

impl User {
    /// With a publisher that has both files.
    fn new() -> Self {
        let publisher = Publisher::new();
        publisher.put(NPM, records("npm", 200)).put(GO, records("Go", 200));
        let selection = Selection { mirror: Some(publisher.address()), ..Selection::default() };
        let home = tempfile::tempdir().unwrap();
        let (feeds, accept_shrunk) = (vec![&OSV], false);
        Self { feeds, home, publisher, selection, accept_shrunk, from: None }
    }

    fn snapshot_path(&self) -> PathBuf {
        self.home.path().join("data/advisories")
    }

    fn try_update(&self) -> Result<UpdateReport, UpdateError> {
        self.try_update_with(options().0)
    }

    fn try_update_with(&self, fetch: FetchOptions) -> Result<UpdateReport, UpdateError> {
        let request = UpdateRequest {
            feeds: &self.feeds,
            selection: &self.selection,
            directory: &self.home.path().join("feeds"),
            snapshot: &self.snapshot_path(),
            from: self.from.as_deref(),
            accept_shrunk: self.accept_shrunk,
            fetch,
            build: BuildOptions { threads: 1, ..BuildOptions::default() },
        };
        update(&request, &|_| {})
    }

    fn update(&self) -> UpdateReport {
        self.try_update().unwrap()
    }

    /// How many records the snapshot has of each family.
    fn records(&self) -> Vec<(String, u64)> {
        let snapshot = Snapshot::open(&self.snapshot_path()).unwrap();
        let counts = snapshot.counts_by_family();
        counts.iter().map(|(family, counts)| ((*family).to_owned(), counts.records)).collect()
    }
}

fn outcomes(report: &UpdateReport) -> Vec<(&str, &Outcome)> {
    report.files.iter().map(|file| (file.file.as_str(), &file.outcome)).collect()
}

fn counts(counts: &[(&str, u64)]) -> Vec<(String, u64)> {
    counts.iter().map(|(family, count)| ((*family).to_owned(), *count)).collect()
}

#[test]
fn an_update_fetches_and_builds_and_then_has_nothing_to_do() {
    let mut user = User::new();
    let first = user.update();
    assert_eq!(outcomes(&first), [(GO, &Outcome::Fetched), (NPM, &Outcome::Fetched)]);
    assert_eq!(first.files[0].feed, "osv");
    assert_eq!(first.built.unwrap().sources.len(), 2);
    assert_eq!(user.records(), counts(&[("Go", 200), ("npm", 200)]));
    user.publisher.asked();
    let second = user.update();
    assert_eq!(outcomes(&second), [(GO, &Outcome::Unchanged), (NPM, &Outcome::Unchanged)]);
    assert_eq!((second.built, user.publisher.asked().len()), (None, 2));
    // A snapshot that another built is not this directory's.
    fs::remove_file(user.snapshot_path()).unwrap();
    assert!(user.update().built.is_some());
}

#[test]
fn only_what_is_wanted_is_fetched_and_the_rest_stays() {
    let mut user = User::new();
    user.selection.families = families("Go");
    assert_eq!(outcomes(&user.update()), [(GO, &Outcome::Fetched)]);
    assert_eq!(user.records(), counts(&[("Go", 200)]));
    user.selection.families = families("npm");
    assert_eq!(outcomes(&user.update()), [(NPM, &Outcome::Fetched)]);
    assert_eq!(user.records(), counts(&[("Go", 200), ("npm", 200)]));
}

#[test]
fn a_feed_that_cannot_be_had_costs_the_others_nothing() {
    let user = User::new();
    user.publisher.remove(NPM);
    let report = user.update();
    assert!(
        matches!(outcomes(&report)[1], (NPM, Outcome::Failed(why)) if why.contains("does not have it"))
    );
    assert_eq!(user.records(), counts(&[("Go", 200)]));
    user.publisher.put(NPM, records("npm", 150));
    user.update();
    // Its old copy is kept.
    user.publisher.remove(NPM);
    user.publisher.put(GO, records("Go", 300));
    assert!(user.update().built.is_some());
    assert_eq!(user.records(), counts(&[("Go", 300), ("npm", 150)]));
}

#[test]
fn where_nothing_can_be_had_there_is_no_snapshot_and_no_error() {
    let user = User::new();
    user.publisher.remove(NPM);
    user.publisher.remove(GO);
    let report = user.update();
    assert!(report.files.iter().all(|file| file.outcome.is_failure()));
    assert_eq!(report.built, None);
    assert!(!user.snapshot_path().exists());
}

#[test]
fn a_server_that_cannot_be_reached_is_not_waited_for_by_each_of_its_files() {
    let mut user = User::new();
    user.selection.mirror = Some(Publisher::new().address());
    let (fetch, clock) = options();
    let report = user.try_update_with(fetch).unwrap();
    assert!(report.files.iter().all(|file| file.outcome.is_failure()));
    assert_eq!(clock.sleeps().len(), 3);
}

#[test]
fn what_cannot_be_read_is_put_back() {
    let user = User::new();
    user.update();
    let before = fs::read(user.home.path().join("feeds").join(NPM)).unwrap();
    user.publisher.put(NPM, "<html>Please log in</html>").put(GO, records("Go", 201));
    let report = user.update();
    assert!(
        matches!(outcomes(&report)[1], (NPM, Outcome::Failed(why)) if why.contains("cannot be read"))
    );
    assert_eq!(user.records(), counts(&[("Go", 201), ("npm", 200)]));
    assert_eq!(fs::read(user.home.path().join("feeds").join(NPM)).unwrap(), before);
    // And so it is where there was none before, and where nothing else came.
    let user = User::new();
    user.publisher.put(NPM, "rubbish");
    assert!(user.update().built.is_some());
    assert!(!user.home.path().join("feeds").join(NPM).exists());
    assert_eq!(user.update().built, None);
}

#[test]
fn a_feed_that_lost_much_of_what_it_held_is_refused_unless_that_is_wanted() {
    let mut user = User::new();
    user.update();
    user.publisher.put(NPM, records("npm", 159)).put(GO, records("Go", 160));
    let report = user.update();
    let refused = Outcome::Refused { before: 200, after: 159 };
    assert_eq!(outcomes(&report), [(GO, &Outcome::Fetched), (NPM, &refused)]);
    assert_eq!(user.records(), counts(&[("Go", 160), ("npm", 200)]));
    // Alone, it leaves everything as it is; and it is refused again, not taken for known.
    let report = user.update();
    assert_eq!((outcomes(&report)[1].1, report.built.is_none()), (&refused, true));
    user.accept_shrunk = true;
    user.update();
    assert_eq!(user.records(), counts(&[("Go", 160), ("npm", 159)]));
}

#[test]
fn a_feed_that_is_no_feed_any_more_has_lost_all() {
    let user = User::new();
    user.update();
    user.publisher.put(NPM, jar::zip(&[("readme.txt".to_owned(), "moved".to_owned())]));
    let report = user.update();
    assert_eq!(outcomes(&report)[1].1, &Outcome::Refused { before: 200, after: 0 });
}

#[test]
fn a_small_feed_may_shrink() {
    let user = User::new();
    user.publisher.put(NPM, records("npm", 99));
    user.update();
    user.publisher.put(NPM, records("npm", 1));
    assert_eq!(outcomes(&user.update())[1].1, &Outcome::Fetched);
}

#[test]
fn records_beside_an_archive_take_the_place_of_those_in_it() {
    let user = User::new();
    user.update();
    let changed = osv::record("GHSA-7", "npm", "another", Some("3"));
    let beside = user.home.path().join("feeds").join(format!("{NPM}.changes"));
    fs::create_dir_all(&beside).unwrap();
    fs::write(beside.join("GHSA-7.json"), changed.to_string()).unwrap();
    // One that its publisher took back.
    fs::write(beside.join("GHSA-8.json"), "").unwrap();
    fs::remove_file(user.snapshot_path()).unwrap();
    user.update();
    let snapshot = Snapshot::open(&user.snapshot_path()).unwrap();
    assert_eq!(snapshot.lookup("npm", "another").count(), 1);
    // Of the old record nothing is left, also of a package of which the new one does not speak.
    assert_eq!(snapshot.lookup("npm", "it").count(), 198);
}

/// The files in a tar, compressed.
fn tar(files: &[(&str, Vec<u8>)], compression: Compression) -> Vec<u8> {
    let mut writer = TarWriter::new(Vec::new());
    for (name, bytes) in files {
        writer.entry(&TarEntry::file(*name, bytes.clone())).unwrap();
    }
    compression.apply(&writer.finish().unwrap())
}

#[test]
fn feeds_may_be_given_as_a_directory_or_an_archive_of_one() {
    let npm = records("npm", 120);
    let hostile = ("../../escaped.zip", npm.clone());
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("osv/npm")).unwrap();
    fs::write(directory.path().join(NPM), &npm).unwrap();
    let write = |name: &str, bytes: Vec<u8>| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let zip = jar::zip(&[(NPM.to_owned(), npm.clone())]);
    let forms = [
        directory.path().join("."),
        write("plain.tar.gz", tar(&[(NPM, npm.clone()), hostile], Compression::Gzip)),
        write("below.tar.zst", tar(&[("./feeds/osv/npm/records.zip", npm)], Compression::Zstd)),
        write("zipped", zip),
    ];
    for from in forms {
        let mut user = User::new();
        user.selection.only = vec!["osv".to_owned()];
        user.from = Some(from.clone());
        let report = user.update();
        assert_eq!(outcomes(&report), [(NPM, &Outcome::Fetched)], "{}", from.display());
        assert_eq!(user.records(), counts(&[("npm", 120)]));
        assert_eq!(user.update().built, None);
        assert!(user.publisher.asked().is_empty());
        // What was given is no version that a publisher knows.
        user.from = None;
        user.selection.only = Vec::new();
        user.update();
        assert_eq!(user.records(), counts(&[("Go", 200), ("npm", 200)]));
    }
}

#[test]
fn an_archive_that_is_damaged_changes_nothing() {
    let mut user = User::new();
    user.update();
    let whole = tar(&[(NPM, records("npm", 120))], Compression::Zstd);
    let path = user.home.path().join("cut.tar.zst");
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    user.from = Some(path);
    assert!(user.try_update().is_err());
    assert_eq!(user.records(), counts(&[("Go", 200), ("npm", 200)]));
}

/// Cuts off the end of a file, as a disk may lose it.
fn rot(user: &User, file: &str) -> PathBuf {
    let path = user.home.path().join("feeds").join(file);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    path
}

#[test]
fn what_was_there_and_is_damaged_is_fetched_again() {
    let mut user = User::new();
    user.update();
    let whole = fs::read(rot(&user, NPM)).unwrap().len() * 2;
    user.publisher.put(GO, records("Go", 201));
    user.publisher.asked();
    let report = user.update();
    assert_eq!(outcomes(&report), [(GO, &Outcome::Fetched), (NPM, &Outcome::Fetched)]);
    assert!(report.files[1].transferred.abs_diff(whole as u64) <= 1);
    assert_eq!(report.built.unwrap().damaged, []);
    assert_eq!(user.records(), counts(&[("Go", 201), ("npm", 200)]));
    assert_eq!(user.publisher.asked().len(), 3);
    // And that is known then.
    assert_eq!(outcomes(&user.update())[1].1, &Outcome::Unchanged);
}

#[test]
fn what_is_damaged_and_cannot_be_had_costs_only_itself_and_is_named_each_time() {
    let user = User::new();
    user.update();
    rot(&user, NPM);
    user.publisher.remove(NPM);
    user.publisher.put(GO, records("Go", 201));
    for _ in 0..2 {
        let report = user.update();
        assert!(report.files[1].outcome.is_failure());
        let damaged = report.built.unwrap().damaged;
        assert_eq!(damaged.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), [NPM]);
        assert_eq!(user.records(), counts(&[("Go", 201)]));
    }
    user.publisher.put(NPM, records("npm", 200));
    assert_eq!(user.update().built.unwrap().damaged, []);
    assert_eq!(user.records(), counts(&[("Go", 201), ("npm", 200)]));
}

#[test]
fn what_is_damaged_and_not_wanted_now_is_fetched_whole_when_it_is() {
    let mut user = User::new();
    user.update();
    rot(&user, NPM);
    user.publisher.put(GO, records("Go", 201));
    user.selection.families = families("Go");
    assert_eq!(user.update().built.unwrap().damaged.len(), 1);
    user.selection.families = None;
    let report = user.update();
    assert_eq!(outcomes(&report), [(GO, &Outcome::Unchanged), (NPM, &Outcome::Fetched)]);
    assert_eq!(report.built.unwrap().damaged, []);
}

#[test]
fn where_all_that_there_is_is_damaged_it_is_fetched_again() {
    let mut user = User::new();
    user.selection.families = families("npm");
    user.update();
    rot(&user, NPM);
    fs::remove_file(user.snapshot_path()).unwrap();
    assert_eq!(outcomes(&user.update()), [(NPM, &Outcome::Fetched)]);
    // Where what comes is no better, nothing is left of it.
    rot(&user, NPM);
    fs::remove_file(user.snapshot_path()).unwrap();
    user.publisher.put(NPM, "rubbish");
    assert!(user.try_update().is_err());
}

#[test]
fn a_damaged_record_beside_an_archive_costs_the_whole_archive() {
    let user = User::new();
    user.update();
    let beside = user.home.path().join("feeds").join(format!("{NPM}.changes"));
    fs::create_dir_all(&beside).unwrap();
    fs::write(beside.join("GHSA-7.json"), b"\x28\xb5\x2f\xfd, and no more").unwrap();
    fs::remove_file(user.snapshot_path()).unwrap();
    assert_eq!(outcomes(&user.update())[1], (NPM, &Outcome::Fetched));
}
