//! What single vendors mean by their records, beyond the schema.

use plimsoll_advisory::{
    Affected, Interval, RangeEnd, RangeStart, SeverityClaim, SeveritySystem, Status,
};

use super::schema::{DebianExtras, SuseExtras, lenient};
use serde_json::value::RawValue;

/// Debian's urgency belongs to the flaw in this package and release: a word, or the end of support.
pub(super) fn debian_urgency(affected: &mut Affected, raw: Option<&RawValue>) {
    let Some(urgency) = lenient::<DebianExtras>(raw).urgency else { return };
    match urgency.as_str() {
        "end-of-life" => {
            if affected.status == Status::Affected {
                affected.status = Status::EndOfLife;
            }
        }
        "not yet assigned" | "" => {}
        _ => affected.severities.push(SeverityClaim {
            source: "debian".to_owned(),
            system: SeveritySystem::Word,
            value: urgency,
        }),
    }
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

/// The modularity streams that an erratum of the Red Hat family names in its summary, such as `virt:rhel` and
/// `virt-devel:rhel`. Its records state the stream nowhere else.
pub(crate) fn streams_of_summary(summary: &str) -> Vec<String> {
    let mut streams: Vec<String> = Vec::new();
    for word in summary.split_whitespace() {
        let word = word.trim_end_matches([',', ';', '.']);
        let Some((name, stream)) = word.split_once(':') else { continue };
        let plain = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte))
        };
        if !name.is_empty() && !stream.is_empty() && plain(name) && plain(stream) {
            streams.push(word.to_owned());
        }
    }
    streams.dedup();
    streams
}

/// A modular build says so in its release: `2.4.37-12.module+el8.0.0+4096+eb40e6da`, AlmaLinux `.module_el8.6.0+…`.
pub(crate) fn is_modular(affected: &Affected) -> bool {
    affected.intervals.iter().any(|interval| match &interval.end {
        RangeEnd::Fixed(version) | RangeEnd::LastAffected(version) => {
            version.contains(".module+") || version.contains(".module_")
        }
        RangeEnd::Open => false,
    })
}

/// A modular entry once for each stream that its erratum names: an installed package is of one of them, and the entries of
/// the others never meet it. Where none is named the entry has no stream.
pub(super) fn per_stream(affected: Affected, streams: &[String]) -> Vec<Affected> {
    if streams.is_empty() || !is_modular(&affected) {
        return vec![affected];
    }
    let entry = |stream: &String| Affected { module: Some(stream.clone()), ..affected.clone() };
    streams.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_read_from_summaries() {
        for (summary, streams) in [
            ("Moderate: postgresql:13 security update", "postgresql:13"),
            ("Red Hat Security Advisory: httpd:2.4 security update", "httpd:2.4"),
            (
                "Moderate: virt:rhel and virt-devel:rhel security, bug fix, and enhancement update",
                "virt:rhel virt-devel:rhel",
            ),
            ("idm:client and idm:DL1 bug fix and enhancement update", "idm:client idm:DL1"),
            ("Important: kernel security update", ""),
            ("varnish security update", ""),
        ] {
            assert_eq!(streams_of_summary(summary).join(" "), streams, "{summary}");
        }
    }

    fn fixed(package: &str, version: &str) -> Affected {
        let intervals = vec![Interval::below(version)];
        Affected { package: package.to_owned(), intervals, ..Affected::default() }
    }

    #[test]
    fn only_modular_builds_are_of_a_stream() {
        let streams = ["python39:3.9".to_owned(), "python39-devel:3.9".to_owned()];
        let modular = fixed("python39", "3.9.18-1.module+el8.9.0+20024+793d7211");
        assert_eq!(per_stream(modular.clone(), &streams).len(), 2);
        assert_eq!(per_stream(modular, &[])[0].module, None);
        assert_eq!(per_stream(fixed("bash", "4.4.20-4.el8"), &streams)[0].module, None);
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
