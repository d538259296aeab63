//! The package formats, one file each. To add one: its file, and its line in [`EXTRACTORS`].

mod apk;
mod dotnet_deps;
mod dotnet_pe;
mod dpkg;
mod elf_package_note;
pub mod go_binary;
mod graalvm_native_image;
pub mod java;
mod java_runtime;
mod linux_kernel;
mod linux_kernel_module;
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
    &java_runtime::JAVA_RUNTIME,
    &linux_kernel::LINUX_KERNEL,
    &linux_kernel_module::LINUX_KERNEL_MODULE,
    &node::NODE,
    &os_release::OS_RELEASE,
    &packed_binary::PACKED_BINARY,
    &python::PYTHON,
    &rpm::RPM,
    &rust_binary::RUST_BINARY,
];

/// The files that say which distribution an image is, the first that is there counts.
pub static RELEASE_FILES: &[&str] = &["etc/os-release", "usr/lib/os-release"];
