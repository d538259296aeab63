//! A definition's criteria, and what they say of packages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plimsoll_advisory::{Interval, RangeEnd, RangeStart};

use super::super::xml::Element;
use super::document::{Parts, Slots};
use super::leaf::{Leaf, PackageTest, Platform, Test, Versions, names_of};

/// Alternatives that the criteria of one definition may have.
const TERMS: usize = 1 << 17;
/// What may be put together for all criteria of a document: of any, and for each of its bytes.
const STEPS: usize = 1 << 24;
const STEPS_A_BYTE: usize = 64;
/// How deep definitions build upon one another.
const EXTENDED: usize = 8;

/// Criteria as they stand. What is negated says nothing about a package that a fix would change.
#[derive(Debug)]
pub(super) enum Node {
    All(Vec<Node>),
    OneOf(Vec<Node>),
    Test(u32),
    Definition(Box<str>),
    Negated,
}

impl Node {
    /// The depth is bounded by that of the element.
    pub(super) fn read(criteria: &Element, tests: &mut Slots<Test>) -> Self {
        let mut node = |child: &Element| {
            if child.attribute("negate") == "true" {
                return Some(Self::Negated);
            }
            match child.name.as_str() {
                "criteria" => Some(Self::read(child, tests)),
                "criterion" => {
                    let place = tests.place(child.attribute("test_ref"));
                    if let Some(test) = tests.get_mut(place) {
                        test.comment(child.attribute("comment"));
                    }
                    Some(Self::Test(place))
                }
                "extend_definition" => {
                    Some(Self::Definition(child.attribute("definition_ref").into()))
                }
                _ => None,
            }
        };
        let nodes = criteria.elements().filter_map(&mut node).collect();
        match criteria.attribute("operator") {
            "OR" | "ONE" | "XOR" => Self::OneOf(nodes),
            _ => Self::All(nodes),
        }
    }
}

/// What a definition says of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact<'p> {
    /// The names of the package, often one.
    pub(crate) names: &'p [String],
    pub(crate) versions: Versions,
    /// The releases that it is said of; `None` where no test asks for one.
    pub(crate) platforms: Option<Vec<&'p Platform>>,
    /// Empty for all.
    pub(crate) arches: Vec<&'p str>,
    /// Modularity streams, `name:stream`; `None` where no test asks for one.
    pub(crate) modules: Option<Vec<&'p str>>,
    /// What the test of the version means, in words, where it says so.
    pub(crate) comment: &'p str,
}

/// One alternative: all of this holds. A set that is not there excludes nothing.
#[derive(Clone, Debug, Default)]
struct Term<'p> {
    platforms: Option<BTreeSet<&'p Platform>>,
    arches: Option<BTreeSet<&'p str>>,
    modules: Option<BTreeSet<&'p str>>,
    packages: Vec<(u32, &'p PackageTest)>,
}

/// Reduces criteria of a document whose parts are all known.
pub(super) struct Reduction<'p> {
    pub(super) parts: &'p Parts,
    /// What each test says, by its place.
    pub(super) leaves: &'p [Leaf],
    /// The places of definitions, by their ids.
    pub(super) definitions: &'p HashMap<&'p str, usize>,
    /// What could not be read of the criteria at hand.
    pub(super) faults: Vec<&'static str>,
    /// What may still be put together.
    pub(super) steps: usize,
}

/// How much may be put together for a document of that size.
pub(super) fn steps(bytes: usize) -> usize {
    STEPS + bytes.saturating_mul(STEPS_A_BYTE)
}

impl<'p> Reduction<'p> {
    /// The facts of criteria; `None` where they have more alternatives than are followed.
    pub(super) fn facts(&mut self, criteria: &'p Node) -> Option<Vec<Fact<'p>>> {
        let terms = self.terms(criteria, 0)?;
        Some(terms.into_iter().flat_map(|term| self.facts_of(term)).collect())
    }

    fn terms(&mut self, node: &'p Node, extended: usize) -> Option<Vec<Term<'p>>> {
        self.steps = self.steps.checked_sub(1)?;
        match node {
            Node::Negated => Some(vec![Term::default()]),
            Node::Test(place) => Some(vec![self.leaf(*place)]),
            Node::Definition(id) => {
                let parts = self.parts;
                let found = self.definitions.get(id.as_ref());
                match found.and_then(|&place| parts.definitions.get(place)) {
                    Some(definition) if extended < EXTENDED => {
                        self.terms(&definition.criteria, extended + 1)
                    }
                    _ => {
                        self.faults.push("criterion without its definition");
                        Some(vec![Term::default()])
                    }
                }
            }
            Node::OneOf(nodes) => {
                let mut all = Vec::new();
                for node in nodes {
                    for term in self.terms(node, extended)? {
                        add_alternative(&mut all, term);
                    }
                    if all.len() > TERMS {
                        return None;
                    }
                }
                Some(all)
            }
            Node::All(nodes) => {
                let mut all = vec![Term::default()];
                for node in nodes {
                    let terms = self.terms(node, extended)?;
                    all = self.products(all, &terms)?;
                }
                Some(all)
            }
        }
    }

    /// Each of these with each of those; `None` where that is too much.
    fn products(&mut self, all: Vec<Term<'p>>, terms: &[Term<'p>]) -> Option<Vec<Term<'p>>> {
        let weight = |terms: &[Term<'p>]| terms.iter().map(Term::weight).sum::<usize>();
        let own = if terms.len() > 1 { weight(&all) } else { all.len() };
        let steps = own.saturating_mul(terms.len());
        let others = weight(terms).saturating_mul(all.len());
        self.steps = self.steps.checked_sub(steps.saturating_add(others))?;
        if all.len().saturating_mul(terms.len()) > TERMS {
            return None;
        }
        Some(match terms {
            // Nothing is copied.
            [one] => all.into_iter().map(|term| term.and(one)).collect(),
            terms => {
                let with_each =
                    |term: &Term<'p>| terms.iter().map(|other| term.clone().and(other)).collect();
                all.iter().flat_map(|term| -> Vec<_> { with_each(term) }).collect()
            }
        })
    }

    fn leaf(&mut self, place: u32) -> Term<'p> {
        let none = Term::default();
        match self.leaves.get(place as usize) {
            Some(Leaf::Platforms(own)) => Term { platforms: Some(own.iter().collect()), ..none },
            Some(Leaf::Arches(own)) => {
                Term { arches: Some(own.iter().map(String::as_str).collect()), ..none }
            }
            Some(Leaf::Module(own)) => Term { modules: Some([own.as_str()].into()), ..none },
            Some(Leaf::Package(own)) => Term { packages: vec![(place, own)], ..none },
            Some(Leaf::Unreadable(reason)) => {
                self.faults.push(reason);
                none
            }
            Some(Leaf::Any) | None => none,
        }
    }

    /// What a whole alternative says, for each of its packages. An exact version beside another package is a condition of it, as the
    /// kernel is of its live patch.
    fn facts_of(&self, term: Term<'p>) -> Vec<Fact<'p>> {
        // One package may be several objects: it is known by its name, or by the variable's place.
        let mut packages: BTreeMap<(&str, u32), (u32, PackageTest)> = BTreeMap::new();
        for (place, test) in term.packages {
            let known = match names_of(self.parts, test.object) {
                [name] => (name.as_str(), 0),
                _ => ("", test.object),
            };
            match packages.get_mut(&known) {
                Some((own_place, own)) => {
                    if own.versions == Versions::Installed {
                        *own_place = place;
                    }
                    own.versions = both(&own.versions, &test.versions);
                    if own.arches.is_empty() {
                        own.arches.clone_from(&test.arches);
                    }
                }
                None => {
                    packages.insert(known, (place, test.clone()));
                }
            }
        }
        let is_alone = packages.len() == 1;
        packages.retain(|_, (_, test)| is_alone || !is_exact(&test.versions));
        let fact = |(place, test): (u32, PackageTest)| {
            let own = self.leaves.get(place as usize);
            let arches = match own {
                Some(Leaf::Package(own)) if !own.arches.is_empty() => {
                    own.arches.iter().map(String::as_str).collect()
                }
                _ => term.arches.iter().flatten().copied().collect(),
            };
            Fact {
                names: names_of(self.parts, test.object),
                versions: test.versions,
                platforms: term.platforms.as_ref().map(|own| own.iter().copied().collect()),
                arches,
                modules: term.modules.as_ref().map(|own| own.iter().copied().collect()),
                comment: self.parts.tests.get(place).map_or("", |test| &test.comment),
            }
        };
        packages.into_values().map(fact).collect()
    }
}

impl Term<'_> {
    fn weight(&self) -> usize {
        let sets = [self.arches.as_ref(), self.modules.as_ref()];
        let sets: usize = sets.into_iter().flatten().map(BTreeSet::len).sum();
        1 + self.packages.len() + sets + self.platforms.as_ref().map_or(0, BTreeSet::len)
    }

    fn and(mut self, other: &Self) -> Self {
        fn narrow<T: Ord + Copy>(own: &mut Option<BTreeSet<T>>, other: Option<&BTreeSet<T>>) {
            match (own.as_mut(), other) {
                (Some(own), Some(other)) => own.retain(|one| other.contains(one)),
                (None, Some(other)) => *own = Some(other.clone()),
                (_, None) => {}
            }
        }
        narrow(&mut self.platforms, other.platforms.as_ref());
        narrow(&mut self.arches, other.arches.as_ref());
        narrow(&mut self.modules, other.modules.as_ref());
        self.packages.extend(&other.packages);
        self
    }
}

/// Adds an alternative. Those that name nothing but releases are one, and so are those of architectures and of streams: a list of
/// products is not multiplied with a list of packages.
fn add_alternative<'p>(all: &mut Vec<Term<'p>>, term: Term<'p>) {
    fn join<T: Ord>(own: &mut Option<BTreeSet<T>>, other: Option<BTreeSet<T>>) {
        if let (Some(own), Some(other)) = (own.as_mut(), other) {
            own.extend(other);
        }
    }
    let shape =
        |term: &Term<'_>| (term.platforms.is_some(), term.arches.is_some(), term.modules.is_some());
    let is_simple = |term: &Term<'_>| {
        let (platforms, arches, modules) = shape(term);
        let sets = usize::from(platforms) + usize::from(arches) + usize::from(modules);
        term.packages.is_empty() && sets <= 1
    };
    let last = all.last_mut().filter(|last| is_simple(last) && shape(last) == shape(&term));
    match last {
        Some(last) if is_simple(&term) => {
            join(&mut last.platforms, term.platforms);
            join(&mut last.arches, term.arches);
            join(&mut last.modules, term.modules);
        }
        _ => all.push(term),
    }
}

fn is_exact(versions: &Versions) -> bool {
    matches!(versions, Versions::Within(Interval { start: RangeStart::From(first), end: RangeEnd::LastAffected(last) })
        if first == last)
}

/// What two tests of one package say together.
fn both(one: &Versions, other: &Versions) -> Versions {
    match (one, other) {
        (Versions::Absent, _) | (_, Versions::Absent) => Versions::Absent,
        (Versions::None, _) | (_, Versions::None) => Versions::None,
        (Versions::Installed, versions) | (versions, Versions::Installed) => versions.clone(),
        (Versions::Within(one), Versions::Within(other)) => {
            let start = match (&one.start, &other.start) {
                (RangeStart::First, start) | (start, _) => start.clone(),
            };
            let end = match (&one.end, &other.end) {
                (RangeEnd::Open, end) | (end, _) => end.clone(),
            };
            Versions::Within(Interval { start, end })
        }
    }
}
