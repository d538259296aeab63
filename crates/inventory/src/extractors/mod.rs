//! The package formats, one file each. To add one: its file, and its line in [`EXTRACTORS`].

mod apk;
mod apt_sources;
mod chisel;
mod chrome_extension;
mod dart;
mod deb822;
mod dnf;
mod dotnet_deps;
mod dpkg;
mod elf_package_note;
mod erlang;
mod gguf;
pub mod go_binary;
mod graalvm_native_image;
mod hackage;
mod huggingface;
pub mod java;
mod julia;
mod lines;
mod luarocks;
mod nimble;
mod node;
mod opam;
mod opkg;
mod os_release;
mod packed_binary;
mod python;
mod release_file;
mod rpm;
mod ruby;
mod rust_binary;
mod safetensors;
mod spack;
mod swi_prolog;
mod swift;
mod vcpkg;
mod vscode_extension;

pub use release_file::RELEASE_FILES;

use crate::Extractor;

/// Every part that reads files, in the order of their ids.
pub static EXTRACTORS: &[&Extractor] = &[
    &apk::APK,
    &apt_sources::APT_SOURCES,
    &chisel::CHISEL,
    &chrome_extension::CHROME_EXTENSION,
    &dart::DART,
    &dnf::DNF,
    &dotnet_deps::DOTNET_DEPS,
    &dpkg::DPKG,
    &elf_package_note::ELF_PACKAGE_NOTE,
    &erlang::ERLANG,
    &gguf::GGUF,
    &go_binary::GO_BINARY,
    &graalvm_native_image::GRAALVM_NATIVE_IMAGE,
    &hackage::HACKAGE,
    &huggingface::HUGGINGFACE,
    &java::JAVA,
    &julia::JULIA,
    &luarocks::LUAROCKS,
    &nimble::NIMBLE,
    &node::NODE,
    &opam::OPAM,
    &opkg::OPKG,
    &os_release::OS_RELEASE,
    &packed_binary::PACKED_BINARY,
    &python::PYTHON,
    &release_file::RELEASE_FILE,
    &rpm::RPM,
    &ruby::RUBY,
    &rust_binary::RUST_BINARY,
    &safetensors::SAFETENSORS,
    &spack::SPACK,
    &swi_prolog::SWI_PROLOG,
    &swift::SWIFT,
    &vcpkg::VCPKG,
    &vscode_extension::VSCODE_EXTENSION,
];
