//! Files of lines: the lines themselves, and lists of the files that a package owns.

use plimsoll_core::{ImagePath, PathHash, Problem, ProblemKind};

use crate::{Extraction, Fact, Owned};

/// The lines without their ends, `\n` or `\r\n`.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes).filter(|bytes| !bytes.is_empty());
    std::iter::from_fn(move || {
        let current = rest?;
        let line =
            match memchr::memchr(b'\n', current).and_then(|end| current.split_at_checked(end)) {
                Some((line, after)) => {
                    rest = after.get(1..).filter(|after| !after.is_empty());
                    line
                }
                None => {
                    rest = None;
                    current
                }
            };
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
}

/// The text of a field: bytes that are not UTF-8 are replaced.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The files of one package that another file describes. Lists name directories too, which are hashed like files: no file is ever
/// found at such a path.
pub(super) fn owned<'a>(
    package: &str,
    names: impl Iterator<Item = &'a [u8]>,
    limit: usize,
) -> Extraction {
    let (paths, problem) = path_hashes(names, limit);
    let mut extraction = Extraction::default();
    extraction.problems.extend(problem);
    if !paths.is_empty() {
        extraction.facts.push(Fact::Owns(Owned { package: package.to_owned(), paths }));
    }
    extraction
}

/// The hashes of the names' normal paths, and the problem of names beyond the limit.
pub(super) fn path_hashes<'a>(
    names: impl Iterator<Item = &'a [u8]>,
    limit: usize,
) -> (Vec<PathHash>, Option<Problem>) {
    let mut hashes = names.filter_map(ImagePath::hash_of_name);
    let paths = hashes.by_ref().take(limit).collect();
    let problem = hashes.next().map(|_| {
        let detail = format!("more than {limit} files of one package");
        Problem::new(ProblemKind::LimitExceeded, detail)
    });
    (paths, problem)
}
