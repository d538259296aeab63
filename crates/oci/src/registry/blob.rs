//! A blob as one continuous stream, however often its connection breaks.

use std::io::{self, Read};
use std::sync::Arc;

use plimsoll_core::Digest;
use plimsoll_http::{Answer, StatusCode, Waits, innermost_cause};

use super::repository::Repository;
use crate::{BlobOpener, OciError};

/// One blob of a repository.
#[derive(Clone)]
pub(super) struct RegistryBlob {
    pub(super) repository: Arc<Repository>,
    pub(super) digest: Digest,
    /// Its bytes, where the manifest says them.
    pub(super) size: Option<u64>,
}

impl BlobOpener for RegistryBlob {
    /// Asks for the blob and returns when the answer begins. Its digest is the reader's to check; its size is checked here.
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let retry = &self.repository.options().http.retry;
        let mut reader = BlobReader {
            blob: self.clone(),
            answer: None,
            position: 0,
            resumed_at: 0,
            resumptions_left: retry.resumptions,
            waits: Waits::new(retry),
        };
        reader.ask()?;
        Ok(Box::new(reader))
    }
}

struct BlobReader {
    blob: RegistryBlob,
    /// `None` once reading has failed for good.
    answer: Option<Answer>,
    /// Bytes that were given to the reader.
    position: u64,
    /// Where it was taken up last.
    resumed_at: u64,
    resumptions_left: u32,
    waits: Waits,
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(answer) = &mut self.answer else {
                return Err(self.error("reading it has already failed"));
            };
            let reason = match answer.read(buffer) {
                Ok(0) if buffer.is_empty() => return Ok(0),
                Ok(0) => match self.blob.size {
                    Some(size) if self.position < size => {
                        // A body of a length known beforehand has ended as announced, and a new one would too.
                        if answer.length().is_some() {
                            return Err(self.fail(&format!(
                                "it has {} bytes instead of {size}",
                                self.position
                            )));
                        }
                        "it ended early".to_owned()
                    }
                    _ => return Ok(0),
                },
                Ok(count) => {
                    self.position = self.position.saturating_add(count as u64);
                    if let Some(size) = self.blob.size.filter(|size| self.position > *size) {
                        return Err(self.fail(&format!("it has more than its {size} bytes")));
                    }
                    return Ok(count);
                }
                Err(error) => innermost_cause(&error),
            };
            self.resume(&reason)?;
        }
    }
}

impl BlobReader {
    /// Takes a broken stream up where it stood.
    fn resume(&mut self, reason: &str) -> io::Result<()> {
        self.answer = None;
        let Some(left) = self.resumptions_left.checked_sub(1) else {
            return Err(self.fail(&format!(
                "the connection broke again and again, at last after {} bytes: {reason}",
                self.position
            )));
        };
        self.resumptions_left = left;
        tracing::debug!(digest = %self.blob.digest, position = self.position, reason, "resuming a blob");
        let http = &self.blob.repository.options().http;
        if self.position > self.resumed_at {
            // The last resumption was of use: the server is not asked for more patience than at first.
            self.waits = Waits::new(&http.retry);
        }
        self.resumed_at = self.position;
        http.clock.sleep(self.waits.next_wait());
        self.ask()
    }

    /// Asks for the bytes from where the reader stands.
    fn ask(&mut self) -> io::Result<()> {
        let RegistryBlob { repository, digest, size } = &self.blob;
        let what = repository.blob_name(digest);
        let answer = match repository.blob(digest, self.position, &what) {
            Ok(answer) => answer,
            Err(error) => return Err(io::Error::other(error)),
        };
        if answer.status() == StatusCode::PARTIAL_CONTENT {
            return match answer.range() {
                Some((start, _)) if start != self.position => {
                    Err(self.fail("the registry sends another part of it than was asked for"))
                }
                Some((_, Some(total))) if size.is_some_and(|size| size != total) => {
                    Err(self
                        .fail(&format!("it has {total} bytes instead of {}", size.unwrap_or(0))))
                }
                None => Err(self.fail("the registry does not say which part of it it sends")),
                Some(_) => {
                    self.answer = Some(answer);
                    Ok(())
                }
            };
        }
        self.skip(answer)
    }

    /// A server that knows no ranges starts over: the bytes that the reader has already are passed over.
    fn skip(&mut self, mut answer: Answer) -> io::Result<()> {
        let skipped = io::copy(&mut answer.by_ref().take(self.position), &mut io::sink());
        match skipped {
            Ok(skipped) if skipped == self.position => {
                self.answer = Some(answer);
                Ok(())
            }
            Ok(_) => self.resume("it ended before the place where it broke"),
            Err(error) => self.resume(&innermost_cause(&error)),
        }
    }

    fn fail(&mut self, detail: &str) -> io::Error {
        self.answer = None;
        self.error(detail)
    }

    fn error(&self, detail: &str) -> io::Error {
        let what = self.blob.repository.blob_name(&self.blob.digest);
        io::Error::other(OciError::Registry { what, detail: detail.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use plimsoll_core::{Limits, ProblemKind};
    use plimsoll_testkit::http::{Received, Reply, TestServer};

    use super::super::RegistryOptions;
    use super::super::test_image::{TestImage, digest, options, options_with_clock, reference};
    use super::*;
    use crate::{LayerEntry, LayerRequest, LayerSink, walk_layer};

    /// The bytes of the large layer, from a position on.
    fn content(from: usize) -> Vec<u8> {
        TestImage::new().layers[1][from..].to_vec()
    }

    fn start_of(request: &Received) -> usize {
        let range = request.header("range").unwrap_or("bytes=0-");
        range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap()
    }

    /// What a server that knows ranges answers.
    fn partial(request: &Received) -> Reply {
        let start = start_of(request);
        let end = content(0).len();
        if start == 0 {
            return Reply::new(200, content(0));
        }
        Reply::new(206, content(start))
            .header("Content-Range", format!("bytes {start}-{}/{end}", end - 1))
    }

    fn read_with(server: &TestServer, options: &RegistryOptions) -> Result<Vec<u8>, String> {
        let repository = Repository::new(&reference(server), options, &Limits::default()).unwrap();
        let size = Some(content(0).len() as u64);
        let blob = RegistryBlob { repository, digest: digest(&content(0)), size };
        let mut bytes = Vec::new();
        let read = blob.open().and_then(|mut reader| reader.read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|error| error.to_string())
    }

    fn read(server: &TestServer) -> Result<Vec<u8>, String> {
        read_with(server, &options())
    }

    #[test]
    fn a_broken_stream_is_taken_up_where_it_stood() {
        let server = TestServer::start(|request, earlier| match earlier {
            0..3 => partial(request).broken_after(20_000),
            _ => partial(request),
        });
        let (options, clock) = options_with_clock();
        assert_eq!(read_with(&server, &options).unwrap(), content(0));
        let starts: Vec<_> = server.received().iter().map(start_of).collect();
        assert_eq!(starts, [0, 20_000, 40_000, 60_000]);
        assert!(clock.sleeps().len() == 3 && clock.sleeps()[0] < Duration::from_secs(1));
    }

    #[test]
    fn a_stream_of_pieces_of_two_blobs_is_neither_of_them() {
        struct Nothing;
        impl LayerSink for Nothing {
            fn entry(&mut self, _: &LayerEntry<'_>, _: &mut dyn Read) {}
        }
        for (is_honest, expected) in [(true, false), (false, true)] {
            let server = TestServer::start(move |request, earlier| match earlier {
                0 => partial(request).broken_after(50_000),
                _ if is_honest => partial(request),
                _ => Reply::new(206, vec![b'x'; 50_000])
                    .header("Content-Range", "bytes 50000-99999/100000"),
            });
            let limits = Limits::default();
            let repository = Repository::new(&reference(&server), &options(), &limits).unwrap();
            let digest = digest(&content(0));
            let blob = RegistryBlob { repository, digest, size: Some(100_000) };
            let request = LayerRequest { limits: &limits, expected: Some(digest) };
            let walked = walk_layer(blob.open().unwrap(), &request, &mut Nothing);
            let kinds: Vec<_> = walked.problems.iter().map(|problem| problem.kind).collect();
            assert_eq!(kinds.contains(&ProblemKind::DigestMismatch), expected, "{kinds:?}");
            assert_eq!((walked.blob_size, server.received().len()), (100_000, 2));
        }
    }

    #[test]
    fn a_server_without_ranges_is_read_from_the_start() {
        let server = TestServer::start(|_, earlier| match earlier {
            0 => Reply::new(200, content(0)).broken_after(70_000),
            1 => Reply::new(200, content(0)).broken_after(30_000),
            _ => Reply::new(200, content(0)),
        });
        assert_eq!(read(&server).unwrap(), content(0));
        assert_eq!(server.received().len(), 3);
    }

    #[test]
    fn a_body_without_length_that_ends_early_is_taken_up() {
        let server = TestServer::start(|request, earlier| match earlier {
            0 => partial(request).without_length().broken_after(10),
            _ => partial(request),
        });
        assert_eq!(read(&server).unwrap(), content(0));
    }

    #[test]
    fn a_stream_that_breaks_for_ever_is_given_up() {
        let server = TestServer::start(|request, _| partial(request).broken_after(1));
        let mut options = options();
        options.http.retry.resumptions = 3;
        let error = read_with(&server, &options).unwrap_err();
        assert!(error.contains("broke again and again, at last after 4 bytes"), "{error}");
        assert_eq!(server.received().len(), 4);
    }

    #[test]
    fn a_wrong_part_is_never_taken_for_the_right_one() {
        for (range, expected) in [
            (Some("bytes 0-9/100000"), "another part"),
            (Some("bytes 50000-99999/200000"), "200000 bytes instead of 100000"),
            (Some("rubbish"), "which part"),
            (None, "which part"),
        ] {
            let server = TestServer::start(move |_, earlier| {
                let reply = Reply::new(if earlier == 0 { 200 } else { 206 }, content(0));
                match (earlier, range) {
                    (0, _) => reply.broken_after(50_000),
                    (_, Some(range)) => reply.header("Content-Range", range),
                    (_, None) => reply,
                }
            });
            let error = read(&server).unwrap_err();
            assert!(error.contains(expected), "{range:?}: {error}");
        }
    }

    #[test]
    fn a_blob_of_another_size_than_its_manifest_says_is_an_error() {
        for (extra, expected) in [
            (0, "it has 99000 bytes instead of 100000"),
            (2_000, "it has more than its 100000 bytes"),
        ] {
            let server = TestServer::start(move |_, _| {
                Reply::new(200, [&content(1_000)[..], &vec![0; extra]].concat())
            });
            let error = read(&server).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_missing_blob_is_an_error_when_it_is_opened() {
        let server = TestServer::start(|_, _| Reply::new(404, ""));
        let error = read(&server).unwrap_err();
        assert!(error.starts_with("find 127.0.0.1:"), "{error}");
    }
}
