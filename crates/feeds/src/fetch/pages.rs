//! What is given out page by page, newest records first: all pages, put together into one archive with a document for each.
//!
//! A record that comes in meanwhile moves others to the next page, where they are read a second time; none is missed.

#![expect(clippy::disallowed_methods, reason = "what is fetched lies below the directory of feeds")]

use std::fs::File;
use std::io;
use std::path::Path;

use plimsoll_http::header::{ACCEPT, HeaderValue};
use plimsoll_http::{Request, Url};
use serde::Deserialize;

use super::directory::make_parent;
use super::download::text_of;
use super::failure::{Failure, refused};
use super::fetcher::{Fetcher, Got};
use super::state::{FileState, Version};
use super::wanted::Wanted;

/// Pages of one origin.
const MOST_PAGES: u64 = 2_000;
/// Bytes of one page.
const PAGE_BYTES: u64 = 64 << 20;
const ZSTD_LEVEL: i32 = 3;

/// What a page says of how many there are, in one of these ways.
#[derive(Deserialize)]
struct Page {
    pages: Option<u64>,
    /// Records, of which a page has `size`.
    total: Option<u64>,
    size: Option<u64>,
}

impl Page {
    fn count(&self) -> Option<u64> {
        let size = self.size.filter(|size| *size > 0);
        self.pages.or_else(|| Some(self.total?.div_ceil(size?)))
    }
}

impl Fetcher<'_> {
    /// All pages, where they are others than are there.
    pub(super) fn pages(&self, wanted: &Wanted) -> Result<Got, Failure> {
        let address = Address::of(&wanted.url).ok_or_else(|| refused("its address has no page"))?;
        let target = self.directory.incoming(&wanted.file);
        let written = |error: io::Error| refused(format!("it cannot be written: {error}"));
        let mut archive = Archive::new(&target).map_err(written)?;
        let (mut read, mut count) = (0, 1);
        while read < count {
            let text = self.page(&address.page(read)?)?;
            let page: Page =
                serde_json::from_str(&text).map_err(|_| refused("a page of it cannot be read"))?;
            count = page.count().ok_or_else(|| refused("it does not say how many pages it has"))?;
            if count > MOST_PAGES {
                return Err(refused(format!("it has {count} pages, too many to be fetched")));
            }
            archive.add(read, text.as_bytes()).map_err(written)?;
            read += 1;
        }
        let (transferred, digest) = (archive.bytes, archive.finish().map_err(written)?);
        if let Some(known) = self.known(wanted).filter(|known| known.archive == digest) {
            return Ok(Got { transferred, ..self.unchanged(wanted, known) });
        }
        let bytes = std::fs::metadata(&target).map_err(written)?.len();
        let file = self.file_state(wanted, bytes, Version::default());
        let known = [(wanted.file.clone(), FileState { archive: digest, ..file })].into();
        Ok(Got { transferred, staged: vec![wanted.file.clone()], known, ..Got::default() })
    }

    fn page(&self, url: &Url) -> Result<String, Failure> {
        let request = Request::get(url.clone());
        let json = HeaderValue::from_static("application/json");
        text_of(self.publishers, &request.with(ACCEPT, json), PAGE_BYTES)
    }
}

/// An address with a place for the number of a page: `{0}` or `{1}`, which is also that of the first.
struct Address<'a> {
    before: &'a str,
    first: u64,
    after: &'a str,
}

impl<'a> Address<'a> {
    fn of(url: &'a Url) -> Option<Self> {
        [("{0}", 0), ("{1}", 1)].into_iter().find_map(|(place, first)| {
            let (before, after) = url.as_str().split_once(place)?;
            Some(Self { before, first, after })
        })
    }

    /// The address of a page, by how many come before it.
    fn page(&self, earlier: u64) -> Result<Url, Failure> {
        let Self { before, first, after } = self;
        let number = first.saturating_add(earlier);
        Url::parse(&format!("{before}{number}{after}")).map_err(|_| refused("its address is none"))
    }
}

/// A tar, compressed, with the pages so far.
struct Archive {
    tar: tar::Builder<zstd::Encoder<'static, File>>,
    hasher: blake3::Hasher,
    /// Of the pages.
    bytes: u64,
}

impl Archive {
    fn new(path: &Path) -> io::Result<Self> {
        make_parent(path)?;
        let encoder = zstd::Encoder::new(File::create(path)?, ZSTD_LEVEL)?;
        Ok(Self { tar: tar::Builder::new(encoder), hasher: blake3::Hasher::new(), bytes: 0 })
    }

    fn add(&mut self, number: u64, page: &[u8]) -> io::Result<()> {
        let length = page.len() as u64;
        self.bytes = self.bytes.saturating_add(length);
        self.hasher.update(&length.to_le_bytes()).update(page);
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(length);
        self.tar.append_data(&mut header, format!("page-{number:05}.json"), page)
    }

    /// The digest of the pages.
    fn finish(self) -> io::Result<String> {
        self.tar.into_inner()?.finish()?.sync_all()?;
        Ok(self.hasher.finalize().to_hex().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::super::directory::FeedsDirectory;
    use super::super::failure::words;
    use super::super::publishers::Publishers;
    use super::super::state::FetchState;
    use super::super::testing::{Publisher, options};
    use super::*;
    use crate::feed::OriginKind;
    use crate::input::{Next, find};

    const FILE: &str = "it/errata.tar.zst";

    struct Client {
        publisher: Publisher,
        place: tempfile::TempDir,
        state: FetchState,
        address: &'static str,
    }

    impl Client {
        fn new(address: &'static str) -> Self {
            let (publisher, state) = (Publisher::new(), FetchState::default());
            Self { publisher, place: tempfile::tempdir().unwrap(), state, address }
        }

        /// Fetches and installs: what was asked for, and whether anything was new.
        fn fetch(&mut self) -> Result<(Vec<String>, bool), String> {
            let directory = FeedsDirectory::open(self.place.path()).unwrap();
            let publishers = Publishers::new(options().0).unwrap();
            let state = &self.state;
            let fetcher = Fetcher { publishers: &publishers, directory: &directory, state };
            let url = format!("{}{}", self.publisher.address(), self.address);
            let (url, file) = (Url::parse(&url).unwrap(), FILE.to_owned());
            let kind = OriginKind::of(self.address);
            assert_eq!(kind, OriginKind::Pages);
            let wanted = Wanted { feed: "it".to_owned(), url, file, kind };
            let mut got = fetcher.all(&[wanted], &|_| {}).remove(0).0.map_err(words)?;
            directory.install(&got.removed, &got.staged).unwrap();
            directory.settle().unwrap();
            self.state.files.append(&mut got.known);
            Ok((self.publisher.asked(), !got.staged.is_empty()))
        }

        fn documents(&self) -> Vec<String> {
            let mut documents = Vec::new();
            let input = find(self.place.path()).unwrap().inputs.remove(0);
            let mut keep = |path: String, bytes: Vec<u8>| {
                documents.push(format!("{path}: {}", String::from_utf8(bytes).unwrap()));
                Next::Continue
            };
            input.read(&plimsoll_core::Limits::default(), &mut keep).unwrap();
            documents
        }
    }

    #[test]
    fn pages_are_followed_to_the_last_and_replaced_as_one() {
        let mut client = Client::new("/errata?size=2&page={1}");
        let (one, two) = (r#"{"a":1,"total":3,"size":2}"#, r#"{"a":2,"total":3,"size":2}"#);
        client.publisher.put("errata?size=2&page=1", one).put("errata?size=2&page=2", two);
        let asked = ["/errata?size=2&page=1", "/errata?size=2&page=2"].map(str::to_owned).to_vec();
        assert_eq!(client.fetch(), Ok((asked.clone(), true)));
        let named = |number, text| format!("{FILE}!/page-0000{number}.json: {text}");
        assert_eq!(client.documents(), [named(0, one), named(1, two)]);
        assert_eq!(client.fetch(), Ok((asked, false)));
        let only = r#"{"a":3,"pages":1}"#;
        client.publisher.put("errata?size=2&page=1", only);
        assert!(client.fetch().is_ok_and(|(asked, is_new)| asked.len() == 1 && is_new));
        assert_eq!(client.documents(), [named(0, only)]);
    }

    #[test]
    fn pages_without_an_end_or_a_form_are_refused_and_the_old_ones_stay() {
        let mut client = Client::new("/errata?page={0}&x=1");
        client.publisher.put("errata?page=0&x=1", r#"{"pages":1}"#);
        assert!(client.fetch().is_ok());
        for (page, why) in [
            (r#"{"pages":1000000}"#, "too many"),
            (r#"{"total":3,"size":0}"#, "how many pages"),
            ("<html>", "cannot be read"),
            (r#"{"pages":2}"#, "does not have it"),
        ] {
            client.publisher.put("errata?page=0&x=1", page);
            let told = client.fetch().unwrap_err();
            assert!(told.contains(why), "{page}: {told}");
            assert_eq!(client.documents().len(), 1);
        }
    }
}
