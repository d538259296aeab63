//! The Common Vulnerability Reporting Framework, the XML before CSAF (ICASI CVRF 1.1, OASIS CVRF 1.2): a document for each erratum or flaw,
//! with a tree of products, relations that put packages into products, and the status of each flaw in them.

#[cfg(test)]
pub(crate) mod testing;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_advisory::{Advisory, Affected, Interval, NameKind, Status};

use super::claims;
use super::modules::stream;
use super::oval::Platform;
use super::rpm::Nevra;
use super::time::rfc3339;
use super::xml::{Element, for_each};
use crate::document::{Document, Outline};
use crate::import::{Import, NotOfThisFeed};

/// Relations that may lie between a package and its product: a module is one.
const RELATIONS: usize = 4;

/// Bytes of a name, which many components may repeat.
const LONGEST: usize = 1024;

/// Who publishes, and what is meant.
pub(crate) struct Publisher {
    /// The id of the feed.
    pub(crate) feed: &'static str,
    /// Whose word its severities are.
    pub(crate) source: &'static str,
    /// The release that a product is; `None` for what is none, such as an image.
    pub(crate) release: fn(&Product) -> Option<Platform>,
    /// Which packages are named, where that departs from the family's custom.
    pub(crate) names: Option<NameKind>,
    /// Where no relation puts packages into products: the package and the release of a product that is both.
    pub(crate) package: fn(&Product) -> Option<(Platform, Package)>,
}

/// A product of the tree.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) name: String,
    pub(crate) cpe: String,
}

/// A package in a version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Empty where none is named.
    pub(crate) version: String,
    /// Empty for all.
    pub(crate) arch: String,
}

impl Package {
    /// `kernel` in `0:4.18.0-372.75.1.el8_6` of `kernel-0:4.18.0-372.75.1.el8_6`, the version as it is written.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let Nevra { name, evr, arch } = Nevra::of(text)?;
        Some(Self { name: name.to_owned(), version: evr.to_owned(), arch: arch.to_owned() })
    }
}

/// True for a document that such a publisher made, by a word of what it says of itself.
pub(crate) fn is_by(outline: &Outline<'_>, word: &str) -> bool {
    let publisher = outline.beginning.split("DocumentPublisher").nth(1);
    outline.is_xml_of("cvrfdoc") && publisher.is_some_and(|text| text.contains(word))
}

#[derive(Default)]
struct Report {
    id: String,
    title: String,
    details: String,
    severity: String,
    published: Option<String>,
    modified: Option<String>,
    references: Vec<String>,
    /// By their ids; one id may be several.
    products: BTreeMap<String, Vec<Product>>,
    /// Of a component's id: the package, and the product that it is part of.
    relations: BTreeMap<String, (String, String)>,
    flaws: Vec<Flaw>,
}

/// A package that is part of a product, perhaps of a module in it: `name:stream`.
struct Component<'a> {
    product: &'a Product,
    package: &'a String,
    module: Option<String>,
}

struct Flaw {
    cve: String,
    impact: String,
    vectors: Vec<String>,
    /// Each with the ids of products and components.
    statuses: Vec<(Status, bool, Vec<String>)>,
}

/// Reads one document.
pub(crate) fn import(
    document: &Document<'_>,
    import: &mut Import<'_>,
    publisher: &Publisher,
) -> Result<(), NotOfThisFeed> {
    let report = Report::read(&document.lossy_text()).ok_or(NotOfThisFeed)?;
    let mut affected = BTreeMap::new();
    let mut is_of_releases = true;
    for (status, is_fixed, id) in report.statuses() {
        let Some(Component { product, package, module }) = report.component(id) else {
            // Of a whole product; its packages are named apart.
            if report.products.contains_key(id) && !report.relations.is_empty() {
                import.tally.ignore("status of a whole product");
            }
            continue;
        };
        if [&product.name, &product.cpe, package].iter().any(|text| text.len() > LONGEST) {
            import.tally.reject("overlong name");
            continue;
        }
        let Some(platform) = (publisher.release)(product) else {
            import.tally.ignore("product that is no release");
            is_of_releases = false;
            continue;
        };
        let known = if is_fixed { Package::of(package) } else { None };
        let Some(package) = known.or_else(|| (!is_fixed).then(|| unversioned(package))) else {
            import.tally.reject("package without a version");
            continue;
        };
        add(&mut affected, one(&platform, &package, (status, publisher)), module);
    }
    if affected.is_empty() {
        let products = report.products.values().flatten();
        for (platform, package) in products.filter_map(publisher.package) {
            add(&mut affected, one(&platform, &package, (Status::Affected, publisher)), None);
        }
    }
    let arches = |set: BTreeSet<String>| set.into_iter().filter(|arch| arch != "noarch").collect();
    let affected: Vec<_> =
        affected.into_iter().map(|(one, set)| Affected { arches: arches(set), ..one }).collect();
    if affected.is_empty() {
        if is_of_releases {
            import.tally.reject("no package at all");
        }
        return Ok(());
    }
    import.push(Advisory { affected, ..report.advisory(publisher) });
    Ok(())
}

fn unversioned(name: &str) -> Package {
    Package { name: name.to_owned(), version: String::new(), arch: String::new() }
}

fn one(
    platform: &Platform,
    package: &Package,
    (status, publisher): (Status, &Publisher),
) -> Affected {
    let intervals = match status {
        Status::NotAffected => Vec::new(),
        _ if package.version.is_empty() => vec![Interval::ALL],
        _ => vec![Interval::below(package.version.clone())],
    };
    Affected {
        family: platform.family.to_owned(),
        release: platform.release.clone(),
        package: package.name.clone(),
        names: publisher.names,
        intervals,
        status,
        arches: Some(package.arch.clone()).filter(|arch| !arch.is_empty()).into_iter().collect(),
        ..Affected::default()
    }
}

/// What differs in nothing but the architecture is one.
fn add(
    all: &mut BTreeMap<Affected, BTreeSet<String>>,
    mut affected: Affected,
    module: Option<String>,
) {
    let arches = std::mem::take(&mut affected.arches);
    affected.module = module;
    all.entry(affected).or_default().extend(arches);
}

impl Report {
    /// `None` where the text is no whole document.
    fn read(text: &str) -> Option<Self> {
        let mut report = Self::default();
        let mut root = None;
        let wanted = [
            "AggregateSeverity",
            "DocumentNotes",
            "DocumentReferences",
            "DocumentTitle",
            "DocumentTracking",
            "ProductTree",
            "Vulnerability",
        ];
        let outcome = for_each(text, &wanted, &mut |element| match root {
            None => root = Some(element.name == "cvrfdoc"),
            Some(_) => report.take(&element),
        });
        (root == Some(true) && outcome.is_ok() && !report.id.is_empty()).then_some(report)
    }

    fn take(&mut self, element: &Element) {
        match element.name.as_str() {
            "AggregateSeverity" => self.severity = element.text().to_lowercase(),
            "DocumentTitle" => element.text().clone_into(&mut self.title),
            "DocumentTracking" => {
                let id = element.child("Identification").map_or("", |own| own.text_of("ID"));
                // SUSE's documents of flaws.
                id.strip_prefix("SUSE ").unwrap_or(id).clone_into(&mut self.id);
                self.published = rfc3339(element.text_of("InitialReleaseDate"));
                self.modified = rfc3339(element.text_of("CurrentReleaseDate"));
            }
            "DocumentNotes" => {
                for note in element.children("Note") {
                    match note.attribute("Title") {
                        "Details" | "Description" | "Mitre CVE Description" => {
                            note.text().clone_into(&mut self.details);
                        }
                        "Severity" => self.severity = note.text().to_lowercase(),
                        _ => {}
                    }
                }
            }
            "DocumentReferences" => {
                let urls = element.children("Reference").flat_map(|one| one.children("URL"));
                self.references.extend(urls.map(|url| url.text().to_owned()));
            }
            "ProductTree" => self.products(element),
            _ => self.flaws.push(Flaw::read(element)),
        }
    }

    /// The depth is bounded by that of the element.
    fn products(&mut self, branch: &Element) {
        for child in branch.elements() {
            match child.name.as_str() {
                "Branch" => self.products(child),
                "FullProductName" => {
                    let product = Product {
                        name: child.text().to_owned(),
                        cpe: child.attribute("CPE").to_owned(),
                    };
                    let id = child.attribute("ProductID").to_owned();
                    self.products.entry(id).or_default().push(product);
                }
                "Relationship" => {
                    let own = child.child("FullProductName");
                    let id = own.map_or("", |own| own.attribute("ProductID")).to_owned();
                    let end = |name| child.attribute(name).to_owned();
                    let ends = (end("ProductReference"), end("RelatesToProductReference"));
                    self.relations.insert(id, ends);
                }
                _ => {}
            }
        }
    }

    /// Every status of every product and component, and whether it names the version of a fix.
    fn statuses(&self) -> impl Iterator<Item = (Status, bool, &str)> {
        let statuses = self.flaws.iter().flat_map(|flaw| &flaw.statuses);
        statuses.flat_map(|(status, is_fixed, ids)| {
            ids.iter().map(|id| (*status, *is_fixed, id.as_str()))
        })
    }

    fn component(&self, id: &str) -> Option<Component<'_>> {
        let (package, product) = self.relations.get(id)?;
        let mut product = product.as_str();
        let mut module = None;
        for _ in 0..RELATIONS {
            let Some((own, rest)) = self.relations.get(product) else { break };
            module = stream(own).filter(|one| one.len() <= LONGEST).map(str::to_owned).or(module);
            product = rest;
        }
        Some(Component { product: self.products.get(product)?.first()?, package, module })
    }

    /// The record without what it says of packages. The vectors are those of its one flaw: of several, each has its own.
    fn advisory(self, publisher: &Publisher) -> Advisory {
        let mut upstream: Vec<_> = self.flaws.iter().map(|flaw| flaw.cve.clone()).collect();
        upstream.sort();
        upstream.dedup();
        upstream.retain(|cve| !cve.is_empty() && *cve != self.id);
        let mut references = self.references;
        references.sort();
        references.dedup();
        let impacts: BTreeSet<_> = self.flaws.iter().map(|flaw| flaw.impact.as_str()).collect();
        let mut words = impacts.into_iter();
        let word = match (self.severity.as_str(), words.next(), words.next()) {
            ("", Some(word), None) => word.to_owned(),
            (word, ..) => word.to_owned(),
        };
        let mut severities = Vec::from_iter(claims::word(publisher.source, &word));
        if let [flaw] = self.flaws.as_slice() {
            let claim = |vector: &String| claims::vector(publisher.source, vector);
            severities.extend(flaw.vectors.iter().filter_map(claim));
        }
        Advisory {
            feed: publisher.feed.to_owned(),
            id: self.id,
            upstream,
            summary: self.title,
            details: self.details,
            published: self.published,
            modified: self.modified,
            severities,
            references,
            ..Advisory::default()
        }
    }
}

impl Flaw {
    fn read(element: &Element) -> Self {
        let inner = |name: &'static str, child: &'static str| {
            element.children(name).flat_map(move |one| one.children(child))
        };
        let impact = inner("Threats", "Threat").find(|one| one.attribute("Type") == "Impact");
        let sets = element.children("CVSSScoreSets").flat_map(Element::elements);
        let vectors = sets.flat_map(|set| {
            let named =
                ["VectorV3", "VectorV2", "Vector"].into_iter().map(|name| set.text_of(name));
            named.filter(|vector| !vector.is_empty()).map(str::to_owned)
        });
        let status = |status: &Element| {
            let ids = status.children("ProductID").map(|id| id.text().to_owned()).collect();
            let (own, is_fixed) = match status.attribute("Type") {
                "Fixed" | "First Fixed" | "Recommended" => (Status::Affected, true),
                "Known Not Affected" => (Status::NotAffected, false),
                "Under Investigation" => (Status::UnderInvestigation, false),
                _ => (Status::Affected, false),
            };
            (own, is_fixed, ids)
        };
        Self {
            cve: element.text_of("CVE").to_owned(),
            impact: impact.map_or("", |one| one.text_of("Description")).to_lowercase(),
            vectors: vectors.collect(),
            statuses: inner("ProductStatuses", "Status").map(status).collect(),
        }
    }
}
