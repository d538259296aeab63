//! Definitions to records.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plimsoll_advisory::{Advisory, Affected, Interval, SeverityClaim, Status};

use super::super::claims;
use super::criteria::{Fact, Reduction, steps};
use super::definition::{Class, Cve, Definition, cve_in};
use super::document::Parts;
use super::leaf::{Leaf, Platform, Probe, Versions, bounded};
use crate::document::{Document, Outline};
use crate::import::{Import, NotOfThisFeed};

/// Packages and releases that are taken of any document, and of the largest.
const ROOM: usize = 1 << 16;
const MOST: usize = 1 << 24;

/// What a vendor means by its definitions.
pub(crate) struct Vendor {
    /// The id of the feed.
    pub(crate) feed: &'static str,
    /// Whose word its severities are.
    pub(crate) source: &'static str,
    /// The id that a definition is known by.
    pub(crate) id: fn(&Definition) -> String,
    /// The flaw that a fact is about, where a definition is about several; else empty.
    pub(crate) part: fn(&Fact<'_>) -> String,
    /// The releases that a test asks for; none where it asks for something else.
    pub(crate) platform: fn(&Probe<'_>) -> Vec<Platform>,
    /// The releases that a fact is of.
    pub(crate) releases: fn(&Context<'_>) -> Vec<Platform>,
    /// Whatever else the vendor means.
    pub(crate) adjust: fn(&Context<'_>, &mut Affected),
    /// The same of what a record says beside it.
    pub(crate) adjust_record: fn(&mut Advisory),
}

/// A fact in its definition and document.
pub(crate) struct Context<'a> {
    pub(crate) document: &'a Document<'a>,
    pub(crate) definition: &'a Definition,
    pub(crate) fact: &'a Fact<'a>,
}

impl Vendor {
    pub(crate) const BASE: Self = Self {
        feed: "",
        source: "",
        id: |definition| cve_in(&definition.title).unwrap_or_default().to_owned(),
        part: |_| String::new(),
        platform: |_| Vec::new(),
        releases: |context| {
            context.fact.platforms.iter().flatten().map(|&platform| platform.clone()).collect()
        },
        adjust: |_, _| {},
        adjust_record: |_| {},
    };
}

/// True for definitions whose ids begin so, such as `oval:com.oracle.`: the first id of a document is enough.
pub(crate) fn is_of(outline: &Outline<'_>, prefixes: &[&str]) -> bool {
    let first = outline.beginning.split(['"', '\'']).find(|text| text.starts_with("oval:"));
    outline.is_xml_of("oval_definitions")
        && first.is_some_and(|id| prefixes.iter().any(|prefix| id.starts_with(prefix)))
}

/// Reads a document of a vendor's definitions.
pub(crate) fn import(
    document: &Document<'_>,
    import: &mut Import<'_>,
    vendor: &Vendor,
) -> Result<(), NotOfThisFeed> {
    let parts = Parts::read(&document.lossy_text()).ok_or(NotOfThisFeed)?;
    if parts.definitions.is_empty() {
        return Err(NotOfThisFeed);
    }
    import.tally.reject_many("two tests of one id", parts.ambiguous);
    let tests = parts.tests.values().iter();
    let leaves: Vec<_> = tests.map(|test| Leaf::of(test, &parts, vendor.platform)).collect();
    let ids = parts.definitions.iter().enumerate();
    let definitions: HashMap<_, _> = ids.map(|(place, one)| (one.id.as_str(), place)).collect();
    let bytes = document.bytes.len();
    let (parts, leaves, definitions) = (&parts, leaves.as_slice(), &definitions);
    let mut reduction =
        Reduction { parts, leaves, definitions, faults: Vec::new(), steps: steps(bytes) };
    let mut room = room(bytes);
    for definition in parts.definitions.iter().filter(|one| one.class != Class::Other) {
        if definition.is_overlong {
            import.tally.reject("definition of too many products");
            continue;
        }
        let facts = reduction.facts(&definition.criteria);
        for reason in reduction.faults.drain(..) {
            import.tally.reject(reason);
        }
        let Some(facts) = facts else {
            import.tally.reject("criteria with too many alternatives");
            continue;
        };
        let mut by_part: BTreeMap<String, Vec<Fact<'_>>> = BTreeMap::new();
        for fact in facts {
            by_part.entry((vendor.part)(&fact)).or_default().push(fact);
        }
        if by_part.is_empty() {
            import.tally.reject("no package at all");
        }
        let cves: HashMap<_, _> =
            definition.cves.iter().map(|cve| (cve.id.as_str(), cve)).collect();
        for (part, facts) in by_part {
            let affected = affected(document, definition, (&facts, vendor), &mut room);
            match affected {
                None => import.tally.reject("more than is taken of one document"),
                Some(affected) if affected.is_empty() => import.tally.reject("no package at all"),
                Some(affected) => {
                    let mut record = match part.as_str() {
                        "" => advisory(definition, vendor),
                        part => partial(definition, (part, cves.get(part).copied()), vendor),
                    };
                    (vendor.adjust_record)(&mut record);
                    import.push(Advisory { affected, ..record });
                }
            }
        }
    }
    Ok(())
}

/// How many packages and releases are taken of a document of that size. A list of releases before a list of packages says much in
/// few words.
fn room(bytes: usize) -> usize {
    (ROOM + bytes / 4).min(MOST)
}

/// What the facts say, each thing once: what differs in nothing but the architectures is one. `None` where it is more than there is room
/// for.
fn affected(
    document: &Document<'_>,
    definition: &Definition,
    (facts, vendor): (&[Fact<'_>], &Vendor),
    room: &mut usize,
) -> Option<Vec<Affected>> {
    let mut said: BTreeMap<Affected, BTreeSet<String>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| !fact.names.is_empty()) {
        let context = Context { document, definition, fact };
        let (intervals, status) = match &fact.versions {
            Versions::Within(interval) => (vec![interval.clone()], Status::Affected),
            Versions::Installed => (vec![Interval::ALL], Status::Affected),
            // The vendor tells whether that is how it says "not affected".
            Versions::Absent => (Vec::new(), Status::Affected),
            Versions::None => (Vec::new(), Status::NotAffected),
        };
        let modules: Vec<_> = match &fact.modules {
            Some(modules) => modules.iter().map(|&module| Some(module.to_owned())).collect(),
            None => vec![None],
        };
        let platforms = (vendor.releases)(&context);
        let count = platforms.len().saturating_mul(fact.names.len()).saturating_mul(modules.len());
        *room = room.checked_sub(count)?;
        for platform in platforms {
            for (package, module) in
                fact.names.iter().flat_map(|name| modules.iter().map(move |module| (name, module)))
            {
                let mut one = Affected {
                    family: platform.family.to_owned(),
                    release: platform.release.clone(),
                    package: package.clone(),
                    intervals: intervals.clone(),
                    status,
                    module: module.clone(),
                    arches: fact.arches.iter().map(|&arch| arch.to_owned()).collect(),
                    ..Affected::default()
                };
                (vendor.adjust)(&context, &mut one);
                if one.intervals.is_empty() && one.status != Status::NotAffected {
                    continue;
                }
                merge_arches(&mut said, one);
            }
        }
    }
    let said = said.into_iter();
    let affected = said
        .map(|(one, arches)| Affected { arches: arches.into_iter().collect(), ..one })
        .collect();
    Some(affected)
}

/// No architecture stands for all of them.
fn merge_arches(said: &mut BTreeMap<Affected, BTreeSet<String>>, mut one: Affected) {
    let arches: BTreeSet<_> = std::mem::take(&mut one.arches).into_iter().collect();
    match said.entry(one) {
        std::collections::btree_map::Entry::Vacant(entry) => {
            entry.insert(arches);
        }
        std::collections::btree_map::Entry::Occupied(mut entry) => {
            if arches.is_empty() {
                entry.get_mut().clear();
            } else if !entry.get().is_empty() {
                entry.get_mut().extend(arches);
            }
        }
    }
}

/// A record without what it says of packages.
fn advisory(definition: &Definition, vendor: &Vendor) -> Advisory {
    let id = (vendor.id)(definition);
    let cves: Vec<_> = definition.cves.iter().collect();
    let mut upstream = definition.cve_ids();
    let own = if upstream.len() == 1 { cves.as_slice() } else { &[] };
    let severities = severities(&definition.severity, own, vendor.source);
    upstream.retain(|cve| *cve != id);
    let urls = definition.references.iter().map(|one| &one.url);
    let urls = urls.chain(cves.iter().map(|cve| &cve.url));
    let mut references: Vec<_> = urls.filter(|url| !url.is_empty()).cloned().collect();
    let mut cwes: Vec<_> = cves.iter().flat_map(|cve| cve.cwes.clone()).collect();
    for list in [&mut references, &mut cwes] {
        list.sort();
        list.dedup();
    }
    let summary = definition.title.strip_prefix(&id).unwrap_or(&definition.title);
    Advisory {
        feed: vendor.feed.to_owned(),
        summary: summary.trim_start_matches([':', ' ', '-']).to_owned(),
        details: definition.description.clone(),
        published: definition.issued.clone(),
        modified: definition.updated.clone().or_else(|| definition.issued.clone()),
        severities,
        upstream,
        references,
        cwes,
        id,
        ..Advisory::default()
    }
}

/// A record of one flaw of a definition that is about several: what the definition says on the whole is said of its package.
fn partial(definition: &Definition, (id, cve): (&str, Option<&Cve>), vendor: &Vendor) -> Advisory {
    let own = cve.as_slice();
    let urls = own.iter().map(|cve| cve.url.clone());
    Advisory {
        feed: vendor.feed.to_owned(),
        id: id.to_owned(),
        summary: bounded(&definition.title).to_owned(),
        severities: severities(cve.map_or("", |cve| &cve.severity), own, vendor.source),
        references: urls.filter(|url| !url.is_empty()).collect(),
        cwes: own.iter().flat_map(|cve| cve.cwes.clone()).collect(),
        ..Advisory::default()
    }
}

/// The vendor's word, and the vectors of the one CVE that a record is about: of several, each has its own.
fn severities(word: &str, cves: &[&Cve], source: &str) -> Vec<SeverityClaim> {
    let vectors = cves.iter().flat_map(|cve| &cve.vectors);
    let vectors = vectors.filter_map(|vector| claims::vector(source, vector));
    let mut claims: Vec<_> = claims::stated_word(source, word).into_iter().chain(vectors).collect();
    claims.sort();
    claims.dedup();
    claims
}
