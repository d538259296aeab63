//! Ubuntu's CVE tracker (git.launchpad.net/ubuntu-cve-tracker): a document for each CVE, which says of each source package in each
//! pocket of each release how it stands. It is read in its own text, in the JSON copy of that text, and as the security API
//! (ubuntu.com/security/cves.json) gives it out.
//!
//! A git repository is what is published, and the API gives out no more than twenty CVEs a page, which are thousands of pages: so a
//! checkout is for the user to give. What Canonical makes of it and publishes as files is fetched, and read by other feeds: OVAL of each
//! release (`ubuntu_oval.rs`), OSV and OpenVEX (`ubuntu_vex.rs`) and notices (`ubuntu_usn.rs`).

mod api;
mod copy;
mod state;
mod text;

use std::borrow::Cow;

use plimsoll_advisory::{Advisory, SeverityClaim};

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form, Outline};
use crate::feed::Feed;
use crate::formats::claims;
use crate::formats::time::to_the_second;
use crate::formats::ubuntu::{FAMILY, Pocket, Statement, affected, priority};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static UBUNTU_CVE_TRACKER: Feed = Feed {
    id: "ubuntu-cve-tracker",
    summary: "Ubuntu's CVE tracker: how each source package stands in each release and in Ubuntu Pro",
    recognises: |outline| match outline.form {
        Form::JsonObject => {
            outline.has(&["candidate", "packages"])
                || outline.has(&["cves", "total_results"])
                || outline.has(&["id", "packages", "notices_ids"])
        }
        // Wind River's tracker has the same fields, and releases of its own.
        Form::Text => outline.has(&["Candidate", "PublicDate"]) && names_a_pocket(outline),
        _ => false,
    },
    import,
    complete: &[Complete {
        names: &["ubuntu-cve-tracker", "ubuntu-cve-tracker-json"],
        family: FAMILY,
        // Long-term releases alone: what is new is not looked at any more in the others once their nine months are over.
        releases: Releases::Beginning(LONG_TERM),
    }],
    ..Feed::BASE
};

const LONG_TERM: &[&str] = &[
    "14.04:LTS",
    "16.04:LTS",
    "18.04:LTS",
    "20.04:LTS",
    "22.04:LTS",
    "24.04:LTS",
    "26.04:LTS",
    "Pro:14.04:LTS",
    "Pro:16.04:LTS",
    "Pro:18.04:LTS",
    "Pro:20.04:LTS",
    "Pro:22.04:LTS",
    "Pro:24.04:LTS",
    "Pro:26.04:LTS",
];

/// True where a line is of a package in a pocket: `jammy_openssl: needed`, or as a comment what a new file has in its place, `#jammy_PKG:`.
fn names_a_pocket(outline: &Outline<'_>) -> bool {
    outline.beginning.lines().any(|line| {
        let pocket =
            line.trim_start_matches('#').split_once('_').filter(|(_, rest)| rest.contains(':'));
        pocket.is_some_and(|(pocket, _)| {
            !pocket.contains([' ', '\t', ':']) && Pocket::of(pocket).is_ok()
        })
    })
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let first = document.bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first != Some(&b'{') {
        return text::import(document, import);
    }
    copy::import(document, import).or_else(|_| api::import(document, import))
}

/// One CVE, in whatever form it came.
#[derive(Default)]
struct Candidate<'a> {
    id: Cow<'a, str>,
    description: Cow<'a, str>,
    published: Cow<'a, str>,
    modified: Cow<'a, str>,
    priority: Cow<'a, str>,
    references: Vec<String>,
    severities: Vec<SeverityClaim>,
}

/// How one package stands in one pocket, in the tracker's words.
#[derive(Clone, Copy)]
struct Standing<'a> {
    package: &'a str,
    state: &'a str,
    note: &'a str,
    priority: Option<&'a str>,
}

/// The statements of one document, and what of it says nothing.
struct Statements<'a, 'i, 'o> {
    list: Vec<Statement<'a>>,
    import: &'i mut Import<'o>,
}

impl<'a> Statements<'a, '_, '_> {
    fn take(&mut self, pocket: Result<Option<Pocket<'a>>, &'static str>, standing: Standing<'a>) {
        let Standing { package, state, note, priority } = standing;
        let tally = &mut self.import.tally;
        match (pocket, state::said(state, note)) {
            (Ok(None), _) => tally.ignore("of no published release"),
            (_, Ok(None)) => tally.ignore("not in that release"),
            (Ok(Some(pocket)), Ok(Some(said))) => {
                self.list.push(Statement { package, pocket, said, priority });
            }
            (Err(reason), _) | (_, Err(reason)) => tally.reject(reason),
        }
    }

    /// Hands the record over.
    fn finish(self, candidate: Candidate<'_>) {
        let Candidate { id, description, published, modified, references, mut severities, .. } =
            candidate;
        severities.extend(priority(&candidate.priority));
        self.import.push(Advisory {
            feed: UBUNTU_CVE_TRACKER.id.to_owned(),
            id: id.trim().to_owned(),
            details: description.trim().to_owned(),
            published: to_the_second(&published),
            modified: to_the_second(&modified),
            severities,
            references,
            affected: affected(self.list),
            ..Advisory::default()
        });
    }
}

/// Somebody's vector, such as ` CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H [5.5 MEDIUM]`.
fn vector(source: &str, value: &str) -> Option<SeverityClaim> {
    claims::vector(&source.trim().to_lowercase(), value.split_whitespace().next()?)
}

#[cfg(test)]
mod tests;
