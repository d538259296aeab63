//! The streaming pass over one layer: the blob is hashed, unpacked and walked once, and its entries are offered as they pass.
//!
//! One thread unpacks and walks, another one hashes. They share buffers by reference, a few of which go round: no byte is copied
//! for the hasher, and memory does not depend on the layer.

mod hasher;
mod names;
mod stream;
#[cfg(test)]
mod tests;
mod walk;

use std::io::{BufRead, Read};

use plimsoll_archive::{Compression, Decoder, DecoderBounds, read_problem};
use plimsoll_core::{Digest, ImagePath, Limits, Problem, ProblemKind};

use hasher::{BlobAlgorithm, Feed, Hasher};
use stream::SharedReader;
use walk::Walk;

/// What a layer is read with.
#[derive(Clone, Copy)]
pub struct LayerRequest<'a> {
    pub limits: &'a Limits,
    /// The digest that pins the blob, where something does. Its algorithm is the one that the blob is hashed with.
    pub expected: Option<Digest>,
}

/// One entry of a layer, by its normal path. A path may come more than once: the last one counts.
#[derive(Clone, Copy, Debug)]
pub struct LayerEntry<'a> {
    pub path: &'a ImagePath,
    pub kind: LayerEntryKind<'a>,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u32,
    /// Bytes of a regular file; 0 for anything else.
    pub size: u64,
    /// The first bytes of a regular file, up to 64 where it has them.
    pub prefix: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerEntryKind<'a> {
    File,
    Directory,
    Symlink {
        /// As it stands in the layer; bytes that are not UTF-8 stand as `\xNN`.
        target: &'a str,
    },
    HardLink {
        target: &'a ImagePath,
    },
    /// The path, and everything below it, is gone from the layers below.
    Whiteout,
    /// The path is a directory of whose content in the layers below nothing is left.
    Opaque,
    /// A device, a FIFO, or a link that leads nowhere.
    Special,
}

/// What looks at the entries of a layer.
pub trait LayerSink {
    /// Called once for every entry, in the order of the layer. `content` is the regular file's content from its first byte; what
    /// is not read of it costs nothing. A read that fails is for the sink to report where it wanted the file.
    fn entry(&mut self, entry: &LayerEntry<'_>, content: &mut dyn Read);
}

/// What is known of a layer once its blob was read.
#[derive(Clone, Debug)]
pub struct WalkedLayer {
    /// The blob's digest; `None` where it could not be read to its end.
    pub blob_digest: Option<Digest>,
    /// Bytes of the blob that were read.
    pub blob_size: u64,
    /// The SHA-256 of the uncompressed layer; `None` where it could not be had to its end.
    pub diff_id: Option<Digest>,
    /// Uncompressed bytes that were read.
    pub size: u64,
    /// Entries of the tar archive, whatever they are.
    pub entries: u64,
    pub compression: Compression,
    /// What was not read as it should have been. The entries that were offered stand all the same, except where the kind is
    /// `DigestMismatch`: then the blob is not the one that was asked for.
    pub problems: Vec<Problem>,
    /// Problems beyond [`Limits::problems`].
    pub problems_dropped: u64,
}

/// Reads a layer's blob to its end, hashes it, and offers its entries to the sink. Hostile input: whatever the blob is, the
/// result says what was read and what was not.
pub fn walk_layer(
    blob: Box<dyn Read + Send>,
    request: &LayerRequest<'_>,
    sink: &mut dyn LayerSink,
) -> WalkedLayer {
    read_layer(blob, request, Some(sink))
}

/// Reads a layer's blob to its end only for its digests; that it is a tar archive is not looked at.
pub fn digest_layer(blob: Box<dyn Read + Send>, request: &LayerRequest<'_>) -> WalkedLayer {
    read_layer(blob, request, None)
}

fn read_layer(
    blob: Box<dyn Read + Send>,
    request: &LayerRequest<'_>,
    sink: Option<&mut dyn LayerSink>,
) -> WalkedLayer {
    let algorithm = match request.expected {
        Some(Digest::Sha512(_)) => BlobAlgorithm::Sha512,
        Some(Digest::Sha256(_)) | None => BlobAlgorithm::Sha256,
    };
    let mut walk = Walk::new(request.limits, sink);
    let (hasher, [blob_feed, content_feed]) = match Hasher::spawn(algorithm) {
        Ok(hasher) => hasher,
        Err(error) => {
            let detail = format!("no thread to hash the layer with: {error}");
            walk.problems.add(Problem::new(ProblemKind::Unreadable, detail));
            return walk.into_layer();
        }
    };
    let mut blob = SharedReader::new(blob, blob_feed, request.limits.layer_bytes);
    let content = read_content(&mut blob, content_feed, algorithm, &mut walk);
    let rest = blob.drain();
    if let Err(error) = &rest
        && content.ended_well
    {
        walk.problems.add(read_problem(error));
    }
    let (blob_size, blob_ended_well) = (blob.total(), rest.is_ok());
    drop(blob);
    let hashes = hasher.finish();
    if hashes.is_none() {
        walk.problems.add(Problem::new(ProblemKind::Panicked, "hashing the layer failed"));
    }
    let blob_digest = hashes.as_ref().filter(|_| blob_ended_well).map(|hashes| hashes.blob);
    if let (Some(expected), Some(actual)) = (request.expected, blob_digest)
        && expected != actual
    {
        let detail = format!("the layer's blob has the digest {actual}, not {expected}");
        walk.problems.add(Problem::new(ProblemKind::DigestMismatch, detail));
    }
    let diff_id = hashes
        .filter(|_| content.ended_well)
        .map(|hashes| if content.is_blob { hashes.blob } else { hashes.content });
    WalkedLayer {
        blob_digest,
        blob_size,
        diff_id,
        size: content.size,
        compression: content.compression,
        ..walk.into_layer()
    }
}

/// How the reading of the uncompressed layer ended.
#[derive(Clone, Copy)]
struct ContentEnd {
    compression: Compression,
    /// Uncompressed bytes.
    size: u64,
    ended_well: bool,
    /// True where the blob itself is the content, so that one digest is both.
    is_blob: bool,
}

/// Reads the layer itself: straight from the blob's buffers where they are not compressed. What is wrong with the stream becomes
/// a problem here, once.
fn read_content<R: Read>(
    blob: &mut SharedReader<R>,
    content_feed: Feed,
    algorithm: BlobAlgorithm,
    walk: &mut Walk<'_>,
) -> ContentEnd {
    let mut end =
        ContentEnd { compression: Compression::None, size: 0, ended_well: false, is_blob: false };
    let prefix = match blob.fill_buf() {
        Ok(prefix) => prefix,
        Err(error) => {
            walk.problems.add(read_problem(&error));
            return end;
        }
    };
    if let Some(name) = Compression::unsupported(prefix) {
        let detail = format!("the layer is compressed with {name}");
        walk.problems.add(Problem::new(ProblemKind::Unsupported, detail));
        return end;
    }
    end.compression = Compression::detect(prefix);
    end.is_blob = end.compression == Compression::None && algorithm == BlobAlgorithm::Sha256;
    let rest = if end.is_blob {
        walk.run(&mut *blob);
        let rest = blob.drain();
        end.size = blob.total();
        rest
    } else {
        Decoder::new(blob, DecoderBounds::from(walk.limits())).and_then(|decoder| {
            let mut content = SharedReader::new(decoder, content_feed, u64::MAX);
            walk.run(&mut content);
            let rest = content.drain();
            end.size = content.total();
            rest
        })
    };
    end.ended_well = rest.is_ok();
    if let Err(error) = rest {
        walk.problems.add(read_problem(&error));
    } else if end.size == 0 {
        walk.problems.add(Problem::new(ProblemKind::Malformed, "the layer is empty"));
    }
    end
}
