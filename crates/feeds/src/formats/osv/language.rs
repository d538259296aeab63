//! What the databases of languages mean by their records, beyond the schema.

use plimsoll_advisory::{AffectedSymbols, Interval, RangeEnd};
use serde_json::value::RawValue;

use super::schema::{GitHubExtras, GoExtras, Record, RustExtras, Text, lenient};
use crate::formats::json;

/// The code that is affected: of Go the packages of a module and their symbols (go.dev/doc/security/vuln/database), of Rust the
/// functions.
pub(super) fn symbols(record: &Record<'_>) -> Vec<AffectedSymbols> {
    let mut found = Vec::new();
    for affected in record.affected.iter().flatten() {
        let text = |text: &Option<Text<'_>>| json::text(text.as_ref()).trim().to_owned();
        let Some(package) = &affected.package else { continue };
        match text(&package.ecosystem).as_str() {
            "Go" => {
                let extras: GoExtras = lenient(affected.ecosystem_specific);
                found.extend(extras.imports.into_iter().map(|one| AffectedSymbols {
                    package: text(&package.name),
                    import: one.path,
                    symbols: one.symbols,
                }));
            }
            "crates.io" => {
                let extras: RustExtras = lenient(affected.ecosystem_specific);
                found.extend(rust_functions(&text(&package.name), extras.affects.functions));
            }
            _ => {}
        }
    }
    found
}

/// True where the flaw is one of other systems only, as Go's database and RustSec state it: a program for Linux does not have it.
pub(super) fn spares_linux(family: &str, raw: Option<&RawValue>) -> bool {
    match family {
        "Go" => {
            let imports = lenient::<GoExtras>(raw).imports;
            !imports.is_empty() && imports.iter().all(|import| leaves_out_linux(&import.goos))
        }
        "crates.io" => leaves_out_linux(&lenient::<RustExtras>(raw).affects.os),
        _ => false,
    }
}

/// Why what a record says of such a package is left out.
pub(crate) const OTHER_SYSTEMS: &str = "of other systems than Linux";

/// True for a list of the systems that have a flaw where Linux is none of them. An empty list stands for all systems.
pub(crate) fn leaves_out_linux(systems: &[String]) -> bool {
    !systems.is_empty() && !systems.iter().any(|system| system == "linux")
}

/// Rust's functions by the path of the module or type that they are of.
pub(crate) fn rust_functions(
    package: &str,
    paths: impl IntoIterator<Item = String>,
) -> Vec<AffectedSymbols> {
    let mut by_path = std::collections::BTreeMap::<String, Vec<String>>::new();
    for path in paths {
        let (import, function) = path.rsplit_once("::").unwrap_or(("", &path));
        by_path.entry(import.to_owned()).or_default().push(function.to_owned());
    }
    let symbols =
        |(import, symbols)| AffectedSymbols { package: package.to_owned(), import, symbols };
    by_path.into_iter().map(symbols).collect()
}

/// GitHub states the last version known to be affected beside a range without end: what comes after it is not what the advisory
/// speaks of. Where a range has an end that one holds.
pub(super) fn end_where_known(raw: Option<&RawValue>, intervals: &mut [Interval]) {
    let [only] = intervals else { return };
    if raw.is_none() || only.end != RangeEnd::Open {
        return;
    }
    let stated = lenient::<GitHubExtras>(raw).last_known_affected_version_range;
    let Some(stated) = stated.as_deref().map(str::trim) else { return };
    let end = match (stated.strip_prefix("<="), stated.strip_prefix('<')) {
        (Some(last), _) => RangeEnd::LastAffected(last.trim().to_owned()),
        (None, Some(first)) => RangeEnd::Fixed(first.trim().to_owned()),
        (None, None) => return,
    };
    only.end = end;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_symbols_of_go_stand_by_package() {
        let record: Record<'_> = serde_json::from_str(
            r#"{"id": "GO-1", "affected": [
                {"package": {"ecosystem": "Go", "name": "stdlib"}, "ecosystem_specific": {"imports": [
                    {"path": "net/http", "goos": ["windows"], "symbols": ["Get", "Client.Do"]}, {"path": "os"}]}},
                {"package": {"ecosystem": "Go", "name": "example.com/m"}, "ecosystem_specific": {"imports": 7}},
                {"package": {"ecosystem": "crates.io", "name": "c"}, "ecosystem_specific":
                    {"affects": {"os": [], "functions": ["c::V::grow", "c::V::push", "grow"]}}}]}"#,
        )
        .unwrap();
        let found = symbols(&record);
        let said: Vec<_> = found
            .iter()
            .map(|one| format!("{} {} {}", one.package, one.import, one.symbols.join(",")))
            .collect();
        assert_eq!(
            said,
            ["stdlib net/http Get,Client.Do", "stdlib os ", "c  grow", "c c::V grow,push"]
        );
    }

    #[test]
    fn a_flaw_of_other_systems_spares_linux() {
        for (family, extras, expected) in [
            ("Go", r#"{"imports": [{"path": "os", "goos": ["windows"]}]}"#, true),
            ("Go", r#"{"imports": [{"path": "os", "goos": ["windows", "linux"]}]}"#, false),
            ("Go", r#"{"imports": [{"path": "os", "goos": ["js"]}, {"path": "a"}]}"#, false),
            ("Go", r#"{"imports": []}"#, false),
            ("Go", "{}", false),
            ("crates.io", r#"{"affects": {"os": ["ios", "macos"]}}"#, true),
            ("crates.io", r#"{"affects": {"os": ["redox", "linux"]}}"#, false),
            ("crates.io", r#"{"affects": {"os": [], "arch": ["x86"]}}"#, false),
            ("npm", r#"{"affects": {"os": ["macos"]}}"#, false),
        ] {
            let raw = RawValue::from_string(extras.to_owned()).unwrap();
            assert_eq!(spares_linux(family, Some(&raw)), expected, "{family} {extras}");
        }
    }

    #[test]
    fn what_github_knows_ends_a_range_that_has_no_end() {
        let raw = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        for (stated, before, end) in [
            ("< 1.2", RangeEnd::Open, RangeEnd::Fixed("1.2".into())),
            ("<= 1.2", RangeEnd::Open, RangeEnd::LastAffected("1.2".into())),
            ("<= 1.2", RangeEnd::Fixed("1.3".into()), RangeEnd::Fixed("1.3".into())),
            ("= 1.2", RangeEnd::Open, RangeEnd::Open),
        ] {
            let mut intervals = [Interval { end: before, ..Interval::ALL }];
            let extras = raw(&format!(r#"{{"last_known_affected_version_range": "{stated}"}}"#));
            end_where_known(Some(&extras), &mut intervals);
            assert_eq!(intervals[0].end, end, "{stated}");
        }
        let mut several = [Interval::ALL, Interval::ALL];
        end_where_known(
            Some(&raw(r#"{"last_known_affected_version_range": "< 1"}"#)),
            &mut several,
        );
        assert_eq!(several, [Interval::ALL, Interval::ALL]);
    }
}
