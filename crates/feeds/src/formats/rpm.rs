//! Builds of rpm packages as names spell them: `name-[epoch:]version-release[.architecture][.rpm]`.

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

/// A build that a name spells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Build<'a> {
    pub(crate) name: &'a str,
    /// `epoch:version-release`, without an epoch of zero.
    pub(crate) version: &'a str,
    /// Empty where it is not named.
    pub(crate) arch: &'a str,
}

impl<'a> Build<'a> {
    /// `None` where the text does not end in what looks like version and release: it may be the name of a package.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (rest, arch) = split_arch(text.strip_suffix(".rpm").unwrap_or(text));
        let release_at = rest.rfind('-')?;
        let version_at = rest.get(..release_at)?.rfind('-')?;
        let name = rest.get(..version_at)?;
        let version = rest.get(version_at + 1..)?;
        let release = rest.get(release_at + 1..)?;
        let digit = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
        (!name.is_empty() && digit(version) && release.contains(|one: char| one.is_ascii_digit()))
            .then(|| Self { name, version: without_zero_epoch(version), arch })
    }
}

/// A name and the architecture behind its last dot; empty where there is none.
pub(crate) fn split_arch(text: &str) -> (&str, &str) {
    text.rsplit_once('.').filter(|(_, arch)| ARCHITECTURES.contains(arch)).unwrap_or((text, ""))
}

pub(crate) fn without_zero_epoch(version: &str) -> &str {
    version.strip_prefix("0:").unwrap_or(version)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let read = Build::parse(text).map(|build| (build.name, build.version, build.arch));
            assert_eq!(read, build, "{text}");
        }
        assert_eq!(split_arch("samba.src"), ("samba", "src"));
        assert_eq!(split_arch("python3.9"), ("python3.9", ""));
    }
}
