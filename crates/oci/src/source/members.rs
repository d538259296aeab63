use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use plimsoll_archive::{TarEntry, TarEntryKind};
use plimsoll_core::ImagePath;

use crate::{BlobOpener, OciError};

/// The pieces of an archive or layout, by name.
pub(crate) trait Members {
    /// The bytes of a document; `None` where there is no such member.
    fn document(&self, name: &str) -> Result<Option<Vec<u8>>, OciError>;

    /// Opens the member as a layer. Where there is none, opening fails.
    fn opener(&self, name: &str) -> Arc<dyn BlobOpener>;

    /// The bytes of the member, where it is there.
    fn size(&self, name: &str) -> Option<u64>;
}

/// A layer that is not there, or is there no more.
pub(crate) struct Missing {
    pub(crate) kind: io::ErrorKind,
    pub(crate) detail: String,
}

impl Missing {
    pub(crate) fn member(name: &str) -> Arc<dyn BlobOpener> {
        let detail = format!("there is no `{name}` in the source");
        Arc::new(Self { kind: io::ErrorKind::NotFound, detail })
    }
}

impl BlobOpener for Missing {
    fn open(&self) -> io::Result<Box<dyn io::Read + Send>> {
        Err(io::Error::new(self.kind, self.detail.clone()))
    }
}

/// The names of an archive's members, with links among them. Where a name stands twice the later one counts, as when
/// the archive is unpacked.
pub(crate) struct NameTable<T> {
    names: BTreeMap<ImagePath, Named<T>>,
}

enum Named<T> {
    Member(T),
    Link(ImagePath),
}

impl<T> Default for NameTable<T> {
    fn default() -> Self {
        Self { names: BTreeMap::new() }
    }
}

impl<T> NameTable<T> {
    /// Takes in an entry, with the member that it is where it is a file. Directories and devices are of no use here.
    pub(crate) fn insert(&mut self, entry: &TarEntry, member: Option<T>) {
        let (name, _) = ImagePath::from_archive(&entry.name);
        let target = entry.link.as_deref().unwrap_or_default();
        let named = match entry.kind {
            TarEntryKind::File => match member {
                Some(member) => Named::Member(member),
                None => return,
            },
            TarEntryKind::HardLink => Named::Link(ImagePath::from_archive(target).0),
            TarEntryKind::Symlink => Named::Link(symlink_target(&name, target)),
            _ => return,
        };
        self.names.insert(name, named);
    }

    /// The member of that name, through at most `link_steps` links.
    pub(crate) fn find(&self, name: &str, link_steps: usize) -> Option<&T> {
        let mut named = self.names.get(&ImagePath::new(name))?;
        for _ in 0..=link_steps {
            match named {
                Named::Member(member) => return Some(member),
                Named::Link(target) => named = self.names.get(target)?,
            }
        }
        None
    }
}

/// Relative targets begin at the link's directory, absolute ones at the archive's root; neither leaves it.
fn symlink_target(link: &ImagePath, target: &[u8]) -> ImagePath {
    if target.first() == Some(&b'/') {
        return ImagePath::from_archive(target).0;
    }
    let path = [link.parent().as_bytes(), b"/", target].concat();
    ImagePath::from_archive(&path).0
}
