//! The commands, one file each.

pub mod db;
pub mod demo;
pub mod lookup;
pub mod sbom;
pub mod scan;
