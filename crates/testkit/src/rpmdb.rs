//! rpm's databases: a package's header, and files that hold headers in each of the three forms.
//!
//! rpm and `db_verify` read the hashes too, SQLite the tables. The forms are as simple as their formats allow: a hash of one bucket, a
//! tree of at most two levels.

use std::collections::BTreeMap;

use crate::sqlite::{self, Value};

/// The order of bytes in a number, which BerkeleyDB takes from the machine that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    Little,
    Big,
}

/// A package as its header says it.
#[derive(Clone, Debug)]
pub struct Package {
    pub name: String,
    pub epoch: Option<u32>,
    pub version: String,
    pub release: String,
    pub architecture: String,
    pub source_rpm: Option<String>,
    pub license: String,
    pub vendor: Option<String>,
    /// `name:stream:version:context`.
    pub module: Option<String>,
    /// Paths from the root with a leading slash.
    pub files: Vec<String>,
}

impl Package {
    #[must_use]
    pub fn new(name: &str, version: &str, release: &str) -> Self {
        Self {
            name: name.to_owned(),
            epoch: None,
            version: version.to_owned(),
            release: release.to_owned(),
            architecture: "x86_64".to_owned(),
            source_rpm: Some(format!("{name}-{version}-{release}.src.rpm")),
            license: "MIT".to_owned(),
            vendor: None,
            module: None,
            files: Vec::new(),
        }
    }

    #[must_use]
    pub fn epoch(mut self, epoch: u32) -> Self {
        self.epoch = Some(epoch);
        self
    }

    #[must_use]
    pub fn source_rpm(mut self, file_name: &str) -> Self {
        self.source_rpm = Some(file_name.to_owned());
        self
    }

    #[must_use]
    pub fn vendor(mut self, vendor: &str) -> Self {
        self.vendor = Some(vendor.to_owned());
        self
    }

    #[must_use]
    pub fn module(mut self, label: &str) -> Self {
        self.module = Some(label.to_owned());
        self
    }

    #[must_use]
    pub fn files(mut self, files: &[&str]) -> Self {
        self.files = files.iter().map(|&file| file.to_owned()).collect();
        self
    }

    /// The header as a database holds it.
    #[must_use]
    pub fn header(&self) -> Vec<u8> {
        let mut header = Header::default()
            .string(1000, &self.name)
            .string(1001, &self.version)
            .string(1002, &self.release)
            .string(1014, &self.license)
            .string(1021, "linux")
            .string(1022, &self.architecture);
        if let Some(epoch) = self.epoch {
            header = header.numbers(1003, &[epoch]);
        }
        for (tag, value) in [(1011, &self.vendor), (1044, &self.source_rpm), (5096, &self.module)] {
            if let Some(value) = value {
                header = header.string(tag, value);
            }
        }
        if !self.files.is_empty() {
            header = header.files(&self.files);
        }
        header.build()
    }
}

/// A header of any tags.
#[derive(Clone, Debug, Default)]
pub struct Header {
    tags: BTreeMap<u32, Tag>,
}

#[derive(Clone, Debug)]
struct Tag {
    kind: u32,
    count: u32,
    data: Vec<u8>,
}

impl Header {
    #[must_use]
    pub fn string(mut self, tag: u32, text: &str) -> Self {
        let data = [text.as_bytes(), b"\0"].concat();
        self.tags.insert(tag, Tag { kind: 6, count: 1, data });
        self
    }

    #[must_use]
    pub fn strings(mut self, tag: u32, texts: &[&str]) -> Self {
        let data = texts.iter().flat_map(|text| [text.as_bytes(), b"\0"].concat()).collect();
        self.tags.insert(tag, Tag { kind: 8, count: texts.len() as u32, data });
        self
    }

    #[must_use]
    pub fn numbers(mut self, tag: u32, numbers: &[u32]) -> Self {
        let data = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        self.tags.insert(tag, Tag { kind: 4, count: numbers.len() as u32, data });
        self
    }

    /// Changes the count of a tag, which then lies about its data.
    #[must_use]
    pub fn count(mut self, tag: u32, count: u32) -> Self {
        self.tags.get_mut(&tag).expect("a tag that was set").count = count;
        self
    }

    /// Directories and names, as rpm splits paths.
    fn files(self, files: &[String]) -> Self {
        let mut directories: Vec<&str> = Vec::new();
        let (mut indexes, mut names) = (Vec::new(), Vec::new());
        for file in files {
            let (directory, name) = file.split_at(file.rfind('/').expect("a leading slash") + 1);
            let known = directories.iter().position(|&known| known == directory);
            let index = known.unwrap_or(directories.len());
            if known.is_none() {
                directories.push(directory);
            }
            indexes.push(index as u32);
            names.push(name);
        }
        self.numbers(1116, &indexes).strings(1117, &names).strings(1118, &directories)
    }

    /// The header: counts, index, data. The first entry is the region that rpm closes over all others.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        const REGION: u32 = 63;
        let entry = |tag: u32, kind: u32, offset: u32, count: u32| {
            [tag, kind, offset, count].map(u32::to_be_bytes).concat()
        };
        let (mut index, mut data) = (Vec::new(), Vec::new());
        for (&tag, value) in &self.tags {
            if value.kind == 4 {
                data.resize(usize::next_multiple_of(data.len(), 4), 0);
            }
            index.extend(entry(tag, value.kind, data.len() as u32, value.count));
            data.extend(&value.data);
        }
        let entries = self.tags.len() as u32 + 1;
        let region = entry(REGION, 7, data.len() as u32, 16);
        data.extend(entry(REGION, 7, (entries * 16).wrapping_neg(), 16));
        let counts = [entries, data.len() as u32].map(u32::to_be_bytes).concat();
        [counts, region, index, data].concat()
    }
}

/// `Packages`, BerkeleyDB's hash form, with pages of 4,096 bytes.
#[must_use]
pub fn berkeley(headers: &[Vec<u8>], order: ByteOrder) -> Vec<u8> {
    Berkeley { order, pages: vec![vec![0; BERKELEY_PAGE]] }.build(headers)
}

const BERKELEY_PAGE: usize = 4096;
const BERKELEY_PAGE_HEADER: usize = 26;

struct Berkeley {
    order: ByteOrder,
    pages: Vec<Vec<u8>>,
}

impl Berkeley {
    fn build(mut self, headers: &[Vec<u8>]) -> Vec<u8> {
        // The first pair is rpm's counter; small headers stand in the page, as long ones lie in chains of pages.
        let counter = [&[1][..], &self.u32(headers.len() as u32)].concat();
        let mut pairs = vec![([&[1][..], &self.u32(0)].concat(), counter)];
        let bucket = self.page(13);
        for (number, header) in headers.iter().enumerate() {
            let key = [&[1][..], &self.u32(number as u32 + 1)].concat();
            let value = match header.len() {
                0..512 => [&[1][..], header].concat(),
                length => {
                    let first = self.chain(header);
                    [&[3, 0, 0, 0][..], &self.u32(first), &self.u32(length as u32)].concat()
                }
            };
            pairs.push((key, value));
        }
        self.fill_bucket(bucket, &pairs);
        self.fill_meta(pairs.len() as u32);
        self.pages.concat()
    }

    fn u32(&self, number: u32) -> [u8; 4] {
        match self.order {
            ByteOrder::Little => number.to_le_bytes(),
            ByteOrder::Big => number.to_be_bytes(),
        }
    }

    fn put_u32(&mut self, page: u32, offset: usize, number: u32) {
        let bytes = self.u32(number);
        self.pages[page as usize][offset..offset + 4].copy_from_slice(&bytes);
    }

    fn put_u16(&mut self, page: u32, offset: usize, number: usize) {
        let bytes = match self.order {
            ByteOrder::Little => (number as u16).to_le_bytes(),
            ByteOrder::Big => (number as u16).to_be_bytes(),
        };
        self.pages[page as usize][offset..offset + 2].copy_from_slice(&bytes);
    }

    /// A new page of a kind; its number.
    fn page(&mut self, kind: u8) -> u32 {
        let number = self.pages.len() as u32;
        self.pages.push(vec![0; BERKELEY_PAGE]);
        self.put_u32(number, 8, number);
        self.put_u16(number, 22, BERKELEY_PAGE);
        self.pages[number as usize][25] = kind;
        number
    }

    /// Overflow pages; the number of the first.
    fn chain(&mut self, bytes: &[u8]) -> u32 {
        let first = self.pages.len() as u32;
        let mut previous = 0;
        for chunk in bytes.chunks(BERKELEY_PAGE - BERKELEY_PAGE_HEADER) {
            let number = self.page(7);
            self.put_u32(number, 12, previous);
            // The number of references to the page, and of bytes in it.
            self.put_u16(number, 20, 1);
            self.put_u16(number, 22, chunk.len());
            self.pages[number as usize][BERKELEY_PAGE_HEADER..][..chunk.len()]
                .copy_from_slice(chunk);
            if previous != 0 {
                self.put_u32(previous, 16, number);
            }
            previous = number;
        }
        first
    }

    fn fill_bucket(&mut self, first: u32, pairs: &[(Vec<u8>, Vec<u8>)]) {
        let (mut page, mut count, mut end) = (first, 0, BERKELEY_PAGE);
        for (key, value) in pairs {
            let needed = key.len() + value.len() + 4;
            if BERKELEY_PAGE_HEADER + 2 * count + needed > end {
                let next = self.page(13);
                self.put_u32(page, 16, next);
                self.put_u32(next, 12, page);
                (page, count, end) = (next, 0, BERKELEY_PAGE);
            }
            for item in [key, value] {
                end -= item.len();
                self.pages[page as usize][end..end + item.len()].copy_from_slice(item);
                self.put_u16(page, BERKELEY_PAGE_HEADER + 2 * count, end);
                count += 1;
            }
            self.put_u16(page, 20, count);
            self.put_u16(page, 22, end);
        }
    }

    fn fill_meta(&mut self, pairs: u32) {
        let last = self.pages.len() as u32 - 1;
        // Magic number, version, page size, last page, keys and records, and one bucket, which begins at page 1.
        for (offset, number) in [
            (12, 0x0006_1561),
            (16, 9),
            (20, BERKELEY_PAGE as u32),
            (32, last),
            (40, pairs),
            (44, pairs),
            (72, 0),
            (76, 0),
            (80, u32::MAX),
            (88, pairs),
            (96, 1),
        ] {
            self.put_u32(0, offset, number);
        }
        self.pages[0][25] = 8;
    }
}

/// `Packages.db`, ndb.
#[must_use]
pub fn ndb(headers: &[Vec<u8>]) -> Vec<u8> {
    const PAGE: usize = 4096;
    let slot_pages = (32 + headers.len() * 16).div_ceil(PAGE);
    let mut file = Vec::new();
    for number in [slot_pages as u32, headers.len() as u32 + 1] {
        file.extend(number.to_le_bytes());
    }
    file = [b"RpmP\0\0\0\0\x01\0\0\0", &file[..], &[0; 12]].concat();
    let mut blobs = Vec::new();
    for (number, header) in headers.iter().enumerate() {
        let package = (number as u32 + 1).to_le_bytes();
        let length = (header.len() as u32).to_le_bytes();
        let first_block = ((slot_pages * PAGE + blobs.len()) / 16) as u32;
        let padding = (16 + header.len() + 12).next_multiple_of(16) - (16 + header.len() + 12);
        let body =
            [b"BlbS", &package[..], &[1, 0, 0, 0], &length, header, &vec![0; padding]].concat();
        let blocks = ((body.len() + 12) / 16) as u32;
        let tail = [&adler32(&body).to_le_bytes()[..], &length, b"BlbE"].concat();
        blobs.extend([body, tail].concat());
        let place = [first_block.to_le_bytes(), blocks.to_le_bytes()].concat();
        file.extend([b"Slot", &package[..], &place].concat());
    }
    while file.len() < slot_pages * PAGE {
        file.extend(b"Slot\0\0\0\0\0\0\0\0\0\0\0\0");
    }
    file.extend(blobs);
    file
}

/// The checksum of RFC 1950.
fn adler32(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    high << 16 | low
}

/// `rpmdb.sqlite`: the number of each package, and its header.
#[must_use]
pub fn sqlite(headers: &[Vec<u8>]) -> Vec<u8> {
    let statement = "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)";
    // A key that is the row's own number is stored as nothing.
    let rows = headers.iter().map(|header| vec![Value::Null, Value::Blob(header)]);
    sqlite::database(&[("Packages", statement, rows.collect())])
}
