//! Digests that publishers state of their files.

#![expect(clippy::disallowed_methods, reason = "what was fetched lies in the directory of feeds")]

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use plimsoll_core::Digest;
use sha2::{Digest as _, Sha256, Sha512};

/// False where the file has another digest, or cannot be read.
pub(super) fn is_of(stated: &Digest, file: &Path) -> bool {
    let own = match stated {
        Digest::Sha256(_) => hashed(file, Sha256::new()).map(|hash| Digest::Sha256(hash.into())),
        Digest::Sha512(_) => hashed(file, Sha512::new()).map(|hash| Digest::Sha512(hash.into())),
    };
    own.is_ok_and(|own| own == *stated)
}

fn hashed<H: sha2::Digest>(file: &Path, mut hasher: H) -> io::Result<sha2::digest::Output<H>> {
    let mut reader = BufReader::with_capacity(128 << 10, File::open(file)?);
    loop {
        let bytes = reader.fill_buf()?;
        let count = bytes.len();
        if count == 0 {
            return Ok(hasher.finalize());
        }
        hasher.update(bytes);
        reader.consume(count);
    }
}

/// What a `FILE.sha256` states: the digest, and perhaps blanks and the file's name (CSAF 2.0, section 7.1.18).
pub(super) fn sha256_in(text: &str) -> Option<Digest> {
    format!("sha256:{}", text.split_whitespace().next()?.to_lowercase()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_digest_may_name_the_file() {
        let digest = Digest::Sha256(Sha256::digest("it").into());
        let hex = digest.hex();
        for text in
            [hex.clone(), format!("{hex}  it.tar.zst\n"), format!("{} *it", hex.to_uppercase())]
        {
            assert_eq!(sha256_in(&text), Some(digest), "{text}");
        }
        for text in ["", "<html>", &hex[1..]] {
            assert_eq!(sha256_in(text), None, "{text}");
        }
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("it");
        assert!(!is_of(&digest, &file));
        std::fs::write(&file, "it").unwrap();
        assert!(is_of(&digest, &file));
    }
}
