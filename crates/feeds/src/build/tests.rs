#![expect(clippy::disallowed_methods, reason = "a test reads and writes its own files")]

mod compressed;

use std::io::Write;
use std::path::PathBuf;

use plimsoll_advisory::Snapshot;
use plimsoll_testkit::Compression;
use proptest::prelude::*;

use super::*;

/// An OSV record of one package.
fn osv(id: &str, ecosystem: &str, package: &str) -> String {
    format!(
        r#"{{"id": "{id}", "modified": "2024-01-01T00:00:00Z", "affected": [
        {{"package": {{"ecosystem": "{ecosystem}", "name": "{package}"}},
        "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}, {{"fixed": "1.2"}}]}}]}}]}}"#
    )
}

fn secdb(release: &str, repository: &str, package: &str, id: &str) -> String {
    format!(
        r#"{{"distroversion": "{release}", "reponame": "{repository}",
        "packages": [{{"pkg": {{"name": "{package}", "secfixes": {{"1.2-r0": ["{id}"]}}}}}}]}}"#
    )
}

/// A directory of feeds, and where snapshots are written.
struct Feeds {
    directory: tempfile::TempDir,
}

impl Feeds {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("feeds")
    }

    fn file(&self, name: &str, bytes: &[u8]) -> &Self {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    fn tar(&self, name: &str, documents: &[(&str, &str)]) -> &Self {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, text) in documents {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        let tar = builder.into_inner().unwrap();
        let compression = if name.ends_with(".xz") { Compression::Xz } else { Compression::Zstd };
        self.file(name, &compression.apply(&tar))
    }

    fn zip(&self, name: &str, documents: &[(&str, &str)]) -> &Self {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (path, text) in documents {
            writer.start_file(*path, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        self.file(name, writer.finish().unwrap().get_ref())
    }

    fn try_build(&self, options: &BuildOptions) -> Result<(BuildReport, Snapshot), FeedError> {
        let output = self.directory.path().join("snapshot");
        let report = build(&[self.root()], &output, options, &mut |_| {})?;
        Ok((report, Snapshot::open(&output).unwrap()))
    }

    fn build(&self) -> (BuildReport, Snapshot) {
        self.try_build(&BuildOptions::default()).unwrap()
    }
}

#[test]
fn every_form_of_the_bulk_files_is_read() {
    let one = osv("DSA-1", "Debian:12", "bash");
    let array = format!("[{},{}]", osv("PYSEC-1", "PyPI", "a"), osv("PYSEC-2", "PyPI", "b"));
    let feeds = Feeds::new();
    feeds
        .tar("osv/debian.tar.zst", &[("DSA/DSA-1.json", &one), ("LICENSE", "text")])
        .zip("npm/all.zip", &[("GHSA-1.json", &osv("GHSA-1", "npm", "left-pad"))])
        .file("PyPI/array.json", array.as_bytes())
        .file("PyPI/single.json", osv("PYSEC-3", "PyPI", "c").as_bytes())
        .tar(
            "alpine-secdb.tar.zst",
            &[("3.18/main.json", &secdb("v3.18", "main", "zlib", "CVE-2024-1"))],
        )
        .file("notes.xml.gz", b"?")
        .file("other/kev.json", br#"{"vulnerabilities": []}"#);
    let (report, snapshot) = feeds.build();
    let records: Vec<_> =
        report.sources.iter().map(|source| (source.name.as_str(), source.records)).collect();
    assert_eq!(
        records,
        [("alpine-secdb.tar.zst", 1), ("PyPI", 3), ("npm/all.zip", 1), ("osv/debian.tar.zst", 1)]
    );
    let skipped: Vec<_> = report.skipped.iter().map(|skipped| skipped.name.as_str()).collect();
    assert_eq!(skipped, ["notes.xml.gz", "other/kev.json"]);
    assert_eq!(snapshot.lookup("Debian", "bash").count(), 1);
    assert_eq!(snapshot.lookup("npm", "left-pad").count(), 1);
    assert_eq!(["a", "b", "c"].map(|name| snapshot.lookup("PyPI", name).count()), [1; 3]);
    assert_eq!(snapshot.complete_feeds("Debian", "12"), ["osv"]);
    assert_eq!(snapshot.complete_feeds("Debian", "11"), [""; 0]);
    assert_eq!(snapshot.complete_feeds("npm", ""), ["osv"]);
}

#[test]
fn a_second_copy_of_the_same_records_changes_nothing() {
    let record = osv("RUSTSEC-1", "crates.io", "smallvec");
    let alpine = secdb("v3.18", "main", "zlib", "CVE-2024-1");
    let feeds = Feeds::new();
    feeds
        .tar("osv/crates.io.tar.zst", &[("RUSTSEC-1.json", &record)])
        .tar("distro/alpine-secdb.tar.zst", &[("main.json", &alpine)]);
    let (once, _) = feeds.build();
    feeds
        .zip("osv-zip/crates.io/all.zip", &[("RUSTSEC-1.json", &record)])
        .tar("copy/alpine-secdb.tar.zst", &[("main.json", &alpine)]);
    let (twice, snapshot) = feeds.build();
    assert_eq!(once.revision, twice.revision);
    assert_eq!(snapshot.lookup("crates.io", "smallvec").count(), 1);
    assert_eq!(snapshot.lookup("Alpine", "zlib").count(), 1);
    assert_eq!(twice.sources.len(), 4);
}

#[test]
fn secdb_documents_of_one_flaw_become_one_record() {
    let feeds = Feeds::new();
    let (one, two, three) = (
        secdb("v3.18", "main", "zlib", "CVE-2024-1"),
        secdb("v3.19", "main", "zlib", "CVE-2024-1"),
        secdb("v3.18", "community", "minizip", "CVE-2024-1 XSA-1"),
    );
    feeds.tar("secdb.tar.zst", &[("1.json", &one), ("2.json", &two), ("3.json", &three)]);
    let (_, snapshot) = feeds.build();
    assert_eq!(snapshot.counts().records, 1);
    let entry = snapshot.lookup("Alpine", "zlib").next().unwrap().unwrap();
    assert!(entry.releases.contains("v3.18").unwrap() && entry.releases.contains("v3.19").unwrap());
    let entry = snapshot.lookup("Alpine", "minizip").next().unwrap().unwrap();
    assert_eq!(entry.detail().unwrap().repository, "community");
    assert_eq!(snapshot.record(entry.record).unwrap().related, ["XSA-1"]);
}

#[test]
fn documents_of_no_form_inside_a_feed_are_counted() {
    let feeds = Feeds::new();
    feeds.tar(
        "npm.tar.zst",
        &[
            ("a.json", &osv("GHSA-1", "npm", "a")),
            ("broken.json", "{"),
            ("secdb.json", &secdb("v3.18", "main", "zlib", "CVE-2024-1")),
        ],
    );
    let (report, snapshot) = feeds.build();
    let osv = report.sources.iter().find(|source| source.feed == "osv").unwrap();
    assert_eq!(osv.rejected, [("not a record of its feed".to_owned(), 1)].into());
    assert_eq!(snapshot.lookup("Alpine", "zlib").count(), 1);
    assert!(snapshot.complete_feeds("Alpine", "v3.18").is_empty());
}

/// Feeds of which some are damaged: Debian's archive is cut, with a change beside it, a document's checksum is wrong, and npm's archive has
/// no directory any more.
fn damaged_feeds() -> Feeds {
    let feeds = Feeds::new();
    let records: Vec<_> = (0..50)
        .map(|number| osv(&format!("DSA-{number}"), "Debian:12", &format!("a{number}")))
        .collect();
    let documents: Vec<_> = records.iter().map(|record| ("a.json", record.as_str())).collect();
    feeds.tar("osv/debian.tar.zst", &documents).zip("npm/all.zip", &documents[..1]);
    let archive = |name| std::fs::read(feeds.root().join(name)).unwrap();
    let (tar, zip) = (archive("osv/debian.tar.zst"), archive("npm/all.zip"));
    // The last block of zstd is lost, with what it would have given.
    let tar = zstd::decode_all(tar.as_slice()).unwrap();
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.write_all(&tar[..tar.len() / 2]).unwrap();
    encoder.flush().unwrap();
    feeds.file("osv/debian.tar.zst", encoder.get_ref()).file("npm/all.zip", &zip[..zip.len() - 30]);
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(osv("GHSA-1", "npm", "a").as_bytes()).unwrap();
    let mut document = encoder.finish().unwrap();
    *document.last_mut().unwrap() ^= 1;
    feeds
        .file("one/GHSA-1.json.zst", &document)
        .file("osv/debian.tar.zst.changes/new.json", osv("DSA-99", "Debian:12", "new").as_bytes())
        .tar("PyPI/all.tar.zst", &[("a.json", &osv("PYSEC-1", "PyPI", "c"))]);
    feeds
}

#[test]
fn damage_costs_only_itself_where_that_is_wanted() {
    let feeds = damaged_feeds();
    let kept = feeds.directory.path().join("kept");
    let options =
        BuildOptions { past_damage: true, kept: Some(kept.clone()), ..BuildOptions::default() };
    let (report, snapshot) = feeds.try_build(&options).unwrap();
    let damaged: Vec<_> = report.damaged.iter().map(|damaged| damaged.name.as_str()).collect();
    assert_eq!(damaged, ["npm/all.zip", "one/GHSA-1.json.zst", "osv/debian.tar.zst"]);
    assert!(
        report.damaged[2].detail.contains("ends before its end"),
        "{}",
        report.damaged[2].detail
    );
    assert_eq!(report.skipped, []);
    let debian = report.sources.iter().find(|one| one.name == "osv/debian.tar.zst").unwrap();
    assert!((5..50).contains(&debian.records), "{debian:?}");
    assert_eq!(debian.rejected, [("not read to its end".to_owned(), 1)].into());
    let found = [("Debian", "a0"), ("Debian", "new"), ("PyPI", "c"), ("npm", "a")]
        .map(|(family, package)| snapshot.lookup(family, package).count());
    assert_eq!(found, [1, 1, 1, 0]);
    // Neither the archive nor what lies beside it vouches for a release.
    assert_eq!(snapshot.complete_feeds("Debian", "12"), [""; 0]);
    assert_eq!(snapshot.complete_feeds("PyPI", ""), ["osv"]);
    // The next build tells of it again.
    assert_eq!(feeds.try_build(&options).unwrap().0, report);
}

#[test]
fn damage_fails_the_build_otherwise() {
    let feeds = damaged_feeds();
    let built = feeds.try_build(&BuildOptions::default());
    assert!(matches!(built, Err(FeedError::Zip { .. })));
    for path in ["npm/all.zip", "one/GHSA-1.json.zst"] {
        std::fs::remove_file(feeds.root().join(path)).unwrap();
    }
    let built = feeds.try_build(&BuildOptions::default());
    assert!(matches!(built, Err(FeedError::Read { .. })));
}

#[test]
fn where_all_is_damaged_there_is_nothing_to_build() {
    let feeds = Feeds::new();
    feeds.file("npm/all.zip", b"PK");
    let options = BuildOptions { past_damage: true, ..BuildOptions::default() };
    assert!(matches!(feeds.try_build(&options), Err(FeedError::Zip { .. })));
}

#[test]
fn nothing_found_is_an_error() {
    let feeds = Feeds::new();
    feeds.file("readme.txt", b"nothing");
    let built = feeds.try_build(&BuildOptions::default());
    assert!(matches!(built, Err(FeedError::NothingFound { .. })));
    let missing = build(&["/nowhere".into()], &feeds.root(), &BuildOptions::default(), &mut |_| {});
    assert!(matches!(missing, Err(FeedError::Read { .. })));
}

#[test]
fn too_large_a_document_is_counted_and_left_out() {
    let feeds = Feeds::new();
    let large = osv(&"x".repeat(4_000), "npm", "large");
    feeds.tar("npm.tar.zst", &[("a.json", &osv("GHSA-1", "npm", "a")), ("b.json", &large)]);
    let limits = plimsoll_core::Limits { feed_document_bytes: 1_000, ..Default::default() };
    let (report, snapshot) =
        feeds.try_build(&BuildOptions { limits, ..Default::default() }).unwrap();
    assert_eq!(report.sources[0].rejected["document too large"], 1);
    assert_eq!(snapshot.counts().records, 1);
}

#[test]
fn the_snapshot_does_not_depend_on_the_number_of_threads() {
    let feeds = Feeds::new();
    let records: Vec<_> = (0..3_000)
        .map(|number| {
            let padding = "x".repeat(number % 700);
            osv(&format!("GHSA-{}", number % 2_500), "npm", &format!("{padding}{}", number % 90))
        })
        .collect();
    let documents: Vec<_> = records.iter().map(|record| ("a.json", record.as_str())).collect();
    feeds.tar("npm.tar.zst", &documents);
    let built = [1, 2, 8].map(|threads| {
        feeds.try_build(&BuildOptions { threads, ..Default::default() }).unwrap();
        std::fs::read(feeds.directory.path().join("snapshot")).unwrap()
    });
    assert!(built[0] == built[1] && built[1] == built[2]);
}

#[test]
fn a_build_that_takes_over_what_was_kept_gives_the_bytes_of_a_full_one() {
    let feeds = Feeds::new();
    let kept = feeds.directory.path().join("kept");
    let incremental = BuildOptions { kept: Some(kept.clone()), ..BuildOptions::default() };
    let read = |options: &BuildOptions| {
        let (report, _) = feeds.try_build(options).unwrap();
        (report, std::fs::read(feeds.directory.path().join("snapshot")).unwrap())
    };
    let count = || std::fs::read_dir(&kept).unwrap().count();
    feeds
        .tar("npm.tar.zst", &[("a.json", &osv("GHSA-1", "npm", "a")), ("b.json", "{")])
        .tar("pypi.tar.zst", &[("c.json", &osv("PYSEC-1", "PyPI", "c"))])
        .tar("secdb.tar.zst", &[("d.json", &secdb("v3.18", "main", "zlib", "CVE-2024-1"))])
        .file("sets.json", br#"{"data": {"rpms": {"cpes": ["cpe:/o:redhat:rhel_eus:9.2"]}}}"#);
    let first = read(&incremental);
    // What several documents say together is not kept, and no content sets.
    assert_eq!(count(), 2);
    assert_eq!(read(&incremental), first);
    let again = Snapshot::open(&feeds.directory.path().join("snapshot")).unwrap();
    assert_eq!(again.content_set("rpms").unwrap(), ["rhel_eus:9.2"]);
    assert_eq!(read(&BuildOptions::default()), first);
    feeds.tar("pypi.tar.zst", &[("c.json", &osv("PYSEC-2", "PyPI", "c"))]);
    let second = read(&incremental);
    assert_ne!(second.1, first.1);
    assert_eq!((count(), read(&BuildOptions::default())), (2, second));
    // Damage costs time, and nothing else.
    for entry in std::fs::read_dir(&kept).unwrap() {
        std::fs::write(entry.unwrap().path(), b"damaged").unwrap();
    }
    assert_eq!(read(&incremental), read(&BuildOptions::default()));
}

#[test]
fn what_was_kept_of_an_archive_is_not_used_once_newer_forms_lie_beside_it() {
    let feeds = Feeds::new();
    let kept = Some(feeds.directory.path().join("kept"));
    let options = BuildOptions { kept, ..BuildOptions::default() };
    let old = osv("GHSA-1", "npm", "old");
    feeds.zip("npm/all.zip", &[("GHSA-1.json", &old)]);
    let (_, snapshot) = feeds.try_build(&options).unwrap();
    assert_eq!(snapshot.lookup("npm", "old").count(), 1);
    let new = osv("GHSA-1", "npm", "new");
    feeds.file("npm/all.zip.changes/GHSA-1.json", new.as_bytes());
    let (report, snapshot) = feeds.try_build(&options).unwrap();
    let found = ["old", "new"].map(|name| snapshot.lookup("npm", name).count());
    assert_eq!(found, [0, 1]);
    // Nothing of the archive itself is left, and nothing is missing.
    assert_eq!((report.skipped.len(), report.has_gaps()), (0, false));
    assert_eq!(snapshot.complete_feeds("npm", ""), ["osv"]);
}

#[test]
fn the_snapshot_does_not_depend_on_the_order_of_the_feeds() {
    let feeds = Feeds::new();
    feeds
        .tar("one/npm.tar.zst", &[("a.json", &osv("GHSA-1", "npm", "a"))])
        .tar(
            "two/npm.tar.zst",
            &[("a.json", &osv("GHSA-1", "npm", "a")), ("b.json", &osv("GHSA-2", "npm", "a"))],
        )
        .tar("two/secdb.tar.zst", &[("1.json", &secdb("v3.18", "main", "zlib", "CVE-2024-1"))])
        .tar("one/secdb.tar.zst", &[("2.json", &secdb("v3.19", "main", "zlib", "CVE-2024-1"))]);
    let [one, two] = ["one", "two"].map(|name| feeds.root().join(name));
    let built = [[one.clone(), two.clone()], [two, one]].map(|order| {
        let output = feeds.directory.path().join("snapshot");
        build(&order, &output, &BuildOptions::default(), &mut |_| {}).unwrap();
        let bytes = std::fs::read(&output).unwrap();
        std::fs::remove_file(output).unwrap();
        bytes
    });
    assert!(built[0] == built[1]);
}

#[test]
fn links_are_followed_but_not_round_in_circles() {
    use std::os::unix::fs::symlink;
    let feeds = Feeds::new();
    feeds.file("osv/npm/a.json", osv("GHSA-1", "npm", "a").as_bytes());
    let elsewhere = feeds.directory.path().join("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    std::fs::write(elsewhere.join("v3.18-main.json"), secdb("v3.18", "main", "zlib", "CVE-2024-1"))
        .unwrap();
    std::fs::write(feeds.directory.path().join("b.json"), osv("GHSA-2", "Go", "b")).unwrap();
    symlink(&elsewhere, feeds.root().join("alpine-secdb")).unwrap();
    symlink(feeds.directory.path().join("b.json"), feeds.root().join("osv/npm/b.json")).unwrap();
    symlink(feeds.root(), feeds.root().join("round")).unwrap();
    let output = feeds.directory.path().join("snapshot");
    let built = build(&[feeds.root()], &output, &BuildOptions::default(), &mut |_| {}).unwrap();
    let names: Vec<_> = built.sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["alpine-secdb", "osv/npm"]);
    let snapshot = Snapshot::open(&output).unwrap();
    assert_eq!(snapshot.families().collect::<Vec<_>>(), ["Alpine", "Go", "npm"]);
    assert_eq!(built.skipped.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["round"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_document_makes_an_importer_panic(
        document in prop::sample::select(vec![osv("X-1", "Debian:12", "a"), secdb("v3.1", "main", "a", "CVE-2024-1 (x) y")]),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 0..6),
    ) {
        let mut characters: Vec<char> = document.chars().collect();
        for (place, character) in cuts {
            let place = place.index(characters.len());
            characters[place] = character;
        }
        let document: String = characters.into_iter().collect();
        let options = BuildOptions::default();
        for feed in FEEDS {
            let _ = feed.recognises("x.json", document.as_bytes());
            let _ = feed.advisories("x.json", document.as_bytes(), &options);
        }
    }
}
