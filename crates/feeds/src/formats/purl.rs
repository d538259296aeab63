//! Package URLs of documents that name millions of them: taken apart in place, and decoded only where something is encoded. The rules are
//! those of the purl specification (package-url/purl-spec), as far as feeds rely on them.

use std::borrow::Cow;

/// A package URL, each part as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Purl<'a> {
    /// The type: `rpm`, `oci`, `maven`.
    pub(crate) kind: &'a str,
    name: &'a str,
    version: &'a str,
    qualifiers: &'a str,
}

impl<'a> Purl<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (kind, rest) = text.strip_prefix("pkg:")?.trim_start_matches('/').split_once('/')?;
        let rest = rest.split('#').next().unwrap_or(rest);
        let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        // An @ in the namespace belongs to no version.
        let name_at = rest.rfind('/').map_or(0, |slash| slash + 1);
        let last = rest.get(name_at..)?;
        let (name, version) = last.split_once('@').unwrap_or((last, ""));
        (!name.is_empty()).then_some(Self { kind, name, version, qualifiers })
    }

    pub(crate) fn name(&self) -> Cow<'a, str> {
        decoded(self.name)
    }

    /// Empty where it has none.
    pub(crate) fn version(&self) -> Cow<'a, str> {
        decoded(self.version)
    }

    pub(crate) fn qualifier(&self, key: &str) -> Option<Cow<'a, str>> {
        let pairs = self.qualifiers.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(own, _)| *own == key).map(|(_, value)| decoded(value)).next()
    }
}

/// Text without percent-encoding; as it stands where what it encodes is no text.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let encoded = after.get(..2).filter(|_| first == b'%');
        let byte = encoded
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_and_decoded() {
        for (text, kind, name, version, arch) in [
            (
                "pkg:rpm/redhat/bash@5.1-1.el9?arch=x86_64&epoch=1",
                "rpm",
                "bash",
                "5.1-1.el9",
                "x86_64",
            ),
            (
                "pkg:rpm/redhat/libstdc%2B%2B@8-1.module%2bel8?arch=src",
                "rpm",
                "libstdc++",
                "8-1.module+el8",
                "src",
            ),
            ("pkg:rpm/redhat/libstdc++?arch=src", "rpm", "libstdc++", "", "src"),
            ("pkg:oci/a%zz@sha256:aa_amd64#sub", "oci", "a%zz", "sha256:aa_amd64", ""),
            ("pkg:npm/%40scope/name%ff", "npm", "name%ff", "", ""),
        ] {
            let purl = Purl::parse(text).unwrap();
            let parts = (purl.kind, purl.name(), purl.version());
            assert_eq!(parts, (kind, name.into(), version.into()), "{text}");
            assert_eq!(purl.qualifier("arch").unwrap_or_default(), arch, "{text}");
        }
        for text in ["", "pkg:rpm", "pkg:rpm/", "pkg:rpm/a/", "rpm/a/b", "pkg:rpm/@1"] {
            assert_eq!(Purl::parse(text), None, "{text}");
        }
    }
}
