//! An inventory against the advisories: findings, and what could not be judged.

use std::num::NonZeroUsize;

use plimsoll_advisory::{Snapshot, SnapshotError};
use plimsoll_core::{Distro, Package, PackageType, Undetermined};
use plimsoll_inventory::Inventory;
use plimsoll_matching::{
    Finding, Folded, Judged, MatchSubject, NotJudged, Overruled, fold, judge_all,
};

/// What the advisories say of an inventory.
#[derive(Default)]
pub struct Verdicts {
    /// Worst first, malware before vulnerabilities, then by id.
    pub findings: Vec<Finding>,
    /// What the vendor's own word overrules. Sorted.
    pub overruled: Vec<Overruled>,
    /// Sorted.
    pub undetermined: Vec<Undetermined>,
}

/// Judges every package, by so many threads.
///
/// # Errors
/// Where the snapshot is damaged: half a judgement would look like a whole one.
pub fn verdicts(
    inventory: &Inventory,
    snapshot: &Snapshot,
    threads: NonZeroUsize,
) -> Result<Verdicts, SnapshotError> {
    let mut undetermined = Vec::new();
    let mut say = |package: &Package, reasons: Vec<String>| {
        let system = package.id.system.iter().map(|system| format!(" of {system}"));
        let name = format!("{} {}", package.id.name, package.id.version);
        let name = name + &system.collect::<String>();
        undetermined.extend(
            reasons.into_iter().map(|reason| Undetermined { package: name.clone(), reason }),
        );
    };
    let (mut positions, mut subjects) = (Vec::new(), Vec::new());
    for (position, package) in inventory.packages.iter().enumerate() {
        match MatchSubject::new(package, inventory.distro_of(package)) {
            Ok(subject) => {
                positions.push((position, package));
                subjects.push(subject);
            }
            Err(why) => say(package, not_judged(&why).into_iter().collect()),
        }
    }
    let judgements = judge_all(&subjects, snapshot, threads)?;
    let mut judged = Vec::with_capacity(judgements.len());
    for (((position, package), subject), judgement) in
        positions.into_iter().zip(&subjects).zip(&judgements)
    {
        let reasons = judgement.undetermined().into_iter().map(|reason| reason.to_string());
        let reasons = reasons.chain(unknown_coordinates(package)).chain(uncovered(
            subject,
            inventory.distro_of(package),
            snapshot,
        ));
        say(package, reasons.collect());
        judged.push(Judged { package: position, subject, judgement });
    }
    undetermined.sort_unstable();
    undetermined.dedup();
    let Folded { findings, overruled } = fold(snapshot, &judged)?;
    Ok(Verdicts { findings, overruled, undetermined })
}

/// Why a package was not judged, where that is of the package: that the whole release or type is not known is said once.
fn not_judged(why: &NotJudged) -> Option<String> {
    match why {
        NotJudged::Owned
        | NotJudged::NoDistribution
        | NotJudged::UnknownDistribution { .. }
        | NotJudged::NoRelease
        | NotJudged::NoAdvisories { .. } => None,
        NotJudged::ForeignPackage { .. } | NotJudged::ThirdParty { .. } => Some(why.to_string()),
    }
}

/// What a distribution takes from another project is judged by that one's advisories, and clean only where all of them are known.
fn uncovered(
    subject: &MatchSubject,
    distro: Option<&Distro>,
    snapshot: &Snapshot,
) -> Option<String> {
    let family = distro.and_then(|distro| distro.family.as_ref())?;
    let is_own = !subject.kind.is_system() || family.0 == subject.family;
    let is_covered =
        |release: &String| !snapshot.complete_feeds(&subject.family, release).is_empty();
    (!is_own && !subject.releases.iter().any(is_covered)).then(|| {
        let release = subject.releases.join(", ");
        format!("no feed is known to have all advisories of {} {release}", subject.family)
    })
}

/// A jar that does not say its group or version is listed, but no advisory can speak of it.
fn unknown_coordinates(package: &Package) -> Option<String> {
    if package.id.kind != PackageType::Maven {
        return None;
    }
    match (package.id.version.is_empty(), package.id.name.contains(':')) {
        (true, _) => Some("nothing in the archive says which package it is".to_owned()),
        (false, false) => Some("its Maven group is not known".to_owned()),
        (false, true) => None,
    }
}
