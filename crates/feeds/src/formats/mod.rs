//! Forms that several feeds are written in.

pub(crate) mod claims;
pub(crate) mod csaf;
pub(crate) mod cvrf;
pub(crate) mod debian;
pub(crate) mod errata;
pub(crate) mod flaw_ids;
pub(crate) mod front_matter;
pub(crate) mod json;
pub(crate) mod modules;
pub(crate) mod named;
pub(crate) mod osv;
pub(crate) mod oval;
pub(crate) mod purl;
pub(crate) mod red_hat;
pub(crate) mod requirement;
pub(crate) mod rpm;
pub(crate) mod secdb;
pub(crate) mod statements;
pub(crate) mod suse;
pub(crate) mod time;
pub(crate) mod ubuntu;
pub(crate) mod updateinfo;
pub(crate) mod xml;
pub(crate) mod yaml;
