//! How each version scheme orders two strings, exactly as its native tool does, and which versions a requirement allows.
//!
//! May use: nothing but the standard library. Must never know: packages, advisories, what a range of affected versions means.

mod number;
mod requirement;
mod scheme;
mod schemes;

pub use requirement::{
    NpmOptions, VersionRange, allows, comparators, complement, npm_satisfies, requirement, vers,
};
pub use scheme::Scheme;
pub use schemes::{SCHEMES, scheme};
