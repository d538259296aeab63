use plimsoll_advisory::Advisory;

use super::*;
use crate::document::Document;
use crate::import::Import;
use crate::options::BuildOptions;
use crate::tally::Tally;

const VENDOR: Vendor = Vendor {
    feed: "x",
    source: "vendor",
    id: |definition| definition.reference("X").to_owned(),
    platform: |probe| {
        let release = digits(probe.value).filter(|_| probe.object == "x-release");
        Platform::only("X", release)
    },
    ..Vendor::BASE
};

/// Tests, objects and states of a document that several definitions use.
const PARTS: &str = r#"<tests>
    <rpminfo_test id="t:8"><object object_ref="o:release"/><state state_ref="s:8"/></rpminfo_test>
    <rpminfo_test id="t:9"><object object_ref="o:release"/><state state_ref="s:9"/></rpminfo_test>
    <rpminfo_test id="t:x86"><object object_ref="o:release"/><state state_ref="s:x86"/></rpminfo_test>
    <rpminfo_test id="t:arm"><object object_ref="o:release"/><state state_ref="s:arm"/></rpminfo_test>
    <rpminfo_test id="t:a"><object object_ref="o:a"/><state state_ref="s:below"/></rpminfo_test>
    <rpminfo_test id="t:a-key"><object object_ref="o:a"/><state state_ref="s:key"/></rpminfo_test>
    <rpminfo_test id="t:a-from"><object object_ref="o:a"/><state state_ref="s:from"/></rpminfo_test>
    <rpminfo_test id="t:a-is"><object object_ref="o:a"/><state state_ref="s:is"/></rpminfo_test>
    <rpminfo_test id="t:a-never"><object object_ref="o:a"/><state state_ref="s:never"/></rpminfo_test>
    <rpminfo_test id="t:a-there"><object object_ref="o:a"/></rpminfo_test>
    <rpminfo_test id="t:a-after"><object object_ref="o:a-again"/><state state_ref="s:after"/></rpminfo_test>
    <rpminfo_test id="t:b"><object object_ref="o:b"/><state state_ref="s:arches"/></rpminfo_test>
    <rpminfo_test id="t:b-gone" check_existence="none_exist"><object object_ref="o:b"/></rpminfo_test>
    <i:textfilecontent54_test id="t:module"><object object_ref="o:module"/><state state_ref="s:stream"/></i:textfilecontent54_test>
    <uname_test id="t:kernel"><object object_ref="o:uname"/></uname_test>
  </tests><objects>
    <rpminfo_object id="o:release"><name>x-release</name></rpminfo_object>
    <rpminfo_object id="o:a"><name>a</name></rpminfo_object>
    <rpminfo_object id="o:a-again"><name>a</name></rpminfo_object>
    <rpminfo_object id="o:b"><name var_ref="v:b"/></rpminfo_object>
    <i:textfilecontent54_object id="o:module"><filepath>/etc/dnf/modules.d/nodejs.module</filepath></i:textfilecontent54_object>
  </objects><states>
    <rpminfo_state id="s:8"><version operation="pattern match">^8[^\d]</version></rpminfo_state>
    <rpminfo_state id="s:9"><version operation="pattern match">^9</version></rpminfo_state>
    <rpminfo_state id="s:x86"><arch operation="pattern match">x86_64</arch></rpminfo_state>
    <rpminfo_state id="s:arm"><arch operation="pattern match">aarch64</arch></rpminfo_state>
    <rpminfo_state id="s:key"><signature_keyid operation="equals">82</signature_keyid></rpminfo_state>
    <rpminfo_state id="s:below"><evr operation="less than">0:2-1</evr></rpminfo_state>
    <rpminfo_state id="s:from"><evr operation="greater than or equal">0:1-1</evr></rpminfo_state>
    <rpminfo_state id="s:after"><evr operation="greater than">0:0.0.0</evr></rpminfo_state>
    <rpminfo_state id="s:is"><evr operation="equals">0:1-5</evr></rpminfo_state>
    <rpminfo_state id="s:never"><version operation="equals">0</version></rpminfo_state>
    <rpminfo_state id="s:arches"><arch operation="pattern match">(aarch64|x86_64)</arch>
      <evr operation="less than or equal">0:3-1</evr></rpminfo_state>
    <i:textfilecontent54_state id="s:stream">
      <text operation="pattern match">\nstream\s*=\s*18\.2\b[\w\W]*</text></i:textfilecontent54_state>
  </states><variables><constant_variable id="v:b"><value>b1</value><value>^b2(?::\w+|)\s+(.*)$</value></constant_variable></variables>"#;

fn imported(definitions: &str) -> (Vec<Advisory>, Tally) {
    let text = format!(
        r#"<oval_definitions xmlns:i="x"><definitions>{definitions}</definitions>{PARTS}</oval_definitions>"#
    );
    let options = BuildOptions::default();
    let mut into = Import::new(&options);
    import(&Document { path: "x.xml", bytes: text.as_bytes() }, &mut into, &VENDOR).unwrap();
    (into.advisories, into.tally)
}

fn definition(criteria: &str) -> String {
    format!(
        r#"<definition id="oval:x:1" class="patch"><metadata><title>X-1: a (Low)</title>
        <reference source="X" ref_id="X-1" ref_url="https://example.com"/></metadata>{criteria}</definition>"#
    )
}

/// What criteria say, a line for each package.
fn said(criteria: &str) -> Vec<String> {
    let (advisories, _) = imported(&definition(criteria));
    let line = |one: &plimsoll_advisory::Affected| {
        let interval = one.intervals.first();
        let interval = interval.map(|interval| format!("{:?} {:?}", interval.start, interval.end));
        format!(
            "{} {} {:?} {} {} {}",
            one.release,
            one.package,
            one.status,
            interval.unwrap_or_default(),
            one.module.as_deref().unwrap_or("-"),
            one.arches.join(",")
        )
    };
    advisories.iter().flat_map(|advisory| &advisory.affected).map(line).collect()
}

#[test]
fn criteria_are_reduced_to_what_they_say_of_packages() {
    let test = |id: &str| format!(r#"<criterion test_ref="t:{id}"/>"#);
    let all = |tests: &[&str]| format!("<criteria>{}</criteria>", tests.concat());
    let any = |tests: &[&str]| format!(r#"<criteria operator="OR">{}</criteria>"#, tests.concat());
    let [eight, nine, a, b] = ["8", "9", "a", "b"].map(test);
    let below = r#"First Fixed("0:2-1")"#;
    for (criteria, expected) in [
        (
            all(&[&eight, &a, &test("a-key"), &test("kernel")]),
            vec![format!("8 a Affected {below} - ")],
        ),
        // Releases and architectures that are told apart, and those that are not.
        (
            all(&[&any(&[&eight, &nine]), &any(&[&a, &test("a-never")])]),
            vec![
                "8 a NotAffected  - ".to_owned(),
                format!("8 a Affected {below} - "),
                "9 a NotAffected  - ".to_owned(),
                format!("9 a Affected {below} - "),
            ],
        ),
        (
            all(&[&eight, &any(&[&all(&[&test("x86"), &any(&[&a])]), &all(&[&test("arm"), &a])])]),
            vec![format!("8 a Affected {below} - aarch64,x86_64")],
        ),
        // Variables, architectures of the package itself, a version that is the last one.
        (
            all(&[&nine, &b]),
            ["b1", "b2"]
                .map(|name| {
                    format!(r#"9 {name} Affected First LastAffected("0:3-1") - aarch64,x86_64"#)
                })
                .to_vec(),
        ),
        (
            all(&[&eight, &test("a-from"), &a]),
            vec![r#"8 a Affected From("0:1-1") Fixed("0:2-1") - "#.to_owned()],
        ),
        (
            all(&[&eight, &a, &test("a-after")]),
            vec![r#"8 a Affected After("0:0.0.0") Fixed("0:2-1") - "#.to_owned()],
        ),
        (all(&[&eight, &test("a-there")]), vec!["8 a Affected First Open - ".to_owned()]),
        (all(&[&eight, &test("module"), &a]), vec![format!("8 a Affected {below} nodejs:18.2 ")]),
        // The kernel's exact version is a condition of its live patch.
        (
            all(&[&nine, &test("a-is"), &any(&[&test("b-gone"), &b])]),
            ["b1", "b2"]
                .map(|name| {
                    format!(r#"9 {name} Affected First LastAffected("0:3-1") - aarch64,x86_64"#)
                })
                .to_vec(),
        ),
        (all(&[&eight, r#"<criterion test_ref="t:a" negate="true"/>"#]), vec![]),
        (all(&[&eight, &nine, &a]), vec![]),
    ] {
        assert_eq!(said(&criteria), expected, "{criteria}");
    }
}

#[test]
fn definitions_build_upon_one_another_and_never_without_end() {
    let extend = |id| format!(r#"<extend_definition definition_ref="{id}"/>"#);
    let release = r#"<definition id="oval:x:release" class="inventory"><criteria><criterion test_ref="t:8"/></criteria></definition>"#;
    let criteria =
        format!(r#"<criteria>{}<criterion test_ref="t:a"/></criteria>"#, extend("oval:x:release"));
    let (advisories, tally) = imported(&format!("{}{release}", definition(&criteria)));
    assert_eq!(advisories[0].affected[0].release, "8");
    assert!(tally.rejected.is_empty());

    let criteria = format!(r#"<criteria>{}</criteria>"#, extend("oval:x:1"));
    let (_, tally) = imported(&definition(&criteria));
    let expected = [("criterion without its definition", 1), ("no package at all", 1)];
    assert_eq!(tally.rejected, expected.into());
}

#[test]
fn a_few_criteria_with_billions_of_alternatives_are_refused() {
    let both = r#"<criteria operator="OR"><criterion test_ref="t:a"/><criterion test_ref="t:b"/></criteria>"#;
    let (advisories, tally) =
        imported(&definition(&format!("<criteria>{}</criteria>", both.repeat(40))));
    assert!(advisories.is_empty());
    assert_eq!(tally.rejected, [("criteria with too many alternatives", 1)].into());
}

#[test]
fn a_stray_byte_in_a_description_costs_nothing_else() {
    let criteria = r#"<criteria><criterion test_ref="t:8"/><criterion test_ref="t:a"/></criteria>"#;
    let text = definition(criteria).replace("X-1: a", "Ga?l");
    let text = format!("<oval_definitions>{text}{PARTS}</oval_definitions>").replace("i:", "");
    let bytes: Vec<u8> = text.bytes().map(|byte| if byte == b'?' { 0xEB } else { byte }).collect();
    let options = BuildOptions::default();
    let mut into = Import::new(&options);
    import(&Document { path: "x.xml", bytes: &bytes }, &mut into, &VENDOR).unwrap();
    assert_eq!(into.advisories[0].summary, "Ga\u{fffd}l (Low)");
}

#[test]
fn a_name_that_many_records_would_repeat_is_bounded() {
    let long = "x".repeat(2000);
    let text = format!(
        r#"{}<tests><rpminfo_test id="t:long"><object object_ref="o:long"/></rpminfo_test></tests>
        <objects><rpminfo_object id="o:long"><name>{long}</name></rpminfo_object></objects>"#,
        definition(
            r#"<criteria><criterion test_ref="t:8"/><criterion test_ref="t:long"/></criteria>"#
        )
    );
    let (advisories, tally) = imported(&text);
    assert!(advisories.is_empty());
    assert_eq!(tally.rejected, [("unusable package name", 1)].into());
    let many = "<cpe>a</cpe>".repeat(5000);
    let metadata =
        format!("<advisory><affected_cpe_list>{many}</affected_cpe_list></advisory></metadata>");
    let (_, tally) = imported(&definition("").replace("</metadata>", &metadata));
    assert_eq!(tally.rejected, [("definition of too many products", 1)].into());
}

#[test]
fn what_refers_to_nothing_is_counted() {
    let (_, tally) =
        imported(&definition(r#"<criteria><criterion test_ref="t:unknown"/></criteria>"#));
    let expected = [("criterion without its test", 1), ("no package at all", 1)];
    assert_eq!(tally.rejected, expected.into());
}

#[test]
fn vectors_count_only_for_the_one_flaw_that_they_are_of() {
    let of = |cves: &str| {
        let text = definition(
            r#"<criteria><criterion test_ref="t:8"/><criterion test_ref="t:a"/></criteria>"#,
        );
        let advisory = format!(
            "<advisory><severity>IMPORTANT</severity><issued date=\"2024-01-02\"/>{cves}</advisory></metadata>"
        );
        let (advisories, _) = imported(&text.replace("</metadata>", &advisory));
        let advisory = advisories.into_iter().next().unwrap();
        assert_eq!(
            (advisory.summary.as_str(), advisory.published.as_deref()),
            ("a (Low)", Some("2024-01-02T00:00:00Z"))
        );
        let values: Vec<_> = advisory.severities.iter().map(|claim| claim.value.clone()).collect();
        (values.join(" "), advisory.upstream.join(" "), advisory.cwes.join(" "))
    };
    let one = r#"<cve cvss2="7.8/AV:N/Au:N" cvss3="6.5/CVSS:3.0/AV:N" cwe="CWE-213->CWE-1268">CVE-2024-1</cve>"#;
    let text =
        |one: &str, two: &str, three: &str| (one.to_owned(), two.to_owned(), three.to_owned());
    let vectors = "AV:N/Au:N CVSS:3.0/AV:N important";
    assert_eq!(of(one), text(vectors, "CVE-2024-1", "CWE-1268 CWE-213"));
    let two = format!("{one}<cve cvss3=\"1/CVSS:3.0/AV:L\">CVE-2024-2</cve>");
    assert_eq!(of(&two), text("important", "CVE-2024-1 CVE-2024-2", "CWE-1268 CWE-213"));
}
