//! Builds of rpm packages, as names spell them and as errata list them.

use std::borrow::Cow;

/// What may stand behind the last dot.
const ARCHITECTURES: &[&str] = &[
    "aarch64",
    "armv6hl",
    "armv7hl",
    "athlon",
    "i386",
    "i486",
    "i586",
    "i686",
    "ia32e",
    "ia64",
    "loongarch64",
    "noarch",
    "nosrc",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390",
    "s390x",
    "src",
    "sw_64",
    "x86_64",
];

/// A build that a text spells: `name-[epoch:]version-release[.architecture][.rpm]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nevra<'a> {
    pub(crate) name: &'a str,
    /// `[epoch:]version-release`, as it is written.
    pub(crate) evr: &'a str,
    /// Empty where it is not named.
    pub(crate) arch: &'a str,
}

impl<'a> Nevra<'a> {
    /// For a text that is a build: neither a version nor a release holds a hyphen. `None` where one of them is missing.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        let (rest, arch) = split_arch(text.strip_suffix(".rpm").unwrap_or(text));
        let release_at = rest.rfind('-')?;
        let version_at = rest.get(..release_at)?.rfind('-')?;
        let (name, evr) = (rest.get(..version_at)?, rest.get(version_at + 1..)?);
        let (version, release) = evr.split_once('-')?;
        let (epoch, version) = version.split_once(':').unwrap_or(("", version));
        let is_whole = [name, version, release].iter().all(|part| !part.is_empty())
            && epoch.bytes().all(|byte| byte.is_ascii_digit());
        is_whole.then_some(Self { name, evr, arch })
    }

    /// For a text that may be the name of a package: `None` where it does not end in what looks like version and release.
    pub(crate) fn guess(text: &'a str) -> Option<Self> {
        let digit = |character: char| character.is_ascii_digit();
        Self::of(text).filter(|build| {
            let release = build.evr.split_once('-').map_or("", |(_, release)| release);
            build.evr.starts_with(digit) && release.contains(digit)
        })
    }

    /// `epoch:version-release`, without an epoch of zero.
    pub(crate) fn version(&self) -> &'a str {
        without_zero_epoch(self.evr)
    }
}

/// A name and the architecture behind its last dot; empty where there is none.
pub(crate) fn split_arch(text: &str) -> (&str, &str) {
    text.rsplit_once('.').filter(|(_, arch)| ARCHITECTURES.contains(arch)).unwrap_or((text, ""))
}

/// An epoch of 0 and none are the same to rpm.
fn without_zero_epoch(evr: &str) -> &str {
    evr.strip_prefix("0:").unwrap_or(evr)
}

/// A version with the epoch that is stated beside it.
pub(crate) fn with_epoch<'v>(epoch: &str, version: Cow<'v, str>) -> Cow<'v, str> {
    match (epoch, version) {
        ("" | "0" | "(none)", Cow::Borrowed(version)) => Cow::Borrowed(without_zero_epoch(version)),
        ("" | "0" | "(none)", Cow::Owned(version)) => {
            Cow::Owned(without_zero_epoch(&version).to_owned())
        }
        (epoch, version) => Cow::Owned(format!("{epoch}:{version}")),
    }
}

/// One package as it was built for one architecture, as an erratum lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Build {
    pub(crate) name: String,
    /// `epoch:version-release`, without the epoch where it is 0.
    pub(crate) version: String,
    /// Empty where it is for each.
    pub(crate) arch: String,
    /// The modularity stream, `name:stream`.
    pub(crate) module: Option<String>,
}

impl From<Nevra<'_>> for Build {
    fn from(nevra: Nevra<'_>) -> Self {
        Self {
            name: nevra.name.to_owned(),
            version: nevra.version().to_owned(),
            arch: nevra.arch.to_owned(),
            module: None,
        }
    }
}

impl Build {
    /// True for what others are built from: nobody installs it.
    pub(crate) fn is_source(&self) -> bool {
        matches!(self.arch.as_str(), "src" | "nosrc")
    }
}

/// `1:2.3-4` of its parts.
pub(crate) fn version_of(epoch: &str, version: &str, release: &str) -> String {
    let version = match release {
        "" => Cow::Borrowed(version),
        release => Cow::Owned(format!("{version}-{release}")),
    };
    with_epoch(epoch, version).into_owned()
}

/// The release of a distribution that a build's version names: `8` in `1.1.1k-6.el8_5`, `0.1-2.module+el8.4.0+1` and
/// `1-8.module_el8.4.0+2`, where `tag` is `el`.
pub(crate) fn dist_release<'v>(version: &'v str, tag: &str) -> Option<&'v str> {
    version.match_indices(tag).find_map(|(place, _)| {
        let before = version.get(..place)?;
        let after = version.get(place + tag.len()..)?;
        let digits = after.find(|character: char| !character.is_ascii_digit());
        let number = after.get(..digits.unwrap_or(after.len()))?;
        (before.ends_with(['.', '_', '+']) && !number.is_empty()).then_some(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(build: Nevra<'_>) -> (&str, &str, &str) {
        (build.name, build.version(), build.arch)
    }

    #[test]
    fn builds_are_taken_apart_from_their_end() {
        for (text, build) in [
            (
                "openssl-1:1.1.1k-6.el8_5.x86_64.rpm",
                Some(("openssl", "1:1.1.1k-6.el8_5", "x86_64")),
            ),
            (
                "python-attrs-0:17.4.0-10.el8.src.rpm",
                Some(("python-attrs", "17.4.0-10.el8", "src")),
            ),
            ("kernel-rt-4.18-1.noarch", Some(("kernel-rt", "4.18-1", "noarch"))),
            ("perl-v-v1.0-rc", Some(("perl-v", "v1.0-rc", ""))),
            ("a-x:1-1.noarch", None),
            ("bash-5.1.x86_64", None),
            ("-1-1.x86_64", None),
            ("bash--1.x86_64", None),
            ("", None),
        ] {
            assert_eq!(Nevra::of(text).map(parts), build, "{text}");
        }
        assert_eq!(Nevra::of("bash-0:5-1").map(|build| build.evr), Some("0:5-1"));
        assert_eq!(split_arch("samba.src"), ("samba", "src"));
        assert_eq!(split_arch("python3.9"), ("python3.9", ""));
    }

    #[test]
    fn builds_are_told_from_names() {
        for (text, build) in [
            (
                "kernel-rt-0:4.18.0-553.el8_10.x86_64",
                Some(("kernel-rt", "4.18.0-553.el8_10", "x86_64")),
            ),
            ("openssl-1:3.0.7-27.el9", Some(("openssl", "1:3.0.7-27.el9", ""))),
            ("vim-9.0-33.oe2203sp3.src.rpm", Some(("vim", "9.0-33.oe2203sp3", "src"))),
            ("bind-9.9.4P2-0.6.1.i586", Some(("bind", "9.9.4P2-0.6.1", "i586"))),
            (
                "java-1.7.1-ibm-1:1.7.1.4.50-1jpp.1.el6_10",
                Some(("java-1.7.1-ibm", "1:1.7.1.4.50-1jpp.1.el6_10", "")),
            ),
            ("libdcerpc-binding0-32bit", None),
            ("jackson-databind", None),
            ("eap7-jboss-logmanager", None),
            ("-1-2", None),
            ("", None),
        ] {
            assert_eq!(Nevra::guess(text).map(parts), build, "{text}");
        }
    }

    #[test]
    fn an_epoch_of_0_is_none() {
        for (epoch, version, release, expected) in [
            ("0", "1.2", "3", "1.2-3"),
            ("", "1.2", "3", "1.2-3"),
            ("(none)", "1.2", "3", "1.2-3"),
            ("2", "1.2", "3", "2:1.2-3"),
            ("0", "0.3.3", "", "0.3.3"),
        ] {
            assert_eq!(version_of(epoch, version, release), expected);
        }
        assert_eq!(with_epoch("", Cow::Borrowed("0:1-2")), "1-2");
    }

    #[test]
    fn builds_name_the_release_that_they_are_for() {
        for (version, tag, release) in [
            ("1:1.1.1k-6.el8_5", "el", Some("8")),
            ("0.1.15-2.git2d0b8a3.module+el8.4.0+557", "el", Some("8")),
            ("1.18.0-8.module_el8.4.0+2523", "el", Some("8")),
            ("1.0-1.el10_1", "el", Some("10")),
            ("1.41.6-1.fc43", "fc", Some("43")),
            ("1.0-devel8", "el", None),
            ("1.0-1", "el", None),
        ] {
            assert_eq!(dist_release(version, tag), release, "{version}");
        }
    }
}
