//! Forms that several feeds are written in.

pub(crate) mod errata;
pub(crate) mod modules;
pub(crate) mod moment;
pub(crate) mod named;
pub(crate) mod nevra;
pub(crate) mod updateinfo;
pub(crate) mod xml;
