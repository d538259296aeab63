//! What came in part, or cannot be put into its place.

use super::*;

#[test]
fn a_file_that_cannot_be_put_into_its_place_costs_the_others_nothing() {
    let user = User::new();
    // Where the file goes there lies a directory.
    let place = user.home.path().join("feeds").join(GO);
    fs::create_dir_all(place.join("in the way")).unwrap();
    let report = user.update();
    assert!(
        matches!(outcomes(&report)[0], (GO, Outcome::Failed(why)) if why.contains("into its place"))
    );
    assert_eq!(outcomes(&report)[1], (NPM, &Outcome::Fetched));
    assert_eq!(user.records(), counts(&[("npm", 200)]));
    fs::remove_dir_all(place).unwrap();
    assert_eq!(outcomes(&user.update())[0], (GO, &Outcome::Fetched));
}

/// Publishes the first records, and a list of them, as they are in a year.
fn publish(user: &User, count: usize, year: u32) {
    let ids: Vec<_> = (0..count).map(|number| format!("GHSA-{number}")).collect();
    let list: String = ids.iter().map(|id| format!("{year}-01-01T00:00:00Z,{id}\n")).collect();
    user.publisher.put("osv/npm/modified_id.csv", list);
    for id in ids {
        let record = osv::record(&id, "npm", "it", Some("7.0")).to_string();
        user.publisher.put(&format!("osv/npm/{id}.json"), record);
    }
}

#[test]
fn more_changes_than_there_is_room_for_are_told_of_and_what_came_is_built() {
    let user = User { feeds: vec![&BULK], ..User::new() };
    let update = || {
        let fetch = FetchOptions { small_bulk_bytes: 3, most_changes: 3, ..options().0 };
        user.try_update_with(fetch).unwrap()
    };
    let incomplete = |report: &UpdateReport| match &report.files[0].outcome {
        Outcome::Incomplete(why) if report.files[0].outcome.is_failure() => why.clone(),
        other => panic!("{other:?}"),
    };
    user.publisher.put("osv/npm/all.zip", records("npm", 4));
    publish(&user, 4, 2020);
    assert_eq!(update().files[0].outcome, Outcome::Fetched);
    publish(&user, 5, 2026);
    let report = update();
    assert_eq!(incomplete(&report), "3 changes, 2 more are not fetched yet");
    assert!(report.built.is_some());
    // Nothing new has come: there is nothing to build.
    let report = update();
    assert_eq!(incomplete(&report), "0 changes, 2 more are not fetched yet");
    assert_eq!(report.built, None);
}

#[test]
fn ids_that_go_to_one_file_do_not_end_an_update() {
    let user = User { feeds: vec![&BULK], ..User::new() };
    user.publisher.put("osv/npm/all.zip", records("npm", 20));
    publish(&user, 20, 2020);
    let list = (0..20).map(|number| format!("2020-01-01T00:00:00Z,GHSA-{number}\n"));
    let list =
        list.collect::<String>() + "2026-01-02T00:00:00Z,x/GHSA-1\n2026-01-02,GHSA-2.json.part";
    user.publisher.put("osv/npm/modified_id.csv", list);
    for path in ["x/GHSA-1.json", "GHSA-2.json.part.json"] {
        user.publisher.put(&format!("osv/npm/{path}"), "{}");
    }
    let fetch = FetchOptions { small_bulk_bytes: 3, ..options().0 };
    let report = user.try_update_with(fetch).unwrap();
    let told = "2 rows of its list name no record that can be fetched".to_owned();
    assert_eq!(report.files[0].outcome, Outcome::Incomplete(told));
    assert_eq!(user.records(), counts(&[("npm", 20)]));
}
