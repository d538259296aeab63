//! The package formats, one file each. To add one: its file, and its line in [`EXTRACTORS`].

mod apk;
mod apt_sources;
mod bottlerocket;
mod chisel;
mod deb822;
mod dnf;
mod dpkg;
pub mod go_binary;
mod homebrew;
pub mod java;
mod lines;
mod nix;
mod node;
mod opkg;
mod os_release;
mod pacman;
mod portage;
mod python;
mod red_hat;
mod release_file;
mod rpm;
mod rpm_manifest;
mod snap;

pub use release_file::RELEASE_FILES;

use crate::Extractor;

/// Every part that reads files, in the order of their ids.
pub static EXTRACTORS: &[&Extractor] = &[
    &apk::APK,
    &apt_sources::APT_SOURCES,
    &bottlerocket::BOTTLEROCKET,
    &chisel::CHISEL,
    &dnf::DNF,
    &dpkg::DPKG,
    &go_binary::GO_BINARY,
    &homebrew::HOMEBREW,
    &java::JAVA,
    &nix::NIX,
    &node::NODE,
    &opkg::OPKG,
    &os_release::OS_RELEASE,
    &pacman::PACMAN,
    &portage::PORTAGE,
    &python::PYTHON,
    &red_hat::RED_HAT,
    &release_file::RELEASE_FILE,
    &rpm::RPM,
    &rpm_manifest::RPM_MANIFEST,
    &snap::SNAP,
];
