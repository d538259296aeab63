use plimsoll_testkit::Compression;

use super::{Feeds, osv};
use crate::options::BuildOptions;

#[test]
fn an_archive_may_be_compressed_with_xz() {
    let feeds = Feeds::new();
    let records: Vec<_> = (0..200).map(|at| osv(&format!("DSA-{at}"), "Debian:12", "a")).collect();
    let documents: Vec<_> = records.iter().map(|record| ("a.json", record.as_str())).collect();
    feeds.tar("osv/debian.tar.xz", &documents);
    let (report, snapshot) = feeds.build();
    assert_eq!(report.sources[0].records, 200);
    assert_eq!(snapshot.complete_feeds("Debian", "12"), ["osv"]);
    // One that is cut short is damaged as any other.
    let whole = std::fs::read(feeds.root().join("osv/debian.tar.xz")).unwrap();
    feeds.file("osv/debian.tar.xz", &whole[..whole.len() / 2]);
    feeds.file("npm/X-1.json", osv("X-1", "npm", "a").as_bytes());
    let options = BuildOptions { past_damage: true, ..BuildOptions::default() };
    let (report, snapshot) = feeds.try_build(&options).unwrap();
    assert!(report.damaged[0].detail.contains("xz stream"), "{}", report.damaged[0].detail);
    assert_eq!(snapshot.complete_feeds("Debian", "12"), [""; 0]);
}

#[test]
fn a_document_in_xz_is_read_within_the_same_limit() {
    let feeds = Feeds::new();
    feeds.file("npm/X-1.json.xz", &Compression::Xz.apply(osv("X-1", "npm", "a").as_bytes()));
    assert_eq!(feeds.build().1.lookup("npm", "a").count(), 1);
    let limits = plimsoll_core::Limits { feed_document_bytes: 100, ..Default::default() };
    feeds.file("npm/X-2.json", br#"{"id": "X-2", "affected": []}"#);
    let (report, _) = feeds.try_build(&BuildOptions { limits, ..Default::default() }).unwrap();
    assert_eq!(report.skipped[0].name, "npm/X-1.json.xz");
}
