//! Extended streams of Red Hat's releases (EUS, AUS, E4S, TUS, ELS), which live longer than the main stream and have fixes of their own.
//!
//! Some sources say what holds of the main stream under the bare product, `enterprise_linux:8`, and so to images of extended streams too.
//! Where the image's own stream has a word on the same flaw and package, the main stream's says nothing: its fixes have other versions.

use std::collections::BTreeSet;

use plimsoll_advisory::{Snapshot, SnapshotError};

use crate::claims::Claim;
use crate::group::GroupKey;
use crate::identity::Identity;
use crate::{Judged, MatchSubject};

/// The releases of the main stream, which extended ones extend.
pub(crate) const MAIN: &str = "enterprise_linux:";
/// Extended streams, each of one minor release.
pub(crate) const OF_MINORS: &[&str] = &["rhel_aus:", "rhel_e4s:", "rhel_eus:", "rhel_tus:"];
/// The stream that goes on where the main one ends: who has it, has both.
const OF_MAJOR: &str = "rhel_els:";

/// Of which stream of its release a record speaks to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// Only of the main stream, which the image's own extends.
    Main,
    /// The image is of no extended stream, or it is another product of which the record speaks.
    Any,
    /// Of the extended stream that the image is of.
    Extended,
}

impl Stream {
    /// The stream that a release is of, to an image that is of an extended stream.
    pub(crate) fn of(release: &str) -> Self {
        let is_of = |prefix: &&str| release.starts_with(*prefix);
        match () {
            () if release.starts_with(MAIN) => Self::Main,
            () if OF_MINORS.iter().chain([&OF_MAJOR]).any(is_of) => Self::Extended,
            () => Self::Any,
        }
    }
}

/// True for a subject of an image of an extended stream. Who has also the repositories of the main stream has the packages of that one,
/// unless his stream is the one that goes on where it ends.
pub(crate) fn is_of_extended(subject: &MatchSubject) -> bool {
    let has = |is_meant: &dyn Fn(&str) -> bool| subject.releases.iter().any(|own| is_meant(own));
    subject.kind.is_system()
        && has(&|own| Stream::of(own) == Stream::Extended)
        && (has(&|own| own.starts_with(OF_MAJOR))
            || !has(&|own| own.starts_with(MAIN) && own.contains("::")))
}

/// What extended streams say themselves: (package, flaw).
pub(crate) struct OwnWord<'s>(BTreeSet<(usize, &'s str)>);

impl<'s> OwnWord<'s> {
    /// On packages of which the main stream says something too.
    pub(crate) fn of(snapshot: &'s Snapshot, judged: &[Judged<'_>]) -> Result<Self, SnapshotError> {
        let mut flaws = BTreeSet::new();
        for judged in judged {
            let matches = || judged.judgement.matches.iter();
            if matches().all(|one| one.stream != Stream::Main) {
                continue;
            }
            for one in matches().filter(|one| one.stream == Stream::Extended) {
                let identity = Identity::within(snapshot, &snapshot.record(one.record)?)?;
                flaws.extend(identity.flaws().into_iter().map(|flaw| (judged.package, flaw)));
            }
        }
        Ok(Self(flaws))
    }

    /// True where what a record says in the name of that stream of a flaw counts for nothing.
    pub(crate) fn silences(&self, stream: Stream, package: usize, flaw: &str) -> bool {
        stream == Stream::Main && self.0.contains(&(package, flaw))
    }

    /// Marks the claims of a group that count for nothing, and takes out those on packages of which there is no other: what remains of the
    /// record is its word on the flaw itself, such as a severity.
    pub(crate) fn silence(&self, (_, flaw): GroupKey<'_>, claims: &mut Vec<Claim<'_>>) {
        for claim in claims.iter_mut() {
            claim.is_silenced = self.silences(claim.stream, claim.package, flaw);
        }
        let speaking = claims.iter().filter(|claim| !claim.is_silenced);
        let speaking: BTreeSet<usize> = speaking.map(|claim| claim.package).collect();
        claims.retain(|claim| speaking.contains(&claim.package));
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::{Advisory, Affected, Status};
    use plimsoll_core::PackageType::Rpm;
    use plimsoll_core::Severity;

    use crate::testing::{advisory, affected, distro, folded, package, word};

    /// (flaw, fix) of glibc 2.28-189.10 in an image of those releases.
    fn outcome(releases: &[&str], records: &[Advisory]) -> Vec<(String, Option<String>)> {
        let mut image = distro("Red Hat", "8.6");
        image.releases = releases.iter().map(|&release| release.to_owned()).collect();
        let glibc = package(Rpm, "glibc", "2.28-189.10.el8_6");
        let findings = folded(&[glibc], Some(&image), records).findings;
        findings.into_iter().map(|one| (one.id, one.occurrences[0].fixed.clone())).collect()
    }

    const EUS: &[&str] = &["enterprise_linux:8", "rhel_eus:8.6", "rhel_eus:8.6::baseos"];
    const CVE: &str = "CVE-2024-2961";

    fn of(release: &str, fixed: &str) -> Affected {
        affected(&format!("Red Hat:{release}"), "glibc", &[("0", fixed)])
    }

    fn cve(entries: Vec<Affected>) -> Advisory {
        Advisory { feed: "redhat-cve".into(), ..advisory(CVE, entries) }
    }

    fn erratum(release: &str, fixed: &str) -> Advisory {
        let related = vec![CVE.to_owned()];
        Advisory { related, ..advisory("RHSA-2024:2799", vec![of(release, fixed)]) }
    }

    #[test]
    fn the_main_streams_fix_says_nothing_where_the_images_own_stream_speaks() {
        let main = || of("enterprise_linux:8", "2.28-236.el8_9.13");
        let found = |fixed: &str| vec![(CVE.to_owned(), Some(fixed.to_owned()))];
        let (fixed, unfixed) = ("2.28-189.10.el8_6", "2.28-189.11.el8_6");
        for (name, records, expected) in [
            ("in one record", vec![cve(vec![main(), of("rhel_eus:8.6", fixed)])], vec![]),
            (
                "and its fix is shown",
                vec![cve(vec![main(), of("rhel_eus:8.6", unfixed)])],
                found(unfixed),
            ),
            (
                "in another record",
                vec![cve(vec![main()]), erratum("rhel_eus:8.6::baseos", fixed)],
                vec![],
            ),
            (
                "and the fix of that is shown",
                vec![cve(vec![main()]), erratum("rhel_eus:8.6::baseos", unfixed)],
                found(unfixed),
            ),
            ("it does not", vec![cve(vec![main()])], found("2.28-236.el8_9.13")),
            (
                "the stream of another minor release does",
                vec![cve(vec![main(), of("rhel_eus:8.8", "2.28-225.el8_8.11")])],
                found("2.28-236.el8_9.13"),
            ),
        ] {
            assert_eq!(outcome(EUS, &records), expected, "{name}");
        }
    }

    #[test]
    fn the_main_stream_judges_who_has_it() {
        let records = [cve(vec![
            of("enterprise_linux:8", "2.28-236.el8_9.13"),
            of("rhel_eus:8.6", "2.28-189.10.el8_6"),
            of("rhel_els:8", "2.28-189.10.el8_6"),
        ])];
        for (releases, count) in [
            (&["enterprise_linux:8", "rhel_eus:8.6"][..], 0),
            (&["enterprise_linux:8"], 1),
            (&["enterprise_linux:8", "enterprise_linux:8::baseos", "rhel_eus:8.6"], 1),
            (&["enterprise_linux:8", "enterprise_linux:8::baseos", "rhel_els:8"], 0),
        ] {
            assert_eq!(outcome(releases, &records).len(), count, "{releases:?}");
        }
    }

    #[test]
    fn what_the_main_stream_does_not_fix_counts_only_where_the_own_one_is_silent() {
        let status = Status::WillNotFix;
        let bare = || Affected { status, ..of("enterprise_linux:8", "") };
        assert_eq!(outcome(EUS, &[cve(vec![bare()])]), [(CVE.to_owned(), None)]);
        let own = of("rhel_eus:8.6", "2.28-189.10.el8_6");
        assert_eq!(outcome(EUS, &[cve(vec![bare(), own])]), []);
        // Nor does what it is said not to be affected by.
        let status = Status::NotAffected;
        let denied = cve(vec![Affected { status, ..of("enterprise_linux:8", "") }]);
        let own = erratum("rhel_eus:8.6::baseos", "2.28-189.11.el8_6");
        assert_eq!(outcome(EUS, &[denied, own]).len(), 1);
    }

    #[test]
    fn a_record_that_is_silenced_still_tells_how_bad_the_flaw_is() {
        let main = of("enterprise_linux:8", "2.28-236.el8_9.13");
        let low = Advisory { severities: vec![word("redhat", "low")], ..cve(vec![main]) };
        let high = Advisory {
            severities: vec![word("redhat", "important")],
            ..erratum("rhel_eus:8.6::baseos", "2.28-189.11.el8_6")
        };
        let mut image = distro("Red Hat", "8.6");
        image.releases = EUS.iter().map(|&release| release.to_owned()).collect();
        let glibc = package(Rpm, "glibc", "2.28-189.10.el8_6");
        let found = folded(&[glibc], Some(&image), &[low, high]).findings;
        assert_eq!(found[0].severity, Severity::Low);
        assert_eq!(found[0].occurrences[0].records, ["RHSA-2024:2799"]);
    }
}
