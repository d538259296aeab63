//! Which vulnerabilities a record is about: what its ids mean.
//!
//! `aliases` are other names of the same flaw (OSV schema, "aliases"). An erratum has none: the flaws that it fixes stand in its
//! `upstream` or `related`. Of any other record `related` is neither. A record that names no CVE may name a record that does: a
//! distribution's list of CVEs and of GitHub's ids has them side by side, without a word on which are the same.

use std::collections::BTreeSet;

use plimsoll_advisory::{Record, Snapshot, SnapshotError};

/// What the ids of one record come to.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Identity<'s> {
    pub id: &'s str,
    /// The CVEs that it is about. More than one: a bundle, which speaks of several vulnerabilities at once.
    pub cves: BTreeSet<&'s str>,
    /// Other names of the one flaw that it is about. None of an erratum, nor where it cannot be told whose names they are.
    pub names: BTreeSet<&'s str>,
    /// An erratum: an update, which has an id of its own beside those of the flaws that it fixes.
    pub is_erratum: bool,
    /// The package is itself malicious.
    pub is_malware: bool,
}

/// Ids of vendors' updates begin with one of these.
const ERRATA: &[&str] = &[
    "ALAS",
    "ALBA-",
    "ALEA-",
    "ALINUX",
    "ALSA-",
    "ANSA-",
    "ASA-",
    "CESA-",
    "DLA-",
    "DSA-",
    "DTSA-",
    "ELBA-",
    "ELSA-",
    "FEDORA-",
    "GLSA-",
    "LSN-",
    "MGAA-",
    "MGASA-",
    "OESA-",
    "PHSA-",
    "RHBA-",
    "RHEA-",
    "RHSA-",
    "RLBA-",
    "RLEA-",
    "RLSA-",
    "RXSA-",
    "SSA-",
    "SUSE-FU-",
    "SUSE-OU-",
    "SUSE-RU-",
    "SUSE-SU-",
    "USN-",
    "openEuler-HotPatchSA-",
    "openEuler-SA-",
    "openSUSE-FU-",
    "openSUSE-OU-",
    "openSUSE-RU-",
    "openSUSE-SU-",
];

/// Records of one name that are asked for its CVE. A name has one of each feed and family; more are somebody's attack.
const NAMESAKES: usize = 1_000;

impl<'s> Identity<'s> {
    pub(crate) fn of(record: &Record<'s>) -> Self {
        let id = record.id;
        let is_malware = id.starts_with("MAL-");
        let is_erratum = ERRATA.iter().any(|prefix| id.starts_with(prefix));
        let mut identity = Self { id, is_erratum, is_malware, ..Self::default() };
        if is_malware {
            identity.names = record.aliases.iter().copied().collect();
        } else if is_erratum {
            let fixes = [&record.aliases, &record.upstream, &record.related].into_iter().flatten();
            identity.cves = fixes.filter_map(|name| cve_of(name)).collect();
        } else {
            identity.read_names(record);
        }
        identity
    }

    /// The same, and where the record names no CVE, the one of the records that stand in the snapshot under one of its names.
    pub(crate) fn within(
        snapshot: &'s Snapshot,
        record: &Record<'s>,
    ) -> Result<Self, SnapshotError> {
        let mut identity = Self::of(record);
        if !identity.cves.is_empty() || identity.is_malware || identity.is_erratum {
            return Ok(identity);
        }
        let mut told = BTreeSet::new();
        for name in std::iter::once(identity.id).chain(identity.names.iter().copied()) {
            for handle in snapshot.records_with_id(name)?.into_iter().take(NAMESAKES) {
                let other = snapshot.record(handle)?;
                if other.withdrawn.is_none() {
                    told.extend(Self::of(&other).cves);
                }
            }
        }
        // Where they tell of several, nobody tells which.
        if told.len() == 1 {
            identity.cves = told;
        }
        Ok(identity)
    }

    fn read_names(&mut self, record: &Record<'s>) {
        let names = || record.aliases.iter().chain(&record.upstream).copied();
        let named = |names: &[&'s str]| names.iter().filter_map(|name| cve_of(name)).collect();
        let aliased: BTreeSet<&'s str> = named(&record.aliases);
        self.cves = match cve_of(self.id) {
            Some(own) => BTreeSet::from([own]),
            None if !aliased.is_empty() => aliased.clone(),
            None => named(&record.upstream),
        };
        // A record that has another CVE among its aliases has also the names of that one among them.
        let all: BTreeSet<&'s str> = self.cves.union(&aliased).copied().collect();
        if all.len() <= 1 {
            self.names = names().filter(|name| cve_of(name).is_none()).collect();
        }
    }

    /// The CVEs, or its own id where it has none.
    pub(crate) fn flaws(&self) -> BTreeSet<&'s str> {
        if self.cves.is_empty() { BTreeSet::from([self.id]) } else { self.cves.clone() }
    }

    /// True where its names tell nothing of any single vulnerability.
    pub(crate) fn is_bundle(&self) -> bool {
        self.is_erratum || self.cves.len() > 1
    }
}

/// The CVE that an id is or stands for: `CVE-2024-1`, `DEBIAN-CVE-2024-1`, `UBUNTU-CVE-2024-1`.
pub(crate) fn cve_of(id: &str) -> Option<&str> {
    let start = if id.starts_with("CVE-") { 0 } else { id.find("-CVE-")? + 1 };
    let cve = id.get(start..)?;
    let (year, number) = cve.strip_prefix("CVE-")?.split_once('-')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (year.len() == 4 && is_number(year) && is_number(number)).then_some(cve)
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::Advisory;

    use super::*;
    use crate::testing::{advisory, affected, snapshot};

    struct Ids<'a> {
        id: &'a str,
        aliases: &'a [&'a str],
        upstream: &'a [&'a str],
        related: &'a [&'a str],
    }

    impl<'a> Ids<'a> {
        fn record(&self) -> Record<'a> {
            Record {
                feed: "osv",
                id: self.id,
                aliases: self.aliases.to_vec(),
                related: self.related.to_vec(),
                upstream: self.upstream.to_vec(),
                published: None,
                modified: None,
                withdrawn: None,
                severities: Vec::new(),
                cwes: Vec::new(),
            }
        }

        fn identity(&self) -> Identity<'a> {
            Identity::of(&self.record())
        }

        fn cves(&self) -> Vec<&'a str> {
            self.identity().cves.into_iter().collect()
        }
    }

    const NONE: Ids<'_> = Ids { id: "", aliases: &[], upstream: &[], related: &[] };

    #[test]
    fn an_id_may_stand_for_a_cve() {
        for (id, cve) in [
            ("CVE-2024-3094", Some("CVE-2024-3094")),
            ("DEBIAN-CVE-2024-1", Some("CVE-2024-1")),
            ("ALPINE-CVE-2024-3094", Some("CVE-2024-3094")),
            ("UBUNTU-CVE-2024-3094", Some("CVE-2024-3094")),
            ("GHSA-cve1-2024-3094", None),
            ("CVE-2024", None),
            ("CVE-24-1", None),
            ("BIT-python-2024-3094", None),
        ] {
            assert_eq!(cve_of(id), cve, "{id}");
        }
    }

    #[test]
    fn an_erratum_is_about_the_flaws_that_it_fixes() {
        let cves: &[_] = &["CVE-2024-1", "CVE-2024-2"];
        for id in [
            "RHSA-2024:1",
            "RHBA-2024:1",
            "RHEA-2024:1",
            "DSA-1-1",
            "DLA-1-1",
            "DTSA-1-1",
            "ALSA-2024:1",
            "ALBA-2024:1",
            "ALEA-2024:1",
            "RLSA-2024:1",
            "RXSA-2024:1",
            "SUSE-SU-2024:1-1",
            "openSUSE-SU-2024:1-1",
            "USN-1-1",
            "ELSA-2024-1",
            "ALAS-2024-1",
            "ALAS2023-2024-1",
        ] {
            let related = Ids { id, related: cves, ..NONE };
            assert_eq!(related.cves(), cves, "{id}");
            assert!(related.identity().is_bundle(), "{id}");
            let upstream = Ids { id, upstream: &["UBUNTU-CVE-2024-1", "CVE-2024-2"], ..NONE };
            assert_eq!(upstream.cves(), cves, "{id}");
        }
    }

    #[test]
    fn related_of_a_cve_or_ghsa_record_is_neither_name_nor_flaw() {
        for (id, cves) in [("CVE-2024-1", &["CVE-2024-1"][..]), ("GHSA-aaaa-bbbb-cccc", &[])] {
            let record = Ids { id, related: &["CVE-2024-2", "GHSA-dddd-eeee-ffff"], ..NONE };
            assert_eq!(record.cves(), cves, "{id}");
            assert!(record.identity().names.is_empty(), "{id}");
        }
    }

    #[test]
    fn a_record_that_aliases_several_cves_is_a_bundle_and_names_none_of_them() {
        let aliases = &["CVE-2024-1", "CVE-2024-2", "GHSA-aaaa-bbbb-cccc"];
        let bundle = Ids { id: "GO-2024-1", aliases, ..NONE };
        assert_eq!(bundle.cves(), ["CVE-2024-1", "CVE-2024-2"]);
        assert!(bundle.identity().is_bundle());
        assert!(bundle.identity().names.is_empty());
    }

    #[test]
    fn a_cve_that_aliases_another_is_still_itself() {
        let aliases = &["CVE-2019-9512", "GHSA-aaaa-bbbb-cccc"];
        let record = Ids { id: "CVE-2019-9514", aliases, ..NONE };
        assert_eq!(record.cves(), ["CVE-2019-9514"]);
        assert!(record.identity().names.is_empty(), "the GHSA may be the other's");
    }

    #[test]
    fn a_distributions_own_id_of_a_cve_is_the_cve_by_its_upstream() {
        for id in ["DEBIAN-CVE-2024-1", "CGA-aaaa-bbbb-cccc", "ALPINE-CVE-2024-1"] {
            let record = Ids { id, upstream: &["CVE-2024-1"], ..NONE };
            assert_eq!(record.cves(), ["CVE-2024-1"], "{id}");
            assert!(!record.identity().is_bundle(), "{id}");
        }
    }

    #[test]
    fn a_record_without_a_cve_has_that_of_its_namesakes_of_any_family() {
        let github = |id: &str, package: &str, cves: &[&str]| Advisory {
            aliases: cves.iter().map(|&cve| cve.to_owned()).collect(),
            ..advisory(id, vec![affected("Go", package, &[("0", "1")])])
        };
        let withdrawn = Some("2024-01-01T00:00:00Z".parse().unwrap());
        let snapshot = snapshot(&[
            advisory("GHSA-a", vec![affected("Wolfi", "apko", &[("0", "1")])]),
            github("GHSA-a", "apko", &["CVE-2024-1"]),
            Advisory { withdrawn, ..github("GHSA-b", "apko", &["CVE-2024-2"]) },
            github("GHSA-c", "apko", &["CVE-2024-3", "CVE-2024-4"]),
            github("GHSA-d", "apko", &["GHSA-a"]),
        ]);
        for (id, aliases, cves) in [
            ("GHSA-a", &[][..], &["CVE-2024-1"][..]),
            ("GO-1", &["GHSA-a"], &["CVE-2024-1"]),
            ("GHSA-a", &["CVE-2024-9"], &["CVE-2024-9"]),
            ("GHSA-b", &[], &[]),
            ("GHSA-c", &[], &[]),
            ("GHSA-d", &[], &[]),
            ("GHSA-e", &[], &[]),
            ("MAL-1", &["GHSA-a"], &[]),
            ("ALBA-1", &["GHSA-a"], &[]),
        ] {
            let record = Ids { id, aliases, ..NONE }.record();
            let found = Identity::within(&snapshot, &record).unwrap().cves;
            assert_eq!(found.into_iter().collect::<Vec<_>>(), cves, "{id} {aliases:?}");
        }
    }

    #[test]
    fn malware_is_no_vulnerability_whatever_it_aliases() {
        let record =
            Ids { id: "MAL-2024-1", aliases: &["GHSA-aaaa-bbbb-cccc", "CVE-2024-1"], ..NONE };
        assert!(record.identity().is_malware);
        assert!(record.cves().is_empty());
    }
}
