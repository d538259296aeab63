//! Fetches what feeds publish into a directory, builds the snapshot from it and puts that in the place of the old one.
//!
//! A feed that cannot be had, cannot be read or has lost much of what it held costs the others nothing: its old copy is kept,
//! and it is named.

mod changes;
mod checksum;
mod csaf;
mod directory;
mod download;
mod error;
mod failure;
mod fetcher;
mod given;
mod moment;
mod need;
mod options;
mod osv_bulk;
mod osv_list;
mod pages;
mod publishers;
mod repository;
mod state;
#[cfg(test)]
mod testing;
mod update;
mod wanted;

pub use error::UpdateError;
pub use need::{Freshness, UpdateSize, freshness, size_of_update};
pub use options::FetchOptions;
pub use state::FetchedFiles;
pub use update::{FileReport, Outcome, UpdateProgress, UpdateReport, UpdateRequest, update};
pub use wanted::Selection;
pub(crate) use wanted::{EXTRA, feed_of};
