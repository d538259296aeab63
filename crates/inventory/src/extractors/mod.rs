//! The package formats, one file each. To add one: its file, and its line in [`EXTRACTORS`].

mod apk;
mod apt_sources;
mod chisel;
mod chrome_extension;
mod composer;
mod conda;
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
mod pear;
mod perl;
mod python;
mod r;
mod release_file;
mod rpm;
mod ruby;
mod safetensors;
mod spack;
mod swi_prolog;
mod swift;
mod vcpkg;
mod vscode_extension;
mod wordpress;

pub use release_file::RELEASE_FILES;

use crate::Extractor;

/// Every part that reads files, in the order of their ids.
pub static EXTRACTORS: &[&Extractor] = &[
    &apk::APK,
    &apt_sources::APT_SOURCES,
    &chisel::CHISEL,
    &chrome_extension::CHROME_EXTENSION,
    &composer::COMPOSER,
    &conda::CONDA,
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
    &pear::PEAR,
    &perl::PERL,
    &python::PYTHON,
    &r::R,
    &release_file::RELEASE_FILE,
    &rpm::RPM,
    &ruby::RUBY,
    &safetensors::SAFETENSORS,
    &spack::SPACK,
    &swi_prolog::SWI_PROLOG,
    &swift::SWIFT,
    &vcpkg::VCPKG,
    &vscode_extension::VSCODE_EXTENSION,
    &wordpress::WORDPRESS,
];
