//! A fuzz target for every decoder of hostile bytes: a plain function over bytes that panics where something fails to hold that holds
//! for any input.
//!
//! May use: every crate of the workspace but the program. Must never know: libFuzzer. Only `main.rs` does, so that a target runs as well
//! in an ordinary test, or over the one input that broke it. Production code never depends on this crate.
//!
//! What always holds: no panic, not even one that a scan would catch; the same result twice; no more than the limits allow. That a run
//! ends in time and within memory is seen to by libFuzzer and the operating system (`cargo xtask fuzz`).

#![expect(clippy::disallowed_methods, reason = "reads the repository's sources and data for tests")]

mod bytes;
mod literals;
mod real_files;
mod scratch;
mod seeds;
mod target;
mod targets;

pub use real_files::RealFiles;
pub use seeds::{Seeds, seeds};
pub use target::{Decoder, Fixed, Target, find, targets};
pub use targets::TARGETS;

use plimsoll_core::Limits;

/// Small limits: inputs of a few kilobytes then reach them, and none takes long.
#[must_use]
pub fn limits() -> Limits {
    const MIB: u64 = 1 << 20;
    Limits {
        layer_bytes: 16 * MIB,
        layer_entries: 1_000,
        tar_header_bytes: 16 << 10,
        file_bytes: 8 * MIB,
        file_memory_bytes: 2 * MIB,
        text_bytes: 2 * MIB,
        ratio_free_bytes: MIB,
        zstd_window_log: 22,
        archive_members: 100,
        zip_entries: 500,
        nested_bytes: 8 * MIB,
        rpm_header_bytes: 1 << 20,
        packages_per_file: 1_000,
        owned_paths_per_file: 10_000,
        part_result_bytes: 4 * MIB,
        layer_name_bytes: MIB,
        image_result_bytes: 8 * MIB,
        document_bytes: MIB,
        layers: 20,
        archive_document_bytes: 4 * MIB,
        problems: 20,
        ..Limits::default()
    }
}
