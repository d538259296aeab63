//! Forms that several feeds are written in.

pub(crate) mod oval;
pub(crate) mod xml;
