//! The package formats, one file each. To add one: its file, and its line in [`EXTRACTORS`].

mod apk;
mod debian_copyright;
mod dpkg;
mod embedded_sbom;
pub mod go_binary;
pub mod java;
mod node;
mod os_release;
mod python;
mod rpm;

use crate::Extractor;

/// Every part that reads files, in the order of their ids.
pub static EXTRACTORS: &[&Extractor] = &[
    &apk::APK,
    &debian_copyright::DEBIAN_COPYRIGHT,
    &dpkg::DPKG,
    &embedded_sbom::EMBEDDED_SBOM,
    &go_binary::GO_BINARY,
    &java::JAVA,
    &node::NODE,
    &os_release::OS_RELEASE,
    &python::PYTHON,
    &rpm::RPM,
];

/// The files that say which distribution an image is, the first that is there counts.
pub static RELEASE_FILES: &[&str] = &["etc/os-release", "usr/lib/os-release"];
