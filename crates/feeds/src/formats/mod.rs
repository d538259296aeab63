//! Forms that several feeds are written in.

pub(crate) mod debian;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod ubuntu;
pub(crate) mod xml;
