//! The root package in `composer/installed.php`, the application itself: a PHP array as Composer prints it, one entry a line.

use plimsoll_core::PackageType;

use crate::fields::field;
use crate::{Extraction, FoundPackage};

/// What Composer calls a root package without a name.
const NAMELESS: &str = "__root__";
/// What Composer says of a root package without a version.
const UNVERSIONED: &str = "no-version-set";

pub(super) fn extract(text: &str) -> Extraction {
    let mut extraction = Extraction::default();
    if !text.trim_start().starts_with("<?php") {
        return extraction;
    }
    let mut lines = text.lines().skip_while(|line| !is_root(line)).skip(1);
    let (mut name, mut version) = (None, None);
    for line in lines.by_ref().take_while(|line| line.trim() != "),") {
        if let Some((key, value)) = pair(line) {
            match key {
                "name" => name = Some(value),
                "pretty_version" => version = Some(value),
                _ => {}
            }
        }
    }
    let version = version.and_then(field).filter(|version| !version.ends_with(UNVERSIONED));
    let name = name.and_then(field).filter(|name| *name != NAMELESS);
    if let (Some(name), Some(version)) = (name, version) {
        extraction.push(FoundPackage::new(PackageType::Composer, name, version));
    }
    extraction
}

fn is_root(line: &str) -> bool {
    line.trim().strip_prefix("'root' => ").is_some_and(|rest| matches!(rest, "array(" | "["))
}

/// `'KEY' => 'VALUE',`, of which neither has an escape where it matters here.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.trim().strip_prefix('\'')?.split_once("' => '")?;
    Some((key, value.strip_suffix("',")?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(name: &str, version: &str) -> Option<(String, String)> {
        let text = format!(
            "<?php return array(\n    'root' => array(\n        'name' => '{name}',\n        'pretty_version' => '{version}',\n        \
             'aliases' => array(),\n        'dev' => true,\n    ),\n    'versions' => array(\n        'a/b' => array(\n            \
             'pretty_version' => '9.9',\n        ),\n    ),\n);\n"
        );
        let extraction = extract(&text);
        let package = extraction.packages().next()?;
        Some((package.name.clone(), package.version.clone()))
    }

    #[test]
    fn the_root_package_is_listed_where_it_has_a_name_and_a_version() {
        let expected = Some(("acme/shop".to_owned(), "2.1.0".to_owned()));
        assert_eq!(found("acme/shop", "2.1.0"), expected);
        assert_eq!(found("__root__", "dev-main"), None);
        assert_eq!(found("acme/shop", "1.0.0+no-version-set"), None);
        assert_eq!(extract("'root' => array(\n'name' => 'a/b',\n").facts, []);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in r"(<\?php |'root' => array\(|'name' => '|a|',|\n|\),){0,20}") {
            extract(&text);
        }
    }
}
