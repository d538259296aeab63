use std::fmt;
use std::str::FromStr;

use plimsoll_core::Digest;

use crate::OciError;

/// The registry of names that name none.
const DOCKER_HUB: &str = "docker.io";
/// Characters of a name, registry and repository together, beyond which clients and registries refuse it.
const NAME_LENGTH: usize = 255;
/// Characters of a tag (OCI distribution specification, "Pulling manifests").
const TAG_LENGTH: usize = 128;

/// The name of an image in a registry, complete: what was left out stands as Docker would have filled it in.
///
/// Printed in full, as `docker.io/library/alpine:latest`; parsed in every form that Docker accepts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistryReference {
    /// Host and perhaps port, as in the name: `docker.io`, not the host that answers for it.
    pub registry: String,
    pub repository: String,
    /// `latest` where neither a tag nor a digest was written.
    pub tag: Option<String>,
    /// Decides over the tag where both are given.
    pub digest: Option<Digest>,
}

impl RegistryReference {
    /// The host, and perhaps port, that answers the distribution API for the registry.
    #[must_use]
    pub fn api_host(&self) -> &str {
        if self.registry == DOCKER_HUB { "registry-1.docker.io" } else { &self.registry }
    }

    /// What stands for the image in the API's `/v2/<repository>/manifests/<reference>`.
    #[must_use]
    pub fn manifest_reference(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.clone(),
            (None, None) => "latest".to_owned(),
        }
    }

    /// The same name pinned to a digest, without its tag.
    #[must_use]
    pub fn at(&self, digest: Digest) -> Self {
        Self {
            registry: self.registry.clone(),
            repository: self.repository.clone(),
            tag: None,
            digest: Some(digest),
        }
    }
}

impl fmt::Display for RegistryReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl FromStr for RegistryReference {
    type Err = OciError;

    fn from_str(text: &str) -> Result<Self, OciError> {
        parse(text).map_err(|reason| OciError::Reference { text: text.to_owned(), reason })
    }
}

fn parse(text: &str) -> Result<RegistryReference, String> {
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => {
            (name, Some(digest.parse::<Digest>().map_err(|error| error.to_string())?))
        }
        None => (text, None),
    };
    let (registry, path) = split_registry(name);
    // A colon after the last slash introduces a tag; one before it belongs to the registry's port.
    let (repository, tag) = match path.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (path, None),
    };
    let registry = normal_registry(registry)?;
    let repository = if registry == DOCKER_HUB && !repository.contains('/') {
        format!("library/{repository}")
    } else {
        repository.to_owned()
    };
    check_repository(&repository)?;
    if registry.len() + 1 + repository.len() > NAME_LENGTH {
        return Err(format!("a name has at most {NAME_LENGTH} characters"));
    }
    if let Some(tag) = tag {
        check_tag(tag)?;
    }
    let tag = match (tag, digest) {
        (None, None) => Some("latest".to_owned()),
        (tag, _) => tag.map(str::to_owned),
    };
    Ok(RegistryReference { registry, repository, tag, digest })
}

/// Docker's rule: the part before the first slash is a registry where it could not be a part of a repository.
fn split_registry(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some((first, rest)) if is_registry(first) => (first, rest),
        _ => (DOCKER_HUB, name),
    }
}

fn is_registry(first: &str) -> bool {
    first.contains(['.', ':', '['])
        || first == "localhost"
        || first.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn normal_registry(registry: &str) -> Result<String, String> {
    let is = |host: &str| registry.eq_ignore_ascii_case(host);
    if is("index.docker.io") || is("registry-1.docker.io") {
        return Ok(DOCKER_HUB.to_owned());
    }
    let (host, port) = match registry.rfind(']') {
        Some(end) => registry.split_at(end + 1),
        None => registry.split_at(registry.find(':').unwrap_or(registry.len())),
    };
    let port_is_valid = match port.strip_prefix(':') {
        Some(digits) => {
            digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
        }
        None => port.is_empty(),
    };
    if host_is_valid(host) && port_is_valid {
        // A host that only its capitals tell from a part of a repository keeps them, or it would be read as one later.
        let lower = registry.to_ascii_lowercase();
        Ok(if is_registry(&lower) { lower } else { registry.to_owned() })
    } else {
        Err(format!("`{registry}` is not the host of a registry"))
    }
}

fn host_is_valid(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    !host.is_empty()
        && host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

/// The grammar of `<name>` in the OCI distribution specification ("Pulling manifests").
fn check_repository(repository: &str) -> Result<(), String> {
    if repository.split('/').all(component_is_valid) {
        return Ok(());
    }
    let hint = if repository.bytes().any(|byte| byte.is_ascii_uppercase()) {
        ": it is written in lower case"
    } else {
        ""
    };
    Err(format!("`{repository}` is not the name of a repository{hint}"))
}

/// Lower-case letters and digits, in groups set apart by `.`, `_`, `__` or any number of `-`.
fn component_is_valid(component: &str) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = component.as_bytes();
    if !bytes.first().is_some_and(is_letter) || !bytes.last().is_some_and(is_letter) {
        return false;
    }
    bytes.split(is_letter).all(|separator| {
        matches!(separator, b"" | b"." | b"_" | b"__") || separator.iter().all(|&byte| byte == b'-')
    })
}

fn check_tag(tag: &str) -> Result<(), String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let valid = tag.len() <= TAG_LENGTH
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|byte| is_word(byte) || byte == b'.' || byte == b'-');
    if valid { Ok(()) } else { Err(format!("`{tag}` is not a tag")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn names_are_completed_as_docker_does() {
        for (text, expected) in [
            ("alpine", "docker.io/library/alpine:latest"),
            ("alpine:3.10", "docker.io/library/alpine:3.10"),
            ("docker.io/alpine", "docker.io/library/alpine:latest"),
            ("index.docker.io/library/alpine", "docker.io/library/alpine:latest"),
            ("index.docker.Io/library/alpine", "docker.io/library/alpine:latest"),
            ("Docker.io/alpine", "docker.io/library/alpine:latest"),
            ("grafana/grafana", "docker.io/grafana/grafana:latest"),
            ("localhost/x", "localhost/x:latest"),
            ("localhost:5000/x:1", "localhost:5000/x:1"),
            ("registry.example.com/a/b/c", "registry.example.com/a/b/c:latest"),
            ("Registry.Example.com/a", "registry.example.com/a:latest"),
            ("[::1]:5000/a/b:t", "[::1]:5000/a/b:t"),
            ("host:5000/a__b/c--d.e_f", "host:5000/a__b/c--d.e_f:latest"),
        ] {
            assert_eq!(text.parse::<RegistryReference>().unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_digest_needs_no_tag_and_decides_over_one() {
        let pinned: RegistryReference = format!("alpine@{DIGEST}").parse().unwrap();
        assert_eq!((pinned.tag.as_deref(), pinned.manifest_reference().as_str()), (None, DIGEST));
        let both: RegistryReference = format!("host:5000/r/n:1.2@{DIGEST}").parse().unwrap();
        assert_eq!(both.to_string(), format!("host:5000/r/n:1.2@{DIGEST}"));
        assert_eq!(both.manifest_reference(), DIGEST);
        assert_eq!(both.at(both.digest.unwrap()).to_string(), format!("host:5000/r/n@{DIGEST}"));
    }

    #[test]
    fn the_name_of_docker_hub_and_the_host_of_its_api_differ() {
        for (text, registry, host) in
            [("alpine", "docker.io", "registry-1.docker.io"), ("quay.io/a/b", "quay.io", "quay.io")]
        {
            let reference: RegistryReference = text.parse().unwrap();
            assert_eq!((reference.registry.as_str(), reference.api_host()), (registry, host));
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = format!("host.example/{}", "a".repeat(NAME_LENGTH));
        for text in [
            "",
            "Alpine",
            "alpine:",
            "alpine:-x",
            "a..b",
            "a___b",
            "-a",
            "a/",
            "/a",
            "./a",
            "a//b",
            "host:port/a",
            "host:99999/a",
            "host:/a",
            "ho_st.example/a",
            "[::1/a",
            "alpine@sha256:12",
            "alpine@",
            "a b",
            &format!("a:{}", "t".repeat(TAG_LENGTH + 1)),
            &long,
        ] {
            let result = text.parse::<RegistryReference>();
            assert!(matches!(result, Err(OciError::Reference { .. })), "{text}: {result:?}");
        }
    }

    #[test]
    fn a_registry_known_by_its_capitals_alone_prints_as_it_was_meant() {
        for (text, printed) in
            [("A/0", "A/0:latest"), ("EXAMPLE.com/a/b", "example.com/a/b:latest")]
        {
            assert_eq!(text.parse::<RegistryReference>().unwrap().to_string(), printed);
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_what_prints_parses_to_the_same(text in "[\\PC]{0,40}|[a-zA-Z0-9:/@._\\[\\]-]{0,40}") {
            if let Ok(reference) = text.parse::<RegistryReference>() {
                prop_assert_eq!(reference.to_string().parse::<RegistryReference>().unwrap(), reference);
            }
        }
    }
}
