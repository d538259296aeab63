//! PHP packages as Composer installed them: `composer/installed.json` in its directory of packages, in the forms of Composer 1 and 2,
//! and `installed.php` beside it, which also names the root package. A list that was moved elsewhere is known by its content.

mod root;

use plimsoll_core::{PackageType, Problem, ProblemKind};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::fields::{MOST_STATEMENTS, choice, field, malformed, package};
use crate::{Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static COMPOSER: Extractor = Extractor {
    id: "composer",
    version: 2,
    summary: "PHP packages as installed by Composer",
    patterns: &[Pattern::Name("installed.json"), Pattern::PathEnd("composer/installed.php")],
    extract,
    ..Extractor::RECORD
};

fn extract(file: &WantedFile<'_>) -> Extraction {
    if file.path.file_name() == "installed.php" {
        return match file.text() {
            Ok(text) => root::extract(&text),
            Err(problem) => Extraction::failed(problem),
        };
    }
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    let mut extraction = match list(&bytes) {
        Ok(list) => installed(&list, file.limits.packages_per_file),
        Err(problem) => Extraction::failed(problem),
    };
    // Other tools call their lists so, too; a package of Composer has its vendor's name before its own.
    if !file.path.parent().ends_with("composer") {
        let are_composers = extraction.packages().filter(|package| package.name.contains('/'));
        if are_composers.count() * 2 <= extraction.facts.len() {
            return Extraction::default();
        }
        extraction.problems.retain(|problem| problem.kind == ProblemKind::LimitExceeded);
    }
    extraction
}

/// What Composer 2 writes: an object with the list in it.
#[derive(Deserialize)]
struct Installed<'a> {
    #[serde(borrow)]
    packages: Option<Vec<&'a RawValue>>,
}

/// The entries, each of which stays text until it is its turn. Composer 1 wrote the list alone.
fn list(bytes: &[u8]) -> Result<Vec<&RawValue>, Problem> {
    let list = if bytes.trim_ascii_start().starts_with(b"[") {
        serde_json::from_slice(bytes).map(Some)
    } else {
        serde_json::from_slice(bytes).map(|document: Installed<'_>| document.packages)
    };
    let list = list.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        malformed(format!("not the JSON of Composer at line {line}, column {column}"))
    });
    list?.ok_or_else(|| malformed("no list of Composer packages"))
}

fn installed(list: &[&RawValue], limit: usize) -> Extraction {
    let mut extraction = Extraction::default();
    let (mut unusable, mut first) = (0_usize, None);
    for entry in list.iter().take(limit) {
        let entry = serde_json::from_str(entry.get()).unwrap_or(Value::Null);
        match found(&entry) {
            Ok(package) => extraction.push(package),
            Err(problem) => {
                unusable += 1;
                first.get_or_insert(problem.detail);
            }
        }
    }
    if let Some(first) = first {
        let detail = format!("{unusable} entries are unusable, the first is an {first}");
        extraction.problems.push(malformed(detail));
    }
    if let Some(more) = list.len().checked_sub(limit).filter(|more| *more > 0) {
        let detail = format!("{more} more packages than are read of one file");
        extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    extraction
}

fn found(entry: &Value) -> Result<FoundPackage, Problem> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let identity = (text("name"), text("version"));
    let mut found = package(PackageType::Composer, "entry", identity)?;
    found.licenses = licenses(entry.get("license"));
    let author = entry.get("authors").and_then(|authors| authors.get(0)?.get("name")?.as_str());
    found.vendor = author.and_then(field).map(str::to_owned);
    // The address to which Composer reports an installation is the repository's.
    found.repository = text("notification-url").and_then(field).map(str::to_owned);
    Ok(found)
}

/// A text or a list, of which the user may choose one (Composer's documentation of the schema, "license").
fn licenses(value: Option<&Value>) -> Vec<String> {
    let kept = |value: &Value| field(value.as_str()?).map(str::to_owned);
    let licenses: Vec<String> = match value {
        Some(Value::Array(values)) => {
            values.iter().filter_map(kept).take(MOST_STATEMENTS).collect()
        }
        Some(value) => kept(value).into_iter().collect(),
        None => Vec::new(),
    };
    choice(&licenses).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    fn run(content: &[u8], limits: &Limits) -> Extraction {
        let path = ImagePath::new("var/www/vendor/composer/installed.json");
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, limits))
    }

    fn listed(extraction: &Extraction) -> Vec<(&str, &str)> {
        extraction.packages().map(|found| (&*found.name, &*found.version)).collect()
    }

    #[test]
    fn both_forms_are_read_with_the_packages_for_development() {
        let list = r#"[{"name":"symfony/console","version":"v5.4.0","license":["MIT"],"authors":[{"name":"Fabien","email":"f@example.com"}],
            "notification-url":"https://packagist.org/downloads/"},{"name":"phpunit/phpunit","version":"9.6.0"}]"#;
        let object =
            format!(r#"{{"packages":{list},"dev":true,"dev-package-names":["phpunit/phpunit"]}}"#);
        for text in [list, &object] {
            let extraction = run(text.as_bytes(), &Limits::default());
            assert_eq!(extraction.problems, []);
            assert_eq!(
                listed(&extraction),
                [("symfony/console", "v5.4.0"), ("phpunit/phpunit", "9.6.0")]
            );
            let console = extraction.packages().next().unwrap();
            assert_eq!(console.licenses, ["MIT"]);
            assert_eq!(console.vendor.as_deref(), Some("Fabien"));
            let repository = "https://packagist.org/downloads/";
            assert_eq!(console.repository.as_deref(), Some(repository));
        }
    }

    #[test]
    fn a_list_elsewhere_is_composers_where_it_names_packages_as_composer_does() {
        let at = |content: &str| {
            let path = ImagePath::new("srv/state/installed.json");
            extract(&WantedFile::whole(&path, &content.as_bytes().to_vec(), &Limits::default()))
        };
        let found = at(r#"[{"name":"symfony/console","version":"v5.4.0"},{"name":"a/b"}]"#);
        assert_eq!(listed(&found), [("symfony/console", "v5.4.0")]);
        assert_eq!(found.problems, []);
        for other in [r#"[{"name":"bash","version":"5.2"}]"#, r#"{"packages":{}}"#, "{}", "{", "[]"]
        {
            let found = at(other);
            assert!(found.facts.is_empty() && found.problems.is_empty(), "{other}");
        }
    }

    #[test]
    fn several_licences_are_a_choice() {
        for (text, expected) in [
            (r#""MIT""#, vec!["MIT"]),
            (r#"["LGPL-2.1-only","GPL-3.0-or-later"]"#, vec!["LGPL-2.1-only OR GPL-3.0-or-later"]),
            (r#"["MIT","A and B"]"#, vec!["MIT OR (A and B)"]),
            ("[1,null]", vec![]),
            ("{}", vec![]),
        ] {
            let value = serde_json::from_str(text).unwrap();
            assert_eq!(licenses(Some(&value)), expected, "{text}");
        }
    }

    #[test]
    fn an_unusable_entry_does_not_lose_the_others() {
        let text = br#"[{"name":"a/b"},7,{"name":"c/d","version":"1.0"}]"#;
        let extraction = run(text, &Limits::default());
        assert_eq!(listed(&extraction), [("c/d", "1.0")]);
        let detail = "2 entries are unusable, the first is an entry without a version";
        assert_eq!(extraction.problems[0].detail, detail);
    }

    #[test]
    fn what_is_no_list_and_what_is_too_long_is_a_problem() {
        for content in [&b"{"[..], b"", b"{}", b"7", br#"{"packages":{}}"#] {
            let extraction = run(content, &Limits::default());
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
        }
        let limits = Limits { packages_per_file: 1, ..Limits::default() };
        let text = br#"[{"name":"a/b","version":"1"},{"name":"c/d","version":"1"}]"#;
        let extraction = run(text, &limits);
        assert_eq!(listed(&extraction), [("a/b", "1")]);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(content: Vec<u8>) {
            run(&content, &Limits::default());
        }
    }
}
