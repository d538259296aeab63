//! Forms that several feeds are written in.

pub(crate) mod claims;
pub(crate) mod front_matter;
pub(crate) mod osv;
pub(crate) mod requirement;
pub(crate) mod xml;
pub(crate) mod yaml;
