use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::literals::{SAMPLE_BYTES, literals_of};
use crate::real_files::{RealFile, RealFiles};
use crate::target::{Decoder, Target};
use crate::targets::{extractor, feed, version};

/// Samples of the source and real files beyond these numbers are left out.
const MOST_SAMPLES: usize = 300;
const MOST_FILES: usize = 60;
const MOST_WORDS: usize = 500;
/// libFuzzer keeps no longer word.
const WORD_BYTES: usize = 60;

/// What a fuzzer begins with.
pub struct Seeds {
    pub inputs: Vec<Vec<u8>>,
    /// Words of the format.
    pub words: Vec<Vec<u8>>,
}

/// The seeds of a target: its own, the samples in its source below the workspace's folder `crates`, and real files of its format.
#[must_use]
pub fn seeds(target: &Target, real: &RealFiles, crates: &Path) -> Seeds {
    let literals = literals_of(&sources(target, crates));
    let (samples, words): (Vec<_>, Vec<_>) =
        literals.into_iter().partition(|literal| literal.len() >= SAMPLE_BYTES);
    let words: BTreeSet<Vec<u8>> = words
        .into_iter()
        .chain(samples.iter().map(|sample| sample[..sample.len().min(WORD_BYTES)].to_vec()))
        .filter(|word| word.len() > 1)
        .collect();
    let mut inputs = match target.decoder {
        Decoder::Fixed(fixed) => {
            let is_of = |file: &&RealFile| {
                let folder = file.path.split('/').next();
                folder.is_some_and(|folder| fixed.fixtures.contains(&folder))
            };
            let contents = real.files.iter().filter(is_of).take(MOST_FILES);
            let contents = contents.map(|file| file.content.clone());
            let contents: Vec<_> = contents.chain(samples.into_iter().take(MOST_SAMPLES)).collect();
            let mut inputs = (fixed.seeds)();
            for frame in fixed.frames {
                inputs.extend(contents.iter().map(|content| [frame, &content[..]].concat()));
            }
            inputs
        }
        Decoder::Extractor(part) => {
            let files = real.files.iter().filter(|file| extractor::wants(part, file));
            let files = files.take(MOST_FILES).map(|file| file.content.clone());
            let samples = samples.into_iter().take(MOST_SAMPLES);
            extractor::seeds(part, files.chain(samples).collect())
        }
        Decoder::Scheme(_) => version::seeds(words.iter().map(Vec::as_slice)),
        Decoder::Feed(_) => [feed::seeds(), samples].concat(),
    };
    inputs.sort_unstable();
    inputs.dedup();
    Seeds { inputs, words: words.into_iter().take(MOST_WORDS).collect() }
}

fn sources(target: &Target, crates: &Path) -> Vec<PathBuf> {
    match target.decoder {
        Decoder::Fixed(fixed) => fixed.sources.iter().map(|source| crates.join(source)).collect(),
        Decoder::Extractor(part) => part_sources(&crates.join("inventory/src/extractors"), part.id),
        Decoder::Scheme(scheme) => part_sources(&crates.join("version/src/schemes"), scheme.id),
        Decoder::Feed(feed) => part_sources(&crates.join("feeds/src/feeds"), feed.id),
    }
}

/// The file in which a part states its id, with the folder of its modules.
fn part_sources(folder: &Path, id: &str) -> Vec<PathBuf> {
    let statement = format!("id: \"{id}\"");
    let states =
        |file: &Path| std::fs::read_to_string(file).is_ok_and(|text| text.contains(&statement));
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() && states(&path.join("mod.rs")) {
            found.push(path);
        } else if path.is_file() && states(&path) {
            found.extend([path.with_extension("")].into_iter().filter(|folder| folder.is_dir()));
            found.push(path);
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find;

    #[test]
    fn the_samples_of_a_parts_own_tests_are_seeds() {
        for name in ["extractor-dpkg", "extractor-go-binary", "version-deb", "feed-osv"] {
            let target = find(name).unwrap();
            assert!(!sources(&target, Path::new("..")).is_empty(), "{name} has no source");
            assert!(
                !seeds(&target, &RealFiles::default(), Path::new("..")).words.is_empty(),
                "{name} has no words"
            );
        }
    }
}
