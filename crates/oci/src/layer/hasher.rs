use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use plimsoll_core::Digest;
use sha2::Digest as _;

/// Bytes of one buffer: large enough that handing it over costs nothing beside hashing it, small enough to stay in a
/// processor's own cache until it was walked and hashed.
const BUFFER_BYTES: usize = 256 << 10;

/// Buffers of one stream that go round between the thread that fills and walks them and the one that hashes them. When the
/// hasher is this far behind, the walker waits: that is what bounds memory.
const BUFFERS: usize = 6;

/// Bytes that were read once and are looked at by two threads.
pub(super) struct Buffer {
    bytes: Box<[u8]>,
    length: usize,
}

impl Buffer {
    fn new() -> Self {
        Self { bytes: vec![0; BUFFER_BYTES].into_boxed_slice(), length: 0 }
    }

    /// The room to fill.
    pub(super) fn room(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    pub(super) fn set_length(&mut self, length: usize) {
        self.length = length.min(self.bytes.len());
    }

    pub(super) fn filled(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// What the blob is hashed with; its uncompressed content is always hashed with SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlobAlgorithm {
    Sha256,
    Sha512,
}

#[derive(Clone, Copy)]
enum Stream {
    Blob,
    Content,
}

struct Job {
    stream: Stream,
    buffer: Arc<Buffer>,
}

/// The way of one stream's buffers to the hasher and back.
pub(super) struct Feed {
    stream: Stream,
    jobs: Sender<Job>,
    returned: Receiver<Arc<Buffer>>,
    allocated: usize,
}

impl Feed {
    /// A buffer to fill: one that was hashed, a new one while there are few, or the next one to be hashed.
    pub(super) fn take(&mut self) -> Arc<Buffer> {
        if let Ok(buffer) = self.returned.try_recv() {
            return buffer;
        }
        if self.allocated >= BUFFERS
            && let Ok(buffer) = self.returned.recv()
        {
            return buffer;
        }
        self.allocated += 1;
        Arc::new(Buffer::new())
    }

    /// Gives a filled buffer to the hasher. Should its thread be gone, then nothing is hashed and [`Hasher::finish`] tells.
    pub(super) fn give(&self, buffer: &Arc<Buffer>) {
        let _ = self.jobs.send(Job { stream: self.stream, buffer: Arc::clone(buffer) });
    }
}

/// The digests of everything that was given.
pub(super) struct Hashes {
    pub(super) blob: Digest,
    pub(super) content: Digest,
}

/// The thread that hashes the blob and the content of one layer.
pub(super) struct Hasher {
    thread: JoinHandle<Hashes>,
}

impl Hasher {
    /// The hasher, with the feeds of the blob and of the content.
    pub(super) fn spawn(algorithm: BlobAlgorithm) -> io::Result<(Self, [Feed; 2])> {
        let (jobs, queue) = channel();
        let (blob_back, blob_returned) = channel();
        let (content_back, content_returned) = channel();
        let thread = std::thread::Builder::new()
            .name("layer-hasher".to_owned())
            .spawn(move || hash_all(&queue, &[blob_back, content_back], algorithm))?;
        let feed = |stream, returned| Feed { stream, jobs: jobs.clone(), returned, allocated: 0 };
        let feeds = [feed(Stream::Blob, blob_returned), feed(Stream::Content, content_returned)];
        Ok((Self { thread }, feeds))
    }

    /// Waits for the rest to be hashed. Both feeds are gone by then, or this waits for ever. `None` where the thread panicked.
    pub(super) fn finish(self) -> Option<Hashes> {
        self.thread.join().ok()
    }
}

enum BlobHash {
    Sha256(sha2::Sha256),
    Sha512(sha2::Sha512),
}

fn hash_all(
    queue: &Receiver<Job>,
    back: &[Sender<Arc<Buffer>>; 2],
    algorithm: BlobAlgorithm,
) -> Hashes {
    let mut blob = match algorithm {
        BlobAlgorithm::Sha256 => BlobHash::Sha256(sha2::Sha256::new()),
        BlobAlgorithm::Sha512 => BlobHash::Sha512(sha2::Sha512::new()),
    };
    let mut content = sha2::Sha256::new();
    for Job { stream, buffer } in queue {
        let bytes = buffer.filled();
        match (stream, &mut blob) {
            (Stream::Blob, BlobHash::Sha256(hash)) => hash.update(bytes),
            (Stream::Blob, BlobHash::Sha512(hash)) => hash.update(bytes),
            (Stream::Content, _) => content.update(bytes),
        }
        // A feed that is gone needs no buffer any more.
        let _ = back[stream as usize].send(buffer);
    }
    Hashes {
        blob: match blob {
            BlobHash::Sha256(hash) => Digest::Sha256(hash.finalize().into()),
            BlobHash::Sha512(hash) => Digest::Sha512(hash.finalize().into()),
        },
        content: Digest::Sha256(content.finalize().into()),
    }
}
