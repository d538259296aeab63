//! The documents of an image, as a registry hands them out.

use plimsoll_core::Digest;
use plimsoll_http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use plimsoll_http::{Answer, Request};

use super::answer::Failure;
use super::repository::Repository;
use crate::resolve::{Document, DocumentStore};
use crate::{Descriptor, OciError};

/// Everything that can stand for an image, so that the registry converts nothing. Docker's schema 1 is left out: a registry
/// that has nothing else says so, or sends it all the same.
const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

impl Repository {
    /// The document that the reference names: an index or a manifest. Its digest is computed from its bytes; where the reference
    /// or the registry names one, it must be that.
    pub(super) fn top_document(&self) -> Result<Document, OciError> {
        let reference = self.reference();
        let what = reference.to_string();
        let (head, bytes) = self.read_manifest(&reference.manifest_reference(), &what)?;
        if is_schema_one(&head.media_type) {
            // Its digest leaves its signatures out, so it would only be told as a wrong digest.
            return Err(OciError::Unsupported {
                what,
                detail: "an image manifest of Docker's schema 1".to_owned(),
            });
        }
        match reference.digest.or(head.digest) {
            Some(digest) => Document::verified(bytes, &head.media_type, &digest, &what),
            None => Ok(Document::new(bytes, &head.media_type)),
        }
    }

    fn read_manifest(&self, name: &str, what: &str) -> Result<(DocumentHead, Vec<u8>), OciError> {
        let accept = HeaderValue::from_static(MANIFEST_TYPES);
        self.read_document(&self.request(&["manifests", name])?.with(ACCEPT, accept), what)
    }

    fn read_document(
        &self,
        request: &Request,
        what: &str,
    ) -> Result<(DocumentHead, Vec<u8>), OciError> {
        let limit = self.document_bytes();
        self.with_retries(what, || {
            let answer = self.get(request, what)?;
            let head = DocumentHead::of(&answer);
            let read = answer.bytes(limit).map_err(|_| Failure::transient("the answer broke off"));
            let bytes = read?.ok_or_else(|| OciError::Malformed {
                what: what.to_owned(),
                detail: format!("it is larger than {limit} bytes"),
            })?;
            Ok((head, bytes))
        })
    }
}

impl DocumentStore for Repository {
    fn document(&self, descriptor: &Descriptor) -> Result<Vec<u8>, OciError> {
        let digest = descriptor.digest.to_string();
        let what = self.blob_name(&descriptor.digest);
        let media_type = descriptor.media_type.as_str();
        if is_manifest(media_type) {
            return self.read_manifest(&digest, &what).map(|(_, bytes)| bytes);
        }
        let read = match self.read_document(&self.request(&["blobs", &digest])?, &what) {
            // An index that does not tell what it names may name manifests, which registries keep apart from blobs.
            Err(OciError::NotFound { .. }) if media_type.is_empty() => {
                self.read_manifest(&digest, &what)
            }
            read => read,
        };
        read.map(|(_, bytes)| bytes)
    }
}

/// What an answer's headers say of its document.
struct DocumentHead {
    media_type: String,
    digest: Option<Digest>,
}

impl DocumentHead {
    fn of(answer: &Answer) -> Self {
        let media_type = answer.header(&CONTENT_TYPE).unwrap_or_default().to_owned();
        let digest = answer.header(&DOCKER_CONTENT_DIGEST);
        Self { media_type, digest: digest.and_then(|text| text.trim().parse().ok()) }
    }
}

fn is_schema_one(media_type: &str) -> bool {
    media_type.starts_with("application/vnd.docker.distribution.manifest.v1")
}

fn is_manifest(media_type: &str) -> bool {
    ["application/vnd.oci.image.index.", "application/vnd.oci.image.manifest."]
        .iter()
        .chain(&["application/vnd.docker.distribution.manifest."])
        .any(|prefix| media_type.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use plimsoll_core::{Limits, Platform};

    use plimsoll_testkit::http::{Reply, TestServer};

    use super::super::open;
    use super::super::test_image::{
        INDEX_TYPE, MANIFEST_TYPE, TestImage, descriptor, digest, missing, options,
        options_with_clock, read_layers, reference,
    };
    use super::*;
    use crate::{Image, SourceKind};

    fn open_on(server: &TestServer) -> Result<Image, OciError> {
        open(&reference(server), &options(), None, &Limits::default())
    }

    fn error_of(server: &TestServer) -> String {
        open_on(server).err().unwrap().to_string()
    }

    #[test]
    fn an_image_is_read() {
        let image = TestImage::new();
        let served = image.clone();
        let server = TestServer::start(move |request, _| served.answer(request));
        let opened = open_on(&server).unwrap();
        let manifest_digest = digest(image.manifest.as_bytes());
        assert_eq!(opened.source, SourceKind::Registry);
        assert_eq!(opened.resolved, format!("{}/a/app@{manifest_digest}", server.host()));
        assert_eq!(opened.tags, ["1"]);
        assert_eq!((opened.manifest_digest, opened.index_digest), (Some(manifest_digest), None));
        assert_eq!(opened.config_digest, digest(image.config.as_bytes()));
        assert_eq!(read_layers(&opened), image.layers);
        let received = server.received();
        assert_eq!(received.len(), 4);
        assert_eq!(received[0].target, "/v2/a/app/manifests/1");
        assert_eq!(received[0].header("accept"), Some(MANIFEST_TYPES));
        assert!(received[0].header("user-agent").unwrap().starts_with("plimsoll/"));
        assert_eq!(received[0].header("accept-encoding"), None);
    }

    #[test]
    fn a_platform_is_chosen_from_an_index() {
        let (own, other) = (TestImage::of("linux", "amd64"), TestImage::of("linux", "s390x"));
        let entry = |image: &TestImage, architecture: &str| {
            let entry = descriptor(MANIFEST_TYPE, image.manifest.as_bytes());
            let platform =
                format!(r#","platform":{{"os":"linux","architecture":"{architecture}"}}}}"#);
            entry.trim_end_matches('}').to_owned() + &platform
        };
        let index = format!(
            r#"{{"schemaVersion":2,"manifests":[{},{}]}}"#,
            entry(&own, "amd64"),
            entry(&other, "s390x")
        );
        let index_digest = digest(index.as_bytes());
        let wanted_digest = digest(other.manifest.as_bytes());
        let server = TestServer::start(move |request, _| match request.target.as_str() {
            "/v2/a/app/manifests/1" => {
                Reply::new(200, index.as_str()).header("Content-Type", INDEX_TYPE)
            }
            target if target.contains("/manifests/") && target.contains(&wanted_digest.hex()) => {
                other.answer(request)
            }
            target if target.contains("/manifests/") => own.answer(request),
            _ => other.answer(request),
        });
        let open = |platform: &str| {
            let platform: Platform = platform.parse().unwrap();
            open(&reference(&server), &options(), Some(&platform), &Limits::default())
        };
        let chosen = open("linux/s390x").unwrap();
        assert_eq!(chosen.manifest_digest, Some(wanted_digest));
        assert_eq!(chosen.index_digest, Some(index_digest));
        assert!(chosen.resolved.ends_with(&wanted_digest.to_string()));
        assert!(
            matches!(open("linux/riscv64"), Err(OciError::NoPlatform { available, .. }) if available.len() == 2)
        );
    }

    #[test]
    fn what_is_not_there_is_told_in_the_registrys_words() {
        let server = TestServer::start(|_, _| missing("MANIFEST_UNKNOWN"));
        let expected = format!(
            "find {}/a/app:1\nhint: the registry says MANIFEST_UNKNOWN: not here [2J",
            server.host()
        );
        assert_eq!(error_of(&server), expected);
        assert_eq!(server.received().len(), 1);
    }

    #[test]
    fn a_refusal_is_no_missing_image() {
        let server = TestServer::start(|_, _| {
            Reply::new(403, r#"{"errors":[{"code":"DENIED","message":"not for you"}]}"#)
        });
        let error = open_on(&server).err().unwrap();
        assert!(
            matches!(&error, OciError::Unauthorized { detail, .. } if detail.ends_with("DENIED: not for you"))
        );
    }

    #[test]
    fn a_busy_registry_is_asked_again_when_it_says() {
        let image = TestImage::new();
        let server = TestServer::start(move |request, earlier| match earlier {
            0 => Reply::new(429, "").header("Retry-After", "17"),
            1 => Reply::new(503, "").header("Retry-After", "Fri, 15 Jan 2027 08:00:40 GMT"),
            2 => Reply::new(200, "{").broken_after(0),
            _ => image.answer(request),
        });
        let (options, clock) = options_with_clock();
        assert!(open(&reference(&server), &options, None, &Limits::default()).is_ok());
        let sleeps = clock.sleeps();
        assert_eq!(sleeps[..2], [Duration::from_secs(17), Duration::from_secs(23)]);
        assert!(sleeps[2] <= Duration::from_secs(2) && sleeps.len() == 3, "{sleeps:?}");
    }

    #[test]
    fn a_registry_that_stays_down_is_named_with_its_last_words() {
        let server = TestServer::start(|_, _| {
            Reply::new(502, "upstream\r\nis down").header("Content-Type", "text/plain")
        });
        let error = error_of(&server);
        let expected = "the registry answered 502 Bad Gateway: upstream is down (tried 4 times)";
        assert!(error.ends_with(expected), "{error}");
        let server = TestServer::start(|_, _| Reply::new(429, "").header("Retry-After", "7200"));
        let error = error_of(&server);
        assert!(
            error.ends_with("too many requests; it asks to come back in 7200 seconds"),
            "{error}"
        );
        assert_eq!(server.received().len(), 1);
    }

    #[test]
    fn other_refusals_are_not_repeated() {
        for status in [400, 405, 410, 418, 501] {
            let server = TestServer::start(move |_, _| Reply::new(status, "<html>"));
            assert!(error_of(&server).contains(&format!("the registry answered {status}")));
            assert_eq!(server.received().len(), 1, "{status}");
        }
    }

    #[test]
    fn a_registry_behind_tls_tells_to_leave_out_insecure() {
        let server = TestServer::start(|_, _| {
            let body = "Client sent an HTTP request to an HTTPS server.\n";
            Reply::new(400, body).header("Content-Type", "text/plain; charset=utf-8")
        });
        assert!(error_of(&server).ends_with("hint: leave out --insecure"));
    }

    #[test]
    fn an_oversized_manifest_is_not_read() {
        let limits = Limits { document_bytes: 100, ..Limits::default() };
        for is_length_told in [true, false] {
            let server = TestServer::start(move |_, _| {
                let reply = Reply::new(200, vec![b' '; 101]).header("Content-Type", MANIFEST_TYPE);
                if is_length_told { reply } else { reply.without_length() }
            });
            let error = open(&reference(&server), &options(), None, &limits).err().unwrap();
            assert!(error.to_string().ends_with("it is larger than 100 bytes"), "{error}");
        }
    }

    #[test]
    fn a_manifest_that_is_not_its_digest_is_refused() {
        let told = digest(b"something else");
        let image = TestImage::new();
        let served = image.clone();
        let server = TestServer::start(move |_, _| {
            Reply::new(200, served.manifest.as_str())
                .header("Content-Type", MANIFEST_TYPE)
                .header("Docker-Content-Digest", told.to_string())
        });
        let expected = |error: OciError| {
            matches!(error, OciError::DigestMismatch { expected, actual, .. }
            if expected == told && actual == digest(image.manifest.as_bytes()))
        };
        assert!(expected(open_on(&server).err().unwrap()));
        let pinned = reference(&server).at(told);
        let error = open(&pinned, &options(), None, &Limits::default()).err().unwrap();
        assert!(expected(error));
    }

    #[test]
    fn a_config_that_is_not_its_digest_is_refused() {
        let image = TestImage::new();
        let server =
            TestServer::start(move |request, _| match request.target.contains("/blobs/") {
                true => Reply::new(200, r#"{"os":"linux"}"#),
                false => image.answer(request),
            });
        assert!(matches!(open_on(&server), Err(OciError::DigestMismatch { .. })));
    }

    #[test]
    fn a_manifest_of_schema_one_is_told_as_such() {
        let server = TestServer::start(|_, _| {
            Reply::new(200, r#"{"schemaVersion":1,"fsLayers":[]}"#)
                .header("Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws")
                .header("Docker-Content-Digest", digest(b"without signatures").to_string())
        });
        assert!(matches!(open_on(&server), Err(OciError::Unsupported { .. })));
    }

    #[test]
    fn manifests_are_told_from_blobs_by_their_media_type() {
        for (media_type, expected) in [
            (MANIFEST_TYPE, true),
            (INDEX_TYPE, true),
            ("application/vnd.docker.distribution.manifest.list.v2+json", true),
            ("application/vnd.oci.image.config.v1+json", false),
            ("application/octet-stream", false),
            ("", false),
        ] {
            assert_eq!(is_manifest(media_type), expected, "{media_type}");
        }
    }
}
