//! Every platform of an index in one go, and what is no image.

use plimsoll_testkit::{Image, Layer, Layout, node};
use serde_json::Value;

use super::registry::Registry;
use super::{User, debian, json, repository_file};

const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// An image of Debian 12 with one vulnerable package; that of arm64 has malware, too.
fn of(platform: &str) -> Image {
    let image = Image::new().platform(platform).layer(debian());
    if platform == "linux/arm64" {
        return image.layer(Layer::new().files(node::package("evil", "1.0.0")));
    }
    image
}

fn errors(schema: &str, document: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(&repository_file(schema)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(document).map(|error| error.to_string()).collect()
}

#[test]
fn every_platform_has_its_report_and_its_line_in_the_summary() {
    let user = User::new();
    user.build_snapshot();
    let registry = Registry::start(&user);
    let layout = Layout::new().index("1", &PLATFORMS.map(of));
    user.write("multi.tar", &layout.archive());
    registry.copy(&user, ("oci-archive:multi.tar", "multi:1"), &["--all"]);
    let in_registry = registry.reference("multi:1");
    for reference in ["oci-archive:multi.tar", &in_registry] {
        let scan = ["scan", reference, "--insecure", "--all-platforms", "-f"];
        let table = user.run(&[&scan[..], &["table"]].concat());
        assert_eq!(table.code, 0, "{}", table.stderr);
        let summary = table.stdout.split_once("All platforms of ").unwrap().1;
        let words: Vec<Vec<&str>> =
            summary.lines().skip(2).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words.len(), 2, "{summary}");
        assert_eq!((words[0][0], words[0][2]), ("linux/amd64", "1"), "{summary}");
        assert_eq!((words[1][0], words[1][2]), ("linux/arm64", "2"), "{summary}");
        let set = json(&user.run(&[&scan[..], &["json"]].concat()));
        assert_eq!(errors("docs/report-set.schema.json", &set), Vec::<String>::new());
        let rows = set["summary"]["platforms"].as_array().unwrap();
        let reports = set["reports"].as_array().unwrap();
        assert_eq!((rows.len(), reports.len()), (2, 2));
        for ((row, report), platform) in rows.iter().zip(reports).zip(PLATFORMS) {
            assert_eq!(errors("docs/report.schema.json", report), Vec::<String>::new());
            assert_eq!(
                (&row["platform"], &report["body"]["platform"]),
                (&platform.into(), &platform.into())
            );
            assert_eq!(row["digest"], report["digests"]["manifest"]);
            assert_eq!(report["digests"]["index"], set["index"]);
            let alone =
                user.run(&["scan", reference, "--insecure", "-f", "json", "--platform", platform]);
            assert_eq!(json(&alone)["body"], report["body"]);
        }
    }
}

#[test]
fn an_inventory_of_every_platform_is_one_document() {
    let user = User::new();
    user.write("multi.tar", &Layout::new().index("1", &PLATFORMS.map(of)).archive());
    let set = json(&user.run(&["sbom", "oci-archive:multi.tar", "--all-platforms"]));
    assert_eq!(errors("docs/report-set.schema.json", &set), Vec::<String>::new());
    assert_eq!(
        (&set["format"], &set["reports"][1]["bomFormat"]),
        (&"cyclonedx-json".into(), &"CycloneDX".into())
    );
    assert_eq!(set["summary"]["platforms"][1]["packages"], 2);
    assert_eq!(set["summary"]["platforms"][1]["vulnerabilities"], Value::Null);
}

#[test]
fn the_worst_platform_decides_how_the_scan_ends() {
    let user = User::new();
    user.build_snapshot();
    let layout = Layout::new().index("1", &PLATFORMS.map(of));
    user.write("multi.tar", &layout.archive());
    let missing = of("linux/arm64").manifest_digest();
    user.write("partial.tar", &layout.without(&missing).archive());
    let hidden = debian().file("var/lib/dpkg/status", "rubbish");
    let odd = Image::new().platform("linux/s390x").layer(hidden);
    user.write("odd.tar", &Layout::new().index("1", &[of("linux/amd64"), odd]).archive());
    for (archive, arguments, code) in [
        ("multi.tar", &[][..], 0),
        ("multi.tar", &["--fail-on", "critical"], 1),
        ("odd.tar", &["--require-coverage"], 4),
        ("partial.tar", &[], 3),
        ("partial.tar", &["--fail-on", "critical"], 3),
    ] {
        let reference = format!("oci-archive:{archive}");
        let scan = [&["scan", &reference, "--all-platforms", "-f", "json"], arguments].concat();
        let ran = user.run(&scan);
        assert_eq!(ran.code, code, "{archive} {arguments:?}: {}", ran.stderr);
        let rows = json(&ran)["summary"]["platforms"].as_array().unwrap().len();
        assert_eq!(rows, 2, "{archive}");
    }
    let table = user.run(&["scan", "oci-archive:partial.tar", "--all-platforms"]);
    assert!(table.stdout.contains("unreadable: failed to find the image"), "{}", table.stdout);
    let ran = user.run(&["scan", "-", "--all-platforms"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert_eq!(user.run(&["scan", "x", "--all-platforms", "--platform", "linux/arm64"]).code, 2);
}

#[test]
fn an_attestation_is_no_image_and_no_failure() {
    let user = User::new();
    user.build_snapshot();
    user.write("attested.tar", &Layout::new().attested("1", &of("linux/amd64")).archive());
    let scan = ["scan", "oci-archive:attested.tar", "--all-platforms"];
    let table = user.run(&scan);
    assert_eq!(table.code, 0, "{}", table.stderr);
    assert!(table.stdout.ends_with("not an image: attestation\n"), "{}", table.stdout);
    let set = json(&user.run(&[&scan[..], &["-f", "json"]].concat()));
    let row = &set["summary"]["platforms"][1];
    assert_eq!((&row["state"], &row["detail"]), (&"not-an-image".into(), &"attestation".into()));
    assert_eq!(set["summary"]["not_an_image"], 1);
}

#[test]
fn a_chart_is_named_wherever_it_lies() {
    let user = User::new();
    let registry = Registry::start(&user);
    let chart = Layout::new().artifact("1", "application/vnd.cncf.helm.config.v1+json", b"chart");
    user.write("chart.tar", &chart.archive());
    std::fs::create_dir(user.home.path().join("chart")).unwrap();
    chart.write_to(&user.home.path().join("chart")).unwrap();
    registry.copy(&user, ("oci:chart:1", "chart:1"), &[]);
    let in_registry = registry.reference("chart:1");
    for reference in ["oci:chart", "oci-archive:chart.tar", "oci-archive:chart.tar:1", &in_registry]
    {
        for arguments in [&[][..], &["--all-platforms"]] {
            let scan = [&["sbom", reference, "--insecure"], arguments].concat();
            let ran = user.run(&scan);
            assert_eq!(ran.code, 3, "{reference}: {}", ran.stderr);
            let expected = "not an image: Helm chart (application/vnd.cncf.helm.config.v1+json)\n";
            assert!(ran.stderr.ends_with(expected), "{reference}: {}", ran.stderr);
            assert_eq!(ran.stdout, "");
        }
    }
}
