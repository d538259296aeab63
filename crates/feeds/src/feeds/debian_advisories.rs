//! Debian's advisories as its security tracker keeps them (data/DSA/list, data/DLA/list and data/DTSA/list of
//! salsa.debian.org/security-tracker-team/security-tracker): what an advisory fixes in which version of which release.

use plimsoll_advisory::Advisory;

use crate::document::{Document, Outline, are_mostly};
use crate::feed::{Feed, Origin};
use crate::formats::debian::{FAMILY, PackageLine, ids_in_braces, release};
use crate::formats::time::{day_of_words, midnight};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static DEBIAN_ADVISORIES: Feed = Feed {
    id: "debian-advisories",
    version: 2,
    summary: "Debian's advisories (DSA, DLA, DTSA) from the lists of its security tracker",
    origins: &[
        Origin {
            url: "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/DSA/list",
            file: "debian-advisories/DSA.list",
            families: &[FAMILY],
            ..Origin::BASE
        },
        Origin {
            url: "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/DLA/list",
            file: "debian-advisories/DLA.list",
            families: &[FAMILY],
            ..Origin::BASE
        },
        Origin {
            url: "https://salsa.debian.org/security-tracker-team/security-tracker/-/raw/master/data/DTSA/list",
            file: "debian-advisories/DTSA.list",
            families: &[FAMILY],
            ..Origin::BASE
        },
    ],
    recognises: |outline: &Outline<'_>| is_list(outline.beginning),
    import,
    ..Feed::BASE
};

/// `[29 Mar 2023] DSA-5380-1 xorg-server - security update`
struct Header<'a> {
    day: &'a str,
    id: &'a str,
    title: &'a str,
}

impl<'a> Header<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let (day, rest) = line.strip_prefix('[')?.split_once("] ")?;
        let (id, title) = rest.trim_start().split_once(' ').unwrap_or((rest.trim(), ""));
        let number = ["DSA-", "DLA-", "DTSA-"].iter().find_map(|kind| id.strip_prefix(kind))?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        (is_number && !number.is_empty()).then_some(Self { day, id, title: title.trim() })
    }
}

/// True where the text begins with headers, and what stands below them.
fn is_list(text: &str) -> bool {
    let is_header = |line: &&str| !line.trim().is_empty() && !line.starts_with(char::is_whitespace);
    are_mostly(text.lines().filter(is_header), |line| Header::of(line).is_some())
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let text = document.text().filter(|text| is_list(text)).ok_or(NotOfThisFeed)?;
    let mut current: Option<Advisory> = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with(char::is_whitespace) {
            // What stands below a header that was not read is not read either.
            if let Some(advisory) = &mut current {
                read_line(line, advisory, import);
            }
            continue;
        }
        finish(current.take(), import);
        current = match Header::of(line) {
            Some(header) => Some(Advisory {
                feed: DEBIAN_ADVISORIES.id.to_owned(),
                id: header.id.to_owned(),
                summary: header.title.to_owned(),
                published: day_of_words(header.day).map(midnight),
                ..Advisory::default()
            }),
            None => {
                import.tally.reject("advisory without an id");
                None
            }
        };
    }
    finish(current, import);
    Ok(())
}

fn finish(advisory: Option<Advisory>, import: &mut Import<'_>) {
    let Some(advisory) = advisory else { return };
    if advisory.affected.is_empty() {
        // The end of a release's support, a new key.
        import.tally.ignore("advisory of no package");
    }
    import.push(advisory);
}

fn read_line(line: &str, advisory: &mut Advisory, import: &mut Import<'_>) {
    if let Some(ids) = ids_in_braces(line) {
        advisory.upstream.extend(ids.map(str::to_owned));
        return;
    }
    match PackageLine::of(line) {
        Ok(Some(line)) => {
            let release = release(line.codename.unwrap_or("sid"), &mut import.tally);
            advisory.affected.extend(release.map(|release| line.affected(release)));
        }
        // Notes to the team.
        Ok(None) => {}
        Err(reason) => import.tally.reject(reason),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::Status;

    use super::*;
    use crate::feeds::recognise;
    use crate::options::BuildOptions;

    const LIST: &str = "\
[29 Mar 2023] DSA-5380-1 xorg-server - security update
\t{CVE-2023-1393 CVE-2023-1394 }
\t[bullseye] - xorg-server 2:1.20.11-1+deb11u6
\t[buster] - xorg-server <not-affected> (Vulnerable code not present)
\tNOTE: something
[19 Jul 2021] MALFORMED HEADER
\t{CVE-2021-29969}
\t[stretch] - thunderbird 1:78.12.0-1~deb9u1
[18 Apr 2018] DSA-4205-1 jessie end-of-life
[August 26th, 2005] DTSA-1-1 kismet - various
        {CVE-2005-2626}
        [etch] - kismet 2005.08.R1-0.1etch1 (high)
        [tomorrow] - kismet 2006
        [etch] - kismet <strange>
[02 Jul 2002] DSA-135 libapache-mod-ssl -- buffer overflow / DoS
\t[woody] - libapache-mod-ssl 2.8.9-2
";

    #[test]
    fn an_advisory_fixes_its_flaws_in_each_release() {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let document = Document { path: "data/DSA/list", bytes: LIST.as_bytes() };
        assert_eq!(
            recognise(&Outline::of(&document)).map(|feed| feed.id),
            Some(DEBIAN_ADVISORIES.id)
        );
        import(&document, &mut into).unwrap();
        let ids: Vec<_> = into.advisories.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["DSA-5380-1", "DTSA-1-1", "DSA-135"]);
        let first = &into.advisories[0];
        assert_eq!(first.upstream, ["CVE-2023-1393", "CVE-2023-1394"]);
        assert_eq!(first.published.as_deref(), Some("2023-03-29T00:00:00Z"));
        assert_eq!(first.summary, "xorg-server - security update");
        let said: Vec<_> =
            first.affected.iter().map(|one| (one.release.as_str(), one.status)).collect();
        assert_eq!(said, [("11", Status::Affected), ("10", Status::NotAffected)]);
        assert_eq!(into.advisories[1].affected[0].severities[0].value, "high");
        assert_eq!(
            into.tally.rejected,
            [
                ("advisory without an id", 1),
                ("release without a known number", 1),
                ("unknown state", 1)
            ]
            .into()
        );
        assert_eq!(into.tally.ignored, [("advisory of no package", 1)].into());
    }

    #[test]
    fn another_list_in_brackets_is_not_taken_for_it() {
        for text in ["[1, 2]", "[x] y", "[29 Mar 2023] CVE-2023-1 x", "", "\n\n", "[a] DSA-x y"] {
            assert!(!is_list(text), "{text}");
        }
    }

    #[test]
    fn a_first_line_that_is_no_header_costs_only_itself() {
        let text = "<<<<<<< HEAD\n[29 Mar 2023] DSA-5380-1 xorg-server - security update\n";
        assert!(is_list(text) && !is_list("words\nand more\n[29 Mar 2023] DSA-5380-1 x\n"));
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&Document { path: "list", bytes: text.as_bytes() }, &mut into).unwrap();
        assert_eq!(into.tally.rejected, [("advisory without an id", 1)].into());
        assert_eq!(into.tally.records, 1);
    }
}
