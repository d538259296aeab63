//! The package formats, one file each. To add one: its file, and its line in [`EXTRACTORS`].

mod apk;
mod apple_bundle;
mod apt_sources;
mod bitnami;
mod bottlerocket;
mod cargo_lock;
mod chisel;
mod chrome_extension;
mod composer;
mod conan;
mod conda;
mod cos;
mod dart;
mod deb822;
mod debian_copyright;
mod dnf;
mod dotnet_bundle;
mod dotnet_deps;
mod dotnet_pe;
mod dpkg;
mod elf_package_note;
mod embedded_sbom;
mod erlang;
mod flatpak;
mod gguf;
pub mod go_binary;
mod graalvm_native_image;
mod hackage;
mod homebrew;
mod huggingface;
pub mod java;
mod java_runtime;
mod julia;
mod julia_manifest;
mod lines;
mod linux_kernel;
mod linux_kernel_module;
mod locked;
mod luarocks;
mod nimble;
mod nix;
mod node;
mod nuget_lock;
mod opam;
mod opkg;
mod os_release;
mod packed_binary;
mod pacman;
mod pear;
mod perl;
mod php_extension;
mod portage;
pub mod program;
mod python;
mod r;
mod red_hat;
mod release_file;
mod rpm;
mod rpm_manifest;
mod ruby;
mod rust_binary;
mod safetensors;
mod snap;
mod spack;
mod swi_prolog;
mod swift;
mod ubuntu_pro;
mod vcpkg;
mod vscode_extension;
mod wordpress;
mod yum;

pub(crate) use embedded_sbom::lies_in_tests;
pub use release_file::RELEASE_FILES;
pub(crate) use ruby::without_platform;

use crate::Extractor;

/// Every part that reads files, in the order of their ids.
pub static EXTRACTORS: &[&Extractor] = &[
    &apk::APK,
    &apple_bundle::APPLE_BUNDLE,
    &apt_sources::APT_SOURCES,
    &bitnami::BITNAMI,
    &bottlerocket::BOTTLEROCKET,
    &cargo_lock::CARGO_LOCK,
    &chisel::CHISEL,
    &chrome_extension::CHROME_EXTENSION,
    &composer::COMPOSER,
    &conan::CONAN,
    &conda::CONDA,
    &cos::COS,
    &dart::DART,
    &debian_copyright::DEBIAN_COPYRIGHT,
    &dnf::DNF,
    &dotnet_bundle::DOTNET_BUNDLE,
    &dotnet_deps::DOTNET_DEPS,
    &dotnet_pe::DOTNET_PE,
    &dpkg::DPKG,
    &elf_package_note::ELF_PACKAGE_NOTE,
    &embedded_sbom::EMBEDDED_SBOM,
    &erlang::ERLANG,
    &flatpak::FLATPAK,
    &gguf::GGUF,
    &go_binary::GO_BINARY,
    &graalvm_native_image::GRAALVM_NATIVE_IMAGE,
    &hackage::HACKAGE,
    &homebrew::HOMEBREW,
    &huggingface::HUGGINGFACE,
    &java::JAVA,
    &java_runtime::JAVA_RUNTIME,
    &julia::JULIA,
    &julia_manifest::JULIA_MANIFEST,
    &linux_kernel::LINUX_KERNEL,
    &linux_kernel_module::LINUX_KERNEL_MODULE,
    &luarocks::LUAROCKS,
    &nimble::NIMBLE,
    &nix::NIX,
    &node::NODE,
    &nuget_lock::NUGET_LOCK,
    &opam::OPAM,
    &opkg::OPKG,
    &os_release::OS_RELEASE,
    &packed_binary::PACKED_BINARY,
    &pacman::PACMAN,
    &pear::PEAR,
    &perl::PERL,
    &php_extension::PHP_EXTENSION,
    &portage::PORTAGE,
    &program::PROGRAM,
    &python::PYTHON,
    &r::R,
    &red_hat::RED_HAT,
    &release_file::RELEASE_FILE,
    &rpm::RPM,
    &rpm_manifest::RPM_MANIFEST,
    &ruby::RUBY,
    &rust_binary::RUST_BINARY,
    &safetensors::SAFETENSORS,
    &snap::SNAP,
    &spack::SPACK,
    &swi_prolog::SWI_PROLOG,
    &swift::SWIFT,
    &ubuntu_pro::UBUNTU_PRO,
    &vcpkg::VCPKG,
    &vscode_extension::VSCODE_EXTENSION,
    &wordpress::WORDPRESS,
    &yum::YUM,
];
