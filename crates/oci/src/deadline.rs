//! How long a scan may take: looked at where bytes are read, by nobody who judges them.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::OciError;
use crate::pipe::pipe;

/// Bytes that the thread that waits reads at a time.
const CHUNK_BYTES: usize = 128 << 10;

/// The moment at which a scan is given up, where it has one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deadline(Option<Limit>);

#[derive(Clone, Copy, Debug)]
struct Limit {
    at: Instant,
    after: Duration,
}

impl Deadline {
    /// There is as much time as it takes.
    pub const NEVER: Self = Self(None);

    /// So long from now; a time that the clock cannot tell is never.
    #[must_use]
    pub fn after(after: Duration) -> Self {
        Self(Instant::now().checked_add(after).map(|at| Limit { at, after }))
    }

    /// # Errors
    /// [`OciError::TimedOut`] once it has passed.
    pub fn check(self) -> Result<(), OciError> {
        match self.0 {
            Some(limit) if Instant::now() >= limit.at => {
                Err(OciError::TimedOut { after: limit.after })
            }
            _ => Ok(()),
        }
    }

    #[must_use]
    pub fn has_passed(self) -> bool {
        self.check().is_err()
    }

    /// The same bytes, which end with an error once it has passed, also while they are waited for: another thread reads them, and is
    /// left to its waiting.
    #[must_use]
    pub fn bound(self, mut reader: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        if self.0.is_none() {
            return reader;
        }
        let (writer, bound) = pipe();
        let pump = move || writer.pump(&mut reader, CHUNK_BYTES);
        match std::thread::Builder::new().name("reader".to_owned()).spawn(pump) {
            Ok(_) => Box::new(bound.until(self)),
            Err(error) => Box::new(Failed(error.kind())),
        }
    }

    /// The same of a file, for which nobody waits.
    #[must_use]
    pub(crate) fn bound_file<R: Read>(self, file: R) -> impl Read {
        BoundFile { file, deadline: self }
    }

    /// What comes through the channel before it has passed.
    pub(crate) fn receive<T>(self, channel: &Receiver<T>) -> Result<T, RecvTimeoutError> {
        match self.0 {
            None => channel.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(limit) => match limit.at.checked_duration_since(Instant::now()) {
                Some(left) => channel.recv_timeout(left),
                None => Err(RecvTimeoutError::Timeout),
            },
        }
    }

    /// The error of whoever reads when it has passed.
    pub(crate) fn error(self) -> io::Error {
        let after = self.0.map(|limit| limit.after).unwrap_or_default();
        io::Error::new(io::ErrorKind::TimedOut, OciError::TimedOut { after })
    }
}

/// There was no thread to read with.
struct Failed(io::ErrorKind);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(self.0, "no thread to read with"))
    }
}

struct BoundFile<R> {
    file: R,
    deadline: Deadline,
}

impl<R: Read> Read for BoundFile<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.deadline.has_passed() {
            return Err(self.deadline.error());
        }
        self.file.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_end_with_an_error_once_the_time_is_over() {
        for (deadline, expected) in [
            (Deadline::NEVER, Ok(3)),
            (Deadline::after(Duration::from_secs(3600)), Ok(3)),
            (Deadline::after(Duration::MAX), Ok(3)),
            (Deadline::after(Duration::ZERO), Err(io::ErrorKind::TimedOut)),
        ] {
            let mut reader = deadline.bound(Box::new(&b"abc"[..]));
            let read = reader.read_to_end(&mut Vec::new()).map_err(|error| error.kind());
            assert_eq!(read, expected, "{deadline:?}");
            assert_eq!(deadline.has_passed(), expected.is_err());
            let read = deadline.bound_file(&b"abc"[..]).read_to_end(&mut Vec::new());
            assert_eq!(read.map_err(|error| error.kind()), expected, "{deadline:?}");
        }
    }

    #[test]
    fn bytes_that_never_come_are_not_waited_for() {
        struct Never(Receiver<()>);
        impl Read for Never {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                let _ = self.0.recv();
                Ok(0)
            }
        }
        let (ends, waits) = std::sync::mpsc::channel();
        let deadline = Deadline::after(Duration::from_millis(20));
        let mut reader = deadline.bound(Box::new(Never(waits)));
        let error = reader.read(&mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(ends);
    }
}
