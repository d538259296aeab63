use plimsoll_core::{PackageState, PackageType};

use super::*;
use crate::{
    About, EXTRACTORS, Fact, FileFacts, FoundPackage, Owned, PartResult, StructureBuilder,
    WantedFile,
};

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
    let yamls: Vec<_> =
        inventory.packages.iter().filter(|package| package.id.kind == PackageType::Pypi).collect();
    assert_eq!(yamls.len(), 1, "one component in two places");
    let places: Vec<_> = yamls[0]
        .evidence
        .iter()
        .map(|place| (place.path.as_str(), place.owner.as_ref().map(|owner| owner.name.as_str())))
        .collect();
    assert_eq!(
        places,
        [
            ("srv/PyYAML-6.dist-info/METADATA", None),
            ("usr/lib/python3/PyYAML-6.dist-info/METADATA", Some("python3-yaml")),
        ]
    );
    assert_eq!(yamls[0].owner(), None, "one of the places is nobody's");
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
    let owner = inventory.packages.iter().find_map(|package| package.owner());
    assert_eq!(owner.map(|owner| owner.name.as_str()), Some("libssl1.1"));
}

/// What a part reads from a file of these bytes.
fn read(
    part_id: &'static str,
    path: &'static str,
    bytes: &[u8],
) -> (&'static str, &'static str, Vec<Fact>) {
    let content = bytes.to_vec();
    let (name, limits) = (ImagePath::new(path), Limits::default());
    let file = WantedFile::whole(&name, &content, &limits);
    (part_id, path, (EXTRACTORS[part(part_id)].extract)(&file).facts)
}

#[test]
fn every_package_manager_owns_its_files_also_where_directories_of_the_root_were_merged() {
    use plimsoll_testkit::{apk, rpmdb};
    let names = ["lib/node_modules/a/package.json", "usr/lib/node_modules/b/package.json"];
    let slashed = names.map(|name| format!("/{name}"));
    let rpm = rpmdb::Package::new("tool", "1", "2").files(&[&slashed[0], &slashed[1]]).header();
    let opkg = "Package: tool\nVersion: 1\nStatus: install ok installed\n";
    let wall = format!(
        "{{\"jsonwall\":\"1.0\",\"count\":4}}\n{{\"kind\":\"content\",\"slice\":\"tool_bins\",\"path\":\"{}\"}}\n\
         {{\"kind\":\"content\",\"slice\":\"tool_libs\",\"path\":\"{}\"}}\n\
         {{\"kind\":\"package\",\"name\":\"tool\",\"version\":\"1\",\"arch\":\"amd64\"}}\n",
        slashed[0], slashed[1]
    );
    let contents = slashed.each_ref().map(|name| format!("obj {name} 00ff 1\n")).concat();
    let databases = [
        vec![read(
            "apk",
            "lib/apk/db/installed",
            apk::installed(&[apk::Package::new("tool", "1-r0").files(&names)]).as_bytes(),
        )],
        vec![read("chisel", "var/lib/chisel/manifest.wall", wall.as_bytes())],
        vec![
            read("opkg", "usr/lib/opkg/status", opkg.as_bytes()),
            read("opkg", "usr/lib/opkg/info/tool.list", slashed.join("\n").as_bytes()),
        ],
        vec![
            read(
                "pacman",
                "var/lib/pacman/local/tool-1-2/desc",
                b"%NAME%\ntool\n\n%VERSION%\n1-2\n\n%ARCH%\nany\n",
            ),
            read(
                "pacman",
                "var/lib/pacman/local/tool-1-2/files",
                format!("%FILES%\n{}\n", names.join("\n")).as_bytes(),
            ),
        ],
        vec![read("portage", "var/db/pkg/a/tool-1-r2/CONTENTS", contents.as_bytes())],
        vec![read("rpm", "var/lib/rpm/rpmdb.sqlite", &rpmdb::sqlite(&[rpm]))],
    ];
    for mut files in databases {
        let manager = files[0].0;
        for (name, path) in [
            ("a", "usr/lib/node_modules/a/package.json"),
            ("b", "usr/lib/node_modules/b/package.json"),
            ("nobodys", "usr/lib/node_modules/nobodys/package.json"),
        ] {
            files.push(("node", path, vec![package(PackageType::Npm, name, "1")]));
        }
        let mut base = layer(&files);
        base.structure.symlinks.push((ImagePath::new("lib"), "usr/lib".into()));
        base.structure.files.push(ImagePath::new("lib").hash());
        base.structure.files.sort_unstable();
        let inventory = assemble(&[base], &Limits::default());
        let npm = inventory.packages.iter().filter(|found| found.id.kind == PackageType::Npm);
        let owners: Vec<_> =
            npm.map(|found| found.owner().map(|owner| owner.name.rsplit('/').next())).collect();
        assert_eq!(owners, [Some(Some("tool")), Some(Some("tool")), None], "{manager}");
    }
}

#[test]
fn the_repository_that_dnf_remembers_is_that_of_the_package_of_the_same_version() {
    use plimsoll_testkit::rpmdb;
    let state = "[nevras]\n\"bind-32:9.16-1.x86_64\" = {from_repo=\"appstream\"}\n\
        \"bash-5.0-1.x86_64\" = {from_repo=\"baseos\"}\n";
    let headers = [
        rpmdb::Package::new("bind", "9.16", "1").epoch(32).header(),
        rpmdb::Package::new("bash", "5.2", "1").header(),
    ];
    let layers = [
        layer(&[read("rpm", "var/lib/rpm/rpmdb.sqlite", &rpmdb::sqlite(&headers))]),
        layer(&[read("dnf", "usr/lib/sysimage/libdnf5/nevras.toml", state.as_bytes())]),
    ];
    let inventory = assemble(&layers, &Limits::default());
    let repositories: Vec<_> =
        inventory.packages.iter().map(|found| found.repository.as_deref()).collect();
    assert_eq!(repositories, [None, Some("appstream")]);
}

#[test]
fn the_repository_that_yum_remembers_is_that_of_the_version_whatever_its_epoch() {
    use plimsoll_testkit::rpmdb;
    let headers = [
        rpmdb::Package::new("bind", "9.16", "1").epoch(32).header(),
        rpmdb::Package::new("bash", "5.2", "1").header(),
    ];
    let (bind, bash) = (
        "var/lib/yum/yumdb/b/0ab-bind-9.16-1-x86_64/from_repo",
        "var/lib/yum/yumdb/b/0ab-bash-5.0-1-x86_64/from_repo",
    );
    let layers = [layer(&[
        read("rpm", "var/lib/rpm/rpmdb.sqlite", &rpmdb::sqlite(&headers)),
        read("yum", bind, b"amzn2-core"),
        read("yum", bash, b"amzn2-core"),
    ])];
    let inventory = assemble(&layers, &Limits::default());
    let repositories: Vec<_> =
        inventory.packages.iter().map(|found| found.repository.as_deref()).collect();
    assert_eq!(repositories, [None, Some("amzn2-core")]);
}

#[test]
fn another_distributions_package_in_a_bill_of_materials_is_not_called_this_ones() {
    let os_release = BTreeMap::from([("ID", "debian"), ("VERSION_ID", "12")]);
    let os_release = os_release.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
    let layers = [layer(&[
        ("os-release", "etc/os-release", vec![Fact::OsRelease(os_release.collect())]),
        status(&[("bash", "5.2")]),
        ("embedded-sbom", "opt/a/sbom.json", vec![package(PackageType::Apk, "musl", "1.2.4-r0")]),
    ])];
    let inventory = assemble(&layers, &Limits::default());
    let purls: Vec<_> = inventory.packages.iter().map(|package| package.purl.as_str()).collect();
    assert_eq!(purls, ["pkg:apk/musl@1.2.4-r0", "pkg:deb/debian/bash@5.2?distro=debian-12"]);
}

#[test]
fn a_note_in_a_file_of_a_system_package_names_no_other_package() {
    let path = "usr/lib/libmount.so.1";
    let note = package(PackageType::Rpm, "util-linux", "2.39-1.fc39");
    let mut recorded = FoundPackage::new(PackageType::Rpm, "libmount", "2.39-1.fc39");
    recorded.owned_paths = vec![ImagePath::new(path).hash()];
    let mut files = vec![("elf-package-note", path, vec![note])];
    let names = |files: &[_]| -> Vec<String> {
        let inventory = assemble(&[layer(files)], &Limits::default());
        inventory.packages.into_iter().map(|package| package.id.name).collect()
    };
    assert_eq!(names(&files), ["util-linux"]);
    let record = Fact::Package(Box::new(recorded));
    files.push(("rpm", "usr/lib/sysimage/rpm/rpmdb.sqlite", vec![record]));
    assert_eq!(names(&files), ["libmount"]);
}

#[test]
fn debian_documents_behind_a_link_state_the_licence() {
    let about = About {
        licenses: vec!["GPL-3.0-or-later".to_owned()],
        ..About::new(PackageType::Deb, "gcc-12-base")
    };
    let mut base = layer(&[
        status(&[("gcc-12-base", "12"), ("libgcc-s1", "12"), ("bash", "5")]),
        ("dpkg", "usr/share/doc/gcc-12-base/copyright", vec![Fact::About(about)]),
    ]);
    base.structure
        .symlinks
        .push((ImagePath::new("usr/share/doc/libgcc-s1"), "gcc-12-base".to_owned()));
    base.structure.files.push(ImagePath::new("usr/share/doc/libgcc-s1").hash());
    base.structure.files.sort_unstable();
    let inventory = assemble(&[base], &Limits::default());
    let stated: Vec<_> = inventory
        .packages
        .iter()
        .map(|package| (package.id.name.as_str(), package.licenses.len()))
        .collect();
    assert_eq!(stated, [("bash", 0), ("gcc-12-base", 1), ("libgcc-s1", 1)]);
}
