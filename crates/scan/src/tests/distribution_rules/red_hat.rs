//! Red Hat.

use super::*;

/// What a VEX says of one component of one product.
#[derive(Clone, Copy)]
struct Row {
    /// Without `cpe:/o:redhat:`.
    product: &'static str,
    component: &'static str,
    purl: &'static str,
    /// `fixed`, `known_affected`, `known_not_affected`, `under_investigation`.
    state: &'static str,
    /// Red Hat's word on it; empty for none.
    remediation: &'static str,
}

impl Row {
    const LIBS: Self = Self {
        product: "enterprise_linux:9::baseos",
        component: "openssl-libs-1:3.0.7-6.el9.x86_64",
        purl: "pkg:rpm/redhat/openssl-libs@3.0.7-6.el9?arch=x86_64&epoch=1",
        state: "fixed",
        remediation: "",
    };

    /// A component that is not fixed is named by its source.
    const SOURCE: Self = Self {
        product: "enterprise_linux:9",
        component: "openssl",
        purl: "pkg:rpm/redhat/openssl?arch=src",
        state: "known_affected",
        remediation: "",
    };

    fn id(&self) -> String {
        format!("{}:{}", self.product, self.component)
    }
}

const VEX: &str = "redhat-vex/cve-2024-1.json";

/// Red Hat's VEX on CVE-2024-1.
fn vex(rows: &[Row]) -> (&'static str, String) {
    let branch = |id: &str, helper: String| {
        format!(
            r#"{{"category": "product_version", "name": "{id}", "product": {{"name": "{id}", "product_id": "{id}",
            "product_identification_helper": {{{helper}}}}}}}"#
        )
    };
    let mut products = BTreeMap::new();
    let (mut parts, mut states) = (Vec::new(), BTreeMap::<&str, Vec<String>>::new());
    let mut remediations = Vec::new();
    for row in rows {
        let cpe = format!(r#""cpe": "cpe:/o:redhat:{}""#, row.product);
        products.insert(row.product, branch(row.product, cpe));
        let purl = format!(r#""purl": "{}""#, row.purl);
        products.insert(row.component, branch(row.component, purl));
        parts.push(format!(
            r#"{{"category": "default_component_of", "product_reference": "{}", "relates_to_product_reference": "{}",
            "full_product_name": {{"name": "x", "product_id": "{}"}}}}"#,
            row.component,
            row.product,
            row.id()
        ));
        states.entry(row.state).or_default().push(format!(r#""{}""#, row.id()));
        if let Some((category, details)) = row.remediation.split_once(": ") {
            remediations.push(format!(
                r#"{{"category": "{category}", "details": "{details}", "product_ids": ["{}"]}}"#,
                row.id()
            ));
        }
    }
    let products: Vec<_> = products.into_values().collect();
    let states: Vec<_> = { states.into_iter() }
        .map(|(state, ids)| format!(r#""{state}": [{}]"#, ids.join(", ")))
        .collect();
    let document = format!(
        r#"{{"document": {{"category": "csaf_vex", "csaf_version": "2.0", "title": "a flaw",
        "publisher": {{"category": "vendor", "name": "Red Hat Product Security", "namespace": "https://www.redhat.com"}},
        "tracking": {{"id": "CVE-2024-1", "current_release_date": "2024-02-01T00:00:00Z"}}}},
        "product_tree": {{"branches": [{{"category": "vendor", "name": "Red Hat", "branches": [{}]}}], "relationships": [{}]}},
        "vulnerabilities": [{{"cve": "CVE-2024-1", "product_status": {{{}}}, "remediations": [{}]}}]}}"#,
        products.join(", "),
        parts.join(", "),
        states.join(", "),
        remediations.join(", ")
    );
    (VEX, document)
}

fn libs(release: &str) -> rpmdb::Package {
    rpmdb::Package::new("openssl-libs", "3.0.7", release)
        .epoch(1)
        .source_rpm(&format!("openssl-3.0.7-{release}.src.rpm"))
        .vendor("Red Hat, Inc.")
}

fn nine(packages: &[rpmdb::Package]) -> Layer {
    rpm("rhel", "9.2", packages)
}

#[test]
fn what_is_fixed_names_binaries_and_what_is_not_names_sources() {
    let older = rpmdb::Package { epoch: None, version: "4".into(), ..libs("1.el9") };
    let other = rpmdb::Package::new("openssl", "3.0.7", "5.el9").source_rpm("other-3-1.src.rpm");
    check(vec![
        Rule {
            name: "a fix is of the binary that it names",
            feeds: vec![vex(&[Row::LIBS])],
            trips: (nine(&[libs("5.el9")]), "CVE-2024-1 openssl-libs: fixed in 1:3.0.7-6.el9"),
            does_not: (nine(&[libs("6.el9")]), ""),
        },
        Rule {
            name: "an epoch goes before the version",
            feeds: vec![vex(&[Row::LIBS])],
            trips: (nine(&[older]), "CVE-2024-1 openssl-libs: fixed in 1:3.0.7-6.el9"),
            does_not: (nine(&[rpmdb::Package { epoch: Some(2), ..libs("1.el9") }]), ""),
        },
        Rule {
            name: "what is not fixed is of all binaries of its source",
            feeds: vec![vex(&[Row::SOURCE])],
            trips: (nine(&[libs("5.el9")]), "CVE-2024-1 openssl-libs: no fix"),
            does_not: (nine(&[other]), ""),
        },
        Rule {
            name: "CentOS is judged by Red Hat, and a rebuild of another name by nobody's word but its own",
            feeds: vec![vex(&[Row::LIBS])],
            trips: (
                rpm("centos", "9", &[libs("5.el9").vendor("CentOS")]),
                "CVE-2024-1 openssl-libs: fixed in 1:3.0.7-6.el9",
            ),
            does_not: (rpm("rocky", "9.2", &[libs("5.el9").vendor("Rocky")]), ""),
        },
        Rule {
            name: "EPEL's packages are not Red Hat's",
            feeds: vec![vex(&[Row::LIBS])],
            trips: (nine(&[libs("5.el9")]), "CVE-2024-1 openssl-libs: fixed in 1:3.0.7-6.el9"),
            does_not: (
                nine(&[libs("5.el9").vendor("Somebody")]),
                "openssl-libs 1:3.0.7-5.el9: undetermined: \
                 not the distribution's package but of Somebody",
            ),
        },
    ]);
}

/// An update of EPEL 9 as Bodhi shows it; a folder of that name has all of them.
fn epel(folder: &'static str) -> (&'static str, String) {
    let update = r#"{"update": {"alias": "FEDORA-EPEL-2025-1", "type": "security", "status": "stable", "severity": "high",
        "release": {"version": "9", "id_prefix": "FEDORA-EPEL"}, "bugs": [{"bug_id": 1, "title": "CVE-2025-1 lua: overflow"}],
        "builds": [{"nvr": "lua-5.4-3.el9", "epoch": 0, "type": "rpm"}]}}"#;
    (folder, update.to_owned())
}

#[test]
fn epel_judges_what_fedora_built_for_the_release() {
    let lua = |release: &str, vendor: &str| {
        let built = rpmdb::Package::new("lua-libs", "5.4", release).vendor(vendor);
        built.source_rpm(&format!("lua-5.4-{release}.src.rpm"))
    };
    let rule =
        |name, folder, trips, does_not| Rule { name, feeds: vec![epel(folder)], trips, does_not };
    let (all, some) = ("fedora-bodhi/1.json", "sample/1.json");
    let affected = "CVE-2025-1 lua-libs: fixed in 5.4-3.el9, High";
    check(vec![
        rule(
            "EPEL's packages are Fedora's",
            all,
            (nine(&[lua("2.el9", "Fedora Project")]), affected),
            (nine(&[lua("2.el9", "Red Hat, Inc.")]), ""),
        ),
        rule(
            "what is fixed in EPEL is fixed",
            all,
            (rpm("rocky", "9.4", &[lua("2.el9", "Fedora Project")]), affected),
            (rpm("rocky", "9.4", &[lua("3.el9", "Fedora Project")]), ""),
        ),
        rule(
            "a build for another release is not of EPEL's advisories for this one",
            all,
            (nine(&[lua("2.el9", "Fedora Project")]), affected),
            (
                nine(&[lua("2.fc40", "Fedora Project")]),
                "lua-libs 5.4-2.fc40: undetermined: not the distribution's package but of Fedora Project",
            ),
        ),
        rule(
            "a part of EPEL's advisories is no coverage",
            some,
            (
                nine(&[lua("3.el9", "Fedora Project")]),
                "lua-libs 5.4-3.el9: undetermined: no feed is known to have all advisories of EPEL 9",
            ),
            (nine(&[lua("3.el9", "Red Hat, Inc.")]), ""),
        ),
    ]);
}

#[test]
fn how_red_hat_stands_to_a_flaw() {
    let rule = |name, (state, remediation), expected| Rule {
        name,
        feeds: vec![vex(&[Row { state, remediation, ..Row::SOURCE }])],
        trips: (nine(&[libs("5.el9")]), expected),
        does_not: (rpm("rhel", "8.9", &[libs("5.el8")]), ""),
    };
    check(vec![
        rule(
            "it will not be fixed",
            ("known_affected", "no_fix_planned: Will not fix"),
            "CVE-2024-1 openssl-libs: WillNotFix",
        ),
        rule(
            "it is out of support",
            ("known_affected", "no_fix_planned: Out of support scope"),
            "CVE-2024-1 openssl-libs: EndOfLife",
        ),
        rule(
            "it is put off",
            ("known_affected", "none_available: Fix deferred"),
            "CVE-2024-1 openssl-libs: Deferred",
        ),
        rule(
            "it is affected and no more is said",
            ("known_affected", "none_available: Affected"),
            "CVE-2024-1 openssl-libs: no fix",
        ),
        rule(
            "it is looked into",
            ("under_investigation", ""),
            "openssl-libs 1:3.0.7-5.el9: undetermined: the vendor is still investigating",
        ),
    ]);
    let eight = Row { product: "enterprise_linux:8", ..Row::SOURCE };
    check(vec![Rule {
        name: "one product is affected and another is not",
        feeds: vec![vex(&[Row { state: "known_not_affected", ..Row::SOURCE }, eight])],
        trips: (rpm("rhel", "8.9", &[libs("5.el8")]), "CVE-2024-1 openssl-libs: no fix"),
        does_not: (nine(&[libs("5.el9")]), ""),
    }]);
}

/// nodejs of a stream, and of one that is not told.
fn nodejs(release: &str, module: Option<&str>) -> rpmdb::Package {
    let package = rpmdb::Package::new("nodejs", "18.1.0", release).epoch(1).vendor("Red Hat, Inc.");
    module.iter().fold(package, |package, module| package.module(module))
}

#[test]
fn a_stream_of_a_module_is_judged_by_what_is_said_of_it() {
    let row = Row {
        product: "enterprise_linux:9::appstream",
        component: "nodejs-1:18.2.0-1.module+el9.2.0+2+bb.x86_64",
        purl: "pkg:rpm/redhat/nodejs@18.2.0-1.module%2Bel9.2.0%2B2%2Bbb?arch=x86_64&epoch=1&rpmmod=nodejs:18:9020:rhel9",
        ..Row::LIBS
    };
    let build = "1.module+el9.2.0+1+aa";
    let fixed = "CVE-2024-1 nodejs: fixed in 1:18.2.0-1.module+el9.2.0+2+bb";
    let eighteen = || nine(&[nodejs(build, Some("nodejs:18:9020:aa"))]);
    let rule = |name, does_not| Rule {
        name,
        feeds: vec![vex(&[row])],
        trips: (eighteen(), fixed),
        does_not,
    };
    check(vec![
        rule("of another stream", (nine(&[nodejs(build, Some("nodejs:16:9020:aa"))]), "")),
        rule("of no module", (nine(&[nodejs("1.el9", None)]), "")),
        rule(
            "of a module whose stream is not known",
            (
                nine(&[nodejs(build, None)]),
                "nodejs 1:18.1.0-1.module+el9.2.0+1+aa: undetermined: the module stream or slot is not known",
            ),
        ),
    ]);
    let unfixed = Row {
        product: "enterprise_linux:9",
        component: "nodejs:18/nodejs",
        purl: "pkg:rpm/redhat/nodejs@18?arch=src&rpmmod=nodejs:18:9020:63b",
        state: "known_affected",
        ..row
    };
    check(vec![Rule {
        name: "what is not fixed is of its stream too",
        feeds: vec![vex(&[unfixed])],
        trips: (eighteen(), "CVE-2024-1 nodejs: no fix"),
        does_not: (nine(&[nodejs("1.el9", None)]), ""),
    }]);
}

const CONTENT_SETS: &str = r#"{"data": {
    "rhel-9-for-x86_64-baseos-rpms": {"cpes": ["cpe:/o:redhat:enterprise_linux:9::baseos"]},
    "rhel-9-for-x86_64-baseos-eus-rpms": {"cpes": ["cpe:/o:redhat:rhel_eus:9.2::baseos", "cpe:/o:redhat:rhel_eus:9.4::baseos"]},
    "rhel-9-for-x86_64-baseos-e4s-rpms": {"cpes": ["cpe:/o:redhat:rhel_e4s:9.2::baseos"]}}}"#;

#[test]
fn extended_streams_judge_only_images_that_name_them() {
    let of_stream = |product| Row {
        product,
        component: "openssl-libs-1:3.0.7-5.el9_2.3.x86_64",
        purl: "pkg:rpm/redhat/openssl-libs@3.0.7-5.el9_2.3?arch=x86_64&epoch=1",
        ..Row::LIBS
    };
    let feeds =
        |rows: &[Row]| vec![vex(rows), ("redhat/repository-to-cpe.json", CONTENT_SETS.to_owned())];
    let image = |release: &str, sets: &str| {
        let manifest =
            format!(r#"{{"metadata": {{}}, "content_sets": ["rhel-9-for-x86_64-baseos-{sets}"]}}"#);
        nine(&[libs(release)]).file("root/buildinfo/content_manifests/a.json", manifest)
    };
    let rule = |name, product, sets| {
        let rows = [Row::LIBS, of_stream(product)];
        Rule {
            name,
            feeds: feeds(&rows),
            trips: (
                image("5.el9_2.2", sets),
                "CVE-2024-1 openssl-libs: fixed in 1:3.0.7-5.el9_2.3",
            ),
            does_not: (image("5.el9_2.3", sets), ""),
        }
    };
    let stream = of_stream("rhel_eus:9.2::baseos");
    let main = "CVE-2024-1 openssl-libs: fixed in 1:3.0.7-6.el9";
    check(vec![
        rule("EUS has fixes of its own", "rhel_eus:9.2::baseos", "eus-rpms"),
        rule("E4S has fixes of its own", "rhel_e4s:9.2::baseos", "e4s-rpms"),
        Rule {
            name: "what EUS fixed is no fix for who has not subscribed to it",
            feeds: feeds(&[Row::LIBS, stream]),
            trips: (image("5.el9_2.3", "rpms"), main),
            does_not: (image("5.el9_2.3", "eus-rpms"), ""),
        },
        Rule {
            name: "the main stream's fix is none for who has a stream with its own, whoever states it",
            feeds: feeds(&[
                Row { product: "enterprise_linux:9", ..Row::LIBS },
                of_stream("rhel_eus:9.2::baseos"),
            ]),
            trips: (
                image("5.el9_2.2", "eus-rpms"),
                "CVE-2024-1 openssl-libs: fixed in 1:3.0.7-5.el9_2.3",
            ),
            does_not: (image("5.el9_2.3", "eus-rpms"), ""),
        },
        Rule {
            name: "it counts where that one is silent",
            feeds: feeds(&[Row { product: "enterprise_linux:9", ..Row::LIBS }]),
            trips: (image("5.el9_2.3", "eus-rpms"), main),
            does_not: (image("6.el9", "eus-rpms"), ""),
        },
        Rule {
            name: "nor for who names no content sets",
            feeds: feeds(&[Row::LIBS, stream]),
            trips: (nine(&[libs("5.el9_2.3")]), main),
            does_not: (image("5.el9_2.3", "eus-rpms"), ""),
        },
        Rule {
            name: "the stream of another minor release says nothing",
            feeds: feeds(&[of_stream("rhel_eus:9.4::baseos")]),
            trips: (
                image("5.el9_2.2", "eus-rpms").file("etc/os-release", "ID=rhel\nVERSION_ID=9.4\n"),
                "CVE-2024-1 openssl-libs: fixed in 1:3.0.7-5.el9_2.3",
            ),
            does_not: (image("5.el9_2.2", "eus-rpms"), ""),
        },
    ]);
}
