//! A pipe between two threads: for a reader that has to be another thread's than the one that it reads from, and for one that must not
//! wait for ever.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};

use crate::Deadline;

/// Chunks on the way: together with their size, what may be ahead of the reader.
const CHUNKS: usize = 4;

pub(crate) struct PipeReader {
    receiver: Receiver<io::Result<Vec<u8>>>,
    chunk: io::Cursor<Vec<u8>>,
    deadline: Deadline,
}

/// The writing end. Dropping it ends the stream well.
pub(crate) struct PipeWriter {
    sender: SyncSender<io::Result<Vec<u8>>>,
}

pub(crate) fn pipe() -> (PipeWriter, PipeReader) {
    let (sender, receiver) = sync_channel(CHUNKS);
    let chunk = io::Cursor::default();
    (PipeWriter { sender }, PipeReader { receiver, chunk, deadline: Deadline::NEVER })
}

impl PipeReader {
    /// Fails once the deadline has passed, whatever the writer waits for.
    pub(crate) fn until(self, deadline: Deadline) -> Self {
        Self { deadline, ..self }
    }
}

impl PipeWriter {
    /// Passes all of `source` on, and its error; stops where nobody reads.
    pub(crate) fn pump(self, source: &mut dyn Read, chunk_bytes: usize) {
        loop {
            let mut chunk = Vec::with_capacity(chunk_bytes);
            let result = source.take(chunk_bytes as u64).read_to_end(&mut chunk);
            let ended = result.as_ref().map_or(true, |&count| count < chunk_bytes);
            // What came before an error is passed on too.
            if !chunk.is_empty() && self.sender.send(Ok(chunk)).is_err() {
                return;
            }
            if let Err(error) = result {
                let _ = self.sender.send(Err(error));
            }
            if ended {
                return;
            }
        }
    }
}

impl Read for PipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.chunk.read(buffer)? {
                0 => match self.deadline.receive(&self.receiver) {
                    Ok(chunk) => self.chunk = io::Cursor::new(chunk?),
                    Err(RecvTimeoutError::Disconnected) => return Ok(0),
                    Err(RecvTimeoutError::Timeout) => return Err(self.deadline.error()),
                },
                count => return Ok(count),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_the_error_behind_them_arrive() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let (writer, mut reader) = pipe();
        let mut bytes = Vec::new();
        let outcome = std::thread::scope(|scope| {
            scope.spawn(move || writer.pump(&mut [7; 100].chain(Failing), 32));
            reader.read_to_end(&mut bytes)
        });
        assert_eq!((bytes, outcome.unwrap_err().to_string()), (vec![7; 100], "broken".to_owned()));
    }

    #[test]
    fn a_reader_that_stops_does_not_hold_the_writer_up() {
        let (writer, mut reader) = pipe();
        std::thread::scope(|scope| {
            scope.spawn(move || writer.pump(&mut io::repeat(1), 32));
            assert_eq!(reader.read(&mut [0; 8]).unwrap(), 8);
            drop(reader);
        });
    }
}
