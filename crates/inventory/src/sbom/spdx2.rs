//! SPDX 2.2 and 2.3 as JSON (spdx.github.io/spdx-spec): packages, and relationships between them.
//!
//! A document also names what its packages were made from: source archives, repositories, build tools. Those are not in the image.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::entry::{Entry, Reader};
use super::{Document, json};

/// References to other systems that are read of one package.
const MOST_REFERENCES: usize = 1_000;
/// Relationships that are read, for each package that may be.
const RELATIONSHIPS_PER_PACKAGE: usize = 20;
const DOCUMENT: &str = "SPDXRef-DOCUMENT";

/// Relationships whose second member is in the first or needed by it.
const HAS: [&str; 5] =
    ["CONTAINS", "DEPENDS_ON", "DYNAMIC_LINK", "HAS_PREREQUISITE", "STATIC_LINK"];
/// Relationships whose first member is in the second or needed by it.
const IS_IN: [&str; 4] =
    ["CONTAINED_BY", "DEPENDENCY_OF", "PREREQUISITE_FOR", "RUNTIME_DEPENDENCY_OF"];
/// Relationships whose second member only served to make the first.
const MADE_FROM: [&str; 2] = ["DESCRIBED_BY", "GENERATED_FROM"];
/// Relationships whose first member only served to make the second.
const MADE: [&str; 8] = [
    "BUILD_DEPENDENCY_OF",
    "BUILD_TOOL_OF",
    "DEV_DEPENDENCY_OF",
    "DEV_TOOL_OF",
    "GENERATES",
    "TEST_DEPENDENCY_OF",
    "TEST_OF",
    "TEST_TOOL_OF",
];
/// What packages are for that are no software in an image.
const OTHER_PURPOSES: [&str; 7] =
    ["ARCHIVE", "CONTAINER", "DEVICE", "FILE", "FIRMWARE", "OPERATING-SYSTEM", "SOURCE"];

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow, rename = "SPDXID", default, deserialize_with = "json::lenient")]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, rename = "versionInfo", default, deserialize_with = "json::lenient")]
    version: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "licenseConcluded", default, deserialize_with = "json::lenient")]
    concluded: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "licenseDeclared", default, deserialize_with = "json::lenient")]
    declared: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "primaryPackagePurpose", default, deserialize_with = "json::lenient")]
    purpose: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "externalRefs")]
    references: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow, rename = "referenceType")]
    kind: Cow<'a, str>,
    #[serde(borrow, rename = "referenceLocator")]
    locator: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Relationship<'a> {
    #[serde(borrow, rename = "spdxElementId")]
    one: Cow<'a, str>,
    #[serde(borrow, rename = "relatedSpdxElement")]
    other: Cow<'a, str>,
    #[serde(borrow, rename = "relationshipType")]
    kind: Cow<'a, str>,
}

/// What the relationships say of packages, by their identifiers in the document.
#[derive(Default)]
struct Roles<'a> {
    /// What the document is about.
    roots: HashSet<Cow<'a, str>>,
    present: HashSet<Cow<'a, str>>,
    /// What others were made from or with.
    material: HashSet<Cow<'a, str>>,
}

pub(super) fn read(document: &Document<'_>, reader: &mut Reader) {
    let most = reader.packages_left();
    let roles = Roles::new(document, most.saturating_mul(RELATIONSHIPS_PER_PACKAGE));
    let (members, has_more) = json::members(document.packages, most);
    if has_more {
        reader.is_cut();
    }
    for member in members {
        let Ok(package) = serde_json::from_str::<Package<'_>>(member.get()) else {
            reader.bad_entry();
            continue;
        };
        let id = package.id.as_deref().unwrap_or_default();
        if roles.is_material(id) || id == DOCUMENT {
            continue;
        }
        let is_root = roles.roots.contains(id);
        if let Some(entry) = entry(package, is_root) {
            reader.take(entry);
        }
    }
}

impl<'a> Roles<'a> {
    fn new(document: &Document<'a>, most: usize) -> Self {
        let mut roles = Self::default();
        let (described, _) = json::members(document.document_describes, most);
        roles.roots.extend(described.into_iter().filter_map(json::text).map(Cow::Owned));
        let (relationships, _) = json::members(document.relationships, most);
        for raw in relationships {
            if let Ok(relationship) = serde_json::from_str::<Relationship<'_>>(raw.get()) {
                roles.take(relationship);
            }
        }
        roles
    }

    fn take(&mut self, relationship: Relationship<'a>) {
        let Relationship { one, other, kind } = relationship;
        let is = |list: &[&str]| list.contains(&kind.as_ref());
        if one == DOCUMENT && is(&["DESCRIBES"]) {
            self.roots.insert(other);
        } else if other == DOCUMENT && is(&["DESCRIBED_BY"]) {
            self.roots.insert(one);
        } else if is(&MADE_FROM) {
            self.material.insert(other);
        } else if is(&MADE) {
            self.material.insert(one);
        } else if is(&IS_IN) {
            self.present.insert(one);
        } else if is(&HAS) && one != DOCUMENT {
            self.present.insert(other);
        }
    }

    fn is_material(&self, id: &str) -> bool {
        self.material.contains(id) && !self.present.contains(id) && !self.roots.contains(id)
    }
}

fn entry(package: Package<'_>, is_root: bool) -> Option<Entry> {
    let (mut purl, mut cpes) = (None, Vec::new());
    let (references, _) = json::members(package.references, MOST_REFERENCES);
    for raw in references {
        let Ok(reference) = serde_json::from_str::<Reference<'_>>(raw.get()) else { continue };
        match reference.kind.as_ref() {
            "purl" => purl = purl.or(Some(reference.locator.into_owned())),
            "cpe23Type" => cpes.push(reference.locator.into_owned()),
            _ => {}
        }
    }
    // Before SPDX 2.3 nothing said the purpose but the identifier that some gave.
    let is_system =
        package.id.as_deref().is_some_and(|id| id.starts_with("SPDXRef-OperatingSystem"));
    let purpose = package.purpose.as_deref();
    let purpose = purpose.unwrap_or(if is_system { "OPERATING-SYSTEM" } else { "" });
    let is_other = OTHER_PURPOSES.contains(&purpose);
    if purpose == "SOURCE" || (is_other && purl.is_none()) {
        return None;
    }
    let is_stated = |text: &Cow<'_, str>| !matches!(text.as_ref(), "" | "NOASSERTION" | "NONE");
    let license = package.concluded.filter(is_stated).or(package.declared.filter(is_stated));
    Some(Entry {
        group: None,
        name: package.name.into_owned(),
        version: package.version.filter(is_stated).map(Cow::into_owned),
        purl,
        cpes,
        licenses: license.map(Cow::into_owned).into_iter().collect(),
        is_root,
    })
}
