use std::io::{self, BufRead, Read};

use plimsoll_core::{Limits, Problem, ProblemKind};

use super::blocks::Blocks;
use super::header::{Header, entry_kind, has_content};
use super::pax::PaxRecords;
use super::sparse::{Extent, MapLines, MapState, SparseFile, Stretch, extents_of_block};
use super::{BLOCK_BYTES, TarEntry, TarEntryKind, TarError, padding_of};
use crate::StreamError;

/// Reads an archive from its beginning to its end.
///
/// After [`TarReader::next_entry`] the reader itself reads the content of that entry, holes of sparse files as zeros; what is
/// left unread is skipped inside the buffers of the stream below, without copying. Memory does not depend on what headers
/// declare: long names and extended headers are bounded by [`Limits::tar_header_bytes`].
pub struct TarReader<R> {
    blocks: Blocks<R>,
    limits: Limits,
    content: Content,
    /// First bytes of the content that were looked at before they were read.
    peeked: [u8; TarReader::<()>::PEEK_BYTES],
    peeked_range: std::ops::Range<usize>,
    /// Zeros of holes that may still be given: an archive of a few bytes must not keep its readers busy for ever.
    hole_budget: u64,
    problems: Vec<Problem>,
    problems_dropped: u64,
    finished: bool,
}

/// The current entry's content.
#[derive(Default)]
struct Content {
    /// Stored bytes not consumed yet.
    stored: u64,
    padding: u64,
    sparse: Option<SparseFile>,
    /// Why it cannot be read although it can be skipped.
    unreadable: Option<StreamError>,
}

/// What the headers before an entry's own say about it.
#[derive(Default)]
struct Announced {
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
    pax: PaxRecords,
    /// True where something said was too long to be read, so that the entry's name is not known.
    too_long: bool,
    any: bool,
}

impl TarReader<()> {
    /// The bytes of content that [`TarReader::peek`] gives at most.
    pub const PEEK_BYTES: usize = 64;
}

impl<R: BufRead> TarReader<R> {
    pub fn new(stream: R, limits: &Limits) -> Self {
        Self {
            blocks: Blocks::new(stream),
            limits: *limits,
            content: Content::default(),
            peeked: [0; TarReader::<()>::PEEK_BYTES],
            peeked_range: 0..0,
            hole_budget: limits.file_bytes,
            problems: Vec::new(),
            problems_dropped: 0,
            finished: false,
        }
    }

    /// The next entry; `None` at the archive's end, and ever after an error.
    pub fn next_entry(&mut self) -> Result<Option<TarEntry>, TarError> {
        if self.finished {
            return Ok(None);
        }
        let result = self.skip_content().and_then(|()| self.read_entry());
        self.finished = !matches!(result, Ok(Some(_)));
        result
    }

    /// Looks at the first bytes of the content before any of it was read: as many as fit, the content has, and
    /// [`TarReader::PEEK_BYTES`] allows. An error shows itself when the content is read.
    pub fn peek(&mut self, buffer: &mut [u8]) -> usize {
        let wanted = buffer.len().min(self.peeked.len());
        if self.content.is_plain()
            && let Ok(available) = self.blocks.available()
        {
            let stored = usize::try_from(self.content.stored).unwrap_or(usize::MAX);
            if let Some(bytes) = available.get(..wanted.min(stored)) {
                buffer[..bytes.len()].copy_from_slice(bytes);
                return bytes.len();
            }
        }
        let mut peeked = [0; TarReader::<()>::PEEK_BYTES];
        let mut length = 0;
        while length < wanted {
            match self.read_content(&mut peeked[length..wanted]) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        buffer[..length].copy_from_slice(&peeked[..length]);
        (self.peeked, self.peeked_range) = (peeked, 0..length);
        length
    }

    /// What was wrong with single entries, and is not told again; and how many such problems were dropped.
    pub fn take_problems(&mut self) -> (Vec<Problem>, u64) {
        (std::mem::take(&mut self.problems), std::mem::take(&mut self.problems_dropped))
    }

    /// The stream, which stands behind the last block that was read.
    pub fn into_inner(self) -> R {
        self.blocks.into_inner()
    }

    /// Passes over the rest of the content by moving the stream with `skip`, where it has a better way than reading.
    pub(super) fn skip_content_with(&mut self, skip: impl FnOnce(&mut R, u64)) {
        let content = std::mem::take(&mut self.content);
        self.peeked_range = 0..0;
        self.blocks.skip_with(content.stored.saturating_add(content.padding), skip);
    }

    fn skip_content(&mut self) -> Result<(), TarError> {
        let content = std::mem::take(&mut self.content);
        self.peeked_range = 0..0;
        self.blocks.skip(content.stored)?;
        // Careless writers leave out the last entry's padding.
        self.blocks.skip_available(content.padding)?;
        Ok(())
    }

    fn read_entry(&mut self) -> Result<Option<TarEntry>, TarError> {
        let mut announced = Announced::default();
        loop {
            let Some(block) = self.blocks.read_block()? else {
                return if announced.any { Err(self.blocks.truncated()) } else { Ok(None) };
            };
            if block.iter().all(|&byte| byte == 0) {
                return self.read_end();
            }
            let header = Header::parse(block).map_err(|detail| self.blocks.malformed(detail))?;
            match header.type_flag {
                b'x' | b'L' | b'K' => self.read_announcement(&header, &mut announced)?,
                b'g' => self.read_global_header(&header)?,
                _ => {
                    let announced = std::mem::take(&mut announced);
                    if let Some(entry) = self.begin_entry(&header, announced)? {
                        return Ok(Some(entry));
                    }
                    self.skip_content()?;
                }
            }
        }
    }

    /// One zero block was read. The archive ends with two, or with the stream behind the first.
    fn read_end(&mut self) -> Result<Option<TarEntry>, TarError> {
        match self.blocks.read_block()? {
            Some(block) if block.iter().any(|&byte| byte != 0) => {
                Err(self.blocks.malformed("a lone block of zeros is followed by other data"))
            }
            _ => Ok(None),
        }
    }

    fn read_announcement(
        &mut self,
        header: &Header,
        announced: &mut Announced,
    ) -> Result<(), TarError> {
        announced.any = true;
        let Some(record) = self.read_record(header)? else {
            announced.too_long = true;
            return Ok(());
        };
        let name = |record: &[u8]| Some(super::header::text(record).to_vec());
        match header.type_flag {
            b'L' => announced.long_name = name(&record),
            b'K' => announced.long_link = name(&record),
            _ => {
                let (records, problem) = PaxRecords::parse(&record);
                announced.pax = records;
                problem.into_iter().for_each(|problem| self.add_problem(problem));
            }
        }
        Ok(())
    }

    /// Container runtimes read global headers and apply none of them, so neither are they here; one that would rename
    /// or resize files is named.
    fn read_global_header(&mut self, header: &Header) -> Result<(), TarError> {
        if let Some(record) = self.read_record(header)? {
            let (records, problem) = PaxRecords::parse(&record);
            let detail = "a global PAX header that changes names or sizes is not applied";
            let ignored = (records != PaxRecords::default())
                .then(|| Problem::new(ProblemKind::Unsupported, detail));
            problem.into_iter().chain(ignored).for_each(|problem| self.add_problem(problem));
        }
        Ok(())
    }

    /// The content of an extended header or long name; `None`, and a problem, where it is longer than is read.
    fn read_record(&mut self, header: &Header) -> Result<Option<Vec<u8>>, TarError> {
        let padding = padding_of(header.size);
        let limit = self.limits.tar_header_bytes;
        let Some(size) = usize::try_from(header.size).ok().filter(|&size| size <= limit) else {
            let detail = format!(
                "an extended tar header of {} bytes, more than the {limit} that are read",
                header.size
            );
            self.add_problem(Problem::new(ProblemKind::LimitExceeded, detail));
            self.blocks.skip(header.size)?;
            self.blocks.skip(padding)?;
            return Ok(None);
        };
        let mut record = vec![0; size];
        self.blocks.read_exact(&mut record)?;
        self.blocks.skip(padding)?;
        Ok(Some(record))
    }

    /// Puts the entry together and makes its content readable; `None` where its name is not known.
    fn begin_entry(
        &mut self,
        header: &Header,
        announced: Announced,
    ) -> Result<Option<TarEntry>, TarError> {
        let Announced { long_name, long_link, pax, too_long, .. } = announced;
        let size = match pax.size {
            Some(Ok(size)) => size,
            Some(Err(())) => {
                return Err(self.blocks.malformed("the PAX header's size is not a number"));
            }
            None => header.size,
        };
        let name =
            long_name.or(pax.sparse.name.clone()).or(pax.path).unwrap_or_else(|| header.name());
        let kind = entry_kind(header.type_flag, &name);
        let stored = if has_content(kind) { size } else { 0 };
        self.content =
            Content { stored, padding: padding_of(stored), sparse: None, unreadable: None };
        if too_long {
            return Ok(None);
        }
        let real_size = match header.type_flag {
            b'S' => Some(self.begin_old_sparse(header)?),
            _ if kind == TarEntryKind::File && pax.sparse.is_sparse() => {
                let real_size = pax.sparse.real_size.unwrap_or(stored);
                let extents = match pax.sparse.version {
                    None | Some((0, 0 | 1)) => pax.sparse.extents(),
                    Some((1, 0)) => self.read_sparse_map()?,
                    Some(_) => None,
                };
                self.begin_sparse(extents, real_size);
                Some(real_size)
            }
            _ => None,
        };
        let link = matches!(kind, TarEntryKind::Symlink | TarEntryKind::HardLink)
            .then(|| long_link.or(pax.link).unwrap_or_else(|| header.link()));
        let (device_major, device_minor) = header.device();
        Ok(Some(TarEntry {
            name,
            kind,
            link,
            size: real_size.unwrap_or(stored),
            mode: header.mode(),
            device_major,
            device_minor,
            data_offset: self.blocks.position(),
            stored_size: self.content.stored,
            sparse: real_size.is_some(),
        }))
    }

    /// The map of an old GNU sparse file: four extents in the header, 21 in each extension block. Gives the file's size.
    fn begin_old_sparse(&mut self, header: &Header) -> Result<u64, TarError> {
        let block = header.block();
        let real_size = super::header::number(&block[483..495])
            .ok_or_else(|| self.blocks.malformed("the size of a sparse file is not a number"))?;
        let mut extents = extents_of_block(&block[386..482]);
        let mut extended = block[482] != 0;
        while extended {
            let block = self.blocks.read_block()?.ok_or_else(|| self.blocks.truncated())?;
            extended = block[504] != 0;
            if let Some(known) = &mut extents
                && let Some(more) = extents_of_block(&block[..504])
                && (known.len() + more.len()) * size_of::<Extent>() <= self.limits.tar_header_bytes
            {
                known.extend(more);
            } else {
                extents = None;
            }
        }
        self.begin_sparse(extents, real_size);
        Ok(real_size)
    }

    /// The map of a PAX 1.0 sparse file, which stands in whole blocks before its content.
    fn read_sparse_map(&mut self) -> Result<Option<Vec<Extent>>, TarError> {
        let mut lines = MapLines::default();
        let most = self.content.stored.min(self.limits.tar_header_bytes as u64);
        for _ in 0..most / BLOCK_BYTES as u64 {
            let block = self.blocks.read_block()?.ok_or_else(|| self.blocks.truncated())?;
            self.content.stored -= BLOCK_BYTES as u64;
            match lines.feed(&block) {
                MapState::Unfinished => {}
                MapState::Whole(extents) => return Ok(Some(extents)),
                MapState::Malformed => return Ok(None),
            }
        }
        Ok(None)
    }

    fn begin_sparse(&mut self, extents: Option<Vec<Extent>>, size: u64) {
        self.content.sparse =
            extents.and_then(|extents| SparseFile::new(extents, size, self.content.stored));
        if self.content.sparse.is_none() {
            let detail = "its map is malformed or too long".to_owned();
            self.content.unreadable = Some(StreamError::Corrupt { what: "sparse file", detail });
        }
    }

    fn read_content(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = &self.content.unreadable {
            return Err(error.clone().into());
        }
        let Some(sparse) = &mut self.content.sparse else {
            return self.read_stored(buffer, u64::MAX);
        };
        match sparse.stretch() {
            Stretch::End => Ok(0),
            Stretch::Stored(length) => {
                let count = self.read_stored(buffer, length)?;
                self.content.advance_sparse(count);
                Ok(count)
            }
            Stretch::Hole(length) => {
                let count = buffer.len().min(usize::try_from(length).unwrap_or(usize::MAX));
                let Some(budget) = self.hole_budget.checked_sub(count as u64) else {
                    let detail = "the holes of the archive's sparse files are too large".to_owned();
                    return Err(StreamError::LimitExceeded { detail }.into());
                };
                self.hole_budget = budget;
                buffer[..count].fill(0);
                self.content.advance_sparse(count);
                Ok(count)
            }
        }
    }

    fn read_stored(&mut self, buffer: &mut [u8], most: u64) -> io::Result<usize> {
        let most = usize::try_from(most.min(self.content.stored)).unwrap_or(usize::MAX);
        let length = buffer.len().min(most);
        if length == 0 {
            return Ok(0);
        }
        let count = self.blocks.read(&mut buffer[..length])?;
        if count == 0 {
            return Err(StreamError::Truncated { what: "tar archive" }.into());
        }
        self.content.stored -= count as u64;
        Ok(count)
    }

    fn add_problem(&mut self, problem: Problem) {
        if self.problems.len() < self.limits.problems {
            self.problems.push(problem);
        } else {
            self.problems_dropped += 1;
        }
    }
}

impl Content {
    fn is_plain(&self) -> bool {
        self.sparse.is_none() && self.unreadable.is_none()
    }

    fn advance_sparse(&mut self, count: usize) {
        if let Some(sparse) = &mut self.sparse {
            sparse.advance(count as u64);
        }
    }
}

/// Reads the current entry's content.
impl<R: BufRead> Read for TarReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.peeked_range.is_empty() {
            return self.read_content(buffer);
        }
        let mut rest = &self.peeked[self.peeked_range.clone()];
        let count = rest.read(buffer)?;
        self.peeked_range.start += count;
        Ok(count)
    }
}
