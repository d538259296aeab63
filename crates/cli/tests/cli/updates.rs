//! Feeds fetched from a publisher on this machine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use plimsoll_testkit::http::{Reply, TestServer};
use plimsoll_testkit::{jar, osv};

use super::snapshots_moved::SNAPSHOT;
use super::{User, image, json, ran};

/// A mirror of feeds, which knows the version of each file by its length.
struct Mirror {
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    server: TestServer,
}

impl Mirror {
    /// Has OSV's bulk files of Debian, npm and PyPI.
    fn new() -> Self {
        let files = Arc::new(Mutex::new(BTreeMap::<String, Vec<u8>>::new()));
        let own = Arc::clone(&files);
        let server = TestServer::start(move |request, _| {
            let files = own.lock().unwrap();
            let Some(body) = files.get(&request.target) else { return Reply::new(404, "") };
            let tag = format!("\"{}\"", body.len());
            match request.header("if-none-match") {
                Some(known) if known == tag => Reply::new(304, ""),
                _ => Reply::new(200, body.clone()).header("ETag", tag),
            }
        });
        let mirror = Self { files, server };
        let debian = osv::record("CVE-2024-0001", "Debian:12", "bash", Some("5.2-3"));
        mirror.put("osv/Debian/all.zip", osv::all_zip(&[debian]));
        mirror.put("osv/npm/all.zip", npm(150));
        let pypi = osv::record("PYSEC-2024-1", "PyPI", "django", Some("3.2.5"));
        mirror.put("osv/PyPI/all.zip", osv::all_zip(&[pypi]));
        mirror
    }

    fn put(&self, file: &str, body: Vec<u8>) {
        self.files.lock().unwrap().insert(format!("/{file}"), body);
    }

    fn address(&self) -> String {
        format!("http://{}", self.server.host())
    }

    fn asked(&self) -> Vec<String> {
        self.server.received().iter().map(|request| request.target.clone()).collect()
    }
}

/// As many records about npm's packages.
fn npm(count: usize) -> Vec<u8> {
    let record = |number| osv::record(&format!("GHSA-{number}"), "npm", "lodash", Some("4.17.21"));
    osv::all_zip(&(0..count).map(record).collect::<Vec<_>>())
}

#[test]
fn feeds_are_fetched_from_a_mirror_and_then_there_is_nothing_to_do() {
    let (user, mirror) = (User::new(), Mirror::new());
    let update = ["db", "update", "--only", "osv", "--mirror", &mirror.address()];
    let first = user.run(&update);
    // The mirror has three of OSV's files: the others are named.
    assert_eq!(first.code, 4, "{}", first.stderr);
    assert!(first.stdout.contains("osv/Go/all.zip\n    127.0.0.1:"), "{}", first.stdout);
    assert!(
        first.stdout.contains("150 records, 0 rejected, newest 2024-01-02  osv/npm/all.zip"),
        "{}",
        first.stdout
    );
    let status = user.run(&["db", "status"]);
    assert!(status.stdout.contains(", fetched 20"), "{}", status.stdout);
    let status = json(&user.run(&["db", "status", "--json"]));
    assert_eq!(
        (&status["records"], status["sources"][0]["fetched_at"].is_string()),
        (&152.into(), true)
    );
    let again = user.run(&update);
    assert!(again.stdout.contains("nothing changed"), "{}", again.stdout);
    mirror.put("osv/npm/all.zip", npm(10));
    let shrunk = user.run(&update);
    assert!(shrunk.stdout.contains("it has 10 records instead of 150"), "{}", shrunk.stdout);
    assert!(shrunk.stdout.contains("is kept"), "{}", shrunk.stdout);
    assert_eq!(json(&user.run(&["db", "status", "--json"]))["records"], 152);
    user.run(&[&update[..], &["--accept-shrunk"]].concat());
    assert_eq!(json(&user.run(&["db", "status", "--json"]))["records"], 12);
}

#[test]
fn a_feed_of_one_s_own_is_fetched_beside_the_others_and_lasts() {
    let (user, mirror) = (User::new(), Mirror::new());
    mirror.put("internal.zip", npm(3));
    let extra = format!("internal={}/internal.zip", mirror.address());
    let ran = user.run(&["db", "update", "--only", "internal", "--extra", &extra]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("extra/internal/internal.zip"), "{}", ran.stdout);
    let osv = format!("osv={}", mirror.address());
    user.run(&["db", "update", "--only", "osv", "--mirror", &osv]);
    let status = json(&user.run(&["db", "status", "--json"]));
    assert_eq!(status["sources"].as_array().unwrap().len(), 4);
}

#[test]
fn an_old_copy_that_is_damaged_is_named_by_the_updates_of_others() {
    let (user, mirror) = (User::new(), Mirror::new());
    let osv = format!("osv={}", mirror.address());
    let feeds = user.home.path().join("carried");
    let places = ["--mirror", &osv, "--feeds-dir", "carried"];
    user.run(&[&["db", "update", "--only", "osv"][..], &places].concat());
    let npm = feeds.join("osv/npm/all.zip");
    let whole = std::fs::read(&npm).unwrap();
    std::fs::write(&npm, &whole[..whole.len() / 2]).unwrap();
    mirror.put("internal.zip", self::npm(3));
    let extra = format!("internal={}/internal.zip", mirror.address());
    let update = ["db", "update", "--only", "internal", "--extra", &extra];
    let ran = user.run(&[&update[..], &places].concat());
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("failed to read all of osv/npm/all.zip: "), "{}", ran.stderr);
    // The next one that wants it has it whole.
    let again = user.run(&[&["db", "update", "--only", "osv"][..], &places].concat());
    assert!(!again.stderr.contains("failed to read all"), "{}", again.stderr);
    assert_eq!(std::fs::read(&npm).unwrap(), whole);
}

#[test]
fn feeds_come_from_a_directory_where_there_is_no_network() {
    let (user, mirror) = (User::new(), Mirror::new());
    let feeds = ["--feeds-dir", "carried"];
    let update = ["db", "update", "--only", "osv", "--mirror", &mirror.address()];
    user.run(&[&update[..], &feeds].concat());
    let other = User::new();
    let carried = user.home.path().join("carried").display().to_string();
    let ran = other.run(&["db", "update", "--from", &carried]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(json(&other.run(&["db", "status", "--json"]))["records"], 152);
    assert_eq!(other.run(&["db", "update", "--from", "nowhere"]).code, 5);
}

#[test]
fn what_should_be_a_feed_and_is_none_is_told_by_its_name_and_place() {
    let user = User::new();
    for (file, text) in
        [("given/LICENSE", "words"), ("given/README.md", "words"), ("given/mine/mirror.json", "{}")]
    {
        user.write(file, text.as_bytes());
    }
    user.write("given/osv/npm/all.zip", &npm(3));
    let build = ["db", "build", "--feeds", "given"];
    let update = ["db", "update", "--from", "given"];
    let warned = |name| format!("failed to take {name} for a feed: not advisories in a form");
    for arguments in [&build, &update] {
        let ran = user.run(arguments);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(&warned("mine/mirror.json")), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
    // Where a feed's file should lie it is a gap, whether it is an archive or a document.
    let archive = jar::zip(&[("readme.txt".to_owned(), "moved".to_owned())]);
    user.write("given/osv/Go/all.zip", &archive);
    user.write("given/alpine-secdb/v3.18-main.json", b"{\"error\": \"later\"}");
    let ran = user.run(&build);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(&warned("alpine-secdb/v3.18-main.json")), "{}", ran.stderr);
    let ran = user.run(&update);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    let told = "alpine-secdb/v3.18-main.json\n    what came is no document of its feed";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
    let told = "osv/Go/all.zip\n    nothing of what came is a document of a feed";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
}

#[test]
fn where_no_feed_can_be_had_there_is_no_snapshot() {
    let user = User::new();
    let mirror = Mirror::new();
    mirror.files.lock().unwrap().clear();
    let address = mirror.address();
    for (arguments, code, message) in [
        (&["--only", "osv", "--mirror", &address][..], 5, ""),
        (&["--only", "ovs"], 2, "osv"),
        (&["--mirror", "ovs=http://127.0.0.1/"], 2, "ovs"),
        (&["--mirror", "ftp://me:secret@127.0.0.1/"], 2, "http"),
        (&["--mirror", &address, "--mirror", "http://127.0.0.1/"], 2, "two addresses"),
        (&["--mirror", "osv=http://a/", "--mirror", "osv=http://b/"], 2, "`osv` has two"),
        (&["--extra", "x"], 2, "NAME=URL"),
        (&["--ca-file", "/dev/null", "--only", "osv"], 2, "PEM"),
    ] {
        let ran = user.run(&[&["db", "update"], arguments].concat());
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    }
}

#[test]
fn a_scan_fetches_what_its_image_needs_and_no_more() {
    let (user, mirror) = (User::new(), Mirror::new());
    user.write("image.tar", &image().docker_archive());
    let address = mirror.address();
    let scan = ["scan", "./image.tar", "-f", "json", "--mirror", &address];
    let never = user.run(&scan);
    assert_eq!((never.code, mirror.asked().len()), (5, 0));
    let auto = [&scan[..], &["--db-update", "auto"]].concat();
    let ran = user.run(&auto);
    // What it cost is told where no terminal shows it, too.
    let told = "there is no advisory snapshot; fetched ";
    let line = ran.stderr.lines().find(|line| line.starts_with(told)).unwrap();
    assert!(line.contains(" kB in ") && line.ends_with(" s"), "{line}");
    let report = json(&ran);
    let ids = report["body"]["findings"].as_array().unwrap().iter().map(|one| one["id"].as_str());
    assert!(ids.flatten().any(|id| id == "CVE-2024-0001"), "{report}");
    let asked = mirror.asked();
    for wanted in ["/osv/Debian/all.zip", "/osv/npm/all.zip", "/osv/PyPI/all.zip"] {
        assert!(asked.iter().any(|target| target == wanted), "{asked:?}");
    }
    assert!(!asked.iter().any(|target| target.contains("Maven")), "{asked:?}");
    // What is fresh is not asked for again, and what cannot be had is no reason not to scan.
    let fresh = user.run(&auto);
    assert_eq!((fresh.code, mirror.asked().len()), (0, asked.len()), "{}", fresh.stderr);
    assert!(!fresh.stderr.contains("fetched"), "{}", fresh.stderr);
    let quiet = ["--data", "elsewhere", "--quiet"];
    let quiet = user.run(&[&auto[..], &quiet].concat());
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
}

#[test]
fn a_scan_whose_advisories_cannot_be_had_warns_and_goes_on() {
    let user = User::new();
    user.write("image.tar", &image().docker_archive());
    let mirror = Mirror::new();
    mirror.files.lock().unwrap().clear();
    let address = mirror.address();
    let ran = user.run(&["scan", "./image.tar", "--db-update", "auto", "--mirror", &address]);
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    assert!(ran.stdout.contains("4 packages"), "{}", ran.stdout);
    assert!(ran.stderr.contains("could not be updated"), "{}", ran.stderr);
}

#[test]
fn a_damaged_snapshot_is_made_again_by_a_scan_that_may_update() {
    let (user, mirror) = (User::new(), Mirror::new());
    user.write("image.tar", &image().docker_archive());
    let address = mirror.address();
    let never = ["scan", "./image.tar", "--mirror", &address];
    let auto = [&never[..], &["--db-update", "auto"]].concat();
    assert_eq!(user.run(&auto).code, 0);
    let whole = std::fs::read(user.home.path().join(SNAPSHOT)).unwrap();
    // That a name was changed shows only where it is read.
    let mut flipped = whole.clone();
    let name = whole.windows(6).position(|bytes| bytes == b"lodash").unwrap();
    flipped[name] ^= 1;
    for damaged in [&whole[..whole.len() / 2], b"text", b"", &flipped] {
        user.write(SNAPSHOT, damaged);
        assert_eq!(user.run(&never).code, 5, "{} bytes", damaged.len());
        let ran = user.run(&auto);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stderr.contains("it is made again"), "{}", ran.stderr);
        assert!(ran.stdout.contains("CVE-2024-0001"), "{}", ran.stdout);
        assert_eq!(user.run(&never).code, 0);
    }
    // Where it cannot be, the scan ends as without an update.
    std::fs::remove_dir_all(user.home.path().join(".local/share/plimsoll/feeds")).unwrap();
    user.write(SNAPSHOT, b"text");
    mirror.files.lock().unwrap().clear();
    let ran = user.run(&auto);
    assert_eq!((ran.code, ran.stdout.as_str()), (5, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: make it again"), "{}", ran.stderr);
}

#[test]
fn a_snapshot_of_files_that_somebody_brought_is_not_replaced_by_a_scan() {
    let (user, mirror) = (User::new(), Mirror::new());
    user.write("image.tar", &image().docker_archive());
    let address = mirror.address();
    let scan = ["scan", "./image.tar", "--db-update", "auto", "--mirror", &address];
    user.build_snapshot();
    user.run(&scan);
    assert_eq!(mirror.asked().len(), 0);
    user.run(&["db", "update", "--only", "osv", "--mirror", &address]);
    user.build_snapshot();
    let asked = mirror.asked().len();
    user.run(&scan);
    assert_eq!(mirror.asked().len(), asked);
    // What it has nothing of is told.
    user.write("root/etc/os-release", b"ID=alpine\nVERSION_ID=3.18.4\n");
    let database = b"P:musl\nV:1.2.4-r0\nA:x86_64\no:musl\n\n";
    user.write("root/lib/apk/db/installed", database);
    let ran = user.run(&["scan", "dir:root", "--db-update", "auto", "--mirror", &address]);
    assert!(ran.stderr.contains("left as it is, without Alpine"), "{}", ran.stderr);
    assert_eq!(mirror.asked().len(), asked);
}

#[test]
fn feeds_are_fetched_through_the_proxy_of_the_environment() {
    let user = User::new();
    let proxy = TestServer::start(|request, _| match request.target.as_str() {
        "http://feeds.example/internal.zip" => Reply::new(200, npm(3)),
        _ => Reply::new(404, ""),
    });
    let update = ["db", "update", "--only", "x", "--extra", "x=http://feeds.example/internal.zip"];
    let address = format!("http://{}", proxy.host());
    let ran = ran(user.command(&update).env("HTTP_PROXY", address).output().unwrap());
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(proxy.received().len(), 1);
}
