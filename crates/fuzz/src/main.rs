//! The program that libFuzzer runs: the target that `PLIMSOLL_FUZZ_TARGET` names, over the inputs that libFuzzer makes.
//!
//! Built and started by `cargo xtask fuzz`, which instruments it. libFuzzer's own `main` reads the arguments.

#![no_main]

use std::sync::LazyLock;

use plimsoll_fuzz::{Target, find};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("PLIMSOLL_FUZZ_TARGET").unwrap_or_default();
    find(&name).unwrap_or_else(|| panic!("PLIMSOLL_FUZZ_TARGET names no target: `{name}`"))
});

// Its initialisation ends the process at the first panic, also at one that a scan would catch.
libfuzzer_sys::fuzz_target!(|input: &[u8]| TARGET.run(input));
