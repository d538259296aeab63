//! Directories of documents, of which only the changes are fetched.

use plimsoll_testkit::osv;

use super::*;

const DOCUMENTS: usize = 150;
const FILE: &str = "csaf/all.tar.zst";

/// A user, and a publisher with a directory of documents. Their form is OSV's: what is fetched is judged by its records alone.
fn of_directory() -> User {
    let user = User::new();
    let url: &'static str = Box::leak(format!("{}/csaf/", user.publisher.address()).into());
    let origins = Box::leak(Box::new([Origin { url, file: FILE, ..Origin::BASE }]));
    let feeds = vec![&*Box::leak(Box::new(Feed { id: "osv", origins, ..Feed::BASE }))];
    let user = User { feeds, selection: Selection::default(), ..user };
    for number in 0..DOCUMENTS {
        let path = format!("csaf/2026/GHSA-{number}.json");
        user.publisher.put(&path, document(number).to_string());
    }
    user
}

fn document(number: usize) -> serde_json::Value {
    osv::record(&format!("GHSA-{number}"), "npm", "it", Some("1.2"))
}

/// The lines of a list of the first so many documents.
fn list(count: usize, day: &str) -> String {
    let line = |number| format!("\"2026/GHSA-{number}.json\",\"{day}T10:00:00Z\"\n");
    (0..count).map(line).collect()
}

/// What lies beside the archive, or would, that is no empty file.
fn documents(user: &User) -> usize {
    let folder = user.home.path().join(format!("feeds/{FILE}.changes"));
    let files = fs::read_dir(folder).into_iter().flatten();
    files.filter(|file| file.as_ref().unwrap().metadata().unwrap().len() > 0).count()
}

/// Takes most away, and looks that this is refused as often as it comes, and taken where that is wanted.
fn take_away(mut user: User, (left, documents_left): (u64, usize), take: &dyn Fn(&User)) {
    user.update();
    let (before, all) = (DOCUMENTS as u64, documents(&user));
    assert_eq!(user.records(), counts(&[("npm", before)]));
    let revision = |user: &User| Snapshot::open(&user.snapshot_path()).unwrap().revision();
    let first = revision(&user);
    take(&user);
    for _ in 0..2 {
        let report = user.update();
        assert_eq!(outcomes(&report), [(FILE, &Outcome::Refused { before, after: left })]);
        assert_eq!((report.built, revision(&user), documents(&user)), (None, first, all));
    }
    user.accept_shrunk = true;
    let report = user.update();
    assert!(matches!(outcomes(&report)[..], [(FILE, Outcome::Changes(_))]), "{report:?}");
    assert_eq!(user.records(), counts(&[("npm", left)]));
    assert_eq!(documents(&user), documents_left);
    assert_eq!(outcomes(&user.update()), [(FILE, &Outcome::Unchanged)]);
}

#[test]
fn changes_that_take_most_documents_away_are_refused_unless_that_is_wanted() {
    let user = of_directory();
    user.publisher.put("csaf/changes.csv", list(DOCUMENTS, "2026-02-02"));
    take_away(user, (100, 100), &|user| {
        user.publisher.put("csaf/changes.csv", list(100, "2026-02-02"));
    });
}

#[test]
fn a_list_that_takes_back_most_of_an_archive_is_refused_unless_that_is_wanted() {
    let user = of_directory();
    let archive = osv::tar_zstd(&(0..DOCUMENTS).map(document).collect::<Vec<_>>());
    user.publisher.put("csaf/archive_latest.txt", "all_2026-02-01.tar.zst");
    user.publisher.put("csaf/all_2026-02-01.tar.zst", archive);
    user.publisher.put("csaf/changes.csv", list(DOCUMENTS, "2026-01-01"));
    take_away(user, (110, 0), &|user| {
        user.publisher.put("csaf/deletions.csv", list(40, "2026-02-03"));
    });
}

#[test]
fn changes_that_take_a_few_documents_away_are_taken() {
    let user = of_directory();
    user.publisher.put("csaf/changes.csv", list(DOCUMENTS, "2026-02-02"));
    user.update();
    user.publisher.put("csaf/changes.csv", list(120, "2026-02-02"));
    assert_eq!(outcomes(&user.update()), [(FILE, &Outcome::Changes(30))]);
    assert_eq!(user.records(), counts(&[("npm", 120)]));
}
