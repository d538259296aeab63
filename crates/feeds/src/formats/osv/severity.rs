//! Who says how bad it is.

use plimsoll_advisory::{SeverityClaim, SeveritySystem};

use super::schema::{RecordExtras, Severity};
use crate::formats::claims;

/// Whose records an id's beginning tells. A CVE's vector in OSV's conversions comes from the national database.
const SOURCES: &[(&str, &str)] = &[
    ("ALBA-", "almalinux"),
    ("ALEA-", "almalinux"),
    ("ALPINE-", "nvd"),
    ("ALSA-", "almalinux"),
    ("BIT-", "bitnami"),
    ("CURL-", "curl"),
    ("CVE-", "nvd"),
    ("DEBIAN-", "debian"),
    ("DLA-", "debian"),
    ("DSA-", "debian"),
    ("EEF-", "erlef"),
    ("GHSA-", "github"),
    ("GO-", "go"),
    ("HSEC-", "haskell"),
    ("JLSEC-", "julia"),
    ("MAL-", "openssf"),
    ("OSEC-", "ocaml"),
    ("PSF-", "python"),
    ("PYSEC-", "pypa"),
    ("RHBA-", "redhat"),
    ("RHEA-", "redhat"),
    ("RHSA-", "redhat"),
    ("RLSA-", "rocky"),
    ("RSEC-", "r-consortium"),
    ("RUSTSEC-", "rustsec"),
    ("RXSA-", "rocky"),
    ("SUSE-", "suse"),
    ("UBUNTU-", "ubuntu"),
    ("USN-", "ubuntu"),
    ("openSUSE-", "suse"),
];

pub(super) fn source_of(id: &str) -> &'static str {
    SOURCES.iter().find(|(prefix, _)| id.starts_with(prefix)).map_or("osv", |(_, source)| source)
}

/// The `severity` array of a record or of one of its packages.
pub(super) fn claims(severities: Option<&[Severity<'_>]>, source: &str) -> Vec<SeverityClaim> {
    let claim = |severity: &Severity<'_>| {
        let (source, system) = match severity.system.as_str() {
            "CVSS_V2" => (source, SeveritySystem::CvssV2),
            "CVSS_V3" => (source, SeveritySystem::CvssV3),
            "CVSS_V4" => (source, SeveritySystem::CvssV4),
            // Not a vector but Ubuntu's priority.
            "Ubuntu" => ("ubuntu", SeveritySystem::Word),
            _ => return None,
        };
        Some(claims::claim(source, system, severity.score.as_str()))
    };
    severities.unwrap_or_default().iter().filter_map(claim).collect()
}

/// The word of GitHub's `database_specific.severity`, and the one with which AlmaLinux and Rocky begin a summary.
pub(super) fn word(extras: &RecordExtras, summary: &str, source: &str) -> Option<SeverityClaim> {
    let stated = extras.severity.as_ref().and_then(serde_json::Value::as_str);
    let word = stated.or_else(|| {
        let (word, _) = summary.split_once(": ")?;
        ["Critical", "Important", "Moderate", "Low"].contains(&word).then_some(word)
    })?;
    claims::word(source, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_its_vendors_own() {
        let none = RecordExtras::default();
        let github = RecordExtras { severity: Some("MODERATE".into()), ..RecordExtras::default() };
        for (extras, summary, value) in [
            (&github, "Something", Some("moderate")),
            (&none, "Important: kernel security update", Some("important")),
            (&none, "Note: kernel security update", None),
            (&none, "kernel bug fix update", None),
        ] {
            let claim = word(extras, summary, "vendor");
            assert_eq!(claim.map(|claim| claim.value).as_deref(), value, "{summary}");
        }
        assert_eq!(source_of("RHSA-2024:0001"), "redhat");
        assert_eq!(source_of("XYZ-1"), "osv");
    }
}
