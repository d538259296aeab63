//! A snapshot whose bytes are not those that were written.

use super::*;

/// Reads all that can be read; only whether it panics is of interest.
fn read_all(path: &Path) {
    let Ok(snapshot) = Snapshot::open(path) else { return };
    let _ = snapshot.verify();
    let families: Vec<String> = snapshot.families().map(str::to_owned).collect();
    for family in &families {
        for package in snapshot.packages(family).take(10_000) {
            let Ok((name, entries)) = package else { continue };
            let found = snapshot.lookup(family, name);
            for entry in entries.chain(found).take(1_000).flatten() {
                let _ = (entry.detail(), entry.releases.iter().take(1_000).count());
                let _ = (entry.releases.contains("12"), snapshot.record(entry.record));
                let _ = snapshot.text(entry.record);
            }
        }
        for record in snapshot.records(family).take(1_000) {
            let _ = (snapshot.record(record), snapshot.text(record));
        }
        let _ = snapshot.lookup(family, "package-1").count();
    }
}

/// Everything that a snapshot says of its packages and records.
fn said(path: &Path) -> Result<Vec<String>, SnapshotError> {
    let snapshot = Snapshot::open(path)?;
    let mut said = vec![format!("{:?} {:?}", snapshot.revision(), snapshot.counts_by_family())];
    said.extend(snapshot.sources().map(|source| format!("{source:?}")));
    said.extend(snapshot.complete().map(|complete| format!("{complete:?}")));
    for family in snapshot.families() {
        for package in snapshot.packages(family) {
            let (name, _) = package?;
            for entry in snapshot.lookup(family, name) {
                let entry = entry?;
                let releases = entry.releases.iter().collect::<Result<Vec<_>, _>>()?;
                said.push(format!("{name} {releases:?} {:?} {:?}", entry.status, entry.detail()?));
            }
        }
        for handle in snapshot.records(family) {
            let (record, text) = (snapshot.record(handle)?, snapshot.text(handle)?);
            said.push(format!("{record:?} {text:?} {}", snapshot.input(handle)?));
        }
    }
    Ok(said)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_damaged_snapshot_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u32>()), 1..8),
        kept in prop::option::of(any::<prop::sample::Index>()),
    ) {
        static WHOLE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("snapshot");
        let whole = WHOLE.get_or_init(|| {
            write(&path, &rich());
            std::fs::read(&path).unwrap()
        });
        let mut bytes = whole.clone();
        for (place, value) in changes {
            // Half of the values are small: offsets and counts that might pass a check.
            let value = if value % 2 == 0 { value } else { value % 4_096 };
            let place = place.index(bytes.len() - 4).max(12);
            bytes[place..place + 4].copy_from_slice(&value.to_le_bytes());
        }
        if let Some(kept) = kept {
            bytes.truncate(kept.index(bytes.len()).max(96));
        }
        // Whoever makes up a file states what passes the first checks.
        reseal(&mut bytes);
        std::fs::write(&path, &bytes).unwrap();
        read_all(&path);
    }

    #[test]
    fn a_flipped_bit_is_an_error_or_nothing_that_is_read(
        place in any::<prop::sample::Index>(),
        bit in 0..8_u32,
    ) {
        static WHOLE: std::sync::OnceLock<(Vec<u8>, Vec<String>)> = std::sync::OnceLock::new();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("snapshot");
        let (whole, said) = WHOLE.get_or_init(|| {
            write(&path, &rich());
            (std::fs::read(&path).unwrap(), said(&path).unwrap())
        });
        let mut bytes = whole.clone();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(now) = self::said(&path) {
            prop_assert_eq!(&now, said);
            // Whoever carries or keeps it reads the rest.
            let is_padding = Snapshot::open(&path).unwrap().verify().is_ok();
            prop_assert!(!is_padding || bytes[place] == 1 << bit, "{place}");
        }
    }
}
