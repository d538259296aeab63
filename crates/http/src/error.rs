use std::io;
use std::path::PathBuf;

/// Why a file of certificate authorities is of no use.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error("read the certificate authorities in {}", file.display())]
    Io { file: PathBuf, source: io::Error },
    #[error("read the certificate authorities in {}: there is no certificate in PEM", file.display())]
    NoCertificate { file: PathBuf },
}

/// Why a server cannot be asked, however often that is tried. No message holds more of an address than host and port.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SendError {
    #[error("TLS cannot be set up: {cause}")]
    NoTls { cause: String },
    #[error("{host} does not speak TLS")]
    PlainServer { host: String },
    #[error("no TLS connection to {host}: {cause}")]
    Refused {
        host: String,
        cause: String,
        /// Nobody who is trusted vouches for its certificate.
        is_unknown_issuer: bool,
    },
    #[error("{host} answers with {detail}")]
    Redirect { host: String, detail: &'static str },
}

impl SendError {
    /// True where it would help to trust another certificate authority.
    #[must_use]
    pub fn wants_authority(&self) -> bool {
        matches!(self, Self::NoTls { .. } | Self::Refused { is_unknown_issuer: true, .. })
    }
}
