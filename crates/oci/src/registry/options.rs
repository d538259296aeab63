use plimsoll_http::HttpOptions;

use super::credentials::CredentialSource;

/// How a registry is spoken to.
#[derive(Clone, Debug)]
pub struct RegistryOptions {
    /// Speak HTTP without TLS. Never assumed, not even on this machine.
    pub insecure: bool,
    pub credentials: CredentialSource,
    pub http: HttpOptions,
}

impl Default for RegistryOptions {
    /// Anonymous, over TLS.
    fn default() -> Self {
        Self {
            insecure: false,
            credentials: CredentialSource::Anonymous,
            http: HttpOptions::default(),
        }
    }
}
