//! Modules of the Linux kernel: what `modinfo` shows of a `.ko`.
//!
//! The section `.modinfo` has the texts `NAME=VALUE`, each with a zero after it (the kernel's include/linux/moduleinfo.h). Its
//! `vermagic` begins with the release of the kernel that the module was built for, and that is its version; a module that is not of
//! the kernel's own tree may state one of its own.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;

use plimsoll_archive::{Compression, Decoder, DecoderBounds, ReadAtCursor, read_problem};
use plimsoll_core::{PackageType, Problem, ProblemKind};

use crate::object::{Format, Kind, objects};
use crate::{Authority, Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static LINUX_KERNEL_MODULE: Extractor = Extractor {
    id: "linux-kernel-module",
    summary: "modules of the Linux kernel (`*.ko`, also compressed) that no system package owns",
    patterns: &[
        Pattern::Extension(".ko"),
        Pattern::Extension(".ko.gz"),
        Pattern::Extension(".ko.xz"),
        Pattern::Extension(".ko.zst"),
    ],
    wants: |file: &Candidate<'_>| {
        let prefix = file.prefix;
        prefix.starts_with(ELF) || Compression::detect(prefix) != Compression::None
    },
    authority: Authority::Fingerprint,
    extract,
    ..Extractor::RECORD
};

const ELF: &[u8] = b"\x7fELF";
const SECTION: &[u8] = b".modinfo";
const LONGEST_FIELD: usize = 256;

fn extract(file: &WantedFile<'_>) -> Extraction {
    let unpacked = match unpacked(file) {
        Ok(unpacked) => unpacked,
        Err(problem) => return Extraction::failed(problem),
    };
    let content: &dyn plimsoll_archive::ReadAt = match &unpacked {
        Some(bytes) => bytes,
        None => file.content,
    };
    let mut extraction = Extraction::default();
    for object in objects(content, file.limits) {
        let headers = &object.headers;
        let Some(section) = object.section(SECTION) else { continue };
        if headers.format != Format::Elf || headers.kind != Kind::Relocatable {
            continue;
        }
        match object.content_of(section, file.limits) {
            Ok(texts) => match package(file, &texts) {
                Some(package) => extraction.push(package),
                None => {
                    let detail = "a module of the kernel that does not say for which release";
                    extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
                }
            },
            Err(problem) => extraction.problems.push(problem),
        }
    }
    extraction
}

/// The module without its compression; `None` where it has none.
fn unpacked(file: &WantedFile<'_>) -> Result<Option<Vec<u8>>, Problem> {
    let bounds = DecoderBounds { bytes: file.limits.text_bytes, ..file.limits.into() };
    let unpacked = Decoder::new(ReadAtCursor::new(file.content), bounds).and_then(|mut decoder| {
        if decoder.compression() == Compression::None {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        decoder.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    });
    unpacked.map_err(|error| read_problem(&error))
}

fn package(file: &WantedFile<'_>, texts: &[u8]) -> Option<FoundPackage> {
    let mut stated: BTreeMap<Cow<'_, str>, Cow<'_, str>> = BTreeMap::new();
    let mut licenses = Vec::new();
    for text in texts.split(|&byte| byte == 0) {
        let Some(equals) = text.iter().position(|&byte| byte == b'=') else { continue };
        let (name, value) = text.split_at(equals);
        let value = String::from_utf8_lossy(value.get(1..).unwrap_or_default());
        if !is_field(&value) {
            continue;
        }
        match String::from_utf8_lossy(name) {
            name if name == "license" => {
                let value = value.into_owned();
                if !licenses.contains(&value) && licenses.len() < MOST_LICENSES {
                    licenses.push(value);
                }
            }
            name if NAMES.contains(&&*name) => drop(stated.entry(name).or_insert(value)),
            _ => {}
        }
    }
    let release =
        stated.get("vermagic")?.split(' ').next().filter(|release| !release.is_empty())?;
    // Before Linux 4.16 modules did not state their names.
    let file_name = file.path.file_name();
    let of_file = file_name.split_once(".ko").map_or(file_name, |(name, _)| name).replace('-', "_");
    let name = stated.get("name").map_or(of_file.as_str(), |name| name);
    let own = stated.get("version").filter(|_| !stated.contains_key("intree"));
    let version = own.map_or(release, |version| version);
    let mut package =
        FoundPackage::new(PackageType::Generic, format!("linux-kernel-module/{name}"), version);
    package.licenses = licenses;
    Some(package)
}

/// What is read of a module.
const NAMES: [&str; 4] = ["intree", "name", "vermagic", "version"];
/// A module states one, or one for each of its parts.
const MOST_LICENSES: usize = 16;

fn is_field(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_FIELD && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use plimsoll_testkit::Compression as Form;
    use proptest::prelude::*;

    use super::*;
    use crate::object::samples::{FORMS, elf};

    const EXT4: &[u8] =
        b"license=GPL\0description=Fourth Extended Filesystem\0intree=Y\0name=ext4\0\
        version=1.0\0vermagic=6.1.0-18-amd64 SMP preempt mod_unload modversions \0";

    fn module(texts: &[u8]) -> Vec<u8> {
        let mut module = elf(FORMS[0], Some(SECTION), texts);
        module[16] = 1;
        module
    }

    fn run(path: &str, module: &[u8]) -> Extraction {
        let limits = Limits::default();
        extract(&WantedFile::whole(&ImagePath::new(path), &module.to_vec(), &limits))
    }

    fn row(extraction: &Extraction) -> Option<(&str, &str, Vec<&str>)> {
        let found = extraction.packages().next()?;
        let licenses = found.licenses.iter().map(String::as_str).collect();
        Some((&found.name, &found.version, licenses))
    }

    #[test]
    fn a_module_is_read_in_every_compression() {
        let plain = module(EXT4);
        for (end, form) in
            [("", Form::None), (".gz", Form::Gzip), (".xz", Form::Xz), (".zst", Form::Zstd)]
        {
            let file = form.apply(&plain);
            let path = format!("lib/modules/6.1.0-18-amd64/kernel/fs/ext4/ext4.ko{end}");
            let extraction = run(&path, &file);
            let expected = ("linux-kernel-module/ext4", "6.1.0-18-amd64", vec!["GPL"]);
            assert_eq!(row(&extraction), Some(expected));
            assert_eq!(extraction.problems, []);
        }
    }

    #[test]
    fn a_module_of_another_tree_has_a_version_of_its_own() {
        for (texts, expected) in [
            (
                &b"license=Dual MIT/GPL\0license=MIT\0license=MIT\0version=535.154.05\0vermagic=6.1.0 SMP \0"[..],
                ("linux-kernel-module/nvidia_drm", "535.154.05", vec!["Dual MIT/GPL", "MIT"]),
            ),
            (b"vermagic=4.4.0 SMP\0", ("linux-kernel-module/nvidia_drm", "4.4.0", vec![])),
        ] {
            let extraction = run("opt/driver/nvidia-drm.ko", &module(texts));
            assert_eq!(row(&extraction), Some(expected));
        }
    }

    #[test]
    fn what_cannot_be_read_is_a_problem_and_other_files_are_nothing() {
        let mut xz = b"\xfd7zXZ\0".to_vec();
        xz.extend(b"damaged");
        for file in
            [module(b"license=GPL\0"), module(b"vermagic= \0"), xz, b"\x1f\x8b\x08".to_vec()]
        {
            let extraction = run("a.ko", &file);
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 1));
        }
        for file in [elf(FORMS[0], Some(SECTION), EXT4), elf(FORMS[0], None, EXT4), ELF.to_vec()] {
            let extraction = run("a.ko", &file);
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 0));
        }
        let path = &ImagePath::new("usr/share/locale/app.ko");
        let file = Candidate { path, mode: 0o644, size: 100, prefix: b"msgid \"\"" };
        assert!(!(LINUX_KERNEL_MODULE.wants)(&file));
        assert!((LINUX_KERNEL_MODULE.wants)(&Candidate { prefix: ELF, ..file }));
    }

    proptest! {
        #[test]
        fn any_texts_end(texts: Vec<u8>, at in 0..0x500_usize, byte: u8) {
            let mut module = module(&texts);
            if let Some(place) = module.get_mut(at) {
                *place = byte;
            }
            let _ = run("a.ko", &module);
        }
    }
}
