//! How bad it is, by whose word.

use cvss::Cvss;
use plimsoll_advisory::{SeverityRef, SeveritySystem};
use plimsoll_core::Severity;

use crate::CvssScore;

/// A severity and whose word it is.
pub(crate) type Rating<'s> = (Severity, &'s str);

/// The best claim among equals: a vendor's word before a score, CVSS 3 before 4 and 2, anybody before NVD, which knows no package.
pub(crate) fn best<'a, 's: 'a>(
    claims: impl IntoIterator<Item = &'a SeverityRef<'s>>,
) -> Option<Rating<'s>> {
    let rank = |claim: &SeverityRef<'_>| {
        let system = match claim.system {
            SeveritySystem::Word => 0,
            SeveritySystem::CvssV3 => 1,
            SeveritySystem::CvssV4 => 2,
            SeveritySystem::CvssV2 => 3,
        };
        (claim.source == "nvd", system)
    };
    let mut claims: Vec<&SeverityRef<'s>> = claims.into_iter().collect();
    claims.sort_by_key(|claim| (rank(claim), **claim));
    claims.into_iter().find_map(|claim| Some((severity(claim)?, claim.source)))
}

/// `None` for a claim that says nothing: an unknown word, a broken vector, "not yet assigned".
fn severity(claim: &SeverityRef<'_>) -> Option<Severity> {
    if claim.system == SeveritySystem::Word {
        return claim.value.parse().ok().filter(|&severity| severity != Severity::Unknown);
    }
    let score = score(claim)?;
    Some(match score.version {
        "2.0" => Severity::from_cvss2_score(score.score),
        _ => Severity::from_cvss3_score(score.score),
    })
}

/// The base score of a vector.
pub(crate) fn score(claim: &SeverityRef<'_>) -> Option<CvssScore> {
    if claim.system == SeveritySystem::Word {
        return None;
    }
    // Some feeds write CVSS 2 in parentheses, as NVD did.
    let vector = claim.value.trim().trim_start_matches('(').trim_end_matches(')');
    let (version, score) = match vector.parse::<Cvss>().ok()? {
        Cvss::CvssV20(vector) => ("2.0", vector.score().value()),
        Cvss::CvssV30(vector) => ("3.0", vector.base_score().value()),
        Cvss::CvssV31(vector) => ("3.1", vector.base_score().value()),
        Cvss::CvssV40(vector) => ("4.0", vector.score().value()),
        _ => return None,
    };
    Some(CvssScore { source: claim.source.to_owned(), version, vector: vector.to_owned(), score })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim<'a>(source: &'a str, system: SeveritySystem, value: &'a str) -> SeverityRef<'a> {
        SeverityRef { source, system, value }
    }

    #[test]
    fn base_scores() {
        use SeveritySystem::{CvssV2, CvssV3, CvssV4};
        for (system, vector, version, expected) in [
            (CvssV2, "AV:N/AC:L/Au:N/C:C/I:C/A:C", "2.0", 10.0),
            (CvssV2, "(AV:N/AC:M/Au:N/C:P/I:N/A:N)", "2.0", 4.3),
            (CvssV3, "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N", "3.0", 5.3),
            (CvssV3, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "3.1", 10.0),
            (CvssV3, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:U", "3.1", 9.8),
            (CvssV3, "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "3.1", 0.0),
            (CvssV4, "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "4.0", 9.3),
        ] {
            let score = score(&claim("nvd", system, vector)).unwrap();
            assert_eq!((score.version, score.score), (version, expected), "{vector}");
        }
    }

    #[test]
    fn a_broken_vector_says_nothing() {
        for vector in ["", "CVSS:3.1", "CVSS:3.1/AV:X", "7.5", "CVSS:9.0/AV:N"] {
            assert_eq!(score(&claim("nvd", SeveritySystem::CvssV3, vector)), None, "{vector}");
        }
    }

    #[test]
    fn the_vendors_word_comes_before_scores_and_anybody_before_nvd() {
        let critical = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H";
        let score = claim("redhat", SeveritySystem::CvssV3, critical);
        let word = claim("redhat", SeveritySystem::Word, "Moderate");
        let nvd = claim("nvd", SeveritySystem::Word, "LOW");
        assert_eq!(best(&[score, nvd, word]), Some((Severity::Medium, "redhat")));
        assert_eq!(best(&[nvd, score]), Some((Severity::Critical, "redhat")));
        assert_eq!(best(&[nvd]), Some((Severity::Low, "nvd")));
    }

    #[test]
    fn what_is_not_yet_assigned_says_nothing() {
        let words = ["not yet assigned", "untriaged", "unknown"]
            .map(|word| claim("debian", SeveritySystem::Word, word));
        assert_eq!(best(&words), None);
    }

    #[test]
    fn cvss_2_knows_no_critical() {
        let all = claim("nvd", SeveritySystem::CvssV2, "AV:N/AC:L/Au:N/C:C/I:C/A:C");
        assert_eq!(best(&[all]), Some((Severity::High, "nvd")));
    }
}
