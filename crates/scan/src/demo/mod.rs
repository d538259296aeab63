//! What `plimsoll demo` scans: an image built in memory, against famous advisories whose facts stand here.

mod advisories;
mod image;

pub use advisories::{advisories, complete};
pub use image::{TAG, archive, platform};
