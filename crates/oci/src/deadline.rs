//! How long a scan may take: looked at where bytes are read, by nobody who judges them.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use crate::OciError;

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

    /// The same bytes, which end with an error once it has passed.
    #[must_use]
    pub fn bound(self, reader: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        match self.0 {
            None => reader,
            Some(_) => Box::new(Bound { reader, deadline: self }),
        }
    }
}

struct Bound {
    reader: Box<dyn Read + Send>,
    deadline: Deadline,
}

impl Read for Bound {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.deadline.check() {
            Ok(()) => self.reader.read(buffer),
            Err(error) => Err(io::Error::new(io::ErrorKind::TimedOut, error)),
        }
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
        }
    }
}
