//! The schemes, one file each. To add one: its file, and its line in [`SCHEMES`].

use crate::Scheme;

/// Every scheme, in the order of their ids.
pub static SCHEMES: &[&Scheme] = &[];

/// The scheme with that id.
#[must_use]
pub fn scheme(id: &str) -> Option<&'static Scheme> {
    SCHEMES.iter().copied().find(|scheme| scheme.id == id)
}
