//! A snapshot as it is carried, of any bytes: it is refused, or it becomes a snapshot that verifies and is exported as the same again.

use plimsoll_advisory::{Snapshot, import};

use super::snapshot;
use crate::{Fixed, scratch};

pub static SNAPSHOT_EXPORTED: Fixed = Fixed {
    name: "snapshot-exported",
    about: "an exported snapshot, damaged or made up",
    sources: &["advisory/src/transfer/mod.rs"],
    fixtures: &[],
    frames: &[b""],
    seeds,
    run,
};

fn seeds() -> Vec<Vec<u8>> {
    let directory = scratch::directory();
    let path = directory.path().join("snapshot");
    let exported = |bytes: Vec<u8>| {
        std::fs::write(&path, bytes).expect("the directory is there");
        exported(&Snapshot::open(&path).expect("it was written"))
    };
    snapshot::seeds().into_iter().map(exported).collect()
}

fn exported(snapshot: &Snapshot) -> Vec<u8> {
    let mut packed = Vec::new();
    snapshot.export(&mut packed).expect("memory takes every write");
    packed
}

fn run(mut input: &[u8]) {
    let directory = scratch::directory();
    let path = directory.path().join("snapshot");
    let Ok(written) = import(&mut input, &path) else { return };
    let snapshot = Snapshot::open(&path).expect("it was written");
    snapshot.verify().expect("it was verified");
    assert_eq!(snapshot.revision(), written.revision);
    let again = exported(&snapshot);
    let other = directory.path().join("other");
    assert_eq!(import(&mut again.as_slice(), &other).expect("it was exported"), written);
}
