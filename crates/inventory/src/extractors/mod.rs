//! The package formats, one file each. To add one: its file, and its line in [`EXTRACTORS`].

mod apk;
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
mod node;
mod opam;
mod os_release;
mod python;
mod rpm;
mod safetensors;
mod swift;

use crate::Extractor;

/// Every part that reads files, in the order of their ids.
pub static EXTRACTORS: &[&Extractor] = &[
    &apk::APK,
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
    &node::NODE,
    &opam::OPAM,
    &os_release::OS_RELEASE,
    &python::PYTHON,
    &rpm::RPM,
    &safetensors::SAFETENSORS,
    &swift::SWIFT,
];

/// The files that say which distribution an image is, the first that is there counts.
pub static RELEASE_FILES: &[&str] = &["etc/os-release", "usr/lib/os-release"];
