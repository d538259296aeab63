//! What single vendors mean by their records, beyond the schema.

use plimsoll_advisory::{Advisory, Affected, Interval, RangeEnd, RangeStart, Status};
use serde_json::value::RawValue;

use super::schema::{DebianExtras, SuseExtras, lenient};
use crate::formats::debian;

/// Debian's urgency belongs to the flaw in this package and release: a word, or the end of support.
pub(super) fn debian_urgency(affected: &mut Affected, raw: Option<&RawValue>) {
    let Some(urgency) = lenient::<DebianExtras>(raw).urgency else { return };
    if urgency == "end-of-life" && affected.status == Status::Affected {
        affected.status = Status::EndOfLife;
    }
    affected.severities.extend(debian::urgency(&urgency));
}

/// SUSE's records name the source package and, beside it, the binaries with their fixed versions: what is installed is a
/// binary, so each becomes an entry of its own. A record without binaries stays as it is.
pub(super) fn suse_binaries(affected: Affected, raw: Option<&RawValue>) -> Vec<Affected> {
    let binaries = lenient::<SuseExtras>(raw).binaries.unwrap_or_default();
    if binaries.is_empty() {
        return vec![affected];
    }
    let start = affected.intervals.first().map_or(RangeStart::First, |first| first.start.clone());
    let entry = |(package, version): (String, String)| {
        let end = RangeEnd::Fixed(version);
        let intervals = vec![Interval { start: start.clone(), end }];
        Affected { package, intervals, ..affected.clone() }
    };
    binaries.into_iter().flatten().map(entry).collect()
}

/// A record of Chainguard's is of one flaw in one package. Before the schema had `upstream`, the names of that flaw stood in `related`, and
/// the record's own among them.
pub(super) fn chainguard_names(advisory: &mut Advisory) {
    let Advisory { id, aliases, related, upstream, .. } = advisory;
    if id.starts_with("CGA-") && aliases.is_empty() && upstream.is_empty() && related.contains(id) {
        *upstream = std::mem::take(related);
        upstream.retain(|name| name != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(package: &str, version: &str) -> Affected {
        let intervals = vec![Interval::below(version)];
        Affected { package: package.to_owned(), intervals, ..Affected::default() }
    }

    #[test]
    fn suse_names_binaries_with_their_own_versions() {
        let raw = r#"{"binaries": [{"libsmb": "4.2-1", "ctdb": "4.2-2"}]}"#;
        let raw: Box<RawValue> = RawValue::from_string(raw.to_owned()).unwrap();
        let entries = suse_binaries(fixed("samba", "4.2-1"), Some(&raw));
        assert_eq!(entries, [fixed("ctdb", "4.2-2"), fixed("libsmb", "4.2-1")]);
        assert_eq!(suse_binaries(fixed("samba", "4.2-1"), None), [fixed("samba", "4.2-1")]);
    }

    #[test]
    fn unimportant_belongs_to_package_and_release() {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let mut affected = Affected::default();
        debian_urgency(&mut affected, Some(&raw(r#"{"urgency": "not yet assigned"}"#)));
        assert_eq!(affected, Affected::default());
        debian_urgency(&mut affected, Some(&raw(r#"{"urgency": "end-of-life"}"#)));
        assert_eq!(affected.status, Status::EndOfLife);
        debian_urgency(&mut affected, Some(&raw(r#"{"urgency": "unimportant"}"#)));
        assert_eq!(affected.severities[0].value, "unimportant");
    }

    #[test]
    fn what_chainguard_relates_a_record_to_with_itself_is_its_flaw() {
        let names = ["CGA-1", "CVE-2024-34156", "GHSA-crqm-pwhx-j97f"];
        for (id, related, expected) in [
            ("CGA-1", &names[..], (0, &names[1..])),
            ("CGA-1", &names[1..], (2, &[])),
            ("GHSA-1", &names[..], (3, &[])),
        ] {
            let related = related.iter().map(|&name| name.to_owned()).collect();
            let mut record = Advisory { id: id.to_owned(), related, ..Advisory::default() };
            chainguard_names(&mut record);
            let found = (record.related.len(), record.upstream.as_slice());
            assert_eq!((found.0, found.1.len()), (expected.0, expected.1.len()), "{id}");
            assert!(found.1.iter().eq(expected.1), "{id}");
        }
    }
}
