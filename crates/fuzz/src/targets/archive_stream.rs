//! Archives with images, to the report: as a stream and as a file they give the same body, and every form of the report is well-formed.

use std::io::Cursor;
use std::num::NonZeroUsize;

use plimsoll_core::{Day, is_hostile};
use plimsoll_oci::{ArchiveStream, Deadline, OpenOptions, Opened, Reference, open};
use plimsoll_scan::{
    Filters, Format, NoProgress, Presentation, SBOM_FORMATS, SCAN_FORMATS, ScanReport,
    ScanSettings, scan,
};
use plimsoll_testkit::{Compression, Image, Layer, Layout, docker_archive};

use super::layer::system;
use super::tar::repaired;
use crate::bytes::framed;
use crate::{Fixed, limits, scratch};

pub static ARCHIVE_STREAM: Fixed = Fixed {
    name: "archive-stream",
    about: "archives with images, as a stream and as a file, to every form of the report",
    sources: &["oci/src/source", "oci/src/document.rs", "oci/src/media_type.rs"],
    fixtures: &["images"],
    frames: &[b"\x01", b"\x03"],
    seeds,
    run,
};

fn seeds() -> Vec<Vec<u8>> {
    let top = Layer::new().whiteout("srv").file("etc/hostname", "\x1b[2J\n");
    let image = Image::new().layer(system()).layer(top).tag("example.com/a:1");
    let other = Image::new().layer(system()).tag("example.com/b:1").platform("linux/arm64");
    let archives = [
        image.docker_archive(),
        image.oci_archive(),
        docker_archive(&[image.clone(), other.clone()]),
        Layout::new().index("v1", &[image.clone(), other]).archive(),
        Layout::new().attested("v1", &image).archive(),
        Compression::Gzip.apply(&image.docker_archive()),
    ];
    let framed = |archive: &Vec<u8>| [[1], [3]].map(|flags| [&flags, &archive[..]].concat());
    archives.iter().flat_map(framed).collect()
}

fn run(input: &[u8]) {
    let (flags, archive) = framed(input);
    let archive = if flags & 1 == 1 { repaired(archive).into_owned() } else { archive.to_vec() };
    let streamed = streamed(&archive);
    match &streamed {
        Ok(report) => write_all(report),
        Err(error) => assert!(!error.is_empty()),
    }
    if flags & 2 == 0 {
        let again = self::streamed(&archive).map(|report| body(&report));
        assert_eq!(streamed.map(|report| body(&report)), again, "another report the second time");
        return;
    }
    let from_file = from_file(&archive);
    assert_eq!(streamed.is_ok(), from_file.is_ok(), "an image only as a stream or only as a file");
    if let (Ok(streamed), Ok(from_file)) = (&streamed, &from_file) {
        assert_eq!(body(streamed), body(from_file), "the transport shows");
    }
}

fn options() -> OpenOptions {
    OpenOptions { limits: limits(), ..OpenOptions::default() }
}

fn streamed(archive: &[u8]) -> Result<ScanReport, String> {
    let stream = ArchiveStream::open(Box::new(Cursor::new(archive.to_vec())), &options());
    let stream = stream.map_err(|error| error.to_string())?;
    scanned(Opened::Stream(Box::new(stream)))
}

fn from_file(archive: &[u8]) -> Result<ScanReport, String> {
    let directory = scratch::directory();
    let file = directory.path().join("image.tar");
    std::fs::write(&file, archive).expect("the directory is there");
    let reference = Reference::Archive { file, form: None, selector: None };
    scanned(open(&reference, &options()).map_err(|error| error.to_string())?)
}

fn scanned(opened: Opened) -> Result<ScanReport, String> {
    let settings = ScanSettings {
        threads: NonZeroUsize::MIN,
        limits: limits(),
        cache: None,
        progress: &NoProgress,
        deadline: Deadline::NEVER,
        evaluation_day: Day::from_unix_seconds(1_700_000_000),
        filters: Filters::default(),
    };
    scan("image", opened, None, &settings).map_err(|error| error.to_string())
}

/// The report without its envelope, which tells how the image was reached.
fn body(report: &ScanReport) -> String {
    let json = SCAN_FORMATS.iter().find(|format| format.id == "json").expect("there is JSON");
    let read: Result<serde_json::Value, _> = serde_json::from_str(&written(report, json));
    read.expect("it is JSON")["body"].to_string()
}

fn written(report: &ScanReport, format: &Format) -> String {
    let presentation = Presentation { width: 100, color: false };
    let mut written = Vec::new();
    (format.write)(report, &presentation, &mut written).expect("memory takes every write");
    String::from_utf8(written).expect("a report is text")
}

fn write_all(report: &ScanReport) {
    for format in SCAN_FORMATS.iter().chain(SBOM_FORMATS) {
        let text = written(report, format);
        if format.id.contains("json") {
            let read = serde_json::from_str::<serde_json::Value>(&text);
            assert!(read.is_ok(), "{} is no JSON: {read:?}", format.id);
        } else {
            let plays = |character: char| is_hostile(character) && character != '\n';
            assert!(!text.contains(plays), "{} plays with a terminal", format.id);
        }
    }
}
