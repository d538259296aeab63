//! Forms that several feeds are written in.

pub(crate) mod flaw_ids;
pub(crate) mod lenient;
pub(crate) mod records;
pub(crate) mod secdb;
pub(crate) mod xml;
