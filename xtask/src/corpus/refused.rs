//! Files that are not images: the program says so, and a layer among them is harmless in an image.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail, ensure};
use plimsoll_testkit::Layer;

use super::{fixture, merged, scanned};
use crate::workspace::build_program;

/// The exit code for what is not an image.
const UNREADABLE: i32 = 3;

/// Fails unless the program refuses the file, and scans it well where it is a layer in an image.
pub fn check(file: &Path) -> Result<String> {
    let place = Place::new()?;
    let code = place.run("scan", file)?;
    ensure!(code == Some(UNREADABLE), "the program ended with {code:?}, not with {UNREADABLE}");
    let content = fixture::bytes(file)?;
    if !is_tar(&content) {
        return Ok("refused".to_owned());
    }
    let archive = scanned::wrapped(Layer::from_tar(content))?;
    let code = place.run("sbom", archive.path())?;
    ensure!(code == Some(0), "as a layer of an image: the program ended with {code:?}");
    let image = scanned::image(&scanned::archive(archive.path()))?;
    scanned::inventory(&image)?;
    let files = merged::files(&image)?;
    for path in files.keys() {
        ensure!(path.as_str().split('/').all(|part| part != ".."), "{path} leaves the root");
    }
    place.check_untouched()?;
    Ok(format!("refused; as a layer of an image: {} files", files.len()))
}

/// A directory deep in another one, to see what is written outside.
struct Place {
    outer: tempfile::TempDir,
    inner: PathBuf,
}

impl Place {
    const INNER: &'static str = "a/b/c/d";

    fn new() -> Result<Self> {
        let outer = tempfile::tempdir().context("failed to make a directory")?;
        let inner = outer.path().join(Self::INNER);
        for directory in ["cache", "data", "temporary"] {
            std::fs::create_dir_all(inner.join(directory)).context("failed to make a directory")?;
        }
        Ok(Self { outer, inner })
    }

    /// Runs the program in the inner directory and gives its exit code.
    fn run(&self, command: &str, image: &Path) -> Result<Option<i32>> {
        let image = std::path::absolute(image).context("failed to find the file")?;
        let output = Command::new(program()?)
            .args(["--data", "data", command])
            .arg(&image)
            .current_dir(&self.inner)
            .env("XDG_CACHE_HOME", self.inner.join("cache"))
            .env("TMPDIR", self.inner.join("temporary"))
            .output()
            .context("failed to run the program")?;
        Ok(output.status.code())
    }

    /// Fails where there is more than the directories that the program was given.
    fn check_untouched(&self) -> Result<()> {
        let mut directory = self.outer.path().to_path_buf();
        for name in Self::INNER.split('/') {
            ensure!(
                super::entries(&directory)? == [directory.join(name)],
                "the program wrote outside"
            );
            directory.push(name);
        }
        let given = ["cache", "data", "temporary"].map(|name| directory.join(name));
        ensure!(super::entries(&directory)? == given, "the program wrote outside");
        ensure!(super::entries(&given[2])?.is_empty(), "the program left temporary files");
        Ok(())
    }
}

fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// The program, built once.
fn program() -> Result<&'static Path> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PROGRAM.get_or_init(|| build_program("dev").map_err(|error| format!("{error:#}"))) {
        Ok(program) => Ok(program),
        Err(error) => bail!("{error}"),
    }
}
