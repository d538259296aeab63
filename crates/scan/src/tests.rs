//! The pipeline as a whole: whatever the transport, the threads and the cache, the same image gives the same body.

#![expect(clippy::disallowed_methods, reason = "a test reads and writes its own files")]

mod distribution_rules;
mod inventory_formats;
mod second_pass;
mod time;

use std::fs;
use std::io::Cursor;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use plimsoll_core::{Day, Limits, ProblemKind, ReleaseCoverage};
use plimsoll_inventory::EXTRACTORS;
use plimsoll_oci::{ArchiveStream, Deadline, OpenOptions, Opened, Reference};
use plimsoll_testkit::{
    Compression, Image, Layer, TarEntry, TarWriter, dpkg, hostile, jar, node, python,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Cache, Filters, NoProgress, ScanReport, ScanSettings, formats, scan};

const OS_RELEASE: &str = "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n";

fn debian() -> Layer {
    Layer::new()
        .file("usr/lib/os-release", OS_RELEASE)
        .symlink("etc/os-release", "../usr/lib/os-release")
        .files(dpkg::database(&[
            dpkg::Package::new("bash", "5.2-1"),
            dpkg::Package::new("curl", "7.88-1"),
        ]))
}

fn image() -> Image {
    let status = [dpkg::Package::new("bash", "5.2-1"), dpkg::Package::new("nginx", "1.22-1")];
    Image::new()
        .platform("linux/amd64")
        .tag("example.com/app:1")
        .layer(debian())
        .layer(
            Layer::new()
                .files(node::package("lodash", "4.17.15"))
                .files(node::package("gone", "1.0.0")),
        )
        .layer(Layer::new().file("srv/app.jar", jar::maven("org.example", "app", "1.2.3")))
        .layer(
            Layer::new().files(dpkg::database(&status)).files(python::dist_info("Django", "3.2.0")),
        )
        .layer(Layer::new().whiteout("usr/local/lib/node_modules/gone").whiteout("srv/nothing"))
}

/// A report on what a reference opens.
fn report(reference: &str, threads: usize, cache: Option<&Cache>) -> ScanReport {
    let options =
        OpenOptions { platform: Some("linux/amd64".parse().unwrap()), ..OpenOptions::default() };
    let opened = plimsoll_oci::open(&Reference::parse(reference).unwrap(), &options).unwrap();
    scan_opened(opened, threads, cache)
}

fn scan_opened(opened: Opened, threads: usize, cache: Option<&Cache>) -> ScanReport {
    let settings = ScanSettings {
        threads: NonZeroUsize::new(threads).unwrap(),
        limits: Limits::default(),
        cache,
        progress: &NoProgress,
        deadline: Deadline::NEVER,
        evaluation_day: "2026-01-01".parse::<Day>().unwrap(),
        filters: Filters::default(),
    };
    scan("image", opened, None, &settings).unwrap()
}

fn stream(archive: Vec<u8>) -> Opened {
    let options =
        OpenOptions { platform: Some("linux/amd64".parse().unwrap()), ..OpenOptions::default() };
    Opened::Stream(Box::new(ArchiveStream::open(Box::new(Cursor::new(archive)), &options).unwrap()))
}

fn body(report: &ScanReport) -> Value {
    serde_json::to_value(formats::report_shape(report)).unwrap()["body"].take()
}

fn names(report: &ScanReport) -> Vec<String> {
    let name =
        |package: &plimsoll_core::Package| format!("{}@{}", package.id.name, package.id.version);
    report.inventory.packages.iter().map(name).collect()
}

fn problems(report: &ScanReport) -> Vec<ProblemKind> {
    report.coverage.problems.iter().map(|problem| problem.kind).collect()
}

fn write(directory: &TempDir, name: &str, bytes: &[u8]) -> String {
    let path = directory.path().join(name);
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

fn archive_of(directory: &TempDir, name: &str, image: &Image) -> String {
    format!("docker-archive:{}", write(directory, name, &image.docker_archive()))
}

fn cache(directory: &Path) -> Cache {
    Cache::open(directory, &Limits::default()).unwrap()
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn the_inventory_is_that_of_the_merged_layers() {
    let directory = TempDir::new().unwrap();
    let report = report(&archive_of(&directory, "a.tar", &image()), 2, None);
    let expected =
        ["bash@5.2-1", "nginx@1.22-1", "org.example:app@1.2.3", "lodash@4.17.15", "Django@3.2.0"];
    assert_eq!(names(&report), expected);
    let layers: Vec<_> =
        report.inventory.packages.iter().map(|package| package.evidence[0].layer).collect();
    assert_eq!(layers, [0, 3, 2, 1, 3]);
    assert_eq!(report.inventory.distro.unwrap().releases, ["12"]);
    assert_eq!(report.coverage.release, ReleaseCoverage::NoSnapshot);
    assert!(report.coverage.problems.is_empty());
}

#[test]
fn the_body_depends_on_neither_transport_nor_threads_nor_cache() {
    let directory = TempDir::new().unwrap();
    let image = image();
    let docker = archive_of(&directory, "docker.tar", &image);
    let oci = format!("oci-archive:{}", write(&directory, "oci.tar", &image.oci_archive()));
    let layout = directory.path().join("layout");
    image.write_oci_layout(&layout).unwrap();
    let layout = format!("oci:{}", layout.display());
    let expected = body(&report(&docker, 1, None));
    let store = directory.path().join("cache");
    for reference in [&docker, &oci, &layout] {
        for threads in [1, 2, 8] {
            assert_eq!(body(&report(reference, threads, None)), expected, "{reference} {threads}");
            assert_eq!(
                body(&report(reference, threads, Some(&cache(&store)))),
                expected,
                "{reference} cached"
            );
        }
    }
    assert_eq!(body(&scan_opened(stream(image.docker_archive()), 1, None)), expected);
    assert_eq!(body(&scan_opened(stream(image.oci_archive()), 1, Some(&cache(&store)))), expected);
}

#[test]
fn a_layout_that_was_scanned_before_is_not_opened_again() {
    let directory = TempDir::new().unwrap();
    let image = image();
    let layout = directory.path().join("layout");
    image.write_oci_layout(&layout).unwrap();
    let reference = format!("oci:{}", layout.display());
    let store = directory.path().join("cache");
    let first = report(&reference, 2, Some(&cache(&store)));
    for layer in image.layers() {
        let name = plimsoll_testkit::digest(&layer.blob()).replace(':', "/");
        fs::remove_file(layout.join("blobs").join(name)).unwrap();
    }
    let second = report(&reference, 2, Some(&cache(&store)));
    assert!(second.layers.iter().all(|layer| layer.from_cache));
    assert_eq!(body(&first), body(&second));
}

#[test]
fn a_config_that_lies_about_its_layers_neither_reads_nor_poisons_the_cache() {
    let directory = TempDir::new().unwrap();
    let honest = Image::new().platform("linux/amd64").layer(debian());
    let evil_layer =
        Layer::new().files(node::package("evil", "6.6.6")).claimed_diff_id(&debian().diff_id());
    let liar = Image::new().platform("linux/amd64").layer(evil_layer);
    let honest = archive_of(&directory, "honest.tar", &honest);
    let liar = archive_of(&directory, "liar.tar", &liar);
    for order in [[&honest, &liar, &honest], [&liar, &honest, &liar]] {
        let store = TempDir::new().unwrap();
        for reference in order {
            let report = report(reference, 1, Some(&cache(store.path())));
            if *reference == honest {
                assert_eq!(names(&report), ["bash@5.2-1", "curl@7.88-1"]);
                assert_eq!(problems(&report), []);
            } else {
                assert_eq!(names(&report), ["evil@6.6.6"]);
                assert_eq!(problems(&report), [ProblemKind::DigestMismatch]);
            }
        }
    }
}

#[test]
fn a_blob_of_a_layout_that_is_not_its_digest_is_refused_and_named() {
    let directory = TempDir::new().unwrap();
    let image = image();
    let layout = directory.path().join("layout");
    image.write_oci_layout(&layout).unwrap();
    let victim = plimsoll_testkit::digest(&image.layers()[1].blob()).replace(':', "/");
    let evil = Layer::new().files(node::package("evil", "6.6.6"));
    fs::write(layout.join("blobs").join(victim), evil.blob()).unwrap();
    let report = report(&format!("oci:{}", layout.display()), 2, None);
    assert!(
        !names(&report).iter().any(|name| name.starts_with("evil") || name.starts_with("lodash"))
    );
    assert_eq!(problems(&report), [ProblemKind::DigestMismatch]);
    assert_eq!(report.coverage.problems[0].layer, Some(1));
}

#[test]
fn a_damaged_record_of_the_cache_is_made_anew() {
    let directory = TempDir::new().unwrap();
    let reference = archive_of(&directory, "a.tar", &image());
    let store = directory.path().join("cache");
    let expected = body(&report(&reference, 1, Some(&cache(&store))));
    for (position, path) in files_below(&store).iter().enumerate() {
        let mut bytes = fs::read(path).unwrap();
        match position % 3 {
            0 => bytes.truncate(bytes.len() / 2),
            1 => *bytes.last_mut().unwrap() ^= 1,
            _ => bytes.clear(),
        }
        fs::write(path, bytes).unwrap();
    }
    assert_eq!(body(&report(&reference, 1, Some(&cache(&store)))), expected);
    for path in files_below(&store) {
        let again = report(&reference, 1, Some(&cache(&store)));
        assert!(again.layers.iter().all(|layer| layer.from_cache));
        fs::write(&path, b"").unwrap();
        assert_eq!(body(&report(&reference, 1, Some(&cache(&store)))), expected, "{path:?}");
    }
    assert!(files_below(&store).len() < EXTRACTORS.len(), "what found nothing is one record");
}

#[test]
fn the_cache_keeps_its_bound() {
    let directory = TempDir::new().unwrap();
    let reference = archive_of(&directory, "a.tar", &image());
    let store = directory.path().join("cache");
    report(&reference, 1, Some(&cache(&store)));
    let size =
        || files_below(&store).iter().map(|path| path.metadata().unwrap().len()).sum::<u64>();
    let whole = size();
    let other = Image::new().platform("linux/amd64").layer(Layer::new().file("a", "b"));
    let other = archive_of(&directory, "b.tar", &other);
    report(&other, 1, Some(&cache(&store).with_max_bytes(whole / 2)));
    assert!(size() <= whole / 2, "{} of {whole}", size());
}

#[test]
fn what_a_link_of_an_upper_layer_names_is_not_lost() {
    let package = |name: &str| node::package_json(name, "1.0.0");
    let status = dpkg::status(&[dpkg::Package::new("bash", "5.2-1")]);
    let lower = Layer::new()
        .file("etc/release-data", OS_RELEASE)
        .file("opt/dpkg/status", status)
        .file("srv/lower", package("link-into-lower-layer"))
        .file("srv/node_modules/a/package.json", package("kept-under-its-other-name"))
        .hard_link("srv/node_modules/b/package.json", "srv/node_modules/a/package.json");
    let upper = Layer::new()
        .symlink("etc/os-release", "release-data")
        .symlink("var/lib/dpkg", "/opt/dpkg")
        .hard_link("srv/node_modules/l/package.json", "srv/lower")
        .hard_link("srv/node_modules/x/package.json", "srv/nowhere")
        .whiteout("srv/node_modules/a");
    let image = Image::new().platform("linux/amd64").layer(lower).layer(upper);
    let directory = TempDir::new().unwrap();
    let report = report(&archive_of(&directory, "a.tar", &image), 2, None);
    assert_eq!(
        names(&report),
        ["bash@5.2-1", "kept-under-its-other-name@1.0.0", "link-into-lower-layer@1.0.0"]
    );
    assert_eq!(report.inventory.distro.as_ref().unwrap().version_id, "12");
    assert_eq!(problems(&report), [ProblemKind::Unreadable]);
    let layer = |name: &str| {
        let packages = report.inventory.packages.iter();
        packages
            .filter(|package| package.id.name == name)
            .map(|package| package.evidence[0].layer)
            .next()
    };
    assert_eq!((layer("bash"), layer("kept-under-its-other-name")), (Some(1), Some(0)));
}

#[test]
fn one_layer_a_thousand_times_does_not_fill_the_memory() {
    let packages: Vec<_> =
        (0..300).map(|number| dpkg::Package::new(&format!("p{number}"), "1")).collect();
    let mut image = Image::new().platform("linux/amd64");
    for _ in 0..20 {
        image = image.layer(Layer::new().files(dpkg::database(&packages)));
    }
    let reports = |limit| {
        let limits = Limits { image_result_bytes: limit, ..Limits::default() };
        let directory = TempDir::new().unwrap();
        let reference = archive_of(&directory, "a.tar", &image);
        let settings = |threads| ScanSettings {
            threads: NonZeroUsize::new(threads).unwrap(),
            limits,
            cache: None,
            progress: &NoProgress,
            deadline: Deadline::NEVER,
            evaluation_day: "2026-01-01".parse::<Day>().unwrap(),
            filters: Filters::default(),
        };
        let file = |threads| {
            let opened =
                plimsoll_oci::open(&Reference::parse(&reference).unwrap(), &OpenOptions::default());
            scan("image", opened.unwrap(), None, &settings(threads)).unwrap()
        };
        let piped = scan("image", stream(image.docker_archive()), None, &settings(1)).unwrap();
        [file(1), file(2), file(8), piped]
    };
    let [one, others @ ..] = reports(1 << 20);
    let kept = problems(&one);
    assert!(kept.iter().all(|kind| *kind == ProblemKind::LimitExceeded));
    assert!((1..20).contains(&kept.len()), "{}", kept.len());
    assert_eq!(names(&one).len(), 300);
    for other in &others {
        assert_eq!(body(other), body(&one));
    }
    for report in &reports(1 << 30) {
        assert_eq!((problems(report), names(report).len()), (Vec::new(), 300));
    }
}

#[test]
fn entries_that_come_again_take_no_more_than_their_time() {
    let mut layer = Layer::new();
    for version in ["1.0.0", "2.0.0"] {
        for number in 0..5_000 {
            let name = format!("p{number}");
            layer = layer.file(
                format!("srv/node_modules/{name}/package.json"),
                node::package_json(&name, version),
            );
        }
    }
    let image = Image::new().platform("linux/amd64").layer(layer);
    let directory = TempDir::new().unwrap();
    let report = report(&archive_of(&directory, "a.tar", &image), 1, None);
    assert_eq!(report.inventory.packages.len(), 5_000);
    assert!(report.inventory.packages.iter().all(|package| package.id.version == "2.0.0"));
}

#[test]
fn an_archive_that_breaks_off_says_the_same_from_a_file_and_from_a_pipe() {
    let mut layer = Layer::new();
    for number in 0..200 {
        layer = layer.files(node::package(&format!("p{number:03}"), "1.0.0"));
    }
    let archive = Image::new().platform("linux/amd64").layer(layer).docker_archive();
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("a.tar");
    for length in (0..archive.len()).step_by(512 * 41 + 17) {
        let part = archive[..length].to_vec();
        fs::write(&file, &part).unwrap();
        let options = OpenOptions::default();
        let Ok(opened) =
            plimsoll_oci::open(&Reference::parse(file.to_str().unwrap()).unwrap(), &options)
        else {
            continue;
        };
        let expected = body(&scan_opened(opened, 2, None));
        assert_eq!(body(&scan_opened(stream(part), 1, None)), expected, "{length} bytes");
    }
}

#[test]
fn a_layer_that_the_archive_lacks_is_named_the_same_from_a_file_and_from_a_pipe() {
    let image = Image::new().platform("linux/amd64").layer(debian());
    let mut writer = TarWriter::new(Vec::new());
    let manifest = r#"[{"Config":"config.json","Layers":["gone.tar"]}]"#;
    for (name, content) in
        [("manifest.json", manifest.into()), ("config.json", image.config_bytes())]
    {
        writer.entry(&TarEntry::file(name, content)).unwrap();
    }
    let archive: Vec<u8> = writer.finish().unwrap();
    let directory = TempDir::new().unwrap();
    let path = write(&directory, "lacking.tar", &archive);
    let from_file = report(&path, 1, None);
    assert!(from_file.coverage.problems[0].detail.contains("gone.tar"));
    assert_eq!(body(&scan_opened(stream(archive), 1, None)), body(&from_file));
}

#[test]
fn a_layout_that_is_named_as_the_cache_loses_no_blob() {
    let directory = TempDir::new().unwrap();
    let layout = directory.path().join("layout");
    image().write_oci_layout(&layout).unwrap();
    let reference = archive_of(&directory, "a.tar", &image());
    let before = files_below(&layout);
    report(&reference, 1, Some(&cache(&layout).with_max_bytes(0)));
    let after = files_below(&layout);
    assert!(before.iter().all(|file| after.contains(file)));
}

#[test]
fn many_scans_share_one_cache() {
    let directory = TempDir::new().unwrap();
    let reference = archive_of(&directory, "a.tar", &image());
    let expected = body(&report(&reference, 1, None));
    let store = directory.path().join("cache");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope
                .spawn(|| assert_eq!(body(&report(&reference, 2, Some(&cache(&store)))), expected));
        }
    });
}

#[test]
fn wanted_names_that_are_links_to_unwanted_ones_are_read_in_a_second_pass() {
    let base = Layer::new()
        .file("etc/release-data", OS_RELEASE)
        .symlink("etc/os-release", "release-data")
        .file("srv/.store/ab12", node::package_json("linked", "2.0.0"));
    let app = Layer::new()
        .file("srv/.store/cd34", node::package_json("pnpm-package", "3.0.0"))
        .hard_link("srv/node_modules/pnpm-package/package.json", "srv/.store/cd34");
    let image = Image::new().platform("linux/amd64").layer(base).layer(app);
    let directory = TempDir::new().unwrap();
    let report = report(&archive_of(&directory, "a.tar", &image), 2, None);
    assert_eq!(names(&report), ["pnpm-package@3.0.0"]);
    assert_eq!(report.inventory.distro.as_ref().unwrap().version_id, "12");
    let piped = scan_opened(stream(image.docker_archive()), 1, None);
    // A pipe cannot be read twice: what is missing is named.
    assert_eq!(problems(&piped), [ProblemKind::Unreadable, ProblemKind::Unreadable]);
}

#[test]
fn what_only_a_store_of_links_still_holds_is_not_installed() {
    let program = plimsoll_testkit::elf::go_program("go1.20.1", "path\ta\nmod\ta\tv1.0.0\n");
    let base = Layer::new()
        .file("srv/node_modules/a/package.json", node::package_json("a", "1.0.0"))
        .hard_link("srv/.store/ab12", "srv/node_modules/a/package.json")
        .executable("usr/bin/program", program)
        .hard_link("opt/program", "usr/bin/program");
    let upgrade = Layer::new()
        .file("srv/node_modules/a/package.json", node::package_json("a", "2.0.0"))
        .whiteout("usr/bin/program");
    let image = Image::new().platform("linux/amd64").layer(base).layer(upgrade);
    let directory = TempDir::new().unwrap();
    let report = report(&archive_of(&directory, "a.tar", &image), 2, None);
    // A program is one under any name.
    assert_eq!(names(&report), ["a@v1.0.0", "stdlib@1.20.1", "a@2.0.0"]);
}

#[test]
fn hostile_layers_end_in_a_report_that_says_so() {
    let directory = TempDir::new().unwrap();
    let cases: [(&str, Layer, &[ProblemKind]); 7] = [
        ("escape", hostile::path_escape(), &[ProblemKind::PathEscape]),
        ("cycles", hostile::link_cycles(), &[]),
        ("zeros", hostile::zeros_bomb(10_000), &[ProblemKind::LimitExceeded]),
        ("long-name", hostile::long_name_bomb(2_048), &[ProblemKind::LimitExceeded]),
        ("entries", hostile::many_entries(1_000_000), &[]),
        ("truncated", hostile::truncated_gzip(), &[ProblemKind::Truncated]),
        (
            "nested",
            Layer::new().file("a.jar", jar::nested(12, "g", "a", "1")),
            &[ProblemKind::LimitExceeded],
        ),
    ];
    for (name, layer, expected) in cases {
        let image = Image::new().platform("linux/amd64").layer(debian()).layer(layer);
        let report = report(&archive_of(&directory, name, &image), 2, None);
        assert!(names(&report).contains(&"bash@5.2-1".to_owned()), "{name}");
        let mut kinds = problems(&report);
        kinds.retain(|kind| *kind != ProblemKind::DigestMismatch);
        kinds.dedup();
        assert_eq!(kinds, expected, "{name}: {:?}", report.coverage.problems);
    }
}

#[test]
fn compressed_layers_give_what_plain_ones_give() {
    let directory = TempDir::new().unwrap();
    let expected = names(&report(&archive_of(&directory, "plain.tar", &image()), 2, None));
    for (name, compression) in [("gzip", Compression::Gzip), ("zstd", Compression::Zstd)] {
        let mut compressed = Image::new().platform("linux/amd64");
        for layer in image().layers() {
            compressed = compressed.layer(layer.clone().compressed(compression));
        }
        let layout = directory.path().join(name);
        compressed.write_oci_layout(&layout).unwrap();
        assert_eq!(
            names(&report(&format!("oci:{}", layout.display()), 2, None)),
            expected,
            "{name}"
        );
    }
}
