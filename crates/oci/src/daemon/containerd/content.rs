//! containerd's content store: blobs by their digests, in pieces.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use plimsoll_core::Digest;

use super::call::{Call, CallError, Messages};
use super::messages::{ReadContentRequest, ReadContentResponse};
use crate::resolve::DocumentStore;
use crate::{BlobOpener, Descriptor, OciError};

/// Pieces without bytes that are passed over.
const EMPTY_PIECES: u32 = 100;

/// The content store of one namespace.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) socket: PathBuf,
    pub(super) namespace: String,
    /// The image, as errors name it.
    pub(super) what: String,
    pub(super) document_bytes: u64,
}

/// One blob of the store.
pub(super) struct ContentBlob {
    pub(super) content: Arc<Content>,
    pub(super) digest: Digest,
    /// Its bytes, where the manifest says them.
    pub(super) size: Option<u64>,
}

impl Content {
    fn read(&self, digest: &Digest, size: Option<u64>) -> Result<ContentReader, OciError> {
        let call = Call {
            socket: &self.socket,
            namespace: &self.namespace,
            method: "containerd.services.content.v1.Content/Read",
        };
        let request = ReadContentRequest { digest: digest.to_string(), offset: 0, size: 0 };
        let what = format!("{digest} of {}", self.what);
        let messages = call.send(&request).map_err(|error| explain(error, &what))?;
        let mut reader = ContentReader {
            messages: Some(messages),
            has_ended_well: false,
            what,
            piece: io::Cursor::default(),
            position: 0,
            size,
            empty_pieces_left: EMPTY_PIECES,
        };
        // Whether there is such a blob is said with the first piece.
        reader.next_piece()?;
        Ok(reader)
    }
}

impl DocumentStore for Content {
    fn document(&self, descriptor: &Descriptor) -> Result<Vec<u8>, OciError> {
        let reader = self.read(&descriptor.digest, None)?;
        let what = reader.what.clone();
        let mut bytes = Vec::new();
        reader
            .take(self.document_bytes.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|source| OciError::Io { what: what.clone(), source })?;
        if bytes.len() as u64 > self.document_bytes {
            let detail = format!("it is larger than {} bytes", self.document_bytes);
            return Err(OciError::Malformed { what, detail });
        }
        Ok(bytes)
    }
}

impl BlobOpener for ContentBlob {
    /// Its digest is the reader's to check; its size is checked here.
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let reader = self.content.read(&self.digest, self.size).map_err(io::Error::other)?;
        Ok(Box::new(reader))
    }
}

/// A blob as one stream.
struct ContentReader {
    /// `None` once it has ended, well or not.
    messages: Option<Messages>,
    has_ended_well: bool,
    what: String,
    piece: io::Cursor<Vec<u8>>,
    /// Bytes that have come.
    position: u64,
    size: Option<u64>,
    empty_pieces_left: u32,
}

impl ContentReader {
    /// Gets the next piece that has bytes; leaves an empty one at the end.
    fn next_piece(&mut self) -> Result<(), OciError> {
        self.piece = io::Cursor::default();
        while let Some(messages) = &mut self.messages {
            let message = messages.next::<ReadContentResponse>();
            let Some(piece) = message.map_err(|error| explain(error, &self.what))? else {
                self.messages = None;
                return self.check_end();
            };
            if u64::try_from(piece.offset).ok() != Some(self.position) {
                return Err(self.broken("another part of it comes than should"));
            }
            self.position = self.position.saturating_add(piece.data.len() as u64);
            if let Some(size) = self.size.filter(|size| self.position > *size) {
                return Err(self.broken(&format!("it has more than its {size} bytes")));
            }
            if !piece.data.is_empty() {
                self.piece = io::Cursor::new(piece.data);
                return Ok(());
            }
            let Some(left) = self.empty_pieces_left.checked_sub(1) else {
                return Err(self.broken("it comes in pieces without bytes"));
            };
            self.empty_pieces_left = left;
        }
        Ok(())
    }

    fn check_end(&mut self) -> Result<(), OciError> {
        if let Some(size) = self.size.filter(|size| self.position != *size) {
            let position = self.position;
            return Err(self.broken(&format!("it has {position} bytes instead of {size}")));
        }
        self.has_ended_well = true;
        Ok(())
    }

    fn broken(&self, detail: &str) -> OciError {
        OciError::Daemon { what: self.what.clone(), detail: detail.to_owned() }
    }
}

impl Read for ContentReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.piece.read(buffer)? {
                0 if self.has_ended_well => return Ok(0),
                0 if self.messages.is_none() => {
                    let error = self.broken("reading it has already failed");
                    return Err(io::Error::other(error));
                }
                0 => {
                    if let Err(error) = self.next_piece() {
                        self.messages = None;
                        return Err(io::Error::other(error));
                    }
                }
                count => return Ok(count),
            }
        }
    }
}

fn explain(error: CallError, what: &str) -> OciError {
    let what = what.to_owned();
    match error {
        CallError::NotFound => OciError::NotFound {
            what,
            hint: Some("containerd may be set to keep no layers that it has unpacked, or has another platform only".to_owned()),
        },
        CallError::Failed(detail) => OciError::Daemon { what, detail },
    }
}
