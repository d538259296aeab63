//! Red Hat's definitions (security.access.redhat.com/data/oval), for releases up to 9: errata, and since version 2 what is not fixed and
//! what is not affected.
//!
//! Which products a definition is of, its list of CPEs says; without one, the test of the release does.

use std::collections::BTreeSet;

use plimsoll_advisory::{Affected, Interval, Status};

use crate::feed::{Feed, Origin};
use crate::formats::oval::{Class, Context, Definition, Platform, Vendor, digits, import, is_of};

pub(crate) static REDHAT_OVAL: Feed = Feed {
    id: "redhat-oval",
    summary: "Red Hat up to 9: errata, and what is not fixed or not affected (OVAL)",
    origins: &[
        origin(
            "https://security.access.redhat.com/data/oval/v2/RHEL6/rhel-6-including-unpatched.oval.xml.bz2",
            "redhat-oval/rhel-6-including-unpatched.oval.xml.bz2",
            &["enterprise_linux:6"],
        ),
        origin(
            "https://security.access.redhat.com/data/oval/v2/RHEL7/rhel-7-including-unpatched.oval.xml.bz2",
            "redhat-oval/rhel-7-including-unpatched.oval.xml.bz2",
            &["enterprise_linux:7"],
        ),
        origin(
            "https://security.access.redhat.com/data/oval/v2/RHEL8/rhel-8-including-unpatched.oval.xml.bz2",
            "redhat-oval/rhel-8-including-unpatched.oval.xml.bz2",
            &["enterprise_linux:8"],
        ),
        origin(
            "https://security.access.redhat.com/data/oval/v2/RHEL9/rhel-9-including-unpatched.oval.xml.bz2",
            "redhat-oval/rhel-9-including-unpatched.oval.xml.bz2",
            &["enterprise_linux:9"],
        ),
    ],
    recognises: |outline| is_of(outline, &["oval:com.redhat."]),
    import: |document, into| import(document, into, &VENDOR),
    spread: true,
    ..Feed::BASE
};

const FAMILY: &str = "Red Hat";
/// What the ids of definitions begin with that say what is not affected.
const UNAFFECTED: &str = "oval:com.redhat.unaffected:";

const fn origin(
    url: &'static str,
    file: &'static str,
    releases: &'static [&'static str],
) -> Origin {
    Origin { url, file, families: &[FAMILY], releases }
}

const VENDOR: Vendor = Vendor {
    feed: "redhat-oval",
    source: "redhat",
    id: |definition| match definition.class {
        Class::Patch => definition.reference("RHSA").to_owned(),
        _ => definition.reference("CVE").to_owned(),
    },
    platform: |probe| {
        let release = digits(probe.value).filter(|_| probe.object == "/etc/redhat-release");
        release.map(|major| platform(format!("enterprise_linux:{major}"))).into_iter().collect()
    },
    releases,
    adjust,
    ..Vendor::BASE
};

fn platform(release: String) -> Platform {
    Platform { family: FAMILY, release }
}

/// `enterprise_linux:9::appstream` of `cpe:/a:redhat:enterprise_linux:9::appstream`. The release without a part is every part of it.
fn releases(context: &Context<'_>) -> Vec<Platform> {
    let product = |cpe: &String| {
        let rest = cpe.strip_prefix("cpe:/")?;
        rest.split_once(":redhat:").map(|(_, product)| product.to_owned())
    };
    let mut products: Vec<_> = context.definition.cpes.iter().filter_map(product).collect();
    products.sort();
    products.dedup();
    let whole: BTreeSet<_> = { products.iter() }
        .filter(|product| product.starts_with("enterprise_linux:") && !product.contains("::"))
        .cloned()
        .collect();
    products.retain(|product| product.split_once("::").is_none_or(|(own, _)| !whole.contains(own)));
    if products.is_empty() {
        return context.fact.platforms.iter().flatten().map(|&own| own.clone()).collect();
    }
    products.into_iter().map(platform).collect()
}

fn adjust(context: &Context<'_>, affected: &mut Affected) {
    let definition = context.definition;
    if definition.id.starts_with(UNAFFECTED) {
        affected.status = Status::NotAffected;
        affected.intervals.clear();
    } else if definition.class == Class::Vulnerability && affected.intervals == [Interval::ALL] {
        affected.status = state(definition, &affected.package);
        if affected.status == Status::NotAffected {
            affected.intervals.clear();
        }
    }
}

/// The state of a package. Components are source packages: where they are in several states, the one whose name a binary's begins with is
/// meant.
fn state(definition: &Definition, package: &str) -> Status {
    let named = definition.resolutions.iter().flat_map(|resolution| {
        // `nodejs:16/nodejs` is of a module.
        let own = |component: &String| component.rsplit('/').next().unwrap_or_default().len();
        resolution.components.iter().map(move |component| (own(component), component, resolution))
    });
    let is_of =
        |component: &str| package.starts_with(component.rsplit('/').next().unwrap_or(component));
    let best =
        named.filter(|(_, component, _)| is_of(component)).max_by_key(|(length, ..)| *length);
    let state = match (best, definition.resolutions.as_slice()) {
        (Some((.., resolution)), _) | (None, [resolution]) => resolution.state.as_str(),
        _ => "",
    };
    match state {
        "Will not fix" => Status::WillNotFix,
        "Out of support scope" => Status::EndOfLife,
        "Fix deferred" => Status::Deferred,
        "Under investigation" => Status::UnderInvestigation,
        "Not affected" => Status::NotAffected,
        _ => Status::Affected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::oval::testing::{document, said};

    const NINE: (&str, &str, &str) = (
        "Red Hat Enterprise Linux 9 is installed",
        "<filepath>/etc/redhat-release</filepath>",
        r#"<version operation="pattern match">^9[^\d]</version>"#,
    );

    fn of(id: &str, advisory: &str) -> Vec<String> {
        let class = if id.contains("rhsa") { "patch" } else { "vulnerability" };
        let metadata = format!(
            r#"<reference source="RHSA" ref_id="RHSA-2022:1"/><reference source="CVE" ref_id="CVE-2022-1"/>
            <advisory>{advisory}</advisory>"#
        );
        let state = if class == "patch" { r#"<evr operation="less than">0:1-1</evr>"# } else { "" };
        let packages = [NINE, ("1", "<name>kernel-core</name>", state)];
        let text = document(&format!(r#"id="{id}" class="{class}""#), &metadata, &packages);
        said(&REDHAT_OVAL, "x.xml", &text)
    }

    #[test]
    fn a_release_without_a_part_is_every_part_of_it() {
        let cpes = |cpes: &[&str]| {
            let cpes = cpes.iter().map(|cpe| format!("<cpe>cpe:/{cpe}</cpe>"));
            format!("<affected_cpe_list>{}</affected_cpe_list>", cpes.collect::<String>())
        };
        for (list, releases) in [
            (&[][..], &["enterprise_linux:9"][..]),
            (
                &["a:redhat:enterprise_linux:9", "o:redhat:enterprise_linux:9::baseos"],
                &["enterprise_linux:9"],
            ),
            (&["o:redhat:rhel_eus:9.0::baseos"], &["rhel_eus:9.0::baseos"]),
        ] {
            let expected = releases.iter().map(|release| {
                format!(
                    r#"RHSA-2022:1 Red Hat:{release} kernel-core Affected First Fixed("0:1-1")"#
                )
            });
            let found = of("oval:com.redhat.rhsa:def:1", &cpes(list));
            assert_eq!(found, expected.collect::<Vec<_>>(), "{list:?}");
        }
    }

    #[test]
    fn what_is_not_fixed_is_in_the_state_of_its_component() {
        let states = |states: &[(&str, &str)]| {
            let one = |(state, component): &(&str, &str)| {
                format!(
                    r#"<resolution state="{state}"><component>{component}</component></resolution>"#
                )
            };
            format!("<affected>{}</affected>", states.iter().map(one).collect::<String>())
        };
        for (list, status) in [
            (&[][..], "Affected First Open"),
            (&[("Will not fix", "linux")], "WillNotFix First Open"),
            (
                &[
                    ("Fix deferred", "kern"),
                    ("Out of support scope", "kernel"),
                    ("Affected", "tar"),
                ],
                "EndOfLife First Open",
            ),
            (&[("Under investigation", "rhel:9/kernel")], "UnderInvestigation First Open"),
            (&[("Not affected", "kernel")], "NotAffected"),
        ] {
            let found = of("oval:com.redhat.cve:def:1", &states(list));
            let expected = format!("CVE-2022-1 Red Hat:enterprise_linux:9 kernel-core {status}");
            assert_eq!(found, [expected], "{list:?}");
        }
        let found = of("oval:com.redhat.unaffected:def:1", &states(&[("Affected", "kernel")]));
        assert_eq!(found, ["CVE-2022-1 Red Hat:enterprise_linux:9 kernel-core NotAffected"]);
    }
}
