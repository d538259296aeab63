//! Builds of rpm packages, as errata write them.

/// One package as it was built for one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Build {
    pub(crate) name: String,
    /// `epoch:version-release`, without the epoch where it is 0.
    pub(crate) version: String,
    pub(crate) arch: String,
    /// The modularity stream, `name:stream`.
    pub(crate) module: Option<String>,
}

impl Build {
    /// True for what others are built from: nobody installs it.
    pub(crate) fn is_source(&self) -> bool {
        matches!(self.arch.as_str(), "src" | "nosrc")
    }
}

/// `1:2.3-4` of its parts; an epoch of 0 and none are the same to rpm.
pub(crate) fn version_of(epoch: &str, version: &str, release: &str) -> String {
    let epoch = match epoch {
        "" | "0" | "(none)" => String::new(),
        epoch => format!("{epoch}:"),
    };
    match release {
        "" => format!("{epoch}{version}"),
        release => format!("{epoch}{version}-{release}"),
    }
}

/// `name-epoch:version-release.arch`, with or without the epoch and with or without `.rpm` behind it.
pub(crate) fn nevra(text: &str) -> Option<Build> {
    let text = text.strip_suffix(".rpm").unwrap_or(text);
    let (rest, arch) = text.rsplit_once('.')?;
    let (name, version) = nevr(rest)?;
    let is_plain = !arch.is_empty() && !arch.contains(['-', ':']);
    is_plain.then(|| Build { name, version, arch: arch.to_owned(), module: None })
}

/// Name and version of `name-epoch:version-release`, with or without the epoch.
pub(crate) fn nevr(text: &str) -> Option<(String, String)> {
    let (rest, release) = text.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    let (epoch, version) = version.split_once(':').unwrap_or(("", version));
    let parts = [name, version, release];
    let is_whole = parts.iter().all(|part| !part.is_empty())
        && epoch.bytes().all(|byte| byte.is_ascii_digit());
    is_whole.then(|| (name.to_owned(), version_of(epoch, version, release)))
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

    #[test]
    fn builds_are_taken_apart_from_their_end() {
        for (text, build) in [
            ("openssl-1:1.1.1k-6.el8_5.x86_64.rpm", "openssl 1:1.1.1k-6.el8_5 x86_64"),
            ("python-attrs-0:17.4.0-10.el8.src.rpm", "python-attrs 17.4.0-10.el8 src"),
            ("kernel-rt-4.18-1.noarch", "kernel-rt 4.18-1 noarch"),
            ("a-x:1-1.noarch", ""),
            ("bash-5.1.x86_64", ""),
            ("-1-1.x86_64", ""),
            ("bash-5-1", ""),
            ("", ""),
        ] {
            let words = nevra(text)
                .map(|build| format!("{} {} {}", build.name, build.version, build.arch))
                .unwrap_or_default();
            assert_eq!(words, build, "{text}");
        }
    }

    #[test]
    fn an_epoch_of_0_is_none() {
        for (epoch, version, release, expected) in [
            ("0", "1.2", "3", "1.2-3"),
            ("", "1.2", "3", "1.2-3"),
            ("2", "1.2", "3", "2:1.2-3"),
            ("0", "0.3.3", "", "0.3.3"),
        ] {
            assert_eq!(version_of(epoch, version, release), expected);
        }
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
