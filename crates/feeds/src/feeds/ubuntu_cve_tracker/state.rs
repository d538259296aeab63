//! The states of a package in a pocket, in the tracker's words (README of git.launchpad.net/ubuntu-cve-tracker, "Status").

use plimsoll_advisory::Status;

use crate::formats::ubuntu::{Said, is_version};

/// What a reason speaks of where support ended, not where somebody decided against a fix.
const ENDS: &[&str] = &[
    "end of life",
    "end-of-life",
    "end of standard support",
    "out of standard support",
    "end of kernel support",
    "end of ESM support",
    "no longer supported",
    // Of kernels and compilers: the packages of a line that is not kept up any more.
    "superseded by",
    "replaced by",
];

/// Reads a state and what stands beside it in parentheses. `None` where nothing is said of any installed package.
pub(super) fn said<'a>(state: &str, note: &'a str) -> Result<Option<Said<'a>>, &'static str> {
    let note = note.trim();
    let version = Some(note).filter(|note| is_version(note));
    Ok(Some(match state {
        // The package does not exist there.
        "DNE" => return Ok(None),
        "not-affected" => Said::NotAffected(version),
        "released" => Said::Before(version.ok_or("fix without a version")?, Status::Affected),
        // Built and not published yet.
        "pending" => match version {
            Some(version) => Said::Before(version, Status::Affected),
            None => Said::Every(Status::Affected),
        },
        "needed" | "active" | "in-progress" if has_ended(note) => Said::Every(Status::EndOfLife),
        "needed" | "active" | "in-progress" => Said::Every(Status::Affected),
        // Nobody has looked yet whether it is; Ubuntu's own OSV records take it for affected.
        "needs-triage" => Said::Every(Status::Affected),
        "deferred" => Said::Every(Status::Deferred),
        "ignored" => ignored(note),
        _ => return Err("unknown state"),
    }))
}

/// Nobody works on it: for support has ended, or for a reason. What it was before may be told: `end of life, was not-affected`.
fn ignored(note: &str) -> Said<'_> {
    let was = note.split_once("was ").map_or("", |(_, was)| was);
    let version = was.split_once('[').and_then(|(_, rest)| rest.split(']').next());
    match (was.split([' ', ',']).next(), version.filter(|version| is_version(version))) {
        (Some("not-affected"), version) => Said::NotAffected(version),
        (Some("released"), Some(version)) => Said::Before(version, Status::Affected),
        _ if has_ended(note) => Said::Every(Status::EndOfLife),
        _ => Said::Every(Status::WillNotFix),
    }
}

fn has_ended(note: &str) -> bool {
    ENDS.iter().any(|end| note.contains(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_with_their_reasons() {
        use Status::*;
        for (state, note, expected) in [
            ("DNE", "", None),
            ("DNE", "trusty was not-affected", None),
            ("released", "1.2-3ubuntu0.1", Some(Said::Before("1.2-3ubuntu0.1", Affected))),
            ("released", " 1.2-3ubuntu0.1 ", Some(Said::Before("1.2-3ubuntu0.1", Affected))),
            ("pending", "1.2-4", Some(Said::Before("1.2-4", Affected))),
            ("pending", "", Some(Said::Every(Affected))),
            ("needed", "", Some(Said::Every(Affected))),
            ("needed", "reached end-of-life", Some(Said::Every(EndOfLife))),
            ("needs-triage", "", Some(Said::Every(Affected))),
            ("deferred", "2022-01-28", Some(Said::Every(Deferred))),
            ("not-affected", "", Some(Said::NotAffected(None))),
            ("not-affected", "code not present", Some(Said::NotAffected(None))),
            ("not-affected", "2.7-1", Some(Said::NotAffected(Some("2.7-1")))),
            ("ignored", "", Some(Said::Every(WillNotFix))),
            ("ignored", "changes too intrusive", Some(Said::Every(WillNotFix))),
            ("ignored", "ESM criteria, was needed", Some(Said::Every(WillNotFix))),
            ("ignored", "end of standard support, was needed", Some(Said::Every(EndOfLife))),
            ("ignored", "superseded by linux-hwe-6.5", Some(Said::Every(EndOfLife))),
            ("ignored", "end of life, was pending [1.2-4]", Some(Said::Every(EndOfLife))),
            ("ignored", "end of life, was not-affected", Some(Said::NotAffected(None))),
            ("ignored", "end of life, was released [1.2]", Some(Said::Before("1.2", Affected))),
        ] {
            assert_eq!(said(state, note), Ok(expected), "{state} {note}");
        }
        assert_eq!(said("released", ""), Err("fix without a version"));
        assert_eq!(said("tomorrow", ""), Err("unknown state"));
    }
}
