//! The shape of the JSON report, `plimsoll.report/1`: described by `docs/report.schema.json`, changed by addition only.

mod coverage;

use std::collections::BTreeMap;

use plimsoll_advisory::{SeverityClaim, SeveritySystem};
use plimsoll_core::{Distro, Evidence, ImagePath, License, Package, PackageId, Severity};
use plimsoll_inventory::OtherSystem;
use plimsoll_matching::{Finding, FindingKind, Overruled, SourceRecord};
use serde::Serialize;

use self::coverage::{CoverageShape, coverage};
use crate::{LayerSummary, ScanReport};

/// What `schema` says.
pub const SCHEMA_ID: &str = "plimsoll.report/1";

#[derive(Serialize)]
pub struct Report<'a> {
    schema: &'static str,
    tool: Tool,
    reference: Reference<'a>,
    digests: Digests,
    times: Times<'a>,
    layers_from_cache: usize,
    body: Body<'a>,
}

#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    pub(super) fn this() -> Self {
        Self { name: "plimsoll", version: env!("CARGO_PKG_VERSION") }
    }
}

#[derive(Serialize)]
struct Reference<'a> {
    typed: &'a str,
    resolved: &'a str,
    source: &'static str,
    tags: &'a [String],
    repo_digests: &'a [String],
}

#[derive(Serialize)]
struct Digests {
    index: Option<String>,
    manifest: Option<String>,
    config: Option<String>,
    /// As the blobs are stored, from the bottom.
    blobs: Vec<Option<String>>,
}

#[derive(Serialize)]
struct Times<'a> {
    started_at: &'a str,
    duration_milliseconds: u64,
    newest_advisory: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    tool_version: &'static str,
    evaluation_day: String,
    platform: Option<String>,
    advisory_revision: Option<&'a str>,
    distribution: Option<Distribution<'a>>,
    /// By name.
    other_systems: BTreeMap<&'a str, OtherSystemShape<'a>>,
    layers: Vec<Layer<'a>>,
    summary: Summary,
    findings: Vec<FindingShape<'a>>,
    overruled: Vec<OverruledShape<'a>>,
    packages: Vec<PackageShape<'a>>,
    coverage: CoverageShape<'a>,
}

#[derive(Serialize)]
struct Distribution<'a> {
    id: &'a str,
    version: &'a str,
    name: &'a str,
    family: Option<&'a str>,
    releases: &'a [String],
    /// As the image names them.
    repositories: &'a [String],
}

#[derive(Serialize)]
struct OtherSystemShape<'a> {
    roots: Vec<&'a str>,
    distribution: Option<Distribution<'a>>,
}

#[derive(Serialize)]
struct Layer<'a> {
    diff_id: Option<String>,
    claimed_diff_id: Option<String>,
    size_bytes: u64,
    created_by: Option<&'a str>,
}

/// Counts of what is reported, and of what is not.
#[derive(Serialize)]
pub(super) struct Summary {
    pub(super) packages: usize,
    pub(super) vulnerabilities: usize,
    pub(super) malware: usize,
    pub(super) by_severity: BTreeMap<&'static str, usize>,
    fixable: usize,
    not_reported: usize,
}

#[derive(Serialize)]
struct FindingShape<'a> {
    kind: &'static str,
    id: &'a str,
    aliases: &'a [String],
    title: &'a str,
    severity: &'static str,
    severity_source: Option<&'a str>,
    cvss: Vec<Cvss<'a>>,
    cwes: &'a [String],
    published: Option<&'a str>,
    modified: Option<&'a str>,
    references: &'a [String],
    occurrences: Vec<OccurrenceShape<'a>>,
    records: Vec<Record<'a>>,
}

#[derive(Serialize)]
struct Cvss<'a> {
    source: &'a str,
    version: &'static str,
    vector: &'a str,
    score: f64,
}

#[derive(Serialize)]
struct OccurrenceShape<'a> {
    /// Position in `packages`.
    package: usize,
    purl: &'a str,
    installed: &'a str,
    fixed: Option<&'a str>,
    status: &'static str,
    severity: &'static str,
    records: &'a [String],
}

#[derive(Serialize)]
struct Record<'a> {
    feed: &'a str,
    id: &'a str,
    severities: Vec<SeverityShape<'a>>,
    statements: Vec<StatementShape<'a>>,
}

#[derive(Serialize)]
struct SeverityShape<'a> {
    source: &'a str,
    system: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
struct StatementShape<'a> {
    package: usize,
    fixed: Option<&'a str>,
    status: &'static str,
}

#[derive(Serialize)]
struct PackageShape<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    version: &'a str,
    arch: Option<&'a str>,
    module: Option<&'a str>,
    /// One of `other_systems`.
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<&'a str>,
    purl: &'a str,
    source: Option<Source<'a>>,
    vendor: Option<&'a str>,
    repository: Option<&'a str>,
    licenses: Vec<&'a str>,
    license_expression: Option<String>,
    cpes: &'a [String],
    owner: Option<Owner<'a>>,
    evidence: Vec<EvidenceShape<'a>>,
}

#[derive(Serialize)]
struct Source<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Owner<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct EvidenceShape<'a> {
    path: &'a str,
    inner_path: Option<&'a str>,
    layer: usize,
    part: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha1: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<Owner<'a>>,
}

#[derive(Serialize)]
struct OverruledShape<'a> {
    package: usize,
    id: &'a str,
    decided_by: RecordName<'a>,
    over: Vec<RecordName<'a>>,
}

#[derive(Serialize)]
struct RecordName<'a> {
    feed: &'a str,
    id: &'a str,
}

impl<'a> Report<'a> {
    pub fn new(report: &'a ScanReport) -> Self {
        let envelope = &report.envelope;
        let text = |digest: &plimsoll_core::Digest| digest.to_string();
        Self {
            schema: SCHEMA_ID,
            tool: Tool::this(),
            reference: Reference {
                typed: &envelope.reference,
                resolved: &envelope.resolved,
                source: envelope.source.as_str(),
                tags: &envelope.tags,
                repo_digests: &envelope.repo_digests,
            },
            digests: Digests {
                index: envelope.index_digest.as_ref().map(text),
                manifest: envelope.manifest_digest.as_ref().map(text),
                config: envelope.config_digest.as_ref().map(text),
                blobs: report.layers.iter().map(|layer| layer.blob.as_ref().map(text)).collect(),
            },
            times: Times {
                started_at: &envelope.started_at,
                duration_milliseconds: envelope.duration_milliseconds,
                newest_advisory: envelope.newest_advisory.map(|day| day.to_string()),
            },
            layers_from_cache: report.layers.iter().filter(|layer| layer.from_cache).count(),
            body: body(report),
        }
    }
}

fn body(report: &ScanReport) -> Body<'_> {
    let packages = &report.inventory.packages;
    Body {
        tool_version: env!("CARGO_PKG_VERSION"),
        evaluation_day: report.evaluation_day.to_string(),
        platform: report.platform.as_ref().map(ToString::to_string),
        advisory_revision: report.advisories.as_deref(),
        distribution: report
            .inventory
            .distro
            .as_ref()
            .map(|distro| distribution(distro, &report.inventory.repositories)),
        other_systems: report.inventory.other_systems.iter().map(other_system).collect(),
        layers: report.layers.iter().map(layer).collect(),
        summary: summary(report),
        findings: report.findings.iter().map(|finding| finding_shape(finding, packages)).collect(),
        overruled: report.overruled.iter().map(overruled).collect(),
        packages: packages.iter().map(package_shape).collect(),
        coverage: coverage(&report.coverage),
    }
}

fn distribution<'a>(distro: &'a Distro, repositories: &'a [String]) -> Distribution<'a> {
    Distribution {
        id: &distro.id,
        version: &distro.version_id,
        name: &distro.pretty_name,
        family: distro.family.as_ref().map(|family| family.0.as_str()),
        releases: &distro.releases,
        repositories,
    }
}

fn other_system<'a>(
    (name, system): (&'a String, &'a OtherSystem),
) -> (&'a str, OtherSystemShape<'a>) {
    let distro = system.distro.as_ref();
    let shape = OtherSystemShape {
        roots: system.roots.iter().map(ImagePath::as_str).collect(),
        distribution: distro.map(|distro| distribution(distro, &system.repositories)),
    };
    (name, shape)
}

fn layer(layer: &LayerSummary) -> Layer<'_> {
    Layer {
        diff_id: layer.diff_id.as_ref().map(ToString::to_string),
        claimed_diff_id: layer.claimed_diff_id.as_ref().map(ToString::to_string),
        size_bytes: layer.size,
        created_by: layer.created_by.as_deref(),
    }
}

pub(super) fn summary(report: &ScanReport) -> Summary {
    let of_kind = |kind| report.findings.iter().filter(move |finding| finding.kind == kind);
    let mut by_severity: BTreeMap<_, _> =
        Severity::ALL.into_iter().map(|severity| (severity.as_str(), 0)).collect();
    for finding in of_kind(FindingKind::Vulnerability) {
        *by_severity.entry(finding.severity.as_str()).or_default() += 1;
    }
    let is_fixable = |finding: &&Finding| {
        finding.occurrences.iter().any(|occurrence| occurrence.fixed.is_some())
    };
    Summary {
        packages: report.inventory.packages.len(),
        vulnerabilities: of_kind(FindingKind::Vulnerability).count(),
        malware: of_kind(FindingKind::Malware).count(),
        by_severity,
        fixable: of_kind(FindingKind::Vulnerability).filter(is_fixable).count(),
        not_reported: report.not_reported,
    }
}

fn finding_shape<'a>(finding: &'a Finding, packages: &'a [Package]) -> FindingShape<'a> {
    let occurrences = finding.occurrences.iter().filter_map(|occurrence| {
        let package = packages.get(occurrence.package)?;
        Some(OccurrenceShape {
            package: occurrence.package,
            purl: &package.purl,
            installed: &package.id.version,
            fixed: occurrence.fixed.as_deref(),
            status: super::status_word(occurrence.status),
            severity: occurrence.severity.as_str(),
            records: &occurrence.records,
        })
    });
    FindingShape {
        kind: match finding.kind {
            FindingKind::Vulnerability => "vulnerability",
            FindingKind::Malware => "malware",
        },
        id: &finding.id,
        aliases: &finding.aliases,
        title: &finding.title,
        severity: finding.severity.as_str(),
        severity_source: finding.severity_source.as_deref(),
        cvss: finding
            .cvss
            .iter()
            .map(|score| Cvss {
                source: &score.source,
                version: score.version,
                vector: &score.vector,
                score: score.score,
            })
            .collect(),
        cwes: &finding.cwes,
        published: finding.published.as_deref(),
        modified: finding.modified.as_deref(),
        references: &finding.references,
        occurrences: occurrences.collect(),
        records: finding.records.iter().map(record).collect(),
    }
}

fn record(record: &SourceRecord) -> Record<'_> {
    let system = |claim: &SeverityClaim| match claim.system {
        SeveritySystem::CvssV2 => "cvss-2",
        SeveritySystem::CvssV3 => "cvss-3",
        SeveritySystem::CvssV4 => "cvss-4",
        SeveritySystem::Word => "word",
    };
    let severities = record.severities.iter().map(|claim| SeverityShape {
        source: &claim.source,
        system: system(claim),
        value: &claim.value,
    });
    let statements = record.statements.iter().map(|statement| StatementShape {
        package: statement.package,
        fixed: statement.fixed.as_deref(),
        status: super::status_word(statement.status),
    });
    Record {
        feed: &record.feed,
        id: &record.id,
        severities: severities.collect(),
        statements: statements.collect(),
    }
}

fn package_shape(package: &Package) -> PackageShape<'_> {
    let PackageId { kind, name, version, arch, module, system } = &package.id;
    PackageShape {
        kind: kind.as_str(),
        name,
        version,
        arch: arch.as_deref(),
        module: module.as_deref(),
        system: system.as_deref(),
        purl: &package.purl,
        source: package
            .source
            .as_ref()
            .map(|source| Source { name: &source.name, version: &source.version }),
        vendor: package.vendor.as_deref(),
        repository: package.repository.as_deref(),
        licenses: package.licenses.iter().map(License::as_str).collect(),
        license_expression: package.license_expression(),
        cpes: &package.cpes,
        owner: package.owner().map(owner),
        evidence: package.evidence.iter().map(evidence).collect(),
    }
}

fn owner(owner: &PackageId) -> Owner<'_> {
    Owner { kind: owner.kind.as_str(), name: &owner.name, version: &owner.version }
}

fn evidence(evidence: &Evidence) -> EvidenceShape<'_> {
    EvidenceShape {
        path: evidence.path.as_str(),
        inner_path: evidence.inner_path.as_deref(),
        layer: evidence.layer,
        part: evidence.part,
        state: evidence.state.as_str(),
        sha1: evidence.sha1.as_deref(),
        owner: evidence.owner.as_ref().map(owner),
    }
}

fn overruled(overruled: &Overruled) -> OverruledShape<'_> {
    fn name((feed, id): &(String, String)) -> RecordName<'_> {
        RecordName { feed, id }
    }
    OverruledShape {
        package: overruled.package,
        id: &overruled.id,
        decided_by: name(&overruled.decided_by),
        over: overruled.over.iter().map(name).collect(),
    }
}
