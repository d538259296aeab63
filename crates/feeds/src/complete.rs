//! Which bulk file is complete for which releases: what upstream says of its own files, never what was counted.

use plimsoll_advisory::CompleteFeed;

use crate::feed::Feed;
use crate::input::CHANGES_SUFFIX;
use crate::options::BuildOptions;
use crate::tally::Counted;

/// What one file of a feed is complete for. A file of which no feed says so declares nothing: a sample is no coverage.
pub(crate) struct Complete {
    /// What the file is called: its stem, or the directory of an `all.zip`, in lower case without blanks.
    pub(crate) names: &'static [&'static str],
    pub(crate) family: &'static str,
    pub(crate) releases: Releases,
}

pub(crate) enum Releases {
    /// A language: it has no releases.
    None,
    These(&'static [&'static str]),
    /// Those that the file speaks of and that begin so.
    Beginning(&'static [&'static str]),
    /// The same, each where the file speaks of all the repositories in which the function says that it has packages.
    WithRepositories(&'static [&'static str], fn(&str) -> Vec<&'static str>),
}

/// A release's repository among what an input speaks of.
pub(crate) fn repository_of(release: &str, repository: &str) -> String {
    format!("{release}{REPOSITORY}{repository}")
}

/// In no release's name.
const REPOSITORY: char = '\n';

/// What an input is declared complete for. A release of which its records do not speak is left out: a file older than the
/// release must not vouch for it.
pub(crate) fn declared(
    feed: &Feed,
    input: &str,
    counted: &Counted,
    options: &BuildOptions,
) -> Vec<CompleteFeed> {
    // What a filter leaves of a feed is not all of it.
    if !options.id_prefixes.is_empty() || !options.repositories.is_empty() {
        return Vec::new();
    }
    let name = bulk_name(input);
    let begins = |prefixes: &[&str], release: &str| {
        prefixes.iter().any(|prefix| release.starts_with(prefix))
    };
    let covers = |declared: &Complete, release: &str| match declared.releases {
        Releases::None => release.is_empty(),
        Releases::These(releases) => releases.contains(&release),
        Releases::Beginning(prefixes) => begins(prefixes, release),
        Releases::WithRepositories(prefixes, repositories) => {
            let is_there = |repository| {
                let part = (declared.family.to_owned(), repository_of(release, repository));
                counted.seen.contains(&part)
            };
            begins(prefixes, release) && repositories(release).into_iter().all(is_there)
        }
    };
    let mut complete = Vec::new();
    for declared in feed.complete.iter().filter(|declared| declared.names.contains(&name.as_str()))
    {
        for (family, release) in &counted.seen {
            if family == declared.family
                && !release.contains(REPOSITORY)
                && covers(declared, release)
            {
                let (family, release) = (family.clone(), release.clone());
                complete.push(CompleteFeed { feed: feed.id.to_owned(), family, release });
            }
        }
    }
    complete
}

/// What an input is called in the table: `osv/debian.tar.zst` and `Debian/all.zip` are both `debian`, and a date at the end of a name is no
/// part of it (`csaf_vex_2025-12-06.tar.zst`).
fn bulk_name(input: &str) -> String {
    let mut parts = input.rsplit('/');
    let file = parts.next().unwrap_or_default();
    // Documents that lie there one by one are what an archive of them would be.
    let file = file.strip_suffix(CHANGES_SUFFIX).unwrap_or(file);
    let stem = crate::input::stem(file);
    let name = if stem == "all" { parts.next().unwrap_or_default() } else { stem };
    let name =
        name.rsplit_once('_').filter(|(_, date)| is_date(date)).map_or(name, |(name, _)| name);
    name.to_lowercase().replace(' ', "-")
}

/// `2025-12-06`
fn is_date(text: &str) -> bool {
    let is_part = |(index, byte): (usize, u8)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feeds::alpine_secdb::ALPINE_SECDB;
    use crate::feeds::osv::OSV;
    use crate::feeds::redhat_vex::REDHAT_VEX;

    fn releases(feed: &Feed, input: &str, seen: &[(&str, &str)], options: &BuildOptions) -> String {
        let seen = seen.iter().map(|(one, other)| ((*one).into(), (*other).into())).collect();
        let counted = Counted { seen, ..Counted::default() };
        let complete = declared(feed, input, &counted, options);
        complete.into_iter().map(|one| one.release).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_sample_is_no_coverage() {
        let debian = [("Debian", "10"), ("Debian", "12"), ("Debian", "13"), ("npm", "")];
        let options = BuildOptions::default();
        for (input, complete) in [
            ("osv/debian.tar.zst", "12 13"),
            ("Debian/all.zip", "12 13"),
            ("mirror/debian", "12 13"),
            ("mirror/debian.tar.zst.changes", "12 13"),
            ("osv/osv-latest-2026-01.tar.zst", ""),
            ("osv/debian-sample.tar.zst", ""),
        ] {
            assert_eq!(releases(&OSV, input, &debian, &options), complete, "{input}");
        }
        assert_eq!(releases(&ALPINE_SECDB, "osv/debian.tar.zst", &debian, &options), "");
    }

    #[test]
    fn osv_is_complete_for_no_alpine() {
        let parts =
            [("v3.18", "main"), ("v3.18", "community"), ("edge", "community"), ("v3.2", "main")];
        let parts = parts.map(|(release, repository)| repository_of(release, repository));
        let mut alpine = vec![("Alpine", "v3.18"), ("Alpine", "edge"), ("Alpine", "v3.2")];
        alpine.extend(parts.iter().map(|part| ("Alpine", part.as_str())));
        let options = BuildOptions::default();
        assert_eq!(releases(&OSV, "osv/alpine.tar.zst", &alpine, &options), "");
        let secdb = "distro/alpine-secdb.tar.zst";
        // Edge lacks the document of its main repository, and the oldest never had another.
        assert_eq!(releases(&ALPINE_SECDB, secdb, &alpine, &options), "v3.18 v3.2");
    }

    #[test]
    fn a_date_in_an_inputs_name_is_no_part_of_it() {
        let seen = [("Red Hat", "enterprise_linux:10.0"), ("Red Hat", "openshift:4.16::el9")];
        for (input, complete) in [
            ("redhat/csaf_vex_2025-12-06.tar.zst", "enterprise_linux:10.0"),
            ("redhat/csaf_vex.tar.zst", "enterprise_linux:10.0"),
            ("redhat/csaf_vex_sample.tar.zst", ""),
        ] {
            let options = BuildOptions::default();
            assert_eq!(releases(&REDHAT_VEX, input, &seen, &options), complete, "{input}");
        }
    }

    #[test]
    fn what_a_filter_leaves_is_not_complete() {
        let options = BuildOptions { id_prefixes: vec!["CVE-".into()], ..Default::default() };
        assert_eq!(releases(&OSV, "debian.tar.zst", &[("Debian", "12")], &options), "");
    }
}
