//! What sources of rpm packages say row by row, put together: a vendor's document has a row for each build, repository and architecture,
//! a record has an entry for each package, release and stream.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use plimsoll_advisory::{Affected, Interval, NameKind, Status, advisory_family};

use super::claims;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    pub(crate) family: &'static str,
    pub(crate) release: Cow<'a, str>,
    pub(crate) package: Cow<'a, str>,
    pub(crate) names: NameKind,
    /// `name:stream`.
    pub(crate) module: Option<Cow<'a, str>>,
    /// Empty where it holds for all.
    pub(crate) arch: Cow<'a, str>,
    pub(crate) says: Says<'a>,
    /// The vendor's word on this row, where it is not that on the whole record.
    pub(crate) severity: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Says<'a> {
    /// This build is fixed: `[epoch:]version-release`.
    Fixed(Cow<'a, str>),
    /// Of the package, whatever its version.
    State(Status),
}

impl Statement<'_> {
    fn key(&self) -> (&str, &str, &str, NameKind, Option<&str>) {
        (self.family, &self.release, &self.package, self.names, self.module.as_deref())
    }

    /// What all packages that were built together have in common.
    fn build(&self) -> Option<(Option<&str>, &str)> {
        Some((self.module.as_deref(), self.fixed()?))
    }

    fn fixed(&self) -> Option<&str> {
        match &self.says {
            Says::Fixed(version) => Some(version),
            Says::State(_) => None,
        }
    }
}

/// The entries that the rows come to. `source` is whose words the severities are.
///
/// Where several builds of one package in one release are fixed (in the updates of two minor releases that share a name), the first of them
/// is what fixed it: the source says of that very build that it is not affected. A fix outweighs what else is said of the package.
/// Architectures are named only where they differ in their fixes.
pub(crate) fn entries(mut statements: Vec<Statement<'_>>, source: &str) -> Vec<Affected> {
    leave_sources_out(&mut statements);
    statements.sort_by(|one, other| one.key().cmp(&other.key()));
    let packages = statements.chunk_by(|one, other| one.key() == other.key());
    packages.flat_map(|rows| entries_of_package(rows, source)).collect()
}

/// A fixed source says nothing beside the binaries that were built from it, and it would speak of those that were never affected.
fn leave_sources_out(statements: &mut Vec<Statement<'_>>) {
    let built = |row: &'_ Statement<'_>| row.names != NameKind::Source;
    let binaries: BTreeSet<_> =
        statements.iter().filter(|row| built(row)).filter_map(Statement::build).collect();
    let keep: Vec<bool> = { statements.iter() }
        .map(|row| built(row) || !row.build().is_some_and(|build| binaries.contains(&build)))
        .collect();
    let mut keep = keep.into_iter();
    statements.retain(|_| keep.next().unwrap_or(true));
}

fn entries_of_package(rows: &[Statement<'_>], source: &str) -> Vec<Affected> {
    let Some(first) = rows.first() else { return Vec::new() };
    let custom = advisory_family(first.family).map(|family| family.names);
    let word = rows.iter().find_map(|row| row.severity.as_ref());
    let word = word.and_then(|word| claims::word(source, word));
    let entry = Affected {
        family: first.family.to_owned(),
        release: first.release.clone().into_owned(),
        package: first.package.clone().into_owned(),
        names: Some(first.names).filter(|names| Some(*names) != custom),
        module: first.module.as_deref().map(str::to_owned),
        severities: word.into_iter().collect(),
        ..Affected::default()
    };
    let fixes = fixes(rows);
    if !fixes.is_empty() {
        let differ = fixes.len() > 1;
        let of = |(version, arches): (&str, BTreeSet<&str>)| Affected {
            intervals: vec![Interval::below(version)],
            arches: { arches.into_iter() }
                .filter(|arch| differ && !arch.is_empty())
                .map(str::to_owned)
                .collect(),
            ..entry.clone()
        };
        return fixes.into_iter().map(of).collect();
    }
    let states = rows.iter().filter_map(|row| match row.says {
        Says::State(status) => Some(status),
        Says::Fixed(_) => None,
    });
    let status = states.min_by_key(|status| rank(*status)).unwrap_or_default();
    let intervals = if status == Status::NotAffected { Vec::new() } else { vec![Interval::ALL] };
    vec![Affected { status, intervals, ..entry }]
}

/// The first fixed build of each architecture, with those that share it.
fn fixes<'r>(rows: &'r [Statement<'_>]) -> BTreeMap<&'r str, BTreeSet<&'r str>> {
    let compare = plimsoll_version::scheme("rpm").map(|scheme| scheme.compare);
    let is_lower = |one: &str, other: &str| {
        compare.and_then(|compare| compare(one, other)) == Some(Ordering::Less)
    };
    let mut by_arch: BTreeMap<&str, &str> = BTreeMap::new();
    for row in rows {
        let Some(version) = row.fixed() else { continue };
        let first = by_arch.entry(&row.arch).or_insert(version);
        if is_lower(version, first) {
            *first = version;
        }
    }
    let mut by_version: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (arch, version) in by_arch {
        by_version.entry(version).or_default().insert(arch);
    }
    by_version
}

/// Of several words on one package the one that asks for most.
fn rank(status: Status) -> u8 {
    match status {
        Status::Affected => 0,
        Status::Deferred => 1,
        Status::WillNotFix => 2,
        Status::EndOfLife => 3,
        Status::UnderInvestigation => 4,
        Status::NotAffected => 5,
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::RangeEnd;

    use super::*;

    fn row(package: &'static str, arch: &'static str, says: Says<'static>) -> Statement<'static> {
        Statement {
            family: "Red Hat",
            release: "enterprise_linux:9::baseos".into(),
            package: package.into(),
            names: if arch == "src" { NameKind::Source } else { NameKind::Binary },
            module: None,
            arch: arch.into(),
            says,
            severity: None,
        }
    }

    fn fixed(
        package: &'static str,
        arch: &'static str,
        version: &'static str,
    ) -> Statement<'static> {
        row(package, arch, Says::Fixed(version.into()))
    }

    /// `name version arches` of each entry.
    fn said(rows: Vec<Statement<'static>>) -> Vec<String> {
        let word = |entry: &Affected| {
            let state = match entry.intervals.first().map(|interval| &interval.end) {
                Some(RangeEnd::Fixed(version)) => version.clone(),
                _ => format!("{:?}", entry.status),
            };
            [vec![entry.package.clone(), state], entry.arches.clone()].concat().join(" ")
        };
        entries(rows, "redhat").iter().map(word).collect()
    }

    #[test]
    fn architectures_with_one_fix_are_one_entry() {
        let rows = ["aarch64", "s390x", "x86_64"].map(|arch| fixed("bash", arch, "5.1-2"));
        assert_eq!(said(rows.to_vec()), ["bash 5.1-2"]);
    }

    #[test]
    fn architectures_with_fixes_of_their_own_are_named() {
        let rows = vec![
            fixed("a", "s390x", "1-3"),
            fixed("a", "x86_64", "1-2"),
            fixed("a", "aarch64", "1-2"),
        ];
        assert_eq!(said(rows), ["a 1-2 aarch64 x86_64", "a 1-3 s390x"]);
    }

    #[test]
    fn the_first_of_several_fixed_builds_is_the_fix() {
        let rows = vec![fixed("a", "x86_64", "1-10.el9"), fixed("a", "x86_64", "1-9.el9_3.1")];
        assert_eq!(said(rows), ["a 1-9.el9_3.1"]);
    }

    #[test]
    fn a_source_speaks_only_where_no_binary_does() {
        let headers = row("bind-headers", "x86_64", Says::State(Status::NotAffected));
        let both = vec![fixed("bind", "src", "1-2"), fixed("bind-libs", "x86_64", "1-2"), headers];
        assert_eq!(said(both), ["bind-headers NotAffected", "bind-libs 1-2"]);
        assert_eq!(said(vec![fixed("bind", "src", "1-2")]), ["bind 1-2"]);
        let source = entries(vec![fixed("bind", "src", "1-2")], "redhat");
        assert_eq!(source[0].names, Some(NameKind::Source));
        let streams = |module: &'static str, row: Statement<'static>| Statement {
            module: Some(module.into()),
            ..row
        };
        let rows = vec![
            streams("a:1", fixed("a", "src", "1-2")),
            streams("a:2", fixed("a-libs", "x86_64", "1-2")),
        ];
        assert_eq!(said(rows), ["a 1-2", "a-libs 1-2"]);
    }

    #[test]
    fn a_fix_outweighs_and_of_states_the_most_asking_is_kept() {
        let state = |status| row("a", "", Says::State(status));
        let rows = vec![state(Status::NotAffected), fixed("a", "x86_64", "1-2")];
        assert_eq!(said(rows), ["a 1-2"]);
        let rows = vec![state(Status::NotAffected), state(Status::WillNotFix)];
        assert_eq!(said(rows), ["a WillNotFix"]);
        assert!(entries(vec![state(Status::NotAffected)], "redhat")[0].intervals.is_empty());
    }
}
