//! A tar writer that writes whatever it is told to: also what no honest tool would write.

use std::io::{self, Write};

const BLOCK: usize = 512;

/// What an entry is: the type flag of its header (POSIX.1-2017 `pax`, GNU tar manual "Basic Tar Format").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TarKind {
    File,
    HardLink,
    Symlink,
    CharacterDevice,
    BlockDevice,
    Directory,
    Fifo,
    /// Any other flag.
    Other(u8),
}

impl TarKind {
    fn flag(self) -> u8 {
        match self {
            Self::File => b'0',
            Self::HardLink => b'1',
            Self::Symlink => b'2',
            Self::CharacterDevice => b'3',
            Self::BlockDevice => b'4',
            Self::Directory => b'5',
            Self::Fifo => b'6',
            Self::Other(flag) => flag,
        }
    }
}

/// How a name of more than 100 bytes is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LongNames {
    /// A PAX extended header: what Docker, BuildKit and buildah write.
    #[default]
    Pax,
    /// A GNU `@LongLink` record.
    Gnu,
}

/// One entry, honest unless a test changes it.
#[derive(Clone, Debug)]
pub struct TarEntry {
    pub name: Vec<u8>,
    pub kind: TarKind,
    pub link: Vec<u8>,
    /// Permission bits.
    pub mode: u32,
    pub content: Vec<u8>,
    /// What the header says the size is, where that is not the content's.
    pub declared_size: Option<u64>,
    /// Records of a PAX header before the entry.
    pub pax: Vec<(String, Vec<u8>)>,
    pub long_names: LongNames,
}

impl TarEntry {
    #[must_use]
    pub fn new(kind: TarKind, name: impl AsRef<[u8]>) -> Self {
        let mode = if kind == TarKind::Directory { 0o755 } else { 0o644 };
        Self {
            name: name.as_ref().to_vec(),
            kind,
            link: Vec::new(),
            mode,
            content: Vec::new(),
            declared_size: None,
            pax: Vec::new(),
            long_names: LongNames::default(),
        }
    }

    #[must_use]
    pub fn file(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        Self { content: content.as_ref().to_vec(), ..Self::new(TarKind::File, name) }
    }

    #[must_use]
    pub fn link(kind: TarKind, name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        Self { link: target.as_ref().to_vec(), ..Self::new(kind, name) }
    }

    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    #[must_use]
    pub fn pax(mut self, key: &str, value: impl AsRef<[u8]>) -> Self {
        self.pax.push((key.to_owned(), value.as_ref().to_vec()));
        self
    }
}

/// Writes entries to any stream, so that a sample of many gigabytes needs no memory.
pub struct TarWriter<W: Write> {
    inner: W,
}

impl<W: Write> TarWriter<W> {
    pub fn new(inner: W) -> Self {
        Self { inner }
    }

    /// Writes the entry with the extension headers that its names need.
    pub fn entry(&mut self, entry: &TarEntry) -> io::Result<()> {
        let mut pax = entry.pax.clone();
        for (key, flag, value) in [("path", b'L', &entry.name), ("linkpath", b'K', &entry.link)] {
            if value.len() <= 100 {
                continue;
            }
            match entry.long_names {
                LongNames::Pax => pax.push((key.to_owned(), value.clone())),
                LongNames::Gnu => {
                    let content = [value.as_slice(), b"\0"].concat();
                    self.header(&TarEntry {
                        content: content.clone(),
                        ..TarEntry::new(TarKind::Other(flag), "././@LongLink")
                    })?;
                    self.padded(&content)?;
                }
            }
        }
        if !pax.is_empty() {
            let content = pax_records(&pax);
            self.header(&TarEntry {
                content: content.clone(),
                ..TarEntry::new(TarKind::Other(b'x'), "PaxHeaders/entry")
            })?;
            self.padded(&content)?;
        }
        self.header(entry)?;
        self.padded(&entry.content)
    }

    /// Writes only the header block of the entry.
    pub fn header(&mut self, entry: &TarEntry) -> io::Result<()> {
        self.inner.write_all(&header_block(entry))
    }

    /// Writes bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_all(bytes)
    }

    /// Writes the two zero blocks that end an archive, and gives the stream back.
    pub fn finish(mut self) -> io::Result<W> {
        self.inner.write_all(&[0; 2 * BLOCK])?;
        Ok(self.inner)
    }

    /// Gives the stream back without an end.
    #[must_use]
    pub fn into_inner(self) -> W {
        self.inner
    }

    fn padded(&mut self, content: &[u8]) -> io::Result<()> {
        self.inner.write_all(content)?;
        let padding = content.len().next_multiple_of(BLOCK) - content.len();
        self.inner.write_all(&[0; BLOCK][..padding])
    }
}

/// A ustar header with a correct checksum.
fn header_block(entry: &TarEntry) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |offset: usize, bytes: &[u8]| {
        block[offset..offset + bytes.len()].copy_from_slice(bytes);
    };
    put(0, &entry.name[..entry.name.len().min(100)]);
    put(100, format!("{:07o}\0", entry.mode).as_bytes());
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, &size_field(entry.declared_size.unwrap_or(entry.content.len() as u64)));
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[entry.kind.flag()]);
    put(157, &entry.link[..entry.link.len().min(100)]);
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Octal where eleven digits hold the size, GNU's base-256 beyond.
fn size_field(size: u64) -> [u8; 12] {
    let mut field = [0; 12];
    if size < 1 << 33 {
        field[..11].copy_from_slice(format!("{size:011o}").as_bytes());
    } else {
        field[0] = 0x80;
        field[4..].copy_from_slice(&size.to_be_bytes());
    }
    field
}

/// Records of the form `LENGTH KEY=VALUE\n`, where the length counts itself.
fn pax_records(records: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        bytes.extend_from_slice(format!("{length} {key}=").as_bytes());
        bytes.extend_from_slice(value);
        bytes.push(b'\n');
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pax_record_counts_its_own_length() {
        for (value, expected) in [(1, "9 path=x\n"), (2, "11 path=xx\n"), (90, "99 path=")] {
            let text = pax_records(&[("path".into(), vec![b'x'; value])]);
            assert!(text.starts_with(expected.as_bytes()), "{}", String::from_utf8_lossy(&text));
            let length: usize =
                String::from_utf8_lossy(&text).split(' ').next().unwrap().parse().unwrap();
            assert_eq!(length, text.len());
        }
    }

    #[test]
    fn an_independent_reader_reads_names_of_every_length() {
        for long_names in [LongNames::Pax, LongNames::Gnu] {
            for length in [1, 99, 100, 101, 255, 300, 5_000] {
                let name = vec![b'n'; length];
                let target = vec![b't'; length];
                let entry =
                    TarEntry { long_names, ..TarEntry::link(TarKind::Symlink, &name, &target) };
                let mut writer = TarWriter::new(Vec::new());
                writer.entry(&entry).unwrap();
                writer.entry(&TarEntry::file("after", "content")).unwrap();
                let bytes = writer.finish().unwrap();
                let mut archive = tar::Archive::new(&bytes[..]);
                let names: Vec<_> = archive
                    .entries()
                    .unwrap()
                    .map(|entry| {
                        let entry = entry.unwrap();
                        let link = entry.link_name_bytes().map(|link| link.to_vec());
                        (entry.path_bytes().to_vec(), link)
                    })
                    .collect();
                assert_eq!(names, [(name, Some(target)), (b"after".to_vec(), None)]);
            }
        }
    }

    #[test]
    fn sizes_beyond_eight_gibibytes_are_base_256() {
        assert_eq!(&size_field(8), b"00000000010\0");
        assert_eq!(size_field(1 << 33), [0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
    }
}
