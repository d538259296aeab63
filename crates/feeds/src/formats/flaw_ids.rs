//! The names of flaws, as secdb and others write them by hand.

/// What one text names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The CVEs; where there is none, the other ids.
    pub(crate) ids: Vec<String>,
    /// The other ids beside CVEs, such as `XSA-297`: a bulletin often speaks of several flaws, so it is no alias.
    pub(crate) related: Vec<String>,
}

/// Takes apart what is written by hand: `CVE-2019-17349 CVE-2019-17350 XSA-295`, `CVE_2019-2426`, `CVE-2017-2616 (+
/// regression fix)`, `CVE-????-????? XSA-312`.
pub(crate) fn flaw_ids(text: &str) -> Named {
    let (mut cves, mut others) = (Vec::new(), Vec::new());
    let stated = text.split('(').next().unwrap_or_default();
    for token in stated.split_whitespace() {
        let is_cve = token.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("CVE"));
        let list = if is_cve { &mut cves } else { &mut others };
        let id = if is_cve { cve_id(token) } else { other_id(token) };
        list.extend(id.filter(|id| !list.contains(id)).into_iter().collect::<Vec<_>>());
    }
    if cves.is_empty() {
        Named { ids: others, related: Vec::new() }
    } else {
        Named { ids: cves, related: others }
    }
}

/// True for a text that is one flaw's id, as it stands.
pub(crate) fn is_flaw_id(text: &str) -> bool {
    let id = if text.starts_with("CVE") { cve_id(text) } else { other_id(text) };
    id.as_deref() == Some(text)
}

/// The CVEs that stand anywhere in a text, `CAN-` before 2005 for the same.
pub(crate) fn cves_in(text: &str) -> Vec<String> {
    let ids = ["CVE-", "CAN-"].map(|start| {
        let id = |(place, _)| cve_id(text.get(place..)?);
        text.match_indices(start).filter_map(id)
    });
    ids.into_iter().flatten().collect()
}

/// `CVE-` with its year and number, whatever follows.
fn cve_id(token: &str) -> Option<String> {
    let (year, rest) = token.get(3..)?.strip_prefix(['-', '_'])?.split_once(['-', '_'])?;
    let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let number = rest.get(..digits)?;
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    (is_year && !number.is_empty()).then(|| format!("CVE-{year}-{number}"))
}

/// Any other id: letters, digits and hyphens, with a digit and a hyphen among them.
fn other_id(token: &str) -> Option<String> {
    let id = token.trim_matches(|character: char| !character.is_ascii_alphanumeric());
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_');
    let is_id = id.len() <= 100
        && id.bytes().all(allowed)
        && (id.contains('-') || id.len() > 4)
        && id.bytes().any(|byte| byte.is_ascii_digit());
    is_id.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cves_are_found_in_texts() {
        for (text, ids) in [
            ("https://nvd.nist.gov/nvd.cfm?cvename=CVE-2017-9800", "CVE-2017-9800"),
            ("CAN-2004-0001 and CVE-2004-2.", "CVE-2004-2 CVE-2004-0001"),
            ("CVE-x CVE-2004", ""),
        ] {
            assert_eq!(cves_in(text).join(" "), ids, "{text}");
        }
    }

    #[test]
    fn an_id_stands_alone() {
        for (text, is_id) in [
            ("CVE-2024-1", true),
            ("GHSA-fhpf-pp6p-55qc", true),
            ("TEMP-0000000-F7A20F", true),
            ("CVE-2024-1-1", false),
            ("CVE-2024", false),
            ("CVE-2024-1 CVE-2024-2", false),
            ("Re", false),
            ("", false),
        ] {
            assert_eq!(is_flaw_id(text), is_id, "{text}");
        }
    }

    #[test]
    fn ids_written_by_hand_are_taken_apart() {
        for (text, ids, related) in [
            ("CVE-2019-9210", "CVE-2019-9210", ""),
            ("CVE-2019-17349 CVE-2019-17350 XSA-295", "CVE-2019-17349 CVE-2019-17350", "XSA-295"),
            ("CVE-2018-8897  XSA-260", "CVE-2018-8897", "XSA-260"),
            ("GNUTLS-SA-2020-03-31 CVE-2020-11501", "CVE-2020-11501", "GNUTLS-SA-2020-03-31"),
            ("CVE-2017-2616 (+ regression fix)", "CVE-2017-2616", ""),
            ("CVE-2020-14342 (Not affected, requires --with-systemd)", "CVE-2020-14342", ""),
            ("CVE-2021-35940.patch", "CVE-2021-35940", ""),
            ("CVE_2019-2426", "CVE-2019-2426", ""),
            ("CVE-????-????? XSA-312", "XSA-312", ""),
            ("CVE N/A ZBX-11023", "ZBX-11023", ""),
            ("GHSA-fhpf-pp6p-55qc", "GHSA-fhpf-pp6p-55qc", ""),
            ("VSV00010", "VSV00010", ""),
            ("wnpa-sec-2017-18", "wnpa-sec-2017-18", ""),
            ("", "", ""),
            ("(see below)", "", ""),
        ] {
            let named = flaw_ids(text);
            assert_eq!(
                (named.ids.join(" ").as_str(), named.related.join(" ").as_str()),
                (ids, related),
                "{text}"
            );
        }
    }
}
