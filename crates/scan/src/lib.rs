//! The pipeline from an opened image to a report: layers in parallel, the layer cache, the merge, matching, and the report's formats.
//!
//! May use: `core`, `oci`, `inventory`, `advisory`, `matching`. Must never know: an HTTP server, SQL, the terminal.

mod analyze;
mod cache;
pub mod demo;
mod formats;
mod judge;
mod kept;
mod layers;
mod progress;
mod report;
mod scan;
mod second_pass;
mod subject;
#[cfg(test)]
mod tests;

#[doc(hidden)]
pub use cache::probe as cache_probe;
pub use cache::{Cache, CacheError};
pub use formats::{
    Format, Presentation, SBOM_FORMATS, SCAN_FORMATS, SCHEMA_ID, SET_SCHEMA_ID, SetHead, SetMember,
    SetWriter, printable,
};
pub use layers::{ImageInventory, InventorySettings, LayerSummary, image_inventory};
pub use progress::{NoProgress, Progress};
pub use report::{Envelope, ScanReport};
pub use scan::{Filters, ScanError, ScanSettings, judge, scan};
pub use subject::{Subject, read};
