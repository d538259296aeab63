//! Alibaba Cloud Linux's CSAF (mirrors.aliyun.com/alinux/cve/data/CSAF): a document for each advisory, and one for each CVE.

use std::borrow::Cow;

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::csaf::{
    Component, Dialect, Naming, NoPackage, Package, begins, import, is_cve,
};
use crate::formats::rpm::Nevra;

const FAMILY: &str = "Alibaba Cloud Linux";
const DIALECT: Dialect = Dialect {
    feed: "alinux-csaf",
    source: "alibaba",
    domains: &["aliyun.com", "aliyuncs.com", "alibaba.com", "alibabacloud.com", "openanolis.cn"],
    is_id: |id| is_cve(id) || begins(id, "ALINUX"),
    package,
};

pub(crate) static ALINUX_CSAF: Feed = Feed {
    id: DIALECT.feed,
    summary: "Alibaba Cloud Linux's advisories and VEX (CSAF): which packages are affected and which builds fix them",
    origins: &[
        Origin {
            url: "https://mirrors.aliyun.com/alinux/cve/data/CSAF/advisories/",
            file: "alinux/alinux-csaf-advisories.tar.zst",
            families: &[FAMILY],
            ..Origin::BASE
        },
        Origin {
            url: "https://mirrors.aliyun.com/alinux/cve/data/CSAF/vex/",
            file: "alinux/alinux-csaf-vex.tar.zst",
            families: &[FAMILY],
            ..Origin::BASE
        },
    ],
    recognises: |outline| DIALECT.recognises(outline),
    import: |document, into| import(document, into, &DIALECT),
    complete: &[Complete {
        names: &["alinux-csaf", "alinux-csaf-advisories", "alinux-csaf-vex"],
        family: FAMILY,
        releases: Releases::These(&["2", "3", "4"]),
    }],
    ..Feed::BASE
};

/// Releases are named `Alinux 3`, or with the month of their kernel `Alinux 2.1903`; packages by their builds.
fn package<'d>(component: &Component<'d>, naming: Naming) -> Result<Package<'d>, NoPackage> {
    let id = component.platform.id;
    let version = id.strip_prefix("Alinux ").or_else(|| id.strip_prefix("Alibaba Cloud Linux "));
    let major = version.and_then(|version| version.split('.').next());
    let release = major.ok_or(NoPackage::Other("a product that is no distribution"))?;
    let name = component.component.id;
    let build = Nevra::guess(name);
    if naming == Naming::Build && build.is_none() {
        return Err(NoPackage::Unreadable("a name that is no build"));
    }
    Ok(Package { family: FAMILY, release: Cow::Borrowed(release), ..Package::named(name, build) })
}
