//! Julia package versions, as `VersionNumber` of Julia's `base/version.jl` orders them: semantic versions of which the build counts too.
//! Packages of binaries (`Zlib_jll`) are built anew as `1.2.13+1`.

use super::dart;
use crate::Scheme;

/// Julia's order, which is that of pub: numbers before text, a build after none.
pub(super) static JULIA: Scheme = Scheme {
    id: "julia",
    summary: "Julia packages: VersionNumber of Julia",
    compare: dart::compare,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn a_new_build_sorts_after_the_old_one() {
        assert_ascending(
            &JULIA,
            &[
                "1.2.13-rc1",
                "1.2.13-rc1+0",
                "1.2.13",
                "1.2.13+0",
                "1.2.13+2",
                "1.2.13+10",
                "1.2.14",
            ],
        );
        assert_equal(&JULIA, "v1.2", "1.2.0");
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["", "main", "1.", "1.0.0+"] {
            assert_undefined(&JULIA, text, "1.0.0");
        }
    }
}
