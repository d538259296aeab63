//! The forms of an inventory.

use super::*;
use crate::{Presentation, SBOM_FORMATS};

#[test]
fn an_inventory_is_written_for_people_and_as_package_urls() {
    let directory = TempDir::new().unwrap();
    let report = report(&archive_of(&directory, "a.tar", &image()), 2, None);
    let written = |id: &str| {
        let format = SBOM_FORMATS.iter().find(|format| format.id == id).unwrap();
        let mut out = Vec::new();
        (format.write)(&report, &Presentation { width: 100, color: false }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let purls = written("purls");
    assert_eq!(purls.lines().count(), 5);
    assert!(purls.lines().is_sorted());
    assert!(
        purls.starts_with("pkg:deb/debian/bash@5.2-1?arch=amd64&distro=debian-12\n"),
        "{purls}"
    );
    let table = written("table");
    for line in [
        "Java archives · 1 package\n",
        "lodash   4.17.15  MIT      1      /usr/local/lib/node_modules/lodash/package.json\n",
        "Total     5 packages · complete\n",
    ] {
        assert!(table.contains(line), "{line}\n{table}");
    }
}
