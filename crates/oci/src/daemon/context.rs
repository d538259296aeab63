//! The contexts of Docker's client: names for engines, kept in `~/.docker/contexts` under the SHA-256 of the name.

#![expect(clippy::disallowed_methods, reason = "the user's own configuration")]

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use plimsoll_core::Digest;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::address::Address;

/// Bytes of a configuration file beyond which it is none.
const CONFIG_BYTES: u64 = 4 << 20;
/// The context that means the machine's own engine.
const DEFAULT: &str = "default";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    #[serde(default)]
    current_context: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Context {
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    docker: Endpoint,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    host: String,
}

/// The name of the context in use; `None` for the machine's own engine.
pub(super) fn current(directory: &Path, from_environment: Option<String>) -> Option<String> {
    let name = from_environment.or_else(|| {
        // A configuration that cannot be read chooses nothing; whoever needs a password of it is told what is wrong.
        read::<Config>(&directory.join("config.json")).ok()?.current_context
    });
    name.filter(|name| !name.is_empty() && name != DEFAULT)
}

/// Where a context's engine listens.
pub(super) fn address(directory: &Path, name: &str) -> Result<Address, String> {
    let id = Digest::Sha256(Sha256::digest(name.as_bytes()).into()).hex();
    let contexts = directory.join("contexts");
    let file = contexts.join("meta").join(&id).join("meta.json");
    let context: Context = read(&file)
        .map_err(|error| format!("Docker's context `{name}` ({}): {error}", file.display()))?;
    let tls = contexts.join("tls").join(&id).join("docker");
    Address::parse(&context.endpoints.docker.host, tls.is_dir().then_some(tls))
}

fn read<T: DeserializeOwned>(file: &Path) -> io::Result<T> {
    let mut bytes = Vec::new();
    File::open(file)?.take(CONFIG_BYTES).read_to_end(&mut bytes)?;
    serde_json::from_slice(&bytes).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_found_by_the_digest_of_their_name() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let file = directory.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        assert!(address(directory.path(), "rootless").unwrap_err().contains("`rootless`"));
        let id = Digest::Sha256(Sha256::digest(b"rootless").into()).hex();
        // What `docker context create` writes.
        let meta = r#"{"Name":"rootless","Endpoints":{"docker":{"Host":"unix:///run/user/1000/docker.sock","SkipTLSVerify":false}}}"#;
        write(&format!("contexts/meta/{id}/meta.json"), meta);
        let found = address(directory.path(), "rootless").unwrap();
        assert_eq!(found.to_string(), "unix:///run/user/1000/docker.sock");
        for (config, variable, expected) in [
            (r#"{"currentContext":"rootless"}"#, None, Some("rootless")),
            (r#"{"currentContext":"rootless"}"#, Some("other"), Some("other")),
            (r#"{"currentContext":"rootless"}"#, Some("default"), None),
            (r#"{"currentContext":"default"}"#, None, None),
            (r#"{"auths":{}}"#, None, None),
            ("rubbish", None, None),
        ] {
            write("config.json", config);
            let name = current(directory.path(), variable.map(str::to_owned));
            assert_eq!(name.as_deref(), expected, "{config}");
        }
    }

    #[test]
    fn a_context_with_certificates_speaks_tls() {
        let directory = tempfile::tempdir().unwrap();
        let id = Digest::Sha256(Sha256::digest(b"far").into()).hex();
        let meta = directory.path().join("contexts/meta").join(&id);
        let tls = directory.path().join("contexts/tls").join(&id).join("docker");
        std::fs::create_dir_all(&meta).unwrap();
        std::fs::create_dir_all(&tls).unwrap();
        let text = r#"{"Endpoints":{"docker":{"Host":"tcp://far.example.com"}}}"#;
        std::fs::write(meta.join("meta.json"), text).unwrap();
        let expected = Address::Tcp { host: "far.example.com:2376".into(), tls: Some(tls) };
        assert_eq!(address(directory.path(), "far"), Ok(expected));
    }
}
