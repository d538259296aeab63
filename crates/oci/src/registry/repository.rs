//! Reads one repository of a registry (OCI distribution specification 1.1, "Pull").

use std::sync::Arc;
use std::time::SystemTime;

use plimsoll_core::{Digest, Limits};
use plimsoll_http::header::WWW_AUTHENTICATE;
use plimsoll_http::{Answer, HttpClient, Request, Url};

use super::RegistryOptions;
use super::answer::{Failure, Question, refusal, unsent};
use super::auth::Authenticator;
use crate::challenge;
use crate::{OciError, RegistryReference};

/// One repository, as one image's reading needs it.
pub(super) struct Repository {
    reference: RegistryReference,
    /// `https://HOST/v2/REPOSITORY/`.
    base: Url,
    options: RegistryOptions,
    client: HttpClient,
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
            options: options.clone(),
            client: HttpClient::new(options.http.clone())?,
            authenticator: Authenticator::new(reference),
            document_bytes: limits.document_bytes,
        }))
    }

    pub(super) fn reference(&self) -> &RegistryReference {
        &self.reference
    }

    pub(super) fn options(&self) -> &RegistryOptions {
        &self.options
    }

    /// Bytes of a document that are read.
    pub(super) fn document_bytes(&self) -> u64 {
        self.document_bytes
    }

    /// Asks for a blob's bytes from a position on. The answer is a success, and may yet start at 0.
    pub(super) fn blob(&self, digest: &Digest, from: u64, what: &str) -> Result<Answer, OciError> {
        let request = self.request(&["blobs", &digest.to_string()])?.starting_at(from);
        self.with_retries(what, || self.get(&request, what))
    }

    /// Tries as often as the options say.
    pub(super) fn with_retries<T>(
        &self,
        what: &str,
        attempt: impl FnMut() -> Result<T, Failure>,
    ) -> Result<T, OciError> {
        self.client.with_retries(attempt).map_err(|failure| {
            let registry = |detail| Box::new(OciError::Registry { what: what.to_owned(), detail });
            *failure.into_error(registry)
        })
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
        let grant = self.authenticator.current(self.now());
        let mut request = request.clone();
        request.authorization = grant.as_ref().map(|grant| grant.header.clone());
        let mut answer = self.send(&request, what)?;
        // What another server demands after a redirect is not ours to answer: it would be told our credentials.
        if answer.status().as_u16() == 401 && answer.at_origin {
            let headers = answer.headers().get_all(WWW_AUTHENTICATE);
            let challenges =
                challenge::parse(headers.iter().filter_map(|value| value.to_str().ok()));
            let granted = self.authenticator.answer(&challenges, grant.as_ref(), self)?;
            if let Some(granted) = granted {
                request.authorization = Some(granted.header);
                answer = self.send(&request, what)?;
            }
        }
        if answer.status().is_success() {
            return Ok(answer);
        }
        let registry = self.reference.registry.as_str();
        let (insecure, now) = (self.options.insecure, self.now());
        Err(self.explain(refusal(answer, Question { what, registry, insecure, now })))
    }

    /// Sends a request once, as it is.
    pub(super) fn send(&self, request: &Request, what: &str) -> Result<Answer, Failure> {
        self.client.send(request).map_err(|failure| failure.map(|error| unsent(&error, what)))
    }

    pub(super) fn now(&self) -> SystemTime {
        self.options.http.clock.now()
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
