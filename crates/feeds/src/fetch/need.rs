//! Whether an update is needed, and what it would cost: asked before one is begun.

use std::path::Path;

use super::download::size_of;
use super::error::UpdateError;
use super::options::FetchOptions;
use super::publishers::Publishers;
use super::state::FetchState;
use super::wanted::Selection;
use crate::feed::{Feed, OriginKind};
use crate::input::changes_of;

/// A file that could not be had counts as asked for that much earlier: what is asked for once a day is tried again after an hour.
const UNTIL_TRIED_AGAIN: u64 = 23 * 60 * 60;

/// What there is of the files that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// No feed that is known publishes any.
    NothingPublished,
    /// One at least was never asked for.
    Incomplete,
    /// All were asked for, the one that was so longest ago then, in seconds since 1970.
    Asked(u64),
}

/// What there is of the files that are wanted.
///
/// # Errors
/// Where what is wanted makes no sense.
pub fn freshness(
    selection: &Selection,
    feeds: &[&'static Feed],
    directory: &Path,
) -> Result<Freshness, UpdateError> {
    let state = FetchState::read(directory);
    let asked = |file: &str| {
        let is_there = directory.join(file).is_file() || directory.join(changes_of(file)).is_dir();
        let fetched = state.files.get(file).filter(|_| is_there).map(|known| known.fetched_at);
        let failed = state.failed.get(file);
        fetched.max(failed.map(|seconds| seconds.saturating_sub(UNTIL_TRIED_AGAIN)))
    };
    let mut longest = None;
    for wanted in selection.wanted(feeds)? {
        let Some(seconds) = asked(&wanted.file) else { return Ok(Freshness::Incomplete) };
        longest = Some(longest.map_or(seconds, |longest: u64| longest.min(seconds)));
    }
    Ok(longest.map_or(Freshness::NothingPublished, Freshness::Asked))
}

/// What an update would fetch that is not there yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpdateSize {
    /// Of the files whose publishers say how large they are.
    pub bytes: u64,
    /// Files of which nobody says it.
    pub untold: usize,
}

/// What an update would fetch that is not there yet.
///
/// # Errors
/// Where what is wanted makes no sense.
pub fn size_of_update(
    selection: &Selection,
    feeds: &[&'static Feed],
    (directory, options): (&Path, &FetchOptions),
) -> Result<UpdateSize, UpdateError> {
    let publishers = Publishers::new(options.clone())?;
    let wanted = selection.wanted(feeds)?;
    let missing = wanted.iter().filter(|wanted| !directory.join(&wanted.file).is_file());
    let sizes = missing.map(|wanted| match wanted.kind {
        OriginKind::File | OriginKind::OsvBulk => size_of(&publishers, &wanted.url),
        // What is asked for first only leads to what is fetched.
        OriginKind::CsafDirectory | OriginKind::RpmRepository | OriginKind::Pages => None,
    });
    Ok(sizes.fold(UpdateSize::default(), |sum, size| match size {
        Some(bytes) => UpdateSize { bytes: sum.bytes.saturating_add(bytes), ..sum },
        None => UpdateSize { untold: sum.untold + 1, ..sum },
    }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "a test writes its own files")]

    use std::collections::BTreeSet;

    use plimsoll_http::testing::NOW;

    use super::super::state::FileState;
    use super::super::testing::{Publisher, options};
    use super::*;
    use crate::feed::Origin;

    static FEED: Feed = Feed {
        id: "it",
        origins: &[
            Origin {
                url: "https://example.com/a",
                file: "it/a.json",
                families: &["A"],
                ..Origin::BASE
            },
            Origin {
                url: "https://example.com/b",
                file: "it/b.json",
                families: &["B"],
                ..Origin::BASE
            },
        ],
        ..Feed::BASE
    };

    fn of(family: &str, publisher: &Publisher) -> Selection {
        let families = Some([(family.to_owned(), BTreeSet::new())].into());
        Selection { families, mirror: Some(publisher.address()), ..Selection::default() }
    }

    #[test]
    fn what_was_asked_for_is_fresh_whether_it_could_be_had_or_not() {
        let (directory, publisher) = (tempfile::tempdir().unwrap(), Publisher::new());
        let fresh =
            |family| freshness(&of(family, &publisher), &[&FEED], directory.path()).unwrap();
        assert_eq!((fresh("A"), fresh("C")), (Freshness::Incomplete, Freshness::NothingPublished));
        let known = FileState { fetched_at: NOW, ..FileState::default() };
        let state = FetchState {
            files: [("it/a.json".to_owned(), known)].into(),
            failed: [("it/b.json".to_owned(), NOW)].into(),
            ..FetchState::default()
        };
        state.write(directory.path()).unwrap();
        // What was noted and is gone is not there.
        let an_hour_is_left = Freshness::Asked(NOW - UNTIL_TRIED_AGAIN);
        assert_eq!((fresh("A"), fresh("B")), (Freshness::Incomplete, an_hour_is_left));
        std::fs::create_dir(directory.path().join("it")).unwrap();
        std::fs::write(directory.path().join("it/a.json"), "{}").unwrap();
        assert_eq!(fresh("A"), Freshness::Asked(NOW));
    }

    #[test]
    fn the_size_of_what_is_missing_is_that_of_what_says_it() {
        let (directory, publisher) = (tempfile::tempdir().unwrap(), Publisher::new());
        publisher.put("it/a.json", "12345");
        let size = |selection| {
            size_of_update(&selection, &[&FEED], (directory.path(), &options().0)).unwrap()
        };
        assert_eq!(size(of("A", &publisher)), UpdateSize { bytes: 5, untold: 0 });
        let all = Selection { families: None, ..of("A", &publisher) };
        assert_eq!(size(all), UpdateSize { bytes: 5, untold: 1 });
        std::fs::create_dir(directory.path().join("it")).unwrap();
        std::fs::write(directory.path().join("it/a.json"), "{}").unwrap();
        assert_eq!(size(of("A", &publisher)), UpdateSize::default());
    }
}
