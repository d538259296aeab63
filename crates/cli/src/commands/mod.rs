//! The commands, one file each.

pub mod all_platforms;
pub mod db;
pub mod demo;
pub mod sbom;
pub mod scan;
