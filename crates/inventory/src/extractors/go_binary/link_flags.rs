//! The version that whoever built a program gave to its linker: `-ldflags "-X main.version=1.2.3"`, by which programs say their own version
//! where Go knows none (`(devel)`). Go records the flags, except of builds with `-trimpath`.
//!
//! Sources: `go help build`, `go tool link` (`-X importpath.name=value`), `cmd/internal/quoted.Split` for how flags are divided.

use std::collections::BTreeMap;

use super::build_info::BuildInfo;

/// The names of variables that hold a program's version, in lower case, the surest first.
const VARIABLES: &[&str] =
    &["version", "gitversion", "appversion", "buildversion", "semver", "gittag", "tag"];
/// Longer values are no version.
const LONGEST_VERSION: usize = 64;

/// The version of the main module as the linker was told it, in Go's form (`v1.2.3`); `None` where it was told none, or where several
/// variables of one name differ.
pub(super) fn version(info: &BuildInfo) -> Option<String> {
    let module = &info.main.as_ref()?.path;
    let flags = info.settings.get("-ldflags")?.trim_ascii();
    // `all=-X …`: for which packages the flags are.
    let (_, flags) = flags
        .split_once('=')
        .filter(|_| !flags.starts_with(['-', '"', '\'']))
        .unwrap_or(("", flags));
    let flags = words(flags);
    // A variable that is assigned twice has the last value.
    let mut values = BTreeMap::new();
    let mut words = flags.iter();
    while let Some(word) = words.next() {
        let Some(rest) = word.strip_prefix("--X").or_else(|| word.strip_prefix("-X")) else {
            continue;
        };
        let assignment = match rest.strip_prefix('=') {
            Some(assignment) => Some(assignment),
            None if rest.is_empty() => words.next().map(String::as_str),
            None => None,
        };
        values.extend(assignment.and_then(|text| text.split_once('=')));
    }
    let mut assigned = Vec::new();
    for (variable, value) in values {
        let Some((package, name)) = variable.rsplit_once('.') else { continue };
        let is_main = package == "main";
        // A longer path may be that of another module, which lies in this one's repository.
        let is_of_another = || {
            let others = info.deps.iter().filter(|other| other.path.len() > module.len());
            others.into_iter().any(|other| is_of(package, &other.path))
        };
        if is_main || (is_of(package, module) && !is_of_another()) {
            let version = in_gos_form(value);
            assigned.extend(version.map(|version| (name.to_ascii_lowercase(), is_main, version)));
        }
    }
    VARIABLES.iter().find_map(|variable| {
        let named = || assigned.iter().filter(|(name, ..)| name == variable);
        // The program's own word before that of a package of its module.
        let has_own = named().any(|(_, is_main, _)| *is_main);
        let mut versions = named().filter(|(_, is_main, _)| *is_main == has_own);
        let (.., version) = versions.next()?;
        versions.all(|(.., other)| other == version).then(|| version.clone())
    })
}

/// True for the module's packages.
fn is_of(package: &str, module: &str) -> bool {
    package.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What begins as a version does, as Go writes one.
fn in_gos_form(value: &str) -> Option<String> {
    let number = value.strip_prefix('v').unwrap_or(value);
    let is_letter =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'_');
    let numbers = number.split(['-', '+']).next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    // `0.0.0` stands for none.
    let is_version = matches!(numbers.split('.').count(), 2 | 3)
        && numbers.split('.').all(is_number)
        && numbers != "0.0.0"
        && number.len() <= LONGEST_VERSION
        && number.bytes().all(is_letter);
    is_version.then(|| format!("v{number}"))
}

/// The flags, each of which may stand in quotes as a whole.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_ascii_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '"' | '\'' => {
                let inside = rest.get(1..).unwrap_or_default();
                inside.split_once(first).unwrap_or((inside, ""))
            }
            _ => {
                let end =
                    rest.find(|letter: char| letter.is_ascii_whitespace()).unwrap_or(rest.len());
                rest.split_at_checked(end).unwrap_or((rest, ""))
            }
        };
        words.push(word.to_owned());
        rest = after.trim_ascii_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Module;
    use super::*;

    fn version_of(flags: &str) -> Option<String> {
        let mut info = BuildInfo {
            main: Some(Module { path: "example.com/app".to_owned(), ..Module::default() }),
            deps: vec![Module { path: "example.com/app/api".to_owned(), ..Module::default() }],
            ..BuildInfo::default()
        };
        info.settings.insert("-ldflags".to_owned(), flags.to_owned());
        version(&info)
    }

    #[test]
    fn the_version_is_the_surest_variable_of_the_program_or_its_module() {
        for (flags, expected) in [
            ("-s -w -X main.version=1.2.3 -X main.commit=1.abc", Some("v1.2.3")),
            ("-X 'main.Version=v1.2.3-rc.1' -extldflags \"-static\"", Some("v1.2.3-rc.1")),
            ("-X=main.version=1.2.3+security-01", Some("v1.2.3+security-01")),
            ("-X \"example.com/app/internal/version.GitVersion=v2.0.0\"", Some("v2.0.0")),
            ("-X example.com/app/a.Version=1.0.0 -X main.version=2.0.0", Some("v2.0.0")),
            ("-X main.tag=v1.0.0 -X main.version=v2.0.0", Some("v2.0.0")),
            (
                "-X example.com/app/a.Version=1.0.0 -X example.com/app/b.Version=1.0.0",
                Some("v1.0.0"),
            ),
            ("-X example.com/app/a.Version=1.0.0 -X example.com/app/b.Version=2.0.0", None),
            ("-X example.com/application.Version=1.0.0", None),
            ("-X example.com/library/version.Version=1.0.0", None),
            ("-X main.version=1.0.0 -X main.version=1.1.0", Some("v1.1.0")),
            ("all=-X main.version=1.2.3", Some("v1.2.3")),
            ("-X example.com/app/api.Version=1.4.0", None),
            ("-X main.version=10.0.0.1 -X main.tag=0.0.0", None),
            ("-X main.goVersion=1.22.3", None),
            ("-X main.version=unknown -X main.version=42", None),
            ("-X main.version=1.2;x", None),
            ("-X main.version", None),
            ("-X", None),
            ("-Xmain.version=1.2.3", None),
            ("'", None),
            ("", None),
        ] {
            assert_eq!(version_of(flags).as_deref(), expected, "{flags}");
        }
    }

    proptest! {
        #[test]
        fn any_flags_end(flags in ".*", value in "[ -~]*") {
            let _ = version_of(&flags);
            let _ = version_of(&format!("-X main.version={value}"));
        }
    }
}
