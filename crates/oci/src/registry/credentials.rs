//! Where user names, passwords and tokens come from.

#![expect(clippy::disallowed_methods, reason = "the user's own configuration")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use docker_credential::{CredentialRetrievalError, DockerCredential};
use plimsoll_http::printable;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Secret;

/// What a user is known to a registry by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    UserPassword {
        user: String,
        password: Secret,
    },
    /// A refresh token, which the registry's token service changes into short-lived ones.
    IdentityToken(Secret),
}

/// Where the credentials for a registry are looked for. They are looked for only when the registry asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    Anonymous,
    Explicit(Credentials),
    /// Files of the form of Docker's `config.json`, which Podman's `auth.json` shares. The first that knows the registry decides;
    /// a file that is not there knows none. Credential helpers named in them are run.
    ConfigFiles(Vec<PathBuf>),
}

/// Bytes of a configuration file beyond which it is none.
const CONFIG_BYTES: u64 = 4 << 20;
/// What Docker's files call the registry `docker.io`, for historical reasons.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

impl CredentialSource {
    /// The files that Docker and Podman read, by the rules of both: `REGISTRY_AUTH_FILE`, `DOCKER_CONFIG` or `~/.docker`,
    /// `XDG_RUNTIME_DIR`, `XDG_CONFIG_HOME` or `~/.config`. `variable` gives the value of an environment variable.
    #[must_use]
    pub fn from_environment(variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let path = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = path("HOME");
        let below_home = |name: &str| home.as_ref().map(|home| home.join(name));
        let docker = path("DOCKER_CONFIG").or_else(|| below_home(".docker"));
        let settings = path("XDG_CONFIG_HOME").or_else(|| below_home(".config"));
        let files = [
            path("REGISTRY_AUTH_FILE"),
            docker.map(|directory| directory.join("config.json")),
            path("XDG_RUNTIME_DIR").map(|directory| directory.join("containers/auth.json")),
            settings.map(|directory| directory.join("containers/auth.json")),
        ];
        Self::ConfigFiles(files.into_iter().flatten().collect())
    }

    /// The credentials for a repository; `None` where there are none. The error says, without secrets, what is wrong with
    /// the place where they should have been.
    pub(super) fn find(
        &self,
        registry: &str,
        repository: &str,
    ) -> Result<Option<Credentials>, String> {
        match self {
            Self::Anonymous => Ok(None),
            Self::Explicit(credentials) => Ok(Some(credentials.clone())),
            Self::ConfigFiles(files) => {
                for file in files {
                    let found = find_in_file(file, registry, repository)
                        .map_err(|reason| format!("{}: {reason}", file.display()))?;
                    if found.is_some() {
                        return Ok(found);
                    }
                }
                Ok(None)
            }
        }
    }
}

/// The keys of a configuration file. The values are read by the crate that knows their history.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigKeys {
    #[serde(default)]
    auths: Option<BTreeMap<String, IgnoredAny>>,
    #[serde(default)]
    cred_helpers: Option<BTreeMap<String, IgnoredAny>>,
}

fn find_in_file(
    file: &Path,
    registry: &str,
    repository: &str,
) -> Result<Option<Credentials>, String> {
    let Some(bytes) = read_config(file).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let keys: ConfigKeys = serde_json::from_slice(&bytes)
        .map_err(|error| format!("not a configuration file (line {})", error.line()))?;
    for key in keys_to_try(&keys, registry, repository) {
        match docker_credential::get_credential_from_reader(bytes.as_slice(), &key) {
            Ok(DockerCredential::UsernamePassword(user, password)) => {
                let password = Secret::new(password);
                return Ok(Some(Credentials::UserPassword { user, password }));
            }
            Ok(DockerCredential::IdentityToken(token)) if token.is_empty() => {}
            Ok(DockerCredential::IdentityToken(token)) => {
                return Ok(Some(Credentials::IdentityToken(Secret::new(token))));
            }
            Err(error) => explain(error).map_or(Ok(()), Err)?,
        }
    }
    Ok(None)
}

fn read_config(file: &Path) -> io::Result<Option<Vec<u8>>> {
    let opened = match File::open(file) {
        Ok(opened) => opened,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    opened.take(CONFIG_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > CONFIG_BYTES {
        return Err(io::Error::other("it is too large"));
    }
    Ok(Some(bytes))
}

/// The names under which a file may know the registry, the most particular first: Podman's may name a repository or a
/// part of its path. The registry's own name always comes last: a credential store is asked for it.
fn keys_to_try(keys: &ConfigKeys, registry: &str, repository: &str) -> Vec<String> {
    let is_known = |key: &String| {
        keys.auths.as_ref().is_some_and(|auths| auths.contains_key(key))
            || keys.cred_helpers.as_ref().is_some_and(|helpers| helpers.contains_key(key))
    };
    let whole = format!("{registry}/{repository}");
    let parts = std::iter::successors(Some(whole.as_str()), |path| {
        path.rsplit_once('/').map(|(parent, _)| parent)
    });
    let mut tried: Vec<String> = parts.map(str::to_owned).filter(is_known).collect();
    let own = if registry == "docker.io" { DOCKER_HUB_KEY } else { registry };
    if !tried.iter().any(|key| key == own) {
        tried.push(own.to_owned());
    }
    tried
}

/// What went wrong, unless it only means that there are no credentials. What a helper printed is left out but for its complaint:
/// it may hold the secret.
fn explain(error: CredentialRetrievalError) -> Option<String> {
    use CredentialRetrievalError as Error;
    match error {
        Error::NoCredentialConfigured | Error::ConfigNotFound => None,
        // Docker's helpers say this on their standard output, and it is no failure.
        Error::HelperFailure { stdout, .. } if stdout.contains("credentials not found") => None,
        Error::HelperFailure { helper, stderr, .. } => {
            Some(format!("the credential helper {helper} failed: {}", printable(&stderr, 200)))
        }
        Error::HelperCommunicationError => Some("its credential helper cannot be run".to_owned()),
        Error::MalformedHelperResponse => {
            Some("its credential helper's answer is not understood".to_owned())
        }
        Error::CredentialDecodingError => {
            Some("its entry for the registry is not understood".to_owned())
        }
        Error::CredentialMismatchError => {
            Some("its entry for the registry contradicts itself".to_owned())
        }
        Error::ConfigReadError => Some("not a configuration file".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(user: &str, password: &str) -> Option<Credentials> {
        let password = Secret::new(password);
        Some(Credentials::UserPassword { user: user.to_owned(), password })
    }

    fn source(files: &[&Path]) -> CredentialSource {
        CredentialSource::ConfigFiles(files.iter().map(PathBuf::from).collect())
    }

    #[test]
    fn files_of_docker_and_podman_are_read() {
        // "dTpw" is u:p, "bjpx" is n:q.
        let config = r#"{
            "auths": {
                "example.com": {"auth": "dTpw"},
                "https://index.docker.io/v1/": {"auth": "bjpx"},
                "quay.example.com/team/app": {"auth": "bjpx"},
                "quay.example.com": {"auth": "dTpw"},
                "token.example.com": {"auth": "dTpw", "identitytoken": "refresh"},
                "broken.example.com": {"auth": "%%"},
                "empty.example.com": {}
            },
            "credHelpers": {"helped.example.com": "that-does-not-exist-anywhere"},
            "HttpHeaders": {"User-Agent": "x"}
        }"#;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.json");
        std::fs::write(&file, config).unwrap();
        let missing = directory.path().join("missing/auth.json");
        let source = source(&[&missing, &file]);
        for (registry, repository, expected) in [
            ("example.com", "a", Ok(user("u", "p"))),
            ("other.example.com", "a", Ok(None)),
            ("empty.example.com", "a", Ok(None)),
            ("docker.io", "library/alpine", Ok(user("n", "q"))),
            ("quay.example.com", "team/app", Ok(user("n", "q"))),
            ("quay.example.com", "team/app/part", Ok(user("n", "q"))),
            ("quay.example.com", "team/application", Ok(user("u", "p"))),
            (
                "token.example.com",
                "a",
                Ok(Some(Credentials::IdentityToken(Secret::new("refresh")))),
            ),
            ("broken.example.com", "a", Err("its entry for the registry is not understood")),
            ("helped.example.com", "a", Err("its credential helper cannot be run")),
        ] {
            let expected = expected.map_err(|reason| format!("{}: {reason}", file.display()));
            assert_eq!(source.find(registry, repository), expected, "{registry}/{repository}");
        }
    }

    #[test]
    fn a_file_that_is_none_is_named_and_never_quoted() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.json");
        std::fs::write(&file, "{\"auths\": {\"example.com\": {\"auth\": \"dTpw\"}").unwrap();
        let reason = source(&[&file]).find("example.com", "a").unwrap_err();
        assert!(reason.contains("config.json") && !reason.contains("dTpw"), "{reason}");
    }

    #[test]
    fn the_environment_names_the_files() {
        let variables = |name: &str| match name {
            "HOME" => Some(OsString::from("/home/user")),
            "XDG_RUNTIME_DIR" => Some(OsString::from("/run/user/1")),
            "DOCKER_CONFIG" => Some(OsString::new()),
            _ => None,
        };
        let expected = [
            "/home/user/.docker/config.json",
            "/run/user/1/containers/auth.json",
            "/home/user/.config/containers/auth.json",
        ];
        assert_eq!(
            CredentialSource::from_environment(&variables),
            source(&expected.map(Path::new))
        );
        assert_eq!(CredentialSource::from_environment(&|_| None), source(&[]));
    }

    #[test]
    fn credentials_are_not_printed() {
        let printed = format!("{:?}", CredentialSource::Explicit(user("u", "hunter2").unwrap()));
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}
