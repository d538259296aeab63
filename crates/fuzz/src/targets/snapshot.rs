//! A snapshot file of any bytes: every question has an answer or an error, the same each time.

use plimsoll_advisory::{
    Advisory, Affected, CompleteFeed, Entries, Interval, RangeEnd, RangeStart, SeverityClaim,
    SeveritySystem, Snapshot, SnapshotWriter, Source, TextReader, reseal,
};

use crate::{Fixed, scratch};

pub static SNAPSHOT: Fixed = Fixed {
    name: "snapshot",
    about: "the file of an advisory snapshot, damaged or made up",
    sources: &["advisory/src/layout.rs", "advisory/src/metadata.rs"],
    fixtures: &[],
    frames: &[b""],
    seeds,
    run,
};

/// What is asked for at most: tables of a damaged file may claim any number of rows.
const ROWS: usize = 64;

/// An empty snapshot, and one with everything that a record has.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut empty = SnapshotWriter::new().expect("a scratch file can be made");
    empty.built_at(1_700_000_000);
    let mut full = SnapshotWriter::new().expect("a scratch file can be made");
    for (id, family, package) in [
        ("GHSA-1", "npm", "lodash"),
        ("CVE-2024-1", "Debian", "bash"),
        ("CVE-2024-2", "Debian", "sed"),
    ] {
        full.add(&advisory(id, family, package)).expect("the scratch file takes every write");
    }
    full.add_source(Source { feed: "osv".into(), name: "a.zip".into(), ..Source::default() });
    full.declare_complete(CompleteFeed {
        feed: "osv".into(),
        family: "npm".into(),
        release: String::new(),
    });
    [empty, full].map(written).into()
}

fn written(writer: SnapshotWriter) -> Vec<u8> {
    let directory = scratch::directory();
    let path = directory.path().join("snapshot");
    writer.finish(&path).expect("the directory is there");
    std::fs::read(&path).expect("it was written")
}

fn advisory(id: &str, family: &str, package: &str) -> Advisory {
    let claim =
        |system, value: &str| SeverityClaim { source: "nvd".into(), system, value: value.into() };
    let interval = |end| Interval { start: RangeStart::From("1.0".into()), end };
    Advisory {
        feed: "osv".into(),
        id: id.into(),
        aliases: vec!["CVE-2024-1".into()],
        summary: "a flaw".into(),
        details: "of a package".into(),
        modified: Some("2024-01-02T03:04:05Z".into()),
        severities: vec![claim(SeveritySystem::CvssV3, "CVSS:3.1/AV:N/AC:L")],
        references: vec!["https://example.com".into()],
        cwes: vec!["CWE-79".into()],
        affected: ["11", "12"]
            .map(|release| Affected {
                family: family.into(),
                release: release.into(),
                package: package.into(),
                intervals: vec![
                    interval(RangeEnd::Fixed("2.0".into())),
                    interval(RangeEnd::LastAffected("3".into())),
                    interval(RangeEnd::Open),
                ],
                versions: vec!["0.9".into()],
                module: Some("nodejs:12".into()),
                arches: vec!["x86_64".into()],
                severities: vec![claim(SeveritySystem::Word, "low")],
                repository: "main".into(),
                ..Affected::default()
            })
            .into(),
        ..Advisory::default()
    }
}

fn run(input: &[u8]) {
    let directory = scratch::directory();
    let file = directory.path().join("snapshot");
    std::fs::write(&file, input).expect("the directory is there");
    if let Ok(snapshot) = Snapshot::open(&file) {
        check(&snapshot);
    }
    // The same with the checksums that whoever makes it up would state.
    let mut sealed = input.to_vec();
    reseal(&mut sealed);
    std::fs::write(&file, sealed).expect("the directory is there");
    if let Ok(snapshot) = Snapshot::open(&file) {
        check(&snapshot);
    }
}

fn check(snapshot: &Snapshot) {
    let answers = answers(snapshot);
    let verified = snapshot.verify().is_ok();
    assert_eq!(answers, self::answers(snapshot), "other answers the second time");
    assert_eq!(verified, snapshot.verify().is_ok());
}

/// Everything that a snapshot says, as text.
fn answers(snapshot: &Snapshot) -> Vec<String> {
    let mut answers = vec![
        format!("{:?} {:?}", snapshot.built_at(), snapshot.counts()),
        format!("{:?}", snapshot.sources().collect::<Vec<_>>()),
        format!("{:?}", snapshot.complete().collect::<Vec<_>>()),
    ];
    let mut texts = TextReader::new(snapshot);
    for family in snapshot.families() {
        for package in snapshot.packages(family).take(ROWS) {
            answers.push(match package {
                Ok((name, entries)) => {
                    let looked_up = entries_text(snapshot.lookup(family, name));
                    format!("{name} {looked_up} {}", entries_text(entries))
                }
                Err(error) => error.to_string(),
            });
        }
        answers.push(entries_text(snapshot.lookup(family, "a package that is not there")));
        for record in snapshot.records(family).take(ROWS) {
            answers.push(format!("{:?} {:?}", snapshot.record(record), texts.text(record)));
        }
    }
    answers
}

fn entries_text(entries: Entries<'_>) -> String {
    let each = entries.take(ROWS).map(|entry| {
        let entry = entry?;
        let releases = entry.releases.iter().take(ROWS).collect::<Result<Vec<_>, _>>();
        let has_release = entry.releases.contains("12");
        Ok::<_, plimsoll_advisory::SnapshotError>(format!(
            "{:?} {:?} {releases:?} {has_release:?} {:?}",
            entry.record,
            entry.status,
            entry.detail()
        ))
    });
    format!("{:?}", each.collect::<Vec<_>>())
}
