use std::ops::Range;

use super::{BLOCK_BYTES, TarEntryKind};

const NAME: Range<usize> = 0..100;
const MODE: Range<usize> = 100..108;
const SIZE: Range<usize> = 124..136;
const CHECKSUM: Range<usize> = 148..156;
const TYPE_FLAG: usize = 156;
const LINK: Range<usize> = 157..257;
const MAGIC: Range<usize> = 257..265;
const DEVICE_MAJOR: Range<usize> = 329..337;
const DEVICE_MINOR: Range<usize> = 337..345;
const PREFIX: Range<usize> = 345..500;
/// GNU's access and change times lie where ustar has the prefix.
const GNU_TIMES: [Range<usize>; 2] = [345..357, 357..369];
const STAR_PREFIX: Range<usize> = 345..476;
const STAR_TRAILER: Range<usize> = 508..512;

/// One header block whose checksum is right.
pub(super) struct Header {
    block: [u8; BLOCK_BYTES],
    pub(super) type_flag: u8,
    pub(super) size: u64,
}

impl Header {
    pub(super) fn parse(block: [u8; BLOCK_BYTES]) -> Result<Self, &'static str> {
        if !checksum_is_right(&block) {
            return Err("the header's checksum is wrong");
        }
        let size = number(&block[SIZE]).ok_or("the header's size is not a number")?;
        Ok(Self { type_flag: block[TYPE_FLAG], size, block })
    }

    pub(super) fn block(&self) -> &[u8; BLOCK_BYTES] {
        &self.block
    }

    /// The name with the prefix of the formats that have one.
    pub(super) fn name(&self) -> Vec<u8> {
        let name = text(&self.block[NAME]);
        let prefix = self.prefix();
        if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
    }

    pub(super) fn link(&self) -> Vec<u8> {
        text(&self.block[LINK]).to_vec()
    }

    /// Permission bits; a field that is no number gives none.
    pub(super) fn mode(&self) -> u32 {
        number(&self.block[MODE]).map_or(0, |mode| (mode & 0o7777) as u32)
    }

    /// Major and minor number of a device. Numbers out of range are nothing that a whiteout could be.
    pub(super) fn device(&self) -> (u32, u32) {
        let part = |field| {
            number(&self.block[field])
                .and_then(|number| u32::try_from(number).ok())
                .unwrap_or(u32::MAX)
        };
        (part(DEVICE_MAJOR), part(DEVICE_MINOR))
    }

    fn prefix(&self) -> &[u8] {
        match &self.block[MAGIC] {
            b"ustar  \0" => self.prefix_of_old_go(),
            magic if !magic.starts_with(b"ustar\0") => &[],
            _ if &self.block[STAR_TRAILER] == b"tar\0" => text(&self.block[STAR_PREFIX]),
            _ => text(&self.block[PREFIX]),
        }
    }

    /// Go's `archive/tar` before 1.8 wrote a prefix into GNU headers, and later versions still honour it where the times that
    /// belong there are no numbers and the prefix is ASCII.
    fn prefix_of_old_go(&self) -> &[u8] {
        let is_time = |field: Range<usize>| {
            let field = &self.block[field];
            field[0] == 0 || field[0] & 0x80 != 0 || octal(field).is_some()
        };
        let prefix = text(&self.block[PREFIX]);
        if GNU_TIMES.into_iter().all(is_time) || !prefix.is_ascii() { &[] } else { prefix }
    }
}

/// What an entry of this type flag and name is.
pub(super) fn entry_kind(type_flag: u8, name: &[u8]) -> TarEntryKind {
    match type_flag {
        // Before ustar a directory was a file whose name ends with a slash.
        0 if name.ends_with(b"/") => TarEntryKind::Directory,
        0 | b'0' | b'7' | b'S' => TarEntryKind::File,
        b'1' => TarEntryKind::HardLink,
        b'2' => TarEntryKind::Symlink,
        b'3' => TarEntryKind::CharacterDevice,
        b'4' => TarEntryKind::BlockDevice,
        b'5' => TarEntryKind::Directory,
        b'6' => TarEntryKind::Fifo,
        other => TarEntryKind::Other(other),
    }
}

/// True where an entry of this kind has content; the size in the header of any other says nothing about the archive.
pub(super) fn has_content(kind: TarEntryKind) -> bool {
    matches!(kind, TarEntryKind::File | TarEntryKind::Other(_))
}

/// A number field: octal digits between spaces and NULs, or GNU's base-256. `None` for what is neither, negative, or does
/// not fit into 63 bits.
pub(super) fn number(field: &[u8]) -> Option<u64> {
    let Some((first, rest)) = field.split_first().filter(|(first, _)| **first & 0x80 != 0) else {
        return octal(field);
    };
    if first & 0x40 != 0 {
        return None;
    }
    let mut value = u64::from(first & 0x3f);
    for &byte in rest {
        value = value.checked_mul(256)?.checked_add(u64::from(byte))?;
    }
    i64::try_from(value).is_ok().then_some(value)
}

fn octal(field: &[u8]) -> Option<u64> {
    let is_filler = |byte: &u8| matches!(byte, b' ' | 0);
    let mut value = 0_u64;
    let mut digits = field.iter().skip_while(|byte| is_filler(byte));
    for &byte in digits.by_ref().take_while(|byte| !is_filler(byte)) {
        if !(b'0'..=b'7').contains(&byte) {
            return None;
        }
        value = value.checked_mul(8)?.checked_add(u64::from(byte - b'0'))?;
    }
    i64::try_from(value).is_ok().then_some(value)
}

/// A text field ends at its first NUL or with the field.
pub(super) fn text(field: &[u8]) -> &[u8] {
    memchr::memchr(0, field).map_or(field, |end| &field[..end])
}

/// The checksum is the sum of the header's bytes with its own field as spaces. Some old writers summed signed bytes.
fn checksum_is_right(block: &[u8; BLOCK_BYTES]) -> bool {
    let Some(stated) = number(&block[CHECKSUM]).and_then(|stated| i64::try_from(stated).ok())
    else {
        return false;
    };
    let spaces = 8 * i64::from(b' ');
    let unsigned: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    let own: u32 = block[CHECKSUM].iter().map(|&byte| u32::from(byte)).sum();
    if i64::from(unsigned) - i64::from(own) + spaces == stated {
        return true;
    }
    let sum_signed =
        |bytes: &[u8]| bytes.iter().map(|&byte| i64::from(byte.cast_signed())).sum::<i64>();
    sum_signed(block) - sum_signed(&block[CHECKSUM]) + spaces == stated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_base_256() {
        for (field, expected) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b"   644 \0", Some(0o644)),
            (b"644     ", Some(0o644)),
            (b"77777777777\0", Some(0o77_777_777_777)),
            (b"\0\0\0\0\0\0\0\0", Some(0)),
            (b"        ", Some(0)),
            (b"12345678", None),
            (b"-1\0\0\0\0\0\0", None),
            (b"\x80\0\0\0\0\0\x01\x02", Some(0x102)),
            (b"\x80\0\0\0\0\x7f\xff\xff\xff\xff\xff\xff", Some(0x7f_ffff_ffff_ffff)),
            (b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", None),
            (b"\x80\0\0\x01\0\0\0\0\0\0\0\0", None),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff", None),
            (b"", Some(0)),
        ] {
            assert_eq!(number(field), expected, "{field:?}");
        }
    }

    #[test]
    fn signed_checksums_of_old_writers_are_right_too() {
        let mut block = [0; BLOCK_BYTES];
        block[..3].copy_from_slice(b"caf");
        block[3] = 0xe9;
        let signed: i64 = i64::from(b'c' as i8) + 0x61 + 0x66 + (0xe9 - 256) + 8 * 32;
        block[CHECKSUM].copy_from_slice(format!("{signed:06o}\0 ").as_bytes());
        assert!(checksum_is_right(&block));
        block[0] = b'd';
        assert!(!checksum_is_right(&block));
    }

    #[test]
    fn a_prefix_of_old_go_counts_only_where_times_are_no_numbers() {
        for (times, expected) in [
            (&b"a/long/directory/name"[..], &b"a/long/directory/name/file"[..]),
            (b"14700000000\x0014700000000\0", b"file"),
            (b"", b"file"),
            (b"\xc3\xa4/no/ascii/but/bytes", b"file"),
        ] {
            let mut block = [0; BLOCK_BYTES];
            block[..4].copy_from_slice(b"file");
            block[MAGIC].copy_from_slice(b"ustar  \0");
            block[PREFIX.start..PREFIX.start + times.len()].copy_from_slice(times);
            let header = Header { block, type_flag: b'0', size: 0 };
            assert_eq!(header.name(), expected);
        }
    }
}
