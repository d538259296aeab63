//! A scan that is given up is an error, and leaves nothing behind.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use plimsoll_oci::{BlobOpener, OciError};

use super::*;
use crate::ScanError;

/// Gives its bytes only when the deadline has passed.
struct Late {
    deadline: Deadline,
    opener: Arc<dyn BlobOpener>,
}

impl BlobOpener for Late {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        while !self.deadline.has_passed() {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.opener.open()
    }
}

fn result(
    opened: Opened,
    deadline: Deadline,
    cache: Option<&Cache>,
) -> Result<ScanReport, ScanError> {
    let settings = ScanSettings {
        threads: NonZeroUsize::MIN,
        limits: Limits::default(),
        cache,
        progress: &NoProgress,
        deadline,
        evaluation_day: "2026-01-01".parse::<Day>().unwrap(),
        filters: Filters::default(),
    };
    scan("image", opened, None, &settings)
}

#[track_caller]
fn assert_timed_out(result: Result<ScanReport, ScanError>) {
    let error = result.map(|_| ()).unwrap_err();
    assert!(matches!(error, ScanError::Image(OciError::TimedOut { .. })), "{error}");
}

#[test]
fn an_aborted_scan_caches_nothing_not_even_the_layers_that_it_read() {
    let directory = TempDir::new().unwrap();
    let reference = Reference::parse(&archive_of(&directory, "a.tar", &image())).unwrap();
    let store = directory.path().join("cache");
    let cache = cache(&store);
    let opened = || match plimsoll_oci::open(&reference, &OpenOptions::default()).unwrap() {
        Opened::Image(image) => image,
        _ => panic!("an archive in a file"),
    };
    let deadline = Deadline::after(Duration::from_millis(300));
    let mut image = opened();
    // The smallest is read last.
    let last = image.layers.iter().enumerate().min_by_key(|(_, layer)| layer.size).unwrap().0;
    let opener = Arc::clone(&image.layers[last].opener);
    image.layers[last].opener = Arc::new(Late { deadline, opener });
    assert_timed_out(result(Opened::Image(image), deadline, Some(&cache)));
    assert_eq!(files_below(&store), Vec::<PathBuf>::new());
    let report = result(Opened::Image(opened()), Deadline::NEVER, Some(&cache)).unwrap();
    assert_eq!(problems(&report), []);
    assert!(!files_below(&store).is_empty());
}

#[test]
fn every_source_is_given_up() {
    let directory = TempDir::new().unwrap();
    let archive = image().docker_archive();
    let reference = Reference::parse(&archive_of(&directory, "a.tar", &image())).unwrap();
    let root = Reference::parse(&format!("dir:{}", directory.path().display())).unwrap();
    let open = |reference| plimsoll_oci::open(reference, &OpenOptions::default()).unwrap();
    for opened in [open(&reference), open(&root), stream(archive)] {
        assert_timed_out(result(opened, Deadline::after(Duration::ZERO), None));
    }
}

#[test]
fn a_pipe_that_becomes_too_slow_is_not_said_to_have_broken_off() {
    /// Gives what comes before `late_from` at once, the rest when the deadline has passed.
    struct Slow {
        deadline: Deadline,
        late_from: u64,
        archive: Cursor<Vec<u8>>,
    }
    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.archive.position() >= self.late_from {
                while !self.deadline.has_passed() {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            self.archive.read(buffer)
        }
    }
    for late_from in [0, 1] {
        let deadline = Deadline::after(Duration::from_millis(50));
        let archive = Cursor::new(image().docker_archive());
        let reader = Slow { deadline, late_from, archive };
        let stream = ArchiveStream::open(Box::new(reader), &OpenOptions::default()).unwrap();
        assert_timed_out(result(Opened::Stream(Box::new(stream)), deadline, None));
    }
}
