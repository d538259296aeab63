use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::address::{Address, Addresses};
use super::{Engine, context};

/// How engines are found: by the variables that their own clients read. The default knows of none.
#[derive(Clone, Debug, Default)]
pub struct DaemonOptions {
    variables: BTreeMap<&'static str, OsString>,
    /// Look where engines usually listen, too.
    usual_places: bool,
}

/// Everything of the environment that is looked at.
const VARIABLES: [&str; 10] = [
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "CONTAINER_HOST",
    "CONTAINERD_ADDRESS",
    "CONTAINERD_NAMESPACE",
    "XDG_RUNTIME_DIR",
    "HOME",
];

impl DaemonOptions {
    /// Takes what is needed from the environment; no file is read before an engine is asked. `variable` gives the value of an
    /// environment variable.
    #[must_use]
    pub fn from_environment(variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &'static str| Some((name, variable(name).filter(|it| !it.is_empty())?));
        Self { variables: VARIABLES.into_iter().filter_map(set).collect(), usual_places: true }
    }

    /// Where an engine that speaks Docker's protocol listens.
    pub(super) fn addresses(&self, engine: Engine) -> Result<Addresses, String> {
        let address = match (self.text(engine.variable()), engine) {
            (Some(text), Engine::Docker) => Some(Address::parse(&text, self.tls_directory())?),
            (Some(text), _) => Some(Address::parse(&text, None)?),
            (None, Engine::Docker) => self.context()?,
            (None, _) => None,
        };
        Ok(address.map_or_else(|| self.usual(engine), Addresses::named))
    }

    /// Where containerd listens: what it calls an address is a path, or a path after `unix://`.
    pub(super) fn containerd(&self) -> Addresses {
        match self.text(Engine::Containerd.variable()) {
            Some(text) => {
                let path = text.strip_prefix("unix://").unwrap_or(&text);
                Addresses::named(Address::Unix(path.into()))
            }
            None => self.usual(Engine::Containerd),
        }
    }

    /// The namespaces in which containerd is asked: the one that was named, else its own default and that of Kubernetes.
    pub(super) fn namespaces(&self) -> Vec<String> {
        match self.text("CONTAINERD_NAMESPACE") {
            Some(namespace) => vec![namespace],
            None => vec!["default".to_owned(), "k8s.io".to_owned()],
        }
    }

    fn usual(&self, engine: Engine) -> Addresses {
        let runtime = self.path("XDG_RUNTIME_DIR");
        let below_runtime = |name: &str| runtime.as_ref().map(|directory| directory.join(name));
        let sockets = match engine {
            Engine::Docker => [Some("/var/run/docker.sock".into()), below_runtime("docker.sock")],
            Engine::Podman => {
                [below_runtime("podman/podman.sock"), Some("/run/podman/podman.sock".into())]
            }
            Engine::Containerd => [Some("/run/containerd/containerd.sock".into()), None],
        };
        let sockets = sockets.into_iter().flatten().filter(|_| self.usual_places);
        Addresses::usual(sockets.collect())
    }

    fn context(&self) -> Result<Option<Address>, String> {
        let Some(directory) = self.docker_directory() else { return Ok(None) };
        let name = context::current(&directory, self.text("DOCKER_CONTEXT"));
        name.map(|name| context::address(&directory, &name)).transpose()
    }

    /// The directory of certificates, where TLS is asked for. What answers is always verified.
    fn tls_directory(&self) -> Option<PathBuf> {
        let directory = self.path("DOCKER_CERT_PATH");
        let asked = self.variables.contains_key("DOCKER_TLS_VERIFY");
        directory.or_else(|| self.docker_directory().filter(|_| asked))
    }

    fn docker_directory(&self) -> Option<PathBuf> {
        let own = || self.path("HOME").map(|home| home.join(".docker"));
        self.path("DOCKER_CONFIG").or_else(own)
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(name).map(PathBuf::from)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|value| value.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(variables: &[(&str, &str)]) -> DaemonOptions {
        DaemonOptions::from_environment(&|name| {
            let found = variables.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn engines_are_found_by_their_own_variables() {
        let runtime = ("XDG_RUNTIME_DIR", "/run/user/7");
        let directory = tempfile::tempdir().unwrap();
        let home = ("HOME", directory.path().to_str().unwrap());
        for (variables, engine, expected) in [
            (
                &[runtime][..],
                Engine::Docker,
                "unix:///var/run/docker.sock unix:///run/user/7/docker.sock",
            ),
            (
                &[runtime],
                Engine::Podman,
                "unix:///run/user/7/podman/podman.sock unix:///run/podman/podman.sock",
            ),
            (&[home], Engine::Podman, "unix:///run/podman/podman.sock"),
            (&[("DOCKER_HOST", ""), home], Engine::Docker, "unix:///var/run/docker.sock"),
            (
                &[("DOCKER_HOST", "unix:///d.sock"), ("DOCKER_CONTEXT", "x")],
                Engine::Docker,
                "unix:///d.sock",
            ),
            (
                &[("DOCKER_HOST", "tcp://h"), ("DOCKER_CERT_PATH", "/c")],
                Engine::Docker,
                "tcp://h:2376",
            ),
            (
                &[("DOCKER_HOST", "tcp://h"), ("DOCKER_TLS_VERIFY", "1"), home],
                Engine::Docker,
                "tcp://h:2376",
            ),
            (&[("CONTAINER_HOST", "unix:///p.sock")], Engine::Podman, "unix:///p.sock"),
        ] {
            let addresses = options(variables).addresses(engine).unwrap();
            assert_eq!(addresses.texts().join(" "), expected, "{variables:?}");
        }
        assert!(options(&[("DOCKER_CONTEXT", "gone"), home]).addresses(Engine::Docker).is_err());
        assert!(options(&[("DOCKER_HOST", "ssh://h")]).addresses(Engine::Docker).is_err());
        let none = DaemonOptions::default().addresses(Engine::Docker).unwrap();
        assert_eq!(none.all, []);
    }

    #[test]
    fn containerd_is_asked_in_its_namespaces() {
        let usual = options(&[]);
        assert_eq!(usual.containerd().texts(), ["unix:///run/containerd/containerd.sock"]);
        assert_eq!(usual.namespaces(), ["default", "k8s.io"]);
        let named =
            options(&[("CONTAINERD_NAMESPACE", "moby"), ("CONTAINERD_ADDRESS", "unix:///c.sock")]);
        assert_eq!(
            (named.namespaces(), named.containerd().texts()),
            (vec!["moby".to_owned()], vec!["unix:///c.sock".to_owned()])
        );
        assert_eq!(
            options(&[("CONTAINERD_ADDRESS", "/c.sock")]).containerd().texts(),
            ["unix:///c.sock"]
        );
    }
}
