//! Extensions of PHP, known by their bytes: `bcmath.so` and its like, as `docker-php-ext-install` and `pecl` put them beside PHP.
//!
//! The description that PHP reads of one (`zend_module_entry`) ends with the version of the extension and the number of PHP's interface
//! that it was built for (`ZEND_MODULE_BUILD_ID`, php-src `Zend/zend_modules.h`): two constants that compilers write one after the other.

use memchr::memmem;
use plimsoll_core::PackageType;

use crate::{Authority, Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static PHP_EXTENSION: Extractor = Extractor {
    id: "php-extension",
    summary: "Extensions of PHP, known by their bytes",
    patterns: &[Pattern::Extension(".so")],
    wants: |candidate: &Candidate<'_>| {
        let is_of_php = candidate.path.parent().split('/').any(|name| name.starts_with("php"));
        is_of_php && candidate.prefix.starts_with(b"\x7fELF")
    },
    authority: Authority::Fingerprint,
    extract,
    ..Extractor::RECORD
};

/// The day of PHP's interface, and the release that has it: what is built from PHP's own source has PHP's version
/// (php-src, `ZEND_MODULE_API_NO` by branch).
const INTERFACES: &[(&[u8], &str)] = &[
    (b"20121212", "5.5."),
    (b"20131226", "5.6."),
    (b"20151012", "7.0."),
    (b"20160303", "7.1."),
    (b"20170718", "7.2."),
    (b"20180731", "7.3."),
    (b"20190902", "7.4."),
    (b"20200930", "8.0."),
    (b"20210902", "8.1."),
    (b"20220829", "8.2."),
    (b"20230831", "8.3."),
    (b"20240924", "8.4."),
    (b"20250925", "8.5."),
];
const BUILD: &[u8] = b"\0API20";
/// The longest version that is one.
const LONGEST_VERSION: usize = 32;

fn extract(file: &WantedFile<'_>) -> Extraction {
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    let Some(interface) = memmem::find_iter(&bytes, BUILD).find_map(|at| interface(&bytes, at))
    else {
        return Extraction::default();
    };
    let mut extraction = Extraction::default();
    let name = name(file.path.file_name());
    if let Some(version) = version_before(&bytes).or_else(|| only_version(&bytes)) {
        let own = INTERFACES.iter().find(|(day, _)| *day == interface);
        let package = match own {
            Some((_, release)) if version.starts_with(release) => {
                FoundPackage::new(PackageType::Generic, format!("php-{name}"), version)
            }
            _ => FoundPackage::new(PackageType::Pecl, name, version),
        };
        extraction.push(package);
    }
    extraction
}

/// The package of an extension: some are called otherwise than the file, and some files after the interface that they are for.
fn name(file_name: &str) -> &str {
    let name = file_name.trim_end_matches(".so");
    let is_day = |day: &str| day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit());
    let name = name.rsplit_once('-').filter(|(_, day)| is_day(day)).map_or(name, |(name, _)| name);
    if name == "http" { "pecl_http" } else { name }
}

/// The day of PHP's interface that is written at that place.
fn interface(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let build = bytes.get(at..)?.strip_prefix(b"\0API")?;
    let (interface, rest) = build.split_at_checked(8)?;
    let is_build = interface.iter().all(u8::is_ascii_digit)
        && (rest.starts_with(b",NTS") || rest.starts_with(b",TS"));
    is_build.then_some(interface)
}

/// The version that stands before the build.
fn version_before(bytes: &[u8]) -> Option<&str> {
    let before = |at: usize| {
        let before = bytes.get(..at)?;
        let end = before.iter().rposition(|&byte| byte != 0)? + 1;
        let window = before.get(end.saturating_sub(LONGEST_VERSION)..end)?;
        version(window.get(window.iter().rposition(|&byte| byte == 0)? + 1..)?)
    };
    let builds = memmem::find_iter(bytes, BUILD).filter(|at| interface(bytes, *at).is_some());
    builds.into_iter().find_map(before)
}

/// Compilers keep equal texts once, wherever that is: then the version is the only text of three numbers.
fn only_version(bytes: &[u8]) -> Option<&str> {
    let mut found: Option<&str> = None;
    let mut start = 0;
    for end in memchr::memchr_iter(0, bytes) {
        let text = bytes.get(start..end).unwrap_or_default();
        start = end + 1;
        if let Some(text) = version(text).filter(|text| text.split('.').count() == 3) {
            if found.is_some_and(|found| found != text) {
                return None;
            }
            found = Some(text);
        }
    }
    found
}

/// A text that is a version as extensions have them.
fn version(text: &[u8]) -> Option<&str> {
    let is_short = (3..=LONGEST_VERSION).contains(&text.len());
    let text = std::str::from_utf8(text).ok().filter(|_| is_short)?;
    let is_version = text.starts_with(|first: char| first.is_ascii_digit())
        && text.contains('.')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte));
    is_version.then_some(text)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    const DIRECTORY: &str = "usr/local/lib/php/extensions/no-debug-non-zts-20230831";

    fn found(name: &str, bytes: &[u8]) -> Option<String> {
        let path = ImagePath::new(&format!("{DIRECTORY}/{name}"));
        let content = [b"\x7fELF\x02\x01\x01", bytes].concat();
        let extraction = extract(&WantedFile::whole(&path, &content, &Limits::default()));
        assert_eq!(extraction.problems, []);
        let package = extraction.packages().next()?;
        Some(format!("{} {} {}", package.kind, package.name, package.version))
    }

    #[test]
    fn the_version_before_the_number_of_the_interface_is_the_extensions() {
        for (name, bytes, expected) in [
            (
                "bcmath.so",
                &b"x\0bcmath\x008.3.4\0API20230831,NTS\0bc"[..],
                Some("generic php-bcmath 8.3.4"),
            ),
            ("zip.so", b"\0zip\x001.22.3\0\0\0API20230831,TS\0", Some("pecl zip 1.22.3")),
            ("redis.so", b"\0API20 \x006.0.2RC1\0API20230831,NTS\0", Some("pecl redis 6.0.2RC1")),
            ("new.so", b"\x009.9.9\0API20991231,NTS\0", Some("pecl new 9.9.9")),
            ("apcu.so", b"\x005.1.22\0x\0apcu\0API20230831,NTS\0", Some("pecl apcu 5.1.22")),
            ("http.so", b"\x004.2.3\0API20230831,NTS\0", Some("pecl pecl_http 4.2.3")),
            (
                "newrelic-20230831.so",
                b"\x0011.2.0.15\0API20230831,NTS\0",
                Some("pecl newrelic 11.2.0.15"),
            ),
            ("two.so", b"\x005.1.22\0\x005.1.23\0two\0API20230831,NTS\0", None),
            ("opcache.so", b"is_readable\0API20230831,NTS\0", None),
            ("a.so", b"8.3.4\0API2023,NTS\0", None),
            ("a.so", b"\x008.3.4\0API20230831\0", None),
            ("a.so", b"", None),
        ] {
            assert_eq!(found(name, bytes).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn only_libraries_beside_php_are_wanted() {
        for (path, prefix, expected) in [
            ("usr/local/lib/php/extensions/a/bcmath.so", &b"\x7fELF"[..], true),
            ("usr/lib/php83/modules/bcmath.so", b"\x7fELF", true),
            ("usr/lib/php83/modules/bcmath.so", b"!<arch>", false),
            ("usr/lib/libphp.so", b"\x7fELF", false),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o755, size: 9, prefix };
            assert_eq!((PHP_EXTENSION.wants)(&candidate), expected, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(before: Vec<u8>, after in "(API20|,NTS|[0-9.]|\\x00){0,12}") {
            let _ = found("a.so", &[&before[..], after.as_bytes()].concat());
        }
    }
}
