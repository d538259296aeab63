//! How each version scheme orders two strings, exactly as its native tool does.
//!
//! May use: nothing but the standard library. Must never know: packages, advisories, ranges' meaning.

mod number;
mod scheme;
mod schemes;

pub use scheme::Scheme;
pub use schemes::{SCHEMES, scheme};
