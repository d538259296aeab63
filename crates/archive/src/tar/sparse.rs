use super::header::number;
use super::pax::decimal;

/// A stretch of a sparse file that is stored; all else is zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// A sparse file as it is read: where in the file the reader is, and what comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SparseFile {
    extents: Vec<Extent>,
    /// The first extent that is not behind the position.
    next: usize,
    position: u64,
    size: u64,
}

/// What a sparse file holds at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stretch {
    Hole(u64),
    Stored(u64),
    End,
}

impl SparseFile {
    /// Checks that the extents ascend, lie within the file and fit into what is stored.
    pub(super) fn new(extents: Vec<Extent>, size: u64, stored: u64) -> Option<Self> {
        let (mut end, mut sum) = (0, 0_u64);
        for extent in &extents {
            if extent.offset < end {
                return None;
            }
            end = extent.offset.checked_add(extent.length)?;
            sum = sum.checked_add(extent.length)?;
        }
        (end <= size && sum <= stored).then_some(Self { extents, next: 0, position: 0, size })
    }

    pub(super) fn stretch(&mut self) -> Stretch {
        while let Some(extent) = self.extents.get(self.next) {
            if self.position < extent.offset {
                return Stretch::Hole(extent.offset - self.position);
            }
            let end = extent.offset + extent.length;
            if self.position < end {
                return Stretch::Stored(end - self.position);
            }
            self.next += 1;
        }
        match self.size - self.position {
            0 => Stretch::End,
            rest => Stretch::Hole(rest),
        }
    }

    /// Moves on by what was read, which is no more than the stretch.
    pub(super) fn advance(&mut self, count: u64) {
        self.position = self.position.saturating_add(count).min(self.size);
    }
}

/// The extents in an old GNU header (four from byte 386) or in one of its extension blocks (21 from byte 0). An extent whose
/// offset is empty ends the list.
pub(super) fn extents_of_block(fields: &[u8]) -> Option<Vec<Extent>> {
    let mut extents = Vec::new();
    for field in fields.as_chunks::<24>().0 {
        if field[0] == 0 {
            break;
        }
        extents.push(Extent { offset: number(&field[..12])?, length: number(&field[12..])? });
    }
    Some(extents)
}

/// The map at the head of the content of a file in PAX format 1.0: lines with the number of extents, then offset and length of
/// each. Fed with blocks until it is whole.
#[derive(Debug, Default)]
pub(super) struct MapLines {
    line: Vec<u8>,
    numbers: Vec<u64>,
}

/// What is known of a map after another block.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum MapState {
    Unfinished,
    Whole(Vec<Extent>),
    Malformed,
}

impl MapLines {
    pub(super) fn feed(&mut self, block: &[u8]) -> MapState {
        for &byte in block {
            if byte != b'\n' {
                self.line.push(byte);
                if self.line.len() > 20 {
                    return MapState::Malformed;
                }
                continue;
            }
            let Some(number) = decimal(&self.line) else {
                return MapState::Malformed;
            };
            self.line.clear();
            self.numbers.push(number);
            let (count, pairs) = (self.numbers[0], &self.numbers[1..]);
            if pairs.len().is_multiple_of(2) && (pairs.len() / 2) as u64 >= count {
                let extent = |&[offset, length]: &[u64; 2]| Extent { offset, length };
                return MapState::Whole(pairs.as_chunks().0.iter().map(extent).collect());
            }
        }
        MapState::Unfinished
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extents(pairs: &[(u64, u64)]) -> Vec<Extent> {
        pairs.iter().map(|&(offset, length)| Extent { offset, length }).collect()
    }

    #[test]
    fn a_sparse_file_is_a_sequence_of_stretches() {
        let mut file = SparseFile::new(extents(&[(4, 2), (6, 0), (10, 3)]), 16, 5).unwrap();
        let mut stretches = Vec::new();
        loop {
            let stretch = file.stretch();
            stretches.push(stretch);
            match stretch {
                Stretch::Hole(length) | Stretch::Stored(length) => file.advance(length),
                Stretch::End => break,
            }
        }
        let [hole, stored] = [Stretch::Hole, Stretch::Stored];
        let expected = [hole(4), stored(2), hole(4), stored(3), hole(3), Stretch::End];
        assert_eq!(stretches, expected);
    }

    #[test]
    fn lying_maps_are_refused() {
        for (pairs, size, stored) in [
            (&[(4, 2), (5, 1)][..], 16, 3),
            (&[(4, 2)], 5, 2),
            (&[(4, 2)], 16, 1),
            (&[(u64::MAX, 2)], u64::MAX, 2),
            (&[(0, u64::MAX), (u64::MAX, 1)], u64::MAX, u64::MAX),
        ] {
            assert_eq!(SparseFile::new(extents(pairs), size, stored), None, "{pairs:?}");
        }
    }

    #[test]
    fn map_lines_may_stand_across_blocks() {
        let mut lines = MapLines::default();
        assert_eq!(lines.feed(b"2\n0\n5\n1"), MapState::Unfinished);
        assert_eq!(lines.feed(b"00\n7\n\0\0"), MapState::Whole(extents(&[(0, 5), (100, 7)])));
        for text in [&b"x\n"[..], b"\n", b"1\n-1\n", &[b'1'; 30]] {
            assert_eq!(MapLines::default().feed(text), MapState::Malformed, "{text:?}");
        }
        assert_eq!(MapLines::default().feed(b"0\n"), MapState::Whole(Vec::new()));
    }
}
