//! What holds of every merge, whatever the layers: laws against random layers, and against a model that unpacks them one upon another.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::{PackageState, PackageType};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

use super::*;
use crate::{EXTRACTORS, Fact, FileFacts, FoundPackage, PartResult, StructureBuilder};

/// Files and the directories above them; every layer's tree is made of these.
const FILES: &[&str] = &["a/b/c", "a/b/d", "a/e", "f", "g/h", "g/i/j"];
/// What a layer may remove: files and directories, there or not.
const REMOVED: &[&str] = &["a", "a/b", "a/b/c", "a/e", "f", "g", "g/i", "nowhere"];
/// Directories that a layer may empty.
const EMPTIED: &[&str] = &["a", "a/b", "g", "g/i"];

/// A layer: what it removes of those below, and its files, each with the packages that it describes.
#[derive(Clone, Debug, Default)]
struct Plan {
    whiteouts: Vec<&'static str>,
    opaque: Vec<&'static str>,
    files: BTreeMap<&'static str, BTreeSet<(String, String)>>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let package = ("[x-z]", "[1-2]");
    let packages = prop::collection::btree_set(package, 0..4);
    (
        subsequence(REMOVED, 0..3),
        subsequence(EMPTIED, 0..2),
        subsequence(FILES, 0..FILES.len()),
        prop::collection::vec(packages, FILES.len()),
    )
        .prop_map(|(whiteouts, opaque, files, packages)| {
            let files = files.into_iter().zip(packages).collect();
            Plan { whiteouts, opaque, files }
        })
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    prop::collection::vec(plan(), 1..6)
}

impl Plan {
    fn layer(&self) -> LayerResult {
        let mut structure = StructureBuilder::new(&Limits::default());
        self.whiteouts.iter().for_each(|path| structure.whiteout(&ImagePath::new(path)));
        for path in &self.opaque {
            structure.directory(&ImagePath::new(path));
            structure.opaque(&ImagePath::new(path));
        }
        let mut part = PartResult::default();
        for (path, packages) in &self.files {
            let path = ImagePath::new(path);
            path.ancestors().for_each(|above| structure.directory(&ImagePath::new(above)));
            structure.file(&path);
            let fact = |(name, version): &(String, String)| {
                Fact::Package(Box::new(FoundPackage::new(PackageType::Npm, name, version)))
            };
            part.files.push(FileFacts { path, facts: packages.iter().map(fact).collect() });
        }
        let mut parts = vec![PartResult::default(); EXTRACTORS.len()];
        parts[0] = part;
        LayerResult { structure: structure.finish((Vec::new(), 0)), parts }
    }

    /// True where the layer removes the path, or a directory above it, of the layers below.
    fn removes(&self, path: &str) -> bool {
        self.whiteouts.iter().any(|gone| path == *gone || is_below(path, gone))
            || self.opaque.iter().any(|emptied| is_below(path, emptied))
    }
}

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

fn merged(plans: &[Plan]) -> Inventory {
    let layers: Vec<_> = plans.iter().map(Plan::layer).collect();
    assemble(&layers, &Limits::default())
}

/// Every place of every package: name, version, path, layer.
type Places = BTreeSet<(String, String, String, usize)>;

fn places(inventory: &Inventory) -> Places {
    inventory
        .packages
        .iter()
        .flat_map(|package| package.evidence.iter().map(move |evidence| (&package.id, evidence)))
        .map(|(id, evidence)| {
            assert_eq!(evidence.state, PackageState::Installed);
            let path = evidence.path.to_string();
            (id.name.clone(), id.version.clone(), path, evidence.layer)
        })
        .collect()
}

/// The same places, each layer under another position.
fn moved(places: Places, position: impl Fn(usize) -> usize) -> Places {
    places
        .into_iter()
        .map(|(name, version, path, layer)| (name, version, path, position(layer)))
        .collect()
}

/// What unpacking the layers one upon another leaves, with the layer from which each package stands unbroken.
fn model(plans: &[Plan]) -> Places {
    let mut seen: BTreeMap<&str, BTreeMap<&(String, String), usize>> = BTreeMap::new();
    for (layer, plan) in plans.iter().enumerate() {
        let mut below = std::mem::take(&mut seen);
        // A file that the layer removes and brings again is rewritten, as where it only brings it.
        for (path, packages) in &plan.files {
            let before = below.remove(path).unwrap_or_default();
            let since = |package| (package, before.get(package).copied().unwrap_or(layer));
            seen.insert(path, packages.iter().map(since).collect());
        }
        seen.extend(below.into_iter().filter(|(path, _)| !plan.removes(path)));
    }
    seen.into_iter()
        .flat_map(|(path, packages)| packages.into_iter().map(move |package| (path, package)))
        .map(|(path, ((name, version), layer))| {
            (name.clone(), version.clone(), path.to_owned(), layer)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_merge_is_what_unpacking_the_layers_leaves(plans in plans()) {
        prop_assert_eq!(places(&merged(&plans)), model(&plans));
    }

    #[test]
    fn a_layer_split_in_two_is_the_same_image(plans in plans(), at: Index, kept: [bool; 6]) {
        let at = at.index(plans.len());
        let whole = &plans[at];
        // What the layer itself removes and brings again stays with the removal.
        let (lower, upper) = whole.files.clone().into_iter().zip(kept).partition::<Vec<_>, _>(
            |((path, _), kept)| *kept || whole.removes(path),
        );
        let files = |half: Vec<(_, bool)>| half.into_iter().map(|(file, _)| file).collect();
        let lower = Plan { files: files(lower), ..whole.clone() };
        let upper = Plan { files: files(upper), ..Plan::default() };
        let split = [&plans[..at], &[lower, upper], &plans[at + 1..]].concat();
        let joined = moved(places(&merged(&split)), |layer| layer - usize::from(layer > at));
        prop_assert_eq!(joined, places(&merged(&plans)));
    }

    #[test]
    fn an_empty_layer_moves_positions_and_nothing_else(plans in plans(), at: Index) {
        let at = at.index(plans.len() + 1);
        let mut more = plans.clone();
        more.insert(at, Plan::default());
        let back = moved(places(&merged(&more)), |layer| layer - usize::from(layer > at));
        prop_assert_eq!(back, places(&merged(&plans)));
    }

    #[test]
    fn a_layer_that_comes_twice_changes_nothing(plans in plans(), at: Index) {
        let at = at.index(plans.len());
        let mut more = plans.clone();
        more.insert(at, plans[at].clone());
        let back = moved(places(&merged(&more)), |layer| layer - usize::from(layer > at));
        prop_assert_eq!(back, places(&merged(&plans)));
    }

    #[test]
    fn the_order_of_what_a_file_says_does_not_show(plans in plans(), order: Vec<Index>) {
        let mut layers: Vec<_> = plans.iter().map(Plan::layer).collect();
        for (file, shift) in layers.iter_mut().flat_map(|layer| &mut layer.parts[0].files).zip(&order) {
            if !file.facts.is_empty() {
                let shift = shift.index(file.facts.len());
                file.facts.rotate_left(shift);
                file.facts[shift..].reverse();
            }
        }
        prop_assert_eq!(assemble(&layers, &Limits::default()), merged(&plans));
    }

    #[test]
    fn a_removed_file_takes_its_packages_with_it_and_no_others(
        plans in plans(),
        gone in prop::sample::select(REMOVED),
    ) {
        let mut more = plans.clone();
        more.push(Plan { whiteouts: vec![gone], ..Plan::default() });
        let mut left = places(&merged(&plans));
        left.retain(|(_, _, path, _)| path != gone && !is_below(path, gone));
        prop_assert_eq!(places(&merged(&more)), left);
    }

    #[test]
    fn layers_that_touch_nothing_of_each_other_may_change_places(plans in plans()) {
        let (mut one, mut other) = (plans[0].clone(), plans[plans.len() - 1].clone());
        for plan in [&mut one, &mut other] {
            (plan.whiteouts, plan.opaque) = (Vec::new(), Vec::new());
        }
        one.files.retain(|path, _| path.starts_with('a'));
        other.files.retain(|path, _| !path.starts_with('a'));
        let swapped = moved(places(&merged(&[other.clone(), one.clone()])), |layer| 1 - layer);
        prop_assert_eq!(swapped, places(&merged(&[one, other])));
    }
}
