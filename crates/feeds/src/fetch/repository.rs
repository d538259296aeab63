//! Repositories of rpm packages: their index (`repodata/repomd.xml`) names the file of updates and its digest, which is checked.
//! Amazon's repositories stand behind a `mirror.list`, whose first line is where the repository is.

use plimsoll_core::Digest;
use plimsoll_http::{Request, Url};

use super::checksum::is_of;
use super::download::{Download, download, text_of};
use super::failure::{Failure, refused};
use super::fetcher::{Fetcher, Got};
use super::state::FileState;
use super::wanted::Wanted;
use crate::formats::xml;

const INDEX_BYTES: u64 = 16 << 20;
const MIRROR_LIST_BYTES: u64 = 64 << 10;
const INDEX: &str = "repodata/repomd.xml";

/// What an index says of the file of updates.
#[derive(Debug, PartialEq, Eq)]
struct Updates {
    /// Below the repository.
    path: String,
    digest: String,
    /// The digest, where it is of a kind that is checked: repositories of old systems have weaker ones, which only tell versions.
    checked: Option<Digest>,
}

impl Fetcher<'_> {
    /// The file of updates, where it is another one than is there.
    pub(super) fn rpm_repository(&self, wanted: &Wanted) -> Result<Got, Failure> {
        let index = if wanted.url.path().ends_with("/mirror.list") {
            let list =
                text_of(self.publishers, &Request::get(wanted.url.clone()), MIRROR_LIST_BYTES)?;
            first_mirror(&wanted.url, &list).ok_or_else(|| unusable("list of mirrors"))?
        } else {
            wanted.url.clone()
        };
        let text = text_of(self.publishers, &Request::get(index.clone()), INDEX_BYTES)?;
        let updates = updates_of(&text).ok_or_else(|| unusable("index"))?;
        let known = self.known(wanted).filter(|known| known.archive == updates.digest);
        if let Some(known) = known {
            return Ok(self.unchanged(wanted, known));
        }
        let url = index.join("..").and_then(|repository| repository.join(&updates.path));
        let url =
            url.ok().filter(|url| is_same_place(&index, url)).ok_or_else(|| unusable("index"))?;
        let target = self.directory.incoming(&wanted.file);
        match download(self.publishers, &self.wish((&url, &target), None))? {
            Download::Whole { .. }
                if updates.checked.is_some_and(|stated| !is_of(&stated, &target)) =>
            {
                Err(refused("the file of updates is not the one that its index names"))
            }
            Download::Whole { bytes, transferred, version } => {
                let file = self.file_state(wanted, bytes, version);
                let file = FileState { archive: updates.digest, ..file };
                let known = [(wanted.file.clone(), file)].into();
                Ok(Got { transferred, staged: vec![wanted.file.clone()], known, ..Got::default() })
            }
            Download::Unchanged => Err(unusable("file of updates")),
        }
    }
}

fn unusable(what: &str) -> Failure {
    refused(format!("its {what} cannot be read"))
}

/// The index of the first repository of a list.
fn first_mirror(list: &Url, text: &str) -> Option<Url> {
    let first =
        text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let repository = Url::parse(&format!("{}/", first.trim_end_matches('/'))).ok()?;
    let index = repository.join(INDEX).ok()?;
    // Never from TLS to plain HTTP.
    let is_allowed = matches!((list.scheme(), index.scheme()), ("http", "http") | (_, "https"));
    is_allowed.then_some(index)
}

/// The file of updates, as an index names it.
fn updates_of(text: &str) -> Option<Updates> {
    let mut found = None;
    let read = xml::for_each(text, &["data"], &mut |element| {
        let location = element.child("location").map(|location| location.attribute("href"));
        if element.name == "data" && element.attribute("type") == "updateinfo" {
            let path = location.unwrap_or_default().to_owned();
            let digest = element.text_of("checksum").to_owned();
            let kind = element.child("checksum").map_or("", |checksum| checksum.attribute("type"));
            let checked = format!("{kind}:{digest}").parse().ok();
            found = Some(Updates { path, digest, checked });
        }
    });
    read.ok()?;
    found.filter(|updates| !updates.path.is_empty() && !updates.digest.is_empty())
}

fn is_same_place(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::super::directory::FeedsDirectory;
    use super::super::failure::words;
    use super::super::publishers::Publishers;
    use super::super::state::FetchState;
    use super::super::testing::{Publisher, options};
    use super::*;
    use crate::feed::OriginKind;

    fn index(path: &str, kind: &str, digest: &str) -> String {
        format!(
            r#"<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>1</revision>
            <data type="primary"><location href="repodata/primary.xml.gz"/></data>
            <data type="updateinfo"><checksum type="{kind}">{digest}</checksum>
            <location href="{path}"/></data></repomd>"#
        )
    }

    /// A repository whose file of updates is this.
    fn publish(publisher: &Publisher, path: &str, content: &str) {
        let digest = Digest::Sha256(Sha256::digest(content).into()).hex();
        publisher.put("core/abc/repodata/repomd.xml", index(path, "sha256", &digest));
        publisher.put(&format!("core/abc/{path}"), content);
    }

    /// Fetches and installs; what was asked for.
    fn fetch(
        publisher: &mut Publisher,
        place: &tempfile::TempDir,
        state: &mut FetchState,
    ) -> Result<Vec<String>, String> {
        let directory = FeedsDirectory::open(place.path()).unwrap();
        let publishers = Publishers::new(options().0).unwrap();
        let fetcher = Fetcher { publishers: &publishers, directory: &directory, state };
        let url = Url::parse(&format!("{}/core/mirror.list", publisher.address())).unwrap();
        let (feed, file) = ("it".to_owned(), "it/core.xml.gz".to_owned());
        let wanted = Wanted { feed, url, file, kind: OriginKind::RpmRepository };
        let mut got = fetcher.all(&[wanted], &|_| {}).remove(0).0.map_err(words)?;
        directory.install(&got.removed, &got.staged).unwrap();
        directory.settle().unwrap();
        state.files.append(&mut got.known);
        Ok(publisher.asked())
    }

    #[test]
    fn the_file_of_updates_is_fetched_where_its_index_says_otherwise_than_before() {
        let (mut publisher, place) = (Publisher::new(), tempfile::tempdir().unwrap());
        let mut state = FetchState::default();
        publisher.put("core/mirror.list", format!("{}/core/abc\n", publisher.address()));
        publish(&publisher, "repodata/1-updateinfo.xml.gz", "one");
        let steps = ["/core/mirror.list", "/core/abc/repodata/repomd.xml"];
        let first = fetch(&mut publisher, &place, &mut state).unwrap();
        assert_eq!(first, [&steps[..], &["/core/abc/repodata/1-updateinfo.xml.gz"]].concat());
        assert_eq!(fetch(&mut publisher, &place, &mut state).unwrap(), steps);
        publish(&publisher, "repodata/2-updateinfo.xml.gz", "two");
        assert_eq!(fetch(&mut publisher, &place, &mut state).unwrap().len(), 3);
    }

    #[test]
    fn a_file_of_updates_that_is_not_the_one_of_its_index_is_refused() {
        let (mut publisher, place) = (Publisher::new(), tempfile::tempdir().unwrap());
        let (path, mut state) = ("repodata/updateinfo.xml.gz", FetchState::default());
        publisher.put("core/mirror.list", format!("{}/core/abc\n", publisher.address()));
        publish(&publisher, path, "it");
        publisher.put(&format!("core/abc/{path}"), "another");
        let why = fetch(&mut publisher, &place, &mut state).unwrap_err();
        assert!(why.contains("not the one that its index names"), "{why}");
        assert!(!place.path().join("it/core.xml.gz").exists() && state.files.is_empty());
        // A digest of a kind that is not checked tells versions, and no more.
        publisher.put("core/abc/repodata/repomd.xml", index(path, "sha", "1"));
        assert!(fetch(&mut publisher, &place, &mut state).is_ok());
        assert!(fetch(&mut publisher, &place, &mut state).is_ok_and(|asked| asked.len() == 2));
    }

    #[test]
    fn indexes_without_updates_and_lists_that_lead_elsewhere_are_refused() {
        assert_eq!(updates_of("<repomd/>"), None);
        assert_eq!(updates_of(&index("", "sha256", "1")), None);
        assert_eq!(updates_of("no XML"), None);
        let list = Url::parse("https://example.com/mirror.list").unwrap();
        for (text, expected) in [
            (
                "# first\n\nhttps://cdn.example.com/x/\n",
                Some("https://cdn.example.com/x/repodata/repomd.xml"),
            ),
            ("http://cdn.example.com/x", None),
            ("file:///etc", None),
            ("", None),
        ] {
            let mirror = first_mirror(&list, text);
            assert_eq!(mirror.as_ref().map(Url::as_str), expected, "{text}");
        }
        let index = Url::parse("https://example.com/x/repodata/repomd.xml").unwrap();
        assert!(!is_same_place(&index, &index.join("https://other.example.com/").unwrap()));
    }
}
