use std::fmt;
use std::path::{Path, PathBuf};

/// Where an engine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Unix(PathBuf),
    Tcp {
        /// Host and port.
        host: String,
        /// The directory of `ca.pem`, `cert.pem` and `key.pem`, where TLS is spoken.
        tls: Option<PathBuf>,
    },
}

/// The addresses of one engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Addresses {
    pub(super) all: Vec<Address>,
    /// The environment or a context names it, so that it has to be there.
    pub(super) is_named: bool,
}

impl Address {
    /// Reads what `DOCKER_HOST` holds. `tls` is spoken over TCP only.
    pub(super) fn parse(text: &str, tls: Option<PathBuf>) -> Result<Self, String> {
        match text.split_once("://") {
            Some(("unix", path)) if Path::new(path).is_absolute() => Ok(Self::Unix(path.into())),
            Some(("tcp", host)) if !host.is_empty() => {
                let host = host.trim_end_matches('/');
                // Docker's own defaults.
                let port = if tls.is_some() { 2376 } else { 2375 };
                let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
                let host = if has_port { host.to_owned() } else { format!("{host}:{port}") };
                Ok(Self::Tcp { host, tls })
            }
            Some(("ssh", _)) => Err(format!(
                "`{text}` is reached over SSH, which is not supported\nhint: docker save NAME | plimsoll scan -"
            )),
            _ => Err(format!("`{text}` is neither unix:///PATH nor tcp://HOST:PORT")),
        }
    }

    /// False where there is certainly nothing.
    pub(super) fn may_be_there(&self) -> bool {
        match self {
            Self::Unix(path) => path.exists(),
            Self::Tcp { .. } => true,
        }
    }
}

impl Addresses {
    pub(super) fn named(address: Address) -> Self {
        Self { all: vec![address], is_named: true }
    }

    pub(super) fn usual(sockets: Vec<PathBuf>) -> Self {
        Self { all: sockets.into_iter().map(Address::Unix).collect(), is_named: false }
    }

    /// Those that are worth asking.
    pub(super) fn present(&self) -> impl Iterator<Item = &Address> {
        self.all.iter().filter(|address| self.is_named || address.may_be_there())
    }

    pub(super) fn texts(&self) -> Vec<String> {
        self.all.iter().map(ToString::to_string).collect()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, .. } => write!(f, "tcp://{host}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_docker_does() {
        let tls = || Some(PathBuf::from("/certs"));
        for (text, tls, expected) in [
            ("unix:///run/docker.sock", None, Some("unix:///run/docker.sock")),
            ("unix:///run/docker.sock", tls(), Some("unix:///run/docker.sock")),
            ("tcp://10.0.0.1:2375", None, Some("tcp://10.0.0.1:2375")),
            ("tcp://build.example.com", None, Some("tcp://build.example.com:2375")),
            ("tcp://build.example.com/", tls(), Some("tcp://build.example.com:2376")),
            ("tcp://[::1]", None, Some("tcp://[::1]:2375")),
            ("tcp://[::1]:1", None, Some("tcp://[::1]:1")),
            ("unix://relative.sock", None, None),
            ("tcp://", None, None),
            ("ssh://user@host", None, None),
            ("npipe:////./pipe/docker_engine", None, None),
            ("/run/docker.sock", None, None),
            ("", None, None),
        ] {
            let address = Address::parse(text, tls).ok().map(|address| address.to_string());
            assert_eq!(address.as_deref(), expected, "{text}");
        }
    }
}
