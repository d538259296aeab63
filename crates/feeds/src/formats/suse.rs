//! How SUSE names products and packages: releases by the product's name, binaries by their build.

use std::borrow::Cow;

use super::csaf::{Component, Dialect, Naming, NoPackage, Package};
use super::rpm::{Nevra, split_arch};

/// SUSE's CSAF, as the records of a feed.
pub(crate) const fn dialect(feed: &'static str, is_id: fn(&str) -> bool) -> Dialect {
    Dialect { feed, source: "suse", domains: &["suse.com"], is_id, package }
}

/// The family and release of a product, as OSV's ecosystems of SUSE name them: `SUSE` and `Linux Enterprise Server 15 SP5`, `openSUSE` and
/// `Leap 15.5`. `None` for what is no distribution: a container or another image.
pub(crate) fn release(product: &str) -> Option<(&'static str, &str)> {
    let (family, release) = product.split_once(' ')?;
    match family {
        "SUSE" => Some(("SUSE", release)),
        "openSUSE" => Some(("openSUSE", release)),
        _ => None,
    }
}

fn package<'d>(component: &Component<'d>, naming: Naming) -> Result<Package<'d>, NoPackage> {
    let (family, release) = release(component.platform.id)
        .ok_or(NoPackage::Other("a product that is no distribution"))?;
    let id = component.component.id;
    let (_, arch) = split_arch(id);
    let build = match Nevra::guess(id) {
        Some(build) if naming == Naming::Build || !arch.is_empty() => Some(build),
        _ => None,
    };
    Ok(Package { family, release: Cow::Borrowed(release), ..Package::named(id, build) })
}
