/// How a stream is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}

/// The bytes that [`Compression::detect`] needs to tell.
pub(crate) const PREFIX_BYTES: usize = 6;

impl Compression {
    /// Recognises a compression by the first bytes of a stream; anything unknown is `None`.
    #[must_use]
    pub fn detect(prefix: &[u8]) -> Self {
        match prefix {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // A skippable frame (RFC 8878, section 3.1.2), with which a zstd stream may begin.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            _ => Self::None,
        }
    }

    /// The name of a compression that is recognised and not read.
    #[must_use]
    pub fn unsupported(prefix: &[u8]) -> Option<&'static str> {
        match prefix {
            [0x04, 0x22, 0x4d, 0x18, ..] => Some("lz4"),
            [0x1f, 0x9d, ..] => Some("compress"),
            [b'L', b'Z', b'I', b'P', ..] => Some("lzip"),
            _ => None,
        }
    }

    /// The name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
        }
    }

    pub(crate) fn stream_name(self) -> &'static str {
        match self {
            Self::None => "stream",
            Self::Gzip => "gzip stream",
            Self::Zstd => "zstd stream",
            Self::Bzip2 => "bzip2 stream",
            Self::Xz => "xz stream",
        }
    }
}
