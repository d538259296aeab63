//! What a publisher of a bulk file lists, and does not have, does not give out, or should not list.

use super::*;

const LATEST: &str = "2026-01-09T00:00:00Z";

#[test]
fn listed_records_that_are_not_there_keep_nobody_from_the_others() {
    let mut client = Client::osv();
    client.fetch().unwrap();
    let ghosts = ids(8);
    let listed: Vec<_> =
        ghosts.iter().map(|id| (id.as_str(), LATEST)).chain(SECOND.iter().copied()).collect();
    client.publish(SECOND).list(&listed);
    assert_eq!(client.fetch().unwrap().len(), 1 + 8 + 2);
    assert_eq!((client.beside().as_str(), client.lacking.clone()), ("A-1 LATE-1", None));
    assert_eq!(client.fetch().unwrap().len(), 1 + 8);
}

#[test]
fn a_record_that_is_not_given_out_costs_the_others_nothing() {
    let mut client = Client::osv();
    client.fetch().unwrap();
    client.publish(SECOND).publisher.refuse("Debian/A-1.json");
    assert_eq!(client.asked(), "list A-1 LATE-1 all.zip");
    assert_eq!(client.beside(), "LATE-1");
    let lacking = client.lacking.clone().unwrap();
    assert!(lacking.contains("1 could not be had (A-1.json: ") && lacking.contains("(403)"));
    // The others are not fetched again.
    assert_eq!(client.asked(), "list A-1 all.zip");
    assert!(client.lacking.is_some());
    client.publish(SECOND);
    assert_eq!(client.asked(), "list A-1");
    assert_eq!((client.lacking.clone(), client.asked().as_str()), (None, "list"));
}

#[test]
fn a_publisher_that_gives_out_no_record_is_asked_for_a_few_and_for_other_ones_next_time() {
    let mut client = Client::osv();
    client.fetch().unwrap();
    let many = ids(20);
    let many: Vec<_> = many.iter().map(|id| (id.as_str(), LATEST)).chain(FIRST.to_vec()).collect();
    client.publish(&many);
    for (id, _) in &many {
        client.publisher.refuse(&format!("Debian/{id}.json"));
    }
    assert_eq!(client.fetch().unwrap().len(), 1 + 8 + 1);
    let lacking = client.lacking.clone().unwrap();
    assert!(
        lacking.contains("8 could not be had") && lacking.ends_with("12 more are not fetched yet")
    );
    let asked = client.fetch().unwrap();
    assert!(asked.contains(&"/Debian/X-008.json".to_owned()), "{asked:?}");
    // The file may have them.
    client.zip(&many);
    assert_eq!(client.fetch().unwrap().last().map(String::as_str), Some(WHOLE));
    assert_eq!((client.lacking.clone(), client.asked().as_str()), (None, "list"));
}

#[test]
fn what_comes_and_is_not_the_record_is_not_taken() {
    let other = modified("B-1", LATER);
    for body in ["{\"error\":\"later\"}", "", "[]", "{\"id\":\"A-1\",\"modified\":1}", &other] {
        let mut client = Client::osv();
        client.fetch().unwrap();
        client.publish(SECOND).publisher.put("Debian/A-1.json", body);
        assert_eq!(client.asked(), "list A-1 LATE-1 all.zip", "{body}");
        assert_eq!(client.beside(), "LATE-1", "{body}");
        assert!(client.lacking.clone().unwrap().contains("no such record"), "{body}");
        assert_eq!(client.asked(), "list A-1 all.zip", "{body}");
        client.publish(SECOND);
        assert_eq!(client.asked(), "list A-1", "{body}");
        assert_eq!(client.asked(), "list", "{body}");
    }
}

#[test]
fn a_list_that_was_cut_short_once_is_no_reason_to_fetch_what_the_file_holds() {
    for is_made_again in [false, true] {
        let mut client = Client::osv();
        client.fetch().unwrap();
        if is_made_again {
            client.zip(&[FIRST[0], ("A-1", LATER)]);
        }
        client.list(&[("A-1", LATER)]).publisher.put("Debian/A-1.json", modified("A-1", LATER));
        let asked = if is_made_again { "list all.zip" } else { "list all.zip A-1" };
        assert_eq!(client.asked(), asked);
        // The file is asked for until it has no more than is listed.
        assert_eq!(client.asked(), "list all.zip");
        // One of those that come back is another, whatever its time.
        client.publish(&[SECOND[0], ("B-1", "2024-01-01T00:00:00Z"), SECOND[2]]);
        assert_eq!(client.asked(), "list B-1 LATE-1");
        assert_eq!((client.lacking.clone(), client.asked().as_str()), (None, "list"));
    }
}

#[test]
fn what_the_file_holds_and_nobody_lists_goes_with_the_next_file() {
    let mut client = Client::osv();
    client.zip(&[FIRST[0], FIRST[1], ("GONE-1", LATER)]);
    assert_eq!(client.asked(), "list all.zip");
    assert_eq!(client.asked(), "list all.zip");
    client.zip(FIRST);
    assert_eq!((client.asked().as_str(), client.asked().as_str()), ("list all.zip", "list"));
}

#[test]
fn rows_that_name_no_record_are_left_out_and_told_of_until_they_are_gone() {
    let good = ids(60);
    let mut list: String = good.iter().map(|id| format!("{LATER},{id}\n")).collect();
    let many: Vec<_> = good.iter().map(|id| (id.as_str(), LATER)).collect();
    list += &format!("oops\n{LATER},\n{LATER},..\n{LATER},x/X-001\n");
    list += &format!("{LATER},X-002.json.part\nmodified,id\n");
    let mut client = Client::osv();
    client.zip(&many).publisher.put("Debian/modified_id.csv", list.clone());
    let told = Some("6 rows of its list name no record that can be fetched".to_owned());
    assert_eq!((client.asked().as_str(), client.lacking.clone()), ("list all.zip", told.clone()));
    client.publisher.put("Debian/modified_id.csv", format!("{list}{LATER},{}", good[0]));
    for _ in 0..2 {
        assert_eq!((client.asked().as_str(), client.lacking.clone()), ("list", told.clone()));
    }
    client.list(&many);
    assert_eq!((client.asked().as_str(), client.lacking.clone()), ("list", None));
    // With too many of them it is no list.
    client.publisher.put("Debian/modified_id.csv", format!("{list}{LATER},X-001.JSON"));
    assert_eq!(client.asked(), "list all.zip");
    assert!(client.lacking.clone().unwrap().contains("modified_id.csv cannot be used"));
}

#[test]
fn a_list_that_is_too_large_is_told_of() {
    let mut client = Client::osv();
    client.options.file_bytes = 6_000;
    let many = ids(300);
    client.list(&many.iter().map(|id| (id.as_str(), LATER)).collect::<Vec<_>>());
    assert_eq!(client.asked(), "list all.zip");
    assert!(client.lacking.clone().unwrap().contains("more than the 6000 bytes"));
}

#[test]
fn a_time_that_has_not_come_yet_is_not_newer_than_what_is_listed() {
    let mut client = Client::osv();
    // Now is the fifteenth of January 2027.
    client.zip(&[("B-1", "2027-01-15T12:00:00Z"), ("A-1", "2062-01-01T00:00:00Z")]);
    client.publish(FIRST);
    assert_eq!(client.asked(), "list all.zip A-1");
    assert_eq!((client.beside().as_str(), client.asked().as_str()), ("A-1", "list"));
}
