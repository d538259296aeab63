//! The program as its user meets it: exit code, standard output and standard error.

#![expect(clippy::disallowed_methods, reason = "a test reads and writes its own files")]

mod daemons;
mod lookups;
mod platforms;
mod registry;
mod snapshots_moved;
mod trust;
mod updates;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use plimsoll_testkit::{Image, Layer, dpkg, node, osv, python};
use serde_json::Value;
use tempfile::TempDir;

/// A user with an empty home.
struct User {
    home: TempDir,
}

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl User {
    fn new() -> Self {
        Self { home: TempDir::new().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(arguments).env_clear().env("HOME", self.home.path()).env("COLUMNS", "120");
        command.current_dir(self.home.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let ran = ran(child.wait_with_output().unwrap());
        // The program may have seen enough before the end.
        let _ = writer.join();
        ran
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Builds a snapshot in which Debian 12, npm and PyPI are complete.
    fn build_snapshot(&self) -> Ran {
        let debian = osv::record("CVE-2024-0001", "Debian:12", "bash", Some("5.2-3"));
        let npm = osv::record("GHSA-aaaa-bbbb-cccc", "npm", "lodash", Some("4.17.21"));
        let malware = osv::record("MAL-2024-1", "npm", "evil", None);
        let pypi = osv::record("PYSEC-2024-1", "PyPI", "django", Some("3.2.5"));
        self.write("feeds/Debian/all.zip", &osv::all_zip(&[debian]));
        self.write("feeds/npm/all.zip", &osv::all_zip(&[npm, malware]));
        self.write("feeds/PyPI/all.zip", &osv::all_zip(&[pypi]));
        self.run(&["db", "build", "--feeds", "feeds"])
    }
}

fn ran(output: std::process::Output) -> Ran {
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn debian() -> Layer {
    Layer::new()
        .file(
            "etc/os-release",
            "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n",
        )
        .files(dpkg::database(&[dpkg::Package::new("bash", "5.2-1")]))
}

fn image() -> Image {
    Image::new()
        .platform("linux/amd64")
        .tag("example.com/app:1")
        .layer(debian())
        .layer(
            Layer::new()
                .files(node::package("lodash", "4.17.15"))
                .files(node::package("evil", "1.0.0")),
        )
        .layer(Layer::new().files(python::dist_info("Django", "3.2.0")))
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

/// What lies in a file of the repository.
fn repository_file(name: &str) -> String {
    // Cargo runs tests in their package's folder.
    let path = Path::new("../..").join(name);
    String::from_utf8(fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_demonstration_needs_nothing_and_finds_the_famous() {
    let ran = User::new().run(&["demo", "--as-of", "2026-01-01"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("demo", ran.stdout);
}

#[test]
fn a_policy_fails_the_scan() {
    let user = User::new();
    assert_eq!(user.run(&["demo", "--fail-on", "critical"]).code, 1);
    assert_eq!(user.run(&["demo", "--require-coverage"]).code, 0);
}

#[test]
fn the_json_report_is_what_its_schema_says() {
    let user = User::new();
    user.build_snapshot();
    user.write("image.tar", &image().docker_archive());
    let schema: Value = serde_json::from_str(&repository_file("docs/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for arguments in [
        &["demo", "--format", "json"][..],
        &["scan", "./image.tar", "--format", "json"],
        &["--data", "elsewhere", "scan", "./image.tar", "--format", "json"],
    ] {
        let report = json(&user.run(arguments));
        let errors: Vec<_> =
            validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{arguments:?}: {errors:?}");
    }
}

#[test]
fn a_scan_without_advisories_gives_the_inventory_and_says_what_is_missing() {
    let user = User::new();
    user.write("image.tar", &image().docker_archive());
    let ran = user.run(&["scan", "./image.tar"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stdout.contains("Debian GNU/Linux 12"), "{}", ran.stdout);
    assert!(ran.stdout.contains("4 packages"), "{}", ran.stdout);
    assert!(ran.stdout.contains("not judged"), "{}", ran.stdout);
    assert!(ran.stderr.contains("plimsoll db update"), "{}", ran.stderr);
}

#[test]
fn a_snapshot_is_built_shown_asked_and_used() {
    let user = User::new();
    let built = user.build_snapshot();
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert!(built.stdout.contains(" kB · revision "), "{}", built.stdout);
    let status = user.run(&["db", "status"]);
    assert!(status.stdout.contains("Debian"), "{}", status.stdout);
    assert_eq!(json(&user.run(&["db", "status", "--json"]))["records"], 4);
    let known = user.run(&["db", "lookup", "pkg:npm/lodash@4.17.15"]);
    assert!(
        known.stdout.contains("GHSA-aaaa-bbbb-cccc                 affected "),
        "{}",
        known.stdout
    );
    let fixed = user.run(&["db", "lookup", "pkg:npm/lodash@4.17.21"]);
    assert!(fixed.stdout.contains("not affected"), "{}", fixed.stdout);
    let debian = user.run(&["db", "lookup", "pkg:deb/debian/bash@5.2-1?distro=debian-12"]);
    assert!(debian.stdout.contains(" affected "), "{}", debian.stdout);
    let no_release = user.run(&["db", "lookup", "pkg:deb/debian/bash@5.2-1"]);
    assert!(no_release.stderr.contains("distro="), "{}", no_release.stderr);
    assert!(user.run(&["db", "lookup", "pkg:npm/unheard-of"]).stdout.contains("nothing is known"));
    user.write("image.tar", &image().docker_archive());
    let report = json(&user.run(&["scan", "./image.tar", "-f", "json"]));
    let findings = report["body"]["findings"].as_array().unwrap();
    let found: Vec<_> = findings.iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!((findings[0]["kind"].as_str(), found[0]), (Some("malware"), "MAL-2024-1"));
    let bash = findings.iter().find(|finding| finding["id"] == "CVE-2024-0001").unwrap();
    assert_eq!(bash["occurrences"][0]["fixed"], "5.2-3");
    assert_eq!(report["body"]["coverage"]["verdict"], "complete");
}

#[test]
fn a_damaged_feed_costs_only_itself_and_is_told() {
    let user = User::new();
    let npm = osv::record("GHSA-aaaa-bbbb-cccc", "npm", "lodash", Some("4.17.21"));
    let archive = osv::all_zip(&[npm]);
    user.write("feeds/npm/all.zip", &archive[..archive.len() - 9]);
    let pypi = osv::record("PYSEC-2024-1", "PyPI", "django", Some("3.2.5"));
    user.write("feeds/PyPI/all.zip", &osv::all_zip(&[pypi]));
    let built = user.run(&["db", "build", "--feeds", "feeds"]);
    assert_eq!(built.code, 4, "{}", built.stderr);
    assert!(built.stdout.contains("1 records  PyPI/all.zip"), "{}", built.stdout);
    assert!(built.stderr.contains("failed to read all of npm/all.zip"), "{}", built.stderr);
    let status = json(&user.run(&["db", "status", "--json"]));
    assert_eq!(status["complete"][0]["family"], "PyPI");
    assert_eq!(status["complete"].as_array().unwrap().len(), 1);
    user.write("feeds/PyPI/all.zip", b"PK");
    let none = user.run(&["db", "build", "--feeds", "feeds"]);
    assert_eq!(none.code, 5, "{}", none.stderr);
}

#[test]
fn unknown_is_never_nothing_found() {
    let user = User::new();
    user.build_snapshot();
    let other = debian()
        .file("etc/os-release", "ID=debian\nVERSION_ID=\"99\"\nPRETTY_NAME=\"Debian 99\"\n");
    user.write("image.tar", &Image::new().platform("linux/amd64").layer(other).docker_archive());
    let ran = user.run(&["scan", "./image.tar"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.contains("not-covered"), "{}", ran.stdout);
    assert_eq!(user.run(&["scan", "./image.tar", "--require-coverage"]).code, 4);
}

#[test]
fn filters_leave_out_and_say_so() {
    let user = User::new();
    user.build_snapshot();
    user.write("image.tar", &image().docker_archive());
    let all = json(&user.run(&["scan", "./image.tar", "-f", "json"]));
    let some = json(&user.run(&[
        "scan",
        "./image.tar",
        "-f",
        "json",
        "--severity",
        "critical",
        "--fixed-only",
    ]));
    let count = |report: &Value| report["body"]["findings"].as_array().unwrap().len();
    let left_out = some["body"]["summary"]["not_reported"].as_u64().unwrap();
    assert_eq!(count(&all), count(&some) + left_out as usize);
    // Malware is never filtered.
    assert_eq!(some["body"]["findings"][0]["kind"], "malware");
}

#[test]
fn what_cannot_be_read_has_its_exit_code() {
    let user = User::new();
    let two = plimsoll_testkit::docker_archive(&[image(), image().tag("example.com/other:2")]);
    user.write("two.tar", &two);
    user.write("garbage.tar", b"this is no archive");
    for (arguments, code, message) in [
        (&["scan", "./two.tar"][..], 2, "choose"),
        (&["scan", "./garbage.tar"], 3, "failed to"),
        (&["scan", "docker-archive:missing.tar"], 3, "missing.tar"),
        (&["scan", "dir:nowhere"], 3, "nowhere"),
        (&["scan", "./two.tar", "--format", "html"], 2, "html"),
        (&["scan", "./two.tar", "--as-of", "yesterday"], 2, "yesterday"),
        (&["scan", "-", "--username", "u", "--password-stdin"], 2, "standard input"),
        (&["db", "status"], 5, "db build"),
        (&["db", "lookup", "lodash"], 2, "lodash"),
        (&["db", "build", "--feeds", "nowhere"], 2, "nowhere"),
    ] {
        let ran = user.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn an_archive_is_read_from_standard_input() {
    let user = User::new();
    let ran = user.run_with_input(&["sbom", "-"], &image().docker_archive());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let bom = json(&ran);
    let purls: Vec<_> = bom["components"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["purl"].as_str())
        .collect();
    assert_eq!(
        purls,
        [
            "pkg:deb/debian/bash@5.2-1?arch=amd64&distro=debian-12",
            "pkg:npm/evil@1.0.0",
            "pkg:npm/lodash@4.17.15",
            "pkg:pypi/django@3.2.0",
        ]
    );
}

#[test]
fn names_from_an_image_never_reach_the_terminal_as_they_are() {
    let user = User::new();
    user.build_snapshot();
    let os_release = "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"\x1b[2JDebian\u{202e}\"\n";
    let layer = debian().file("etc/os-release", os_release).file("a\x1b]0;x\x07.jar", "no zip");
    user.write("image.tar", &Image::new().platform("linux/amd64").layer(layer).docker_archive());
    let ran = user.run(&["scan", "./image.tar"]);
    for hostile in ['\x1b', '\u{202e}', '\x07'] {
        assert!(!ran.stdout.contains(hostile) && !ran.stderr.contains(hostile), "{:?}", ran.stdout);
    }
    assert!(ran.stdout.contains("malformed"), "{}", ran.stdout);
}

#[test]
fn warnings_have_no_colour_codes_where_standard_error_is_no_terminal() {
    let user = User::new();
    let ran = user.run(&["scan", "dir:."]);
    assert!(ran.stderr.starts_with(" WARN there is no advisory snapshot"), "{:?}", ran.stderr);
}

#[test]
fn a_report_file_appears_whole_or_not_at_all() {
    let user = User::new();
    user.write("image.tar", &image().docker_archive());
    let ran = user.run(&["sbom", "./image.tar", "--output", "sbom.json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    let text = fs::read(user.home.path().join("sbom.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&text).unwrap()["bomFormat"], "CycloneDX");
    assert_eq!(user.run(&["sbom", "./image.tar", "--output", "nowhere/sbom.json"]).code, 2);
}

#[test]
fn a_directory_is_scanned_without_leaving_it() {
    let user = User::new();
    user.write("secret/package.json", node::package_json("outside", "1.0.0").as_bytes());
    user.write(
        "root/node_modules/inside/package.json",
        node::package_json("inside", "1.0.0").as_bytes(),
    );
    let link = user.home.path().join("root/node_modules/escape");
    std::os::unix::fs::symlink(user.home.path().join("secret"), link).unwrap();
    let ran = user.run(&["sbom", "dir:root"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("inside") && !ran.stdout.contains("outside"), "{}", ran.stdout);
}

#[test]
fn a_scan_that_takes_too_long_is_given_up_with_the_code_of_an_unreadable_image() {
    let user = User::new();
    user.write("a.tar", &image().docker_archive());
    let no_time = user.run(&["sbom", "a.tar", "--timeout", "soon"]);
    assert_eq!((no_time.code, no_time.stdout.as_str()), (2, ""));
    assert!(no_time.stderr.contains("no length of time such as 90s"), "{}", no_time.stderr);
    assert_eq!(user.run(&["sbom", "a.tar", "--timeout", "10m"]).code, 0);
    // Nobody writes the rest of what was begun.
    let mut command = user.command(&["sbom", "-", "--timeout", "1s", "--quiet"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&image().docker_archive()[..1024]).unwrap();
    let late = ran(child.wait_with_output().unwrap());
    drop(stdin);
    assert_eq!((late.code, late.stdout.as_str()), (3, ""), "{}", late.stderr);
    assert!(late.stderr.contains("read the image within 1s"), "{}", late.stderr);
}
