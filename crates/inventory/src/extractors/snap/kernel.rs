//! The kernel of a kernel snap, which has no list of packages but the history of the package that its kernel is from.

use std::io::{BufRead, BufReader, Read};

use plimsoll_archive::{Decoder, DecoderBounds, ReadAtCursor, read_problem};
use plimsoll_core::ImagePath;

use super::package;
use crate::extract::FoundState;
use crate::extractors::embedded_sbom::lies_in_tests;
use crate::fields::{component, field};
use crate::{Extraction, FoundPackage, WantedFile};

pub(super) const KERNEL_HISTORY: &str = "changelog.Debian.gz";
const KERNEL_MODULES: &str = "linux-modules-";
/// The longest first line of a history that is one.
const LONGEST_LINE: u64 = 4 << 10;

/// The release and flavour of a kernel snap's kernel: `5.4.0-195-generic` of `doc/linux-modules-5.4.0-195-generic`. In a system's own
/// `usr/share/doc`, dpkg knows better.
pub(super) fn kernel_of(path: &ImagePath) -> Option<&str> {
    let release = component(path, 1)?.strip_prefix(KERNEL_MODULES)?;
    let is_kernel = release.starts_with(|first: char| first.is_ascii_digit());
    let is_of_snap = component(path, 2) == Some("doc") && component(path, 3) != Some("share");
    (is_kernel && is_of_snap && !lies_in_tests(path.parent())).then_some(release)
}

/// The kernel of a snap, from the first line of its package's history: `linux (5.4.0-195.215) focal; urgency=medium`.
pub(super) fn kernel(file: &WantedFile<'_>) -> Extraction {
    let Some(release) = kernel_of(file.path) else { return Extraction::default() };
    let bounds = DecoderBounds { bytes: file.limits.text_bytes, ..file.limits.into() };
    let mut line = Vec::new();
    let read = Decoder::new(ReadAtCursor::new(file.content), bounds).and_then(|decoder| {
        BufReader::new(decoder.take(LONGEST_LINE)).read_until(b'\n', &mut line)
    });
    if let Err(error) = read {
        return Extraction::failed(read_problem(&error));
    }
    let line = String::from_utf8_lossy(&line);
    let stated =
        line.split_once(" (").and_then(|(source, rest)| Some((source, rest.split_once(')')?.0)));
    let stated = stated.and_then(|(source, version)| Some((field(source)?, field(version)?)));
    let Some((source, version)) = stated.filter(|(source, _)| source.starts_with("linux")) else {
        return Extraction::malformed(
            "the history of a kernel that does not begin with its version",
        );
    };
    let is_own = file.path.as_str().starts_with("doc/");
    let mut extraction = Extraction::default();
    extraction.push(FoundPackage {
        source_name: is_own.then(|| source.to_owned()),
        ..package(&format!("linux-image-{release}"), version, (is_own, FoundState::Installed))
    });
    extraction
}
