//! The list of flaws that Debian's security tracker keeps (data/CVE/list of salsa.debian.org/security-tracker-team/security-tracker).
//!
//! A line without a release is of unstable. It holds for every release without a line of its own, for each was unstable once; but
//! where the entry names an advisory, the versions of the releases stand in that advisory, and nothing is said of them here. So
//! the list alone is complete for no release.

use std::collections::BTreeSet;

use plimsoll_advisory::{Advisory, Status};

use crate::document::{Document, Outline, are_mostly};
use crate::feed::{Feed, Origin};
use crate::formats::debian::{FAMILY, PackageLine, Said, ids_in_braces, release};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static DEBIAN_CVE_LIST: Feed = Feed {
    id: "debian-cve-list",
    version: 2,
    summary: "Debian's list of flaws, as its security tracker keeps it",
    origins: &[Origin {
        url: "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/CVE/list",
        file: "debian-cve-list/CVE.list",
        families: &[FAMILY],
        ..Origin::BASE
    }],
    recognises: |outline: &Outline<'_>| is_list(outline.beginning),
    import,
    ..Feed::BASE
};

/// Unstable and the coming release, which gets its packages.
const UNSTABLE: &[&str] = &["14", "sid"];
/// The releases that Debian or its long-term support keeps up.
const SUPPORTED: &[&str] = &["11", "12", "13"];

/// The words with which a line below a flaw begins.
const WORDS: &[&str] = &["-", "NOTE:", concat!("TO", "DO:"), "NOT-FOR-US:", "REJECTED", "RESERVED"];

/// True where flaws stand at the beginning and something of the tracker's below one.
fn is_list(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let is_indented = |line: &&str| line.starts_with(char::is_whitespace);
    let are_flaws =
        are_mostly(lines.clone().filter(|line| !is_indented(line)), |line| flaw(line).is_some());
    let is_own = |line: &str| {
        line.trim_start().starts_with(['[', '{'])
            || WORDS.iter().any(|word| line.trim_start().starts_with(word))
    };
    are_flaws && lines.find(is_indented).is_some_and(is_own)
}

/// The id and description of `CVE-2023-5088 (A bug in …)`, or of `CVE-2023-XXXX [what it is]` where there is none yet.
fn flaw(line: &str) -> Option<(String, &str)> {
    let (id, text) = line.split_once(' ').unwrap_or((line.trim_end(), ""));
    let text = text.trim();
    let (year, number) = id.strip_prefix("CVE-")?.split_once('-')?;
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if year.len() != 4 || !is_digits(year) {
        return None;
    }
    let description = text.trim_start_matches(['(', '[']).trim_end_matches([')', ']']);
    if number == "XXXX" {
        // Several have this name: its text tells them apart.
        let digest = blake3::hash(text.as_bytes()).to_hex();
        return Some((format!("{id}-{}", digest.get(..8)?), description));
    }
    is_digits(number).then(|| (id.to_owned(), description))
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let text = document.text().filter(|text| is_list(text)).ok_or(NotOfThisFeed)?;
    let mut current: Option<Entry<'_>> = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with(char::is_whitespace) {
            if let Some(entry) = &mut current {
                entry.read_line(line, import);
            }
            continue;
        }
        if let Some(entry) = current.take() {
            entry.finish(import);
        }
        current = flaw(line).map(|(id, description)| Entry::new(id, description));
        if current.is_none() {
            import.tally.reject("flaw without an id");
        }
    }
    if let Some(entry) = current {
        entry.finish(import);
    }
    Ok(())
}

/// A flaw and what stands below it.
struct Entry<'a> {
    id: String,
    description: &'a str,
    /// Advisories that fix it.
    related: Vec<String>,
    lines: Vec<PackageLine<'a>>,
}

impl<'a> Entry<'a> {
    fn new(id: String, description: &'a str) -> Self {
        Self { id, description, related: Vec::new(), lines: Vec::new() }
    }

    fn read_line(&mut self, line: &'a str, import: &mut Import<'_>) {
        if let Some(ids) = ids_in_braces(line) {
            self.related.extend(ids.map(str::to_owned));
            return;
        }
        match PackageLine::of(line) {
            Ok(Some(line)) => self.lines.push(line),
            Ok(None) => {}
            Err(reason) => import.tally.reject(reason),
        }
    }

    fn finish(self, import: &mut Import<'_>) {
        if self.lines.is_empty() {
            import.tally.ignore("flaw in no package");
            return;
        }
        let mut affected = Vec::new();
        let mut said = BTreeSet::new();
        for line in &self.lines {
            let Some(codename) = line.codename else { continue };
            if let Some(release) = release(codename, &mut import.tally) {
                said.insert((line.package, release));
                affected.push(line.affected(release));
            }
        }
        for line in self.lines.iter().filter(|line| line.codename.is_none()) {
            let is_everywhere =
                self.related.is_empty() || line.said == Said::Status(Status::NotAffected);
            let supported = SUPPORTED.iter().filter(|_| is_everywhere);
            let releases = supported.chain(UNSTABLE);
            let unsaid = releases.filter(|release| !said.contains(&(line.package, **release)));
            affected.extend(unsaid.map(|release| line.affected(release)));
        }
        import.push(Advisory {
            feed: DEBIAN_CVE_LIST.id.to_owned(),
            id: self.id,
            related: self.related,
            details: self.description.to_owned(),
            affected,
            ..Advisory::default()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feeds::recognise;
    use crate::options::BuildOptions;
    use crate::tally::Tally;

    fn imported(text: &str) -> (Vec<Advisory>, Tally) {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let document = Document { path: "data/CVE/list", bytes: text.as_bytes() };
        assert_eq!(
            recognise(&Outline::of(&document)).map(|feed| feed.id),
            Some(DEBIAN_CVE_LIST.id)
        );
        import(&document, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    fn releases(advisory: &Advisory) -> String {
        let one = |affected: &plimsoll_advisory::Affected| {
            format!("{} {:?}", affected.release, affected.status)
        };
        advisory.affected.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn unstable_speaks_for_the_releases_of_which_nothing_else_is_said() {
        let (advisories, tally) = imported(
            "CVE-2021-36367 (PuTTY through 0.75 proceeds ...)\n\
            \t- putty 0.75-3 (low; bug #990901)\n\
            \t[bullseye] - putty <no-dsa> (Minor issue)\n\
            \tNOTE: https://example.com\n\
            CVE-2023-46517\n\tREJECTED\n\
            not a flaw\n",
        );
        assert_eq!(
            releases(&advisories[0]),
            "11 Deferred, 12 Affected, 13 Affected, 14 Affected, sid Affected"
        );
        assert_eq!(advisories[0].details, "PuTTY through 0.75 proceeds ...");
        assert_eq!(tally.ignored, [("flaw in no package", 1)].into());
        assert_eq!(tally.rejected, [("flaw without an id", 1)].into());
    }

    #[test]
    fn what_an_advisory_fixes_is_not_affected_up_to_the_version_of_unstable() {
        let (advisories, _) = imported(
            "CVE-2023-5849 (Integer overflow ...)\n\
            \t{DSA-5546-1}\n\
            \t- chromium 119.0.6045.105-1\n\
            \t- other <not-affected> (Only of another system)\n\
            \t[buster] - chromium <end-of-life> (see DSA 5046)\n",
        );
        let chromium: Vec<_> = { advisories[0].affected.iter() }
            .filter(|one| one.package == "chromium")
            .map(|one| one.release.as_str())
            .collect();
        assert_eq!(chromium, ["10", "14", "sid"]);
        assert_eq!(advisories[0].affected.len(), 8);
        assert_eq!(advisories[0].related, ["DSA-5546-1"]);
    }

    #[test]
    fn flaws_without_a_cve_are_told_apart() {
        let (advisories, _) = imported(
            "CVE-2023-XXXX [one thing]\n\t- foot 1.15.3-2\n\
            CVE-2023-XXXX [another]\n\t- foot <unfixed>\n",
        );
        assert_eq!(advisories.len(), 2);
        assert_ne!(advisories[0].id, advisories[1].id);
        assert!(advisories[0].id.starts_with("CVE-2023-XXXX-"), "{}", advisories[0].id);
    }

    #[test]
    fn a_first_line_that_is_no_flaw_costs_only_itself() {
        let text = "<<<<<<< HEAD\nCVE-2023-1 (A bug)\n\t- bash 5.1-2\n";
        assert!(is_list(text));
        assert!(!is_list("CVE-2023-1 fixed\nin\nthis\n - release\n"));
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&Document { path: "list", bytes: text.as_bytes() }, &mut into).unwrap();
        assert_eq!(into.tally.rejected, [("flaw without an id", 1)].into());
        assert_eq!(into.advisories.len(), 1);
    }
}
