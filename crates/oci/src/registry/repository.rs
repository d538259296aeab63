//! Reads one repository of a registry (OCI distribution specification 1.1, "Pull").

use std::sync::Arc;

use plimsoll_core::{Digest, Limits};
use reqwest::Url;
use reqwest::header::WWW_AUTHENTICATE;

use super::RegistryOptions;
use super::answer::{Answer, Question};
use super::auth::Authenticator;
use super::retry::{Failure, with_retries};
use super::transport::{Request, Transport};
use crate::challenge;
use crate::{OciError, RegistryReference};

/// One repository, as one image's reading needs it.
pub(super) struct Repository {
    reference: RegistryReference,
    /// `https://HOST/v2/REPOSITORY/`.
    base: Url,
    transport: Transport,
    authenticator: Authenticator,
    document_bytes: u64,
}

impl Repository {
    pub(super) fn new(
        reference: &RegistryReference,
        options: &RegistryOptions,
        limits: &Limits,
    ) -> Result<Arc<Self>, OciError> {
        let scheme = if options.insecure { "http" } else { "https" };
        let (host, repository) = (reference.api_host(), &reference.repository);
        let base = Url::parse(&format!("{scheme}://{host}/v2/{repository}/")).map_err(|error| {
            OciError::Reference { text: reference.to_string(), reason: error.to_string() }
        })?;
        Ok(Arc::new(Self {
            reference: reference.clone(),
            base,
            transport: Transport::new(options.clone())?,
            authenticator: Authenticator::new(reference),
            document_bytes: limits.document_bytes,
        }))
    }

    pub(super) fn reference(&self) -> &RegistryReference {
        &self.reference
    }

    pub(super) fn options(&self) -> &RegistryOptions {
        self.transport.options()
    }

    /// Bytes of a document that are read.
    pub(super) fn document_bytes(&self) -> u64 {
        self.document_bytes
    }

    /// Asks for a blob's bytes from a position on. The answer is a success, and may yet start at 0.
    pub(super) fn blob(&self, digest: &Digest, from: u64, what: &str) -> Result<Answer, OciError> {
        let request = Request { from, ..self.request(&["blobs", &digest.to_string()])? };
        self.with_retries(what, || self.get(&request, what))
    }

    /// Tries as often as the options say.
    pub(super) fn with_retries<T>(
        &self,
        what: &str,
        attempt: impl FnMut() -> Result<T, Failure>,
    ) -> Result<T, OciError> {
        let options = self.options();
        with_retries(&options.retry, options.clock.as_ref(), what, attempt)
    }

    /// A request for what lies at a path below the repository.
    pub(super) fn request(&self, path: &[&str]) -> Result<Request, OciError> {
        // The dot keeps the colon of a digest from being taken for a scheme.
        let url = self.base.join(&format!("./{}", path.join("/"))).map_err(|error| {
            OciError::Reference { text: self.reference.to_string(), reason: error.to_string() }
        })?;
        Ok(Request::get(url))
    }

    /// How a blob is named in errors.
    pub(super) fn blob_name(&self, digest: &Digest) -> String {
        let RegistryReference { registry, repository, .. } = &self.reference;
        format!("{registry}/{repository}@{digest}")
    }

    /// Sends a request once, and once more where the registry first wants to know who asks.
    pub(super) fn get(&self, request: &Request, what: &str) -> Result<Answer, Failure> {
        let options = self.options();
        let grant = self.authenticator.current(options.clock.now());
        let mut request = request.clone();
        request.authorization = grant.as_ref().map(|grant| grant.header.clone());
        let mut answer = self.transport.send(&request, what)?;
        // What another server demands after a redirect is not ours to answer: it would be told our credentials.
        if answer.response.status().as_u16() == 401 && answer.at_origin {
            let headers = answer.response.headers().get_all(WWW_AUTHENTICATE);
            let challenges =
                challenge::parse(headers.iter().filter_map(|value| value.to_str().ok()));
            let granted =
                self.authenticator.answer(&challenges, grant.as_ref(), &self.transport)?;
            if let Some(granted) = granted {
                request.authorization = Some(granted.header);
                answer = self.transport.send(&request, what)?;
            }
        }
        if answer.response.status().is_success() {
            return Ok(answer);
        }
        let registry = self.reference.registry.as_str();
        let (insecure, now) = (options.insecure, options.clock.now());
        Err(self.explain(answer.into_failure(Question { what, registry, insecure, now })))
    }

    /// Adds to a refusal that there was nothing to be let in by.
    fn explain(&self, failure: Failure) -> Failure {
        let Failure::Final(error) = failure else { return failure };
        match (*error, self.authenticator.lack_of_credentials()) {
            (OciError::Unauthorized { registry, detail }, Some(lack)) => {
                OciError::Unauthorized { registry, detail: format!("{detail}; {lack}") }.into()
            }
            (error, _) => error.into(),
        }
    }
}
