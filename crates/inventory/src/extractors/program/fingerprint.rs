//! A row of the table: which files may be a program, what in their bytes says so and in which version, and examples of both.

use plimsoll_core::PackageType;

use super::version::{as_found, go_module};
use crate::Pattern;

/// One product as its files say it.
pub(super) struct Fingerprint {
    pub(super) kind: PackageType,
    /// The name of its package. In a Go module's path, `/v{major}` is there from the second major version on.
    pub(super) name: &'static str,
    /// The files that may be it: `Name`, `NameStart` and `PathEnd`.
    pub(super) files: &'static [Pattern],
    /// What such a file begins with, one of these; anything where there is none.
    pub(super) begins: &'static [&'static [u8]],
    /// What says that it is this product, and its version. The first that is found counts.
    pub(super) marks: &'static [Mark],
    /// The same, less certain: they count where no mark is found, in their order, and each only where it says one version alone.
    pub(super) hints: &'static [Mark],
    /// What only another product has: a file that has one of these anywhere is not this one.
    pub(super) unless: &'static [&'static [u8]],
    /// True where a number in the file's name is the beginning of the version, and says which one is meant: `python3.11`.
    pub(super) named_by_version: bool,
    /// The package's version from the one that was found; `None` where that is none.
    pub(super) version: fn(&str) -> Option<String>,
    /// Vendor and product under which NVD has it, as `vendor:product`.
    pub(super) cpes: &'static [&'static str],
    #[cfg_attr(not(test), expect(dead_code, reason = "they are run by the tests"))]
    pub(super) examples: &'static [Example],
}

/// Path, bytes after the file's first ones, and the version that is found in them.
pub(super) type Example = (&'static str, &'static [u8], Option<&'static str>);

impl Fingerprint {
    /// A program or library in machine code, named by its product.
    pub(super) const PROGRAM: Self = Self {
        kind: PackageType::Generic,
        name: "",
        files: &[],
        begins: MACHINE_CODE,
        marks: &[],
        hints: &[],
        unless: &[],
        named_by_version: false,
        version: as_found,
        cpes: &[],
        examples: &[],
    };

    /// A Go program, named by its main module.
    pub(super) const GO: Self =
        Self { kind: PackageType::Golang, version: go_module, ..Self::PROGRAM };

    /// A text of its own shape.
    pub(super) const TEXT: Self = Self { begins: &[], ..Self::PROGRAM };
}

/// ELF, PE and Mach-O: whatever holds machine code.
pub(super) const MACHINE_CODE: &[&[u8]] = &[
    b"\x7fELF",
    b"MZ",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe\x00\x00\x00",
    // A library for the linker, which holds object files.
    b"!<arch>\n",
];

/// A place in the bytes that says a version.
pub(super) struct Mark {
    /// What is looked for: bytes that stand in every such place.
    pub(super) anchor: &'static [u8],
    /// The place, as a regular expression on bytes whose group is the version; of several groups, the version is all that match with
    /// dots between them. `<v>` stands for a group of numbers with dots between them, `<s>` for one that may go on with what semantic
    /// versioning allows.
    pub(super) shape: &'static str,
    /// True where the shape is what follows the anchor; else it holds the anchor somewhere.
    pub(super) follows: bool,
    /// Bytes before and after the anchor in which the shape is looked for.
    pub(super) before: usize,
    pub(super) after: usize,
}

/// The version stands right after these bytes.
pub(super) const fn after(anchor: &'static [u8], shape: &'static str) -> Mark {
    Mark { anchor, shape, follows: true, before: 0, after: 160 }
}

/// The version stands near these bytes, as the shape says.
pub(super) const fn near(anchor: &'static [u8], shape: &'static str) -> Mark {
    Mark { anchor, shape, follows: false, before: 96, after: 160 }
}

impl Mark {
    /// Looks further than other marks do.
    pub(super) const fn within(self, bytes: usize) -> Self {
        Self { before: bytes, after: bytes, ..self }
    }
}
