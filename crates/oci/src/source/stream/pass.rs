//! The one pass over an archive: members are told apart by their first bytes, kept or analysed.

use std::io::{self, BufRead, Cursor, Read};
use std::sync::Arc;

use plimsoll_archive::{Compression, TarEntry, TarEntryKind, TarReader, read_problem};
use plimsoll_core::{ImagePath, Limits, Problem, ProblemKind};

use super::super::members::NameTable;
use super::{Analyse, BUFFER_BYTES, Passing, Results, digest_of_name};
use crate::pipe::pipe;

/// What is no JSON and smaller than one block of a tar is not analysed: the version files beside the layers.
const SMALLEST_LAYER: u64 = 512;
/// Bytes behind the end of the tar that are read, so that whoever writes the pipe ends well and the compression's own
/// checksum is looked at.
const TRAILER_BYTES: u64 = 16 << 20;

/// All that is left of an archive that has passed.
pub(super) struct Passage<R> {
    names: NameTable<Member<R>>,
    link_steps: usize,
    /// What was wrong with the archive itself.
    pub(super) problems: Vec<Problem>,
}

pub(super) struct Member<R> {
    /// As it stands in the archive.
    pub(super) name: Vec<u8>,
    /// Among all entries of the archive, from 0.
    pub(super) position: usize,
    pub(super) size: u64,
    pub(super) kept: Kept<R>,
}

pub(super) enum Kept<R> {
    /// Small, and looks like a document. Should it be a layer all the same, it is analysed at the end.
    Document(Vec<u8>),
    Analysed(Arc<R>),
}

impl<R: Send> Passage<R> {
    /// Reads the archive to its end. Fails with the reason, where there is one, if not even its first entry can be read.
    pub(super) fn run<S: BufRead + Send>(
        mut tar: TarReader<S>,
        limits: &Limits,
        analyse: &mut Analyse<'_, R>,
    ) -> Result<Self, Option<Problem>> {
        let mut names = NameTable::default();
        let mut problems = Vec::new();
        let mut document_bytes_left = limits.archive_document_bytes;
        let mut position = 0;
        loop {
            let entry = match tar.next_entry() {
                Ok(Some(entry)) => entry,
                Ok(None) if position == 0 => return Err(None),
                Ok(None) => break,
                Err(error) if position == 0 => return Err(Some(error.problem())),
                Err(error) => {
                    problems.push(error.problem());
                    break;
                }
            };
            if position >= limits.archive_members {
                problems.push(Problem::new(
                    ProblemKind::LimitExceeded,
                    format!(
                        "the archive has more members than the {} that are read",
                        limits.archive_members
                    ),
                ));
                break;
            }
            let member = (entry.kind == TarEntryKind::File).then(|| {
                let kept = keep(&mut tar, &entry, limits, &mut document_bytes_left)
                    .map_or_else(|| analyse_member(&mut tar, &entry, analyse), Kept::Document);
                Member { name: entry.name.clone(), position, size: entry.size, kept }
            });
            names.insert(&entry, member);
            position += 1;
        }
        problems.extend(tar.take_problems().0);
        let mut trailer = tar.into_inner().take(TRAILER_BYTES);
        if let Err(error) = io::copy(&mut trailer, &mut io::sink())
            && problems.is_empty()
        {
            problems.push(read_problem(&error));
        }
        Ok(Self { names, link_steps: limits.link_steps, problems })
    }

    /// The results for the layers of these names, in their order.
    pub(super) fn results(
        &self,
        names: &[Option<&String>],
        analyse: &mut Analyse<'_, R>,
    ) -> Vec<Option<Arc<R>>> {
        let mut late = Results::new();
        let mut result = |name: &str| {
            let member = self.find(name)?;
            Some(match &member.kept {
                Kept::Analysed(result) => Arc::clone(result),
                Kept::Document(bytes) => {
                    Arc::clone(late.entry(member.position).or_insert_with(|| {
                        let passing = Passing { name, claimed_digest: digest_of_name(name) };
                        Arc::new(analyse(&passing, Box::new(Cursor::new(bytes.clone()))))
                    }))
                }
            })
        };
        names.iter().map(|name| name.and_then(|name| result(name))).collect()
    }
}

impl<R> Passage<R> {
    pub(super) fn find(&self, name: &str) -> Option<&Member<R>> {
        self.names.find(name, self.link_steps)
    }
}

/// Keeps what looks like a document. Gives `None` for the rest, of which nothing was read then.
fn keep<S: BufRead>(
    tar: &mut TarReader<S>,
    entry: &TarEntry,
    limits: &Limits,
    bytes_left: &mut u64,
) -> Option<Vec<u8>> {
    let mut prefix = [0; TarReader::<()>::PEEK_BYTES];
    let length = tar.peek(&mut prefix);
    let prefix = &prefix[..length];
    let is_small = entry.size < SMALLEST_LAYER && Compression::detect(prefix) == Compression::None;
    let is_json = matches!(prefix.trim_ascii_start().first(), Some(b'{' | b'['));
    if !(is_small || is_json) || entry.size > limits.document_bytes.min(*bytes_left) {
        return None;
    }
    let mut bytes = Vec::new();
    // Where it breaks off the reader of the archive says so at the next entry.
    let _ = tar.read_to_end(&mut bytes);
    *bytes_left = bytes_left.saturating_sub(bytes.len() as u64);
    Some(bytes)
}

fn analyse_member<S: BufRead + Send, R: Send>(
    tar: &mut TarReader<S>,
    entry: &TarEntry,
    analyse: &mut Analyse<'_, R>,
) -> Kept<R> {
    let (name, _) = ImagePath::from_archive(&entry.name);
    let passing = Passing { name: name.as_str(), claimed_digest: digest_of_name(name.as_str()) };
    let (writer, reader) = pipe();
    let result = std::thread::scope(|scope| {
        let analysis = scope.spawn(|| analyse(&passing, Box::new(reader)));
        writer.pump(tar, BUFFER_BYTES);
        analysis.join()
    });
    match result {
        Ok(result) => Kept::Analysed(Arc::new(result)),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
