//! The package formats, one file each. To add one: its file, and its line in [`EXTRACTORS`].

mod apk;
mod apt_sources;
mod dotnet_deps;
mod dpkg;
mod elf_package_note;
pub mod go_binary;
mod graalvm_native_image;
pub mod java;
mod node;
mod os_release;
mod packed_binary;
mod python;
mod release_file;
mod rpm;
mod rust_binary;

pub use release_file::RELEASE_FILES;

use crate::Extractor;

/// Every part that reads files, in the order of their ids.
pub static EXTRACTORS: &[&Extractor] = &[
    &apk::APK,
    &apt_sources::APT_SOURCES,
    &dotnet_deps::DOTNET_DEPS,
    &dpkg::DPKG,
    &elf_package_note::ELF_PACKAGE_NOTE,
    &go_binary::GO_BINARY,
    &graalvm_native_image::GRAALVM_NATIVE_IMAGE,
    &java::JAVA,
    &node::NODE,
    &os_release::OS_RELEASE,
    &packed_binary::PACKED_BINARY,
    &python::PYTHON,
    &release_file::RELEASE_FILE,
    &rpm::RPM,
    &rust_binary::RUST_BINARY,
];
