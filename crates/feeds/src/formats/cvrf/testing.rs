use crate::document::{Document, Outline};
use crate::feed::Feed;
use crate::feeds::recognise;
use crate::import::Import;
use crate::options::BuildOptions;

/// What the one record of a document says, a line for each package. Only this feed knows the document, and nothing of it is rejected.
pub(crate) fn said(feed: &Feed, text: &str) -> Vec<String> {
    let options = BuildOptions::default();
    let mut into = Import::new(&options);
    let document = Document { path: "x.xml", bytes: text.as_bytes() };
    let known = recognise(&Outline::of(&document));
    assert_eq!(known.map(|known| known.id), Some(feed.id));
    (feed.import)(&document, &mut into).unwrap();
    assert!(into.tally.rejected.is_empty(), "{:?}", into.tally.rejected);
    let [record] = into.advisories.as_slice() else { panic!("{:?}", into.advisories) };
    let claims = record.severities.iter();
    let claims = claims.map(|claim| format!(" {}={}", claim.source, claim.value));
    let mut lines = vec![format!("{}{}", record.id, claims.collect::<String>())];
    lines.extend(record.affected.iter().map(|one| {
        let mut parts = vec![format!("{}:{}", one.family, one.release), one.package.clone()];
        parts.extend(one.module.clone());
        if !one.arches.is_empty() {
            parts.push(format!("({})", one.arches.join(",")));
        }
        parts.push(format!("{:?}", one.status));
        let ends = one.intervals.iter();
        parts.extend(ends.map(|interval| format!("{:?} {:?}", interval.start, interval.end)));
        parts.join(" ")
    }));
    lines
}
