use std::io::Write;

use crate::{TarEntry, TarKind, TarWriter, digest};

/// How a layer's blob is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Compression {
    #[default]
    None,
    Gzip,
    Zstd,
    Xz,
}

impl Compression {
    /// Compresses the bytes; the same bytes give the same result.
    #[must_use]
    pub fn apply(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::None => bytes.to_vec(),
            Self::Gzip => {
                let level = flate2::Compression::fast();
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).expect("memory takes every write");
                encoder.finish().expect("memory takes every write")
            }
            Self::Zstd => {
                zstd::bulk::compress(bytes, 1).expect("bytes in memory can be compressed")
            }
            Self::Xz => {
                let options = lzma_rust2::XzOptions::default();
                let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options)
                    .expect("the default options are valid");
                encoder.write_all(bytes).expect("memory takes every write");
                encoder.finish().expect("memory takes every write")
            }
        }
    }

    /// The media type of an OCI layer that is stored so; the specification has none for xz, which is named as it would.
    #[must_use]
    pub fn layer_media_type(self) -> &'static str {
        match self {
            Self::None => "application/vnd.oci.image.layer.v1.tar",
            Self::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
            Self::Xz => "application/vnd.oci.image.layer.v1.tar+xz",
        }
    }
}

/// A layer in the making: entries in the order in which they are added. Parent directories are not added by themselves.
#[derive(Clone, Debug)]
pub struct Layer {
    pub(crate) content: Content,
    pub(crate) compression: Compression,
    pub(crate) created_by: String,
    pub(crate) claimed_diff_id: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Entries(Vec<TarEntry>),
    /// A finished tar.
    Tar(Vec<u8>),
    /// A blob as it is stored.
    Blob(Vec<u8>),
}

impl Default for Layer {
    fn default() -> Self {
        Self::new()
    }
}

impl Layer {
    #[must_use]
    pub fn new() -> Self {
        Self {
            content: Content::Entries(Vec::new()),
            compression: Compression::None,
            created_by: "RUN build".to_owned(),
            claimed_diff_id: None,
        }
    }

    /// A layer of these bytes, which need not be a good tar.
    #[must_use]
    pub fn from_tar(tar: Vec<u8>) -> Self {
        Self { content: Content::Tar(tar), ..Self::new() }
    }

    /// A layer stored as these bytes. Its true `diff_id` is not known here, so the config claims one of zeros unless
    /// [`Layer::claimed_diff_id`] says another.
    #[must_use]
    pub fn from_blob(blob: Vec<u8>, compression: Compression) -> Self {
        Self { content: Content::Blob(blob), compression, ..Self::new() }
    }

    /// Adds an entry as it is.
    ///
    /// # Panics
    /// If the layer was made from bytes.
    #[must_use]
    pub fn entry(mut self, entry: TarEntry) -> Self {
        match &mut self.content {
            Content::Entries(entries) => entries.push(entry),
            Content::Tar(_) | Content::Blob(_) => {
                panic!("a layer made from bytes takes no entries")
            }
        }
        self
    }

    #[must_use]
    pub fn file(self, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        self.entry(TarEntry::file(path, content))
    }

    #[must_use]
    pub fn executable(self, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        self.entry(TarEntry::file(path, content).mode(0o755))
    }

    /// Adds files that another builder of this crate made, such as [`crate::node::package`].
    #[must_use]
    pub fn files<P: AsRef<[u8]>, C: AsRef<[u8]>>(
        self,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> Self {
        files.into_iter().fold(self, |layer, (path, content)| layer.file(path, content))
    }

    #[must_use]
    pub fn directory(self, path: impl AsRef<[u8]>) -> Self {
        let mut name = path.as_ref().to_vec();
        name.push(b'/');
        self.entry(TarEntry::new(TarKind::Directory, name))
    }

    #[must_use]
    pub fn symlink(self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.entry(TarEntry::link(TarKind::Symlink, path, target).mode(0o777))
    }

    /// Adds another name of `target`, which is a path from the root.
    #[must_use]
    pub fn hard_link(self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.entry(TarEntry::link(TarKind::HardLink, path, target))
    }

    /// Removes the path that a lower layer has.
    #[must_use]
    pub fn whiteout(self, path: &str) -> Self {
        let marker = match path.rsplit_once('/') {
            Some((parent, name)) => format!("{parent}/.wh.{name}"),
            None => format!(".wh.{path}"),
        };
        self.file(marker, b"")
    }

    /// Hides what lower layers have in the directory.
    #[must_use]
    pub fn opaque(self, directory: &str) -> Self {
        self.file(format!("{directory}/.wh..wh..opq"), b"")
    }

    #[must_use]
    pub fn compressed(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// The command that the history names for this layer.
    #[must_use]
    pub fn created_by(mut self, command: &str) -> Self {
        command.clone_into(&mut self.created_by);
        self
    }

    /// Lets the config claim this `diff_id`, true or not.
    #[must_use]
    pub fn claimed_diff_id(mut self, text: &str) -> Self {
        self.claimed_diff_id = Some(text.to_owned());
        self
    }

    /// The uncompressed layer; of one made from a blob, the blob.
    #[must_use]
    pub fn tar(&self) -> Vec<u8> {
        match &self.content {
            Content::Entries(entries) => {
                let mut writer = TarWriter::new(Vec::new());
                for entry in entries {
                    writer.entry(entry).expect("memory takes every write");
                }
                writer.finish().expect("memory takes every write")
            }
            Content::Tar(bytes) | Content::Blob(bytes) => bytes.clone(),
        }
    }

    /// The layer as it is stored.
    #[must_use]
    pub fn blob(&self) -> Vec<u8> {
        match &self.content {
            Content::Blob(bytes) => bytes.clone(),
            Content::Entries(_) | Content::Tar(_) => self.compression.apply(&self.tar()),
        }
    }

    /// The `diff_id` that the config claims: the true one unless a test said another.
    #[must_use]
    pub fn diff_id(&self) -> String {
        match (&self.claimed_diff_id, &self.content) {
            (Some(claimed), _) => claimed.clone(),
            (None, Content::Blob(_)) => format!("sha256:{}", "0".repeat(64)),
            (None, _) => digest(&self.tar()),
        }
    }
}
