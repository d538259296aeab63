//! Archives that can only be read from their beginning: on a pipe, or compressed as a whole.
//!
//! They name their layers last, so what might be a layer is analysed as it passes, and what might be a document is kept; at the end
//! the image is put together from both. Nothing is written to disk, and memory does not grow with the archive.

mod pass;

use std::collections::BTreeMap;
use std::io::{self, BufReader, Cursor, Read};
use std::sync::Arc;

use plimsoll_archive::{Compression, Decoder, DecoderBounds, TarReader};
use plimsoll_core::{Digest, Limits, Platform};

use super::members::{Members, Missing};
use super::{OpenOptions, Place, Request, assemble};
use crate::resolve::Origin;
use crate::{ArchiveForm, BlobOpener, Deadline, Image, IndexListing, OciError, Selector};
use pass::{Kept, Passage};

/// Bytes read from a file or pipe, and from the decoder, at a time.
const BUFFER_BYTES: usize = 128 << 10;

/// An archive that is read once, from its beginning to its end.
pub struct ArchiveStream {
    reader: Box<dyn Read + Send>,
    place: Place,
    form: Option<ArchiveForm>,
    selector: Option<Selector>,
    platform: Option<Platform>,
    limits: Limits,
    /// Opens the archive from its beginning, where that can be done again.
    again: Option<Arc<dyn BlobOpener>>,
    /// Where the image comes from, in place of the archive.
    origin: Option<Origin>,
    /// The listing through which it was reached.
    listing: Option<IndexListing>,
}

/// A member that passes and might be a layer.
#[derive(Clone, Copy, Debug)]
pub struct Passing<'a> {
    /// Its name in the archive: hostile.
    pub name: &'a str,
    /// The digest that its name says it has, as in a layout. Nothing pins it before the image's manifest is known.
    pub claimed_digest: Option<Digest>,
}

/// What analyses members that pass: it may stop reading at any time, and what it gives for members that are no layers is dropped.
pub type Analyse<'a, R> = dyn FnMut(&Passing<'_>, Box<dyn Read + Send>) -> R + Send + 'a;

/// The image of an archive that has passed.
pub struct Passed<R> {
    pub image: Image,
    /// For each layer what its analysis gave, shared by layers that are one member. `None` where the archive does not have the
    /// layer, or the layer is withheld.
    pub layers: Vec<Option<Arc<R>>>,
}

impl ArchiveStream {
    /// An archive on a pipe, compressed or not.
    ///
    /// # Errors
    /// [`OciError`] where nothing can be read.
    pub fn open(reader: Box<dyn Read + Send>, options: &OpenOptions) -> Result<Self, OciError> {
        let place = Place { what: "standard input".to_owned(), name: "-".to_owned() };
        Ok(Self::of_pipe(reader, place, None, Request::new(None, options)))
    }

    pub(super) fn of_pipe(
        reader: Box<dyn Read + Send>,
        place: Place,
        form: Option<ArchiveForm>,
        request: Request<'_>,
    ) -> Self {
        Self {
            reader,
            place,
            form,
            selector: request.selector.cloned(),
            platform: request.platform.cloned(),
            limits: *request.limits,
            again: None,
            origin: None,
            listing: None,
        }
    }

    /// An archive that can be had from its beginning more than once.
    pub(crate) fn of_source(
        source: Arc<dyn BlobOpener>,
        place: Place,
        form: Option<ArchiveForm>,
        request: Request<'_>,
    ) -> Result<Self, OciError> {
        let reader = source.open().map_err(|error| place.io(error))?;
        Ok(Self { again: Some(source), ..Self::of_pipe(reader, place, form, request) })
    }

    /// True where the layers of the image can be opened again after it has passed: each time, the archive is read from its
    /// beginning. On a pipe, opening them fails.
    #[must_use]
    pub fn can_reopen(&self) -> bool {
        self.again.is_some()
    }

    /// Reads the archive to its end. `analyse` runs on a thread of its own for one member at a time, while this one
    /// unpacks the archive.
    ///
    /// # Errors
    /// [`OciError::TimedOut`] where the deadline passes first.
    /// [`OciError`] where there is no image in it, or several and none was chosen. That the archive ends early is a problem of
    /// the image where its documents were read before.
    pub fn read<R: Send>(
        self,
        deadline: Deadline,
        analyse: &mut Analyse<'_, R>,
    ) -> Result<Passed<R>, OciError> {
        let Self { reader, place, form, selector, platform, limits, again, origin, listing } = self;
        let tar = tar_reader(deadline.bound(reader), &place, &limits);
        // Here and below before what broke off is looked at: it broke off for want of time.
        deadline.check()?;
        let passage = Passage::run(tar?, &limits, analyse);
        deadline.check()?;
        let passage = passage.map_err(|problem| place.not_a_tar(problem.as_ref()))?;
        let members = StreamMembers { passage: &passage, place: &place, limits: &limits, again };
        let request =
            Request { selector: selector.as_ref(), platform: platform.as_ref(), limits: &limits };
        let assembled = assemble(&members, &place, form, request)
            .map_err(|error| place.broken_off(error, &passage.problems))?;
        let mut image = assembled.image;
        image.problems.extend(passage.problems.iter().cloned());
        if let Some(origin) = origin {
            image.set_origin(origin);
        }
        if let Some(listing) = &listing {
            image.set_listing(listing);
        }
        let names = assembled.layer_names.iter().zip(&image.layers);
        let names: Vec<_> = names.map(|(name, layer)| (!layer.withheld).then_some(name)).collect();
        Ok(Passed { layers: passage.results(&names, analyse), image })
    }

    /// Lists what the archive has of what was asked for; its layers pass unread.
    pub(super) fn list(self) -> Result<IndexListing, OciError> {
        let Self { reader, place, form, selector, platform, limits, again, .. } = self;
        if again.is_none() {
            return Err(passes_once(&place.what));
        }
        let tar = tar_reader(reader, &place, &limits)?;
        let passage = Passage::run(tar, &limits, &mut |_: &Passing<'_>, _| ())
            .map_err(|problem| place.not_a_tar(problem.as_ref()))?;
        let members = StreamMembers { passage: &passage, place: &place, limits: &limits, again };
        let request =
            Request { selector: selector.as_ref(), platform: platform.as_ref(), limits: &limits };
        super::list_members(&members, &place, form, request)
            .map_err(|error| place.broken_off(error, &passage.problems))
    }

    /// The image is told to come from there, and not from an archive.
    pub(crate) fn with_origin(self, origin: Origin) -> Self {
        Self { origin: Some(origin), ..self }
    }

    pub(super) fn with_listing(self, listing: &IndexListing) -> Self {
        Self { listing: Some(listing.clone()), ..self }
    }
}

/// Every platform is read by itself, which an archive on a pipe does not allow.
pub(super) fn passes_once(what: &str) -> OciError {
    let detail = "more than one platform of an archive that passes only once".to_owned();
    OciError::Unsupported { what: what.to_owned(), detail }
}

type PlainTar = TarReader<BufReader<Decoder<BufReader<Box<dyn Read + Send>>>>>;

fn tar_reader(
    reader: Box<dyn Read + Send>,
    place: &Place,
    limits: &Limits,
) -> Result<PlainTar, OciError> {
    let mut buffered = BufReader::with_capacity(BUFFER_BYTES, reader);
    let prefix = io::BufRead::fill_buf(&mut buffered).map_err(|error| place.io(error))?;
    if let Some(compression) = Compression::unsupported(prefix) {
        let detail = format!("{compression} compression");
        return Err(OciError::Unsupported { what: place.what.clone(), detail });
    }
    let decoder = Decoder::new(buffered, DecoderBounds::from(limits));
    let decoder = decoder.map_err(|error| place.io(error))?;
    Ok(TarReader::new(BufReader::with_capacity(BUFFER_BYTES, decoder), limits))
}

/// The members of an archive that has passed.
struct StreamMembers<'a, R> {
    passage: &'a Passage<R>,
    place: &'a Place,
    limits: &'a Limits,
    again: Option<Arc<dyn BlobOpener>>,
}

impl<R> Members for StreamMembers<'_, R> {
    fn document(&self, name: &str) -> Result<Option<Vec<u8>>, OciError> {
        match self.passage.find(name) {
            None => Ok(None),
            Some(member) => match &member.kept {
                Kept::Document(bytes) => Ok(Some(bytes.clone())),
                Kept::Analysed(_) => Err(self.place.malformed(format!(
                    "its document `{name}` was not kept when it passed: it is no JSON, or larger than {} bytes, or the last of too many",
                    self.limits.document_bytes
                ))),
            },
        }
    }

    fn opener(&self, name: &str) -> Arc<dyn BlobOpener> {
        let Some(member) = self.passage.find(name) else { return Missing::member(name) };
        match (&self.again, &member.kept) {
            (_, Kept::Document(bytes)) => Arc::new(InMemory(bytes.clone().into())),
            (Some(archive), Kept::Analysed(_)) => Arc::new(Reopened {
                archive: Arc::clone(archive),
                place: self.place.clone(),
                name: member.name.clone(),
                position: member.position,
                limits: *self.limits,
            }),
            (None, Kept::Analysed(_)) => Arc::new(Missing {
                kind: io::ErrorKind::Unsupported,
                detail: "the archive came through a pipe and has passed".to_owned(),
            }),
        }
    }

    fn size(&self, name: &str) -> Option<u64> {
        self.passage.find(name).map(|member| member.size)
    }
}

struct InMemory(Arc<[u8]>);

impl BlobOpener for InMemory {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Cursor::new(Arc::clone(&self.0))))
    }
}

/// A member of an archive that passes, found again by its position among the entries.
struct Reopened {
    archive: Arc<dyn BlobOpener>,
    place: Place,
    name: Vec<u8>,
    position: usize,
    limits: Limits,
}

impl BlobOpener for Reopened {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let changed = || io::Error::other("the archive has changed since it was read");
        let archive = self.archive.open()?;
        let mut tar = tar_reader(archive, &self.place, &self.limits).map_err(io::Error::other)?;
        for _ in 0..self.position {
            tar.next_entry().map_err(io::Error::other)?.ok_or_else(changed)?;
        }
        let entry = tar.next_entry().map_err(io::Error::other)?.ok_or_else(changed)?;
        if entry.name == self.name { Ok(Box::new(tar)) } else { Err(changed()) }
    }
}

/// The digest in a name of the form `blobs/<algorithm>/<hexadecimal>`.
fn digest_of_name(name: &str) -> Option<Digest> {
    let (algorithm, hex) = name.strip_prefix("blobs/")?.split_once('/')?;
    format!("{algorithm}:{hex}").parse().ok()
}

/// What each of the members gave, by position: layers that are one member share one result.
type Results<R> = BTreeMap<usize, Arc<R>>;
