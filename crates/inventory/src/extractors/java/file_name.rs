//! Artifact and version in the name of a Java archive: `commons-io-2.11.0.jar`.

use super::identity::is_version;

/// What a file's name says of the artifact in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NameParts<'a> {
    /// The whole name without its extension where there is no version in it.
    pub(super) artifact: &'a str,
    pub(super) version: Option<&'a str>,
}

/// Words that belong to a version when they follow its numbers, perhaps with numbers of their own: `RC1`, `M2`.
const QUALIFIERS: [&str; 28] = [
    "alpha",
    "android",
    "atlassian",
    "b",
    "beta",
    "build",
    "cr",
    "dev",
    "ea",
    "final",
    "fuse",
    "ga",
    "hudson",
    "incubating",
    "jre",
    "m",
    "milestone",
    "pre",
    "preview",
    "pt",
    "rc",
    "redhat",
    "rel",
    "release",
    "rev",
    "snapshot",
    "sp",
    "update",
];

/// Words that begin a classifier, which is what may follow a version: the archive's form, or the platform that it is for.
const CLASSIFIERS: [&str; 26] = [
    "all",
    "bin",
    "boot",
    "bundle",
    "classes",
    "core",
    "exec",
    "fat",
    "hadoop",
    "jar",
    "javadoc",
    "jdk",
    "linux",
    "macos",
    "minimal",
    "natives",
    "nodep",
    "noaop",
    "osx",
    "runtime",
    "shaded",
    "sources",
    "standalone",
    "test",
    "tests",
    "windows",
];

/// Splits the name of a file.
///
/// The version is the last run of parts that begin with a digit, so that `log4j-1.2-api-2.17.1` is `log4j-1.2-api`, and of
/// the qualifiers between and after those. A classifier after it belongs to neither.
pub(super) fn split(file_name: &str) -> NameParts<'_> {
    let stem = stem(file_name);
    let whole = NameParts { artifact: stem, version: None };
    // Byte ranges of the parts between hyphens.
    let mut parts: Vec<(usize, &str)> = Vec::new();
    let mut start = 0;
    for part in stem.split('-') {
        parts.push((start, part));
        start += part.len() + 1;
    }
    let begins = |at: usize| parts.get(at).is_some_and(|(_, part)| begins_version(part));
    let last = parts.iter().rposition(|(_, part)| begins_version(part));
    let last = last.or_else(|| parts.iter().rposition(|(_, part)| is_candidate(part)));
    let Some(last) = last.filter(|&at| at > 0) else {
        return joined_otherwise(stem).unwrap_or(whole);
    };
    let mut first = last;
    // Back over numbers, and over qualifiers between numbers.
    while let Some(before) = (1..first).rev().find(|&at| !is_qualifier(&parts, at))
        && begins(before)
    {
        first = before;
    }
    let mut end = last + 1;
    while parts.get(end).is_some_and(|(_, part)| is_one_of(&QUALIFIERS, part)) {
        end += 1;
    }
    // Another word makes it doubtful that this is the version: `log4j-1.2-api` is an artifact, of any version.
    if parts.get(end).is_some_and(|(_, part)| !is_one_of(&CLASSIFIERS, part)) {
        return whole;
    }
    let start = parts.get(first).map_or(stem.len(), |(start, _)| *start);
    let end = parts.get(end).map_or(stem.len(), |(start, _)| start.saturating_sub(1));
    let (Some(artifact), Some(version)) =
        (stem.get(..start.saturating_sub(1)), stem.get(start..end))
    else {
        return whole;
    };
    if artifact.is_empty() {
        return whole;
    }
    // `spring-core-3.x` names a line of versions.
    let is_one = !version.split('.').any(|part| part.eq_ignore_ascii_case("x"));
    let version = Some(version).filter(|version| is_one && is_version(version));
    NameParts { artifact, version }
}

fn is_qualifier(parts: &[(usize, &str)], at: usize) -> bool {
    // `r7` and `build212` are versions of their own.
    parts.get(at).is_some_and(|(_, part)| is_one_of(&QUALIFIERS, part) && !begins_version(part))
}

/// The name without its extension; the whole name where there is nothing else, as in `.jar`.
pub(super) fn stem(file_name: &str) -> &str {
    let stem = file_name.rsplit_once('.').map(|(stem, _)| stem);
    stem.filter(|stem| !stem.is_empty()).unwrap_or(file_name)
}

/// `org.eclipse.osgi_3.18.0.v20220516`, which is what Eclipse names its bundles, or `maven.4.3.2`. A number of less parts may be of what
/// the archive was made for: `akka-actor_2.13`.
fn joined_otherwise(stem: &str) -> Option<NameParts<'_>> {
    let by_dot = || {
        let at = stem.match_indices('.').map(|(at, _)| at);
        at.map(|at| (stem.get(..at), stem.get(at + 1..))).find_map(|(artifact, version)| {
            let version = version.filter(|version| begins_with_digit(version))?;
            artifact.filter(|artifact| !artifact.is_empty()).map(|artifact| (artifact, version))
        })
    };
    let (artifact, version) = stem.rsplit_once('_').or_else(by_dot)?;
    let is_one = begins_with_digit(version) && version.matches('.').count() >= 2;
    (is_one && is_version(version)).then_some(NameParts { artifact, version: Some(version) })
}

fn begins_with_digit(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit())
}

/// A digit, or `v1`, `r09`, `build212`.
fn begins_version(part: &str) -> bool {
    let numbered = ["build", "r", "v"].iter().find_map(|word| part.strip_prefix(word));
    begins_with_digit(part) || numbered.is_some_and(is_number)
}

/// A candidate for a release that has no number itself: `rc1`.
fn is_candidate(part: &str) -> bool {
    part.strip_prefix("rc").is_some_and(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn is_one_of(words: &[&str], part: &str) -> bool {
    let word = part.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn artifact_and_version_are_split() {
        for (name, artifact, version) in [
            ("commons-io-2.11.0.jar", "commons-io", Some("2.11.0")),
            ("log4j-1.2-api-2.17.1.jar", "log4j-1.2-api", Some("2.17.1")),
            ("log4j-over-slf4j-1.7.30.jar", "log4j-over-slf4j", Some("1.7.30")),
            ("guava-29.0-jre.jar", "guava", Some("29.0-jre")),
            ("guava-r09.jar", "guava", Some("r09")),
            ("guava.jar", "guava", None),
            ("bcprov-jdk15on-1.70.jar", "bcprov-jdk15on", Some("1.70")),
            ("bcprov-jdk18on-171.jar", "bcprov-jdk18on", Some("171")),
            ("app-1.0-20200101.123456-1.jar", "app", Some("1.0-20200101.123456-1")),
            ("app-1.2-beta-3.war", "app", Some("1.2-beta-3")),
            ("app-1.2-RC1-SNAPSHOT.jar", "app", Some("1.2-RC1-SNAPSHOT")),
            ("app-1.0.0-sources.jar", "app", Some("1.0.0")),
            (
                "netty-transport-native-epoll-4.1.94.Final-linux-x86_64.jar",
                "netty-transport-native-epoll",
                Some("4.1.94.Final"),
            ),
            ("log4j-1.2-api.jar", "log4j-1.2-api", None),
            ("mesos-1.4.0-shaded-protobuf.jar", "mesos", Some("1.4.0")),
            ("json4s-core_2.12-3.7.0-M5.jar", "json4s-core_2.12", Some("3.7.0-M5")),
            ("automaton-1.11-8.jar", "automaton", Some("1.11-8")),
            ("jaxb-api-2.2.11.redhat-00001.jar", "jaxb-api", Some("2.2.11.redhat-00001")),
            ("spring3-core-3.x.jar", "spring3-core", None),
            ("org.eclipse.osgi_3.18.0.v20220516.jar", "org.eclipse.osgi", Some("3.18.0.v20220516")),
            ("akka-actor_2.13.jar", "akka-actor_2.13", None),
            ("JSR305-3.0.2.JAR", "JSR305", Some("3.0.2")),
            ("commons-jelly-1.1-hudson-20100305.jar", "commons-jelly", Some("1.1-hudson-20100305")),
            ("jtidy-4aug2000r7-dev-hudson-1.jar", "jtidy", Some("4aug2000r7-dev-hudson-1")),
            ("trilead-ssh2-build212-hudson-5.jar", "trilead-ssh2", Some("build212-hudson-5")),
            (
                "wagon-webdav-1.0.2-beta-2.2.3a-hudson.jar",
                "wagon-webdav",
                Some("1.0.2-beta-2.2.3a-hudson"),
            ),
            (
                "wagon-http-lightweight-1.0.5-beta-2.jar",
                "wagon-http-lightweight",
                Some("1.0.5-beta-2"),
            ),
            ("windows-remote-command-1.0.jar", "windows-remote-command", Some("1.0")),
            ("spring-data-r2dbc-1.1.0.RELEASE.jar", "spring-data-r2dbc", Some("1.1.0.RELEASE")),
            (
                "jboss-saaj-api_1.4_spec-1.0.2.Final.jar",
                "jboss-saaj-api_1.4_spec",
                Some("1.0.2.Final"),
            ),
            ("gradle-build-cache-8.1.1.jar", "gradle-build-cache", Some("8.1.1")),
            ("gradle-build-8.1.1.jar", "gradle-build", Some("8.1.1")),
            ("pkg-maven.4.3.2.jar", "pkg-maven", Some("4.3.2")),
            ("pkg-maven_4.3.2.jar", "pkg-maven", Some("4.3.2")),
            ("pkg-maven-rc1.jar", "pkg-maven", Some("rc1")),
            ("pkg-rc4-1.2.jar", "pkg-rc4", Some("1.2")),
            ("liferay-package.lpkg", "liferay-package", None),
            ("org.eclipse.a.jar", "org.eclipse.a", None),
            ("1.2.3.jar", "1.2.3", None),
            ("-1.2.3.jar", "-1.2.3", None),
            (".jar", ".jar", None),
            ("", "", None),
        ] {
            assert_eq!(split(name), NameParts { artifact, version }, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_name_is_split(name in "([a-z0-9._é]{0,3}-?){0,8}") {
            let parts = split(&name);
            prop_assert!(name.starts_with(parts.artifact));
        }
    }
}
