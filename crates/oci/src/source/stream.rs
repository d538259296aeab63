//! Archives that can only be read from their beginning: on a pipe, or compressed as a whole.
//!
//! They name their layers last, so what might be a layer is analysed as it passes, and what might be a document is kept; at the end
//! the image is put together from both. Nothing is written to disk, and memory does not grow with the archive.

#![expect(clippy::disallowed_methods, reason = "the user names the archive")]

mod pass;
mod pipe;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_archive::{Compression, Decoder, DecoderBounds, TarReader};
use plimsoll_core::{Digest, Limits, Platform};

use super::members::{Members, Missing};
use super::{OpenOptions, Place, Request, assemble};
use crate::{ArchiveForm, BlobOpener, Image, OciError, Selector};
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
    /// The file, where it is one.
    file: Option<PathBuf>,
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
        Self::of_pipe(reader, place, None, Request::new(None, options))
    }

    pub(super) fn of_pipe(
        reader: Box<dyn Read + Send>,
        place: Place,
        form: Option<ArchiveForm>,
        request: Request<'_>,
    ) -> Result<Self, OciError> {
        Ok(Self {
            reader,
            place,
            form,
            selector: request.selector.cloned(),
            platform: request.platform.cloned(),
            limits: *request.limits,
            file: None,
        })
    }

    pub(super) fn of_file(
        path: &Path,
        place: Place,
        form: Option<ArchiveForm>,
        request: Request<'_>,
    ) -> Result<Self, OciError> {
        let file = File::open(path).map_err(|error| place.io(error))?;
        let stream = Self::of_pipe(Box::new(file), place, form, request)?;
        Ok(Self { file: Some(path.to_owned()), ..stream })
    }

    /// True where the layers of the image can be opened again after it has passed: each time, the archive is read from its
    /// beginning. On a pipe, opening them fails.
    #[must_use]
    pub fn can_reopen(&self) -> bool {
        self.file.is_some()
    }

    /// Reads the archive to its end. `analyse` runs on a thread of its own for one member at a time, while this one
    /// unpacks the archive.
    ///
    /// # Errors
    /// [`OciError`] where there is no image in it, or several and none was chosen. That the archive ends early is a problem of
    /// the image where its documents were read before.
    pub fn read<R: Send>(self, analyse: &mut Analyse<'_, R>) -> Result<Passed<R>, OciError> {
        let Self { reader, place, form, selector, platform, limits, file } = self;
        let tar = tar_reader(reader, &place, &limits)?;
        let passage = Passage::run(tar, &limits, analyse)
            .map_err(|problem| place.not_a_tar(problem.as_ref()))?;
        let members = StreamMembers { passage: &passage, place: &place, limits: &limits, file };
        let request =
            Request { selector: selector.as_ref(), platform: platform.as_ref(), limits: &limits };
        let assembled = assemble(&members, &place, form, request)
            .map_err(|error| place.broken_off(error, &passage.problems))?;
        let mut image = assembled.image;
        image.problems.extend(passage.problems.iter().cloned());
        let names = assembled.layer_names.iter().zip(&image.layers);
        let names: Vec<_> = names.map(|(name, layer)| (!layer.withheld).then_some(name)).collect();
        Ok(Passed { layers: passage.results(&names, analyse), image })
    }
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
    file: Option<PathBuf>,
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
        match (&self.file, &member.kept) {
            (_, Kept::Document(bytes)) => Arc::new(InMemory(bytes.clone().into())),
            (Some(file), Kept::Analysed(_)) => Arc::new(Reopened {
                file: file.clone(),
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

/// A member of a compressed file, found again by its position among the entries.
struct Reopened {
    file: PathBuf,
    name: Vec<u8>,
    position: usize,
    limits: Limits,
}

impl BlobOpener for Reopened {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let changed = || io::Error::other("the archive has changed since it was read");
        let file: Box<dyn Read + Send> = Box::new(File::open(&self.file)?);
        let place = Place::of_file(&self.file);
        let mut tar = tar_reader(file, &place, &self.limits).map_err(io::Error::other)?;
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
