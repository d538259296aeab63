//! A snapshot as its users see it: written, opened, looked up, damaged.

#![expect(clippy::disallowed_methods, reason = "a test reads and writes its own files")]

mod damage;

use std::path::Path;

use plimsoll_advisory::{
    Advisory, Affected, CompleteFeed, EndRef, Interval, RangeEnd, RangeStart, SeverityClaim,
    SeveritySystem, Snapshot, SnapshotError, SnapshotWriter, Source, Status, Written, import,
    reseal,
};
use proptest::prelude::*;

fn fixed(ecosystem: &str, package: &str, version: &str) -> Affected {
    let (family, release) = ecosystem.split_once(':').unwrap_or((ecosystem, ""));
    let end = RangeEnd::Fixed(version.to_owned());
    Affected {
        family: family.to_owned(),
        release: release.to_owned(),
        package: package.to_owned(),
        intervals: vec![Interval { start: RangeStart::First, end }],
        ..Affected::default()
    }
}

fn advisory(id: &str, affected: Vec<Affected>) -> Advisory {
    Advisory {
        feed: "osv".to_owned(),
        id: id.to_owned(),
        modified: Some("2024-05-01T00:00:00Z".to_owned()),
        summary: format!("what {id} is about"),
        affected,
        ..Advisory::default()
    }
}

fn write(path: &Path, advisories: &[Advisory]) -> Written {
    let mut writer = SnapshotWriter::new().unwrap();
    for advisory in advisories {
        writer.add(advisory).unwrap();
    }
    writer.finish(path).unwrap()
}

fn snapshot(advisories: &[Advisory]) -> Snapshot {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("snapshot");
    write(&path, advisories);
    // The mapping outlives the name.
    Snapshot::open(&path).unwrap()
}

/// `id release,release fixed` of every entry.
fn shown(snapshot: &Snapshot, family: &str, package: &str) -> Vec<String> {
    snapshot
        .lookup(family, package)
        .map(|entry| {
            let entry = entry.unwrap();
            let releases: Vec<_> = entry.releases.iter().map(Result::unwrap).collect();
            let ends = entry.detail().unwrap().intervals;
            let end = ends.first().map_or("never", |interval| match interval.end {
                EndRef::Fixed(version) => version,
                EndRef::LastAffected(_) | EndRef::Open => "open",
            });
            let id = snapshot.record(entry.record).unwrap().id;
            format!("{id} {} {end}", releases.join(","))
        })
        .collect()
}

/// Records with everything that a record can have.
fn rich() -> Vec<Advisory> {
    let claim = |source: &str, system, value: &str| SeverityClaim {
        source: source.to_owned(),
        system,
        value: value.to_owned(),
    };
    let mut full = advisory("RLSA-2024:0001", vec![fixed("Rocky Linux:8", "httpd", "0:2.4.37-60")]);
    full.aliases = vec!["GHSA-1".into()];
    full.related = vec!["CVE-2024-1".into(), "CVE-2024-2".into()];
    full.upstream = vec!["CVE-2024-3".into()];
    full.published = Some("2024-01-02T03:04:05Z".into());
    full.withdrawn = Some("2024-06-01T00:00:00Z".into());
    full.severities = vec![claim("rocky", SeveritySystem::Word, "important")];
    full.cwes = vec!["CWE-79".into()];
    full.details = "a long story".repeat(1_000);
    full.references = vec!["https://example.com/1".into()];
    full.affected[0].module = Some("httpd:2.4".into());
    full.affected[0].arches = vec!["x86_64".into()];
    full.affected[0].severities = vec![claim("nvd", SeveritySystem::CvssV3, "CVSS:3.1/AV:N")];
    full.affected[0].versions = vec!["2.4.1".into(), "2.4.2".into()];
    full.affected[0].repository = "appstream".into();
    full.affected[0].intervals.push(Interval {
        start: RangeStart::From("3".into()),
        end: RangeEnd::LastAffected("3.1".into()),
    });
    let mut never = advisory("CVE-2024-9", vec![fixed("Debian:12", "bash", "1")]);
    never.affected[0].intervals.clear();
    never.affected[0].status = Status::NotAffected;
    let mut many: Vec<_> = (0..40)
        .map(|number| {
            let id = format!("CVE-2023-{number:04}");
            advisory(&id, vec![fixed("Debian:12", &format!("package-{}", number % 7), "1.0-1")])
        })
        .collect();
    many.extend([full, never]);
    many
}

#[test]
fn everything_is_read_as_it_was_written() {
    let snapshot = snapshot(&rich());
    snapshot.verify().unwrap();
    let entry = snapshot.lookup("Rocky Linux", "httpd").next().unwrap().unwrap();
    assert!(entry.withdrawn && entry.releases.contains("8").unwrap());
    assert!(!entry.releases.contains("9").unwrap());
    let detail = entry.detail().unwrap();
    assert_eq!(detail.intervals[1].end, EndRef::LastAffected("3.1"));
    assert_eq!(detail.versions, ["2.4.1", "2.4.2"]);
    assert_eq!((detail.module, detail.repository), (Some("httpd:2.4"), "appstream"));
    assert_eq!((detail.arches, detail.severities[0].value), (vec!["x86_64"], "CVSS:3.1/AV:N"));
    let record = snapshot.record(entry.record).unwrap();
    assert_eq!((record.feed, record.id), ("osv", "RLSA-2024:0001"));
    assert_eq!((record.aliases, record.upstream), (vec!["GHSA-1"], vec!["CVE-2024-3"]));
    assert_eq!(record.related, ["CVE-2024-1", "CVE-2024-2"]);
    assert_eq!(record.published, "2024-01-02T03:04:05Z".parse().ok());
    assert_eq!(record.withdrawn, "2024-06-01T00:00:00Z".parse().ok());
    assert_eq!((record.severities[0].value, record.cwes), ("important", vec!["CWE-79"]));
    let text = snapshot.text(entry.record).unwrap();
    assert_eq!(text.details.len(), 12_000);
    assert_eq!(text.references, ["https://example.com/1"]);
    let never = snapshot.lookup("Debian", "bash").next().unwrap().unwrap();
    assert_eq!(never.status, Status::NotAffected);
    assert_eq!(snapshot.counts_by_family()["Debian"].packages, 8);
    assert_eq!(snapshot.counts().records, 42);
    assert_eq!(snapshot.records("Debian").count(), 41);
}

#[test]
fn what_is_not_there_is_empty_and_no_error() {
    let snapshot = snapshot(&rich());
    for (family, package) in
        [("Debian", "zsh"), ("Debian", ""), ("Alpine", "bash"), ("", ""), ("debian", "bash")]
    {
        assert_eq!(snapshot.lookup(family, package).count(), 0, "{family} {package}");
    }
    let empty = self::snapshot(&[]);
    empty.verify().unwrap();
    assert_eq!((empty.counts().records, empty.families().count()), (0, 0));
}

#[test]
fn every_package_is_found_by_its_name() {
    let advisories: Vec<_> = (0..2_000)
        .map(|number| advisory("CVE-2024-1", vec![fixed("npm", &format!("name-{number}"), "1")]))
        .collect();
    let snapshot = snapshot(&advisories);
    let names: Vec<_> = snapshot.packages("npm").map(|package| package.unwrap().0).collect();
    assert_eq!(names.len(), 2_000);
    assert!(names.is_sorted());
    assert!(names.iter().all(|name| snapshot.lookup("npm", name).count() == 1));
}

#[test]
fn names_are_folded_when_written_and_when_looked_up() {
    let snapshot = snapshot(&[advisory("PYSEC-1", vec![fixed("PyPI", "Zope.Interface", "5")])]);
    for name in ["zope-interface", "zope_interface", "ZOPE.interface"] {
        assert_eq!(snapshot.lookup("PyPI", name).count(), 1, "{name}");
    }
}

#[test]
fn one_id_in_several_families_stays_several_records() {
    let snapshot = snapshot(&[
        advisory("CVE-2023-44487", vec![fixed("Debian:12", "nginx", "1.22.1-9")]),
        advisory("CVE-2023-44487", vec![fixed("Alpine:v3.18", "nginx", "1.24.0-r7")]),
        advisory("CVE-2023-44487", vec![fixed("DHI", "nginx", "1.25.3")]),
    ]);
    assert_eq!(shown(&snapshot, "Debian", "nginx"), ["CVE-2023-44487 12 1.22.1-9"]);
    assert_eq!(shown(&snapshot, "Alpine", "nginx"), ["CVE-2023-44487 v3.18 1.24.0-r7"]);
    assert_eq!(shown(&snapshot, "DHI", "nginx"), ["CVE-2023-44487  1.25.3"]);
}

#[test]
fn one_id_with_other_packages_in_one_family_buries_nothing() {
    let mut newer = advisory("CVE-2023-44487", vec![fixed("DHI", "node", "20.8.1")]);
    newer.modified = Some("2025-01-01T00:00:00Z".into());
    let snapshot = snapshot(&[
        newer,
        advisory("CVE-2023-44487", vec![fixed("DHI", "envoy", "1.27.1")]),
        advisory("CVE-2023-44487", vec![fixed("DHI", "aspnetcore", "7.0.12")]),
    ]);
    for package in ["node", "envoy", "aspnetcore"] {
        assert_eq!(snapshot.lookup("DHI", package).count(), 1, "{package}");
    }
}

#[test]
fn of_one_key_the_newer_wins_whatever_came_first() {
    for (one, other, winner) in [
        ("2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z", "2"),
        ("2024-05-01T00:00:00Z", "2024-05-01T00:00:00.5Z", "2"),
        ("2024-05-02T00:00:00Z", "2024-05-01T23:59:59.999Z", "1"),
    ] {
        let dated = |modified: &str, version: &str| {
            let mut advisory = advisory("CVE-2024-1", vec![fixed("Debian:12", "bash", version)]);
            advisory.modified = Some(modified.to_owned());
            advisory
        };
        let (one, other) = (dated(one, "1"), dated(other, "2"));
        for order in [[one.clone(), other.clone()], [other, one]] {
            let expected = format!("CVE-2024-1 12 {winner}");
            assert_eq!(shown(&snapshot(&order), "Debian", "bash"), [expected]);
        }
    }
}

#[test]
fn one_key_of_two_feeds_keeps_both() {
    let mut secdb = advisory("CVE-2024-1", vec![fixed("Alpine:v3.18", "bash", "5.2-r1")]);
    secdb.feed = "alpine-secdb".into();
    let osv = advisory("CVE-2024-1", vec![fixed("Alpine:v3.18", "bash", "5.2-r2")]);
    assert_eq!(snapshot(&[osv, secdb]).lookup("Alpine", "bash").count(), 2);
}

#[test]
fn seven_hundred_cpes_with_one_fix_are_one_entry() {
    let cpe = |number: usize| format!("enterprise_linux:{number}::server");
    let mut affected: Vec<_> = (0..777)
        .map(|number| fixed(&format!("Red Hat:{}", cpe(number)), "bash", "0:4.2.46-34.el7"))
        .collect();
    affected.push(fixed("Red Hat:rhel_eus:7.6::server", "bash", "0:4.2.46-31.el7_6.1"));
    let snapshot = snapshot(&[advisory("RHSA-2020:1113", affected)]);
    let entries: Vec<_> = snapshot.lookup("Red Hat", "bash").map(Result::unwrap).collect();
    assert_eq!(entries.len(), 2);
    let holding = |release: &str| {
        entries.iter().filter(|entry| entry.releases.contains(release).unwrap()).count()
    };
    assert_eq!((holding(&cpe(776)), holding("rhel_eus:7.6::server"), holding("7")), (1, 1, 0));
}

#[test]
fn unimportant_in_one_release_is_not_unimportant_in_another() {
    let mut affected = vec![fixed("Debian:11", "bash", "5.1"), fixed("Debian:12", "bash", "5.1")];
    affected[0].severities.push(SeverityClaim {
        source: "debian".into(),
        system: SeveritySystem::Word,
        value: "unimportant".into(),
    });
    let snapshot = snapshot(&[advisory("CVE-2024-1", affected)]);
    let words: Vec<_> = ["11", "12"]
        .into_iter()
        .map(|release| {
            let mut entries = snapshot.lookup("Debian", "bash").map(Result::unwrap);
            let entry = entries.find(|entry| entry.releases.contains(release).unwrap()).unwrap();
            entry.detail().unwrap().severities.len()
        })
        .collect();
    assert_eq!(words, [1, 0]);
}

#[test]
fn completeness_is_what_was_declared() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("snapshot");
    let mut writer = SnapshotWriter::new().unwrap();
    writer.add(&advisory("DSA-1", vec![fixed("Debian:10", "bash", "5.0")])).unwrap();
    writer.declare_complete(CompleteFeed {
        feed: "osv".into(),
        family: "Debian".into(),
        release: "12".into(),
    });
    writer.finish(&path).unwrap();
    let snapshot = Snapshot::open(&path).unwrap();
    assert_eq!(snapshot.complete_feeds("Debian", "12"), ["osv"]);
    assert!(snapshot.complete_feeds("Debian", "10").is_empty());
}

#[test]
fn content_sets_are_content() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("snapshot");
    let mut writer = SnapshotWriter::new().unwrap();
    writer.add_content_set("rhel-9-baseos".into(), ["enterprise_linux:9::baseos".into()]);
    writer.add_content_set("rhel-9-baseos".into(), ["rhel_eus:9.4::baseos".into()]);
    let written = writer.finish(&path).unwrap();
    let snapshot = Snapshot::open(&path).unwrap();
    let releases = snapshot.content_set("rhel-9-baseos").unwrap();
    assert_eq!(releases, ["enterprise_linux:9::baseos", "rhel_eus:9.4::baseos"]);
    assert!(snapshot.content_set("rhel-9").unwrap().is_empty());
    assert_ne!(written.revision, write(&path, &[]).revision);
    assert!(Snapshot::open(&path).unwrap().content_set("rhel-9-baseos").unwrap().is_empty());
}

#[test]
fn where_it_came_from_and_when_are_not_its_revision() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("snapshot");
    let plain = write(&path, &rich());
    let mut writer = SnapshotWriter::new().unwrap();
    rich().iter().for_each(|advisory| writer.add(advisory).unwrap());
    writer.add_source(Source { feed: "osv".into(), name: "copy".into(), ..Source::default() });
    writer.built_at(1_700_000_000);
    let other = writer.finish(&path).unwrap();
    assert_eq!(plain.revision, other.revision);
    let snapshot = Snapshot::open(&path).unwrap();
    assert_eq!(snapshot.revision(), other.revision);
    assert_eq!(snapshot.built_at(), Some(1_700_000_000));
    assert_eq!(snapshot.sources().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["copy"]);
    assert_ne!(write(&path, &rich()[1..]).revision, plain.revision);
}

#[test]
fn an_open_snapshot_survives_its_replacement() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("snapshot");
    write(&path, &rich());
    let old = Snapshot::open(&path).unwrap();
    write(&path, &[]);
    assert_eq!(old.lookup("Rocky Linux", "httpd").count(), 1);
    assert_eq!(Snapshot::open(&path).unwrap().counts().records, 0);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_changed_byte_is_found_when_verifying() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("snapshot");
    write(&path, &rich());
    let whole = std::fs::read(&path).unwrap();
    // From 88 to 96 stands the build time, which nothing covers; zeros may be padding between two sections.
    let places = (16..88).chain((96..whole.len()).step_by(17)).filter(|&place| whole[place] != 0);
    for place in places {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x40;
        std::fs::write(&path, &bytes).unwrap();
        let verified = Snapshot::open(&path).and_then(|snapshot| snapshot.verify());
        assert!(verified.is_err(), "byte {place}");
    }
}

fn exported(snapshot: &Snapshot) -> Vec<u8> {
    let mut packed = Vec::new();
    snapshot.export(&mut packed).unwrap();
    packed
}

#[test]
fn an_exported_snapshot_is_imported_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    for (name, records) in [("none", vec![]), ("rich", rich())] {
        let written = write(&path(name), &records);
        let packed = exported(&Snapshot::open(&path(name)).unwrap());
        let imported = import(&mut packed.as_slice(), &path("imported")).unwrap();
        assert_eq!(imported, written);
        assert!(std::fs::read(path("imported")).unwrap() == std::fs::read(path(name)).unwrap());
    }
}

#[test]
fn a_damaged_export_is_refused_and_the_old_snapshot_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("snapshot");
    write(&path, &rich());
    let packed = exported(&Snapshot::open(&path).unwrap());
    let before = std::fs::read(&path).unwrap();
    // From 12 to 20 stands the build time, which nothing covers.
    for place in (0..12).chain(20..packed.len()) {
        let mut bytes = packed.clone();
        bytes[place] ^= 0x40;
        // A bit that zstd does not use may be anything; then what comes out is the same.
        if import(&mut bytes.as_slice(), &path).is_ok() {
            assert!(std::fs::read(&path).unwrap() == before, "byte {place}");
        }
    }
    for length in (0..packed.len()).step_by(11) {
        assert!(import(&mut &packed[..length], &path).is_err(), "{length} bytes");
    }
    assert!(import(&mut [&packed[..], b"more"].concat().as_slice(), &path).is_err());
    assert!(std::fs::read(&path).unwrap() == before);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn what_is_no_snapshot_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("snapshot");
    assert!(matches!(Snapshot::open(&path), Err(SnapshotError::Open { .. })));
    std::fs::write(&path, "{}").unwrap();
    assert!(matches!(Snapshot::open(&path), Err(SnapshotError::NotASnapshot)));
    std::fs::write(&path, "").unwrap();
    assert!(Snapshot::open(&path).is_err());
    write(&path, &rich());
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(Snapshot::open(&path), Err(SnapshotError::Truncated { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_bytes_do_not_depend_on_the_order(seed in any::<u64>()) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("snapshot");
        let mut advisories = rich();
        let mut copy = advisories[3].clone();
        copy.modified = Some("2030-01-01T00:00:00Z".into());
        advisories.push(copy);
        write(&path, &advisories);
        let expected = std::fs::read(&path).unwrap();
        let mut state = seed | 1;
        advisories.push(advisories[5].clone());
        for place in (1..advisories.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            advisories.swap(place, (state >> 33) as usize % (place + 1));
        }
        write(&path, &advisories);
        prop_assert_eq!(std::fs::read(&path).unwrap(), expected);
    }
}

#[test]
fn a_family_of_the_same_records_is_taken_from_the_snapshot_before() {
    let directory = tempfile::tempdir().unwrap();
    let (one, fresh) = (directory.path().join("one"), directory.path().join("fresh"));
    let records = |version| {
        [
            advisory("A", vec![fixed("npm", "a", "1")]),
            advisory("B", vec![fixed("PyPI", "b", version)]),
        ]
    };
    write(&one, &records("1"));
    // With what it replaces at hand, and without: the same bytes.
    write(&one, &records("2"));
    write(&fresh, &records("2"));
    assert!(std::fs::read(&one).unwrap() == std::fs::read(&fresh).unwrap());
    // A damaged section is made again.
    let mut damaged = std::fs::read(&one).unwrap();
    let last = damaged.len() - 20;
    damaged[last] ^= 1;
    std::fs::write(&one, &damaged).unwrap();
    write(&one, &records("2"));
    assert!(std::fs::read(&one).unwrap() == std::fs::read(&fresh).unwrap());
}
