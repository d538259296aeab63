//! An advisory out of XML or out of JSON, which has the same elements with their names in capitals.

use serde::Deserialize;

use crate::document::Document;
use crate::formats::xml::{self, Element};

#[derive(Default)]
pub(super) struct Glsa {
    /// `202305-28`.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) synopsis: String,
    pub(super) announced: String,
    pub(super) revised: String,
    /// `low`, `normal`, `high`.
    pub(super) impact: String,
    pub(super) packages: Vec<Package>,
    /// Text and address.
    pub(super) references: Vec<(String, String)>,
}

#[derive(Default)]
pub(super) struct Package {
    /// `category/name`.
    pub(super) name: String,
    /// `*`, or architectures between blanks.
    pub(super) arch: String,
    pub(super) unaffected: Vec<Range>,
    pub(super) vulnerable: Vec<Range>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Range {
    #[serde(rename = "Text")]
    pub(super) version: String,
    /// `lt`, `le`, `eq`, `ge`, `gt`; with an `r` before it, among the revisions of that version.
    #[serde(rename = "Range")]
    pub(super) kind: String,
    /// Empty or `*` for all.
    #[serde(rename = "Slot", default)]
    pub(super) slot: String,
}

impl Glsa {
    /// `None` where the document is not an advisory.
    pub(super) fn read(document: &Document<'_>) -> Option<Self> {
        let text = document.text()?;
        let glsa = if text.trim_start().starts_with('{') {
            serde_json::from_str::<Json>(text).ok()?.into()
        } else {
            let mut found = None;
            xml::for_each(text, &["glsa"], &mut |element| found = Some(element)).ok()?;
            of_xml(&found.filter(|element| element.name == "glsa")?)
        };
        (!glsa.id.is_empty()).then_some(glsa)
    }
}

fn of_xml(glsa: &Element) -> Glsa {
    let packages = glsa.children("affected").flat_map(|affected| affected.children("package"));
    let uris = glsa.children("references").flat_map(|references| references.children("uri"));
    Glsa {
        id: glsa.attribute("id").to_owned(),
        title: glsa.text_of("title").to_owned(),
        synopsis: glsa.text_of("synopsis").to_owned(),
        announced: glsa.text_of("announced").to_owned(),
        revised: glsa.text_of("revised").to_owned(),
        impact: glsa.child("impact").map_or("", |impact| impact.attribute("type")).to_owned(),
        packages: packages.map(package_of_xml).collect(),
        references: uris
            .map(|uri| (uri.text().to_owned(), uri.attribute("link").to_owned()))
            .collect(),
    }
}

fn package_of_xml(package: &Element) -> Package {
    let range = |element: &Element| Range {
        version: element.text().to_owned(),
        kind: element.attribute("range").to_owned(),
        slot: element.attribute("slot").to_owned(),
    };
    Package {
        name: package.attribute("name").to_owned(),
        arch: package.attribute("arch").to_owned(),
        unaffected: package.children("unaffected").map(range).collect(),
        vulnerable: package.children("vulnerable").map(range).collect(),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Json {
    #[serde(rename = "ID")]
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    synopsis: String,
    #[serde(default)]
    announced: String,
    revised: Option<JsonText>,
    impact: Option<JsonText>,
    affected: JsonAffected,
    references: Option<JsonReferences>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct JsonText {
    text: String,
    #[serde(rename = "Type")]
    kind: String,
    link: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct JsonAffected {
    package: Option<Vec<JsonPackage>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct JsonPackage {
    name: String,
    #[serde(default)]
    arch: String,
    unaffected: Option<Vec<Range>>,
    vulnerable: Option<Vec<Range>>,
}

#[derive(Deserialize)]
struct JsonReferences {
    #[serde(rename = "URI")]
    uri: Option<Vec<JsonText>>,
}

impl From<Json> for Glsa {
    fn from(json: Json) -> Self {
        let package = |package: JsonPackage| Package {
            name: package.name,
            arch: package.arch,
            unaffected: package.unaffected.unwrap_or_default(),
            vulnerable: package.vulnerable.unwrap_or_default(),
        };
        let references = json.references.and_then(|references| references.uri);
        Self {
            id: json.id,
            title: json.title,
            synopsis: json.synopsis,
            announced: json.announced,
            revised: json.revised.unwrap_or_default().text,
            impact: json.impact.unwrap_or_default().kind,
            packages: json.affected.package.into_iter().flatten().map(package).collect(),
            references: references
                .into_iter()
                .flatten()
                .map(|uri| (uri.text.trim().to_owned(), uri.link))
                .collect(),
        }
    }
}
