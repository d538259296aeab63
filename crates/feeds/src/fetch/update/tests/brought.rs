//! A snapshot that somebody brought.

use super::*;

/// A user of another feed, to whom somebody brought the first one's snapshot.
fn after_import(user: &User) -> User {
    let other = User { home: tempfile::tempdir().unwrap(), ..User::of_alpine() };
    fs::create_dir_all(other.snapshot_path().parent().unwrap()).unwrap();
    fs::copy(user.snapshot_path(), other.snapshot_path()).unwrap();
    other
}

#[test]
fn a_snapshot_that_was_brought_is_not_replaced_by_one_without_its_families() {
    let mut user = User::new();
    user.update();
    // As an import leaves it: of no file that lies here.
    let other = after_import(&user);
    let error = other.try_update().unwrap_err();
    assert!(
        matches!(&error, UpdateError::WouldLose { lost } if lost == "Go (200 records), npm (200 records)")
    );
    assert_eq!(other.records(), counts(&[("Go", 200), ("npm", 200)]));
    let accepting = User { accept_shrunk: true, ..other };
    accepting.update();
    assert_eq!(accepting.records(), counts(&[("Alpine", 150)]));
    user.selection.families = families("Go");
    assert!(user.try_update().is_ok(), "its own is its own");
}

#[test]
fn a_snapshot_that_was_brought_and_cannot_be_read_is_not_replaced_by_one_of_some_feeds() {
    let user = User::new();
    user.update();
    let whole = fs::read(user.snapshot_path()).unwrap();
    // Cut, of another version of the program, and none.
    let mut older = whole.clone();
    older[8] ^= 1;
    for unreadable in [&whole[..whole.len() / 2], &older, b"text"] {
        let mut other = after_import(&user);
        fs::write(other.snapshot_path(), unreadable).unwrap();
        other.selection.only = vec!["alpine-secdb".to_owned()];
        let error = other.try_update().unwrap_err();
        assert!(matches!(error, UpdateError::WouldLoseUntold { .. }), "{error}");
        assert_eq!(fs::read(other.snapshot_path()).unwrap(), unreadable);
        assert!(other.publisher.asked().is_empty());
        // Whoever updates all feeds, or takes the loss, is told of it.
        if unreadable == b"text" {
            other.accept_shrunk = true;
        } else {
            other.selection.only.clear();
        }
        assert!(other.update().unreadable.is_some());
        assert_eq!(other.records(), counts(&[("Alpine", 150)]));
        // Its own is made again.
        fs::write(other.snapshot_path(), unreadable).unwrap();
        other.selection.only = vec!["alpine-secdb".to_owned()];
        assert!(other.update().built.is_some());
        assert_eq!(other.update().unreadable, None);
    }
}

#[test]
fn what_is_left_of_a_snapshot_that_was_brought_must_be_nearly_all_of_it() {
    let user = User::new();
    user.update();
    let own = fs::read(user.snapshot_path()).unwrap();
    // Damaged where opening it does not look, after an update here built another.
    let mut other = after_import(&user);
    other.selection.only = vec!["alpine-secdb".to_owned()];
    other.accept_shrunk = true;
    other.update();
    other.accept_shrunk = false;
    let is_only_damaged_inside = |content: &Vec<u8>| {
        fs::write(other.snapshot_path(), content).unwrap();
        Snapshot::open(&other.snapshot_path()).is_ok_and(|snapshot| snapshot.verify().is_err())
    };
    let damaged_at = |place: usize| {
        let mut content = own.clone();
        content[place] ^= 0x55;
        content
    };
    let damaged = (0..own.len()).rev().map(damaged_at).find(is_only_damaged_inside).unwrap();
    for content in [&own, &damaged] {
        fs::write(other.snapshot_path(), content).unwrap();
        let error = other.try_update().unwrap_err();
        let is_refused =
            matches!(error, UpdateError::WouldLose { .. } | UpdateError::WouldLoseUntold { .. });
        assert!(is_refused, "{error}");
        assert_eq!(&fs::read(other.snapshot_path()).unwrap(), content);
    }
}
