//! Oracle Linux.

use super::*;

/// An erratum of Oracle's: what is below the version of a package in a release.
fn elsa(release: &str, (package, fixed): (&str, &str)) -> Vec<(&'static str, String)> {
    let test = |id: &str, object: &str| {
        format!(
            r#"<rpminfo_test id="oval:com.oracle.elsa:tst:{id}"><object object_ref="oval:com.oracle.elsa:obj:{object}"/>
            <state state_ref="oval:com.oracle.elsa:ste:{id}"/></rpminfo_test>"#
        )
    };
    let object = |id: &str, name: &str| {
        format!(
            r#"<rpminfo_object id="oval:com.oracle.elsa:obj:{id}"><name>{name}</name></rpminfo_object>"#
        )
    };
    let state = |id: &str, field: &str| {
        format!(r#"<rpminfo_state id="oval:com.oracle.elsa:ste:{id}">{field}</rpminfo_state>"#)
    };
    let criterion = |id: &str| format!(r#"<criterion test_ref="oval:com.oracle.elsa:tst:{id}"/>"#);
    let document = format!(
        r#"<oval_definitions><definitions><definition id="oval:com.oracle.elsa:def:20240001" class="patch"><metadata>
        <title>ELSA-2024-0001:  {package} security update (IMPORTANT)</title>
        <reference source="elsa" ref_id="ELSA-2024-0001" ref_url="https://linux.oracle.com/errata/ELSA-2024-0001.html"/>
        <reference source="CVE" ref_id="CVE-2024-1" ref_url="https://linux.oracle.com/cve/CVE-2024-1.html"/>
        <advisory><severity>IMPORTANT</severity><issued date="2024-01-02"/></advisory></metadata>
        <criteria>{}<criteria operator="OR"><criteria>{}{}</criteria></criteria></criteria>
        </definition></definitions><tests>{}{}{}</tests><objects>{}{}</objects><states>{}{}{}</states></oval_definitions>"#,
        criterion("1"),
        criterion("2"),
        criterion("3"),
        test("1", "1"),
        test("2", "1"),
        test("3", "2"),
        object("1", "oraclelinux-release"),
        object("2", package),
        state("1", &format!(r#"<version operation="pattern match">^{release}</version>"#)),
        state("2", r#"<arch operation="pattern match">x86_64</arch>"#),
        state("3", &format!(r#"<evr datatype="evr_string" operation="less than">{fixed}</evr>"#)),
    );
    vec![("oracle-oval/com.oracle.elsa-20240001.xml", document)]
}

fn image(release: &str, (name, epoch): (&str, u32), (version, build): (&str, &str)) -> Layer {
    let package = rpmdb::Package::new(name, version, build).epoch(epoch).vendor("Oracle America");
    rpm("ol", release, &[package])
}

#[test]
fn flavours_of_a_package_are_judged_by_their_own_fixes() {
    let glibc = |build: &str| image("8.9", ("glibc", 2), ("2.28", build));
    let gnutls = |epoch, build: &str| image("8.9", ("gnutls", epoch), ("3.6.16", build));
    check(vec![
        Rule {
            name: "a fix of the plain package",
            feeds: elsa("8", ("glibc", "2:2.28-236.0.1.el8_9.12")),
            trips: (
                glibc("236.0.1.el8_9.7"),
                "CVE-2024-1 glibc: fixed in 2:2.28-236.0.1.el8_9.12, High",
            ),
            does_not: (glibc("236.0.1.ksplice1.el8_9.7"), ""),
        },
        Rule {
            name: "a fix of Ksplice's build",
            feeds: elsa("8", ("glibc", "2:2.28-236.0.1.ksplice1.el8_9.12")),
            trips: (
                glibc("236.0.1.ksplice1.el8_9.7"),
                "CVE-2024-1 glibc: fixed in 2:2.28-236.0.1.ksplice1.el8_9.12, High",
            ),
            does_not: (glibc("236.0.1.el8_9.7"), ""),
        },
        Rule {
            name: "a fix of the build for FIPS, whose epoch is greater than any",
            feeds: elsa("8", ("gnutls", "10:3.6.16-8.el8_9_fips")),
            trips: (
                gnutls(10, "4.0.1.el8_fips"),
                "CVE-2024-1 gnutls: fixed in 10:3.6.16-8.el8_9_fips, High",
            ),
            does_not: (gnutls(0, "4.0.1.el8"), ""),
        },
    ]);
}

#[test]
fn an_erratum_is_of_its_release() {
    check(vec![Rule {
        name: "the same package of another release",
        feeds: elsa("8", ("bash", "0:5.1-3.el8")),
        trips: (
            image("8.9", ("bash", 0), ("5.1", "2.el8")),
            "CVE-2024-1 bash: fixed in 0:5.1-3.el8, High",
        ),
        does_not: (image("9.3", ("bash", 0), ("5.1", "2.el9")), ""),
    }]);
}
