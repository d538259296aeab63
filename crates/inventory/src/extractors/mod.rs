//! The package formats, one file each. To add one: its file, and its line in [`EXTRACTORS`].

mod apk;
mod dotnet_deps;
mod dotnet_pe;
mod dpkg;
mod elf_package_note;
pub mod go_binary;
mod graalvm_native_image;
pub mod java;
mod node;
mod os_release;
mod packed_binary;
mod python;
mod rpm;
mod rust_binary;

use crate::Extractor;

/// Every part that reads files, in the order of their ids.
pub static EXTRACTORS: &[&Extractor] = &[
    &apk::APK,
    &dotnet_deps::DOTNET_DEPS,
    &dotnet_pe::DOTNET_PE,
    &dpkg::DPKG,
    &elf_package_note::ELF_PACKAGE_NOTE,
    &go_binary::GO_BINARY,
    &graalvm_native_image::GRAALVM_NATIVE_IMAGE,
    &java::JAVA,
    &node::NODE,
    &os_release::OS_RELEASE,
    &packed_binary::PACKED_BINARY,
    &python::PYTHON,
    &rpm::RPM,
    &rust_binary::RUST_BINARY,
];

/// The files that say which distribution an image is, the first that is there counts.
pub static RELEASE_FILES: &[&str] = &["etc/os-release", "usr/lib/os-release"];
