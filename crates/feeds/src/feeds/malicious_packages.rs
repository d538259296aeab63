//! The OpenSSF's malicious packages (github.com/ossf/malicious-packages): OSV records in `osv/malicious/ECOSYSTEM/PACKAGE`, and those
//! taken back in `osv/withdrawn`. It can be complete for no language: it knows nothing of flaws.

use crate::document::Document;
use crate::feed::{Feed, Origin};
use crate::formats::osv::{self, Database};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static MALICIOUS_PACKAGES: Feed = Feed {
    id: "malicious-packages",
    summary: "Malicious packages of npm, PyPI, RubyGems and others, collected by the OpenSSF",
    origins: &[Origin {
        url: "https://github.com/ossf/malicious-packages/archive/refs/heads/main.tar.gz",
        file: "malicious-packages/malicious-packages.tar.gz",
        families: &[
            "Go",
            "Maven",
            "NuGet",
            "Packagist",
            "PyPI",
            "RubyGems",
            "VSCode",
            "crates.io",
            "npm",
        ],
        ..Origin::BASE
    }],
    recognises: |outline| {
        osv::recognises(outline)
            && outline.file_name().starts_with("MAL-")
            && (outline.lies_in("osv/malicious") || outline.lies_in("osv/withdrawn"))
    },
    import,
    ..Feed::BASE
};

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    osv::import(
        &Database { feed: MALICIOUS_PACKAGES.id, names_no_package: false },
        document,
        import,
    )
}
