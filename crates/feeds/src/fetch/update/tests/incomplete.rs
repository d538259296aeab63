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
