//! What single vendors mean by their records, beyond the schema.

use plimsoll_advisory::{Affected, Interval, RangeEnd, RangeStart, Status};
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
}
