//! The layer cache: what was read once from a layer's bytes is never read again.

pub mod probe;
mod record;
mod store;

pub use store::{Cache, CacheError, Cached};
