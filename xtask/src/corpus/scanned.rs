//! Images of the corpus, opened and inventoried as a scan does it.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::{Context, Result, bail};
use plimsoll_core::Limits;
use plimsoll_oci::{Image, OpenOptions, Opened, Reference, open};
use plimsoll_scan::{ImageInventory, InventorySettings, NoProgress, image_inventory};
use plimsoll_testkit::Layer;
use tempfile::NamedTempFile;

/// Opens the image that the reference names.
pub fn image(reference: &Reference) -> Result<Image> {
    match open(reference, &OpenOptions::default())? {
        Opened::Image(image) => Ok(*image),
        Opened::Stream(_) => bail!("is a stream, not a file"),
        Opened::Rootfs(_) => bail!("is a directory"),
    }
}

/// The archive in a file, its form told by its content.
pub fn archive(file: &Path) -> Reference {
    Reference::Archive { file: file.to_path_buf(), form: None, selector: None }
}

/// The inventory, without a cache.
pub fn inventory(image: &Image) -> ImageInventory {
    let settings = InventorySettings {
        threads: NonZeroUsize::MIN.saturating_add(1),
        limits: Limits::default(),
        cache: None,
        progress: &NoProgress,
    };
    image_inventory(image, &settings)
}

/// An archive with an image of that one layer.
pub fn wrapped(layer: Layer) -> Result<NamedTempFile> {
    let image = plimsoll_testkit::Image::new().layer(layer).tag("example.com/corpus:1");
    let mut file =
        tempfile::Builder::new().suffix(".tar").tempfile().context("failed to make a file")?;
    file.write_all(&image.docker_archive()).context("failed to write an archive")?;
    Ok(file)
}
