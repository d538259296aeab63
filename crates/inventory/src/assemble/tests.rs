use super::*;
use crate::{Owned, PartResult, StructureBuilder};
use plimsoll_core::PackageState;

fn part(id: &str) -> usize {
    EXTRACTORS.iter().position(|extractor| extractor.id == id).unwrap()
}

/// A layer in which each file gives these facts to a part.
fn layer(files: &[(&str, &str, Vec<Fact>)]) -> LayerResult {
    let mut structure = StructureBuilder::new(&Limits::default());
    let mut result = LayerResult::default();
    result.parts.resize_with(EXTRACTORS.len(), PartResult::default);
    for (part_id, path, facts) in files {
        let path = ImagePath::new(path);
        structure.file(&path);
        result.parts[part(part_id)].files.push(FileFacts { path, facts: facts.clone() });
    }
    result.structure = structure.finish((Vec::new(), 0));
    result
}

fn package(kind: PackageType, name: &str, version: &str) -> Fact {
    Fact::Package(Box::new(FoundPackage::new(kind, name, version)))
}

fn status(packages: &[(&str, &str)]) -> (&'static str, &'static str, Vec<Fact>) {
    let facts = packages.iter().map(|(name, version)| package(PackageType::Deb, name, version));
    ("dpkg", "var/lib/dpkg/status", facts.collect())
}

fn layer_of(inventory: &Inventory, name: &str) -> usize {
    let package = inventory.packages.iter().find(|package| package.id.name == name).unwrap();
    package.evidence[0].layer
}

#[test]
fn a_database_rewritten_in_every_layer_does_not_blame_the_last_layer() {
    let layers = [
        layer(&[status(&[("bash", "5.1"), ("curl", "7.74"), ("sed", "4.7")])]),
        layer(&[status(&[("bash", "5.1"), ("curl", "7.88")])]),
        layer(&[status(&[("bash", "5.1"), ("curl", "7.88"), ("nginx", "1.22"), ("sed", "4.7")])]),
    ];
    let inventory = assemble(&layers, &Limits::default());
    let found: Vec<_> =
        ["bash", "curl", "nginx", "sed"].map(|name| layer_of(&inventory, name)).into();
    // sed was removed and came back: what stands now came with the last layer.
    assert_eq!(found, [0, 1, 2, 2]);
}

#[test]
fn a_database_that_was_removed_in_between_begins_anew() {
    let removed = {
        let mut structure = StructureBuilder::new(&Limits::default());
        structure.whiteout(&ImagePath::new("var/lib/dpkg"));
        let mut result = layer(&[]);
        result.structure = structure.finish((Vec::new(), 0));
        result
    };
    let layers =
        [layer(&[status(&[("bash", "5.1")])]), removed, layer(&[status(&[("bash", "5.1")])])];
    assert_eq!(layer_of(&assemble(&layers, &Limits::default()), "bash"), 2);
}

#[test]
fn what_a_system_package_owns_is_listed_with_its_owner_and_the_rest_without() {
    let hash = |path: &str| ImagePath::new(path).hash();
    let owned = Owned {
        package: "python3-yaml:amd64".into(),
        paths: vec![hash("lib/python3/PyYAML-6.dist-info/METADATA")],
    };
    let mut yaml = FoundPackage::new(PackageType::Deb, "python3-yaml", "6.0-3");
    yaml.arch = Some("amd64".into());
    let mut base = layer(&[
        ("dpkg", "var/lib/dpkg/status", vec![Fact::Package(Box::new(yaml))]),
        ("dpkg", "var/lib/dpkg/info/python3-yaml:amd64.list", vec![Fact::Owns(owned)]),
        // The record says lib/, the merged /usr has it in usr/lib/.
        (
            "python",
            "usr/lib/python3/PyYAML-6.dist-info/METADATA",
            vec![package(PackageType::Pypi, "PyYAML", "6.0")],
        ),
        (
            "python",
            "srv/PyYAML-6.dist-info/METADATA",
            vec![package(PackageType::Pypi, "PyYAML", "6.0")],
        ),
    ]);
    base.structure.symlinks.push((ImagePath::new("lib"), "usr/lib".into()));
    base.structure.files.push(hash("lib"));
    base.structure.files.sort_unstable();
    let inventory = assemble(&[base], &Limits::default());
    let yamls: Vec<_> = inventory
        .packages
        .iter()
        .filter(|package| package.id.kind == PackageType::Pypi)
        .map(|package| {
            (
                package.evidence[0].path.to_string(),
                package.owner.as_ref().map(|owner| owner.name.clone()),
            )
        })
        .collect();
    assert_eq!(
        yamls,
        [
            ("srv/PyYAML-6.dist-info/METADATA".to_owned(), None),
            (
                "usr/lib/python3/PyYAML-6.dist-info/METADATA".to_owned(),
                Some("python3-yaml".to_owned())
            ),
        ]
    );
}

#[test]
fn the_same_component_in_two_places_is_one_with_two_places() {
    let fact = || vec![package(PackageType::Npm, "lodash", "4.17.15")];
    let inventory = assemble(
        &[layer(&[
            ("node", "a/node_modules/lodash/package.json", fact()),
            ("node", "b/node_modules/lodash/package.json", fact()),
        ])],
        &Limits::default(),
    );
    assert_eq!(inventory.packages.len(), 1);
    assert_eq!(inventory.packages[0].evidence.len(), 2);
    assert_eq!(inventory.packages[0].evidence[0].state, PackageState::Installed);
}

#[test]
fn os_release_is_found_through_a_link_into_another_layer() {
    let mut lower = layer(&[]);
    let etc = ImagePath::new("etc/os-release");
    lower.structure.symlinks.push((etc.clone(), "../usr/lib/os-release".into()));
    lower.structure.files.push(etc.hash());
    let pairs = BTreeMap::from([
        ("ID".to_owned(), "debian".to_owned()),
        ("VERSION_ID".to_owned(), "12".to_owned()),
    ]);
    let upper = layer(&[("os-release", "usr/lib/os-release", vec![Fact::OsRelease(pairs)])]);
    let inventory = assemble(&[lower, upper], &Limits::default());
    assert_eq!(inventory.distro.unwrap().releases, ["12"]);
}

#[test]
fn a_distroless_list_of_files_belongs_to_the_package_of_the_file_beside_it() {
    let hash = ImagePath::new("usr/share/x/package.json").hash();
    let owned = Owned { package: "libssl1".into(), paths: vec![hash] };
    let inventory = assemble(
        &[layer(&[
            (
                "dpkg",
                "var/lib/dpkg/status.d/libssl1",
                vec![package(PackageType::Deb, "libssl1.1", "1.1.1")],
            ),
            ("dpkg", "var/lib/dpkg/status.d/libssl1.md5sums", vec![Fact::Owns(owned)]),
            ("node", "usr/share/x/package.json", vec![package(PackageType::Npm, "x", "1.0.0")]),
        ])],
        &Limits::default(),
    );
    let owner = inventory.packages.iter().find_map(|package| package.owner.as_ref());
    assert_eq!(owner.map(|owner| owner.name.as_str()), Some("libssl1.1"));
}
