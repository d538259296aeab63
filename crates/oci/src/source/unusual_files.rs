//! What stands where an archive should and is no file: it is read or refused, and holds nobody up.

#![expect(clippy::disallowed_methods, reason = "a test reads and writes its own files")]

use std::fs::OpenOptions as FileOptions;
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use plimsoll_testkit as testkit;

use super::*;

fn opened(path: &Path) -> Result<Opened, OciError> {
    let reference = Reference::Archive { file: path.to_owned(), form: None, selector: None };
    open(&reference, &OpenOptions::default())
}

fn refusal(path: &Path) -> String {
    opened(path).map(|_| ()).unwrap_err().to_string()
}

fn pipe(directory: &Path) -> std::path::PathBuf {
    let path = directory.join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

#[test]
fn what_is_neither_a_file_nor_a_pipe_that_is_written_to_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let link = directory.path().join("link");
    std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
    for (path, expected) in [
        (pipe(directory.path()), "it is a pipe that nobody writes to"),
        (socket, "it is a socket"),
        ("/dev/null".into(), "it is a device"),
        (link, "it is a device"),
        (directory.path().into(), "it is a directory"),
    ] {
        let refusal = refusal(&path);
        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[test]
fn a_pipe_that_is_written_to_is_read_from_its_beginning() {
    let directory = tempfile::tempdir().unwrap();
    let path = pipe(directory.path());
    let archive = testkit::Image::new().layer(testkit::Layer::new()).docker_archive();
    for waits in [false, true] {
        std::thread::scope(|scope| {
            let (archive, file) = (&archive, path.clone());
            // Open from both ends first, so that the other side is there however the threads run.
            let both = FileOptions::new().read(true).write(true).open(&path).unwrap();
            let (told, opens) = std::sync::mpsc::channel();
            scope.spawn(move || {
                let mut writer = FileOptions::new().write(true).open(file).unwrap();
                if waits {
                    told.send(()).unwrap();
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    writer.write_all(archive).unwrap();
                } else {
                    writer.write_all(&archive[..512]).unwrap();
                    told.send(()).unwrap();
                    writer.write_all(&archive[512..]).unwrap();
                }
            });
            opens.recv().unwrap();
            let found = opened(&path);
            drop(both);
            let Ok(Opened::Stream(stream)) = found else { panic!("no stream") };
            let passed = stream.read(crate::Deadline::NEVER, &mut |_: &Passing<'_>, _| ()).unwrap();
            assert_eq!(passed.image.layers.len(), 1);
        });
    }
}
