use plimsoll_feeds::{FEEDS, Feed};
use plimsoll_inventory::{EXTRACTORS, Extractor};
use plimsoll_version::{SCHEMES, Scheme};

use crate::targets::{TARGETS, extractor, feed, version};

/// Something that reads hostile bytes, and what must hold of it for any of them.
#[derive(Clone, Copy)]
pub struct Target {
    pub decoder: Decoder,
}

/// The parts of the lists have a target each without anybody writing one.
#[derive(Clone, Copy)]
pub enum Decoder {
    Fixed(&'static Fixed),
    Extractor(&'static Extractor),
    Scheme(&'static Scheme),
    Feed(&'static Feed),
}

/// A target that is no part of a list. A static of it stands in [`TARGETS`].
pub struct Fixed {
    pub name: &'static str,
    /// One line for the list of targets: what is read.
    pub about: &'static str,
    /// The decoder's source, by files and folders below `crates`: the texts in it are words of its format.
    pub sources: &'static [&'static str],
    /// Folders of real files, below `fixtures`.
    pub fixtures: &'static [&'static str],
    /// What stands before the decoder's own bytes in an input; each real file is tried behind each of these.
    pub frames: &'static [&'static [u8]],
    /// Good input, from which to go astray.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Panics where something does not hold.
    pub run: fn(&[u8]),
}

/// Every target: those of [`TARGETS`], and one for each extractor, version scheme and feed.
#[must_use]
pub fn targets() -> Vec<Target> {
    let fixed = TARGETS.iter().copied().map(Decoder::Fixed);
    let extractors = EXTRACTORS.iter().copied().map(Decoder::Extractor);
    let schemes = SCHEMES.iter().copied().map(Decoder::Scheme);
    let feeds = FEEDS.iter().copied().map(Decoder::Feed);
    let all = fixed.chain(extractors).chain(schemes).chain(feeds);
    all.map(|decoder| Target { decoder }).collect()
}

/// The target of that name.
#[must_use]
pub fn find(name: &str) -> Option<Target> {
    targets().into_iter().find(|target| target.name() == name)
}

impl Target {
    /// Unique: `tar`, `extractor-dpkg`, `version-deb`, `feed-osv`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.decoder {
            Decoder::Fixed(fixed) => fixed.name.to_owned(),
            Decoder::Extractor(extractor) => format!("extractor-{}", extractor.id),
            Decoder::Scheme(scheme) => format!("version-{}", scheme.id),
            Decoder::Feed(feed) => format!("feed-{}", feed.id),
        }
    }

    #[must_use]
    pub fn about(&self) -> &'static str {
        match self.decoder {
            Decoder::Fixed(fixed) => fixed.about,
            Decoder::Extractor(extractor) => extractor.summary,
            Decoder::Scheme(scheme) => scheme.summary,
            Decoder::Feed(feed) => feed.summary,
        }
    }

    /// Reads the input, and panics where something does not hold.
    pub fn run(&self, input: &[u8]) {
        match self.decoder {
            Decoder::Fixed(fixed) => (fixed.run)(input),
            Decoder::Extractor(part) => extractor::run(part, input),
            Decoder::Scheme(scheme) => version::run(scheme, input),
            Decoder::Feed(part) => feed::run(part, input),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::{RealFiles, seeds};

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = targets().iter().map(Target::name).collect();
        assert_eq!(names.len(), targets().len());
        assert!(find("extractor-dpkg").is_some() && find("version-deb").is_some());
    }

    /// The instrumented build repeats this and goes on from there.
    #[test]
    fn every_target_holds_for_its_own_seeds() {
        for target in targets() {
            let seeds = seeds(&target, &RealFiles::default(), Path::new(".."));
            assert!(!seeds.inputs.is_empty(), "{} has no seeds", target.name());
            for input in seeds.inputs.iter().map(Vec::as_slice).chain([&b""[..], b"\0", b"\xff"]) {
                target.run(input);
            }
        }
    }
}
