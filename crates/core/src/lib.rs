//! The nouns that every other crate speaks: digests, paths inside an image, packages, releases, problems, limits, days and moments.
//!
//! May use: the standard library, a purl crate, a hash. Must never know: I/O, async, SQL, HTTP, the command line.
//! The aggregates here are not serialised: cache records, report shapes and API shapes are structs of their own.

mod codename;
mod coverage;
mod day;
mod digest;
mod distro;
mod limits;
mod package;
mod path;
mod platform;
mod severity;
mod text;
mod timestamp;

pub use codename::{debian_release, ubuntu_release};
pub use coverage::{
    Coverage, CoverageVerdict, PartRun, Problem, ProblemKind, ReleaseCoverage, Undetermined,
};
pub use day::{Day, InvalidDay};
pub use digest::{Digest, InvalidDigest};
pub use distro::{Distro, Family};
pub use limits::Limits;
pub use package::{
    Evidence, License, Package, PackageClass, PackageId, PackageState, PackageType, SourcePackage,
};
pub use path::{ImagePath, PathHash};
pub use platform::{InvalidPlatform, Platform};
pub use severity::{InvalidSeverity, Severity};
pub use text::is_hostile;
pub use timestamp::{InvalidTimestamp, Timestamp};
