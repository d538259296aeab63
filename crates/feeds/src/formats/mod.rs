//! Forms that several feeds are written in.

pub(crate) mod xml;
