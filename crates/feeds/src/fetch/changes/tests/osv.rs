//! Bulk files of osv.dev.

use std::fmt::Write;

use plimsoll_testkit::osv::{all_zip, record};

use super::*;

mod lacking;

const ZIP: &str = "osv/Debian/all.zip";
const LIST: &str = "/Debian/modified_id.csv";
const WHOLE: &str = "/Debian/all.zip";

/// Records, and when each changed.
type Records<'r> = &'r [(&'r str, &'r str)];

const FIRST: Records<'_> = &[("B-1", "2026-01-02T00:00:00Z"), ("A-1", "2026-01-01T00:00:00Z")];
/// One has changed, and one is new though its publisher dates it back.
const SECOND: Records<'_> = &[
    ("A-1", "2026-01-03T00:00:00Z"),
    ("B-1", "2026-01-02T00:00:00Z"),
    ("LATE-1", "2025-01-01T00:00:00Z"),
];
const LATER: &str = "2026-01-03T00:00:00Z";

impl Client {
    fn osv() -> Self {
        let client = Self::new((OriginKind::OsvBulk, "Debian/all.zip", ZIP));
        client.publish(FIRST).zip(FIRST);
        client
    }

    /// Publishes records and their list, and leaves the bulk file as it is.
    fn publish(&self, records: Records<'_>) -> &Self {
        for (id, time) in records {
            self.publisher.put(&format!("Debian/{id}.json"), modified(id, time));
        }
        self.list(records)
    }

    fn list(&self, records: Records<'_>) -> &Self {
        let mut list = String::new();
        records.iter().for_each(|(id, time)| writeln!(list, "{time},{id}").unwrap());
        self.publisher.put("Debian/modified_id.csv", list);
        self
    }

    fn zip(&self, records: Records<'_>) -> &Self {
        let records = records.iter().map(|(id, time)| modified(id, time).parse().unwrap());
        self.publisher.put("Debian/all.zip", all_zip(&records.collect::<Vec<_>>()));
        self
    }

    /// Fetches, and says what of the records that were asked for.
    fn asked(&mut self) -> String {
        let asked = self.fetch().unwrap().join(" ");
        asked.replace("/Debian/", "").replace("modified_id.csv", "list").replace(".json", "")
    }

    /// What lies beside the bulk file.
    fn beside(&self) -> String {
        let there = self.there();
        let beside =
            there.iter().filter_map(|file| file.strip_prefix("osv/Debian/all.zip.changes/"));
        beside.collect::<Vec<_>>().join(" ").replace(".json", "")
    }
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("X-{number:03}")).collect()
}

fn modified(id: &str, time: &str) -> String {
    let mut record = record(id, "Debian:12", "it", None);
    record["modified"] = time.into();
    record.to_string()
}

#[test]
fn of_a_bulk_file_only_what_changed_is_fetched() {
    let mut client = Client::osv();
    assert_eq!(client.fetch().unwrap(), [LIST, WHOLE]);
    let first = std::fs::read(client.directory.path().join(ZIP)).unwrap();
    client.publish(SECOND).zip(SECOND);
    assert_eq!(client.fetch().unwrap(), [LIST, "/Debian/A-1.json", "/Debian/LATE-1.json"]);
    assert_eq!(client.beside(), "A-1 LATE-1");
    assert_eq!(std::fs::read(client.directory.path().join(ZIP)).unwrap(), first);
    // Nothing changed since.
    assert_eq!(client.fetch().unwrap(), [LIST]);
    assert_eq!(client.state.files[ZIP].fetched_at, NOW);
}

#[test]
fn a_bulk_file_is_fetched_whole_where_changes_do_not_do() {
    /// What happens between two updates.
    type Event = fn(&mut Client);
    let cases: [(&str, Event); 6] = [
        ("too many changes", |client| client.options.most_changes = 1),
        ("a record that left the list", |client| {
            client.list(&[("A-1", LATER)]);
        }),
        ("records that are not there", |client| {
            client.publisher.remove("Debian/A-1.json");
            client.publisher.remove("Debian/LATE-1.json");
        }),
        ("a list that leads elsewhere", |client| {
            client.list(&[("../A-1", LATER)]);
        }),
        ("a list that is gone", |client| client.publisher.remove("Debian/modified_id.csv")),
        ("a week", |client| client.state.files.get_mut(ZIP).unwrap().whole_at = NOW - 8 * 86_400),
    ];
    for (name, event) in cases {
        let mut client = Client::osv();
        client.fetch().unwrap();
        client.publish(SECOND).zip(SECOND);
        event(&mut client);
        assert_eq!(client.fetch().unwrap().last().map(String::as_str), Some(WHOLE), "{name}");
        assert_eq!(client.there(), [ZIP], "{name}");
        let there = std::fs::read(client.directory.path().join(ZIP)).unwrap();
        assert!(there.windows(6).any(|bytes| bytes == b"LATE-1"), "{name}");
        // And what comes next is seen.
        client.options.most_changes = 3_000;
        client.publish(&[("A-1", LATER), ("B-1", LATER), ("LATE-1", LATER)]);
        let asked = client.asked();
        assert!(asked.contains("B-1"), "{name}: {asked}");
    }
}

#[test]
fn the_whole_file_makes_changes_beside_it_useless() {
    let mut client = Client::osv();
    client.fetch().unwrap();
    client.publish(SECOND);
    client.fetch().unwrap();
    assert_eq!(client.there().len(), 3);
    client.list(FIRST).zip(&[("B-1", LATER), ("A-1", LATER)]);
    assert_eq!(client.fetch().unwrap(), [LIST, WHOLE]);
    assert_eq!(client.there(), [ZIP]);
    // The list is the new file's: what comes next is a change again.
    client.publish(SECOND);
    assert_eq!(client.fetch().unwrap().len(), 3);
}

#[test]
fn a_small_bulk_file_needs_no_list() {
    let mut client = Client::osv();
    client.options.small_bulk_bytes = 100_000;
    assert_eq!(client.fetch().unwrap(), [LIST, WHOLE]);
    client.publish(SECOND).zip(SECOND);
    assert_eq!(client.fetch().unwrap(), [WHOLE]);
    assert_eq!(client.beside(), "");
}

#[test]
fn what_is_newer_in_the_list_than_in_a_file_that_has_just_come_is_fetched_with_it() {
    let mut client = Client::osv();
    client.publish(SECOND);
    assert_eq!(client.asked(), "list all.zip A-1 LATE-1");
    assert_eq!(client.beside(), "A-1 LATE-1");
    assert_eq!(client.asked(), "list");
    // A whole file after a week may lack them still.
    client.state.files.get_mut(ZIP).unwrap().whole_at = NOW - 8 * 86_400;
    client.zip(&[FIRST[1], FIRST[0]]);
    assert_eq!(client.asked(), "list all.zip A-1 LATE-1");
    assert_eq!(client.beside(), "A-1 LATE-1");
    assert_eq!(client.asked(), "list");
}

#[test]
fn what_cannot_be_had_beside_a_file_that_has_just_come_is_asked_for_by_the_next_update() {
    let mut client = Client::osv();
    client.publish(SECOND).publisher.refuse("Debian/A-1.json");
    assert_eq!(client.asked(), "list all.zip A-1 LATE-1");
    assert_eq!(client.beside(), "LATE-1");
    let lacking = client.lacking.clone().unwrap();
    assert!(lacking.starts_with("1 changes, 1 could not be had (A-1.json: "), "{lacking}");
    client.publish(SECOND);
    assert_eq!(client.asked(), "list A-1");
    assert_eq!(client.lacking, None);
    assert_eq!(client.asked(), "list");
}

#[test]
fn more_than_may_lie_beside_the_file_is_fetched_as_far_as_it_goes_the_newest_first() {
    let mut client = Client::osv();
    client.options.most_changes = 1;
    client.publish(SECOND);
    assert_eq!(client.asked(), "list all.zip A-1");
    let left = Some("1 changes, 1 more are not fetched yet");
    assert_eq!(client.lacking.as_deref(), left);
    // The file is what it was: there is no more to be had until it is made again.
    assert_eq!(client.asked(), "list all.zip");
    assert_eq!(client.lacking, left.map(|left| left.replace("1 changes", "0 changes")));
    // What lies beside it already takes no more room, and what is newer has precedence.
    client.publish(&[("A-1", "2026-01-04T00:00:00Z"), SECOND[1], SECOND[2]]);
    assert_eq!((client.asked().as_str(), client.beside().as_str()), ("list all.zip A-1", "A-1"));
    client.publish(&[("A-1", "2026-01-04T00:00:00Z"), ("B-1", "2026-01-05T00:00:00Z"), SECOND[2]]);
    assert_eq!((client.asked().as_str(), client.beside().as_str()), ("list all.zip B-1", "B-1"));
    assert_eq!(client.lacking.as_deref(), Some("1 changes, 2 more are not fetched yet"));
    assert_eq!((client.asked().as_str(), client.beside().as_str()), ("list all.zip", "B-1"));
    client.publish(SECOND).zip(SECOND);
    assert_eq!(client.asked(), "list all.zip");
    assert_eq!((client.there(), client.lacking.clone()), (vec![ZIP.to_owned()], None));
    assert_eq!(client.asked(), "list");
}

#[test]
fn a_file_that_is_what_it_was_costs_no_change() {
    let mut client = Client::osv();
    client.fetch().unwrap();
    // A record left the list, and the file is not made again yet.
    client.publish(&[("A-1", LATER)]);
    assert_eq!(client.asked(), "list all.zip A-1");
    assert_eq!((client.beside().as_str(), client.asked().as_str()), ("A-1", "list all.zip"));
    client.zip(&[("A-1", LATER)]);
    assert_eq!(client.asked(), "list all.zip");
    assert_eq!((client.there(), client.asked()), (vec![ZIP.to_owned()], "list".to_owned()));
}

#[test]
fn a_file_that_is_what_it_was_is_looked_into_where_no_list_says_what_is_had() {
    let mut client = Client::osv();
    client.fetch().unwrap();
    client.publish(SECOND);
    client.fetch().unwrap();
    std::fs::remove_file(client.directory.path().join("osv/Debian/.all.zip.modified_id.csv"))
        .unwrap();
    client.publish(&[SECOND[0], ("B-1", LATER), SECOND[2]]);
    assert_eq!(client.asked(), "list all.zip B-1");
    assert_eq!(client.beside(), "A-1 B-1 LATE-1");
    assert_eq!(client.asked(), "list");
}

#[test]
fn a_record_that_is_not_there_costs_neither_the_others_nor_the_whole_file_again_and_again() {
    let mut client = Client::osv();
    client.fetch().unwrap();
    client.publish(SECOND).publisher.remove("Debian/A-1.json");
    assert_eq!(client.asked(), "list A-1 LATE-1");
    assert_eq!(client.beside(), "LATE-1");
    // It is asked for until it is there or listed no more.
    client.zip(SECOND);
    assert_eq!(client.asked(), "list A-1");
    client.publish(SECOND);
    assert_eq!(client.asked(), "list A-1");
    assert_eq!((client.beside().as_str(), client.asked().as_str()), ("A-1 LATE-1", "list"));
    // Alone, it may be in the whole file, where it is looked for once.
    client.list(&[("A-1", "2026-01-04T00:00:00Z"), SECOND[1], SECOND[2]]);
    client.publisher.remove("Debian/A-1.json");
    assert_eq!(client.asked(), "list A-1 all.zip A-1");
    assert_eq!(client.asked(), "list A-1");
}

#[test]
fn a_mirror_without_records_gives_the_whole_file() {
    let mut client = Client::osv();
    let many = ids(100);
    let many = many.iter().map(|id| (id.as_str(), LATER));
    let many: Vec<_> = many.chain(FIRST.iter().copied()).collect();
    client.list(&many);
    assert_eq!(client.fetch().unwrap().len(), 2 + 64);
    assert_eq!(client.lacking.as_deref(), Some("0 changes, 36 more are not fetched yet"));
    // Those that were not there come last.
    let asked = client.fetch().unwrap();
    assert!(asked.contains(&"/Debian/X-099.json".to_owned()), "{asked:?}");
    assert_eq!((asked.len(), asked.last().map(String::as_str)), (2 + 64, Some(WHOLE)));
    assert_eq!(client.lacking, None);
    client.zip(&many);
    assert_eq!(client.fetch().unwrap().last().map(String::as_str), Some(WHOLE));
    assert_eq!(client.asked(), "list");
}

#[test]
fn of_a_record_that_is_listed_twice_the_newest_counts() {
    let mut client = Client::osv();
    let twice = &[("A-1", LATER), ("A-1", "2026-01-01T00:00:00Z"), ("B-1", LATER), FIRST[0]];
    client.list(twice).zip(&[twice[0], ("B-1", LATER)]);
    assert_eq!(client.asked(), "list all.zip");
    // Had as it was listed last, and so nothing is new.
    client.list(&[FIRST[0], ("B-1", LATER), ("A-1", LATER)]);
    assert_eq!(client.asked(), "list");
}

#[test]
fn a_time_in_another_form_is_no_change() {
    let mut client = Client::osv();
    client.list(&[("B-1", "2026-01-02T00:00:00.123456Z"), ("A-1", "2026-01-01T00:00:00+00:00")]);
    assert_eq!(client.asked(), "list all.zip");
    client.list(FIRST);
    assert_eq!(client.asked(), "list");
    client.publish(&[("B-1", "2026-01-02T00:00:01Z"), FIRST[1]]);
    assert_eq!(client.asked(), "list B-1");
}
