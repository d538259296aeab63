//! CSAF 2.0 documents of those who build rpm packages: advisories (an erratum, with the flaws that it fixes) and VEX (a flaw, with the
//! packages that have it).

mod head;
mod products;
mod remarks;
mod schema;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use plimsoll_advisory::{Advisory, NameKind, Status};
use serde_json::value::RawValue;

use self::head::{Head, is_within};
pub(crate) use self::products::Component;
use self::products::{Products, Resolved};
use self::remarks::{Remarks, references, scores};
use self::schema::{About, Csaf, Cwe, Note, Vulnerability};
use super::claims;
use super::json::{Text, element, lenient, record_of, text};
use super::rpm::{Nevra, split_arch};
use super::statements::{Says, Statement, entries};
use crate::document::{Document, Outline};
use crate::import::{Import, NotOfThisFeed};
use crate::tally::Tally;

/// How a publisher writes CSAF.
pub(crate) struct Dialect {
    pub(crate) feed: &'static str,
    /// Whose words its severities are.
    pub(crate) source: &'static str,
    /// The domains of the publisher's namespace.
    pub(crate) domains: &'static [&'static str],
    /// True for an id of the feed's documents.
    pub(crate) is_id: fn(&str) -> bool,
    /// The package that a component is.
    pub(crate) package: for<'d> fn(&Component<'d>, Naming) -> Result<Package<'d>, NoPackage>,
}

impl Dialect {
    pub(crate) fn recognises(&self, outline: &Outline<'_>) -> bool {
        Head::of(outline).is_some_and(|head| {
            (self.is_id)(&head.id) && self.domains.iter().any(|domain| head.is_of(domain, outline))
        })
    }

    /// An importer is offered whatever lies in its input.
    fn is_of(&self, about: &About<'_>) -> bool {
        let publisher = about.publisher.as_ref().and_then(|publisher| publisher.namespace.as_ref());
        let is_publisher =
            |own: &Text<'_>| self.domains.iter().any(|domain| is_within(own.as_str(), domain));
        (self.is_id)(about.tracking.id.as_str()) && publisher.is_none_or(is_publisher)
    }
}

/// True for a CVE's own document.
pub(crate) fn is_cve(id: &str) -> bool {
    begins(id, "CVE-")
}

/// In any case, as files' names are in lower case.
pub(crate) fn begins(id: &str, prefix: &str) -> bool {
    id.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// What a component's name is, where nothing but the list that it stands in tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// A build: it has a version.
    Build,
    /// A package, or one of its builds.
    Package,
}

/// A package of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package<'d> {
    pub(crate) family: &'static str,
    pub(crate) release: Cow<'d, str>,
    pub(crate) name: Cow<'d, str>,
    pub(crate) names: NameKind,
    /// `[epoch:]version-release` of a build.
    pub(crate) version: Option<Cow<'d, str>>,
    /// Empty where none is named.
    pub(crate) arch: Cow<'d, str>,
    pub(crate) module: Option<Cow<'d, str>>,
}

impl<'d> Package<'d> {
    /// A package of no release yet, by its build, or else by its name with or without an architecture.
    pub(crate) fn named(name: &'d str, build: Option<Nevra<'d>>) -> Self {
        let (plain, arch) =
            build.map_or_else(|| split_arch(name), |build| (build.name, build.arch));
        Self {
            family: "",
            release: Cow::Borrowed(""),
            name: Cow::Borrowed(plain),
            names: if arch == "src" { NameKind::Source } else { NameKind::Binary },
            version: build.map(|build| Cow::Borrowed(build.version())),
            arch: Cow::Borrowed(arch),
            module: None,
        }
    }
}

/// Why a component is no package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPackage {
    /// It is none, and says so.
    Other(&'static str),
    /// It should be one and cannot be read.
    Unreadable(&'static str),
}

/// Reads a document: of a CVE's the record of that flaw, of any other the erratum's with the flaws that it fixes.
pub(crate) fn import(
    document: &Document<'_>,
    import: &mut Import<'_>,
    dialect: &Dialect,
) -> Result<(), NotOfThisFeed> {
    let csaf = serde_json::from_slice::<Csaf<'_>>(document.bytes).map_err(|_| NotOfThisFeed)?;
    if !dialect.is_of(&csaf.document) {
        return Err(NotOfThisFeed);
    }
    let products = csaf.product_tree.as_ref().map(Products::of).unwrap_or_default();
    let mut reader = Reader { dialect, products: &products, tally: &mut import.tally };
    let advisories = if is_cve(csaf.document.tracking.id.as_str()) {
        reader.flaws(&csaf)
    } else {
        vec![reader.erratum(&csaf)]
    };
    advisories.into_iter().for_each(|advisory| import.push(advisory));
    Ok(())
}

struct Reader<'r, 'd> {
    dialect: &'r Dialect,
    products: &'r Products<'d>,
    tally: &'r mut Tally,
}

impl<'d> Reader<'_, 'd> {
    fn flaws(&mut self, csaf: &Csaf<'_>) -> Vec<Advisory> {
        let vulnerabilities = csaf.vulnerabilities.iter().flatten();
        vulnerabilities.filter_map(|raw| self.flaw(&csaf.document, raw)).collect()
    }

    fn flaw(&mut self, about: &About<'_>, raw: &RawValue) -> Option<Advisory> {
        let vulnerability = self.vulnerability(raw)?;
        let remarks = Remarks::of(&vulnerability);
        let statements = self.statements(&vulnerability, &remarks);
        let source = self.dialect.source;
        let word = remarks.severity().or_else(|| aggregate_severity(about));
        let mut severities = scores(vulnerability.scores, source);
        severities.extend(word.and_then(|word| claims::word(source, &word)));
        let cwe = lenient::<Option<Cwe<'_>>>(vulnerability.cwe).and_then(|cwe| cwe.id);
        let cwe = cwe.map(|id| id.as_str().to_owned());
        let id = vulnerability.cve.as_ref().unwrap_or(&about.tracking.id).as_str();
        // Some titles are but the id.
        let titles = [vulnerability.title.as_ref(), about.title.as_ref()].map(text);
        let title = titles.into_iter().find(|title| !title.is_empty() && !title.contains(id));
        Some(Advisory {
            id: id.to_owned(),
            summary: title.unwrap_or_default().to_owned(),
            details: note(vulnerability.notes, &["description", "general"]),
            published: vulnerability.release_date.as_ref().map(|date| date.as_str().to_owned()),
            severities,
            references: references(vulnerability.references, &remarks),
            cwes: cwe.into_iter().collect(),
            affected: entries(statements, source),
            ..self.record(about)
        })
    }

    /// One record for the erratum: what it fixes of any of its flaws. What it says of packages that a flaw does not touch is not repeated.
    fn erratum(&mut self, csaf: &Csaf<'_>) -> Advisory {
        let about = &csaf.document;
        let source = self.dialect.source;
        let raws = csaf.vulnerabilities.as_deref().unwrap_or_default();
        let mut record = self.record(about);
        let mut statements: Vec<Statement<'d>> = Vec::new();
        let mut read: Vec<&str> = Vec::new();
        let remarks = Remarks::default();
        for raw in raws {
            let Some(vulnerability) = self.vulnerability(raw) else { continue };
            record.upstream.extend(vulnerability.cve.as_ref().map(|cve| cve.as_str().to_owned()));
            // The flaws of an erratum mostly have the same list.
            let fixed = vulnerability.product_status.as_ref().map(schema::ProductStatus::fixed);
            for list in fixed.into_iter().flatten() {
                if !read.contains(&list.get()) {
                    read.push(list.get());
                    self.read_list(
                        list,
                        &List { status: None, remarks: &remarks },
                        &mut statements,
                    );
                }
            }
            if raws.len() == 1 {
                record.severities = scores(vulnerability.scores, source);
            }
        }
        record
            .severities
            .extend(aggregate_severity(about).and_then(|word| claims::word(source, &word)));
        record.details = note(about.notes, &["description", "general"]);
        record.affected = entries(statements, source);
        record
    }

    /// What every record of a document has.
    fn record(&self, about: &About<'_>) -> Advisory {
        let owned = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.as_str().to_owned());
        Advisory {
            feed: self.dialect.feed.to_owned(),
            id: about.tracking.id.as_str().to_owned(),
            summary: owned(&about.title).unwrap_or_default(),
            published: owned(&about.tracking.initial_release_date),
            modified: owned(&about.tracking.current_release_date),
            references: references(about.references, &Remarks::default()),
            ..Advisory::default()
        }
    }

    fn vulnerability<'v>(&mut self, raw: &'v RawValue) -> Option<Vulnerability<'v>> {
        record_of(raw, self.tally)
    }

    /// Everything that is said of packages about one flaw.
    fn statements(&mut self, flaw: &Vulnerability<'_>, remarks: &Remarks) -> Vec<Statement<'d>> {
        let mut statements = Vec::new();
        let Some(status) = &flaw.product_status else { return statements };
        for raw in status.fixed() {
            self.read_list(raw, &List { status: None, remarks }, &mut statements);
        }
        for (raw, status) in status.states() {
            self.read_list(raw, &List { status: Some(status), remarks }, &mut statements);
        }
        statements
    }

    fn read_list(&mut self, raw: &RawValue, list: &List<'_>, into: &mut Vec<Statement<'d>>) {
        let ids: Option<Vec<Text<'_>>> = element(raw, "not a list of products", self.tally);
        let Some(ids) = ids else { return };
        for id in &ids {
            match self.statement(id.as_str(), list) {
                Ok(statement) => into.push(statement),
                Err(NoPackage::Other(reason)) => self.tally.ignore(reason),
                Err(NoPackage::Unreadable(reason)) => self.tally.reject(reason),
            }
        }
    }

    fn statement(&self, id: &str, list: &List<'_>) -> Result<Statement<'d>, NoPackage> {
        let component = match self.products.resolve(id) {
            Resolved::Component(component) => component,
            Resolved::Whole => return Err(NoPackage::Other("a product as a whole")),
            Resolved::Unknown => return Err(NoPackage::Unreadable("unknown product")),
        };
        let naming = if list.status.is_none() { Naming::Build } else { Naming::Package };
        let package = (self.dialect.package)(&component, naming)?;
        let says = match list.status {
            None => Says::Fixed(
                package.version.ok_or(NoPackage::Unreadable("a fix without its version"))?,
            ),
            // It came with the fix of another package, and its later builds need not be named again.
            Some(Status::NotAffected) if package.version.is_some() => {
                return Err(NoPackage::Other("a build that is not affected"));
            }
            Some(Status::Affected) => Says::State(list.remarks.state(id)),
            Some(status) => Says::State(status),
        };
        Ok(Statement {
            family: package.family,
            release: package.release,
            package: package.name,
            names: package.names,
            module: package.module,
            arch: package.arch,
            says,
            severity: list.remarks.severity_of(id),
        })
    }
}

/// What a list of products says.
struct List<'r> {
    /// `None`: these builds are fixed.
    status: Option<Status>,
    remarks: &'r Remarks,
}

fn aggregate_severity(about: &About<'_>) -> Option<String> {
    let word = text(about.aggregate_severity.as_ref()?.text.as_ref()).to_lowercase();
    (!word.is_empty() && word != "none").then_some(word)
}

/// The first note of the first of these categories that there is.
fn note(raw: Option<&RawValue>, categories: &[&str]) -> String {
    let notes: Vec<Note<'_>> = lenient(raw);
    let of =
        |category: &&str| { notes.iter() }.find(|note| text(note.category.as_ref()) == *category);
    text(categories.iter().find_map(of).and_then(|note| note.text.as_ref())).to_owned()
}
