//! Windows files that say what they are: .NET assemblies by their own name, other programs and libraries by their version resource.
//!
//! An assembly is known by its name and the version of the package that it was built for, which its build writes into the version
//! resource: the assembly's own version changes only where it stops to be compatible. It is a weak word: where a list of dependencies
//! names the file, it is the package that is said there.

mod assembly;
#[cfg(test)]
mod samples;
mod version_resource;

use plimsoll_core::{ImagePath, PackageType};

use self::assembly::{assembly, is_managed};
use self::version_resource::{VersionResource, version_resource};
use crate::object::{Format, objects};
use crate::{Authority, Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static DOTNET_PE: Extractor = Extractor {
    id: "dotnet-pe",
    version: 2,
    summary: ".NET assemblies by their names, and other Windows programs and libraries by their version resources",
    patterns: &[Pattern::Extension(".bpl"), Pattern::Extension(".dll"), Pattern::Extension(".exe")],
    wants,
    authority: Authority::Fingerprint,
    extract,
    ..Extractor::RECORD
};

/// What Windows has of it is one product, whose assemblies are no packages. Packages of its time name it too, and as their version
/// that of a build, which is higher than the package's: there, the assembly's own is the safe one.
const FRAMEWORK: &str = "Microsoft .NET Framework";
/// Likewise a product of many assemblies, wherever it lies.
const MONO: &str = "Mono Common Language Infrastructure";
/// The product of everything in Windows; its files are not listed one by one.
const WINDOWS: &str = "Windows Operating System";
const LONGEST_FIELD: usize = 256;

/// Texts for one language are no library, nor are assemblies that are only there to compile against.
fn wants(file: &Candidate<'_>) -> bool {
    let name = file.path.file_name();
    let directory = file.path.parent();
    let is_reference = directory.rsplit('/').nth(1) == Some("ref");
    file.prefix.starts_with(b"MZ") && !name.ends_with(".resources.dll") && !is_reference
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let mut extraction = Extraction::default();
    let object = objects(file.content, file.limits).into_iter().next();
    let Some(object) = object
        .filter(|object| object.headers.format == Format::Pe && object.headers.kind.is_loaded())
    else {
        return extraction;
    };
    let resource = version_resource(&object, file.limits).unwrap_or_default();
    let product = resource.product();
    if product.as_ref().is_some_and(|product| product.contains(WINDOWS)) {
        return extraction;
    }
    let names_framework = product.as_deref() == Some(FRAMEWORK);
    let is_product =
        (names_framework && is_in_windows(file.path)) || product.as_deref() == Some(MONO);
    let found = if is_managed(&object) && !is_product {
        match assembly(&object, file.limits) {
            Ok(Some(assembly)) if !assembly.is_satellite => {
                let release = if names_framework { None } else { resource.release() };
                let version = release.unwrap_or_else(|| numbers(assembly.version));
                Some((PackageType::Nuget, assembly.name, version))
            }
            Ok(_) => None,
            Err(problem) => return Extraction::failed(problem),
        }
    } else if let Some(name) = resource.hosted() {
        resource.release().map(|version| (PackageType::Nuget, name, version))
    } else {
        product.zip(resource.stated()).map(|(name, version)| (PackageType::Generic, name, version))
    };
    if let Some((kind, name, version)) = found.filter(|(_, name, _)| is_field(name)) {
        let mut package = FoundPackage::new(kind, name, version);
        package.vendor =
            resource.text("CompanyName").map(without_marks).filter(|text| is_field(text));
        extraction.push(package);
    }
    extraction
}

/// In a layer of a Windows image the system lies in `Files/Windows`.
fn is_in_windows(path: &ImagePath) -> bool {
    let mut directories = path.parent().split('/').take(2);
    directories.any(|directory| directory.eq_ignore_ascii_case("windows"))
}

impl VersionResource {
    fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    fn product(&self) -> Option<String> {
        self.text("ProductName").map(without_marks).filter(|product| !product.is_empty())
    }

    /// The assembly that a program only starts: the SDK gives the program that assembly's resource.
    fn hosted(&self) -> Option<String> {
        let name = self.text("InternalName")?.strip_suffix(".dll")?;
        let original = self.text("OriginalFilename")?.strip_suffix(".dll")?;
        let described = self.text("Assembly Version").is_some();
        (name == original && described).then(|| name.to_owned())
    }

    /// The version of a package, as NuGet writes it.
    fn release(&self) -> Option<String> {
        let stated = [self.text("ProductVersion"), self.text("FileVersion")];
        stated.into_iter().flatten().find_map(release).or_else(|| self.file_version.map(numbers))
    }

    /// The version of any product.
    fn stated(&self) -> Option<String> {
        let stated = [self.text("ProductVersion"), self.text("FileVersion")];
        let version = stated.into_iter().flatten().find_map(|text| {
            let text = with_dots(text);
            let word = text.split([' ', '(']).next()?;
            let word = word.strip_prefix(['v', 'V']).unwrap_or(word);
            let is_version = word.starts_with(|letter: char| letter.is_ascii_digit())
                && word.contains(|letter: char| matches!(letter, '1'..='9'));
            (is_version && is_field(word)).then(|| word.to_owned())
        });
        version.or_else(|| self.file_version.map(numbers))
    }
}

/// `8.0.1+commit`, `4.6.26515.06 @BuiltBy: …`, `1.2.0-rc.1`: the version without what names the build.
fn release(text: &str) -> Option<String> {
    let text = with_dots(text);
    let word = text.split([' ', '+', '@', '(']).next()?;
    let (version, label) = match word.split_once('-') {
        Some((version, label)) => (version, Some(label)),
        None => (word, None),
    };
    let mut parts = Vec::new();
    for part in version.split('.') {
        parts.push(part.parse::<u32>().ok()?);
    }
    if !(2..=4).contains(&parts.len()) || parts.iter().all(|part| *part == 0) {
        return None;
    }
    let is_label = |label: &str| {
        let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || ".-".contains(letter);
        !label.is_empty() && label.len() <= LONGEST_FIELD && label.chars().all(is_allowed)
    };
    let label = match label {
        Some(label) if !is_label(label) => return None,
        Some(label) => format!("-{label}"),
        None => String::new(),
    };
    Some(dotted(&parts) + &label)
}

/// Some compilers write `1, 2, 3, 4`.
fn with_dots(text: &str) -> String {
    text.trim().replace(", ", ".").replace(',', ".")
}

fn numbers(version: [u16; 4]) -> String {
    dotted(&version.map(u32::from))
}

/// As NuGet writes it: a fourth number only where it is not zero.
fn dotted(parts: &[u32]) -> String {
    let kept = match parts {
        [first @ .., 0] if first.len() == 3 => first,
        parts => parts,
    };
    kept.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// A name without the marks of trademarks, and with single spaces.
fn without_marks(text: &str) -> String {
    let text = text.replace(['®', '™', '©'], "").replace("(R)", "").replace("(TM)", "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_field(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_FIELD && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::samples::{Sample, program};
    use super::*;

    fn run(path: &str, program: &[u8]) -> Extraction {
        let limits = Limits::default();
        extract(&WantedFile::whole(&ImagePath::new(path), &program.to_vec(), &limits))
    }

    fn row(extraction: &Extraction) -> Option<(&str, &str, &str)> {
        let found = extraction.packages().next()?;
        Some((found.kind.as_str(), found.name.as_str(), found.version.as_str()))
    }

    const NEWTONSOFT: Sample<'_> = Sample {
        assembly: Some(("Newtonsoft.Json", [13, 0, 0, 0], "")),
        texts: &[
            ("CompanyName", "Newtonsoft"),
            ("FileVersion", "13.0.3.27908"),
            ("ProductName", "Json.NET"),
            ("ProductVersion", "13.0.3+0a2e291c0d9c0c7675d445703e51750363a549ef"),
        ],
        ..Sample::EMPTY
    };

    #[test]
    fn an_assembly_has_its_own_name_and_the_version_of_its_package() {
        for is_wide in [false, true] {
            let extraction = run("app/Newtonsoft.Json.dll", &program(is_wide, &NEWTONSOFT));
            assert_eq!(row(&extraction), Some(("nuget", "Newtonsoft.Json", "13.0.3")));
            let found = extraction.packages().next().unwrap();
            assert_eq!(found.vendor.as_deref(), Some("Newtonsoft"));
        }
        let sample = Sample { texts: &[], ..NEWTONSOFT };
        let extraction = run("app/a.dll", &program(true, &sample));
        assert_eq!(row(&extraction), Some(("nuget", "Newtonsoft.Json", "13.0.0")));
    }

    #[test]
    fn texts_for_one_language_and_reference_assemblies_are_no_packages() {
        let sample =
            Sample { assembly: Some(("Humanizer.resources", [2, 14, 0, 0], "fr")), ..NEWTONSOFT };
        assert_eq!(row(&run("app/fr/Humanizer.dll", &program(true, &sample))), None);
        for (path, expected) in [
            ("app/A.dll", true),
            ("app/a.exe", true),
            ("app/fr/A.resources.dll", false),
            (
                "usr/share/dotnet/packs/Microsoft.NETCore.App.Ref/8.0.1/ref/net8.0/System.Runtime.dll",
                false,
            ),
            ("root/.nuget/packages/a/1.0.0/lib/net8.0/A.dll", true),
        ] {
            let path = &ImagePath::new(path);
            let file = Candidate { path, mode: 0o644, size: 100, prefix: b"MZ\x90" };
            assert_eq!(wants(&file), expected, "{path}");
            assert!(!wants(&Candidate { prefix: b"#!/bin/sh", ..file }));
        }
    }

    #[test]
    fn a_program_that_only_starts_an_assembly_is_that_assembly() {
        let sample = Sample {
            texts: &[
                ("FileVersion", "1.0.0.0"),
                ("InternalName", "Shop.dll"),
                ("OriginalFilename", "Shop.dll"),
                ("ProductName", "The Shop"),
                ("ProductVersion", "1.2.0-rc.1+abc"),
                ("Assembly Version", "1.2.0.0"),
            ],
            ..Sample::EMPTY
        };
        let extraction = run("app/Shop.exe", &program(true, &sample));
        assert_eq!(row(&extraction), Some(("nuget", "Shop", "1.2.0-rc.1")));
    }

    #[test]
    fn other_libraries_are_their_product() {
        for (product, version, fixed, expected) in [
            (
                "The OpenSSL Toolkit",
                "1.1.1w",
                [1, 1, 1, 23],
                Some(("The OpenSSL Toolkit", "1.1.1w")),
            ),
            (
                "Microsoft® .NET Core",
                "4,700,22,11601 @Commit: 0dee78f",
                [0; 4],
                Some(("Microsoft .NET Core", "4.700.22.11601")),
            ),
            (
                "OpenJDK Platform 17",
                "17.0.2+8",
                [17, 0, 2, 0],
                Some(("OpenJDK Platform 17", "17.0.2+8")),
            ),
            ("SQLite(R)  Library", "v3, 45, 1, 0", [0; 4], Some(("SQLite Library", "3.45.1.0"))),
            ("zlib", "", [1, 3, 1, 0], Some(("zlib", "1.3.1"))),
            ("zlib", "unknown", [0; 4], None),
            ("", "1.0", [1, 0, 0, 0], None),
            ("Microsoft® Windows® Operating System", "10.0.17134.12", [10, 0, 17134, 12], None),
        ] {
            let texts = [("ProductName", product), ("ProductVersion", version)];
            let sample = Sample { texts: &texts, file_version: fixed, ..Sample::EMPTY };
            let extraction = run("app/a.dll", &program(false, &sample));
            let expected = expected.map(|(name, version)| ("generic", name, version));
            assert_eq!(row(&extraction), expected, "{product} {version}");
        }
        let sample = Sample { file_version: [1, 0, 0, 0], ..Sample::EMPTY };
        assert_eq!(row(&run("app/a.dll", &program(true, &sample))), None);
    }

    #[test]
    fn the_framework_is_one_product_in_windows_and_many_packages_elsewhere() {
        let sample = Sample {
            assembly: Some(("System.Text.RegularExpressions", [4, 1, 1, 0], "")),
            texts: &[
                ("FileVersion", "4.6.24705.01"),
                ("ProductName", "Microsoft® .NET Framework"),
                (
                    "ProductVersion",
                    "4.6.24705.01. Commit Hash: 4d1af962ca0fede10beb01d197367c2f90e92c97",
                ),
            ],
            ..Sample::EMPTY
        };
        let program = program(true, &sample);
        let package = ("nuget", "System.Text.RegularExpressions", "4.1.1");
        assert_eq!(row(&run("app/a.dll", &program)), Some(package));
        let product = row(&run("Files/Windows/Microsoft.NET/assembly/a.dll", &program))
            .map(|row| row.1.to_owned());
        assert_eq!(product.as_deref(), Some(FRAMEWORK));
    }

    #[test]
    fn versions_are_those_that_nuget_writes() {
        for (text, expected) in [
            ("8.0.1+bf5e279d9239bfef5bb1b8d6212f1b971c434606", Some("8.0.1")),
            ("4.6.26515.06 @BuiltBy: dlab-DDVSOWINAGE059", Some("4.6.26515.6")),
            ("1.2.0-rc.1", Some("1.2.0-rc.1")),
            ("2.1.0.0", Some("2.1.0")),
            ("2.1.0.5", Some("2.1.0.5")),
            ("1, 2, 3, 4", Some("1.2.3.4")),
            ("3.1", Some("3.1")),
            ("0.0.0.0", None),
            ("7", None),
            ("1.2.3.4.5", None),
            ("1.2.3-", None),
            ("1.2.3-\u{1b}[2J", None),
            ("release 1.2", None),
            ("", None),
        ] {
            assert_eq!(release(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn metadata_that_cannot_be_read_is_a_problem_and_a_module_is_nothing() {
        let whole = program(true, &NEWTONSOFT);
        let at = memchr::memmem::find(&whole, b"BSJB").unwrap();
        for (place, byte) in [(at, b'X'), (at + 12, 0xff), (at + 30, 0xff)] {
            let mut program = whole.clone();
            program[place] = byte;
            let extraction = run("app/a.dll", &program);
            assert_eq!(extraction.facts, []);
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed, "{place}");
        }
        let module = program(true, &Sample { is_module: true, ..NEWTONSOFT });
        for file in [&module[..], b"MZ", b"MZ is how this text begins", b"\x7fELF"] {
            let extraction = run("app/a.dll", file);
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 0));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn mutated_programs_end(
            changes in prop::collection::vec((0..0x900_usize, any::<u8>()), 1..12),
            is_wide: bool,
        ) {
            let mut program = program(is_wide, &NEWTONSOFT);
            for (at, byte) in changes {
                if let Some(place) = program.get_mut(at) {
                    *place = byte;
                }
            }
            let _ = run("app/a.dll", &program);
        }
    }
}
