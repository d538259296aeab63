//! WordPress: itself by `wp-includes/version.php`, its plugins and themes by the headers of their main files.
//!
//! WordPress reads the first 8 KiB of a file for its header (`get_file_data` of `wp-includes/functions.php`), of files in the directory of
//! plugins and directly below it (`get_plugins`); a theme's stands in its `style.css`.

use plimsoll_core::{ImagePath, PackageType};

use crate::fields::{field, malformed};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, Reads, WantedFile};

pub(crate) static WORDPRESS: Extractor = Extractor {
    id: "wordpress",
    version: 1,
    summary: "WordPress, its plugins and its themes",
    patterns: &[Pattern::Extension(".php"), Pattern::Name("style.css")],
    wants: |candidate: &Candidate<'_>| place(candidate.path).is_some(),
    reads: Reads::Head(8 << 10),
    extract,
    ..Extractor::RECORD
};

/// What a file may say, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place<'a> {
    Core,
    /// The name of the plugin's directory, or of its only file.
    Plugin(&'a str),
    /// The name of the theme's directory.
    Theme(&'a str),
}

fn place(path: &ImagePath) -> Option<Place<'_>> {
    let mut components = path.as_str().rsplit('/');
    let (file, directory) = (components.next()?, components.next()?);
    let (above, top) = (components.next(), components.next());
    if file == "version.php" && directory == "wp-includes" {
        return Some(Place::Core);
    }
    if file == "style.css" {
        let is_theme = above == Some("themes") && top == Some("wp-content");
        return is_theme.then_some(Place::Theme(directory));
    }
    let stem = file.strip_suffix(".php")?;
    if is_plugin_directory(Some(directory)) && above == Some("wp-content") {
        return Some(Place::Plugin(stem));
    }
    let is_plugin = is_plugin_directory(above) && top == Some("wp-content");
    is_plugin.then_some(Place::Plugin(directory))
}

/// Those of `mu-plugins` are loaded without being asked for.
fn is_plugin_directory(directory: Option<&str>) -> bool {
    matches!(directory, Some("plugins" | "mu-plugins"))
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => return Extraction::failed(problem),
    };
    let mut extraction = Extraction::default();
    match place(file.path) {
        Some(Place::Core) => match core(&text) {
            Some(Some(package)) => extraction.push(package),
            Some(None) => extraction.problems.push(malformed("WordPress without a version")),
            None => {}
        },
        Some(Place::Plugin(slug)) => {
            header(&text, "Plugin Name", &format!("plugin/{slug}"))
                .into_iter()
                .for_each(|package| extraction.push(package));
        }
        Some(Place::Theme(slug)) => {
            header(&text, "Theme Name", &format!("theme/{slug}"))
                .into_iter()
                .for_each(|package| extraction.push(package));
        }
        None => {}
    }
    extraction
}

/// `$wp_version = '6.4.2';`. The outer `None` is for a file that has no such line, of something else; the inner one for a line that
/// says no version.
fn core(text: &str) -> Option<Option<FoundPackage>> {
    let assigned = text.lines().find_map(|line| {
        line.trim_start().strip_prefix("$wp_version")?.trim_start().strip_prefix('=')
    })?;
    let version = assigned.trim().trim_end_matches(';').trim();
    let version = version.trim_matches(['\'', '"']);
    let is_version = version.starts_with(|first: char| first.is_ascii_digit())
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    Some(field(version).filter(|_| is_version).map(|version| {
        let mut package = FoundPackage::new(PackageType::Generic, "wordpress", version);
        // What follows a hyphen is what the dictionary calls an update: `6.5-beta1`.
        let (number, update) = version.split_once('-').unwrap_or((version, "*"));
        let cpe = format!("cpe:2.3:a:wordpress:wordpress:{number}:{update}:*:*:*:*:*:*");
        package.cpes.push(cpe);
        package
    }))
}

/// The plugin or theme of a header that names one. One without a version is there all the same.
fn header(text: &str, name_field: &str, name: &str) -> Option<FoundPackage> {
    let mut is_named = false;
    let (mut version, mut license, mut author) = (None, None, None);
    for line in text.split(['\r', '\n']) {
        let Some((key, value)) = header_line(line) else { continue };
        // Of a field that stands twice the first counts.
        if key.eq_ignore_ascii_case(name_field) {
            is_named |= !value.is_empty();
        } else if key.eq_ignore_ascii_case("Version") {
            version = version.or(field(value));
        } else if key.eq_ignore_ascii_case("License") {
            license = license.or(field(value));
        } else if key.eq_ignore_ascii_case("Author") {
            author = author.or(field(value));
        }
    }
    let name = field(name).filter(|_| is_named)?;
    let version = version.unwrap_or_default();
    let mut package = FoundPackage::new(PackageType::Wordpress, name, version);
    package.licenses = license.map(str::to_owned).into_iter().collect();
    package.vendor = author.map(str::to_owned);
    Some(package)
}

/// Key and value of ` * Key: value`, without what opens and closes a comment around them.
fn header_line(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches([' ', '\t']);
    let line = line.strip_prefix("<?php").unwrap_or(line);
    let (key, value) = line.trim_start_matches([' ', '\t', '/', '*', '#', '@']).split_once(':')?;
    let end = ["*/", "?>"].iter().filter_map(|close| value.find(close)).min();
    Some((key, value.get(..end.unwrap_or(value.len()))?.trim()))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const CORE: &str = "var/www/html/wp-includes/version.php";
    const PLUGIN: &str = "var/www/html/wp-content/plugins/akismet/akismet.php";

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn found(path: &str, text: &str) -> Option<(String, String)> {
        let extraction = run(path, text.as_bytes());
        assert_eq!(extraction.problems, []);
        let package = extraction.packages().next()?;
        Some((package.name.clone(), package.version.clone()))
    }

    #[test]
    fn only_the_depths_at_which_wordpress_looks_are_wanted() {
        for (path, expected) in [
            (CORE, Some(Place::Core)),
            (PLUGIN, Some(Place::Plugin("akismet"))),
            ("wp-content/plugins/hello.php", Some(Place::Plugin("hello"))),
            ("srv/wp-content/mu-plugins/cache.php", Some(Place::Plugin("cache"))),
            ("srv/wp-content/themes/storefront/style.css", Some(Place::Theme("storefront"))),
            ("srv/wp-content/plugins/akismet/views/config.php", None),
            ("srv/wp-content/themes/storefront/assets/style.css", None),
            ("srv/wp-content/themes/storefront/functions.php", None),
            ("srv/plugins/akismet/akismet.php", None),
            ("srv/wp-includes/load.php", None),
            ("version.php", None),
            ("style.css", None),
        ] {
            assert_eq!(place(&ImagePath::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn wordpress_itself_has_its_version_and_the_name_of_the_dictionary() {
        for (version, cpe) in [
            ("6.4.2", "cpe:2.3:a:wordpress:wordpress:6.4.2:*:*:*:*:*:*:*"),
            ("6.5-beta1", "cpe:2.3:a:wordpress:wordpress:6.5:beta1:*:*:*:*:*:*"),
        ] {
            let text = format!(
                "<?php\n/**\n * @global string $wp_version\n */\n$wp_version = '{version}';\n$wp_db_version = 1;\n"
            );
            let extraction = run(CORE, text.as_bytes());
            let package = extraction.packages().next().unwrap();
            assert_eq!(
                (&*package.kind, &*package.name, &*package.version),
                ("generic", "wordpress", version)
            );
            assert_eq!(package.cpes, [cpe]);
        }
        let extraction = run(CORE, b"<?php\n$wp_version = $x;\n");
        assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
        assert_eq!(found(CORE, "<?php echo 1;"), None);
    }

    #[test]
    fn headers_are_read_as_wordpress_reads_them() {
        let expected = |version: &str| Some(("plugin/akismet".to_owned(), version.to_owned()));
        for (text, version) in [
            ("<?php\n/**\n * Plugin Name: Akismet\n * Version: 5.3\n */\n", "5.3"),
            ("<?php /* Plugin Name: Akismet */ ?>\n# version:5.3*/\n", "5.3"),
            ("<?php\r\n/*\r\nPlugin Name: Akismet\r\nVersion: 5.3\r\nVersion: 9\r\n*/", "5.3"),
            ("// Plugin Name: Akismet\n", ""),
        ] {
            assert_eq!(found(PLUGIN, text), expected(version), "{text}");
        }
        for text in ["<?php\n/* Version: 5.3 */\n", "<?php\n/* Plugin Name: */", ""] {
            assert_eq!(found(PLUGIN, text), None, "{text}");
        }
    }

    #[test]
    fn a_theme_has_its_author_and_licence() {
        let path = "srv/wp-content/themes/storefront/style.css";
        let text = "/*\nTheme Name: Storefront\nAuthor: Automattic\nLicense: GPLv2 or later\nVersion: 4.5\n*/\n";
        let extraction = run(path, text.as_bytes());
        let package = extraction.packages().next().unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("theme/storefront", "4.5"));
        assert_eq!(package.licenses, ["GPLv2 or later"]);
        assert_eq!(package.vendor.as_deref(), Some("Automattic"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(content: Vec<u8>, which in 0_usize..2) {
            run([CORE, PLUGIN][which], &content);
        }

        #[test]
        fn any_header_is_read(text in r"((Plugin Name|Version): ?|\*/|\?>|<\?php|a|\n|é){0,20}") {
            let extraction = run(PLUGIN, text.as_bytes());
            prop_assert!(extraction.facts.len() <= 1);
        }
    }
}
