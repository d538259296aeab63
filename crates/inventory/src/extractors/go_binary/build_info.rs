//! The record that Go's linker leaves in a program, in the form since Go 1.18 (inline) and in the older one (behind pointers).
//!
//! Sources: Go's `debug/buildinfo` for the place and the encoding, `runtime/debug.ParseBuildInfo` for the text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use memchr::memmem;
use plimsoll_core::{Limits, Problem, ProblemKind};

use crate::object::{Fields, Form, Format, Object, read as read_file};

/// The section of ELF files, and of Mach-O files.
const SECTION: &[u8] = b".go.buildinfo";
const MACHO_SECTION: &[u8] = b"__go_buildinfo";
const MAGIC: &[u8] = b"\xff Go buildinf:";
/// The record begins at a multiple of this.
const ALIGNMENT: u64 = 16;
const HEADER_SIZE: u64 = 32;
/// Bits of the header's flags.
const BIG_ENDIAN: u8 = 1;
const INLINE: u8 = 2;
/// Bytes that are searched at once where the file is not in memory.
const CHUNK: u64 = 1 << 20;
/// Bytes before and after the text about modules, by which Go's own runtime finds it.
const SENTINEL: usize = 16;

/// What the linker recorded in a Go program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildInfo {
    /// The version of Go as it names itself, such as `go1.22.3` or `devel go1.23-abcdef`.
    pub go: String,
    /// The path of the main package.
    pub path: String,
    /// The module of the main package; absent from programs that were built without modules.
    pub main: Option<Module>,
    pub deps: Vec<Module>,
    /// Settings of the build since Go 1.18, such as `GOARCH`.
    pub settings: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    pub path: String,
    /// As stated: `v1.2.3`, a pseudo-version, `(devel)`; empty where a directory stands in for the module.
    pub version: String,
    /// The checksum of the module's files, `h1:…`; empty where there is none.
    pub sum: String,
    /// What was linked in its place.
    pub replace: Option<Box<Module>>,
}

impl Module {
    /// Path and version of the code that was linked: those of the replacement, except where that is a directory, which has no version.
    #[must_use]
    pub fn linked(&self) -> (&str, Option<&str>) {
        match &self.replace {
            None => (&self.path, self.known_version()),
            Some(other) => match other.known_version() {
                None => (&self.path, None),
                known => (&other.path, known),
            },
        }
    }

    fn known_version(&self) -> Option<&str> {
        let is_known = !self.version.is_empty() && self.version != super::UNKNOWN_VERSION;
        is_known.then_some(&self.version)
    }
}

impl BuildInfo {
    /// The version of the standard library in the form of its advisories (`1.22.3`, `1.23.0-rc.1`); `None` for builds of Go that
    /// have no release's number.
    #[must_use]
    pub fn standard_library_version(&self) -> Option<String> {
        let version = self.go.strip_prefix("go")?;
        let numbers_end = version
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(version.len());
        let (numbers, suffix) = version.split_at_checked(numbers_end)?;
        let is_release = numbers.split('.').all(|number| !number.is_empty());
        if !is_release {
            return None;
        }
        for kind in ["rc", "beta"] {
            if let Some(rest) = suffix.strip_prefix(kind) {
                let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
                let number = rest.get(..end).filter(|number| !number.is_empty())?;
                let patch = if numbers.split('.').count() < 3 { ".0" } else { "" };
                return Some(format!("{numbers}{patch}-{kind}.{number}"));
            }
        }
        // Experiments (` X:boringcrypto`) and the marks of those who build Go themselves (`-1`, `+patch`) change no release.
        matches!(suffix.chars().next(), None | Some(' ' | '-' | '+')).then(|| numbers.to_owned())
    }

    fn parse(go: String, text: &str) -> Self {
        let mut info = Self { go, ..Self::default() };
        let mut is_after_main = false;
        for line in text.split('\n') {
            let Some((kind, rest)) = line.split_once('\t') else { continue };
            match kind {
                "path" => rest.clone_into(&mut info.path),
                "mod" => {
                    info.main = Some(module(rest));
                    is_after_main = true;
                }
                "dep" => {
                    info.deps.push(module(rest));
                    is_after_main = false;
                }
                "=>" => {
                    let replaced = match is_after_main {
                        true => info.main.as_mut(),
                        false => info.deps.last_mut(),
                    };
                    if let Some(replaced) = replaced {
                        replaced.replace = Some(Box::new(module(rest)));
                    }
                }
                "build" => {
                    if let Some((key, value)) = setting(rest) {
                        info.settings.insert(key, value);
                    }
                }
                _ => {}
            }
        }
        info
    }
}

fn module(fields: &str) -> Module {
    let mut fields = fields.split('\t').map(str::to_owned);
    let mut next = || fields.next().unwrap_or_default();
    Module { path: next(), version: next(), sum: next(), replace: None }
}

/// `key=value`, either of them quoted as in Go where it holds unusual characters.
fn setting(text: &str) -> Option<(String, String)> {
    let (key, rest) = if text.starts_with(['"', '`']) {
        unquote(text)?
    } else {
        let (key, _) = text.split_once('=')?;
        (key.to_owned(), text.get(key.len()..)?)
    };
    let value = rest.strip_prefix('=')?;
    let value = match value.starts_with(['"', '`']) {
        true => unquote(value)?.0,
        false => value.to_owned(),
    };
    Some((key, value))
}

/// The string that a text begins with, in quotes as `strconv.Quote` makes them, and what follows it.
fn unquote(text: &str) -> Option<(String, &str)> {
    if let Some(raw) = text.strip_prefix('`') {
        let (value, rest) = raw.split_once('`')?;
        return Some((value.to_owned(), rest));
    }
    let mut value = String::new();
    let mut letters = text.strip_prefix('"')?.chars();
    loop {
        match letters.next()? {
            '"' => return Some((value, letters.as_str())),
            '\\' => {
                let digits = match letters.next()? {
                    'n' => {
                        value.push('\n');
                        continue;
                    }
                    't' => {
                        value.push('\t');
                        continue;
                    }
                    'r' => {
                        value.push('\r');
                        continue;
                    }
                    'a' => {
                        value.push('\x07');
                        continue;
                    }
                    'b' => {
                        value.push('\x08');
                        continue;
                    }
                    'f' => {
                        value.push('\x0c');
                        continue;
                    }
                    'v' => {
                        value.push('\x0b');
                        continue;
                    }
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    other => {
                        value.push(other);
                        continue;
                    }
                };
                let code = letters.as_str().get(..digits)?;
                letters = letters.as_str().get(digits..)?.chars();
                let code = u32::from_str_radix(code, 16).ok()?;
                value.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            letter => value.push(letter),
        }
    }
}

/// The addresses among which the record begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    start: u64,
    size: u64,
    /// True where a section is named after the build information: then it must be there.
    is_named: bool,
}

/// Where the record would lie; `None` for a file in which it cannot be.
pub(super) fn place(object: &Object<'_>) -> Option<Place> {
    let headers = &object.headers;
    if !headers.kind.is_loaded() || headers.segments.is_empty() {
        return None;
    }
    let named = [SECTION, MACHO_SECTION].into_iter().find_map(|name| object.section(name));
    if let Some(section) = named {
        let place = Place { start: section.address, size: section.size, is_named: true };
        return section.has_content.then_some(place);
    }
    // An ELF file that has sections would have this one; the other formats never had it, or only since Go 1.12.
    if headers.format == Format::Elf && headers.sections.is_some() {
        return None;
    }
    let data = headers.segments.iter().find(|segment| segment.is_data && segment.file_size > 0)?;
    Some(Place { start: data.address, size: data.file_size, is_named: false })
}

/// Reads the record; `None` where there is none and none is claimed.
pub(super) fn read(
    object: &Object<'_>,
    place: &Place,
    limits: &Limits,
) -> Result<Option<BuildInfo>, Problem> {
    let Some(address) = find(object, place) else {
        if place.is_named {
            let detail = "the section for Go's build information does not hold it";
            return Err(Problem::new(ProblemKind::Malformed, detail));
        }
        return Ok(None);
    };
    let record = Record { object, limits };
    let (go, modules) = record.strings(address)?;
    let modules = modules.len().checked_sub(SENTINEL).and_then(|end| modules.get(SENTINEL..end));
    // Without the sentinels it is not what Go wrote, and a text ends with a line.
    let modules = modules.filter(|text| text.ends_with(b"\n")).unwrap_or_default();
    let go = String::from_utf8_lossy(&go).into_owned();
    Ok(Some(BuildInfo::parse(go, &String::from_utf8_lossy(modules))))
}

/// The address of the record.
fn find(object: &Object<'_>, place: &Place) -> Option<u64> {
    let (offset, available) = object.locate(place.start)?;
    let size = place.size.min(available);
    let finder = memmem::Finder::new(MAGIC);
    let mut at = place.start.wrapping_neg() % ALIGNMENT;
    while at < size {
        // A record that begins in this chunk may end in the next.
        let length = (size - at).min(CHUNK + ALIGNMENT);
        let chunk = read_file(&object.content, offset.checked_add(at)?, length)?;
        for hit in finder.find_iter(&chunk) {
            if (hit as u64).is_multiple_of(ALIGNMENT) {
                return place.start.checked_add(at)?.checked_add(hit as u64);
            }
        }
        at += CHUNK;
    }
    None
}

struct Record<'a> {
    object: &'a Object<'a>,
    limits: &'a Limits,
}

type Bytes<'a> = Cow<'a, [u8]>;

impl<'a> Record<'a> {
    /// The version of Go, and the text about modules between its sentinels.
    fn strings(&self, address: u64) -> Result<(Bytes<'a>, Bytes<'a>), Problem> {
        let header = self.bytes(address, HEADER_SIZE)?;
        let field = |at: usize| header.get(at).copied().unwrap_or_default();
        let (pointer_size, flags) = (field(14), field(15));
        let after = |count: u64| address.checked_add(count).ok_or_else(unreadable);
        if flags & INLINE != 0 {
            let (go, next) = self.inline(after(HEADER_SIZE)?)?;
            let (modules, _) = self.inline(next)?;
            return Ok((go, modules));
        }
        let is_wide = match pointer_size {
            4 => false,
            8 => true,
            _ => return Err(unreadable()),
        };
        let form = Form { is_wide, big_endian: flags & BIG_ENDIAN != 0 };
        let fields = form.fields(&header);
        let pointer = |narrow, wide| fields.word_at(narrow, wide).ok_or_else(unreadable);
        let go = self.behind(pointer(16, 16)?, fields)?;
        // A program that was built without modules has no such text, and the pointer leads nowhere.
        let modules = self.behind(pointer(20, 24)?, fields).unwrap_or_default();
        Ok((go, modules))
    }

    /// A string after its length, and the address that follows it.
    fn inline(&self, address: u64) -> Result<(Bytes<'a>, u64), Problem> {
        const LONGEST: u64 = 10;
        let prefix = self.object.read_at(address, LONGEST).ok_or_else(unreadable)?;
        let (length, size) = varint(&prefix).ok_or_else(unreadable)?;
        let start = address.checked_add(size).ok_or_else(unreadable)?;
        let next = start.checked_add(length).ok_or_else(unreadable)?;
        Ok((self.bytes(start, length)?, next))
    }

    /// The string whose header, a pointer and a length, lies at an address.
    fn behind(&self, address: u64, fields: Fields<'_>) -> Result<Bytes<'a>, Problem> {
        let header = self.bytes(address, if fields.form.is_wide { 16 } else { 8 })?;
        let header = fields.form.fields(&header);
        let start = header.word(0).ok_or_else(unreadable)?;
        let length = header.word_at(4, 8).ok_or_else(unreadable)?;
        self.bytes(start, length)
    }

    fn bytes(&self, address: u64, length: u64) -> Result<Bytes<'a>, Problem> {
        if length == 0 {
            return Ok(Bytes::default());
        }
        if length > self.limits.text_bytes {
            let detail = format!("{length} bytes of Go's build information");
            return Err(Problem::new(ProblemKind::LimitExceeded, detail));
        }
        let bytes = self.object.read_at(address, length).ok_or_else(unreadable)?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(unreadable()) }
    }
}

fn unreadable() -> Problem {
    Problem::new(ProblemKind::Malformed, "Go's build information leads out of the program")
}

/// A number of seven bits a byte, lowest first, and how many bytes it took.
fn varint(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut value = 0_u64;
    for (index, &byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index as u64 + 1));
        }
    }
    None
}
