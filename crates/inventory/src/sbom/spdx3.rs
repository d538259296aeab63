//! SPDX 3.0 as JSON-LD (spdx.github.io/spdx-spec): a graph of elements, among them packages, licences and relationships.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::entry::{Entry, Reader};
use super::json;

/// Elements that are read, for each package that may be: files, licences and relationships are elements too.
const ELEMENTS_PER_PACKAGE: usize = 20;
const MOST_REFERENCES: usize = 1_000;
/// What packages are for that are no software in an image.
const OTHER_PURPOSES: [&str; 7] =
    ["archive", "container", "device", "file", "firmware", "operatingSystem", "source"];

#[derive(Deserialize)]
struct Element<'a> {
    #[serde(borrow, rename = "type", default, deserialize_with = "json::lenient")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "spdxId", default, deserialize_with = "json::lenient")]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "json::lenient")]
    name: Option<Cow<'a, str>>,
    #[serde(
        borrow,
        rename = "software_packageVersion",
        default,
        deserialize_with = "json::lenient"
    )]
    version: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "software_packageUrl", default, deserialize_with = "json::lenient")]
    purl: Option<Cow<'a, str>>,
    #[serde(
        borrow,
        rename = "software_primaryPurpose",
        default,
        deserialize_with = "json::lenient"
    )]
    purpose: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "externalIdentifier")]
    identifiers: Option<&'a RawValue>,
    #[serde(
        borrow,
        rename = "simplelicensing_licenseExpression",
        default,
        deserialize_with = "json::lenient"
    )]
    expression: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "relationshipType", default, deserialize_with = "json::lenient")]
    relationship: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "json::lenient")]
    from: Option<Cow<'a, str>>,
    #[serde(borrow)]
    to: Option<&'a RawValue>,
    #[serde(borrow, rename = "rootElement")]
    roots: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(rename = "externalIdentifierType")]
    kind: String,
    identifier: String,
}

/// What other elements say of packages.
#[derive(Default)]
struct Context<'a> {
    roots: HashSet<String>,
    material: HashSet<String>,
    present: HashSet<String>,
    /// The expressions of licence elements.
    expressions: HashMap<Cow<'a, str>, Cow<'a, str>>,
    /// Licences by package: what was concluded before what was declared.
    concluded: HashMap<Cow<'a, str>, Vec<String>>,
    declared: HashMap<Cow<'a, str>, Vec<String>>,
}

pub(super) fn read(graph: Option<&RawValue>, reader: &mut Reader) {
    let most = reader.packages_left().saturating_mul(ELEMENTS_PER_PACKAGE);
    let (members, has_more) = json::members(graph, most);
    if has_more {
        reader.is_cut();
    }
    let mut context = Context::default();
    let mut packages = Vec::new();
    for member in members {
        let Ok(element) = serde_json::from_str::<Element<'_>>(member.get()) else {
            reader.bad_entry();
            continue;
        };
        match element.kind.as_deref() {
            Some("software_Package") => packages.push(element),
            Some(_) => context.take(element),
            None => {}
        }
    }
    for package in packages {
        match context.entry(package) {
            Some(Some(entry)) => reader.take(entry),
            Some(None) => reader.bad_entry(),
            None => {}
        }
    }
}

impl<'a> Context<'a> {
    fn take(&mut self, element: Element<'a>) {
        self.roots.extend(ids(element.roots));
        if let (Some(id), Some(expression)) = (element.id, element.expression) {
            self.expressions.insert(id, expression);
        }
        let (Some(kind), Some(from)) = (element.relationship, element.from) else { return };
        match kind.as_ref() {
            "hasConcludedLicense" => {
                self.concluded.entry(from).or_default().extend(ids(element.to));
            }
            "hasDeclaredLicense" => self.declared.entry(from).or_default().extend(ids(element.to)),
            "contains" | "dependsOn" | "hasDynamicLink" | "hasStaticLink" => {
                self.present.extend(ids(element.to));
            }
            "ancestorOf" | "generates" => {
                self.material.insert(from.into_owned());
            }
            "usesTool" | "descendantOf" => self.material.extend(ids(element.to)),
            _ => {}
        }
    }

    /// `None` where the package is meant to be none, `Some(None)` where it has no name.
    fn entry(&self, package: Element<'_>) -> Option<Option<Entry>> {
        let id = package.id.as_deref().unwrap_or_default();
        let is_root = self.roots.contains(id);
        let is_material = self.material.contains(id) && !self.present.contains(id) && !is_root;
        let mut purl = package.purl.map(Cow::into_owned);
        let mut cpes = Vec::new();
        let (identifiers, _) = json::members(package.identifiers, MOST_REFERENCES);
        for raw in identifiers {
            let Ok(found) = serde_json::from_str::<Identifier>(raw.get()) else { continue };
            match found.kind.as_str() {
                "packageUrl" => purl = purl.or(Some(found.identifier)),
                "cpe23" => cpes.push(found.identifier),
                _ => {}
            }
        }
        let purpose = package.purpose.as_deref().unwrap_or_default();
        let is_other = OTHER_PURPOSES.contains(&purpose) && (purl.is_none() || purpose == "source");
        if is_material || is_other {
            return None;
        }
        let Some(name) = package.name else { return Some(None) };
        Some(Some(Entry {
            group: None,
            name: name.into_owned(),
            version: package.version.map(Cow::into_owned),
            purl,
            cpes,
            licenses: self.licenses(id),
            is_root,
        }))
    }

    fn licenses(&self, id: &str) -> Vec<String> {
        let expressions = |of: &HashMap<Cow<'_, str>, Vec<String>>| -> Vec<String> {
            let ids = of.get(id).into_iter().flatten();
            ids.filter_map(|id| self.expressions.get(id.as_str()))
                .map(ToString::to_string)
                .collect()
        };
        let concluded = expressions(&self.concluded);
        if concluded.is_empty() { expressions(&self.declared) } else { concluded }
    }
}

/// The identifiers of other elements: a list, or a single one.
fn ids(raw: Option<&RawValue>) -> Vec<String> {
    let single = raw.and_then(json::text);
    let (members, _) = json::members(raw, MOST_REFERENCES);
    single.into_iter().chain(members.into_iter().filter_map(json::text)).collect()
}
