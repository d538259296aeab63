//! What becomes of a version that was found: the package's version, and the names under which databases have it.

use super::super::go_binary::BuildInfo;

/// The version as it stands in the bytes.
#[expect(clippy::unnecessary_wraps, reason = "a row may have a function that finds none")]
pub(super) fn as_found(found: &str) -> Option<String> {
    Some(found.to_owned())
}

/// The version as Go writes one.
#[expect(clippy::unnecessary_wraps, reason = "a row may have a function that finds none")]
pub(super) fn go_module(found: &str) -> Option<String> {
    Some(if found.starts_with('v') { found.to_owned() } else { format!("v{found}") })
}

/// The release of Go as the advisories of its toolchain name it; a version between releases as it stands.
pub(super) fn go_release(found: &str) -> Option<String> {
    let info = BuildInfo { go: format!("go{found}"), ..BuildInfo::default() };
    if found.contains('-') { Some(found.to_owned()) } else { info.standard_library_version() }
}

/// A module's path: where it stands for all major versions, that of this one.
pub(super) fn module_path(name: &str, version: &str) -> String {
    let Some((path, _)) = name.split_once("/v{major}") else { return name.to_owned() };
    let version = version.strip_prefix('v').unwrap_or(version);
    match version.split('.').next().unwrap_or_default() {
        "" | "0" | "1" => path.to_owned(),
        major => format!("{path}/v{major}"),
    }
}

/// The CPE 2.3 name of a product in a version (NISTIR 7695, formatted string binding). NVD writes what comes before a release, and a
/// Java update, as the "update".
pub(super) fn cpe(product: &str, version: &str) -> String {
    let version = version.strip_prefix('v').unwrap_or(version);
    let (version, update) = parts(version);
    let (version, update) = (quoted(version), update.map_or("*".to_owned(), |text| quoted(&text)));
    format!("cpe:2.3:a:{product}:{version}:{update}:*:*:*:*:*:*")
}

/// What stands before a release, as versions name it.
const BEFORE_RELEASE: &[&str] = &["alpha", "beta", "rc", "preview", "dev"];

/// The version as NVD has it, and its update.
fn parts(version: &str) -> (&str, Option<String>) {
    if let Some((version, rest)) = version.split_once('_') {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        return (version, rest.get(..digits).map(|number| format!("update{number}")));
    }
    let version = version.split_once('+').map_or(version, |(version, _)| version);
    let numbers = version.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, rest) = version.split_at(numbers);
    let rest = rest.trim_start_matches('-');
    if BEFORE_RELEASE.iter().any(|word| rest.starts_with(word)) {
        return (number.trim_end_matches('.'), Some(rest.replace('.', "")));
    }
    (version, None)
}

/// Letters, digits and `-._` stand for themselves; what else is printable is quoted.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if !character.is_ascii_alphanumeric() && !matches!(character, '-' | '.' | '_') {
            quoted.push('\\');
        }
        quoted.push(character.to_ascii_lowercase());
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nvd_writes_updates_apart() {
        for (version, expected) in [
            ("7.2.5", "7.2.5:*"),
            ("v3.6.5", "3.6.5:*"),
            ("1.1.1zb", "1.1.1zb:*"),
            ("1.8.0_451-b10", "1.8.0:update451"),
            ("17.0.2+8-LTS", "17.0.2:*"),
            ("15beta4", "15:beta4"),
            ("v1.0.0-alpha.2", "1.0.0:alpha2"),
            ("3.4.0preview1", "3.4.0:preview1"),
            ("8.0.35-27", "8.0.35-27:*"),
            ("1.2~3", "1.2\\~3:*"),
        ] {
            let expected = format!("cpe:2.3:a:vendor:product:{expected}:*:*:*:*:*:*");
            assert_eq!(cpe("vendor:product", version), expected);
        }
    }

    #[test]
    fn a_module_has_its_major_version_from_the_second_on() {
        for (version, expected) in [
            ("v0.1.0", "a/b"),
            ("v1.2.3", "a/b"),
            ("v2.0.0-rc.1", "a/b/v2"),
            ("v10.1.0", "a/b/v10"),
        ] {
            assert_eq!(module_path("a/b/v{major}", version), expected);
            assert_eq!(module_path("a/b", version), "a/b");
        }
    }

    #[test]
    fn go_releases_are_named_as_advisories_do() {
        for (found, expected) in [
            ("1.21.3", Some("1.21.3")),
            ("1.15", Some("1.15")),
            ("1.23rc2", Some("1.23.0-rc.2")),
            ("1.25-d524e1e", Some("1.25-d524e1e")),
            ("1..2", None),
        ] {
            assert_eq!(go_release(found).as_deref(), expected, "{found}");
        }
    }
}
