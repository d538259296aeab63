use plimsoll_core::PackageState;

use super::*;

/// A claim's file in a layer, by the part that reads it.
fn claimed(claims: &[(Authority, FoundPackage, &str)]) -> Vec<(String, String, usize)> {
    let claims = claims.iter().map(|(authority, found, path)| Claim {
        authority: *authority,
        found,
        id: PackageId {
            kind: PackageType::from_purl_type(&found.kind).unwrap(),
            name: found.name.clone(),
            version: found.version.clone(),
            arch: found.arch.clone(),
            module: None,
            system: None,
        },
        evidence: Evidence {
            path: ImagePath::new(path),
            inner_path: None,
            layer: 0,
            part: "test",
            state: PackageState::Installed,
            sha1: None,
            owner: None,
        },
    });
    let packages = Packages::new(claims.collect(), None).finish(&Abouts::default());
    let row = |package: Package| (package.id.name, package.id.version, package.evidence.len());
    packages.into_iter().map(row).collect()
}

#[test]
fn a_program_known_by_its_bytes_says_nothing_where_a_record_speaks_for_it() {
    let generic = |version| FoundPackage::new(PackageType::Generic, "openjdk", version);
    let (record, fingerprint) = (Authority::Record, Authority::Fingerprint);
    let rows = claimed(&[
        (fingerprint, generic("17.0.2+8-LTS"), "opt/jdk/bin/java"),
        (fingerprint, generic("11.0.1+13"), "opt/other/bin/java"),
        (record, generic("17.0.2+8"), "opt/jdk/release"),
    ]);
    let row = |version: &str, places| ("openjdk".to_owned(), version.to_owned(), places);
    assert_eq!(rows, [row("11.0.1+13", 1), row("17.0.2+8", 2)]);
}

#[test]
fn an_assembly_that_a_list_of_dependencies_names_is_that_package() {
    let nuget = |name, version| FoundPackage::new(PackageType::Nuget, name, version);
    let mut runtime = nuget("Microsoft.NETCore.App.Runtime.linux-x64", "8.0.1");
    runtime.owned_paths = vec![ImagePath::new("app/System.Text.Json.dll").hash()];
    let (record, fingerprint) = (Authority::Record, Authority::Fingerprint);
    let rows = claimed(&[
        (fingerprint, nuget("System.Text.Json", "8.0.123"), "app/System.Text.Json.dll"),
        (fingerprint, nuget("newtonsoft.json", "13.0.3.27908"), "app/Newtonsoft.Json.dll"),
        (fingerprint, nuget("Other", "1.0.0"), "app/Other.dll"),
        (record, nuget("Newtonsoft.Json", "13.0.3"), "app/App.deps.json"),
        (record, runtime, "app/App.deps.json"),
    ]);
    let row = |name: &str, version: &str, places| (name.to_owned(), version.to_owned(), places);
    assert_eq!(
        rows,
        [
            row("Microsoft.NETCore.App.Runtime.linux-x64", "8.0.1", 2),
            row("Newtonsoft.Json", "13.0.3", 2),
            row("Other", "1.0.0", 1),
        ]
    );
}

#[test]
fn what_is_declared_without_a_version_is_another_place_of_the_one_that_has_one() {
    let julia = |name, version| FoundPackage::new(PackageType::Julia, name, version);
    let declared = |name| FoundPackage { state: FoundState::Declared, ..julia(name, "") };
    let record = Authority::Record;
    let rows = claimed(&[
        (record, julia("Dates", "1.10.4"), "usr/share/julia/stdlib/v1.10/Dates/Project.toml"),
        (record, declared("Dates"), "app/Manifest.toml"),
        (record, declared("dates"), "app/Manifest.toml"),
        (record, julia("HTTP", "1.9.0"), "a/HTTP/Project.toml"),
        (record, julia("HTTP", "1.10.0"), "b/HTTP/Project.toml"),
        (record, declared("HTTP"), "app/Manifest.toml"),
        // Something that is there is not what another file says.
        (record, julia("JSON", "0.21.4"), "a/JSON/Project.toml"),
        (record, julia("JSON", ""), "b/JSON/Project.toml"),
    ]);
    let row = |name: &str, version: &str, places| (name.to_owned(), version.to_owned(), places);
    assert_eq!(
        rows,
        [
            row("Dates", "1.10.4", 2),
            row("HTTP", "", 1),
            row("HTTP", "1.10.0", 1),
            row("HTTP", "1.9.0", 1),
            row("JSON", "", 1),
            row("JSON", "0.21.4", 1),
            row("dates", "", 1),
        ]
    );
}

#[test]
fn a_go_program_whose_linker_knew_no_version_has_that_of_its_bytes() {
    let go = |name, version| FoundPackage::new(PackageType::Golang, name, version);
    let rows = claimed(&[
        (Authority::Record, go("example.com/a/vault/v2", "(devel)"), "bin/vault"),
        (Authority::Record, go("example.com/a/vault/v2", "(devel)"), "bin/other"),
        (Authority::Fingerprint, go("example.com/a/vault", "v2.1.0"), "bin/vault"),
    ]);
    let name = || "example.com/a/vault/v2".to_owned();
    assert_eq!(rows, [(name(), "(devel)".to_owned(), 1), (name(), "v2.1.0".to_owned(), 1)]);
}

#[test]
fn a_go_programs_version_is_known_by_its_bytes_where_its_path_has_no_major_version() {
    let go = |name, version| FoundPackage::new(PackageType::Golang, name, version);
    let name = || "example.com/a/vault".to_owned();
    let rows = claimed(&[
        (Authority::Record, go("example.com/a/vault", "(devel)"), "bin/vault"),
        (Authority::Fingerprint, go("example.com/a/vault", "v1.20.2"), "bin/vault"),
    ]);
    assert_eq!(rows, [(name(), "v1.20.2".to_owned(), 1)]);
    let rows = claimed(&[
        (Authority::Record, go("example.com/a/vault", "v1.20.2+dirty"), "bin/vault"),
        (Authority::Fingerprint, go("example.com/a/vault", "v1.20.2"), "bin/vault"),
    ]);
    assert_eq!(rows, [(name(), "v1.20.2+dirty".to_owned(), 1)]);
}

#[test]
fn a_go_program_that_links_a_module_says_nothing_of_the_program_beside_it() {
    let go = |version| FoundPackage::new(PackageType::Golang, "example.com/a/helm", version);
    let rows = claimed(&[
        (Authority::Record, go("v3.11.0"), "usr/local/bin/other"),
        (Authority::Fingerprint, go("v3.14.3"), "usr/local/bin/helm"),
    ]);
    let row = |version: &str| ("example.com/a/helm".to_owned(), version.to_owned(), 1);
    assert_eq!(rows, [row("v3.11.0"), row("v3.14.3")]);
}

#[test]
fn the_package_managers_record_wins_over_a_bill_of_materials() {
    let apk = |version: &str, arch: Option<&str>| {
        let mut package = FoundPackage::new(PackageType::Apk, "openssl", version);
        package.arch = arch.map(str::to_owned);
        package
    };
    let npm = |version| FoundPackage::new(PackageType::Npm, "left-pad", version);
    let rows = claimed(&[
        (Authority::Sbom, apk("3.1-r0", None), "sbom"),
        (Authority::Sbom, apk("3.0-r0", None), "sbom"),
        (Authority::Sbom, FoundPackage::new(PackageType::Apk, "gone", "1-r0"), "sbom"),
        (Authority::Sbom, npm("1.3.0"), "sbom"),
        (Authority::Record, apk("3.1-r0", Some("x86_64")), "lib/apk/db/installed"),
        (Authority::Record, npm("1.2.0"), "a/package.json"),
    ]);
    let row = |name: &str, version: &str, places| (name.to_owned(), version.to_owned(), places);
    assert_eq!(
        rows,
        [row("openssl", "3.1-r0", 2), row("left-pad", "1.2.0", 1), row("left-pad", "1.3.0", 1)]
    );
}

#[test]
fn a_bitnami_component_is_the_same_without_its_revision() {
    let bitnami = |version| FoundPackage::new(PackageType::Bitnami, "postgresql", version);
    let rows = claimed(&[
        (Authority::Record, bitnami("15.3.0-7"), "opt/bitnami/.bitnami_components.json"),
        (Authority::Sbom, bitnami("15.3.0"), "opt/bitnami/postgresql/.spdx-postgresql.spdx"),
        (Authority::Sbom, bitnami("15.3"), "opt/bitnami/other/.spdx-other.spdx"),
    ]);
    let row = |version: &str, places| ("postgresql".to_owned(), version.to_owned(), places);
    assert_eq!(rows, [row("15.3", 1), row("15.3.0-7", 2)]);
}
