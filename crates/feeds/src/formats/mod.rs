//! Forms that several feeds are written in.

pub(crate) mod csaf;
pub(crate) mod json;
pub(crate) mod purl;
pub(crate) mod red_hat;
pub(crate) mod rpm;
pub(crate) mod statements;
pub(crate) mod suse;
pub(crate) mod xml;
