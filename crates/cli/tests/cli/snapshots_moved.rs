//! Snapshots compared, and carried to a machine without a network.

use std::fs;

use plimsoll_testkit::osv;

use super::User;

/// Below a user's home.
pub(super) const SNAPSHOT: &str = ".local/share/plimsoll/advisories.plimsoll";

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
    assert!(ran.stdout.contains(" kB · revision "), "{}", ran.stdout);
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
fn an_export_onto_the_snapshot_itself_is_refused_by_whatever_name() {
    let user = user("4.17.21");
    let home = user.home.path();
    let before = fs::read(home.join(SNAPSHOT)).unwrap();
    std::os::unix::fs::symlink(SNAPSHOT, home.join("link")).unwrap();
    std::os::unix::fs::symlink(".local/share", home.join("directory")).unwrap();
    fs::hard_link(home.join(SNAPSHOT), home.join("second")).unwrap();
    let spelled = format!("./{SNAPSHOT}");
    for file in [SNAPSHOT, &spelled, "link", "second", "directory/plimsoll/advisories.plimsoll"] {
        let ran = user.run(&["db", "export", file]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{file}: {}", ran.stderr);
        assert!(ran.stderr.contains("it is the snapshot itself"), "{file}: {}", ran.stderr);
        assert!(fs::read(home.join(SNAPSHOT)).unwrap() == before, "{file}");
    }
}

#[test]
fn an_export_to_where_nothing_can_be_written_is_a_usage_error() {
    let user = user("4.17.21");
    user.write("a file", b"");
    for file in ["nowhere/packed", "a file/packed", ".local"] {
        let ran = user.run(&["db", "export", file]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{file}: {}", ran.stderr);
        let expected = format!("error: failed to write {file}: ");
        assert!(ran.stderr.starts_with(&expected), "{file}: {}", ran.stderr);
    }
    let mut damaged = fs::read(user.home.path().join(SNAPSHOT)).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    user.write(SNAPSHOT, &damaged);
    let ran = user.run(&["db", "export", "packed"]);
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    assert!(!user.home.path().join("packed").exists());
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
