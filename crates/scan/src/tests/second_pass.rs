//! What only the merged image shows to be wanted.

use super::*;

/// A Redis of that version, as far as its bytes say so.
fn redis(version: &str) -> Vec<u8> {
    format!("\x7fELF\0Server started, Redis version {version}\0").into_bytes()
}

fn reported(layers: impl IntoIterator<Item = Layer>) -> ScanReport {
    let image = Image::new().platform("linux/amd64");
    let image = layers.into_iter().fold(image, Image::layer);
    let directory = TempDir::new().unwrap();
    report(&archive_of(&directory, "a.tar", &image), 2, None)
}

/// Name, version and the places of each package.
fn places(report: &ScanReport) -> Vec<String> {
    let packages = report.inventory.packages.iter();
    packages
        .map(|package| {
            let places = package.evidence.iter();
            let places: Vec<_> = places.map(|one| format!("{}:{}", one.layer, one.path)).collect();
            format!("{}@{} {}", package.id.name, package.id.version, places.join(" "))
        })
        .collect()
}

#[test]
fn a_program_that_only_links_call_by_its_name_is_found_once_where_it_lies() {
    let programs = Layer::new()
        .executable("opt/redis/bin/rds-7", redis("7.2.4"))
        .symlink("opt/redis/bin/redis-server", "rds-7");
    let links = Layer::new()
        .symlink("usr/local/bin/redis-server", "/opt/redis/bin/redis-server")
        .symlink("usr/local/bin/redis-cli", "/opt/redis/bin/rds-7");
    let report = reported([debian(), programs, links]);
    assert_eq!(report.coverage.problems, []);
    let found = places(&report);
    assert_eq!(found[2..], ["redis@7.2.4 1:opt/redis/bin/rds-7"]);
}

#[test]
fn a_program_behind_a_link_to_a_hard_link_is_found() {
    let layer = Layer::new()
        .executable("opt/store/ab12", redis("7.2.4"))
        .hard_link("opt/rds", "opt/store/ab12")
        .symlink("usr/bin/redis-server", "/opt/rds");
    assert_eq!(places(&reported([layer])), ["redis@7.2.4 0:opt/rds"]);
}

#[test]
fn a_link_to_a_program_that_is_hidden_owned_or_known_by_its_own_name_adds_nothing() {
    let status = dpkg::Package::new("rds", "7.0-1").files(&["/usr/lib/rds/rds", "/usr/bin/rds-7"]);
    let base = Layer::new()
        .files(dpkg::database(&[status]))
        .executable("usr/lib/rds/rds", redis("7.0.1"))
        .symlink("usr/bin/redis-server", "/etc/alternatives/rds")
        .symlink("etc/alternatives/rds", "/usr/lib/rds/rds")
        .executable("opt/old", redis("6.0.1"))
        .symlink("opt/bin/redis-server", "../old")
        .executable("opt/new/redis-server", redis("7.4.0"))
        .symlink("usr/local/bin/redis-server", "/opt/new/redis-server")
        .symlink("usr/local/bin/redis-cli", "nowhere");
    let report = reported([base, Layer::new().whiteout("opt/old")]);
    assert_eq!(report.coverage.problems, []);
    let found = places(&report);
    assert_eq!(found[1..], ["redis@7.4.0 0:opt/new/redis-server"]);
    assert_eq!(found.len(), 2);
}

#[test]
fn links_to_programs_without_end_are_told() {
    let layer = |count: usize| {
        (0..count).fold(Layer::new(), |layer, number| {
            layer
                .executable(format!("opt/p{number}"), redis("7.2.4"))
                .symlink(format!("srv/{number}/redis-server"), format!("/opt/p{number}"))
        })
    };
    let limit = Limits::default().followed_links;
    let report = reported([layer(limit + 2)]);
    let redis = report.inventory.packages.iter().find(|package| package.id.name == "redis");
    assert_eq!(redis.unwrap().evidence.len(), limit);
    let details: Vec<_> = report.coverage.problems.iter().map(|one| &one.detail).collect();
    let is_told = |detail: &&&String| detail.starts_with("2 links, or");
    assert!(details.iter().any(|detail| is_told(&detail)), "{details:?}");
}

#[test]
fn an_archive_that_only_a_link_calls_one_is_found_where_it_lies() {
    let layer = Layer::new()
        .file("srv/app-1", jar::maven("org.example", "app", "1.2.3"))
        .symlink("srv/app.jar", "app-1")
        .symlink("usr/share/app.jar", "../../srv/app.jar");
    let expected = ["org.example:app@1.2.3 0:srv/app-1"];
    assert_eq!(places(&reported([layer])), expected);
}

#[test]
fn a_directory_is_walked_again_as_a_layer_is_read_again() {
    let directory = TempDir::new().unwrap();
    let root = directory.path().join("root");
    for name in ["opt", "usr/bin", "kept"] {
        fs::create_dir_all(root.join(name)).unwrap();
    }
    fs::write(root.join("opt/rds-7"), redis("7.2.4")).unwrap();
    let (kept, status) = dpkg::database(&[dpkg::Package::new("bash", "5.2-1")]).remove(0);
    assert!(kept.ends_with("status"));
    fs::write(root.join("kept/status"), status).unwrap();
    fs::create_dir_all(root.join("var/lib")).unwrap();
    std::os::unix::fs::symlink("/opt/rds-7", root.join("usr/bin/redis-server")).unwrap();
    std::os::unix::fs::symlink("../../kept", root.join("var/lib/dpkg")).unwrap();
    let report = report(&format!("dir:{}", root.display()), 1, None);
    let expected = ["bash@5.2-1 0:var/lib/dpkg/status", "redis@7.2.4 0:opt/rds-7"];
    assert_eq!(places(&report), expected);
}

#[test]
fn links_are_followed_where_they_lead_for_whoever_follows_them() {
    let jar = || jar::maven("org.example", "app", "1.2.3");
    let gemspec =
        "Gem::Specification.new do |s|\n  s.name = \"rack\"\n  s.version = \"2.0.1\"\nend\n";
    let own = dpkg::database(&[dpkg::Package::new("vendor", "1").files(&["/opt/app-1"])]);
    let other = dpkg::database(&[dpkg::Package::new("sed", "1")]);
    let other = other.into_iter().map(|(path, content)| (format!("c/{path}"), content));
    let layer = Layer::new()
        .file("usr/lib/os-release", OS_RELEASE)
        .files(own)
        // Of a package: what an archive carries is not in its record.
        .file("opt/app-1", jar())
        .symlink("opt/app.jar", "app-1")
        // Below another root, absolute.
        .files(other.collect::<Vec<_>>())
        .file("c/opt/app-2", jar())
        .symlink("c/opt/app.jar", "/opt/app-2")
        // Its own directory says nothing to the part.
        .file("opt/src/rack.gemspec", gemspec)
        .symlink(
            "usr/lib/ruby/gems/3.0.0/specifications/rack-2.0.1.gemspec",
            "/opt/src/rack.gemspec",
        )
        // A hard link to a link.
        .file("srv/app-3", jar())
        .symlink("srv/link", "app-3")
        .hard_link("srv/app.jar", "srv/link")
        // In its place, though only some of its directory are.
        .file("kept/libssl3", dpkg::Package::new("libssl3", "3").stanza())
        .symlink("var/lib/dpkg/status.d/libssl3", "/kept/libssl3")
        // A list of Nix packages below a directory is one of a root.
        .directory("n/nix/store/0123456789abcdfghijklmnpqrsvwxyz-openssl-3.0.9");
    let report = reported([layer]);
    assert_eq!(report.coverage.problems, []);
    let expected = [
        "libssl3@3 0:var/lib/dpkg/status.d/libssl3",
        "sed@1 0:c/var/lib/dpkg/status",
        "vendor@1 0:var/lib/dpkg/status",
        "rack@2.0.1 0:opt/src/rack.gemspec",
        "org.example:app@1.2.3 0:c/opt/app-2 0:opt/app-1 0:srv/app.jar",
        "openssl@3.0.9 0:n/nix/store/0123456789abcdfghijklmnpqrsvwxyz-openssl-3.0.9",
    ];
    assert_eq!(places(&report), expected);
}

#[test]
fn what_links_cost_is_bounded() {
    let slow = |number: usize| format!("{}{}", "x/../".repeat(800), number + 1);
    let layer = (0..39).fold(Layer::new().directory("c/x"), |layer, number| {
        layer.symlink(format!("c/{number}"), slow(number))
    });
    let layer =
        (0..2_000).fold(layer, |layer, number| layer.symlink(format!("x/{number}.jar"), "/c/0"));
    let report = reported([layer.file("dev", "").symlink("a.jar", "/dev")]);
    let details: Vec<_> = report.coverage.problems.iter().map(|one| &one.detail).collect();
    assert!(details.iter().any(|detail| detail.contains("links")), "{details:?}");
}
