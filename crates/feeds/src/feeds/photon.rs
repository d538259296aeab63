//! Photon OS's CVE metadata: one document for each release, every flaw of every package in it.

use plimsoll_advisory::{Advisory, Affected, Interval, SeverityClaim, Status};
use serde::Deserialize;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::claims;
use crate::formats::flaw_ids::is_flaw_id;
use crate::formats::json::import_records;
use crate::import::{Import, NotOfThisFeed};

/// The documents of releases.
macro_rules! of_releases {
    ($($release:literal),*) => {
        &[$(Origin {
            url: concat!(
                "https://packages-prod.broadcom.com/photon/photon_cve_metadata/cve_data_photon",
                $release,
                ".json"
            ),
            file: concat!("photon/cve_data_photon", $release, ".json"),
            families: &[FAMILY],
            releases: &[$release],
        }),*]
    };
}

pub(crate) static PHOTON: Feed = Feed {
    id: "photon",
    version: 2,
    summary: "Photon OS's CVE metadata: the version of each release in which a package fixed a flaw",
    origins: of_releases!["1.0", "2.0", "3.0", "4.0", "5.0"],
    recognises: |outline| {
        outline.form == Form::JsonArray && outline.has(&["cve_id", "pkg", "aff_ver", "res_ver"])
    },
    import,
    spread: true,
    complete: &[Complete {
        names: &["photon", "photon-cve"],
        family: FAMILY,
        releases: Releases::These(&["1.0", "2.0", "3.0", "4.0", "5.0"]),
    }],
    ..Feed::BASE
};

const FAMILY: &str = "Photon OS";

#[derive(Deserialize)]
struct Record {
    cve_id: String,
    pkg: String,
    /// The first version that is fixed; `NA` for none.
    res_ver: String,
    /// Older documents have none: everything in them is fixed.
    status: Option<String>,
    /// A base score without its vector.
    cve_score: Option<serde_json::Number>,
}

/// The first year whose flaws are all scored in CVSS 3. In which version older ones were is not said, and the words for a score differ.
const CVSS_3_YEAR: u16 = 2016;

impl Record {
    /// The word for the score.
    fn severity(&self) -> Option<SeverityClaim> {
        let score = self.cve_score.as_ref()?.as_f64().filter(|score| *score > 0.0)?;
        let year: u16 = self.cve_id.split('-').nth(1)?.parse().ok()?;
        (year >= CVSS_3_YEAR).then(|| claims::word(PHOTON.id, claims::rating(score)))?
    }
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let name = document.file_name();
    let release = name.strip_prefix("cve_data_photon").and_then(|rest| {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.');
        Some(rest.get(..end.unwrap_or(rest.len()))?.trim_end_matches('.').to_owned())
    });
    let release = release.filter(|release| !release.is_empty());
    import_records(document, import, |record: Record, import| {
        match advisory(record, release.as_deref()) {
            Ok(advisory) => import.push(advisory),
            Err(reason) => import.tally.reject(reason),
        }
    })
}

fn advisory(record: Record, release: Option<&str>) -> Result<Advisory, &'static str> {
    // `UNK-1` stands for whatever has no name yet.
    if !is_flaw_id(&record.cve_id) || record.cve_id.starts_with("UNK-") {
        return Err("no id");
    }
    let fixed = Some(record.res_ver.trim()).filter(|version| !matches!(*version, "" | "NA"));
    let (status, intervals) = match (record.status.as_deref(), fixed) {
        (Some("Not Affected"), _) => (Status::NotAffected, Vec::new()),
        (Some("Fixed") | None, Some(version)) => (Status::Affected, vec![Interval::below(version)]),
        (Some("Fixed") | None, None) => return Err("fixed in no version"),
        _ => return Err("unknown status"),
    };
    let release = match (release, fixed) {
        (Some(release), _) => release.to_owned(),
        (None, Some(version)) => release_of(version).ok_or("no release")?,
        (None, None) => return Err("no release"),
    };
    let severities = record.severity().into_iter().collect();
    Ok(Advisory {
        feed: PHOTON.id.to_owned(),
        id: record.cve_id,
        affected: vec![Affected {
            family: FAMILY.to_owned(),
            release,
            package: record.pkg,
            intervals,
            status,
            severities,
            ..Affected::default()
        }],
        ..Advisory::default()
    })
}

/// `4.0` of `8.16.0-1.ph4`.
fn release_of(version: &str) -> Option<String> {
    let (_, number) = version.rsplit_once(".ph")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{number}.0"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    fn imported(path: &str, id: &str, fixed: &str, status: &str) -> Result<Affected, &'static str> {
        let text = format!(
            r#"[{{"cve_id": "{id}", "pkg": "curl", "aff_ver": "", "res_ver": "{fixed}"{status}}}]"#
        );
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&Document { path, bytes: text.as_bytes() }, &mut into).unwrap();
        let reason = into.tally.rejected.keys().next().copied();
        into.advisories
            .pop()
            .map(|mut one| one.affected.remove(0))
            .ok_or(reason.unwrap_or("nothing"))
    }

    const PATH: &str = "photon.tar.gz!/cve_data_photon4.0.json";

    #[test]
    fn the_files_name_tells_the_release_and_else_the_version() {
        for (path, id, fixed, release) in [
            (PATH, "CVE-2025-9086", "8.16.0-1.ph4", "4.0"),
            (PATH, "BDSA-2025-0719", "8.16.0-1", "4.0"),
            ("x/cve_data_photon3.0_copy.json", "CVE-2025-9086", "1-1.ph3", "3.0"),
            ("x.json", "CVE-2025-9086", "8.16.0-1.ph5", "5.0"),
        ] {
            let affected = imported(path, id, fixed, r#", "status": "Fixed""#).unwrap();
            assert_eq!((affected.release.as_str(), affected.status), (release, Status::Affected));
            assert_eq!(affected.intervals, [Interval::below(fixed)]);
        }
        assert_eq!(imported("x.json", "CVE-2025-1", "1-1", ""), Err("no release"));
    }

    #[test]
    fn a_score_has_a_word_where_it_is_one_of_cvss_3() {
        for (id, score, expected) in [
            ("CVE-2025-9086", "7.5", Some("high")),
            ("CVE-2016-10", "9.8", Some("critical")),
            ("BDSA-2025-0719", "4.0", Some("medium")),
            ("CVE-2015-1", "10.0", None),
            ("CVE-2025-9086", "0", None),
            ("CVE-2025-9086", "null", None),
        ] {
            let score = format!(r#", "status": "Fixed", "cve_score": {score}"#);
            let affected = imported(PATH, id, "1-1.ph4", &score).unwrap();
            let word = affected.severities.first().map(|one| (&*one.source, &*one.value));
            assert_eq!(word, expected.map(|word| ("photon", word)), "{id} {score}");
        }
    }

    #[test]
    fn what_is_not_affected_needs_no_version() {
        for (id, fixed, status, expected) in [
            ("CVE-2025-1", "NA", "Not Affected", Ok(Status::NotAffected)),
            ("CVE-2025-1", "NA", "Fixed", Err("fixed in no version")),
            ("CVE-2025-1", "1-1.ph4", "Odd", Err("unknown status")),
            ("UNK-1", "NA", "Not Affected", Err("no id")),
            ("Re", "NA", "Not Affected", Err("no id")),
            ("", "1-1.ph4", "Fixed", Err("no id")),
            ("CVE-2019-3828-0001", "1-1.ph4", "Fixed", Err("no id")),
        ] {
            let status = format!(r#", "status": "{status}""#);
            let affected = imported(PATH, id, fixed, &status).map(|affected| affected.status);
            assert_eq!(affected, expected, "{id} {status}");
        }
        assert_eq!(imported(PATH, "CVE-2016-1", "1-1.ph1", "").unwrap().status, Status::Affected);
    }
}
