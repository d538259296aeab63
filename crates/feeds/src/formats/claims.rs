//! Severities as sources state them: a vector, a word, or only a score.

use plimsoll_advisory::{SeverityClaim, SeveritySystem};
use plimsoll_core::Severity;

/// What a source says in a system that it names itself.
pub(crate) fn claim(source: &str, system: SeveritySystem, value: &str) -> SeverityClaim {
    SeverityClaim { source: source.to_owned(), system, value: value.to_owned() }
}

/// A CVSS vector; its beginning tells the version. `None` for what is none.
pub(crate) fn vector(source: &str, text: &str) -> Option<SeverityClaim> {
    let text = text.trim();
    // A vector of version 3 knows privileges; some leave its prefix out.
    if text.starts_with("AV:") && text.contains("/PR:") {
        return Some(claim(source, SeveritySystem::CvssV3, &format!("CVSS:3.1/{text}")));
    }
    let system = if text.starts_with("CVSS:4.") {
        SeveritySystem::CvssV4
    } else if text.starts_with("CVSS:3.") {
        SeveritySystem::CvssV3
    } else if text.starts_with("AV:") && text.contains("/Au:") {
        SeveritySystem::CvssV2
    } else {
        return None;
    };
    Some(claim(source, system, text))
}

/// A word, in lower case; `None` for an empty one.
pub(crate) fn word(source: &str, text: &str) -> Option<SeverityClaim> {
    let value = text.trim().to_lowercase();
    (!value.is_empty()).then(|| claim(source, SeveritySystem::Word, &value))
}

/// The same, and `None` for the words with which publishers say that they have none.
pub(crate) fn stated_word(source: &str, text: &str) -> Option<SeverityClaim> {
    let is_said = |claim: &SeverityClaim| {
        !matches!(claim.value.as_str(), "none" | "unspecified" | "unknown" | "n/a")
    };
    word(source, text).filter(is_said)
}

/// The word for a score of CVSS 3 or 4 (first.org, "Qualitative Severity Rating Scale").
pub(crate) fn rating(score: f64) -> &'static str {
    match Severity::from_cvss3_score(score) {
        Severity::Negligible => "none",
        severity => severity.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_known_by_its_beginning() {
        for (text, system) in [
            ("CVSS:4.0/AV:N/AC:L", Some(SeveritySystem::CvssV4)),
            ("CVSS:3.0/AV:N/AC:L", Some(SeveritySystem::CvssV3)),
            (" AV:N/AC:M/Au:N/C:P/I:P/A:P ", Some(SeveritySystem::CvssV2)),
            ("AV:N/AC:L/PR:N", Some(SeveritySystem::CvssV3)),
            ("AV:N/AC:L", None),
            ("high", None),
        ] {
            assert_eq!(vector("x", text).map(|claim| claim.system), system, "{text}");
        }
    }

    #[test]
    fn scores_have_words() {
        let words: Vec<_> = [9.8, 7.0, 6.9, 0.1, 0.0, f64::NAN].map(rating).into();
        assert_eq!(words, ["critical", "high", "medium", "low", "none", "none"]);
        assert_eq!(word("x", " HIGH ").map(|claim| claim.value).as_deref(), Some("high"));
        assert_eq!(word("x", " "), None);
        assert_eq!(stated_word("x", "N/A"), None);
        assert_eq!(stated_word("x", "Low").map(|claim| claim.value).as_deref(), Some("low"));
    }
}
