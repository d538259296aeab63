//! Repositories of rpm packages: their index (`repodata/repomd.xml`) names the file of updates and its digest. Amazon's repositories
//! stand behind a `mirror.list`, whose first line is where the repository is.

use plimsoll_http::Url;

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
}

impl Fetcher<'_> {
    /// The file of updates, where it is another one than is there.
    pub(super) fn rpm_repository(&self, wanted: &Wanted) -> Result<Got, Failure> {
        let index = if wanted.url.path().ends_with("/mirror.list") {
            let list = text_of(self.publishers, &wanted.url, MIRROR_LIST_BYTES)?;
            first_mirror(&wanted.url, &list).ok_or_else(|| unusable("list of mirrors"))?
        } else {
            wanted.url.clone()
        };
        let text = text_of(self.publishers, &index, INDEX_BYTES)?;
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
            found = Some(Updates { path, digest: element.text_of("checksum").to_owned() });
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
    use super::super::directory::FeedsDirectory;
    use super::super::publishers::Publishers;
    use super::super::state::FetchState;
    use super::super::testing::{Publisher, options};
    use super::*;
    use crate::feed::OriginKind;

    fn index(path: &str, digest: &str) -> String {
        format!(
            r#"<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>1</revision>
            <data type="primary"><location href="repodata/primary.xml.gz"/></data>
            <data type="updateinfo"><checksum type="sha256">{digest}</checksum>
            <location href="{path}"/></data></repomd>"#
        )
    }

    /// Fetches and installs; what was asked for.
    fn fetch(
        publisher: &mut Publisher,
        place: &tempfile::TempDir,
        state: &mut FetchState,
    ) -> Vec<String> {
        let directory = FeedsDirectory::open(place.path()).unwrap();
        let publishers = Publishers::new(options().0).unwrap();
        let fetcher = Fetcher { publishers: &publishers, directory: &directory, state };
        let url = Url::parse(&format!("{}/core/mirror.list", publisher.address())).unwrap();
        let (feed, file) = ("it".to_owned(), "it/core.xml.gz".to_owned());
        let wanted = Wanted { feed, url, file, kind: OriginKind::RpmRepository };
        let mut got = fetcher.all(&[wanted], &|_| {}).remove(0).0.unwrap();
        directory.install(&got.removed, &got.staged).unwrap();
        directory.settle().unwrap();
        state.files.append(&mut got.known);
        publisher.asked()
    }

    #[test]
    fn the_file_of_updates_is_fetched_where_its_index_says_otherwise_than_before() {
        let (mut publisher, place) = (Publisher::new(), tempfile::tempdir().unwrap());
        let mut state = FetchState::default();
        publisher.put("core/mirror.list", format!("{}/core/abc\n", publisher.address()));
        publisher.put("core/abc/repodata/repomd.xml", index("repodata/1-updateinfo.xml.gz", "1"));
        publisher.put("core/abc/repodata/1-updateinfo.xml.gz", "one");
        let steps = ["/core/mirror.list", "/core/abc/repodata/repomd.xml"];
        let first = fetch(&mut publisher, &place, &mut state);
        assert_eq!(first, [&steps[..], &["/core/abc/repodata/1-updateinfo.xml.gz"]].concat());
        assert_eq!(fetch(&mut publisher, &place, &mut state), steps);
        publisher.put("core/abc/repodata/repomd.xml", index("repodata/2-updateinfo.xml.gz", "2"));
        publisher.put("core/abc/repodata/2-updateinfo.xml.gz", "two");
        assert_eq!(fetch(&mut publisher, &place, &mut state).len(), 3);
    }

    #[test]
    fn indexes_without_updates_and_lists_that_lead_elsewhere_are_refused() {
        assert_eq!(updates_of("<repomd/>"), None);
        assert_eq!(updates_of(&index("", "1")), None);
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
