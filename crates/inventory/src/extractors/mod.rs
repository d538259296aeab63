//! The package formats, one file each. To add one: its file, and its line in [`EXTRACTORS`].

mod apk;
mod chisel;
mod chrome_extension;
mod dart;
mod dpkg;
mod erlang;
mod gguf;
pub mod go_binary;
mod hackage;
mod huggingface;
pub mod java;
mod julia;
mod luarocks;
mod nimble;
mod node;
mod opam;
mod os_release;
mod python;
mod rpm;
mod safetensors;
mod spack;
mod swi_prolog;
mod swift;
mod vcpkg;
mod vscode_extension;

use crate::Extractor;

/// Every part that reads files, in the order of their ids.
pub static EXTRACTORS: &[&Extractor] = &[
    &apk::APK,
    &chisel::CHISEL,
    &chrome_extension::CHROME_EXTENSION,
    &dart::DART,
    &dpkg::DPKG,
    &erlang::ERLANG,
    &gguf::GGUF,
    &go_binary::GO_BINARY,
    &hackage::HACKAGE,
    &huggingface::HUGGINGFACE,
    &java::JAVA,
    &julia::JULIA,
    &luarocks::LUAROCKS,
    &nimble::NIMBLE,
    &node::NODE,
    &opam::OPAM,
    &os_release::OS_RELEASE,
    &python::PYTHON,
    &rpm::RPM,
    &safetensors::SAFETENSORS,
    &spack::SPACK,
    &swi_prolog::SWI_PROLOG,
    &swift::SWIFT,
    &vcpkg::VCPKG,
    &vscode_extension::VSCODE_EXTENSION,
];

/// The files that say which distribution an image is, the first that is there counts.
pub static RELEASE_FILES: &[&str] = &["etc/os-release", "usr/lib/os-release"];
