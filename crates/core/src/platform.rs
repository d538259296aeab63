use std::fmt;
use std::str::FromStr;

/// Operating system, architecture and variant as OCI names them, such as `linux/arm64/v8`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    pub os: String,
    pub architecture: String,
    pub variant: Option<String>,
}

/// The text is not `OS/ARCHITECTURE` or `OS/ARCHITECTURE/VARIANT`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "not a platform: `{text}` (expected OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT, such as linux/arm64)"
)]
pub struct InvalidPlatform {
    pub text: String,
}

impl Platform {
    /// What images for this machine are built for: always Linux, this processor.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            "powerpc64" => "ppc64le",
            "loongarch64" => "loong64",
            other => other,
        };
        Self { os: "linux".into(), architecture: architecture.into(), variant: None }
    }

    /// True where an image for `self` is what somebody who asked for `wanted` gets: a variant is compared only
    /// where both name one, and `arm64` without a variant is `v8`.
    #[must_use]
    pub fn satisfies(&self, wanted: &Self) -> bool {
        let variant = |platform: &Self| match (platform.architecture.as_str(), &platform.variant) {
            ("arm64", None) => Some("v8".to_owned()),
            (_, variant) => variant.clone(),
        };
        self.os == wanted.os
            && self.architecture == wanted.architecture
            && match (variant(self), variant(wanted)) {
                (Some(own), Some(asked)) => own == asked,
                _ => true,
            }
    }

    /// Attestations stand in an index under the platform `unknown/unknown`: they are not images.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }
}

impl FromStr for Platform {
    type Err = InvalidPlatform;

    fn from_str(text: &str) -> Result<Self, InvalidPlatform> {
        let parts: Vec<&str> = text.split('/').collect();
        let (os, architecture, variant) = match parts[..] {
            [os, architecture] => (os, architecture, None),
            [os, architecture, variant] => (os, architecture, Some(variant)),
            _ => return Err(InvalidPlatform { text: text.to_owned() }),
        };
        if parts.iter().any(|part| part.is_empty()) {
            return Err(InvalidPlatform { text: text.to_owned() });
        }
        let architecture = match architecture {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        Ok(Self {
            os: os.into(),
            architecture: architecture.into(),
            variant: variant.map(Into::into),
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.as_ref().map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_matched_as_registries_do() {
        for (own, wanted, expected) in [
            ("linux/amd64", "linux/amd64", true),
            ("linux/arm64", "linux/arm64/v8", true),
            ("linux/arm/v7", "linux/arm", true),
            ("linux/arm/v7", "linux/arm/v6", false),
            ("linux/x86_64", "linux/amd64", true),
            ("windows/amd64", "linux/amd64", false),
        ] {
            let parse = |text: &str| text.parse::<Platform>().unwrap();
            assert_eq!(parse(own).satisfies(&parse(wanted)), expected, "{own} for {wanted}");
        }
        assert!("linux".parse::<Platform>().is_err());
        assert!("linux//v7".parse::<Platform>().is_err());
    }
}
