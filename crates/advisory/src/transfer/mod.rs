//! A snapshot as it is carried to another machine: smaller than the file itself, and unpacked into the same revision.
//!
//! ```text
//! magic, format version, build time, the compressed length of each column: 8, 4, 8 and 5 times 8 bytes
//! facts         the section table and the sections, but for the texts
//! summaries     of all records, in the order of their ids whatever their family
//! details, references, symbols     likewise
//! ```
//!
//! Each column is one zstd frame with a window of 128 MiB. Texts in the snapshot are compressed in blocks, so that one is read quickly;
//! here they are not, and what is like stands with like: the same fields together, and the words of several sources on one flaw.

mod export;
mod import;

pub use import::{import, is_exported};

use crate::SnapshotError;
use crate::pages::Pages;
use crate::section::FamilyPlace;

const MAGIC: [u8; 8] = *b"PLIMEXP\n";
const FORMAT_VERSION: u32 = 1;
/// Bytes of the window, as a logarithm.
const WINDOW_LOG: u32 = 27;
/// The columns: the facts and each field of the texts.
const COLUMNS: usize = 1 + FIELDS.len();
const HEADER_BYTES: usize = 20 + 8 * COLUMNS;

/// What a text consists of, in its order.
const FIELDS: [Field; 4] = [Field::Summary, Field::Details, Field::References, Field::Symbols];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Summary,
    Details,
    References,
    Symbols,
}

/// Passes over stored values.
trait Passage {
    /// A number; gives it.
    fn number(&mut self) -> Result<u64, SnapshotError>;
    /// Bytes behind their length.
    fn blob(&mut self) -> Result<(), SnapshotError>;
}

impl Field {
    /// Passes over one value of this field as [`Text`](crate::Text) is stored.
    fn pass(self, passage: &mut impl Passage) -> Result<(), SnapshotError> {
        match self {
            Self::Summary | Self::Details => passage.blob(),
            Self::References => blobs(passage),
            Self::Symbols => {
                for _ in 0..passage.number()? {
                    passage.blob()?;
                    passage.blob()?;
                    blobs(passage)?;
                }
                Ok(())
            }
        }
    }
}

fn blobs(passage: &mut impl Passage) -> Result<(), SnapshotError> {
    for _ in 0..passage.number()? {
        passage.blob()?;
    }
    Ok(())
}

/// A record whose text is to be passed: its family's number, and where its text lies.
struct Passed {
    family: usize,
    /// The number of its block, and the place in it.
    place: (u32, u32),
}

/// The records of these families in the order of their ids, then of their families. Those of one family keep their order, which is that of
/// their texts.
fn in_order(
    families: &[FamilyPlace],
    bytes: &[u8],
    pages: Option<&Pages>,
) -> Result<Vec<Passed>, SnapshotError> {
    let mut records = Vec::new();
    for (family, place) in families.iter().enumerate() {
        let section = place.section(bytes, pages)?;
        for index in 0..place.header.records.1 {
            let (place, id) = crate::fact::read_place(&section, index)?;
            records.push((id, family, index, place));
        }
    }
    records.sort_unstable();
    Ok(records.into_iter().map(|(_, family, _, place)| Passed { family, place }).collect())
}
