//! Archives in files: indexed by seeking, their layers read from where they lie.

#![expect(clippy::disallowed_methods, reason = "the user names the archive")]

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_archive::{Compression, FileBytes, ReadAt, StreamError, TarEntry, TarIndex};
use plimsoll_core::{Limits, Problem};
use rustix::fs::OFlags;

use super::layout::read_document;
use super::members::{Members, Missing, NameTable};
use super::stream::ArchiveStream;
use super::{Opened, Place, Request, assemble};
use crate::{ArchiveForm, BlobOpener, IndexListing, OciError};

/// Opens an archive. What is compressed as a whole, or is a pipe, can only be read from its beginning.
pub(crate) fn open(
    path: &Path,
    form: Option<ArchiveForm>,
    request: Request<'_>,
) -> Result<Opened, OciError> {
    match Archive::open(path, form, request)? {
        Archive::Stream(stream) => Ok(Opened::Stream(stream)),
        Archive::Plain(members) => {
            let mut image = assemble(members.as_ref(), &members.place, form, request)
                .map_err(|error| members.place.broken_off(error, &members.problems))?
                .image;
            image.problems.extend(members.problems);
            Ok(Opened::Image(Box::new(image)))
        }
    }
}

/// Lists what an archive has of what was asked for.
pub(crate) fn list(
    path: &Path,
    form: Option<ArchiveForm>,
    request: Request<'_>,
) -> Result<IndexListing, OciError> {
    match Archive::open(path, form, request)? {
        Archive::Stream(stream) => stream.list(),
        Archive::Plain(members) => {
            super::list_members(members.as_ref(), &members.place, form, request)
                .map_err(|error| members.place.broken_off(error, &members.problems))
        }
    }
}

/// An archive, indexed where that can be done.
enum Archive {
    Plain(Box<FileMembers>),
    Stream(Box<ArchiveStream>),
}

impl Archive {
    fn open(
        path: &Path,
        form: Option<ArchiveForm>,
        request: Request<'_>,
    ) -> Result<Self, OciError> {
        let place = Place::of_file(path);
        let file = open_file(path, &place)?;
        let kind = file.metadata().map_err(|error| place.io(error))?.file_type();
        refuse(kind, &place)?;
        if kind.is_fifo() {
            let pipe = written_pipe(file, &place)?;
            let stream = ArchiveStream::of_pipe(Box::new(pipe), place, form, request);
            return Ok(Self::Stream(Box::new(stream)));
        }
        let bytes = FileBytes::new(file).map_err(|error| place.io(error))?;
        let mut prefix = [0; 6];
        let length = bytes.read_at(0, &mut prefix).map_err(|error| place.io(error))?;
        let prefix = &prefix[..length];
        if let Some(compression) = Compression::unsupported(prefix) {
            let detail = format!("{compression} compression");
            return Err(OciError::Unsupported { what: place.what, detail });
        }
        if Compression::detect(prefix) != Compression::None {
            let again = Arc::new(WholeFile(path.to_owned()));
            let stream = ArchiveStream::of_source(again, place, form, request)?;
            return Ok(Self::Stream(Box::new(stream)));
        }
        let members = FileMembers::index(Arc::new(bytes), place, request.limits)?;
        Ok(Self::Plain(Box::new(members)))
    }
}

/// Opens without waiting: a pipe to which nobody writes, and much of what is a device, would hold the scan up for ever.
fn open_file(path: &Path, place: &Place) -> Result<File, OciError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => OciError::NotFound { what: place.what.clone(), hint: None },
        _ => place.io(error),
    };
    // A socket cannot be opened at all, and to open a device may do something.
    refuse(std::fs::metadata(path).map_err(failed)?.file_type(), place)?;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(failed)
}

/// Fails for all that is neither a file nor a pipe.
fn refuse(kind: std::fs::FileType, place: &Place) -> Result<(), OciError> {
    let what = match () {
        () if kind.is_file() || kind.is_fifo() => return Ok(()),
        () if kind.is_dir() => {
            "a directory\nhint: write dir: before a root file system, oci: before a layout"
        }
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(place.not_an_image(format!("it is {what}")))
}

/// A pipe that somebody writes to, from its beginning. Until it was read from, it cannot be told from one that nobody does.
fn written_pipe(mut pipe: File, place: &Place) -> Result<impl Read + Send + use<>, OciError> {
    let mut first = vec![0; 4 << 10];
    match pipe.read(&mut first) {
        Ok(0) => return Err(place.not_an_image("it is a pipe that nobody writes to")),
        Ok(count) => first.truncate(count),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => first.clear(),
        Err(error) => return Err(place.io(error)),
    }
    // From here on whoever reads waits for whoever writes.
    rustix::fs::fcntl_setfl(&pipe, OFlags::empty()).map_err(|error| place.io(error.into()))?;
    Ok(io::Cursor::new(first).chain(pipe))
}

/// The archive's file from its beginning.
struct WholeFile(PathBuf);

impl BlobOpener for WholeFile {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(&self.0)?))
    }
}

struct FileMembers {
    bytes: Arc<FileBytes>,
    names: NameTable<TarEntry>,
    place: Place,
    limits: Limits,
    /// What was wrong with the archive itself.
    problems: Vec<Problem>,
}

impl FileMembers {
    fn index(bytes: Arc<FileBytes>, place: Place, limits: &Limits) -> Result<Self, OciError> {
        let TarIndex { entries, problems } = TarIndex::read(bytes.as_ref(), limits);
        if entries.is_empty() {
            return Err(place.not_a_tar(problems.first()));
        }
        let mut names = NameTable::default();
        for entry in entries {
            names.insert(&entry, Some(entry.clone()));
        }
        Ok(Self { bytes, names, place, limits: *limits, problems })
    }

    fn find(&self, name: &str) -> Option<&TarEntry> {
        self.names.find(name, self.limits.link_steps)
    }

    fn region(&self, entry: &TarEntry) -> Region {
        Region {
            bytes: Arc::clone(&self.bytes),
            offset: entry.data_offset,
            length: entry.stored_size,
        }
    }
}

impl Members for FileMembers {
    fn document(&self, name: &str) -> Result<Option<Vec<u8>>, OciError> {
        let Some(entry) = self.find(name).filter(|entry| !entry.sparse) else { return Ok(None) };
        // Of one that the archive's end cuts off there is what there is, as on a pipe.
        let mut region = self.region(entry);
        region.length = region.length.min(self.bytes.size().saturating_sub(region.offset));
        read_document(&mut region.reader(), name, &self.place, &self.limits).map(Some)
    }

    fn opener(&self, name: &str) -> Arc<dyn BlobOpener> {
        match self.find(name) {
            Some(entry) if entry.sparse => Arc::new(Missing {
                kind: io::ErrorKind::Unsupported,
                detail: format!("`{name}` is stored as a sparse file"),
            }),
            Some(entry) => Arc::new(self.region(entry)),
            None => Missing::member(name),
        }
    }

    fn size(&self, name: &str) -> Option<u64> {
        self.find(name).map(|entry| entry.size)
    }
}

/// Consecutive bytes of the archive's file.
#[derive(Clone)]
struct Region {
    bytes: Arc<FileBytes>,
    offset: u64,
    length: u64,
}

impl Region {
    fn reader(&self) -> RegionReader {
        let end = self.offset.saturating_add(self.length);
        RegionReader { bytes: Arc::clone(&self.bytes), offset: self.offset, end }
    }
}

impl BlobOpener for Region {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(self.reader()))
    }
}

/// Reads with `pread`, so that any number of layers are read at once through one descriptor. It has no buffer: whoever
/// decompresses has one.
struct RegionReader {
    bytes: Arc<FileBytes>,
    offset: u64,
    end: u64,
}

impl Read for RegionReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(self.end.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let length = buffer.len().min(rest);
        let count = self.bytes.read_at(self.offset, &mut buffer[..length])?;
        if count == 0 && length > 0 {
            return Err(StreamError::Truncated { what: "tar archive" }.into());
        }
        self.offset = self.offset.saturating_add(count as u64);
        Ok(count)
    }
}
