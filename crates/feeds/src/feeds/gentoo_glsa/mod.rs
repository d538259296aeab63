//! Gentoo Linux Security Advisories (security.gentoo.org/glsa; the DTD at gentoo.org/dtd/glsa.dtd): one XML document each, or its
//! copy in JSON. A package is vulnerable in some ranges of versions, less those in which it is not.

mod parse;
mod ranges;

use plimsoll_advisory::{Advisory, Affected, Status, advisory_family};
use plimsoll_core::Day;

use self::parse::{Glsa, Package};
use self::ranges::{Compare, vulnerable};
use crate::complete::{Complete, Releases};
use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::claims;
use crate::formats::flaw_ids::cves_in;
use crate::formats::time::day_of_words;
use crate::import::{Import, NotOfThisFeed};

pub(crate) static GENTOO_GLSA: Feed = Feed {
    id: "gentoo-glsa",
    summary: "Gentoo Linux Security Advisories: ranges of versions that are vulnerable, and that are not",
    origins: &[Origin {
        url: "https://gitweb.gentoo.org/data/glsa.git/snapshot/glsa-master.tar.gz",
        file: "gentoo-glsa.tar.gz",
        families: &[FAMILY],
        ..Origin::BASE
    }],
    recognises: |outline| {
        outline.is_xml_of("glsa")
            || outline.form == Form::JsonObject
                && outline.has(&["ID", "Synopsis", "Announced", "Affected"])
    },
    import,
    complete: &[Complete {
        names: &["gentoo-glsa", "gentoo-glsa-json", "glsa"],
        family: FAMILY,
        releases: Releases::These(&[""]),
    }],
    ..Feed::BASE
};

const FAMILY: &str = "Gentoo";

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let glsa = Glsa::read(document).ok_or(NotOfThisFeed)?;
    let scheme = advisory_family(FAMILY).and_then(|family| family.scheme);
    let compare = scheme.and_then(plimsoll_version::scheme).map(|scheme| scheme.compare);
    let mut affected = Vec::with_capacity(glsa.packages.len());
    for package in &glsa.packages {
        affected.extend(entries(package, compare.unwrap_or(|_, _| None), import));
    }
    if glsa.packages.is_empty() {
        // An advisory on a service of Gentoo's own.
        import.tally.ignore("no package");
    }
    import.push(advisory(glsa, affected));
    Ok(())
}

/// What is said of one package: an entry for all slots, and one for each slot that its versions do not tell.
fn entries(package: &Package, compare: Compare, import: &mut Import<'_>) -> Vec<Affected> {
    if package.vulnerable.is_empty() {
        import.tally.reject("no vulnerable version");
        return Vec::new();
    }
    let slots = match vulnerable(package, compare) {
        Ok(slots) => slots,
        Err(reason) => {
            import.tally.reject(reason);
            return Vec::new();
        }
    };
    let arches = || package.arch.split_whitespace().filter(|arch| *arch != "*");
    let entry = |(slot, intervals): (Option<String>, Vec<_>)| Affected {
        family: FAMILY.to_owned(),
        package: package.name.clone(),
        status: if intervals.is_empty() { Status::NotAffected } else { Status::Affected },
        intervals,
        module: slot,
        arches: arches().map(str::to_owned).collect(),
        ..Affected::default()
    };
    slots.into_iter().map(entry).collect()
}

fn advisory(glsa: Glsa, affected: Vec<Affected>) -> Advisory {
    let mut upstream = Vec::new();
    for cve in glsa
        .references
        .iter()
        .flat_map(|(text, link)| cves_in(text).into_iter().chain(cves_in(link)))
    {
        if !upstream.contains(&cve) {
            upstream.push(cve);
        }
    }
    Advisory {
        feed: GENTOO_GLSA.id.to_owned(),
        id: format!("GLSA-{}", glsa.id),
        upstream,
        summary: glsa.title,
        details: glsa.synopsis,
        published: date(&glsa.announced),
        modified: date(&glsa.revised),
        severities: claims::word("gentoo", &glsa.impact).into_iter().collect(),
        references: std::iter::once(format!("https://security.gentoo.org/glsa/{}", glsa.id))
            .chain(glsa.references.into_iter().map(|(_, link)| link))
            .filter(|link| !link.is_empty())
            .collect(),
        affected,
        ..Advisory::default()
    }
}

/// `2003-10-10` of `2003-10-10`, `2003-10-10: 02`, `October 10, 2003` and `October 10, 2003: 02`.
fn date(text: &str) -> Option<String> {
    let text = text.split(':').next()?.trim();
    let day = text.parse().ok().or_else(|| day_of_words(text));
    day.map(|day: Day| day.to_string())
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::Interval;

    use super::*;
    use crate::document::Outline;
    use crate::options::BuildOptions;
    use crate::tally::Tally;

    fn imported(document: &str) -> (Vec<Advisory>, Tally) {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let document = Document { path: "x", bytes: document.as_bytes() };
        assert!((GENTOO_GLSA.recognises)(&Outline::of(&document)));
        import(&document, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE glsa SYSTEM "http://www.gentoo.org/dtd/glsa.dtd">
        <glsa id="202305-28"><title>snakeyaml: Multiple</title><synopsis>Several.</synopsis>
        <announced>2023-05-21</announced><revised count="1">2023-05-22</revised>
        <affected><package name="dev-java/snakeyaml" auto="yes" arch="amd64 x86">
        <unaffected range="ge">1.33</unaffected><vulnerable range="lt">1.33</vulnerable></package>
        <package name="dev-java/other" arch="*"><unaffected range="ge">1</unaffected></package></affected>
        <impact type="Low"><p>x</p></impact><references>
        <uri link="https://nvd.nist.gov/nvd.cfm?cvename=CVE-2017-18640"> CVE-2017-18640 </uri>
        <uri link="https://example.com/CAN-2004-1">Team</uri></references></glsa>"#;

    const JSON: &str = r#"{"ID": "202305-28", "Title": "snakeyaml: Multiple", "Synopsis": "Several.",
        "Announced": "May 21, 2023", "Revised": {"Text": "May 22, 2023: 02", "Count": "2"}, "Impact": {"Type": "low"},
        "Affected": {"Package": [{"Name": "dev-java/snakeyaml", "Arch": "amd64 x86",
        "Unaffected": [{"Text": "1.33", "Range": "ge", "Slot": ""}], "Vulnerable": [{"Text": "1.33", "Range": "lt", "Slot": ""}]},
        {"Name": "dev-java/other", "Arch": "*", "Unaffected": [], "Vulnerable": null}]},
        "References": {"URI": [{"Text": "CVE-2017-18640", "Link": "https://nvd.nist.gov/nvd.cfm?cvename=CVE-2017-18640"},
        {"Text": "Team", "Link": "https://example.com/CAN-2004-1"}]}}"#;

    #[test]
    fn both_forms_say_the_same() {
        let (advisories, tally) = imported(XML);
        assert_eq!((advisories.clone(), tally.clone()), imported(JSON));
        let advisory = &advisories[0];
        assert_eq!(
            (advisory.id.as_str(), advisory.summary.as_str()),
            ("GLSA-202305-28", "snakeyaml: Multiple")
        );
        assert_eq!(advisory.upstream, ["CVE-2017-18640", "CVE-2004-1"]);
        assert_eq!(advisory.published.as_deref(), Some("2023-05-21"));
        assert_eq!(advisory.modified.as_deref(), Some("2023-05-22"));
        assert_eq!((advisory.severities[0].value.as_str(), advisory.references.len()), ("low", 3));
        let [affected] = advisory.affected.as_slice() else { panic!("{advisory:?}") };
        assert_eq!(
            (affected.package.as_str(), affected.arches.join(" ").as_str()),
            ("dev-java/snakeyaml", "amd64 x86")
        );
        assert_eq!(affected.intervals, [Interval::below("1.33")]);
        assert_eq!(tally.rejected, [("no vulnerable version", 1)].into());
    }

    #[test]
    fn an_advisory_on_a_service_names_no_package() {
        let (advisories, tally) = imported(
            r#"{"ID": "200312-01", "Synopsis": "", "Announced": "", "Affected": {"Package": null}}"#,
        );
        assert!(advisories.is_empty() && tally.rejected.is_empty());
        assert_eq!(tally.ignored, [("no package", 1)].into());
    }

    #[test]
    fn dates_are_written_in_two_ways() {
        for (text, expected) in [
            ("2017-09-17", Some("2017-09-17")),
            ("2004-05-20: 02", Some("2004-05-20")),
            ("October 1, 2003", Some("2003-10-01")),
            (" May 22, 2006: 02", Some("2006-05-22")),
            ("soon", None),
            ("Smarch 1, 2003", None),
            ("2017-9-1", None),
            ("", None),
        ] {
            assert_eq!(date(text).as_deref(), expected, "{text}");
        }
    }
}
