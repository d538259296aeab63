//! Images of the corpus, opened and inventoried as a scan does it.

use std::fs::File;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::{Context, Result};
use plimsoll_core::{Day, Limits};
use plimsoll_oci::{
    ArchiveStream, Deadline, Image, OciError, OpenOptions, Opened, Reference, open,
};
use plimsoll_scan::{
    Filters, ImageInventory, InventorySettings, NoProgress, ScanReport, ScanSettings,
    image_inventory, scan,
};
use plimsoll_testkit::Layer;
use tempfile::NamedTempFile;

/// Opens the image that the reference names. One that can only be read from its beginning passes once for its documents.
pub fn image(reference: &Reference) -> Result<Image, OciError> {
    match open(reference, &OpenOptions::default())? {
        Opened::Image(image) => Ok(*image),
        Opened::Stream(stream) => Ok(stream.read(Deadline::NEVER, &mut |_, _| ())?.image),
        Opened::Rootfs(rootfs) => {
            Err(OciError::NotAnImage { what: rootfs.name, detail: "a directory".to_owned() })
        }
    }
}

/// The archive in a file, its form told by its content.
pub fn archive(file: &Path) -> Reference {
    Reference::Archive { file: file.to_path_buf(), form: None, selector: None }
}

/// The inventory, without a cache.
pub fn inventory(image: &Image) -> Result<ImageInventory> {
    let settings = InventorySettings {
        threads: threads(),
        limits: Limits::default(),
        cache: None,
        progress: &NoProgress,
        deadline: Deadline::NEVER,
    };
    Ok(image_inventory(image, &settings)?)
}

/// A scan of the archive as if it came on a pipe, each layer analysed as it passes.
pub fn piped(file: &Path) -> Result<ScanReport> {
    let bytes = File::open(file).with_context(|| format!("failed to open {}", file.display()))?;
    let stream = ArchiveStream::open(Box::new(bytes), &OpenOptions::default())?;
    let settings = ScanSettings {
        threads: threads(),
        limits: Limits::default(),
        cache: None,
        progress: &NoProgress,
        deadline: Deadline::NEVER,
        evaluation_day: Day::from_unix_seconds(0),
        filters: Filters::default(),
    };
    Ok(scan("-", Opened::Stream(Box::new(stream)), None, &settings)?)
}

/// An archive with an image of that one layer.
pub fn wrapped(layer: Layer) -> Result<NamedTempFile> {
    let image = plimsoll_testkit::Image::new().layer(layer).tag("example.com/corpus:1");
    let mut file =
        tempfile::Builder::new().suffix(".tar").tempfile().context("failed to make a file")?;
    file.write_all(&image.docker_archive()).context("failed to write an archive")?;
    Ok(file)
}

fn threads() -> NonZeroUsize {
    NonZeroUsize::MIN.saturating_add(1)
}
