//! Files of the corpus: as they are, or compressed beside their name; and what the extractors read from them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use plimsoll_core::{ImagePath, Limits, Problem};
use plimsoll_inventory::{Candidate, EXTRACTORS, Fact, FoundPackage, Matcher, Reads, WantedFile};
use serde::de::DeserializeOwned;

use crate::text_file::read_bytes;

/// The file, or the same with `.zst` after its name.
pub fn stored(path: &Path) -> Result<PathBuf> {
    let compressed = with_suffix(path, ".zst");
    match (path.is_file(), compressed.is_file()) {
        (true, _) => Ok(path.to_path_buf()),
        (false, true) => Ok(compressed),
        (false, false) => bail!("{} is not there, and no .zst of it", path.display()),
    }
}

/// The file's bytes, decompressed where it is stored compressed.
pub fn bytes(path: &Path) -> Result<Vec<u8>> {
    let stored = stored(path)?;
    let bytes = read_bytes(&stored)?;
    if stored == path && path.extension().is_none_or(|extension| extension != "zst") {
        return Ok(bytes);
    }
    zstd::stream::decode_all(&bytes[..])
        .with_context(|| format!("failed to decompress {}", stored.display()))
}

/// A file of JSON in the shape that a kind of case has.
pub fn json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_slice(&read_bytes(path)?)
        .with_context(|| format!("failed to read the expectation {}", path.display()))
}

pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut text = path.as_os_str().to_owned();
    text.push(suffix);
    text.into()
}

/// The first bytes that a part is asked about.
const PREFIX_BYTES: usize = 64;

/// What the extractors read from a file that lies at `path` in an image.
pub struct Extracted {
    pub packages: Vec<FoundPackage>,
    pub problems: Vec<Problem>,
}

/// Offers the file to every extractor that wants it, as a scan does. Fails where none does.
pub fn extract(path: &str, content: &[u8]) -> Result<Extracted> {
    let path = ImagePath::new(path);
    let matcher = Matcher::new(EXTRACTORS);
    let prefix = content.get(..PREFIX_BYTES).unwrap_or(content);
    let candidate = Candidate { path: &path, mode: 0o755, size: content.len() as u64, prefix };
    let named = matcher.by_name(&path).union(matcher.by_magic(content));
    let parts = named.positions().filter_map(|position| EXTRACTORS.get(position));
    let wanted: Vec<_> = parts.filter(|extractor| (extractor.wants)(&candidate)).collect();
    if wanted.is_empty() {
        bail!("no extractor wants {path}");
    }
    let limits = Limits::default();
    let mut extracted = Extracted { packages: Vec::new(), problems: Vec::new() };
    for extractor in wanted {
        let length = match extractor.reads {
            Reads::Whole => content.len(),
            Reads::Head(bytes) => content.len().min(usize::try_from(bytes).unwrap_or(usize::MAX)),
            Reads::Nothing => 0,
        };
        let seen = content.get(..length).unwrap_or(content);
        let size = content.len() as u64;
        let file = WantedFile { size, mode: 0o755, ..WantedFile::whole(&path, &seen, &limits) };
        let extraction = (extractor.extract)(&file);
        extracted.problems.extend(extraction.problems);
        extracted.packages.extend(extraction.facts.into_iter().filter_map(|fact| match fact {
            Fact::Package(package) => Some(*package),
            _ => None,
        }));
    }
    Ok(extracted)
}
