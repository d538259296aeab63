//! How Red Hat names products and packages, wherever it publishes: releases by CPE, packages by purl or build, streams of modules.

use std::borrow::Cow;

use plimsoll_advisory::NameKind;

use super::csaf::{Component, Dialect, Naming, NoPackage, Package};
use super::modules::stream;
use super::purl::Purl;
use super::rpm::{Nevra, with_epoch};

pub(crate) const FAMILY: &str = "Red Hat";
/// Whose words its severities are.
pub(crate) const SOURCE: &str = "redhat";

/// The releases that all its sources speak of in full.
pub(crate) const SUPPORTED: &[&str] = &[
    "enterprise_linux:10",
    "enterprise_linux:6",
    "enterprise_linux:7",
    "enterprise_linux:8",
    "enterprise_linux:9",
    "rhel_aus:",
    "rhel_e4s:",
    "rhel_els:",
    "rhel_eus:",
    "rhel_tus:",
];

pub(crate) const NOT_RPM: &str = "a container image or another thing that is no rpm";
pub(crate) const WHOLE_MODULE: &str = "a module, whose packages are named apart";
pub(crate) const UNKNOWN_CPE: &str = "unknown CPE";
const UNKNOWN_MODULE: &str = "unknown module";

/// Red Hat's CSAF, as the records of a feed.
pub(crate) const fn dialect(feed: &'static str, is_id: fn(&str) -> bool) -> Dialect {
    Dialect { feed, source: SOURCE, domains: &["redhat.com"], is_id, package }
}

/// The release that a CPE names, as OSV's Red Hat ecosystems do: `enterprise_linux:9::baseos` of
/// `cpe:/o:redhat:enterprise_linux:9::baseos`.
pub(crate) fn release(cpe: &str) -> Option<&str> {
    let (_, product) = cpe.strip_prefix("cpe:/")?.split_once(":redhat:")?;
    Some(product.trim_end_matches(':')).filter(|product| !product.is_empty())
}

/// `nodejs:18` and `nodejs` of `nodejs:18/nodejs`, as packages of a module are named that are not fixed.
pub(crate) fn package_of_module(name: &str) -> Option<(&str, &str)> {
    let (module, package) = name.split_once('/')?;
    (stream(module) == Some(module) && !package.is_empty() && !package.contains(['/', ':', '@']))
        .then_some((module, package))
}

fn package<'d>(component: &Component<'d>, _: Naming) -> Result<Package<'d>, NoPackage> {
    let release = release(component.platform.cpe).ok_or(NoPackage::Unreadable(UNKNOWN_CPE))?;
    let id = component.component.id;
    let mut package = match Purl::parse(component.component.purl) {
        Some(purl) if purl.kind == "rpm" => of_purl(&purl)?,
        Some(purl) if purl.kind == "rpmmod" && !id.contains('/') => {
            return Err(NoPackage::Other(WHOLE_MODULE));
        }
        Some(purl) if purl.kind != "rpmmod" => return Err(NoPackage::Other(NOT_RPM)),
        _ => of_name(id)?,
    };
    package.release = Cow::Borrowed(release);
    if package.module.is_none() {
        let group = component.group.map(|group| group.id);
        let of_group = group.and_then(stream);
        let of_name = package_of_module(id).map(|(module, _)| module);
        package.module = of_group.or(of_name).map(Cow::Borrowed);
    }
    Ok(package)
}

fn of_purl<'d>(purl: &Purl<'d>) -> Result<Package<'d>, NoPackage> {
    let arch = purl.qualifier("arch").unwrap_or_default();
    let module = match purl.qualifier("rpmmod") {
        Some(module) => {
            let length = stream(&module).ok_or(NoPackage::Unreadable(UNKNOWN_MODULE))?.len();
            Some(beginning(module, length))
        }
        None => None,
    };
    // What is not fixed has the stream for a version, if it has one.
    let version = purl.version();
    let epoch = purl.qualifier("epoch").unwrap_or_default();
    let version = version.contains('-').then(|| with_epoch(&epoch, version));
    Ok(Package {
        family: FAMILY,
        release: Cow::Borrowed(""),
        name: purl.name(),
        names: if arch == "src" { NameKind::Source } else { NameKind::Binary },
        version,
        arch,
        module,
    })
}

/// Documents of former years have no purls.
fn of_name(id: &str) -> Result<Package<'_>, NoPackage> {
    let name = package_of_module(id).map_or(id, |(_, package)| package);
    if name.contains(['/', '@', ' ']) {
        return Err(NoPackage::Other(NOT_RPM));
    }
    let package = Package { family: FAMILY, ..Package::named(name, Nevra::guess(name)) };
    // What has no architecture either is the component, not one of the packages built from it.
    let names = if package.arch.is_empty() { NameKind::Source } else { package.names };
    Ok(Package { names, ..package })
}

fn beginning(text: Cow<'_, str>, length: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..length).unwrap_or(text)),
        Cow::Owned(mut text) => {
            text.truncate(length);
            Cow::Owned(text)
        }
    }
}
