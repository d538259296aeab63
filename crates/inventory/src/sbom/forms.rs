//! The other forms of the same documents, as the JSON that the readers take: SPDX 2 as lines of tags and values (spdx-spec, "Tag-value
//! format"), CycloneDX 1 as XML (ECMA-424, `bom-1.x.xsd`).
//!
//! The JSON is written as the document is read, so that it is no larger than that; the readers' limits hold for it as for any.

use serde_json::{Map, Value, json};

use crate::xml::{Part, Parts, unescaped};

/// Relationships that are taken over, references of one package, licences of one component.
const MOST_RELATIONSHIPS: usize = 1_000_000;
const MOST_REFERENCES: usize = 1_000;
const MOST_LICENSES: usize = 32;
/// Elements inside one another, and components.
const DEEPEST: usize = 1_000;
const DEEPEST_COMPONENT: usize = 16;

/// What a document became.
pub(super) struct Converted {
    pub(super) json: String,
    /// What was not read as it should be.
    pub(super) problem: Option<&'static str>,
}

/// A list in JSON, member by member.
#[derive(Default)]
struct List {
    text: String,
    count: usize,
}

impl List {
    fn push(&mut self, member: &Value) {
        let separator = if self.count == 0 { "" } else { "," };
        self.text.push_str(separator);
        self.text.push_str(&member.to_string());
        self.count += 1;
    }
}

/// True for a document of tags and values, which may begin with comments.
pub(super) fn is_tags(text: &str) -> bool {
    let is_said = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    lines(text).find(is_said).is_some_and(|line| line.starts_with("SPDXVersion:"))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r'])
}

/// SPDX 2 as tags and values: packages with their references, and relationships.
pub(super) fn spdx_of_tags(text: &str) -> Converted {
    let (mut packages, mut relationships) = (List::default(), List::default());
    let mut open: Option<Map<String, Value>> = None;
    let (mut version, mut problem) = ("", None);
    let mut lines = lines(text);
    while let Some(line) = lines.next() {
        let Some((tag, value)) = line.split_once(':') else { continue };
        let (tag, mut value) = (tag.trim(), value.trim());
        if let Some(rest) = value.strip_prefix("<text>") {
            value = match rest.split_once("</text>") {
                Some((inner, _)) => inner,
                None => {
                    if !lines.by_ref().any(|line| line.contains("</text>")) {
                        problem = Some("a text in it has no end");
                    }
                    rest
                }
            };
        }
        match tag {
            "SPDXVersion" => version = value,
            "PackageName" => {
                let begun = Map::from_iter([("name".to_owned(), value.into())]);
                open.replace(begun).into_iter().for_each(|done| packages.push(&done.into()));
            }
            // What follows is said of a file, a snippet, a licence.
            "FileName" | "SnippetSPDXID" | "LicenseID" => {
                open.take().into_iter().for_each(|done| packages.push(&done.into()));
            }
            "Relationship" if relationships.count < MOST_RELATIONSHIPS => {
                let mut words = value.split_whitespace();
                if let (Some(one), Some(kind), Some(other)) =
                    (words.next(), words.next(), words.next())
                {
                    relationships.push(&json!({
                        "spdxElementId": one,
                        "relationshipType": kind,
                        "relatedSpdxElement": other,
                    }));
                }
            }
            _ => open.iter_mut().for_each(|package| of_package(package, tag, value)),
        }
    }
    open.into_iter().for_each(|done| packages.push(&done.into()));
    let version = Value::from(version);
    let (packages, relationships) = (packages.text, relationships.text);
    let json = format!(
        "{{\"spdxVersion\":{version},\"packages\":[{packages}],\"relationships\":[{relationships}]}}"
    );
    Converted { json, problem }
}

fn of_package(package: &mut Map<String, Value>, tag: &str, value: &str) {
    let key = match tag {
        "SPDXID" => "SPDXID",
        "PackageVersion" => "versionInfo",
        "PackageLicenseConcluded" => "licenseConcluded",
        "PackageLicenseDeclared" => "licenseDeclared",
        "PrimaryPackagePurpose" => "primaryPackagePurpose",
        "ExternalRef" => {
            let mut words = value.split_whitespace().skip(1);
            if let (Some(kind), Some(locator)) = (words.next(), words.next())
                && let Value::Array(references) =
                    package.entry("externalRefs").or_insert_with(|| Value::Array(Vec::new()))
                && references.len() < MOST_REFERENCES
            {
                references.push(json!({ "referenceType": kind, "referenceLocator": locator }));
            }
            return;
        }
        _ => return,
    };
    package.insert(key.to_owned(), value.into());
}

/// A component that is open.
struct Component {
    fields: Map<String, Value>,
    licenses: Vec<Value>,
    /// Elements around it, itself among them.
    depth: usize,
    is_excluded: bool,
}

/// CycloneDX 1 as XML: all components, those inside of others too, one after the other.
pub(super) fn cyclonedx_of_xml(bytes: &[u8]) -> Converted {
    let mut around: Vec<&[u8]> = Vec::new();
    let mut open: Vec<Component> = Vec::new();
    let mut components = List::default();
    // Of the element that is open last, in as many pieces as it has.
    let mut text = String::new();
    for part in Parts(bytes) {
        match part {
            Part::Open(tag) => {
                let is_listed = tag.name == b"component" && lists_components(&around, &open);
                around.push(tag.name);
                text.clear();
                if is_listed {
                    let kind = tag.attribute("type");
                    let kind = kind.map(|kind| ("type".to_owned(), kind.into()));
                    open.push(Component {
                        fields: kind.into_iter().collect(),
                        licenses: Vec::new(),
                        depth: around.len(),
                        is_excluded: open.last().is_some_and(|outer| outer.is_excluded),
                    });
                }
                if around.len() > DEEPEST || open.len() > DEEPEST_COMPONENT {
                    let problem = Some("elements nested deeper than is read");
                    return Converted { json: cyclonedx(&components), problem };
                }
            }
            Part::Empty(_) => {}
            Part::Close => {
                if let Some(component) = open.last_mut()
                    && let Some(inside) = around.get(component.depth..)
                {
                    component.take(inside, text.trim());
                }
                text.clear();
                if let Some(done) = open.pop_if(|component| component.depth == around.len())
                    && !done.is_excluded
                {
                    let mut fields = done.fields;
                    fields.insert("licenses".to_owned(), done.licenses.into());
                    components.push(&fields.into());
                }
                around.pop();
            }
            Part::Text(piece) => text.push_str(&unescaped(&String::from_utf8_lossy(piece))),
        }
    }
    let problem = (!around.is_empty()).then_some("it is broken off");
    Converted { json: cyclonedx(&components), problem }
}

fn cyclonedx(components: &List) -> String {
    format!("{{\"bomFormat\":\"CycloneDX\",\"components\":[{}]}}", components.text)
}

/// True within the document's own list of components, or within that of one of them: tools and build steps have lists of the same name.
fn lists_components(around: &[&[u8]], open: &[Component]) -> bool {
    match (around, open.last()) {
        ([b"bom", b"components"], None) => true,
        ([.., b"components"], Some(outer)) => outer.depth + 1 == around.len(),
        _ => false,
    }
}

impl Component {
    /// Takes the text of an element, which lies in the component within these.
    fn take(&mut self, inside: &[&[u8]], text: &str) {
        match inside {
            [b"scope"] => self.is_excluded |= text == "excluded",
            [name @ (b"group" | b"name" | b"version" | b"purl" | b"cpe")] => {
                self.fields.insert(String::from_utf8_lossy(name).into_owned(), text.into());
            }
            _ if self.licenses.len() >= MOST_LICENSES => {}
            [b"licenses", b"expression"] => self.licenses.push(json!({ "expression": text })),
            [b"licenses", b"license", b"id" | b"name"] => {
                self.licenses.push(json!({ "license": { "name": text } }));
            }
            _ => {}
        }
    }
}
