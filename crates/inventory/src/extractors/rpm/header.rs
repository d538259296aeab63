//! A package's header as rpm's databases keep it (rpm, "RPM v4 header format").
//!
//! Two counts, an index of (tag, type, offset, count) and one block of data that the index points into, all in network order on every
//! machine. Of the hundred tags of a package only the few below are looked at.

use plimsoll_core::{ImagePath, Limits, PackageType, PathHash, Problem, ProblemKind};

use crate::FoundPackage;
use crate::pages::u32_be;
use crate::purl::split_source_rpm;

const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const VENDOR: u32 = 1011;
const LICENSE: u32 = 1014;
const ARCH: u32 = 1022;
/// Whole paths, as packages of rpm 3 name their files.
const OLD_FILE_NAMES: u32 = 1027;
const SOURCE_RPM: u32 = 1044;
const DIR_INDEXES: u32 = 1116;
const BASE_NAMES: u32 = 1117;
const DIR_NAMES: u32 = 1118;
const MODULARITY_LABEL: u32 = 5096;

const TYPE_INT32: u32 = 4;
const TYPE_STRING: u32 = 6;
const TYPE_STRING_ARRAY: u32 = 8;
const TYPE_I18N_STRING: u32 = 9;

const INDEX_ENTRY_BYTES: usize = 16;

/// The package that a header describes. An error says what is wrong with the header.
pub(super) fn package(blob: &[u8], paths: &mut PathBudget) -> Result<FoundPackage, &'static str> {
    let header = Header::parse(blob)?;
    let name = header.text(NAME).ok_or("a header without a name")?;
    let version = header.text(VERSION).ok_or("a header without a version")?;
    let release = header.text(RELEASE).ok_or("a header without a release")?;
    let version = match header.numbers(EPOCH).next() {
        Some(epoch) => format!("{epoch}:{version}-{release}"),
        None => format!("{version}-{release}"),
    };
    let source_rpm = header.text(SOURCE_RPM);
    let source = source_rpm.as_deref().and_then(split_source_rpm);
    Ok(FoundPackage {
        arch: header.text(ARCH),
        module: header.text(MODULARITY_LABEL),
        source_name: source.map(|(name, _)| name.to_owned()),
        source_version: source.map(|(_, version)| version.to_owned()),
        vendor: header.text(VENDOR),
        licenses: header.text(LICENSE).into_iter().collect(),
        owned_paths: header.owned_paths(paths),
        ..FoundPackage::new(PackageType::Rpm, name, version)
    })
}

/// How many paths may still be taken of one database, and how long each may be.
pub(super) struct PathBudget {
    left: usize,
    path_bytes: usize,
    exhausted: bool,
    too_long: usize,
    /// Where directory and name are joined.
    joined: Vec<u8>,
}

impl PathBudget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            left: limits.owned_paths_per_file,
            path_bytes: limits.path_bytes,
            exhausted: false,
            too_long: 0,
            joined: Vec::new(),
        }
    }

    /// The hash of the path, within the limits. Without a bound on the length, one long directory that many files name would take
    /// the product of their sizes.
    fn hash(&mut self, directory: &[u8], name: &[u8]) -> Option<PathHash> {
        if self.left == 0 {
            self.exhausted = true;
            return None;
        }
        self.left -= 1;
        if directory.len().saturating_add(name.len()) > self.path_bytes {
            self.too_long += 1;
            return None;
        }
        self.joined.clear();
        self.joined.extend_from_slice(directory);
        self.joined.extend_from_slice(name);
        ImagePath::hash_of_name(&self.joined)
    }

    /// What the limits held back.
    pub(super) fn problem(&self) -> Option<Problem> {
        let detail = if self.exhausted {
            "more paths than are read of one file".to_owned()
        } else if self.too_long > 0 {
            format!("{} paths of more than {} bytes", self.too_long, self.path_bytes)
        } else {
            return None;
        };
        Some(Problem::new(ProblemKind::LimitExceeded, detail))
    }
}

/// One entry of the index, whose data begins within the block.
#[derive(Clone, Copy)]
struct Entry<'a> {
    tag: u32,
    kind: u32,
    count: u32,
    /// From the entry's offset to the end of the block: only reading tells where its data ends.
    data: &'a [u8],
}

struct Header<'a> {
    /// The entries that matter here, in the order of the index.
    entries: Vec<Entry<'a>>,
}

impl<'a> Header<'a> {
    fn parse(blob: &'a [u8]) -> Result<Self, &'static str> {
        const SHORT: &str = "a header shorter than it says";
        let index_count = u32_be(blob, 0).ok_or(SHORT)? as usize;
        let data_bytes = u32_be(blob, 4).ok_or(SHORT)? as usize;
        let rest = blob.get(8..).ok_or(SHORT)?;
        let index_bytes = index_count.checked_mul(INDEX_ENTRY_BYTES).ok_or(SHORT)?;
        let (index, rest) = rest.split_at_checked(index_bytes).ok_or(SHORT)?;
        let data = rest.get(..data_bytes).ok_or(SHORT)?;
        let mut entries = Vec::new();
        for raw in index.chunks_exact(INDEX_ENTRY_BYTES) {
            let field = |at| u32_be(raw, at).unwrap_or_default();
            let tag = field(0);
            if !is_wanted(tag) {
                continue;
            }
            let data = data.get(field(8) as usize..).ok_or("a tag beyond its header's data")?;
            entries.push(Entry { tag, kind: field(4), count: field(12), data });
            if entries.len() > MOST_ENTRIES {
                return Err("a header that repeats its tags");
            }
        }
        Ok(Self { entries })
    }

    /// The last entry counts: what the installation changed stands after the region that the package brought.
    fn entry(&self, tag: u32) -> Option<Entry<'a>> {
        self.entries.iter().rev().find(|entry| entry.tag == tag).copied()
    }

    /// The strings of a tag of any of the three kinds of string.
    fn strings(&self, tag: u32) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let entry = self.entry(tag).filter(|entry| {
            matches!(entry.kind, TYPE_STRING | TYPE_STRING_ARRAY | TYPE_I18N_STRING)
        });
        let mut rest = entry.map_or(&[][..], |entry| entry.data);
        let count = entry.map_or(0, |entry| entry.count as usize);
        // A string ends with a zero byte; what the data's end cuts off is none.
        let next = move || {
            let (string, after) = rest.split_at_checked(memchr::memchr(0, rest)?)?;
            rest = after.get(1..)?;
            Some(string)
        };
        std::iter::from_fn(next).take(count)
    }

    /// The first string; `None` where it is empty.
    fn text(&self, tag: u32) -> Option<String> {
        let string = self.strings(tag).next()?;
        Some(String::from_utf8_lossy(string).into_owned()).filter(|text| !text.is_empty())
    }

    fn numbers(&self, tag: u32) -> impl Iterator<Item = u32> + use<'a> {
        let entry = self.entry(tag).filter(|entry| entry.kind == TYPE_INT32);
        let (chunks, _) = entry.map_or(&[][..], |entry| entry.data).as_chunks::<4>();
        chunks
            .iter()
            .take(entry.map_or(0, |entry| entry.count as usize))
            .map(|chunk| u32::from_be_bytes(*chunk))
    }

    /// Every file is a name and the position of its directory.
    fn owned_paths(&self, budget: &mut PathBudget) -> Vec<PathHash> {
        // No sound header has more directories than files.
        let directories: Vec<&[u8]> = self.strings(DIR_NAMES).take(budget.left).collect();
        let new = self
            .strings(BASE_NAMES)
            .zip(self.numbers(DIR_INDEXES))
            .filter_map(|(name, index)| Some((*directories.get(index as usize)?, name)));
        let old = self.strings(OLD_FILE_NAMES).map(|path| (&b""[..], path));
        new.chain(old).filter_map(|(directory, name)| budget.hash(directory, name)).collect()
    }
}

/// Twice the tags that are wanted: each may stand once in the region and once after it.
const MOST_ENTRIES: usize = 26;

fn is_wanted(tag: u32) -> bool {
    matches!(
        tag,
        NAME | VERSION
            | RELEASE
            | EPOCH
            | VENDOR
            | LICENSE
            | ARCH
            | OLD_FILE_NAMES
            | SOURCE_RPM
            | DIR_INDEXES
            | BASE_NAMES
            | DIR_NAMES
            | MODULARITY_LABEL
    )
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::rpmdb::{Header as Builder, Package};
    use proptest::prelude::*;

    use super::*;

    fn read(blob: &[u8]) -> Result<FoundPackage, &'static str> {
        package(blob, &mut PathBudget::new(&Limits::default()))
    }

    fn sample() -> Package {
        Package::new("bind-license", "9.9.4", "61.el7_5.1")
            .epoch(32)
            .source_rpm("bind-9.9.4-61.el7_5.1.src.rpm")
            .vendor("CentOS")
            .module("bind:9:8030020:abc")
            .files(&["/usr/share/doc/a", "/usr/share/doc/b", "/etc/c"])
    }

    #[test]
    fn every_tag_is_read() {
        let expected = FoundPackage {
            arch: Some("x86_64".into()),
            module: Some("bind:9:8030020:abc".into()),
            source_name: Some("bind".into()),
            source_version: Some("9.9.4-61.el7_5.1".into()),
            vendor: Some("CentOS".into()),
            licenses: vec!["MIT".into()],
            owned_paths: ["usr/share/doc/a", "usr/share/doc/b", "etc/c"]
                .map(ImagePath::hash_of)
                .into(),
            ..FoundPackage::new(PackageType::Rpm, "bind-license", "32:9.9.4-61.el7_5.1")
        };
        assert_eq!(read(&sample().header()), Ok(expected));
    }

    #[test]
    fn an_epoch_of_zero_that_is_stated_is_kept() {
        let version = |package: Package| read(&package.header()).map(|found| found.version);
        assert_eq!(version(Package::new("a", "1", "2").epoch(0)), Ok("0:1-2".into()));
        assert_eq!(version(Package::new("a", "1", "2")), Ok("1-2".into()));
    }

    #[test]
    fn files_of_rpm_3_are_whole_paths() {
        let blob = Builder::default()
            .string(NAME, "a")
            .string(VERSION, "1")
            .string(RELEASE, "1")
            .strings(OLD_FILE_NAMES, &["/bin/a", "/bin/b"])
            .build();
        let expected = ["bin/a", "bin/b"].map(ImagePath::hash_of);
        assert_eq!(read(&blob).map(|package| package.owned_paths), Ok(expected.into()));
    }

    #[test]
    fn what_is_missing_or_out_of_bounds_is_named() {
        let whole =
            Builder::default().string(NAME, "a").string(VERSION, "1").string(RELEASE, "1").build();
        assert!(read(&whole).is_ok());
        assert_eq!(read(b""), Err("a header shorter than it says"));
        assert_eq!(read(&whole[..whole.len() - 1]), Err("a header shorter than it says"));
        let nameless = Builder::default().string(VERSION, "1").string(RELEASE, "1").build();
        assert_eq!(read(&nameless), Err("a header without a name"));
        let mut beyond = whole;
        let offset_of_name = 8 + INDEX_ENTRY_BYTES + 8;
        beyond[offset_of_name..offset_of_name + 4].fill(0xff);
        assert_eq!(read(&beyond), Err("a tag beyond its header's data"));
    }

    #[test]
    fn counts_that_lie_read_no_more_than_there_is() {
        let blob = Builder::default()
            .string(NAME, "a")
            .string(VERSION, "1")
            .string(RELEASE, "1")
            .strings(DIR_NAMES, &["/bin/"])
            .numbers(DIR_INDEXES, &[0, 7, 0])
            .strings(BASE_NAMES, &["x", "y", "z"])
            .count(BASE_NAMES, u32::MAX)
            .count(DIR_INDEXES, u32::MAX)
            .count(DIR_NAMES, u32::MAX)
            .build();
        assert!(read(&blob).is_ok());
    }

    #[test]
    fn a_long_directory_of_many_files_is_not_copied_for_each() {
        let directory = "d".repeat(1 << 20);
        let names = vec!["a"; 100_000];
        let blob = Builder::default()
            .string(NAME, "a")
            .string(VERSION, "1")
            .string(RELEASE, "1")
            .strings(DIR_NAMES, &[&directory])
            .numbers(DIR_INDEXES, &vec![0; names.len()])
            .strings(BASE_NAMES, &names)
            .build();
        let mut budget = PathBudget::new(&Limits::default());
        assert!(package(&blob, &mut budget).is_ok_and(|it| it.owned_paths.is_empty()));
        assert_eq!(budget.too_long, names.len());
        assert!(budget.problem().is_some());
    }

    proptest! {
        #[test]
        fn mutated_headers_never_panic(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
            length in any::<prop::sample::Index>(),
        ) {
            let mut blob = sample().header();
            for (at, byte) in changes {
                let at = at.index(blob.len());
                blob[at] = byte;
            }
            let _ = read(&blob);
            blob.truncate(length.index(blob.len()));
            let _ = read(&blob);
        }
    }
}
