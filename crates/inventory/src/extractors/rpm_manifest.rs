//! rpm packages of distroless images of Azure Linux and CBL-Mariner, which bring a list instead of rpm's database.
//!
//! A line is what `rpm -qa` prints for name, version-release, time of installation, time of build, vendor, epoch, size, architecture,
//! epoch as a number, source rpm, with tabs between them (azurelinux, `toolkit/scripts`). The list `container-manifest-1` beside it
//! names the same packages without their epochs, and is not read.

use plimsoll_core::{PackageType, Problem, ProblemKind};

use super::lines::{lines, text};
use crate::purl::split_source_rpm;
use crate::{Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static RPM_MANIFEST: Extractor = Extractor {
    id: "rpm-manifest",
    version: 2,
    summary: "rpm packages of distroless images: Azure Linux's list of them",
    patterns: &[Pattern::Path("var/lib/rpmmanifest/container-manifest-2")],
    extract,
    ..Extractor::RECORD
};

fn extract(file: &WantedFile<'_>) -> Extraction {
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    let limit = file.limits.packages_per_file;
    let mut extraction = Extraction::default();
    let mut bad_lines = 0_usize;
    for line in lines(&bytes).filter(|line| !line.trim_ascii().is_empty()) {
        let Some(package) = package(line) else {
            bad_lines += 1;
            continue;
        };
        if package.name == "gpg-pubkey" {
            continue;
        }
        if extraction.facts.len() >= limit {
            let detail = format!("more than {limit} packages");
            extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
            break;
        }
        extraction.push(package);
    }
    if bad_lines > 0 {
        let detail = format!("{bad_lines} lines that describe no package");
        extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
    }
    extraction
}

fn package(line: &[u8]) -> Option<FoundPackage> {
    let mut fields = line.split(|&byte| byte == b'\t').map(known);
    let name = fields.next()??;
    let version = fields.next()??;
    version.contains('-').then_some(())?;
    let vendor = fields.nth(2)?;
    let epoch = fields.next()?;
    let arch = fields.nth(1)?;
    // Some builds have the epoch only as a number, where none is 0.
    let number = fields.next().flatten().filter(|number| number != "0");
    let epoch = epoch.or(number);
    let source_rpm = fields.next().flatten();
    let source = source_rpm.as_deref().and_then(split_source_rpm);
    let version = match epoch {
        Some(epoch) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{epoch}:{version}")
        }
        _ => version,
    };
    Some(FoundPackage {
        arch,
        vendor,
        source_name: source.map(|(name, _)| name.to_owned()),
        source_version: source.map(|(_, version)| version.to_owned()),
        ..FoundPackage::new(PackageType::Rpm, name, version)
    })
}

/// What rpm prints for a tag; `None` where the package lacks it.
fn known(field: &[u8]) -> Option<String> {
    let field = field.trim_ascii();
    (!field.is_empty() && field != b"(none)").then(|| text(field))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    fn extract_with(content: &str, limits: &Limits) -> Extraction {
        let path = ImagePath::new("var/lib/rpmmanifest/container-manifest-2");
        extract(&WantedFile::whole(&path, &content.as_bytes().to_vec(), limits))
    }

    const VENDOR: &str = "Microsoft Corporation";

    #[test]
    fn every_column_is_read() {
        let text = format!(
            "glibc\t2.38-8.azl3\t1730000000\t1720000000\t{VENDOR}\t(none)\t9000\tx86_64\t0\tglibc-2.38-8.azl3.src.rpm\n\
             openssl-libs\t3.3.2-1.azl3\t1730000000\t1720000000\t{VENDOR}\t(none)\t9000\tx86_64\t1\topenssl-3.3.2-1.azl3.src.rpm\n\
             filesystem\t1.1-21.azl3\t1\t1\t(none)\t(none)\t0\tnoarch\t0\t(none)\n\n"
        );
        let extraction = extract_with(&text, &Limits::default());
        assert_eq!(extraction.problems, []);
        let rpm = |name: &str, version: &str, arch: &str| FoundPackage {
            arch: Some(arch.into()),
            ..FoundPackage::new(PackageType::Rpm, name, version)
        };
        let expected = [
            FoundPackage {
                vendor: Some(VENDOR.into()),
                source_name: Some("glibc".into()),
                source_version: Some("2.38-8.azl3".into()),
                ..rpm("glibc", "2.38-8.azl3", "x86_64")
            },
            FoundPackage {
                vendor: Some(VENDOR.into()),
                source_name: Some("openssl".into()),
                source_version: Some("3.3.2-1.azl3".into()),
                ..rpm("openssl-libs", "1:3.3.2-1.azl3", "x86_64")
            },
            rpm("filesystem", "1.1-21.azl3", "noarch"),
        ];
        assert_eq!(extraction.packages().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
    }

    #[test]
    fn an_epoch_stands_in_either_column() {
        for (tag, number, expected) in [
            ("1", "1", "1:3.3.2-1"),
            ("(none)", "1", "1:3.3.2-1"),
            ("1", "(none)", "1:3.3.2-1"),
            ("(none)", "0", "3.3.2-1"),
        ] {
            let line = format!(
                "a\t3.3.2-1\t1\t1\t{VENDOR}\t{tag}\t0\tx86_64\t{number}\ta-3.3.2-1.src.rpm\n"
            );
            let extraction = extract_with(&line, &Limits::default());
            let versions = extraction.packages().map(|package| package.version.as_str());
            assert_eq!(versions.collect::<Vec<_>>(), [expected], "{tag} {number}");
        }
    }

    #[test]
    fn lines_of_another_form_are_told_and_a_key_is_no_package() {
        let text = "bash-5.1.8-4.cm2.x86_64\nbash\t5.1\t1\t1\tA\t(none)\t0\tx86_64\t0\t(none)\n\
            gpg-pubkey\t1-2\t1\t1\tA\t(none)\t0\t(none)\t0\t(none)\na\t1-2\t1\t1\tA\t(none)\t0\tx86_64\n";
        let extraction = extract_with(text, &Limits::default());
        assert_eq!(extraction.packages().count(), 1);
        assert_eq!(extraction.problems[0].detail, "2 lines that describe no package");
    }

    #[test]
    fn the_limit_is_kept_and_told() {
        let limits = Limits { packages_per_file: 1, ..Limits::default() };
        let line = "a\t1-2\t1\t1\tA\t(none)\t0\tx86_64\t0\t(none)\n";
        let extraction = extract_with(&line.repeat(2), &limits);
        assert_eq!(extraction.packages().count(), 1);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "([a-z0-9():.-]{0,5}\t){0,12}\\PC{0,9}\n?") {
            extract_with(&text, &Limits::default());
        }
    }
}
