//! What tests build their input with: images, package databases, jars, advisories, and archives made by an enemy.
//!
//! May use: the standard library, compressors, a zip writer. Must never know: any other crate of the workspace, so that every crate
//! can test with it. Production code never depends on it.
//!
//! Everything is made in memory and is the same on every run. A builder panics where a test asks for something impossible.

pub mod apk;
pub mod dpkg;
pub mod elf;
pub mod hostile;
pub mod http;
mod image;
pub mod jar;
mod layer;
mod layout;
pub mod node;
pub mod osv;
pub mod python;
pub mod rpmdb;
pub mod sqlite;
mod tar;

pub use image::{Image, docker_archive};
pub use layer::{Compression, Layer};
pub use layout::Layout;
pub use tar::{LongNames, TarEntry, TarKind, TarWriter};

/// The SHA-256 of the bytes as OCI writes it: `sha256:` and hexadecimal.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let mut text = String::from("sha256:");
    for byte in sha2::Sha256::digest(bytes) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
