//! PHP packages of PEAR and extensions of PECL as their installer recorded them: `.registry/NAME.reg`, and
//! `.registry/.channel.HOST/NAME.reg` for channels other than PEAR's own (`PEAR_Registry`). A record is PHP's serialised form of the
//! package's description.

mod serialized;

use std::borrow::Cow;

use plimsoll_core::{ImagePath, PackageType, Problem};

use self::serialized::{Value, array};
use crate::fields::{extraction, field, malformed, package};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static PEAR: Extractor = Extractor {
    id: "pear",
    version: 2,
    summary: "PHP packages of PEAR and extensions of PECL as installed",
    patterns: &[Pattern::Extension(".reg")],
    wants: |candidate: &Candidate<'_>| {
        let mut directories = candidate.path.ancestors().map(|path| path.rsplit('/').next());
        let is_in_registry = directories.any(|directory| directory == Some(".registry"));
        is_in_registry && candidate.prefix.starts_with(b"a:")
    },
    extract,
    ..Extractor::RECORD
};

const PEAR_CHANNEL: &str = "pear.php.net";
const PECL_CHANNEL: &str = "pecl.php.net";
/// The entries of a record that matter here. The others can be long: lists of files, every older release.
const KEPT: [&[u8]; 6] = [b"name", b"package", b"channel", b"version", b"license", b"lead"];

fn extract(file: &WantedFile<'_>) -> Extraction {
    let found = file.bytes().and_then(|bytes| match array(&bytes, &KEPT) {
        Some(record) => into_package(&record, file.path),
        None => Err(malformed("not an array in PHP's serialised form")),
    });
    extraction(found.map(Some))
}

/// The first form of descriptions has no channel: its directory is named after it.
fn channel_of(path: &ImagePath) -> Option<&str> {
    path.parent().rsplit('/').find_map(|directory| directory.strip_prefix(".channel."))
}

fn into_package(record: &Value<'_>, path: &ImagePath) -> Result<FoundPackage, Problem> {
    // The first form of descriptions had `package` for `name`, and a version that was a text.
    let name = text(record.get(b"name")).or_else(|| text(record.get(b"package")));
    let version = record.get(b"version");
    let version =
        text(version.and_then(|version| version.get(b"release"))).or_else(|| text(version));
    let channel = text(record.get(b"channel"));
    let channel = channel.as_deref().and_then(field).or_else(|| channel_of(path));
    let kind = match channel {
        Some(PECL_CHANNEL) => PackageType::Pecl,
        _ => PackageType::Pear,
    };
    let mut found = package(kind, "record of a package", (name.as_deref(), version.as_deref()))?;
    if let Some(channel) = channel {
        // A package of another channel is another package.
        if ![PEAR_CHANNEL, PECL_CHANNEL].contains(&channel) {
            found.name = format!("{channel}/{}", found.name);
        }
        found.repository = Some(channel.to_owned());
    }
    let license = record.get(b"license");
    let license =
        text(license.and_then(|license| license.get(b"_content"))).or_else(|| text(license));
    found.licenses = license.as_deref().and_then(field).map(str::to_owned).into_iter().collect();
    // One person, or a list of several.
    let lead = record.get(b"lead");
    let lead = lead.and_then(|lead| lead.get(b"name").or_else(|| lead.first()?.get(b"name")));
    found.vendor = text(lead).as_deref().and_then(field).map(str::to_owned);
    Ok(found)
}

fn text<'a>(value: Option<&Value<'a>>) -> Option<Cow<'a, str>> {
    value.and_then(Value::text).map(String::from_utf8_lossy)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    fn run(content: &[u8]) -> Extraction {
        run_at("usr/share/php/.registry/mail.reg", content)
    }

    fn run_at(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn text(text: &str) -> String {
        format!("s:{}:\"{text}\";", text.len())
    }

    fn record(entries: &[(&str, String)]) -> String {
        let pairs: String = entries.iter().map(|(key, value)| text(key) + value).collect();
        format!("a:{}:{{{pairs}}}", entries.len())
    }

    fn found(record: &str) -> FoundPackage {
        let extraction = run(record.as_bytes());
        assert_eq!(extraction.problems, []);
        extraction.packages().next().unwrap().clone()
    }

    fn described(channel: &str) -> String {
        record(&[
            ("attribs", record(&[("version", text("2.0"))])),
            ("name", text("Mail")),
            ("channel", text(channel)),
            ("lead", "a:1:{i:0;".to_owned() + &record(&[("name", text("Ané"))]) + "}"),
            ("version", record(&[("release", text("1.6.0")), ("api", text("1.5.0"))])),
            ("license", record(&[("_content", text("New BSD License"))])),
            ("filelist", record(&[("a.php", record(&[("name", text("x"))]))])),
            ("_lastmodified", "i:1693900000;".to_owned()),
        ])
    }

    #[test]
    fn a_record_without_a_channel_is_of_the_one_that_its_directory_names() {
        let record = record(&[("package", text("memcached")), ("version", text("3.2.0"))]);
        let path = "usr/local/lib/php/.registry/.channel.pecl.php.net/memcached.reg";
        let extraction = run_at(path, record.as_bytes());
        let found = extraction.packages().next().unwrap();
        assert_eq!((found.kind.as_str(), found.name.as_str()), ("pecl", "memcached"));
    }

    #[test]
    fn a_record_gives_a_package_of_its_channel() {
        for (channel, kind, name) in [
            ("pear.php.net", "pear", "Mail"),
            ("pecl.php.net", "pecl", "Mail"),
            ("pear.example.com", "pear", "pear.example.com/Mail"),
        ] {
            let package = found(&described(channel));
            assert_eq!((&*package.kind, &*package.name, &*package.version), (kind, name, "1.6.0"));
            assert_eq!(package.repository.as_deref(), Some(channel));
            assert_eq!(package.licenses, ["New BSD License"]);
            assert_eq!(package.vendor.as_deref(), Some("Ané"));
        }
    }

    #[test]
    fn the_first_form_of_descriptions_is_read_too() {
        let record = record(&[
            ("package", text("DB")),
            ("version", text("1.4")),
            ("license", text("PHP License")),
        ]);
        let package = found(&record);
        assert_eq!((package.name.as_str(), package.version.as_str()), ("DB", "1.4"));
        assert_eq!(package.licenses, ["PHP License"]);
    }

    #[test]
    fn only_serialised_arrays_in_a_registry_are_wanted() {
        for (path, prefix, expected) in [
            ("usr/share/php/.registry/mail.reg", &b"a:22:{"[..], true),
            ("usr/local/lib/php/.registry/.channel.pecl.php.net/redis.reg", b"a:22:{", true),
            ("usr/share/php/.channels/pear.php.net.reg", b"a:6:{", false),
            ("opt/.registry/windows.reg", b"Windows Registry", false),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 100, prefix };
            assert_eq!((PEAR.wants)(&candidate), expected, "{path}");
        }
    }

    #[test]
    fn a_damaged_record_is_a_problem() {
        let whole = described("pear.php.net");
        for content in ["", "a:1:{", "i:1;", "a:0:{}", &whole[..whole.len() / 2]] {
            let extraction = run(content.as_bytes());
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed, "{content}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_package_or_a_problem(content: Vec<u8>) {
            let extraction = run(&content);
            prop_assert_eq!(extraction.facts.len() + extraction.problems.len(), 1);
        }
    }
}
