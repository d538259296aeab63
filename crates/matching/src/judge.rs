//! The verdict of every record on one subject.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use plimsoll_advisory::{
    EntryDetail, NameKind, RecordHandle, ReleaseSet, Snapshot, SnapshotError, Status,
};
use plimsoll_core::PackageType;

use crate::concern::{Concern, concern};
use crate::interval::{Compare, Place, place};
use crate::stream::is_of_extended;
use crate::{
    Judgement, Match, MatchSubject, NotAffectedReason, Stream, UndeterminedReason, Verdict,
};

/// The verdict of every record of the snapshot that speaks of the subject.
pub fn judge<'s>(
    subject: &MatchSubject,
    snapshot: &'s Snapshot,
) -> Result<Judgement<'s>, SnapshotError> {
    judge_by(subject, snapshot, |_| true)
}

/// The verdicts on all of these, in their order, found by so many threads. What is said of a source is asked once for all that was built
/// from it: Debian's records speak of sources, and most of them have several packages in an image.
pub fn judge_all<'s>(
    subjects: &[MatchSubject],
    snapshot: &'s Snapshot,
    threads: NonZeroUsize,
) -> Result<Vec<Judgement<'s>>, SnapshotError> {
    let asked = subjects.iter().enumerate();
    let mut asked: Vec<Asked<'_>> =
        asked.map(|(index, subject)| (AskedOfSource::by(subject), index, subject)).collect();
    asked.sort_unstable();
    let groups: Vec<_> = asked.chunk_by(|one, other| one.0 == other.0).collect();
    let threads = threads.get().min(subjects.len() / SUBJECTS_OF_A_THREAD).max(1);
    let mut judgements = vec![Judgement::default(); subjects.len()];
    let mut keep = |share: Result<Vec<(usize, Judgement<'s>)>, SnapshotError>| {
        for (index, judged) in share? {
            if let Some(judgement) = judgements.get_mut(index) {
                *judgement = judged;
            }
        }
        Ok(())
    };
    // Neighbours are of one family, and cost alike: each thread takes every so many-th.
    let share = |first: usize| {
        let mut judged = Vec::with_capacity(subjects.len() / threads);
        for group in groups.iter().skip(first).step_by(threads) {
            judge_alike(group, snapshot, &mut judged)?;
        }
        Ok(judged)
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|first| scope.spawn(move || share(first))).collect();
        keep(share(0))?;
        others.into_iter().try_for_each(|other| {
            keep(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    })?;
    Ok(judgements)
}

/// Subjects that are worth the start of a thread.
const SUBJECTS_OF_A_THREAD: usize = 200;

/// What is asked first of a subject, its position, and the subject.
type Asked<'a> = (AskedOfSource<'a>, usize, &'a MatchSubject);

/// The verdicts on subjects of which the same is asked first, each with its position.
fn judge_alike<'s>(
    group: &[Asked<'_>],
    snapshot: &'s Snapshot,
    judged: &mut Vec<(usize, Judgement<'s>)>,
) -> Result<(), SnapshotError> {
    let Some((_, last, one)) = group.last() else { return Ok(()) };
    let Some(first) = one.spellings().next() else { return Ok(()) };
    let mut said = say(one, first, snapshot, &|_| true)?;
    for (_, index, subject) in group {
        let of_source = &mut said.matches;
        let mut matches = if index == last { std::mem::take(of_source) } else { of_source.clone() };
        let is_left = |spelling: &Spelling<'_>| !(said.is_all && spelling.1 == first.1);
        for spelling in subject.spellings().skip(1).filter(is_left) {
            matches.extend(say(subject, spelling, snapshot, &|_| true)?.matches);
        }
        judged.push((*index, Judgement { matches: settle(matches) }));
    }
    Ok(())
}

/// The verdicts of the records that are wanted.
pub(crate) fn judge_by<'s>(
    subject: &MatchSubject,
    snapshot: &'s Snapshot,
    is_wanted: impl Fn(RecordHandle) -> bool,
) -> Result<Judgement<'s>, SnapshotError> {
    let mut matches = Vec::new();
    let mut exhausted = None;
    for spelling in subject.spellings() {
        if exhausted != Some(spelling.1) {
            let said = say(subject, spelling, snapshot, &is_wanted)?;
            exhausted = said.is_all.then_some(spelling.1);
            matches.extend(said.matches);
        }
    }
    Ok(Judgement { matches: settle(matches) })
}

/// A name under which records may speak of a subject, and the version that they then mean.
type Spelling<'a> = (NameKind, &'a str, &'a str);

/// Everything that verdicts on the first spelling of a subject depend on.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct AskedOfSource<'a> {
    family: &'a str,
    spelling: Option<Spelling<'a>>,
    kind: PackageType,
    /// rpm: whether it was built for a module is told by its own version.
    version: Option<&'a str>,
    arch: Option<&'a str>,
    module: Option<&'a str>,
    repository: Option<&'a str>,
    releases: &'a [String],
}

impl<'a> AskedOfSource<'a> {
    fn by(subject: &'a MatchSubject) -> Self {
        Self {
            family: &subject.family,
            spelling: subject.spellings().next(),
            kind: subject.kind,
            version: (subject.kind == PackageType::Rpm).then_some(&subject.version),
            arch: subject.arch.as_deref(),
            module: subject.module.as_deref(),
            repository: subject.repository.as_deref(),
            releases: &subject.releases,
        }
    }
}

/// What records say under one spelling.
struct Said<'s> {
    matches: Vec<Match<'s>>,
    /// No record of that name means another kind of package, so that the same name need not be asked for again.
    is_all: bool,
}

fn say<'s>(
    subject: &MatchSubject,
    (kind, name, version): Spelling<'_>,
    snapshot: &'s Snapshot,
    is_wanted: &dyn Fn(RecordHandle) -> bool,
) -> Result<Said<'s>, SnapshotError> {
    let (compare, custom) = subject.rules();
    let mut releases = OwnReleases::new(subject);
    let mut detail = EntryDetail::default();
    let mut question = Question { subject, version, compare, is_in_own_repository: None };
    let mut said = Said { matches: Vec::new(), is_all: true };
    for entry in snapshot.lookup(&subject.family, name) {
        let entry = entry?;
        if entry.names.unwrap_or(custom) != kind {
            said.is_all = false;
            continue;
        }
        if entry.withdrawn || !is_wanted(entry.record) {
            continue;
        }
        if let Some(stream) = releases.spoken_of(&entry.releases)? {
            let stored = entry.read_detail(&mut detail)?;
            if !detail.repository.is_empty() && question.is_in_own_repository.is_none() {
                let is_own = speaks_own_repository(subject, (kind, name), snapshot)?;
                question.is_in_own_repository = Some(is_own);
            }
            if let Some(mut verdict) = question.ask(entry.status, &detail) {
                if let Verdict::Affected { severities, .. } = &mut verdict {
                    *severities = stored.read()?;
                }
                said.matches.push(Match { record: entry.record, stream, verdict });
            }
        }
    }
    Ok(said)
}

/// True where a record speaks of that name in the release's own repository, and so it is known to hold such a package. Only where nothing
/// tells the subject's repository is it asked.
fn speaks_own_repository(
    subject: &MatchSubject,
    (kind, name): (NameKind, &str),
    snapshot: &Snapshot,
) -> Result<bool, SnapshotError> {
    if subject.kind != PackageType::Rpm || subject.repository.is_some() {
        return Ok(false);
    }
    let (_, custom) = subject.rules();
    let mut releases = OwnReleases::new(subject);
    let mut detail = EntryDetail::default();
    for entry in snapshot.lookup(&subject.family, name) {
        let entry = entry?;
        if entry.names.unwrap_or(custom) == kind && releases.spoken_of(&entry.releases)?.is_some() {
            entry.read_detail(&mut detail)?;
            if detail.repository.is_empty() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The releases that judge a subject, held against the sets of the entries.
struct OwnReleases<'a> {
    subject: &'a MatchSubject,
    is_of_extended: bool,
    /// What came out for the sets of the smallest numbers, which nearly all entries have.
    known: [Option<Option<Stream>>; 64],
}

impl<'a> OwnReleases<'a> {
    fn new(subject: &'a MatchSubject) -> Self {
        Self { subject, is_of_extended: is_of_extended(subject), known: [None; 64] }
    }

    /// The stream of those of which an entry of that set speaks; `None` where it speaks of none of them.
    fn spoken_of(&mut self, set: &ReleaseSet<'_>) -> Result<Option<Stream>, SnapshotError> {
        if !self.subject.kind.is_system() {
            return Ok(Some(Stream::Any));
        }
        let mut known = self.known.get_mut(set.number() as usize);
        if let Some(Some(answer)) = known {
            return Ok(*answer);
        }
        let mut answer = None;
        for release in set.iter() {
            let release = release?;
            if self.subject.releases.iter().any(|own| own == release) {
                let stream = if self.is_of_extended { Stream::of(release) } else { Stream::Any };
                answer = answer.max(Some(stream));
            }
        }
        if let Some(known) = &mut known {
            **known = Some(answer);
        }
        Ok(answer)
    }
}

struct Question<'a> {
    subject: &'a MatchSubject,
    /// The version that goes with the name by which the records were found.
    version: &'a str,
    compare: Option<Compare>,
    /// Whether the release's own repository is known to hold the package; not asked yet where nothing depends on it.
    is_in_own_repository: Option<bool>,
}

impl Question<'_> {
    /// `None` where the entry does not speak of the subject after all. The verdict's severities are left out.
    fn ask<'s>(&self, status: Status, detail: &EntryDetail<'s>) -> Option<Verdict<'s>> {
        let concern = concern(self.subject, self.version, detail);
        if concern == Concern::None {
            return None;
        }
        let place = self.place(detail);
        let undetermined = |why| Some(Verdict::Undetermined { why });
        let not_affected = |why| Some(Verdict::NotAffected { why });
        if status == Status::NotAffected {
            let is_meant = detail.intervals.is_empty() && detail.versions.is_empty()
                || matches!(place, Ok(Place::Inside { .. }));
            return is_meant.then_some(()).and(not_affected(NotAffectedReason::StatedBySource));
        }
        let is_inside = matches!(place, Ok(Place::Inside { .. }));
        if status == Status::UnderInvestigation && is_inside {
            return undetermined(UndeterminedReason::UnderInvestigation);
        }
        match place {
            Err(why) => undetermined(why),
            Ok(Place::Unknown) => undetermined(UndeterminedReason::NoOrder),
            Ok(Place::Nowhere) => not_affected(NotAffectedReason::NeverAffected),
            Ok(Place::Outside) => not_affected(NotAffectedReason::OutsideRanges),
            Ok(Place::Inside { .. }) if concern == Concern::UnknownStream => {
                undetermined(UndeterminedReason::UnknownModuleStream)
            }
            Ok(Place::Inside { .. })
                if concern == Concern::UnknownRepository
                    && self.is_in_own_repository == Some(true) =>
            {
                undetermined(UndeterminedReason::UnknownRepository)
            }
            Ok(Place::Inside { fixed }) => {
                Some(Verdict::Affected { fixed, status, severities: Vec::new() })
            }
        }
    }

    fn place<'s>(&self, detail: &EntryDetail<'s>) -> Result<Place<'s>, UndeterminedReason> {
        match self.compare {
            Some(compare) => Ok(place(self.version, detail, compare)),
            // What is said of all versions needs no order.
            None => match place(self.version, detail, |_, _| None) {
                Place::Unknown => Err(UndeterminedReason::NoScheme),
                place => Ok(place),
            },
        }
    }
}

/// A record may have several entries for the subject: of several releases that judge it, or for several fixes. One that affects it
/// says more than one that cannot tell, and that more than one that does not affect it; what says the same twice is kept once. What is said
/// of the image's own stream takes the place of what is said of the main one.
fn settle(mut matches: Vec<Match<'_>>) -> Vec<Match<'_>> {
    if matches.is_sorted_by(|one, other| one.record < other.record) {
        return matches;
    }
    let own = matches.iter().filter(|one| one.stream == Stream::Extended);
    let own: BTreeSet<RecordHandle> = own.map(|one| one.record).collect();
    matches.retain(|one| one.stream != Stream::Main || !own.contains(&one.record));
    let key = |one: &Match<'_>| (one.record, Reverse(weight(&one.verdict)), Reverse(one.stream));
    matches.sort_by(|one, other| {
        key(one).cmp(&key(other)).then_with(|| fix(&one.verdict).cmp(&fix(&other.verdict)))
    });
    matches.dedup_by(|next, kept| {
        next.record == kept.record
            && (weight(&next.verdict) < AFFECTED || fix(&next.verdict) == fix(&kept.verdict))
    });
    matches
}

const AFFECTED: u8 = 2;

fn weight(verdict: &Verdict<'_>) -> u8 {
    match verdict {
        Verdict::Affected { .. } => AFFECTED,
        Verdict::Undetermined { .. } => 1,
        Verdict::NotAffected { .. } => 0,
    }
}

fn fix<'s>(verdict: &Verdict<'s>) -> Option<(Option<&'s str>, Status)> {
    match verdict {
        Verdict::Affected { fixed, status, .. } => Some((*fixed, *status)),
        Verdict::NotAffected { .. } | Verdict::Undetermined { .. } => None,
    }
}

#[cfg(test)]
mod tests;
