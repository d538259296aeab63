//! Short documents for the tests of feeds.

use std::fmt::Write;

use plimsoll_advisory::Affected;

use crate::document::{Document, Outline};
use crate::feed::Feed;
use crate::feeds::recognise;
use crate::import::Import;
use crate::options::BuildOptions;

/// What the records of a document say, a line for each package, with the record's id. Only this feed knows the document, and nothing of it
/// is rejected.
pub(crate) fn said(feed: &Feed, path: &str, text: &str) -> Vec<String> {
    let options = BuildOptions::default();
    let mut into = Import::new(&options);
    let document = Document { path, bytes: text.as_bytes() };
    let known = recognise(&Outline::of(&document));
    assert_eq!(known.map(|known| known.id), Some(feed.id));
    (feed.import)(&document, &mut into).unwrap();
    assert!(into.tally.rejected.is_empty(), "{:?}", into.tally.rejected);
    let line = |id: &str, one: &Affected| {
        let mut line =
            format!("{id} {}:{} {} {:?}", one.family, one.release, one.package, one.status);
        for interval in &one.intervals {
            let _ = write!(line, " {:?} {:?}", interval.start, interval.end);
        }
        line
    };
    let records = into.advisories.iter();
    let lines = records.flat_map(|record| {
        record.affected.iter().map(|one| line(&record.id, one)).collect::<Vec<_>>()
    });
    lines.collect()
}

/// A document of one definition: its attributes, its metadata, and tests: of each its id, its object and its state. The id of a release's
/// test ends with ` is installed`, and is its comment too; of the other tests, one is to hold.
pub(crate) fn document(attributes: &str, metadata: &str, tests: &[(&str, &str, &str)]) -> String {
    let criterion =
        |(id, ..): &(&str, &str, &str)| format!(r#"<criterion test_ref="{id}" comment="{id}"/>"#);
    let (releases, packages): (Vec<_>, Vec<_>) =
        tests.iter().partition(|(id, ..)| id.ends_with(" is installed"));
    let releases: String = releases.into_iter().map(criterion).collect();
    let packages: String = packages.into_iter().map(criterion).collect();
    let parts = |kind: &str, part: fn(&(&str, &str, &str)) -> String| {
        let part = |test| {
            let (id, content) = (test, part(test));
            format!(r#"<rpminfo_{kind} id="{}">{content}</rpminfo_{kind}>"#, id.0)
        };
        tests.iter().map(part).collect::<String>()
    };
    let refer = parts("test", |(id, _, state)| {
        let state = match *state {
            "" => String::new(),
            _ => format!(r#"<state state_ref="{id}"/>"#),
        };
        format!(r#"<object object_ref="{id}"/>{state}"#)
    });
    let objects = parts("object", |(_, object, _)| (*object).to_owned());
    let states = parts("state", |(.., state)| (*state).to_owned());
    format!(
        r#"<oval_definitions><definitions><definition {attributes}><metadata>{metadata}</metadata>
        <criteria>{releases}<criteria operator="OR">{packages}</criteria></criteria></definition></definitions>
        <tests>{refer}</tests><objects>{objects}</objects><states>{states}</states></oval_definitions>"#
    )
}
