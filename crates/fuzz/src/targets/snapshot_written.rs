//! What an importer reads of a document is in the snapshot that is written of it, under the name of its package.

use std::collections::BTreeSet;

use plimsoll_advisory::{Advisory, Snapshot, SnapshotWriter};
use plimsoll_feeds::{BuildOptions, FEEDS};

use super::feed;
use crate::{Fixed, scratch};

pub static SNAPSHOT_WRITTEN: Fixed = Fixed {
    name: "snapshot-written",
    about: "a feed's document, through the snapshot that is written of it, to what a lookup finds",
    sources: &["feeds/src/feeds/osv", "feeds/src/feeds/alpine_secdb.rs"],
    fixtures: &[],
    frames: &[b""],
    seeds: feed::seeds,
    run,
};

/// Records of one document that are looked at.
const RECORDS: usize = 50;

fn run(input: &[u8]) {
    let options = BuildOptions::default();
    let Some(found) = FEEDS.iter().find(|one| one.recognises(feed::PATH, input)) else { return };
    let mut advisories = found.advisories(feed::PATH, input, &options).unwrap_or_default();
    advisories.truncate(RECORDS);
    if advisories.is_empty() {
        return;
    }
    let directory = scratch::directory();
    let path = directory.path().join("snapshot");
    let mut writer = SnapshotWriter::new().expect("a scratch file can be made");
    // The name of a family may be too long.
    if !advisories.iter().all(|advisory| writer.add(advisory).is_ok()) {
        return;
    }
    let written = writer.finish(&path).expect("what was taken is written");
    let snapshot = Snapshot::open(&path).expect("what was written is read");
    assert_eq!(snapshot.revision(), written.revision);
    snapshot.verify().expect("what was written is whole");
    for advisory in &advisories {
        // Of records with one id the newer one replaces the other.
        if advisories.iter().filter(|other| other.id == advisory.id).count() == 1 {
            assert_found(&snapshot, advisory);
        }
    }
}

fn assert_found(snapshot: &Snapshot, advisory: &Advisory) {
    for affected in &advisory.affected {
        let entries = snapshot.lookup(&affected.family, &affected.package);
        let entries = entries.collect::<Result<Vec<_>, _>>().expect("the entries are read");
        let mut found = BTreeSet::new();
        for entry in entries {
            let record = snapshot.record(entry.record).expect("the record is read");
            if record.id == advisory.id && record.feed == advisory.feed {
                entry.detail().expect("the entry is read");
                snapshot.text(entry.record).expect("the texts are read");
                found.extend(entry.releases.iter().map(|release| release.expect("a release")));
            }
        }
        assert!(
            found.contains(affected.release.as_str()),
            "{} of {:?} in {:?} is lost: {found:?}",
            advisory.id,
            affected.package,
            affected.release
        );
    }
}
