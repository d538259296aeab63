//! The Linux kernel, as it is loaded at boot: `vmlinuz`, `bzImage`, and the other names that people give it.
//!
//! On x86 the image's header leads to the text that `uname` gives (the kernel's Documentation/arch/x86/boot.rst). On other processors
//! the image is compressed and says nothing; there its name must tell, which has the release by every distribution's custom. A name that
//! may mean anything, `kernel-6.1`, tells nothing by itself.

use plimsoll_core::{ImagePath, PackageType, Problem, ProblemKind};

use crate::object::{Form, read};
use crate::{
    Authority, Candidate, Extraction, Extractor, FoundPackage, Pattern, Reads, WantedFile,
};

pub(crate) static LINUX_KERNEL: Extractor = Extractor {
    id: "linux-kernel",
    version: 2,
    summary: "the Linux kernel (`vmlinuz`, `bzImage`, `zImage`, `kernel`)",
    patterns: &[
        Pattern::NameStart("vmlinuz"),
        Pattern::NameStart("bzImage"),
        Pattern::NameStart("zImage"),
        Pattern::Name("kernel"),
        Pattern::NameStart("kernel-"),
    ],
    wants: |file: &Candidate<'_>| file.size >= HEADER_END && is_image(file.prefix),
    reads: Reads::Head(HEAD),
    authority: Authority::Fingerprint,
    makes_root: true,
    extract,
};

/// The names by which an image that says nothing is known.
const TELLING_NAMES: [&str; 2] = ["vmlinuz", "bzImage"];
/// The text lies in the code for the start, of which there are at most 255 sectors of half a kibibyte.
const HEAD: u64 = 128 << 10;
/// Fields of the header, and where it ends.
const MAGIC_AT: usize = 0x202;
const MAGIC: &[u8] = b"HdrS";
const PROTOCOL_AT: usize = 0x206;
const VERSION_AT: usize = 0x20e;
const HEADER_END: u64 = 0x268;
/// Before this protocol the header had no text.
const OLDEST_PROTOCOL: u16 = 0x200;
/// The pointer to the text counts from the second sector.
const SECTOR: usize = 0x200;
/// `struct new_utsname` has room for 64 letters in each field; the text is a few of them.
const LONGEST_TEXT: usize = 512;
const LONGEST_RELEASE: usize = 64;
/// Where an image for ARM has its magic.
const ARM64_AT: usize = 0x38;

/// What an image of some processor begins with: programs for EFI, gzip, the entry of x86 without EFI, ARM's and RISC-V's headers.
fn is_image(prefix: &[u8]) -> bool {
    let arm64 = prefix.get(ARM64_AT..ARM64_AT + 4);
    prefix.starts_with(b"MZ")
        || prefix.starts_with(b"\x1f\x8b")
        || prefix.starts_with(b"\xea\x05\x00\xc0\x07")
        || prefix.starts_with(b"\x7fELF")
        || matches!(arm64, Some(b"ARM\x64" | b"RSC\x05"))
        || prefix.starts_with(&[0; 32])
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let mut extraction = Extraction::default();
    let Some(head) = read(file.content, 0, HEAD) else { return extraction };
    let header = Form::LITTLE.fields(&head);
    let is_x86 = head.get(MAGIC_AT..).is_some_and(|rest| rest.starts_with(MAGIC))
        && header.u16(PROTOCOL_AT).is_some_and(|protocol| protocol >= OLDEST_PROTOCOL);
    let text = if is_x86 {
        match text(&head) {
            Some(text) => Some(text),
            None => {
                let detail = "the header of the kernel does not lead to its version";
                return Extraction::failed(Problem::new(ProblemKind::Malformed, detail));
            }
        }
    } else {
        None
    };
    let release = match &text {
        Some(text) => text.split(' ').next().and_then(release).map(str::to_owned),
        None => named_release(file.path),
    };
    let Some(release) = release else { return extraction };
    let mut package = FoundPackage::new(PackageType::Generic, "linux-kernel", &release);
    package.cpes = vec![cpe(&release, text.as_deref().unwrap_or_default())];
    extraction.push(package);
    extraction
}

/// Release, who built it, and when: `6.1.0-18-amd64 (builder@host) #1 SMP …`.
fn text(head: &[u8]) -> Option<String> {
    let pointer = usize::from(Form::LITTLE.fields(head).u16(VERSION_AT)?);
    if pointer == 0 {
        return None;
    }
    let text = head.get(pointer.checked_add(SECTOR)?..)?;
    let text = text.get(..LONGEST_TEXT).unwrap_or(text).split(|&byte| byte == 0).next()?;
    let text = std::str::from_utf8(text).ok()?;
    release(text.split(' ').next()?).map(|_| text.to_owned())
}

/// A release as the kernel names itself begins with three or four numbers.
fn release(word: &str) -> Option<&str> {
    let is_release = word.starts_with(|letter: char| letter.is_ascii_digit())
        && word.contains('.')
        && word.len() <= LONGEST_RELEASE
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-+~".contains(letter));
    is_release.then_some(word)
}

/// `boot/vmlinuz-6.1.0-18-arm64`, or `lib/modules/6.1.0-18-arm64/vmlinuz`.
fn named_release(path: &ImagePath) -> Option<String> {
    if !TELLING_NAMES.iter().any(|start| path.file_name().starts_with(start)) {
        return None;
    }
    let (_, named) = path.file_name().split_once('-').unwrap_or_default();
    let (before, directory) = path.parent().rsplit_once('/').unwrap_or_default();
    let in_modules = before.ends_with("lib/modules").then_some(directory);
    release(named).or_else(|| release(in_modules?)).map(str::to_owned)
}

/// The name under which vulnerability databases have it, in the kernel's own version: Debian names one binary interface and states
/// the version beside it.
fn cpe(release: &str, text: &str) -> String {
    let debian = text.rsplit_once(" Debian ").and_then(|(_, rest)| rest.split(['-', ' ']).next());
    let debian =
        debian.filter(|version| version.starts_with(|letter: char| letter.is_ascii_digit()));
    let is_number = |letter: char| letter.is_ascii_digit() || letter == '.';
    let stated = debian.unwrap_or(release);
    let end = stated.find(|letter| !is_number(letter)).unwrap_or(stated.len());
    let (version, rest) = stated.split_at(end);
    // A release candidate is an update of the version that it leads to, which has two numbers.
    let candidate = rest.strip_prefix('-').and_then(|rest| rest.split(['-', '+', '.']).next());
    let candidate = candidate.filter(|word| {
        word.strip_prefix("rc")
            .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    });
    let version = match candidate {
        Some(_) => version.strip_suffix(".0").unwrap_or(version),
        None => version.trim_end_matches('.'),
    };
    format!("cpe:2.3:o:linux:linux_kernel:{version}:{}:*:*:*:*:*:*", candidate.unwrap_or("*"))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use proptest::prelude::*;

    use super::*;

    const DEBIAN: &str = "6.1.0-18-amd64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)";

    fn image(text: &str) -> Vec<u8> {
        let mut image = vec![0; 0x5000];
        image[..2].copy_from_slice(b"MZ");
        image[MAGIC_AT..MAGIC_AT + 4].copy_from_slice(MAGIC);
        image[PROTOCOL_AT..PROTOCOL_AT + 2].copy_from_slice(&0x20f_u16.to_le_bytes());
        image[VERSION_AT..VERSION_AT + 2].copy_from_slice(&0x42c0_u16.to_le_bytes());
        image[0x44c0..0x44c0 + text.len()].copy_from_slice(text.as_bytes());
        image
    }

    fn run(path: &str, image: &[u8]) -> Extraction {
        let limits = Limits::default();
        extract(&WantedFile::whole(&ImagePath::new(path), &image.to_vec(), &limits))
    }

    fn row(extraction: &Extraction) -> Option<(String, String)> {
        let found = extraction.packages().next()?;
        assert_eq!((found.kind.as_str(), found.name.as_str()), ("generic", "linux-kernel"));
        Some((found.version.clone(), found.cpes.join(" ")))
    }

    #[test]
    fn the_header_says_the_release_and_the_text_the_version() {
        for (text, release, version) in [
            (DEBIAN, "6.1.0-18-amd64", "6.1.76:*"),
            (
                "6.6.8-200.fc39.x86_64 (mockbuild@builder) #1 SMP PREEMPT_DYNAMIC Thu Dec 21 2023",
                "6.6.8-200.fc39.x86_64",
                "6.6.8:*",
            ),
            (
                "5.15.0-91-generic (buildd@lcy02-amd64-045) #101-Ubuntu SMP Tue Nov 14 2023",
                "5.15.0-91-generic",
                "5.15.0:*",
            ),
            ("6.8.0-rc3+ (me@host) #1 SMP", "6.8.0-rc3+", "6.8:rc3"),
            ("6.6.30-0-virt (buildozer@build) #1-Alpine SMP", "6.6.30-0-virt", "6.6.30:*"),
        ] {
            let extraction = run("boot/vmlinuz", &image(text));
            let cpe = format!("cpe:2.3:o:linux:linux_kernel:{version}:*:*:*:*:*:*");
            assert_eq!(row(&extraction), Some((release.to_owned(), cpe)), "{text}");
        }
    }

    #[test]
    fn where_the_image_says_nothing_its_name_does() {
        let compressed = [b"\x1f\x8b\x08".as_slice(), &[0; 2000]].concat();
        for (path, expected) in [
            ("boot/vmlinuz-6.1.0-18-arm64", Some("6.1.0-18-arm64")),
            ("usr/lib/modules/5.14.0-70.el9.aarch64/vmlinuz", Some("5.14.0-70.el9.aarch64")),
            ("boot/vmlinuz-virt", None),
            ("boot/vmlinuz", None),
            ("opt/6.1.0/vmlinuz", None),
            ("opt/kernel-6.1.tar.gz", None),
            ("boot/zImage-6.1.0", None),
        ] {
            let found = row(&run(path, &compressed)).map(|(release, _)| release);
            assert_eq!(found.as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn other_names_are_wanted_for_what_the_header_says() {
        let matcher = crate::Matcher::new(&[&LINUX_KERNEL]);
        for (path, expected) in [
            ("boot/kernel", true),
            ("boot/kernel-6.1.0", true),
            ("boot/zImage", true),
            ("usr/lib/kernel.d", false),
        ] {
            assert_eq!(!matcher.by_name(&ImagePath::new(path)).is_empty(), expected, "{path}");
            let release = row(&run(path, &image(DEBIAN))).map(|(release, _)| release);
            assert_eq!(release.as_deref(), Some("6.1.0-18-amd64"));
        }
    }

    #[test]
    fn a_header_that_leads_nowhere_is_a_problem_and_a_text_is_no_kernel() {
        let mut far = image(DEBIAN);
        far[VERSION_AT..VERSION_AT + 2].fill(0xff);
        for image in [far, image(""), image("not a version"), image(DEBIAN)[..0x1000].to_vec()] {
            let extraction = run("boot/vmlinuz", &image);
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 1));
        }
        let path = &ImagePath::new("boot/vmlinuz.txt");
        let file = Candidate { path, mode: 0o644, size: 5000, prefix: b"# kernel" };
        assert!(!(LINUX_KERNEL.wants)(&file));
        assert!((LINUX_KERNEL.wants)(&Candidate { prefix: b"MZ\xea\x07", ..file }));
        assert!(!(LINUX_KERNEL.wants)(&Candidate { prefix: b"MZ\xea\x07", size: 100, ..file }));
    }

    proptest! {
        #[test]
        fn mutated_images_end(
            changes in prop::collection::vec((0x1f0..0x260_usize, any::<u8>()), 1..12),
            text: String,
        ) {
            let mut image = image(text.get(..60).unwrap_or("6.1.0"));
            for (at, byte) in changes {
                image[at] = byte;
            }
            let _ = run("boot/vmlinuz-6.1.0", &image);
        }
    }
}
