//! One scan, from what a reference opened to the report.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use plimsoll_advisory::{Snapshot, SnapshotError};
use plimsoll_core::{
    Coverage, Day, Distro, Limits, Package, PackageClass, PartRun, Problem, ProblemKind,
    ReleaseCoverage, Severity,
};
use plimsoll_inventory::{EXTRACTORS, Inventory, OtherSystem};
use plimsoll_matching::{Finding, FindingKind, releases};
use plimsoll_oci::{Deadline, OciError, Opened};

use crate::judge::{Verdicts, verdicts};
use crate::subject::{Subject, read};
use crate::{Cache, ImageInventory, InventorySettings, Progress, ScanReport};

/// How a scan is done, and what of it is reported.
pub struct ScanSettings<'a> {
    pub threads: NonZeroUsize,
    pub limits: Limits,
    pub cache: Option<&'a Cache>,
    pub progress: &'a dyn Progress,
    /// When reading the image is given up.
    pub deadline: Deadline,
    /// The day that ends of life are judged by.
    pub evaluation_day: Day,
    pub filters: Filters,
}

/// What of the findings is reported. What is left out is counted.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// Empty for all.
    pub severities: Vec<Severity>,
    pub fixed_only: bool,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    #[error(transparent)]
    Image(#[from] OciError),
    #[error(transparent)]
    Advisories(#[from] SnapshotError),
}

/// Scans what was opened. `reference` is what was typed. The envelope's times are the caller's to fill in: a scan reads no clock.
///
/// # Errors
/// Where there is no image, or the snapshot is damaged: what cannot be read of an image is in the report's coverage.
pub fn scan(
    reference: &str,
    opened: Opened,
    snapshot: Option<&Snapshot>,
    settings: &ScanSettings<'_>,
) -> Result<ScanReport, ScanError> {
    Ok(judge(read(reference, opened, settings)?, snapshot, settings)?)
}

impl<'a> ScanSettings<'a> {
    pub(crate) fn inventory(&self) -> InventorySettings<'a> {
        let Self { threads, limits, cache, progress, deadline, .. } = *self;
        InventorySettings { threads, limits, cache, progress, deadline }
    }
}

/// Judges what was read.
///
/// # Errors
/// Where the snapshot is damaged.
pub fn judge(
    subject: Subject,
    snapshot: Option<&Snapshot>,
    settings: &ScanSettings<'_>,
) -> Result<ScanReport, SnapshotError> {
    let families = subject.families();
    let Subject { mut envelope, platform, image: ImageInventory { mut inventory, layers } } =
        subject;
    if let Some(snapshot) = snapshot {
        let families = families.keys().map(String::as_str);
        envelope.newest_advisory = newest_advisory(snapshot, families)?;
    }
    if let Some(snapshot) = snapshot {
        for (distro, repositories) in inventory.distros_mut() {
            distro.releases = releases(distro, repositories, snapshot)?;
        }
    }
    let judged =
        snapshot.map(|snapshot| verdicts(&inventory, snapshot, settings.threads)).transpose()?;
    let Verdicts { findings, overruled, undetermined } = judged.unwrap_or_default();
    let (findings, not_reported) = filtered(findings, &settings.filters);
    let coverage = Coverage {
        parts: EXTRACTORS
            .iter()
            .map(|part| PartRun { id: part.id, version: part.version })
            .collect(),
        problems: problems(&inventory),
        problems_dropped: inventory.problems_dropped,
        release: release_coverage(&inventory, snapshot),
        other_systems: other_systems(&inventory, snapshot),
        uncovered_families: uncovered_families(&inventory.packages, snapshot),
        undetermined,
    };
    Ok(ScanReport {
        envelope,
        evaluation_day: settings.evaluation_day,
        platform,
        layers,
        inventory,
        advisories: snapshot.map(|snapshot| snapshot.revision().to_string()),
        findings,
        overruled,
        not_reported,
        coverage,
    })
}

/// Of what these families were made of.
fn newest_advisory<'f>(
    snapshot: &Snapshot,
    families: impl Iterator<Item = &'f str>,
) -> Result<Option<Day>, SnapshotError> {
    let mut inputs = BTreeSet::new();
    for family in families {
        inputs.extend(snapshot.inputs_of(family)?);
    }
    let sources = snapshot.sources().filter(|source| inputs.contains(source.name.as_str()));
    let days =
        sources.filter_map(|source| source.newest_modified.as_deref()?.get(..10)?.parse().ok());
    Ok(days.max())
}

/// Leaves out what the settings leave out; malware stays whatever they say.
fn filtered(findings: Vec<Finding>, filters: &Filters) -> (Vec<Finding>, usize) {
    let all = findings.len();
    let kept: Vec<_> = findings.into_iter().filter_map(|finding| kept(finding, filters)).collect();
    let left_out = all - kept.len();
    (kept, left_out)
}

fn kept(mut finding: Finding, filters: &Filters) -> Option<Finding> {
    if finding.kind == FindingKind::Malware {
        return Some(finding);
    }
    if filters.fixed_only {
        finding.occurrences.retain(|occurrence| occurrence.fixed.is_some());
    }
    if !filters.severities.is_empty() {
        finding.occurrences.retain(|occurrence| filters.severities.contains(&occurrence.severity));
    }
    let severity = finding.occurrences.iter().map(|occurrence| occurrence.severity).max()?;
    if severity != finding.severity {
        // It was the word on a package that is left out.
        finding.severity = severity;
        finding.severity_source = None;
    }
    Some(finding)
}

/// Those of the inventory, and what it lacks: an image with an os-release has system packages, also where none were found.
fn problems(inventory: &Inventory) -> Vec<Problem> {
    let mut problems = inventory.problems.clone();
    if let Some(distro) = &inventory.distro
        && !has_system_packages(inventory)
    {
        let name = &distro.pretty_name;
        let detail =
            format!("its os-release says {name}, but it has no package database that is read");
        // Problems of no layer come first.
        problems.insert(0, Problem::new(ProblemKind::Unsupported, detail));
    }
    problems
}

fn has_system_packages(inventory: &Inventory) -> bool {
    let is_own = |package: &Package| package.id.system.is_none();
    inventory.packages.iter().any(|package| package.id.kind.is_system() && is_own(package))
}

fn release_coverage(inventory: &Inventory, snapshot: Option<&Snapshot>) -> ReleaseCoverage {
    match snapshot {
        None => ReleaseCoverage::NoSnapshot,
        Some(_) if !has_system_packages(inventory) => ReleaseCoverage::NotNeeded,
        Some(snapshot) => distro_coverage(inventory.distro.as_ref(), snapshot),
    }
}

/// The coverage of the systems of other roots, by their names.
fn other_systems(
    inventory: &Inventory,
    snapshot: Option<&Snapshot>,
) -> BTreeMap<String, ReleaseCoverage> {
    let of_system = |(name, system): (&String, &OtherSystem)| {
        let coverage = snapshot.map_or(ReleaseCoverage::NoSnapshot, |snapshot| {
            distro_coverage(system.distro.as_ref(), snapshot)
        });
        (name.clone(), coverage)
    };
    inventory.other_systems.iter().map(of_system).collect()
}

/// How what is known of a distribution's release covers its packages.
fn distro_coverage(distro: Option<&Distro>, snapshot: &Snapshot) -> ReleaseCoverage {
    let Some((distro, family)) = distro.and_then(|distro| Some((distro, distro.family.as_ref()?)))
    else {
        return ReleaseCoverage::Unknown;
    };
    let complete =
        distro.releases.iter().flat_map(|release| snapshot.complete_feeds(&family.0, release));
    let mut feeds: Vec<_> = complete.map(str::to_owned).collect();
    feeds.sort_unstable();
    feeds.dedup();
    if feeds.is_empty() {
        ReleaseCoverage::NoCompleteFeed
    } else {
        ReleaseCoverage::Complete { feeds }
    }
}

/// The families of packages beside the distribution's for which nobody claims to know everything. A type of which no source of
/// advisories speaks stands under its own name.
fn uncovered_families(packages: &[Package], snapshot: Option<&Snapshot>) -> Vec<String> {
    let Some(snapshot) = snapshot else { return Vec::new() };
    let mut families: Vec<_> = packages
        .iter()
        .filter(|package| package.owner().is_none())
        .filter_map(|package| match package.id.kind.class() {
            PackageClass::Language(family) => Some(family),
            PackageClass::Other => Some(package.id.kind.as_str()),
            PackageClass::System => None,
        })
        .collect();
    families.sort_unstable();
    families.dedup();
    families.retain(|family| snapshot.complete_feeds(family, "").is_empty());
    families.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use plimsoll_advisory::Status;
    use plimsoll_inventory::distro;
    use plimsoll_matching::Occurrence;

    use super::*;

    fn finding(severities: &[Severity]) -> Finding {
        let occurrence = |(package, &severity)| Occurrence {
            package,
            fixed: None,
            status: Status::Affected,
            severity,
            records: Vec::new(),
        };
        let severity = severities.iter().copied().max().unwrap();
        Finding {
            kind: FindingKind::Vulnerability,
            id: "CVE-2024-1".into(),
            aliases: Vec::new(),
            title: String::new(),
            severity,
            severity_source: Some("github".into()),
            cvss: Vec::new(),
            cwes: Vec::new(),
            published: None,
            modified: None,
            references: Vec::new(),
            occurrences: severities.iter().enumerate().map(occurrence).collect(),
            records: Vec::new(),
        }
    }

    #[test]
    fn a_finding_is_as_severe_as_what_the_filters_leave_of_it() {
        use Severity::{High, Negligible};
        let only = |severities: &[Severity]| Filters {
            severities: severities.to_vec(),
            fixed_only: false,
        };
        for (wanted, expected) in [
            (&[][..], Some((High, Some("github")))),
            (&[High], Some((High, Some("github")))),
            (&[Negligible], Some((Negligible, None))),
            (&[Severity::Low], None),
        ] {
            let kept = kept(finding(&[Negligible, High]), &only(wanted));
            let severity =
                kept.as_ref().map(|kept| (kept.severity, kept.severity_source.as_deref()));
            assert_eq!(severity, expected, "{wanted:?}");
        }
        let fixed = Filters { severities: Vec::new(), fixed_only: true };
        let mut mixed = finding(&[Negligible, High]);
        mixed.occurrences[0].fixed = Some("2".into());
        let kept = kept(mixed, &fixed).unwrap();
        assert_eq!((kept.severity, kept.occurrences.len()), (Negligible, 1));
    }

    #[test]
    fn a_distribution_without_a_package_database_is_never_silently_clean() {
        let arch = BTreeMap::from([("ID".to_owned(), "arch".to_owned())]);
        let inventory = |os_release: Option<&BTreeMap<String, String>>| Inventory {
            distro: os_release.map(|pairs| distro(pairs, &[])),
            os_release: os_release.cloned().unwrap_or_default(),
            ..Inventory::default()
        };
        let of_scratch = problems(&inventory(None));
        assert_eq!(of_scratch, []);
        let of_arch = problems(&inventory(Some(&arch)));
        assert_eq!(of_arch.len(), 1);
        assert_eq!(of_arch[0].kind, ProblemKind::Unsupported);
        assert!(of_arch[0].detail.contains("arch"), "{}", of_arch[0].detail);
    }
}
