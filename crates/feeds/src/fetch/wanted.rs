//! Which files are wanted, and where each is fetched from.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_http::Url;

use super::directory::is_safe;
use super::download::without_credentials;
use super::error::UpdateError;
use crate::feed::{Feed, Origin, OriginKind};

/// Below it lies what the user names besides the feeds that are known.
pub(crate) const EXTRA: &str = "extra";

const DIGEST_DIGITS: usize = 12;

/// What of what is published is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only these feeds, by their ids and the names of extra ones; empty for all.
    pub only: Vec<String>,
    /// Only files whose records are of these advisory families, and where they are of single releases, of one of these; `None` for all.
    pub families: Option<BTreeMap<String, BTreeSet<String>>>,
    /// Where copies of all feeds lie, each at [`Origin::file`] below it.
    pub mirror: Option<String>,
    /// The same for single feeds, by their ids.
    pub mirrors: Vec<(String, String)>,
    /// Feeds besides those that are known: a name and an address.
    pub extra: Vec<(String, String)>,
}

/// One file that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The feed's id, or the name of an extra one.
    pub(super) feed: String,
    pub(super) url: Url,
    /// Where it goes, below the directory of feeds.
    pub(super) file: String,
    pub(super) kind: OriginKind,
}

impl Selection {
    /// The files of these feeds and the extra ones, in the order of their places.
    pub(super) fn wanted(&self, feeds: &[&Feed]) -> Result<Vec<Wanted>, UpdateError> {
        self.check_names(feeds)?;
        let mut wanted = Vec::new();
        for feed in feeds.iter().filter(|feed| self.wants(feed.id)) {
            for origin in feed.origins.iter().filter(|origin| self.wants_family(origin)) {
                wanted.push(self.of(feed, origin)?);
            }
        }
        wanted.extend(self.extra()?);
        wanted.sort_by(|one, other| one.file.cmp(&other.file));
        // Two feeds may be published in one file.
        wanted.dedup_by(|one, other| one.file == other.file);
        Ok(wanted)
    }

    /// Whoever names an extra feed wants it.
    fn extra(&self) -> Result<Vec<Wanted>, UpdateError> {
        let one = |(name, address): &(String, String)| {
            let url = parse(address)?;
            let kind = match OriginKind::of(url.path()) {
                OriginKind::RpmRepository => OriginKind::RpmRepository,
                _ => OriginKind::File,
            };
            let file = extra_file(name, (&url, kind))?;
            Ok(Wanted { feed: name.clone(), url, file, kind })
        };
        let extra = self.extra.iter().map(one).collect::<Result<Vec<_>, UpdateError>>()?;
        // The repositories of one release have one name, and each its updateinfo.xml.gz.
        let is_shared =
            |one: &Wanted| extra.iter().any(|other| other.file == one.file && other.url != one.url);
        let placed = |one: &Wanted| match is_shared(one) {
            true => Wanted { file: below_digest(&one.file, &one.url), ..one.clone() },
            false => one.clone(),
        };
        Ok(extra.iter().map(placed).collect())
    }

    fn of(&self, feed: &Feed, origin: &Origin) -> Result<Wanted, UpdateError> {
        let own = self.mirrors.iter().find(|(id, _)| id == feed.id).map(|(_, base)| base);
        let (url, kind) = match own.or(self.mirror.as_ref()) {
            Some(base) => {
                // A mirror has the archive or file itself, and not what leads to it.
                let kind = match origin.kind() {
                    OriginKind::CsafDirectory | OriginKind::RpmRepository | OriginKind::Pages => {
                        OriginKind::File
                    }
                    kind @ (OriginKind::File | OriginKind::OsvBulk) => kind,
                };
                (below(base, origin.file)?, kind)
            }
            None => (parse(origin.url)?, origin.kind()),
        };
        Ok(Wanted { feed: feed.id.to_owned(), url, file: origin.file.to_owned(), kind })
    }

    /// True where the feed is wanted.
    pub(super) fn wants(&self, feed: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| wanted == feed)
    }

    fn wants_family(&self, origin: &Origin) -> bool {
        let Some(families) = &self.families else { return true };
        families.iter().any(|(family, releases)| origin.speaks_of(family, releases))
    }

    /// A feed that is named and not known, or published nowhere, is a slip of the pen and no feed less.
    fn check_names(&self, feeds: &[&Feed]) -> Result<(), UpdateError> {
        let is_published =
            |name: &String| feeds.iter().any(|feed| feed.id == name && !feed.origins.is_empty());
        let is_extra = |name: &String| self.extra.iter().any(|(own, _)| own == name);
        let unknown = self.only.iter().find(|name| !is_published(name) && !is_extra(name));
        let unknown = unknown
            .or_else(|| self.mirrors.iter().map(|(name, _)| name).find(|name| !is_published(name)));
        let Some(unknown) = unknown else { return Ok(()) };
        let published = feeds.iter().filter(|feed| !feed.origins.is_empty());
        let known: Vec<_> = published.map(|feed| feed.id).collect();
        Err(UpdateError::UnknownFeed { feed: unknown.clone(), known: known.join(", ") })
    }
}

/// `extra/NAME/` and what the address ends with, or what its index leads to. Of a suite of Debian's kind the path from `dists` on is kept:
/// it says which one that is.
fn extra_file(name: &str, (url, kind): (&Url, OriginKind)) -> Result<String, UpdateError> {
    let path = url.path();
    let last = || path.rsplit('/').find(|part| !part.is_empty()).unwrap_or("feed");
    let kept = match kind {
        OriginKind::RpmRepository => "updateinfo.xml.gz",
        _ => path.find("/dists/").and_then(|at| path.get(at + 1..)).unwrap_or_else(last),
    };
    let plain = |character: char| {
        if character.is_ascii_alphanumeric() || "-_.".contains(character) { character } else { '-' }
    };
    let parts = kept.split('/').filter(|part| !part.is_empty());
    let parts = parts.map(|part| part.chars().map(plain).collect::<String>());
    let parts: Vec<_> = parts.map(|part| part.trim_start_matches('.').to_owned()).collect();
    let file = format!("{EXTRA}/{name}/{}", parts.join("/"));
    if !is_safe(&file) || name.contains('/') {
        return Err(UpdateError::ExtraName { name: name.to_owned() });
    }
    Ok(file)
}

/// The place of an extra feed in a folder that its address names.
fn below_digest(file: &str, url: &Url) -> String {
    let digest = blake3::hash(without_credentials(url).as_bytes()).to_hex();
    let digest = digest.get(..DIGEST_DIGITS).unwrap_or_default();
    let start = file.match_indices('/').nth(1).map_or(0, |(place, _)| place);
    let (folder, rest) = file.split_at(start);
    format!("{folder}/{digest}{rest}")
}

/// What an origin's file may be followed by, where it was compressed on the way.
const COMPRESSIONS: [&str; 4] = [".bz2", ".gz", ".xz", ".zst"];
/// What lies beside a bulk file.
const CHANGES_BELOW: &str = ".changes/";

/// The feed that a file is of; empty where it is of none that is known.
pub(crate) fn feed_of<'a>(file: &'a str, feeds: &[&'static Feed]) -> &'a str {
    // A file that was compressed on the way; what changed of a bulk file.
    let is_of = |origin: &Origin| {
        let rest = file.strip_prefix(origin.file);
        rest.is_some_and(|rest| {
            rest.is_empty() || COMPRESSIONS.contains(&rest) || rest.starts_with(CHANGES_BELOW)
        })
    };
    let known = feeds.iter().find(|feed| feed.origins.iter().any(is_of)).map(|feed| feed.id);
    let mut parts = file.split('/');
    known.or_else(|| parts.next().filter(|first| *first == EXTRA).and(parts.next())).unwrap_or("")
}

fn below(base: &str, file: &str) -> Result<Url, UpdateError> {
    let mut url = parse(base)?;
    let Ok(mut path) = url.path_segments_mut() else { return Err(bad(base, "it has no path")) };
    path.pop_if_empty().extend(file.split('/'));
    drop(path);
    Ok(url)
}

fn parse(address: &str) -> Result<Url, UpdateError> {
    let url = Url::parse(address).map_err(|_| bad(address, "it is none"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(bad(address, "it is neither https: nor http:")),
    }
}

fn bad(address: &str, detail: &'static str) -> UpdateError {
    // What stands before an `@` may be a secret.
    let address = address.rsplit('@').next().unwrap_or_default().to_owned();
    UpdateError::Address { address, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    static FEEDS: &[&Feed] = &[
        &Feed {
            id: "alpine",
            origins: &[Origin {
                url: "https://example.org/v3/main.json",
                file: "alpine/v3-main.json",
                families: &["Alpine"],
                releases: &["v3.1"],
            }],
            ..Feed::BASE
        },
        &Feed { id: "nowhere", ..Feed::BASE },
        &Feed {
            id: "osv",
            origins: &[
                Origin {
                    url: "https://example.com/npm/all.zip",
                    file: "osv/npm/all.zip",
                    families: &["npm"],
                    ..Origin::BASE
                },
                Origin {
                    url: "https://example.com/Go/all.zip",
                    file: "osv/Go/all.zip",
                    families: &["Go"],
                    ..Origin::BASE
                },
                Origin {
                    url: "https://example.com/more.zip",
                    file: "osv/more.zip",
                    families: &["PyPI", "Go"],
                    ..Origin::BASE
                },
            ],
            ..Feed::BASE
        },
        &Feed {
            id: "vex",
            origins: &[Origin {
                url: "https://example.net/vex/",
                file: "vex/vex.tar.zst",
                families: &["Red Hat"],
                ..Origin::BASE
            }],
            ..Feed::BASE
        },
    ];

    fn urls(selection: &Selection) -> Vec<String> {
        let wanted = selection.wanted(FEEDS).unwrap();
        wanted.iter().map(|wanted| wanted.url.to_string()).collect()
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn pair(one: &str, other: &str) -> (String, String) {
        (one.to_owned(), other.to_owned())
    }

    #[test]
    fn what_is_wanted_is_chosen_by_feed_and_family() {
        let all = urls(&Selection::default());
        assert_eq!(all.len(), 5);
        let only = Selection { only: texts(&["alpine"]), ..Selection::default() };
        let only_alpine = ["https://example.org/v3/main.json"];
        assert_eq!(urls(&only), only_alpine);
        let of = |family: &str, releases: &[&str]| {
            let families = [(family.to_owned(), texts(releases).into_iter().collect())];
            urls(&Selection { families: Some(families.into()), ..Selection::default() })
        };
        let go = ["https://example.com/Go/all.zip", "https://example.com/more.zip"];
        assert_eq!((of("Go", &[]), of("npm", &[]).len()), (texts(&go), 1));
        // Of a distribution's release, also by the beginning of its name.
        assert_eq!(of("Alpine", &["v3.1"]), only_alpine);
        assert_eq!(of("Alpine", &["edge", "v3.1:some"]), only_alpine);
        for releases in [&["v3.18"][..], &["edge"], &[]] {
            assert!(of("Alpine", releases).is_empty(), "{releases:?}");
        }
        assert_eq!(of("Red Hat", &["enterprise_linux:9"]).len(), 1);
    }

    #[test]
    fn a_mirror_has_every_file_under_its_own_name() {
        let selection = Selection {
            mirror: Some("https://me:secret@mirror.example.com/feeds/".to_owned()),
            mirrors: vec![pair("osv", "http://127.0.0.1:1/x")],
            only: texts(&["osv", "vex"]),
            ..Selection::default()
        };
        let wanted = selection.wanted(FEEDS).unwrap();
        let found: Vec<_> = wanted.iter().map(|one| (one.url.as_str(), one.kind)).collect();
        assert_eq!(
            found,
            [
                ("http://127.0.0.1:1/x/osv/Go/all.zip", OriginKind::OsvBulk),
                ("http://127.0.0.1:1/x/osv/more.zip", OriginKind::File),
                ("http://127.0.0.1:1/x/osv/npm/all.zip", OriginKind::OsvBulk),
                ("https://me:secret@mirror.example.com/feeds/vex/vex.tar.zst", OriginKind::File),
            ]
        );
    }

    #[test]
    fn an_extra_feed_lies_in_a_folder_of_its_name() {
        for (name, address, file) in [
            (
                "internal",
                "https://example.com/a/updateinfo.xml.gz?x=1",
                Some("extra/internal/updateinfo.xml.gz"),
            ),
            ("internal", "https://example.com/", Some("extra/internal/feed")),
            (
                "internal",
                "https://example.com/debian/dists/bookworm-security/main/binary-amd64/Packages.gz",
                Some("extra/internal/dists/bookworm-security/main/binary-amd64/Packages.gz"),
            ),
            (
                "internal",
                "https://example.com/9/repodata/repomd.xml",
                Some("extra/internal/updateinfo.xml.gz"),
            ),
            ("internal", "https://example.com/%2e%2e%2fx", Some("extra/internal/-2e-2e-2fx")),
            ("../up", "https://example.com/x", None),
            (".hidden", "https://example.com/x", None),
            ("internal", "file:///etc/passwd", None),
            ("internal", "secret@", None),
        ] {
            let selection = Selection {
                only: texts(&[name]),
                extra: vec![pair(name, address)],
                ..Selection::default()
            };
            let wanted = selection.wanted(FEEDS).ok();
            let found = wanted.map(|wanted| wanted[0].file.clone());
            assert_eq!(found.as_deref(), file, "{name} {address}");
        }
    }

    #[test]
    fn extra_feeds_of_one_name_that_end_alike_are_both_kept() {
        let files = |addresses: &[&str]| {
            let extra = addresses.iter().map(|address| pair("Rocky Linux:9", address)).collect();
            let only = texts(&["Rocky Linux:9"]);
            let selection = Selection { only, extra, ..Selection::default() };
            let wanted = selection.wanted(FEEDS).unwrap();
            wanted.into_iter().map(|one| one.file).collect::<BTreeSet<_>>()
        };
        let [base, streams] = ["BaseOS", "AppStream"]
            .map(|name| format!("https://example.com/9/{name}/repodata/repomd.xml"));
        let both = files(&[&base, &streams]);
        assert_eq!(both.len(), 2);
        for file in &both {
            assert!(file.starts_with("extra/Rocky Linux:9/"), "{file}");
            assert!(file.ends_with("/updateinfo.xml.gz") && is_safe(file), "{file}");
        }
        // In whatever order, and whoever asks.
        let with_secret = streams.replace("//", "//me:secret@");
        assert_eq!(files(&[&with_secret, &base]), both);
        let alone = ["extra/Rocky Linux:9/updateinfo.xml.gz".to_owned()].into();
        assert_eq!(files(&[&base, &base]), alone);
    }

    #[test]
    fn a_feed_that_is_not_known_is_no_feed_less() {
        for selection in [
            Selection { only: texts(&["osv", "ovs"]), ..Selection::default() },
            Selection { only: texts(&["nowhere"]), ..Selection::default() },
            Selection { mirrors: vec![pair("ovs", "https://example.com")], ..Selection::default() },
        ] {
            let error = selection.wanted(FEEDS).unwrap_err().to_string();
            assert!(error.contains("alpine, osv, vex"), "{error}");
        }
    }

    #[test]
    fn a_file_is_known_by_its_place() {
        for (file, feed) in [
            ("osv/npm/all.zip", "osv"),
            ("osv/npm/all.zip.changes/X.json", "osv"),
            ("extra/internal/feed", "internal"),
            ("osv/other.zip", ""),
            ("extra", ""),
        ] {
            assert_eq!(feed_of(file, FEEDS), feed, "{file}");
        }
    }
}
