//! Where sources disagree on a distribution's package, the one nearest to its vendor decides, and both are told.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_advisory::{Snapshot, SnapshotError, distance_from_vendor};

use crate::claims::Claim;
use crate::group::GroupKey;
use crate::identity::Identity;
use crate::stream::OwnWord;
use crate::{Judged, Match, Verdict};

/// A flaw of a package that some sources affirm, and that one nearer to the package's vendor denies: it is no finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Overruled {
    /// Position in the list of packages that was judged.
    pub package: usize,
    /// The CVE, or the id of the advisory that has none.
    pub id: String,
    /// (feed, id) of the record that says that the package is not affected.
    pub decided_by: (String, String),
    /// (feed, id) of the records that say that it is. Sorted.
    pub over: Vec<(String, String)>,
}

/// Records that say that a package is not affected, by (package, flaw).
pub(crate) struct Denials<'s> {
    by_flaw: BTreeMap<(usize, &'s str), Vec<Denial<'s>>>,
}

/// One of them.
#[derive(Clone, Copy)]
pub(crate) struct Denial<'s> {
    distance: Option<usize>,
    feed: &'s str,
    id: &'s str,
}

impl<'s> Denials<'s> {
    /// Those on packages that other feeds say are affected.
    pub(crate) fn of(
        snapshot: &'s Snapshot,
        judged: &[Judged<'_>],
        own_word: &OwnWord<'_>,
    ) -> Result<Self, SnapshotError> {
        let mut by_flaw: BTreeMap<(usize, &'s str), Vec<Denial<'s>>> = BTreeMap::new();
        for judged in judged.iter().filter(|judged| judged.subject.kind.is_system()) {
            for one in contested(snapshot, judged)? {
                let record = snapshot.record(one.record)?;
                let distance = distance_from_vendor(&judged.subject.family, record.feed);
                let denial = Denial { distance, feed: record.feed, id: record.id };
                let identity = Identity::within(snapshot, &record)?;
                for flaw in identity.flaws() {
                    if !own_word.silences(one.stream, judged.package, flaw) {
                        by_flaw.entry((judged.package, flaw)).or_default().push(denial);
                    }
                }
            }
        }
        Ok(Self { by_flaw })
    }

    /// Takes out of a group the claims on packages of which a nearer source denies the flaw; gives what was taken.
    pub(crate) fn overrule(
        &self,
        (_, id): GroupKey<'_>,
        claims: &mut Vec<Claim<'_>>,
    ) -> Vec<Overruled> {
        let packages: BTreeSet<usize> = claims.iter().map(|claim| claim.package).collect();
        let mut overruled = Vec::new();
        for package in packages {
            let Some(denials) = self.by_flaw.get(&(package, id)) else { continue };
            let nearest = denials.iter().filter(|denial| denial.distance.is_some());
            let Some(nearest) = nearest.min_by_key(|denial| (denial.distance, denial.id)) else {
                continue;
            };
            let own =
                || claims.iter().filter(|claim| claim.package == package && !claim.is_silenced);
            let is_nearer = own().all(|claim| {
                let distance = distance_from_vendor(&claim.subject.family, claim.facts.record.feed);
                distance.is_none_or(|distance| Some(distance) > nearest.distance)
            });
            if is_nearer {
                let over: BTreeSet<(String, String)> = own()
                    .map(|claim| &claim.facts.record)
                    .map(|record| (record.feed.to_owned(), record.id.to_owned()))
                    .collect();
                overruled.push(Overruled {
                    package,
                    id: id.to_owned(),
                    decided_by: (nearest.feed.to_owned(), nearest.id.to_owned()),
                    over: over.into_iter().collect(),
                });
                claims.retain(|claim| claim.package != package);
            }
        }
        overruled
    }

    /// (feed, id) of the records that deny a flaw of a package.
    pub(crate) fn on<'d>(&'d self, package: usize, id: &'d str) -> Vec<(&'d str, &'d str)> {
        let denials = self.by_flaw.get(&(package, id)).map_or(&[][..], Vec::as_slice);
        denials.iter().map(|denial| (denial.feed, denial.id)).collect()
    }
}

/// The denying records of feeds that affirm nothing of the package, or others than those that do: of one feed they are no disagreement
/// but what several errata come to.
fn contested<'j>(
    snapshot: &Snapshot,
    judged: &Judged<'j>,
) -> Result<Vec<&'j Match<'j>>, SnapshotError> {
    let mut affirming = BTreeSet::new();
    for one in judged.judgement.affected() {
        affirming.insert(snapshot.feed(one.record)?);
    }
    let mut denying = Vec::new();
    if affirming.is_empty() {
        return Ok(denying);
    }
    for one in &judged.judgement.matches {
        if matches!(one.verdict, Verdict::NotAffected { .. })
            && (affirming.len() > 1 || !affirming.contains(snapshot.feed(one.record)?))
        {
            denying.push(one);
        }
    }
    Ok(denying)
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::{Advisory, Affected, Status};
    use plimsoll_core::PackageType::Deb;

    use crate::testing::{advisory, affected, debian, folded, package};

    fn record(feed: &str, id: &str, entry: Affected) -> Advisory {
        Advisory { feed: feed.to_owned(), ..advisory(id, vec![entry]) }
    }

    fn bash(fixed: &str) -> Affected {
        affected("Debian:12", "bash", &[("0", fixed)])
    }

    fn not_affected() -> Affected {
        Affected { status: Status::NotAffected, ..affected("Debian:12", "bash", &[]) }
    }

    /// (findings, what was overruled by whom) of bash 5.2 in Debian 12.
    fn outcome(records: &[Advisory]) -> (usize, Vec<String>) {
        let folded = folded(&[package(Deb, "bash", "5.2")], Some(&debian("12")), records);
        let overruled = folded.overruled.iter().map(|one| {
            let over: Vec<_> = one.over.iter().map(|(feed, _)| feed.as_str()).collect();
            format!("{} by {} over {}", one.id, one.decided_by.0, over.join(","))
        });
        (folded.findings.len(), overruled.collect())
    }

    #[test]
    fn the_vendors_own_word_decides_whatever_it_is() {
        let (tracker, osv) = ("debian-tracker", "osv");
        let id = "CVE-2024-1";
        for denial in [not_affected(), bash("5.1")] {
            let records = [record(tracker, id, denial), record(osv, id, bash("6"))];
            let expected = format!("{id} by debian-tracker over osv");
            assert_eq!(outcome(&records), (0, vec![expected]));
        }
        // The other way round the vendor affirms it.
        let records = [record(tracker, id, bash("6")), record(osv, id, not_affected())];
        assert_eq!(outcome(&records), (1, vec![]));
        // What does not speak for the vendor overrules nothing.
        let records = [record("anybody", id, not_affected()), record(osv, id, bash("6"))];
        assert_eq!(outcome(&records), (1, vec![]));
        // Nor does a word on another flaw.
        let records = [record(tracker, "CVE-2024-2", not_affected()), record(osv, id, bash("6"))];
        assert_eq!(outcome(&records), (1, vec![]));
    }

    #[test]
    fn several_errata_of_one_feed_are_no_disagreement() {
        let fixes = |id: &str, fixed: &str| Advisory {
            upstream: vec!["CVE-2024-1".into()],
            ..record("debian-advisories", id, bash(fixed))
        };
        let records = [fixes("DSA-1-1", "5.1"), fixes("DSA-2-1", "5.3")];
        assert_eq!(outcome(&records), (1, vec![]));
    }

    #[test]
    fn a_finding_names_who_denies_it() {
        let records = [
            record("debian-tracker", "CVE-2024-1", bash("6")),
            record("osv", "CVE-2024-1", not_affected()),
        ];
        let folded = folded(&[package(Deb, "bash", "5.2")], Some(&debian("12")), &records);
        let said: Vec<_> = folded.findings[0]
            .records
            .iter()
            .map(|record| (record.feed.as_str(), record.statements[0].status))
            .collect();
        assert_eq!(said, [("debian-tracker", Status::Affected), ("osv", Status::NotAffected)]);
    }
}
