//! Programs that a Go linker might have made: a minimal ELF file with a build information block.

/// A little-endian 64-bit ELF file with one section, `.go.buildinfo`, in the form that Go 1.18 and later write
/// (Go source, `debug/buildinfo`): the version and the module text stand in the block itself.
#[must_use]
pub fn go_program(go_version: &str, modules: &str) -> Vec<u8> {
    let block = build_info(go_version, modules);
    section_file(".go.buildinfo", &block)
}

/// The build information block: magic, pointer size, flags, then two strings with a varint length each. The module text stands
/// between two marks of 16 bytes.
#[must_use]
pub fn build_info(go_version: &str, modules: &str) -> Vec<u8> {
    let mut block = b"\xff Go buildinf:\x08\x02".to_vec();
    block.resize(32, 0);
    push_string(&mut block, go_version.as_bytes());
    let start = *b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6";
    let end = *b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2";
    push_string(&mut block, &[&start, modules.as_bytes(), &end].concat());
    block
}

fn push_string(block: &mut Vec<u8>, bytes: &[u8]) {
    let mut length = bytes.len();
    while length >= 0x80 {
        block.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    block.push(length as u8);
    block.extend_from_slice(bytes);
}

/// An ELF file (System V ABI, "Object Files") of a header, one section's bytes, the names of sections, and three section headers; one
/// loadable segment maps the section at its offset.
#[must_use]
pub fn section_file(name: &str, content: &[u8]) -> Vec<u8> {
    const HEADER: usize = 64;
    const PROGRAM: usize = 56;
    let names = [b"\0", name.as_bytes(), b"\0.shstrtab\0"].concat();
    let start = (HEADER + PROGRAM).next_multiple_of(16);
    let names_start = start + content.len();
    let table = (names_start + names.len()).next_multiple_of(8);

    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    push(&mut file, &[(2, 2), (62, 2), (1, 4), (0, 8), (HEADER, 8), (table, 8), (0, 4)]);
    push(&mut file, &[(HEADER, 2), (PROGRAM, 2), (1, 2), (64, 2), (3, 2), (2, 2)]);
    let size = content.len();
    push(&mut file, &[(1, 4), (6, 4), (start, 8), (start, 8), (start, 8)]);
    push(&mut file, &[(size, 8), (size, 8), (16, 8)]);
    file.resize(start, 0);
    file.extend_from_slice(content);
    file.extend_from_slice(&names);
    file.resize(table, 0);
    push_section(&mut file, [0, 0, 0, 0, 0]);
    push_section(&mut file, [1, 1, start, start, size]);
    push_section(&mut file, [name.len() + 2, 3, 0, names_start, names.len()]);
    file
}

/// Name, type, address, offset, size; the rest is fixed.
fn push_section(file: &mut Vec<u8>, [name, kind, address, offset, size]: [usize; 5]) {
    push(file, &[(name, 4), (kind, 4), (2, 8), (address, 8), (offset, 8), (size, 8)]);
    push(file, &[(0, 4), (0, 4), (16, 8), (0, 8)]);
}

/// Pushes little-endian numbers, each with its width in bytes.
fn push(file: &mut Vec<u8>, numbers: &[(usize, usize)]) {
    for &(number, width) in numbers {
        file.extend_from_slice(&(number as u64).to_le_bytes()[..width]);
    }
}
