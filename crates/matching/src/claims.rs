//! What the records of one vulnerability say of an image's packages, and the finding that it comes to.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use plimsoll_advisory::{
    Record, RecordHandle, SeverityClaim, SeverityRef, Snapshot, SnapshotError, Status,
};
use plimsoll_core::Severity;

use crate::disagreement::Denials;
use crate::group::GroupKey;
use crate::identity::Identity;
use crate::judge::judge_by;
use crate::severity::{Rating, best, score};
use crate::{
    CvssScore, Finding, FindingKind, MatchSubject, Occurrence, SourceRecord, Statement, Stream,
    Verdict,
};

/// A record that affects a package.
pub(crate) struct Facts<'s> {
    pub handle: RecordHandle,
    pub record: Record<'s>,
    pub identity: Identity<'s>,
}

/// One record's word on one package.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    pub package: usize,
    pub subject: &'a MatchSubject,
    pub facts: &'a Facts<'a>,
    pub stream: Stream,
    /// It is of the main stream, and the image's own says something else: it tells of the flaw, and not of the package.
    pub is_silenced: bool,
    pub fixed: Option<&'a str>,
    pub status: Status,
    /// On this package in this release.
    pub severities: &'a [SeverityRef<'a>],
}

impl Claim<'_> {
    /// Records that are about the one vulnerability before errata and bundles; of a language, GitHub's before others.
    fn rank(&self) -> (bool, bool, RecordHandle) {
        let is_github = self.facts.record.id.starts_with("GHSA-");
        let is_language = !self.subject.kind.is_system();
        (self.facts.identity.is_bundle(), is_language && !is_github, self.facts.handle)
    }
}

/// Everything that is said of one vulnerability.
pub(crate) struct Claims<'a> {
    key: GroupKey<'a>,
    /// By package, then by rank.
    claims: Vec<Claim<'a>>,
    /// Each record once, by rank.
    records: Vec<&'a Facts<'a>>,
}

impl<'a> Claims<'a> {
    pub(crate) fn new(key: GroupKey<'a>, mut claims: Vec<Claim<'a>>) -> Self {
        claims.sort_by_key(|claim| (claim.package, claim.rank()));
        let records: BTreeMap<_, &Facts<'_>> =
            claims.iter().map(|claim| (claim.rank(), claim.facts)).collect();
        let mut seen = BTreeSet::new();
        let records = records.into_values().filter(|facts| seen.insert(facts.handle)).collect();
        Self { key, claims, records }
    }

    /// The finding that they come to, without its title and references.
    pub(crate) fn finding(
        &self,
        snapshot: &Snapshot,
        denials: &Denials<'_>,
    ) -> Result<Finding, SnapshotError> {
        let (kind, id) = self.key;
        let others = self.records.iter().find_map(|facts| best(&facts.record.severities));
        let mut worst: Option<Rating<'_>> = None;
        let mut occurrences = Vec::new();
        for claims in self.claims.chunk_by(|one, other| one.package == other.package) {
            let rating = match kind {
                // What is malicious is not so by degrees, and its records state none.
                FindingKind::Malware => Some((Severity::Critical, "plimsoll")),
                FindingKind::Vulnerability => rating(claims).or(others),
            };
            let speaking = claims.iter().filter(|claim| !claim.is_silenced);
            occurrences.extend(occurrence(
                &speaking.copied().collect::<Vec<_>>(),
                rating,
                snapshot,
            )?);
            worst = worst.into_iter().chain(rating).max_by_key(|(severity, _)| *severity);
        }
        let records = || self.records.iter().map(|facts| &facts.record);
        Ok(Finding {
            kind,
            id: id.to_owned(),
            aliases: self.aliases(),
            title: String::new(),
            severity: worst.map_or(Severity::Unknown, |(severity, _)| severity),
            severity_source: worst.map(|(_, source)| source.to_owned()),
            cvss: self.scores(),
            cwes: owned_set(self.about().flat_map(|facts| facts.record.cwes.iter().copied())),
            published: records()
                .filter_map(|record| record.published)
                .min()
                .map(|time| time.to_string()),
            modified: records()
                .filter_map(|record| record.modified)
                .max()
                .map(|time| time.to_string()),
            references: Vec::new(),
            occurrences,
            records: self.source_records(denials),
        })
    }

    /// Records that are about this vulnerability alone.
    fn about(&self) -> impl Iterator<Item = &'a Facts<'a>> {
        self.records.iter().copied().filter(|facts| !facts.identity.is_bundle())
    }

    fn aliases(&self) -> Vec<String> {
        let identities = self.about().map(|facts| &facts.identity);
        let names = identities.flat_map(|identity| {
            std::iter::once(identity.id).chain(identity.names.iter().copied())
        });
        owned_set(names.filter(|name| *name != self.key.1))
    }

    /// The records whose texts may give title and references, the best first.
    pub(crate) fn told_by(&self) -> Vec<RecordHandle> {
        self.records.iter().take(TEXTS).map(|facts| facts.handle).collect()
    }

    /// An erratum's score is that of the worst flaw that it fixes: it stands in only where there is no other.
    fn scores(&self) -> Vec<CvssScore> {
        let of = |is_wanted: fn(&Facts<'_>) -> bool| {
            let records = self.records.iter().filter(|facts| is_wanted(facts));
            let claims = self.claims.iter().filter(|claim| is_wanted(claim.facts));
            let stated: BTreeSet<&SeverityRef<'_>> = records
                .flat_map(|facts| &facts.record.severities)
                .chain(claims.flat_map(|claim| claim.severities))
                .collect();
            stated.into_iter().filter_map(score).collect::<Vec<_>>()
        };
        let mut scores = of(|facts| !facts.identity.is_bundle());
        if scores.is_empty() {
            scores = of(|facts| facts.identity.is_bundle());
        }
        // They come by source and system; newer versions of CVSS go first.
        scores.sort_by_key(|score| Reverse(score.version));
        scores
    }

    /// Those that affirm it, and those that deny it of one of the packages.
    fn source_records(&self, denials: &Denials<'_>) -> Vec<SourceRecord> {
        let mut records: BTreeMap<(&str, &str), SourceRecord> = BTreeMap::new();
        for facts in &self.records {
            let (feed, id) = (facts.record.feed, facts.record.id);
            let record = records.entry((feed, id)).or_insert_with(|| SourceRecord {
                feed: feed.to_owned(),
                id: id.to_owned(),
                ..SourceRecord::default()
            });
            record.severities.extend(facts.record.severities.iter().map(owned));
        }
        for claim in &self.claims {
            let key = (claim.facts.record.feed, claim.facts.record.id);
            if let Some(record) = records.get_mut(&key) {
                record.statements.push(Statement {
                    package: claim.package,
                    fixed: claim.fixed.map(str::to_owned),
                    status: claim.status,
                });
            }
        }
        let packages: BTreeSet<usize> = self.claims.iter().map(|claim| claim.package).collect();
        for package in packages {
            for (feed, id) in denials.on(package, self.key.1) {
                let record = records.entry((feed, id)).or_insert_with(|| SourceRecord {
                    feed: feed.to_owned(),
                    id: id.to_owned(),
                    ..SourceRecord::default()
                });
                let status = Status::NotAffected;
                record.statements.push(Statement { package, fixed: None, status });
            }
        }
        let sorted = |mut record: SourceRecord| {
            record.severities.sort();
            record.severities.dedup();
            record.statements.sort();
            record.statements.dedup();
            record
        };
        records.into_values().map(sorted).collect()
    }
}

/// Of the claims on one package: the word on this very package in this release, then that of the records that speak of it.
fn rating<'a>(claims: &[Claim<'a>]) -> Option<Rating<'a>> {
    let on_package = claims.iter().find_map(|claim| best(claim.severities));
    on_package.or_else(|| claims.iter().find_map(|claim| best(&claim.facts.record.severities)))
}

/// What the claims on one package come to.
fn occurrence(
    claims: &[Claim<'_>],
    rating: Option<Rating<'_>>,
    snapshot: &Snapshot,
) -> Result<Option<Occurrence>, SnapshotError> {
    let Some(first) = claims.first() else { return Ok(None) };
    let fixed = fix(first.subject, claims, snapshot)?;
    let status = match fixed {
        // "Will not fix" counts only while nobody names a fix.
        Some(_) => Status::Affected,
        None => standing(claims),
    };
    Ok(Some(Occurrence {
        package: first.package,
        fixed,
        status,
        severity: rating.map_or(Severity::Unknown, |(severity, _)| severity),
        records: owned_set(claims.iter().map(|claim| claim.facts.record.id)),
    }))
}

/// How the vendor stands to what nobody has fixed. A record may speak of several releases that judge the image, and the one that stands
/// best by it counts: who has Ubuntu Pro is not out of support where everybody else is. Of several records the one that says most counts.
fn standing(claims: &[Claim<'_>]) -> Status {
    let records = claims.chunk_by(|one, other| one.facts.handle == other.facts.handle);
    let best = records.filter_map(|claims| claims.iter().map(|claim| claim.status).min());
    best.max().unwrap_or_default()
}

/// The smallest version that none of the records affects any more. A language's record may list branches one by one, and the fix that one
/// record names may lie in a branch that another still affects: so it goes from fix to fix until nobody objects.
fn fix(
    subject: &MatchSubject,
    claims: &[Claim<'_>],
    snapshot: &Snapshot,
) -> Result<Option<String>, SnapshotError> {
    let Some(compare) = subject.scheme().map(|scheme| scheme.compare) else { return Ok(None) };
    let largest =
        |one, next| if compare(next, one) == Some(Ordering::Greater) { next } else { one };
    let named = claims.iter().filter_map(|claim| claim.fixed).reduce(largest);
    let mut reached = named.map(str::to_owned);
    if subject.kind.is_system() {
        return Ok(reached);
    }
    for _ in 0..BRANCHES {
        let Some(fixed) = &reached else { break };
        let is_ours = |record| claims.iter().any(|claim| claim.facts.handle == record);
        let judgement = judge_by(&subject.at(fixed), snapshot, is_ours)?;
        let next = judgement.affected().filter_map(|one| match one.verdict {
            Verdict::Affected { fixed, .. } => fixed,
            Verdict::NotAffected { .. } | Verdict::Undetermined { .. } => None,
        });
        match next.reduce(largest) {
            Some(next) if compare(next, fixed) == Some(Ordering::Greater) => {
                reached = Some(next.to_owned());
            }
            _ => break,
        }
    }
    Ok(reached)
}

/// Branches that are followed to a version that no record affects.
const BRANCHES: usize = 16;

/// Records whose texts are looked at for a title.
const TEXTS: usize = 3;

fn owned_set<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

fn owned(claim: &SeverityRef<'_>) -> SeverityClaim {
    SeverityClaim {
        source: claim.source.to_owned(),
        system: claim.system,
        value: claim.value.to_owned(),
    }
}
