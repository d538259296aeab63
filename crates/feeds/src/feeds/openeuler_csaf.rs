//! openEuler's CSAF (repo.openeuler.org/security/data/csaf): a document for each advisory, and one for each CVE and package.

use std::borrow::Cow;

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::csaf::{Component, Dialect, Naming, NoPackage, Package, import};
use crate::formats::rpm::Nevra;

const DIALECT: Dialect = Dialect {
    feed: "openeuler-csaf",
    source: "openeuler",
    domains: &["openeuler.org"],
    is_id: |_| true,
    package,
};

pub(crate) static OPENEULER_CSAF: Feed = Feed {
    id: DIALECT.feed,
    version: 1,
    summary: "openEuler's advisories and CVEs (CSAF): the builds that fix them",
    origins: &[Origin {
        url: "https://repo.openeuler.org/security/data/csaf/",
        file: "openeuler/openeuler-csaf.tar.zst",
        families: &["openEuler"],
        ..Origin::BASE
    }],
    recognises: |outline| DIALECT.recognises(outline),
    import: |document, into| import(document, into, &DIALECT),
    complete: &[Complete {
        names: &["openeuler-csaf"],
        family: "openEuler",
        releases: Releases::Beginning(&["20.03-LTS", "22.03-LTS", "24.03-LTS"]),
    }],
    // Several packages of one CVE have a document each.
    spread: true,
    ..Feed::BASE
};

/// Releases are named `openEuler-24.03-LTS-SP1`, packages by the names of their files.
fn package<'d>(component: &Component<'d>, _: Naming) -> Result<Package<'d>, NoPackage> {
    let release = component.platform.id.strip_prefix("openEuler-");
    let release = release.ok_or(NoPackage::Other("a product that is no distribution"))?;
    let build = Nevra::guess(component.component.id)
        .ok_or(NoPackage::Unreadable("a name that is no build"))?;
    Ok(Package {
        family: "openEuler",
        release: Cow::Borrowed(release),
        ..Package::named(build.name, Some(build))
    })
}
