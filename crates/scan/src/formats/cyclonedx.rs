//! CycloneDX 1.6 JSON (cyclonedx.org/docs/1.6/json): the inventory as components.
//!
//! The same image gives the same bytes, so there is no time stamp and the serial number is derived from the content.

use std::collections::BTreeMap;
use std::io::{self, Write};

use plimsoll_core::{Distro, License, Package, PackageType};
use serde::Serialize;

use super::{Format, Presentation};
use crate::ScanReport;

/// The inventory as a CycloneDX document.
pub static CYCLONEDX_JSON: Format =
    Format { id: "cyclonedx-json", summary: "CycloneDX 1.6, JSON", write };

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom<'a> {
    bom_format: &'static str,
    spec_version: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    serial_number: String,
    version: u32,
    metadata: Metadata<'a>,
    components: Vec<Component<'a>>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    tools: Tools,
    component: Component<'a>,
}

#[derive(Serialize)]
struct Tools {
    components: [Component<'static>; 1],
}

#[derive(Serialize, Default)]
struct Component<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "String::is_empty")]
    bom_ref: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<LicenseChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpe: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    purl: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
}

/// Either one expression or several licences by name: CycloneDX mixes them not.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum LicenseChoice<'a> {
    Expression(String),
    License(LicenseName<'a>),
}

#[derive(Serialize)]
struct LicenseName<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Evidence {
    occurrences: Vec<Occurrence>,
}

#[derive(Serialize)]
struct Occurrence {
    location: String,
}

#[derive(Serialize)]
struct Property {
    name: String,
    value: String,
}

fn write(report: &ScanReport, _: &Presentation, out: &mut dyn Write) -> io::Result<()> {
    let inventory = &report.inventory;
    let mut components: Vec<_> = inventory.distro.iter().map(operating_system).collect();
    let mut references = BTreeMap::new();
    components.extend(inventory.packages.iter().map(|package| component(package, &mut references)));
    let image = Component {
        kind: "container",
        bom_ref: "image".to_owned(),
        name: &report.envelope.resolved,
        properties: coverage(report),
        ..Component::default()
    };
    let tool = Component {
        kind: "application",
        name: "plimsoll",
        version: env!("CARGO_PKG_VERSION"),
        ..Component::default()
    };
    let metadata = Metadata { tools: Tools { components: [tool] }, component: image };
    let mut bom = Bom {
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: String::new(),
        version: 1,
        metadata,
        components,
    };
    bom.serial_number = serial_number(&serde_json::to_vec(&bom)?);
    super::safe_json::write_json(out, &bom)?;
    out.write_all(b"\n")
}

fn operating_system(distro: &Distro) -> Component<'_> {
    Component {
        kind: "operating-system",
        bom_ref: "operating-system".to_owned(),
        name: &distro.id,
        version: &distro.version_id,
        ..Component::default()
    }
}

fn component<'a>(package: &'a Package, references: &mut BTreeMap<String, u32>) -> Component<'a> {
    let (group, name) = match package.id.kind {
        PackageType::Maven => {
            package.id.name.split_once(':').map(|(group, name)| (Some(group), name))
        }
        PackageType::Npm => {
            package.id.name.split_once('/').map(|(group, name)| (Some(group), name))
        }
        _ => None,
    }
    .unwrap_or((None, &package.id.name));
    let property = |name: &str, value: String| Property { name: format!("plimsoll:{name}"), value };
    let mut properties = Vec::new();
    if let Some(source) = &package.source {
        properties.push(property("source", format!("{} {}", source.name, source.version)));
    }
    if let Some(system) = &package.id.system {
        properties.push(property("system", system.clone()));
    }
    if let Some(owner) = package.owner() {
        properties
            .push(property("owner", format!("{}:{} {}", owner.kind, owner.name, owner.version)));
    }
    for evidence in &package.evidence {
        properties.push(property("layer", evidence.layer.to_string()));
        properties.push(property("state", evidence.state.as_str().to_owned()));
        properties.push(property("part", evidence.part.to_owned()));
    }
    Component {
        kind: "library",
        bom_ref: unique(&package.purl, references),
        publisher: package.vendor.as_deref(),
        group,
        name,
        version: &package.id.version,
        licenses: licenses(package),
        cpe: package.cpes.first().map(String::as_str),
        purl: &package.purl,
        evidence: Some(Evidence { occurrences: package.evidence.iter().map(occurrence).collect() }),
        properties,
    }
}

fn licenses(package: &Package) -> Vec<LicenseChoice<'_>> {
    match package.license_expression() {
        Some(expression) => vec![LicenseChoice::Expression(expression)],
        None => {
            let names = package.licenses.iter().map(License::as_str);
            names.map(|name| LicenseChoice::License(LicenseName { name })).collect()
        }
    }
}

/// A reference must be unique; packages whose names give equal purls get a number.
fn unique(purl: &str, references: &mut BTreeMap<String, u32>) -> String {
    let count = references.entry(purl.to_owned()).or_default();
    *count += 1;
    if *count == 1 { purl.to_owned() } else { format!("{purl}#{count}") }
}

fn occurrence(evidence: &plimsoll_core::Evidence) -> Occurrence {
    let location = match &evidence.inner_path {
        Some(inner) => format!("/{}!/{inner}", evidence.path),
        None => format!("/{}", evidence.path),
    };
    Occurrence { location }
}

/// Coverage goes into the document, since a list that is silently short would be taken for the whole.
fn coverage(report: &ScanReport) -> Vec<Property> {
    let mut properties = vec![Property {
        name: "plimsoll:coverage".to_owned(),
        value: report.inventory_verdict().to_owned(),
    }];
    // Readers take an operating system among the components for the one of all packages.
    properties.extend(report.inventory.other_systems.iter().map(|(name, system)| {
        let roots = system.roots.iter().map(|root| format!("/{root}"));
        Property {
            name: format!("plimsoll:system:{name}"),
            value: roots.collect::<Vec<_>>().join(" "),
        }
    }));
    properties.extend(report.coverage.problems.iter().map(|problem| Property {
        name: format!("plimsoll:problem:{}", problem.kind),
        value: match &problem.path {
            Some(path) => format!("/{path}: {}", problem.detail),
            None => problem.detail.clone(),
        },
    }));
    properties
}

/// A UUID of version 8 (RFC 9562, section 5.8) over the document.
fn serial_number(document: &[u8]) -> String {
    let hash = blake3::hash(document);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "urn:uuid:{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
