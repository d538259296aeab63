//! Snapshots compared, and carried to a machine without a network.

use std::fs;

use plimsoll_testkit::osv;

use super::User;

const SNAPSHOT: &str = ".local/share/plimsoll/advisories.plimsoll";

/// A user whose snapshot says that lodash was fixed in that version.
fn user(fixed: &str) -> User {
    let user = User::new();
    let record = osv::record("GHSA-1", "npm", "lodash", Some(fixed));
    user.write("feeds/npm/GHSA-1.json", record.to_string().as_bytes());
    let ran = user.run(&["db", "build", "--feeds", "feeds"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    user
}

#[test]
fn a_snapshot_is_carried_to_another_machine() {
    let (here, there) = (user("4.17.21"), User::new());
    let ran = here.run(&["db", "export", "snapshot.packed"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let packed = fs::read(here.home.path().join("snapshot.packed")).unwrap();
    there.write("snapshot.packed", &packed);
    let ran = there.run(&["db", "import", "snapshot.packed"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let read = |user: &User| fs::read(user.home.path().join(SNAPSHOT)).unwrap();
    assert!(read(&here) == read(&there));
    // What is damaged, cut short or something else is refused, and the old one stays.
    let before = read(&there);
    let mut flipped = before.clone();
    flipped[before.len() / 2] ^= 1;
    for bytes in [&packed[..packed.len() - 9], &before[..before.len() - 1], &flipped, b"text", b""]
    {
        there.write("bad", bytes);
        let ran = there.run(&["db", "import", "bad"]);
        assert_eq!(ran.code, 5, "{}", ran.stdout);
        assert!(ran.stderr.starts_with("error: failed to "), "{}", ran.stderr);
        assert!(read(&there) == before);
    }
}

#[test]
fn snapshots_are_compared_by_what_matters() {
    let (older, newer) = (user("4.17.20"), user("4.17.21"));
    newer.write("older", &fs::read(older.home.path().join(SNAPSHOT)).unwrap());
    let ran = newer.run(&["db", "diff", "older", SNAPSHOT]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let words: Vec<_> = ran.stdout.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(words, ["changed", "npm", "lodash", "GHSA-1", "osv"]);
    assert!(ran.stdout.contains("0 added, 0 removed, 1 changed"), "{}", ran.stdout);
    let ran = newer.run(&["db", "diff", SNAPSHOT, SNAPSHOT, "--json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert_eq!(newer.run(&["db", "diff", "nowhere", SNAPSHOT]).code, 5);
}
