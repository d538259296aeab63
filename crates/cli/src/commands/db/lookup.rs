use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use packageurl::PackageUrl;
use plimsoll_advisory::{
    Entry, EntryDetail, FAMILIES, NameKind, RecordHandle, Snapshot, SnapshotError, Status,
    advisory_family,
};
use plimsoll_core::{Distro, Package, PackageType};
use plimsoll_inventory::distro_of_purl;
use plimsoll_inventory::sbom::package_of_purl;
use plimsoll_matching::{MatchSubject, NotJudged, Verdict, judge};
use plimsoll_scan::printable;

use crate::commands::db::required;
use crate::exit::Exit;
use crate::failure::{Chain, Failure};
use crate::output::write;

/// What the purl asks for.
struct Question {
    /// `None` for a type of which no image has packages.
    package: Option<Package>,
    /// The names under which records may speak of it: its own, and that of what it was built from.
    names: Vec<String>,
    /// The families that may speak of it: of a system package without a distribution, all of that kind.
    families: Vec<String>,
    distro: Option<Distro>,
}

/// What is said of the version that was asked about, by record.
type Verdicts = BTreeMap<RecordHandle, &'static str>;

/// Says what the snapshot knows of a package, and of its version where the purl has one.
pub fn run(path: &Path, purl: &str) -> Result<Exit, Failure> {
    let mut question = Question::read(purl)?;
    let snapshot = required(path)?;
    let damaged = |error: SnapshotError| Failure::Advisories(Chain(&error).to_string());
    question.respell(&snapshot).map_err(damaged)?;
    let verdicts = question.verdicts(&snapshot).map_err(damaged)?;
    let lines = question.lines(&snapshot).map_err(damaged)?;
    if lines.is_empty() {
        question.warn_of_source();
    }
    write(None, |out| {
        if lines.is_empty() {
            writeln!(out, "nothing is known of {}", printable(&question.names[0]))?;
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
        let of_type = |kind: &str| {
            let families = FAMILIES.iter().filter(|family| {
                family.purl_type.is_some_and(|own| own.eq_ignore_ascii_case(kind))
            });
            families.map(|family| family.name.to_owned()).collect()
        };
        let known = package_of_purl(text).filter(|package| {
            package.id.kind != PackageType::Generic || purl.ty() == PackageType::Generic.as_str()
        });
        let Some(package) = known else {
            let families: Vec<String> = of_type(purl.ty());
            if families.is_empty() {
                return Err(invalid(&"no advisory family has packages of this type"));
            }
            let names = vec![PackageType::Generic.name_of_purl(purl.namespace(), purl.name())];
            return Ok(Self { package: None, names, families, distro: None });
        };
        let kind = package.id.kind;
        let qualifier = purl.qualifiers().get("distro").map(AsRef::as_ref);
        let distro =
            if kind.is_system() { distro_of_purl(purl.namespace(), qualifier) } else { None };
        let family_of_distro = distro.as_ref().and_then(|distro| distro.family.as_ref());
        let families: Vec<String> = match (kind.language_family(), family_of_distro) {
            (Some(family), _) => vec![family.to_owned()],
            (None, Some(family)) => vec![family.0.clone()],
            (None, None) => of_type(kind.as_str()),
        };
        if families.is_empty() {
            return Err(invalid(&"no advisory family has packages of this type"));
        }
        let source = package.source.iter().map(|source| source.name.clone());
        let mut names: Vec<_> = [package.id.name.clone()].into_iter().chain(source).collect();
        names.dedup();
        Ok(Self { package: Some(package), names, families, distro })
    }

    /// Puts the name that the snapshot has into the place of one that it has not and that differs only by its case: purls of Go modules
    /// and npm's packages are written in lower case, and the registries' own names are not.
    fn respell(&mut self, snapshot: &Snapshot) -> Result<(), SnapshotError> {
        let Some(package) = &mut self.package else { return Ok(()) };
        let (family, name) = (&self.families[0], &self.names[0]);
        let is_folded = matches!(package.id.kind, PackageType::Golang | PackageType::Npm);
        if !is_folded || snapshot.lookup(family, name).next().is_some() {
            return Ok(());
        }
        for known in snapshot.packages(family) {
            let (known, _) = known?;
            if known.eq_ignore_ascii_case(name) {
                tracing::warn!(
                    "nothing is known of {}; this is of {}",
                    printable(name),
                    printable(known)
                );
                package.id.name = known.to_owned();
                self.names[0] = known.to_owned();
                return Ok(());
            }
        }
        Ok(())
    }

    /// `None` where there is nothing to judge, or it cannot be judged: then why not is told.
    fn verdicts(&self, snapshot: &Snapshot) -> Result<Option<Verdicts>, SnapshotError> {
        let Some(package) = self.package.as_ref().filter(|one| !one.id.version.is_empty()) else {
            return Ok(None);
        };
        let subject = match MatchSubject::new(package, self.distro.as_ref()) {
            Ok(subject) => subject,
            Err(why) => {
                tracing::warn!("the version is not judged: {}", not_judged(&why, package.id.kind));
                return Ok(None);
            }
        };
        let word = |verdict: &Verdict<'_>| match verdict {
            Verdict::Affected { .. } => "affected",
            Verdict::NotAffected { .. } => "not affected",
            Verdict::Undetermined { .. } => "cannot tell",
        };
        let judgement = judge(&subject, snapshot)?;
        Ok(Some(judgement.matches.iter().map(|one| (one.record, word(&one.verdict))).collect()))
    }

    /// That nothing is known of a package says little where records speak of what it was built from.
    fn warn_of_source(&self) {
        let names_sources = |family: &String| {
            advisory_family(family).is_some_and(|family| family.names == NameKind::Source)
        };
        if self.names.len() == 1
            && let Some(family) = self.families.iter().find(|family| names_sources(family))
        {
            tracing::warn!(
                "the records of {family} name source packages; add upstream=NAME where {} was built from another",
                printable(&self.names[0])
            );
        }
    }

    /// What the records say, in their order.
    fn lines(&self, snapshot: &Snapshot) -> Result<Vec<Line>, SnapshotError> {
        let mut lines: Vec<Line> = Vec::new();
        let asked = self
            .families
            .iter()
            .flat_map(|family| self.names.iter().map(move |name| (family.as_str(), name.as_str())));
        for (family, name) in asked {
            for entry in snapshot.lookup(family, name) {
                let Some(line) = line(snapshot, (family, &entry?), self.distro.as_ref())? else {
                    continue;
                };
                match lines.last_mut() {
                    Some(last) if (last.record, &last.place) == (line.record, &line.place) => {
                        last.statement = format!("{}; {}", last.statement, line.statement);
                    }
                    _ => lines.push(line),
                }
            }
        }
        Ok(lines)
    }
}

/// Why nothing is judged, with what to add to the purl where that would help.
fn not_judged(why: &NotJudged, kind: PackageType) -> String {
    let example = match kind {
        PackageType::Apk => "alpine-3.20",
        PackageType::Deb => "debian-12",
        PackageType::Rpm => "rocky-9",
        PackageType::Alpm => "arch",
        PackageType::Ebuild => "gentoo",
        _ => return why.to_string(),
    };
    match why {
        NotJudged::NoDistribution => {
            format!("the purl names no distribution; add ?distro={example}, for example")
        }
        NotJudged::NoRelease => format!(
            "which release of the distribution it is of is not said; add ?distro={example}, for example"
        ),
        other => other.to_string(),
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
    distro: Option<&Distro>,
) -> Result<Option<Line>, SnapshotError> {
    let record = snapshot.record(entry.record)?;
    let releases: Vec<_> = entry.releases.iter().collect::<Result<_, _>>()?;
    let wanted = distro.map_or(&[][..], |distro| &distro.releases);
    if !wanted.is_empty() && !wanted.iter().any(|wanted| releases.contains(&wanted.as_str())) {
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
