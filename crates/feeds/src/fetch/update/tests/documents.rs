//! Documents that came in and are not what they should be.

use super::*;

static SECDB: Feed = Feed {
    id: "alpine-secdb",
    origins: &[
        Origin { url: "https://example.com/main.json", file: MAIN, ..Origin::BASE },
        Origin { url: "https://example.com/community.json", file: COMMUNITY, ..Origin::BASE },
    ],
    ..Feed::BASE
};

const MAIN: &str = "alpine-secdb/v3.18-main.json";
const COMMUNITY: &str = "alpine-secdb/v3.18-community.json";

/// One document of Alpine's about as many packages.
fn secdb(repository: &str, count: usize) -> Vec<u8> {
    let package = |number| {
        let fixes = format!("{{\"1.{number}-r0\":[\"CVE-2024-{number:04}\"]}}");
        format!("{{\"pkg\":{{\"name\":\"{repository}-{number}\",\"secfixes\":{fixes}}}}}")
    };
    let packages: Vec<String> = (0..count).map(package).collect();
    let packages = packages.join(",");
    format!(
        "{{\"distroversion\":\"v3.18\",\"reponame\":\"{repository}\",\"packages\":[{packages}]}}"
    )
    .into_bytes()
}

impl User {
    /// With a publisher of Alpine's documents.
    pub(super) fn of_alpine() -> Self {
        let user = Self { feeds: vec![&SECDB], ..Self::new() };
        user.publisher.put(MAIN, secdb("main", 150)).put(COMMUNITY, secdb("community", 150));
        user
    }
}

#[test]
fn one_document_of_many_that_became_something_else_is_not_taken() {
    let user = User::of_alpine();
    user.update();
    let packages = || Snapshot::open(&user.snapshot_path()).unwrap().counts().packages;
    assert_eq!(packages(), 300);
    let page = b"<html><body>maintenance</body></html>".to_vec();
    let whole = secdb("main", 150);
    let arch = br#"[{"name":"AVG-1","packages":["a"],"status":"Fixed","affected":"1-1","fixed":"2-1","issues":["CVE-2024-1"]}]"#;
    for body in [
        page,
        b"{\"error\":\"later\"}".to_vec(),
        whole[..4_000].to_vec(),
        Vec::new(),
        arch.to_vec(),
    ] {
        user.publisher.put(MAIN, body);
        let report = user.update();
        let of_main = outcomes(&report).into_iter().find(|(file, _)| *file == MAIN).unwrap();
        assert!(
            matches!(of_main.1, Outcome::Failed(why) if why.contains("no document of its feed"))
        );
        assert_eq!(packages(), 300);
    }
    for count in [0, 5] {
        user.publisher.put(MAIN, secdb("main", count));
        let report = user.update();
        let refused = Outcome::Refused { before: 150, after: count as u64 };
        assert!(outcomes(&report).contains(&(MAIN, &refused)), "{report:?}");
        assert_eq!(packages(), 300);
    }
    user.publisher.put(MAIN, secdb("main", 151));
    assert!(outcomes(&user.update()).contains(&(MAIN, &Outcome::Fetched)));
    assert_eq!(packages(), 301);
}

#[test]
fn what_is_of_no_feed_is_not_put_where_a_feed_lies_by_a_first_update_either() {
    let given = tempfile::tempdir().unwrap();
    let moved = jar::zip(&[("readme.txt".to_owned(), "moved".to_owned())]);
    for (file, bytes) in [(GO, &moved), (NPM, &records("npm", 3))] {
        let path = given.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let published = User::new();
    published.publisher.put(GO, moved);
    let given = User { from: Some(given.path().to_owned()), ..User::new() };
    for user in [published, given] {
        let report = user.update();
        let why = outcomes(&report)[0];
        let is_told = matches!(why, (GO, Outcome::Failed(why)) if why.contains("not advisories"));
        assert!(is_told && outcomes(&report)[1].1 == &Outcome::Fetched, "{report:?}");
        assert!(!user.home.path().join("feeds").join(GO).exists());
        assert!(report.built.is_some_and(|built| built.skipped.is_empty()));
    }
    // A document likewise, and words for people are no feed's.
    let given = tempfile::tempdir().unwrap();
    fs::create_dir(given.path().join("alpine-secdb")).unwrap();
    fs::write(given.path().join(MAIN), "{}").unwrap();
    fs::write(given.path().join(COMMUNITY), secdb("community", 2)).unwrap();
    fs::write(given.path().join("README.md"), "words").unwrap();
    let from = Some(given.path().to_owned());
    let report = User { feeds: vec![&SECDB], from, ..User::new() }.update();
    let failed: Vec<_> = report.files.iter().filter(|file| file.outcome.is_failure()).collect();
    assert!(failed.len() == 1 && failed[0].file == MAIN, "{report:?}");
}

#[test]
fn a_changed_record_that_is_none_leaves_the_old_one_and_is_asked_for_again() {
    let user = User { feeds: vec![&BULK], ..User::new() };
    let list = |day: u32| {
        let line = |id| format!("2026-01-{day:02}T00:00:00Z,GHSA-{id}\n");
        [0, 1].map(line).concat().into_bytes()
    };
    let record =
        |id: &str, version| osv::record(id, "npm", "it", Some(version)).to_string().into_bytes();
    let update = || {
        let fetch = FetchOptions { small_bulk_bytes: 3, ..options().0 };
        user.try_update_with(fetch).unwrap().files.remove(0).outcome
    };
    let fixes = || {
        let snapshot = Snapshot::open(&user.snapshot_path()).unwrap();
        let entries = snapshot.lookup("npm", "it").map(|entry| entry.unwrap().detail().unwrap());
        let mut fixes: Vec<_> = entries.map(|one| format!("{}", one.intervals[0])).collect();
        fixes.sort();
        fixes.join(" ")
    };
    user.publisher.put("osv/npm/all.zip", records("npm", 2));
    user.publisher.put("osv/npm/modified_id.csv", list(1));
    assert_eq!(update(), Outcome::Fetched);
    let old = fixes();
    user.publisher.put("osv/npm/modified_id.csv", list(2));
    user.publisher.put("osv/npm/GHSA-0.json", record("GHSA-0", "7.0"));
    user.publisher.put("osv/npm/GHSA-1.json", b"{\"error\":\"later\"}".to_vec());
    let is_refused = || {
        let outcome = update();
        matches!(outcome, Outcome::Incomplete(why) if why.contains("GHSA-1.json"))
    };
    assert!(is_refused());
    // An empty one is none either, nor is another's, nor what has but its name.
    let hollow = br#"{"id":"GHSA-1","modified":"2026-01-02T00:00:00Z"}"#.to_vec();
    for body in [Vec::new(), record("GHSA-0", "9.0"), hollow] {
        user.publisher.put("osv/npm/GHSA-1.json", body);
        assert!(is_refused());
    }
    let half = fixes();
    assert!(half != old && half.contains("7.0") && half.contains("1.2"), "{half}");
    user.publisher.put("osv/npm/GHSA-1.json", record("GHSA-1", "8.0"));
    assert_eq!(update(), Outcome::Changes(1));
    assert_eq!(update(), Outcome::Unchanged);
    assert!(fixes().contains("7.0") && fixes().contains("8.0"), "{}", fixes());
}

#[test]
fn a_record_that_is_none_costs_not_the_whole_file_that_came_with_it() {
    let mut user = User { feeds: vec![&BULK], ..User::new() };
    user.publisher.put("osv/npm/all.zip", records("npm", 2));
    user.publisher.put("osv/npm/modified_id.csv", "2026-01-01T00:00:00Z,GHSA-1\n");
    user.publisher.put("osv/npm/GHSA-1.json", "{}");
    let update = |user: &User| {
        let fetch = FetchOptions { small_bulk_bytes: 3, ..options().0 };
        user.try_update_with(fetch).unwrap().files.remove(0).outcome
    };
    assert!(update(&user).is_failure());
    assert_eq!(user.records(), counts(&[("npm", 2)]));
    user.publisher.asked();
    assert!(update(&user).is_failure());
    let asked = ["/osv/npm/modified_id.csv", "/osv/npm/all.zip", "/osv/npm/GHSA-1.json"];
    assert_eq!(user.publisher.asked(), asked);
    let record = osv::record("GHSA-1", "npm", "it", Some("7.0")).to_string();
    user.publisher.put("osv/npm/GHSA-1.json", record);
    assert_eq!(update(&user), Outcome::Changes(1));
    assert_eq!(user.records(), counts(&[("npm", 2)]));
}
