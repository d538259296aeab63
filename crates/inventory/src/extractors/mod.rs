//! The package formats, one file each. To add one: its file, and its line in [`EXTRACTORS`].

mod apk;
mod dpkg;
pub mod go_binary;
pub mod java;
mod node;
mod os_release;
mod program;
mod python;
mod rpm;

use crate::Extractor;

/// Every part that reads files, in the order of their ids.
pub static EXTRACTORS: &[&Extractor] = &[
    &apk::APK,
    &dpkg::DPKG,
    &go_binary::GO_BINARY,
    &java::JAVA,
    &node::NODE,
    &os_release::OS_RELEASE,
    &program::PROGRAM,
    &python::PYTHON,
    &rpm::RPM,
];

/// The files that say which distribution an image is, the first that is there counts.
pub static RELEASE_FILES: &[&str] = &["etc/os-release", "usr/lib/os-release"];
