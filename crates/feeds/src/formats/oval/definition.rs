//! What a definition says besides its criteria.

use super::super::time::rfc3339;
use super::super::xml::Element;
use super::criteria::Node;
use super::document::Slots;
use super::leaf::{Test, bounded};

/// Products, releases and components of one definition that are read.
const LISTED: usize = 4096;

/// What a definition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// An erratum: true where a fix is missing.
    Patch,
    /// A flaw: true where a package has it.
    Vulnerability,
    /// Something that other definitions build upon, such as that a release is installed.
    Other,
}

/// One definition.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) id: String,
    pub(crate) class: Class,
    pub(crate) title: String,
    pub(crate) description: String,
    /// The products that it is about, in words.
    pub(crate) platforms: Vec<String>,
    pub(crate) references: Vec<Reference>,
    /// The vendor's word on how bad it is, in lower case.
    pub(crate) severity: String,
    /// RFC 3339.
    pub(crate) issued: Option<String>,
    pub(crate) updated: Option<String>,
    pub(crate) cves: Vec<Cve>,
    pub(crate) cpes: Vec<String>,
    /// Red Hat's: which components are in which state.
    pub(crate) resolutions: Vec<Resolution>,
    /// Microsoft's: `true`, `false` or `Not Applicable`.
    pub(crate) patchable: String,
    pub(super) criteria: Node,
    /// It lists more products than are read.
    pub(super) is_overlong: bool,
}

#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) source: String,
    pub(crate) id: String,
    pub(crate) url: String,
}

/// A CVE that an advisory names.
#[derive(Debug)]
pub(crate) struct Cve {
    pub(crate) id: String,
    pub(crate) url: String,
    /// The vendor's word on how bad it is, in lower case.
    pub(crate) severity: String,
    /// CVSS vectors: of version 2 without a prefix.
    pub(crate) vectors: Vec<String>,
    pub(crate) cwes: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Resolution {
    pub(crate) state: String,
    pub(crate) components: Vec<String>,
}

impl Definition {
    pub(super) fn read(element: &Element, tests: &mut Slots<Test>) -> Self {
        let none = Element::default();
        let metadata = element.child("metadata").unwrap_or(&none);
        // Vendors put what belongs into an advisory beside it, or into an element of their own.
        let own = metadata.child("advisory").or_else(|| metadata.child("debian"));
        let advisory = own.unwrap_or(metadata);
        let cpes = advisory.child("affected_cpe_list").into_iter().flat_map(Element::elements);
        let affected =
            advisory.child("affected").into_iter().flat_map(|one| one.children("resolution"));
        let date = |name: &str| {
            let dated = advisory.child(name)?;
            let date = match dated.attribute("date") {
                "" => dated.text(),
                date => date,
            };
            rfc3339(date)
        };
        let platforms = metadata.child("affected").into_iter();
        let platforms = platforms.flat_map(|affected| affected.children("platform"));
        let platforms: Vec<_> =
            platforms.map(|name| bounded(&words(name.text())).to_owned()).collect();
        let cpes: Vec<_> = cpes.map(|cpe| bounded(cpe.text()).to_owned()).collect();
        let resolutions: Vec<_> = affected.map(resolution).collect();
        let components = resolutions.iter().map(|one| one.components.len() + 1).sum::<usize>();
        let is_overlong = [platforms.len(), cpes.len(), components].iter().any(|&len| len > LISTED);
        Self {
            id: element.attribute("id").to_owned(),
            is_overlong,
            class: match element.attribute("class") {
                "patch" => Class::Patch,
                "vulnerability" => Class::Vulnerability,
                _ => Class::Other,
            },
            title: words(metadata.text_of("title")),
            description: metadata.text_of("description").to_owned(),
            platforms,
            references: metadata.children("reference").map(reference).collect(),
            severity: advisory.text_of("severity").to_lowercase(),
            issued: ["issued", "advisory_date", "date", "public_date"].into_iter().find_map(date),
            updated: date("updated"),
            cves: advisory.children("cve").map(cve).collect(),
            cpes,
            resolutions,
            patchable: metadata.text_of("patchable").to_owned(),
            criteria: { element.child("criteria") }
                .map_or(Node::All(Vec::new()), |criteria| Node::read(criteria, tests)),
        }
    }

    /// The id of its first reference of such a source; empty where there is none.
    pub(crate) fn reference(&self, source: &str) -> &str {
        let own = self.references.iter().find(|one| one.source.eq_ignore_ascii_case(source));
        own.map_or("", |one| one.id.as_str())
    }

    /// The CVEs that it names, sorted.
    pub(crate) fn cve_ids(&self) -> Vec<String> {
        let references = self.references.iter().filter_map(|one| cve_in(&one.id));
        let named = self.cves.iter().filter_map(|one| cve_in(&one.id));
        let mut ids: Vec<_> = references.chain(named).map(str::to_owned).collect();
        ids.sort();
        ids.dedup();
        ids
    }
}

/// The CVE that a text names, such as `Mitre CVE-2001-1267`.
pub(super) fn cve_in(text: &str) -> Option<&str> {
    let named = text.get(text.rfind("CVE-")?..)?;
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let end = named.find(|character| !is_part(character)).unwrap_or(named.len());
    named.get(..end)
}

/// A text in one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn reference(element: &Element) -> Reference {
    let text = |name| element.attribute(name).trim().to_owned();
    Reference { source: text("source"), id: text("ref_id"), url: text("ref_url") }
}

fn cve(element: &Element) -> Cve {
    let vectors = ["cvss2", "cvss", "cvss3", "cvss4", "cvss_vector"].iter();
    let cwe = element
        .attribute("cwe")
        .split(|character: char| !character.is_ascii_alphanumeric() && character != '-');
    // `CWE-213->CWE-1268` is a chain.
    let cwe = cwe.map(|id| id.trim_end_matches('-')).filter(|id| id.starts_with("CWE-"));
    Cve {
        id: element.text().to_owned(),
        url: element.attribute("href").to_owned(),
        severity: element.attribute("priority").to_lowercase(),
        vectors: vectors.filter_map(|name| vector(element.attribute(name))).collect(),
        cwes: cwe.map(str::to_owned).collect(),
    }
}

/// A vector without the score before it, as in `7.8/CVSS:3.1/AV:L/…`.
fn vector(text: &str) -> Option<String> {
    let start = text.find("CVSS:").or_else(|| text.find("AV:"))?;
    text.get(start..).map(|vector| vector.trim().to_owned())
}

fn resolution(element: &Element) -> Resolution {
    let components = element.children("component").map(|one| bounded(one.text()).to_owned());
    Resolution { state: element.attribute("state").to_owned(), components: components.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cves_and_vectors_in_every_form_of_theirs() {
        for (text, expected) in [
            ("Mitre CVE-2001-1267", Some("CVE-2001-1267")),
            ("CVE:00001:CVE-2019-16168", Some("CVE-2019-16168")),
            ("CVE-2014-8105 at SUSE", Some("CVE-2014-8105")),
            ("SUSE-SU-2022:2147-1", None),
        ] {
            assert_eq!(cve_in(text), expected, "{text}");
        }
        for (text, expected) in [
            ("7.8/AV:N/AC:L", Some("AV:N/AC:L")),
            ("6.5/CVSS:3.0/AV:N/AC:L", Some("CVSS:3.0/AV:N/AC:L")),
            ("", None),
        ] {
            assert_eq!(vector(text).as_deref(), expected, "{text}");
        }
    }
}
