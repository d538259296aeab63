use std::io::{self, BufRead, Read};
use std::sync::Arc;

use plimsoll_archive::StreamError;

use super::hasher::{Buffer, Feed};

/// Reads a stream into shared buffers, each of which also goes to the hasher the moment it is full.
///
/// A buffer is filled to its end wherever the stream has as much, so that whoever walks the buffers meets few boundaries. An
/// error comes after the bytes before it, and comes again on every later read.
pub(super) struct SharedReader<R> {
    reader: R,
    feed: Feed,
    current: Option<Arc<Buffer>>,
    position: usize,
    total: u64,
    limit: u64,
    end: Option<Result<(), io::Error>>,
}

impl<R: Read> SharedReader<R> {
    /// The stream fails once it has given `limit` bytes and has more.
    pub(super) fn new(reader: R, feed: Feed, limit: u64) -> Self {
        Self { reader, feed, current: None, position: 0, total: 0, limit, end: None }
    }

    /// Bytes that were read and hashed, whether or not they were consumed.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Reads the rest, for its hash alone.
    pub(super) fn drain(&mut self) -> io::Result<()> {
        loop {
            match self.fill_buf()?.len() {
                0 => return Ok(()),
                count => self.consume(count),
            }
        }
    }

    fn rest(&self) -> &[u8] {
        self.current
            .as_deref()
            .and_then(|buffer| buffer.filled().get(self.position..))
            .unwrap_or_default()
    }

    fn next_buffer(&mut self) {
        self.current = None;
        self.position = 0;
        let mut shared = self.feed.take();
        // The hasher gives a buffer back before it is asked for again, so nobody else holds this one.
        let Some(buffer) = Arc::get_mut(&mut shared) else {
            self.end = Some(Err(io::Error::other("a buffer is still in use")));
            return;
        };
        let length = self.fill(buffer.room());
        buffer.set_length(length);
        self.total = self.total.saturating_add(length as u64);
        if length > 0 {
            self.feed.give(&shared);
            self.current = Some(shared);
        }
    }

    fn fill(&mut self, room: &mut [u8]) -> usize {
        let mut length = 0;
        while length < room.len() && self.end.is_none() {
            match self.reader.read(&mut room[length..]) {
                Ok(0) => self.end = Some(Ok(())),
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.end = Some(Err(error)),
            }
            if self.total.saturating_add(length as u64) > self.limit {
                let detail =
                    format!("the layer has more than the {} bytes that are read", self.limit);
                self.end = Some(Err(StreamError::LimitExceeded { detail }.into()));
            }
        }
        length
    }
}

impl<R: Read> BufRead for SharedReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.rest().is_empty() {
            match &self.end {
                None => self.next_buffer(),
                Some(_) => self.current = None,
            }
        }
        match &self.end {
            Some(Err(error)) if self.rest().is_empty() => Err(copy_of(error)),
            _ => Ok(self.rest()),
        }
    }

    fn consume(&mut self, count: usize) {
        self.position = self.position.saturating_add(count);
    }
}

impl<R: Read> Read for SharedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let count = available.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// The same error again: kind and text, and what [`StreamError::of`] finds.
fn copy_of(error: &io::Error) -> io::Error {
    StreamError::of(error).map_or_else(
        || io::Error::new(error.kind(), error.to_string()),
        |stream_error| stream_error.clone().into(),
    )
}
