//! One scan, from what a reference opened to the report.

use std::num::NonZeroUsize;
use std::sync::Arc;

use plimsoll_advisory::{Snapshot, SnapshotError};
use plimsoll_core::{
    Coverage, Day, Limits, Package, PartRun, Platform, Problem, ProblemKind, ReleaseCoverage,
    Severity,
};
use plimsoll_inventory::{EXTRACTORS, Inventory, Matcher, PartSet};
use plimsoll_matching::{Finding, FindingKind};
use plimsoll_oci::{ArchiveStream, Image, OciError, Opened, Rootfs, SourceKind};

use crate::analyze::LayerAnalyzer;
use crate::judge::{Verdicts, verdicts};
use crate::layers::{AnalyzedLayer, LayerReader, inventory, unreadable};
use crate::{
    Cache, Envelope, ImageInventory, InventorySettings, Progress, ScanReport, image_inventory,
};

/// How a scan is done, and what of it is reported.
pub struct ScanSettings<'a> {
    pub threads: NonZeroUsize,
    pub limits: Limits,
    pub cache: Option<&'a Cache>,
    pub progress: &'a dyn Progress,
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

/// What is known of an image once its bytes were read.
struct Subject {
    envelope: Envelope,
    platform: Option<Platform>,
    image: ImageInventory,
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
    let mut subject = match opened {
        Opened::Image(image) => of_image(&image, image_inventory(&image, &settings.inventory())),
        Opened::Stream(stream) => of_stream(*stream, settings)?,
        Opened::Rootfs(rootfs) => of_rootfs(&rootfs, settings),
    };
    reference.clone_into(&mut subject.envelope.reference);
    Ok(judged(subject, snapshot, settings)?)
}

impl<'a> ScanSettings<'a> {
    fn inventory(&self) -> InventorySettings<'a> {
        let Self { threads, limits, cache, progress, .. } = *self;
        InventorySettings { threads, limits, cache, progress }
    }
}

fn of_image(image: &Image, inventory: ImageInventory) -> Subject {
    Subject {
        envelope: Envelope {
            reference: String::new(),
            resolved: image.resolved.clone(),
            source: image.source,
            tags: image.tags.clone(),
            index_digest: image.index_digest,
            manifest_digest: image.manifest_digest,
            config_digest: Some(image.config_digest),
            started_at: String::new(),
            duration_milliseconds: 0,
        },
        platform: Some(image.config.platform()),
        image: inventory,
    }
}

/// An archive that passes once: each member that may be a layer is analysed as it passes.
fn of_stream(stream: ArchiveStream, settings: &ScanSettings<'_>) -> Result<Subject, OciError> {
    let matcher = Matcher::new(EXTRACTORS);
    let inventory_settings = settings.inventory();
    let reader = LayerReader { matcher: &matcher, settings: &inventory_settings };
    let all = PartSet::first(EXTRACTORS.len());
    let passed =
        stream.read(&mut |passing, bytes| reader.walk(bytes, passing.claimed_digest, all))?;
    let layers: Vec<AnalyzedLayer> = passed
        .image
        .layers
        .iter()
        .zip(passed.layers)
        .map(|(blob, walked)| match walked {
            Some(walked) => reader.finish(blob, Arc::unwrap_or_clone(walked), (all, None)),
            None if blob.withheld => unreadable(blob, None),
            None => unreadable(
                blob,
                Some(Problem::new(ProblemKind::Unreadable, "the archive does not have it")),
            ),
        })
        .collect();
    let inventory = reader.merged(layers, &passed.image);
    Ok(of_image(&passed.image, inventory))
}

/// A directory is one layer without a digest.
fn of_rootfs(rootfs: &Rootfs, settings: &ScanSettings<'_>) -> Subject {
    let matcher = Matcher::new(EXTRACTORS);
    let all = PartSet::first(EXTRACTORS.len());
    let mut analyzer = LayerAnalyzer::new(&matcher, &settings.limits, all);
    let walked = rootfs.walk(&mut analyzer);
    let result = analyzer.finish((walked.problems, walked.problems_dropped));
    let inventory = inventory(&[result], &[], &settings.limits);
    Subject {
        envelope: Envelope {
            reference: String::new(),
            resolved: format!("dir:{}", rootfs.name),
            source: SourceKind::Directory,
            tags: Vec::new(),
            index_digest: None,
            manifest_digest: None,
            config_digest: None,
            started_at: String::new(),
            duration_milliseconds: 0,
        },
        platform: None,
        image: ImageInventory { inventory, layers: Vec::new() },
    }
}

fn judged(
    subject: Subject,
    snapshot: Option<&Snapshot>,
    settings: &ScanSettings<'_>,
) -> Result<ScanReport, SnapshotError> {
    let Subject { envelope, platform, image: ImageInventory { inventory, layers } } = subject;
    let judged = snapshot.map(|snapshot| verdicts(&inventory, snapshot)).transpose()?;
    let Verdicts { findings, undetermined } = judged.unwrap_or_default();
    let (findings, not_reported) = filtered(findings, &settings.filters);
    let coverage = Coverage {
        parts: EXTRACTORS
            .iter()
            .map(|part| PartRun { id: part.id, version: part.version })
            .collect(),
        problems: inventory.problems.clone(),
        problems_dropped: inventory.problems_dropped,
        release: release_coverage(&inventory, snapshot),
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
        not_reported,
        coverage,
    })
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
    (!finding.occurrences.is_empty()).then_some(finding)
}

fn release_coverage(inventory: &Inventory, snapshot: Option<&Snapshot>) -> ReleaseCoverage {
    let Some(snapshot) = snapshot else { return ReleaseCoverage::NoSnapshot };
    if !inventory.packages.iter().any(|package| package.id.kind.is_system()) {
        return ReleaseCoverage::NotNeeded;
    }
    let distro = inventory.distro.as_ref();
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

/// The families of language packages for which nobody claims to know everything.
fn uncovered_families(packages: &[Package], snapshot: Option<&Snapshot>) -> Vec<String> {
    let Some(snapshot) = snapshot else { return Vec::new() };
    let mut families: Vec<_> = packages
        .iter()
        .filter(|package| package.owner.is_none())
        .filter_map(|package| package.id.kind.language_family())
        .collect();
    families.sort_unstable();
    families.dedup();
    families.retain(|family| snapshot.complete_feeds(family, "").is_empty());
    families.into_iter().map(str::to_owned).collect()
}
