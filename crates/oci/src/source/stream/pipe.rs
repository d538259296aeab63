//! A pipe between two threads: the reader that analyses a member has to be its own, the archive's is not.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Chunks on the way: together with their size, what may be ahead of the reader.
const CHUNKS: usize = 4;

pub(super) struct PipeReader {
    receiver: Receiver<io::Result<Vec<u8>>>,
    chunk: io::Cursor<Vec<u8>>,
}

/// The writing end. Dropping it ends the stream well.
pub(super) struct PipeWriter {
    sender: SyncSender<io::Result<Vec<u8>>>,
}

pub(super) fn pipe() -> (PipeWriter, PipeReader) {
    let (sender, receiver) = sync_channel(CHUNKS);
    (PipeWriter { sender }, PipeReader { receiver, chunk: io::Cursor::default() })
}

impl PipeWriter {
    /// Passes all of `source` on, and its error; stops where nobody reads.
    pub(super) fn pump(self, source: &mut dyn Read, chunk_bytes: usize) {
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
                0 => match self.receiver.recv() {
                    Ok(chunk) => self.chunk = io::Cursor::new(chunk?),
                    Err(_) => return Ok(0),
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
