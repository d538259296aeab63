//! Forms that several feeds are written in.

pub(crate) mod cvrf;
pub(crate) mod oval;
pub(crate) mod xml;
