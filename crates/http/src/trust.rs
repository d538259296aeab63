#![expect(clippy::disallowed_methods, reason = "the user names the file of certificates")]

use std::fs::File;
use std::io::Read;
use std::path::Path;

use reqwest::Certificate;

use crate::error::TrustError;

/// Bytes of a file of certificate authorities beyond which it is none.
const CA_FILE_BYTES: u64 = 16 << 20;

/// The certificate authorities in a file.
pub(crate) fn read_authorities(file: &Path) -> Result<Vec<Certificate>, TrustError> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(CA_FILE_BYTES).read_to_end(&mut bytes))
        .map_err(|source| TrustError::Io { file: file.to_owned(), source })?;
    match Certificate::from_pem_bundle(&bytes) {
        Ok(authorities) if !authorities.is_empty() => Ok(authorities),
        _ => Err(TrustError::NoCertificate { file: file.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = read_authorities(file.path()).unwrap_err();
        assert!(error.to_string().ends_with("no certificate in PEM"), "{error}");
        let gone = read_authorities(&file.path().join("gone"));
        assert!(matches!(gone, Err(TrustError::Io { .. })));
    }
}
