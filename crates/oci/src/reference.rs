use std::path::{Path, PathBuf};

use plimsoll_core::Digest;

use crate::daemon::{DaemonReference, Engine};
use crate::{OciError, RegistryReference};

/// What a person types for an image, understood.
///
/// A prefix decides (`docker-archive:`, `oci-archive:`, `oci:`, `dir:`, `docker:`, `podman:`, `containerd:`, `registry:`); `-` is
/// standard input. Without a prefix, a name with `/` or `.` that exists on the host is a file, told by its content, or a layout;
/// anything else is the name of an image, in a container engine of this machine or in its registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// An archive in a file; the form is told by its content where `form` is `None`.
    Archive {
        file: PathBuf,
        form: Option<ArchiveForm>,
        selector: Option<Selector>,
    },
    /// A directory of the OCI image layout.
    Layout {
        directory: PathBuf,
        selector: Option<Selector>,
    },
    /// A root file system.
    Directory {
        directory: PathBuf,
    },
    StandardInput,
    /// An image of a container engine.
    Daemon(DaemonReference),
    Registry(RegistryReference),
    /// A name without a prefix: [`crate::daemon::locate`] says where it is. Opened as it is, it is a registry's.
    Name {
        /// As it was typed: an engine takes the beginning of a digest for a name, too.
        name: String,
        registry: RegistryReference,
    },
}

/// The two forms of image archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveForm {
    /// What `docker save` writes: a `manifest.json` that names configs and layers.
    Docker,
    /// A tar of an OCI image layout.
    Oci,
}

/// Which of several images in one archive or layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// A tag or a whole name.
    Name(String),
    /// The position in the list of images, from 0.
    Position(usize),
    /// The digest of a manifest, an index or a config.
    Digest(Digest),
}

/// What stands at a path of the host.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Nothing,
    /// Anything that can be read from its beginning: a pipe is one too.
    File,
    /// A directory with an `oci-layout` or an `index.json`.
    Layout,
    Directory,
}

/// The prefixes of sources that this version knows of and does not read.
const NOT_READ: [&str; 2] = ["sbom", "dockerfile"];
/// Endings of archives: a name with one that does not exist is a mistyped file, not an image of a registry.
const ARCHIVE_ENDINGS: [&str; 5] = [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst"];

impl Reference {
    /// Reads a reference. Looks at the host's file system to tell files from names, and at nothing else.
    ///
    /// # Errors
    /// [`OciError::Reference`] where the text is none, [`OciError::NotFound`] where it can only be a file and there is none.
    pub fn parse(text: &str) -> Result<Self, OciError> {
        parse(text, &place_on_host)
    }

    /// The same source's image with that digest. Sources that have no images by digest stay as they are.
    #[must_use]
    pub(crate) fn pinned(&self, digest: &Digest) -> Self {
        let by_digest = Some(Selector::Digest(*digest));
        match self.clone() {
            Self::Archive { file, form, .. } => Self::Archive { file, form, selector: by_digest },
            Self::Layout { directory, .. } => Self::Layout { directory, selector: by_digest },
            Self::Registry(registry) | Self::Name { registry, .. } => {
                Self::Registry(registry.at(*digest))
            }
            Self::Daemon(reference) => Self::Daemon(reference.at(digest)),
            source @ (Self::Directory { .. } | Self::StandardInput) => source,
        }
    }
}

impl Selector {
    /// What to add to the name of the archive or layout to select this one.
    #[must_use]
    pub fn suffix(&self) -> String {
        match self {
            Self::Name(name) => format!(":{name}"),
            Self::Position(position) => format!(":@{position}"),
            Self::Digest(digest) => format!("@{digest}"),
        }
    }

    /// Reads what follows the name of a file, with the `:` or `@` that sets it apart.
    fn parse(text: &str) -> Result<Self, String> {
        if let Some(digest) = text.strip_prefix('@') {
            return digest.parse().map(Self::Digest).map_err(|error| error.to_string());
        }
        let name = text.strip_prefix(':').unwrap_or(text);
        match name.strip_prefix('@') {
            Some(position) => position
                .parse()
                .map(Self::Position)
                .map_err(|_| format!("`@{position}` is not a position such as @0")),
            None if name.is_empty() => Err("nothing follows the colon".to_owned()),
            None => Ok(Self::Name(name.to_owned())),
        }
    }
}

type PlaceOf<'a> = &'a dyn Fn(&Path) -> Place;

fn parse(text: &str, place: PlaceOf<'_>) -> Result<Reference, OciError> {
    let refuse = |reason: String| OciError::Reference { text: text.to_owned(), reason };
    if text == "-" {
        return Ok(Reference::StandardInput);
    }
    let Some((prefix, rest)) = text.split_once(':') else { return without_prefix(text, place) };
    if rest.is_empty() && matches!(prefix, "docker-archive" | "oci-archive" | "oci" | "dir") {
        return Err(refuse(format!("`{prefix}:` is followed by the name of a file or directory")));
    }
    match prefix {
        "docker-archive" => archive(rest, Some(ArchiveForm::Docker), place).map_err(refuse),
        "oci-archive" => archive(rest, Some(ArchiveForm::Oci), place).map_err(refuse),
        "oci" => {
            let wanted = |found| matches!(found, Place::Layout | Place::Directory);
            let (directory, selector) = split_selector(rest, wanted, place).map_err(refuse)?;
            Ok(Reference::Layout { directory, selector })
        }
        "dir" => Ok(Reference::Directory { directory: rest.into() }),
        "registry" => rest.parse().map(Reference::Registry),
        "docker" | "podman" | "containerd" => of_daemon(text, (prefix, rest)),
        _ if NOT_READ.contains(&prefix) => Err(refuse(format!(
            "`{prefix}:` is not read by this version; for an image of that name in a registry write registry:{text}"
        ))),
        _ => without_prefix(text, place),
    }
}

fn without_prefix(text: &str, place: PlaceOf<'_>) -> Result<Reference, OciError> {
    let refuse = |reason: String| OciError::Reference { text: text.to_owned(), reason };
    // A selector may follow: the longest name that exists is the file's.
    let known = |found| matches!(found, Place::File | Place::Layout);
    if text.contains(['/', '.']) {
        if place(Path::new(text)) == Place::Directory {
            return Err(refuse(format!(
                "it is a directory; to read it as a root file system write dir:{text}"
            )));
        }
        let (path, selector) = split_selector(text, known, place).map_err(refuse)?;
        let is_path = path.to_str().is_some_and(|path| path.contains(['/', '.']));
        match place(&path) {
            Place::File if is_path => {
                return Ok(Reference::Archive { file: path, form: None, selector });
            }
            Place::Layout if is_path => {
                return Ok(Reference::Layout { directory: path, selector });
            }
            _ => {}
        }
        let only_a_file = text.starts_with(['/', '.', '~'])
            || ARCHIVE_ENDINGS.iter().any(|ending| text.ends_with(ending));
        if only_a_file {
            return Err(OciError::NotFound {
                what: format!("the file `{text}`"),
                hint: Some("an image in a registry is named registry:NAME".to_owned()),
            });
        }
    }
    let registry = text.parse()?;
    Ok(Reference::Name { name: text.to_owned(), registry })
}

fn of_daemon(text: &str, (prefix, name): (&str, &str)) -> Result<Reference, OciError> {
    let refuse = |reason: String| OciError::Reference { text: text.to_owned(), reason };
    if let Some(name) = name.strip_prefix("//") {
        // What other tools call an image in a registry.
        return Err(refuse(format!("an image in a registry is named registry:{name}")));
    }
    let engine = Engine::ALL.into_iter().find(|engine| engine.as_str() == prefix);
    match (engine, name.parse::<RegistryReference>()) {
        (Some(engine), Ok(_)) => {
            Ok(Reference::Daemon(DaemonReference { engine, name: name.to_owned() }))
        }
        (_, Err(OciError::Reference { reason, .. })) => Err(refuse(reason)),
        _ => Err(refuse(format!("`{name}` is not the name of an image"))),
    }
}

fn archive(rest: &str, form: Option<ArchiveForm>, place: PlaceOf<'_>) -> Result<Reference, String> {
    let (file, selector) = split_selector(rest, |found| found == Place::File, place)?;
    Ok(Reference::Archive { file, form, selector })
}

/// Parts a path from the selector after it. Names of files may hold `:` and `@`, so the longest that exists is taken;
/// where none does, the whole text is the name, and opening it says that it is missing.
fn split_selector(
    text: &str,
    wanted: impl Fn(Place) -> bool,
    place: PlaceOf<'_>,
) -> Result<(PathBuf, Option<Selector>), String> {
    if wanted(place(Path::new(text))) {
        return Ok((text.into(), None));
    }
    for (position, _) in text.rmatch_indices([':', '@']) {
        let (path, selector) = text.split_at(position);
        if !path.is_empty() && wanted(place(Path::new(path))) {
            return Ok((path.into(), Some(Selector::parse(selector)?)));
        }
    }
    Ok((text.into(), None))
}

fn place_on_host(path: &Path) -> Place {
    match std::fs::metadata(path) {
        Err(_) => Place::Nothing,
        Ok(metadata) if !metadata.is_dir() => Place::File,
        Ok(_) if path.join("oci-layout").is_file() || path.join("index.json").is_file() => {
            Place::Layout
        }
        Ok(_) => Place::Directory,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn host(path: &Path) -> Place {
        match path.to_str().unwrap_or_default() {
            "a.tar" | "dir/with:colon.tar" | "x:1.tar" | "plain" | "b.tar@2" => Place::File,
            "layout" | "./layout" => Place::Layout,
            "root" | "./root" | "." | "library/debian" => Place::Directory,
            _ => Place::Nothing,
        }
    }

    fn archive_of(
        file: &str,
        form: Option<ArchiveForm>,
        selector: Option<Selector>,
    ) -> Option<Reference> {
        Some(Reference::Archive { file: file.into(), form, selector })
    }

    fn name(text: &str) -> Option<Selector> {
        Some(Selector::Name(text.to_owned()))
    }

    #[test]
    fn references_mean_what_the_command_line_promises() {
        use ArchiveForm::{Docker, Oci};
        let digest = Some(Selector::Digest(DIGEST.parse().unwrap()));
        let at_digest = format!("oci-archive:a.tar@{DIGEST}");
        let layout = |directory: &str, selector| {
            Some(Reference::Layout { directory: directory.into(), selector })
        };
        let registry = |text: &str| Some(Reference::Registry(text.parse().unwrap()));
        let image = |text: &str| {
            Some(Reference::Name { name: text.to_owned(), registry: text.parse().unwrap() })
        };
        let daemon = |engine, name: &str| {
            Some(Reference::Daemon(DaemonReference { engine, name: name.to_owned() }))
        };
        for (text, expected) in [
            ("-", Some(Reference::StandardInput)),
            ("docker-archive:a.tar", archive_of("a.tar", Some(Docker), None)),
            (
                "docker-archive:a.tar:alpine:3.10",
                archive_of("a.tar", Some(Docker), name("alpine:3.10")),
            ),
            (
                "docker-archive:a.tar:@1",
                archive_of("a.tar", Some(Docker), Some(Selector::Position(1))),
            ),
            ("docker-archive:missing.tar", archive_of("missing.tar", Some(Docker), None)),
            ("oci-archive:a.tar:v1", archive_of("a.tar", Some(Oci), name("v1"))),
            (at_digest.as_str(), archive_of("a.tar", Some(Oci), digest)),
            ("oci:layout:v1", layout("layout", name("v1"))),
            ("oci:root", layout("root", None)),
            ("dir:root:x", Some(Reference::Directory { directory: "root:x".into() })),
            ("registry:a.tar", registry("a.tar")),
            ("a.tar", archive_of("a.tar", None, None)),
            ("a.tar:@1", archive_of("a.tar", None, Some(Selector::Position(1)))),
            ("./layout:v2", layout("./layout", name("v2"))),
            ("layout", image("layout")),
            ("plain", image("plain")),
            ("plain:1.2", image("plain:1.2")),
            ("library/debian:12", image("library/debian:12")),
            ("example.com/app:1", image("example.com/app:1")),
            ("alpine:3.10", image("alpine:3.10")),
            ("docker-archive:", None),
            ("docker-archive:a.tar:", None),
            ("docker-archive:a.tar:@x", None),
            ("oci-archive:a.tar@sha256:1", None),
            ("docker:alpine", daemon(Engine::Docker, "alpine")),
            ("podman:localhost/a:1", daemon(Engine::Podman, "localhost/a:1")),
            ("containerd:3f5ef9003cef", daemon(Engine::Containerd, "3f5ef9003cef")),
            ("docker://alpine", None),
            ("docker:../containers/json", None),
            ("podman:a?b", None),
            ("docker:", None),
            ("sbom:a.json", None),
            (".", None),
            ("./root", None),
            ("./missing", None),
            ("missing.tar", None),
            ("", None),
        ] {
            assert_eq!(parse(text, &host).ok(), expected, "{text}");
        }
    }

    #[test]
    fn names_of_files_may_hold_colons() {
        for (text, file, selector) in [
            ("dir/with:colon.tar", "dir/with:colon.tar", None),
            ("dir/with:colon.tar:x:1", "dir/with:colon.tar", name("x:1")),
            ("x:1.tar", "x:1.tar", None),
            ("b.tar@2:t", "b.tar@2", name("t")),
        ] {
            assert_eq!(parse(text, &host).ok(), archive_of(file, None, selector), "{text}");
        }
    }

    #[test]
    fn a_directory_that_is_no_layout_tells_how_to_read_it() {
        let message = parse("./root", &host).unwrap_err().to_string();
        assert!(message.contains("dir:./root"), "{message}");
    }

    #[test]
    fn a_suffix_reads_back() {
        for text in [":alpine:3.10", ":@1", &format!("@{DIGEST}")] {
            assert_eq!(Selector::parse(text).unwrap().suffix(), text);
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "\\PC{0,40}|(docker-archive|oci|dir|registry|docker)?:?[a-z.:/@]{0,20}") {
            let _ = parse(&text, &host);
        }
    }
}
