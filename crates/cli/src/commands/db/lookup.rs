use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use packageurl::PackageUrl;
use plimsoll_advisory::{
    Entry, EntryDetail, FAMILIES, RecordHandle, Snapshot, SnapshotError, Status,
};
use plimsoll_core::{Distro, Package, PackageId, PackageType};
use plimsoll_matching::{MatchSubject, Verdict, judge};
use plimsoll_scan::printable;

use crate::commands::db::required;
use crate::exit::Exit;
use crate::failure::{Chain, Failure};
use crate::output::write;

/// What the purl asks for.
struct Question {
    kind: Option<PackageType>,
    /// The families that may speak of it: of a system package without a distribution, all of that kind.
    families: Vec<String>,
    package: String,
    version: Option<String>,
    distro: Option<Distro>,
}

/// What is said of the version that was asked about, by record.
type Verdicts = BTreeMap<RecordHandle, &'static str>;

/// Says what the snapshot knows of a package, and of its version where the purl has one.
pub fn run(path: &Path, purl: &str) -> Result<Exit, Failure> {
    let question = Question::read(purl)?;
    let snapshot = required(path)?;
    let damaged = |error: SnapshotError| {
        Failure::Advisories(format!("read the advisory snapshot: {}", Chain(&error)))
    };
    let verdicts = question.verdicts(&snapshot).map_err(damaged)?;
    let mut lines: Vec<Line> = Vec::new();
    for family in &question.families {
        for entry in snapshot.lookup(family, &question.package) {
            let line = entry
                .and_then(|entry| line(&snapshot, (family, &entry), &question))
                .map_err(damaged)?;
            match (lines.last_mut(), line) {
                (_, None) => {}
                (Some(last), Some(line))
                    if (last.record, &last.place) == (line.record, &line.place) =>
                {
                    last.statement = format!("{}; {}", last.statement, line.statement);
                }
                (_, Some(line)) => lines.push(line),
            }
        }
    }
    if verdicts.is_none() && question.version.is_some() {
        tracing::warn!(
            "which release the version is of is not said, so it is not judged; add ?distro=debian-12, for example"
        );
    }
    write(None, |out| {
        if lines.is_empty() {
            writeln!(out, "nothing is known of {}", printable(&question.package))?;
        }
        let texts = lines.iter().map(|line| line.text(verdicts.as_ref()));
        texts.into_iter().try_for_each(|text| writeln!(out, "{}", printable(&text)))
    })?;
    Ok(Exit::Pass)
}

impl Question {
    fn read(text: &str) -> Result<Self, Failure> {
        let invalid = |error: &dyn std::fmt::Display| {
            Failure::Usage(format!("read the purl `{text}`: {error}"))
        };
        let purl = PackageUrl::from_str(text).map_err(|error| invalid(&error))?;
        let kind = PackageType::from_purl_type(purl.ty());
        let named = kind.unwrap_or(PackageType::Generic);
        let package = named.name_of_purl(purl.namespace(), purl.name());
        let qualifiers = purl.qualifiers();
        let distro = qualifiers.get("distro").and_then(|distro| distro.rsplit_once('-')).map(
            |(id, version)| {
                let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
                plimsoll_inventory::distro(
                    &BTreeMap::from([pair("ID", id), pair("VERSION_ID", version)]),
                    &[],
                )
            },
        );
        let family_of_distro = distro.as_ref().and_then(|distro| distro.family.as_ref());
        let families: Vec<_> = match (kind.and_then(PackageType::language_family), family_of_distro)
        {
            (Some(family), _) => vec![family.to_owned()],
            (None, Some(family)) => vec![family.0.clone()],
            (None, None) => FAMILIES
                .iter()
                .filter(|family| {
                    family.purl_type.is_some_and(|kind| kind.eq_ignore_ascii_case(purl.ty()))
                })
                .map(|family| family.name.to_owned())
                .collect(),
        };
        if families.is_empty() {
            return Err(invalid(&"no advisory family has packages of this type"));
        }
        let epoch = qualifiers.get("epoch").map(|epoch| format!("{epoch}:")).unwrap_or_default();
        let version = purl.version().map(|version| format!("{epoch}{version}"));
        Ok(Self { kind, families, package, version, distro })
    }

    /// `None` where there is nothing to judge, or no release to judge it by.
    fn verdicts(&self, snapshot: &Snapshot) -> Result<Option<Verdicts>, SnapshotError> {
        let (Some(kind), Some(version)) = (self.kind, self.version.clone()) else {
            return Ok(None);
        };
        let (name, arch, module) = (self.package.clone(), None, None);
        let package = Package::of(PackageId { kind, name, version, arch, module });
        let Ok(subject) = MatchSubject::new(&package, self.distro.as_ref()) else {
            return Ok(None);
        };
        let word = |verdict: &Verdict<'_>| match verdict {
            Verdict::Affected { .. } => "affected",
            Verdict::NotAffected { .. } => "not affected",
            Verdict::Undetermined { .. } => "cannot tell",
        };
        let judgement = judge(&subject, snapshot)?;
        Ok(Some(judgement.matches.iter().map(|one| (one.record, word(&one.verdict))).collect()))
    }
}

/// What one record says of the package in one place; several entries of it are one line.
struct Line {
    record: RecordHandle,
    names: String,
    place: String,
    statement: String,
    summary: String,
}

impl Line {
    fn text(&self, verdicts: Option<&Verdicts>) -> String {
        let mut text = format!("{:<35} ", self.names);
        if let Some(verdicts) = verdicts {
            let verdict = verdicts.get(&self.record).copied().unwrap_or("no word");
            text.push_str(&format!("{verdict:<13} "));
        }
        text.push_str(&format!("{:<12} {:<36} {}", self.place, self.statement, self.summary));
        text.trim_end().to_owned()
    }
}

/// One entry; `None` where the question is about another release.
fn line(
    snapshot: &Snapshot,
    (family, entry): (&str, &Entry<'_>),
    question: &Question,
) -> Result<Option<Line>, SnapshotError> {
    let record = snapshot.record(entry.record)?;
    let releases: Vec<_> = entry.releases.iter().collect::<Result<_, _>>()?;
    if let Some(distro) = &question.distro
        && !distro.releases.iter().any(|wanted| releases.contains(&wanted.as_str()))
    {
        return Ok(None);
    }
    let place = match releases[..] {
        [] | [""] => family.to_owned(),
        [release] => format!("{family} {release}"),
        [first, ..] => format!("{family} {first} and {} more", releases.len() - 1),
    };
    let mut names = vec![record.id];
    names.extend(record.aliases.iter().filter(|alias| alias.starts_with("CVE-")));
    Ok(Some(Line {
        record: entry.record,
        names: names.join(" "),
        place,
        statement: statement(entry, &entry.detail()?),
        summary: snapshot.text(entry.record)?.summary,
    }))
}

/// Which versions the entry is about.
fn statement(entry: &Entry<'_>, detail: &EntryDetail<'_>) -> String {
    if entry.withdrawn {
        return "withdrawn".to_owned();
    }
    let mut parts: Vec<String> = detail.intervals.iter().map(ToString::to_string).collect();
    if !detail.versions.is_empty() {
        parts.push(format!("{} versions by name", detail.versions.len()));
    }
    match entry.status {
        Status::Affected if parts.is_empty() => parts.push("no version".to_owned()),
        Status::Affected => {}
        Status::NotAffected => return "no version: not affected".to_owned(),
        Status::Deferred => parts.push("put off".to_owned()),
        Status::WillNotFix => parts.push("will not be fixed".to_owned()),
        Status::EndOfLife => parts.push("out of support".to_owned()),
        Status::UnderInvestigation => parts.push("not known yet".to_owned()),
    }
    parts.join("; ")
}
