//! What Go's linker leaves in programs, for tests.

use crate::object::Form;
use crate::object::samples::{ADDRESS, Writer};

fn with_sentinels(modules: &str) -> Vec<u8> {
    [&[0x30; 16], modules.as_bytes(), &[0xf9; 16]].concat()
}

/// The record as Go writes it since 1.18.
pub(super) fn inline_record(go: &str, modules: &str) -> Vec<u8> {
    let mut bytes = b"\xff Go buildinf:\x08\x02".to_vec();
    bytes.resize(32, 0);
    for text in [go.as_bytes(), &with_sentinels(modules)] {
        let mut length = text.len();
        while length >= 0x80 {
            bytes.push(length as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        bytes.extend(text);
    }
    bytes
}

/// The record as Go wrote it before: two pointers to string headers.
pub(super) fn pointer_record(form: Form, go: &str, modules: &str) -> Vec<u8> {
    let (word, texts) = (if form.is_wide { 8 } else { 4 }, ADDRESS + 0x80);
    let modules = with_sentinels(modules);
    let mut writer = Writer::new(form, b"\xff Go buildinf:");
    writer.bytes.extend([word as u8, u8::from(form.big_endian)]);
    writer.word(ADDRESS + 0x40).word(ADDRESS + 0x60).pad(0x40);
    writer.word(texts).word(go.len() as u64).pad(0x60);
    writer.word(texts + go.len() as u64).word(modules.len() as u64).pad(0x80);
    writer.bytes.extend(go.as_bytes());
    writer.bytes.extend(modules);
    writer.bytes
}
