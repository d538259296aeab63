//! Oracle's errata (linux.oracle.com/security/oval): OVAL definitions, one for each erratum.
//!
//! An erratum of Ksplice's or of the FIPS flavour of a package speaks only of packages of that flavour: both say so in their releases
//! (`.ksplice1.`, `_fips`), which is where the matcher reads it.

mod extracted;

use plimsoll_advisory::Affected;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form, Outline};
use crate::feed::{Feed, Origin};
use crate::formats::modules::{is_modular, streams_of_summary};
use crate::formats::oval::{Context, Definition, Platform, Probe, Vendor, digits, import, is_of};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static ORACLE_OVAL: Feed = Feed {
    id: "oracle-oval",
    summary: "Oracle Linux: errata with their packages, architectures and module streams (OVAL)",
    origins: &[Origin {
        url: "https://linux.oracle.com/security/oval/com.oracle.elsa-all.xml.bz2",
        file: "oracle-oval/com.oracle.elsa-all.xml.bz2",
        families: &[FAMILY],
        ..Origin::BASE
    }],
    recognises: |outline| is_of(outline, &["oval:com.oracle."]) || is_extracted(outline),
    import: import_document,
    complete: &[Complete {
        names: &[
            "com.oracle.elsa-all",
            "com.oracle.elsa-all.rebuilt",
            "oracle-elsa-vuls-extracted",
        ],
        family: FAMILY,
        releases: Releases::These(&["5", "6", "7", "8", "9", "10"]),
    }],
    ..Feed::BASE
};

const FAMILY: &str = "Oracle Linux";
/// Whose word its severities are.
const SOURCE: &str = "oracle";

const VENDOR: Vendor = Vendor {
    feed: "oracle-oval",
    source: SOURCE,
    id,
    platform,
    adjust: |context: &Context<'_>, affected: &mut Affected| {
        affected.arches = package_arches(&affected.arches);
        name_stream(&context.definition.title, affected);
    },
    ..Vendor::BASE
};

fn is_extracted(outline: &Outline<'_>) -> bool {
    outline.form == Form::JsonObject
        && outline.has(&["id", "advisories", "detections"])
        && ["\"ELSA-", "\"OLAMSA-"].iter().any(|id| outline.beginning.contains(id))
}

fn import_document(document: &Document<'_>, into: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let is_json = document.bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if is_json { extracted::import(document, into) } else { import(document, into, &VENDOR) }
}

/// `ELSA-2007-0057`, and `OLAMSA-…` of the automation manager.
fn id(definition: &Definition) -> String {
    match definition.reference("elsa") {
        "" => definition.reference("olamsa").to_owned(),
        id => id.to_owned(),
    }
}

fn platform(probe: &Probe<'_>) -> Vec<Platform> {
    let release = digits(probe.value).filter(|_| probe.object == "oraclelinux-release");
    release
        .map(|release| Platform { family: FAMILY, release: release.to_owned() })
        .into_iter()
        .collect()
}

/// An erratum whose tests ask for no module still names it in its title, such as `subversion:1.10 security update`. Of two, which one a
/// package is of is not known.
fn name_stream(title: &str, affected: &mut Affected) {
    let streams = streams_of_summary(title);
    if let ([stream], None) = (streams.as_slice(), &affected.module)
        && is_modular(affected)
    {
        affected.module = Some(stream.clone());
    }
}

/// An erratum names the architectures of machines. Their packages are of these, and those of 32 bits stand beside those of 64.
fn package_arches(machines: &[String]) -> Vec<String> {
    let mut arches: Vec<String> = Vec::new();
    for machine in machines {
        arches.push(machine.clone());
        if matches!(machine.as_str(), "i386" | "i686" | "x86_64") {
            arches.extend(["i386", "i586", "i686"].map(str::to_owned));
        }
    }
    arches.sort();
    arches.dedup();
    arches
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::Advisory;

    use super::*;
    use crate::options::BuildOptions;

    fn imported(text: &str) -> Vec<Advisory> {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let document = Document { path: "x", bytes: text.as_bytes() };
        assert!((ORACLE_OVAL.recognises)(&Outline::of(&document)), "{text}");
        import_document(&document, &mut into).unwrap();
        assert!(into.tally.rejected.is_empty(), "{:?}", into.tally.rejected);
        into.advisories
    }

    #[test]
    fn a_title_names_the_stream_of_a_module() {
        let modular = "0:1.10.2-1.module+el8.0.0+5173+fda39084";
        for (title, version, module) in [
            (
                "ELSA-2019-2512: subversion:1.10 security update (IMPORTANT)",
                modular,
                Some("subversion:1.10"),
            ),
            ("ELSA-2019-2512: subversion:1.10 security update", "0:1.10.2-1.el8", None),
            ("ELSA-2023-6980: virt:ol and virt-devel:rhel security update", modular, None),
            ("ELSA-2023-5989: varnish security update", modular, None),
        ] {
            let intervals = vec![plimsoll_advisory::Interval::below(version)];
            let mut affected = Affected { intervals, ..Affected::default() };
            name_stream(title, &mut affected);
            assert_eq!(affected.module.as_deref(), module, "{title}");
        }
    }

    #[test]
    fn both_forms_say_the_same() {
        let criterion = |test: &str| format!(r#"<criterion test_ref="t:{test}"/>"#);
        let test = |id: &str, object: &str| {
            format!(
                r#"<rpminfo_test id="t:{id}"><object object_ref="o:{object}"/><state state_ref="s:{id}"/></rpminfo_test>"#
            )
        };
        let object = |name: &str| {
            format!(r#"<rpminfo_object id="o:{name}"><name>{name}</name></rpminfo_object>"#)
        };
        let state = |id: &str, field: &str| {
            format!(r#"<rpminfo_state id="s:{id}">{field}</rpminfo_state>"#)
        };
        let oval = format!(
            r#"<oval_definitions><definitions><definition id="oval:com.oracle.elsa:def:20070057" class="patch"><metadata>
            <title>ELSA-2007-0057:  bind security update  (MODERATE)</title>
            <reference source="elsa" ref_id="ELSA-2007-0057" ref_url="https://linux.oracle.com/errata/ELSA-2007-0057.html"/>
            <reference source="CVE" ref_id="CVE-2007-0493" ref_url="https://linux.oracle.com/cve/CVE-2007-0493.html"/>
            <description>text</description>
            <advisory><severity>MODERATE</severity><issued date="2007-06-26"/></advisory></metadata>
            <criteria>{}<criteria operator="OR"><criteria>{}{}</criteria><criteria>{}{}</criteria></criteria></criteria>
            </definition></definitions><tests>{}{}{}{}</tests><objects>{}{}</objects><states>{}{}{}{}</states></oval_definitions>"#,
            criterion("five"),
            criterion("x86"),
            criterion("bind"),
            criterion("arm"),
            criterion("bind"),
            test("five", "oraclelinux-release"),
            test("x86", "oraclelinux-release"),
            test("arm", "oraclelinux-release"),
            test("bind", "bind"),
            object("oraclelinux-release"),
            object("bind"),
            state("five", r#"<version operation="pattern match">^5</version>"#),
            state("x86", r#"<arch operation="pattern match">x86_64</arch>"#),
            state("arm", r#"<arch operation="pattern match">aarch64</arch>"#),
            state("bind", r#"<evr operation="less than">30:9.3.3-8.el5</evr>"#),
        );
        let json = r#"{"id": "ELSA-2007-0057", "advisories": [{"content": {"description": "text",
            "title": "ELSA-2007-0057:  bind security update  (MODERATE)",
            "severity": [{"vendor": "MODERATE"}], "published": "2007-06-26T00:00:00Z",
            "references": [{"url": "https://linux.oracle.com/errata/ELSA-2007-0057.html"},
                {"url": "https://linux.oracle.com/cve/CVE-2007-0493.html"}]}}],
            "vulnerabilities": [{"content": {"id": "CVE-2007-0493"}}],
            "detections": [{"ecosystem": "oracle:5", "conditions": [{"criteria": {"criterions": [{"version":
                {"package": {"binary": {"name": "bind", "architectures": ["aarch64", "x86_64"]}},
                "affected": {"range": [{"lt": "30:9.3.3-8.el5"}]}}}]}}]}]}"#;
        let records = imported(&oval);
        assert_eq!(records, imported(json));
        let affected = &records[0].affected[0];
        assert_eq!((affected.release.as_str(), affected.package.as_str()), ("5", "bind"));
        assert_eq!(affected.arches, ["aarch64", "i386", "i586", "i686", "x86_64"]);
        assert_eq!(records[0].summary, "bind security update (MODERATE)");
    }
}
