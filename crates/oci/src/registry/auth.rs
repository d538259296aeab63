//! Being let in: basic credentials, and the distribution project's token authentication (its `auth/token` and `auth/oauth`
//! pages).

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use plimsoll_http::Url;
use plimsoll_http::header::HeaderValue;

use super::answer::{Failure, Question, refusal};
use super::credentials::{CredentialSource, Credentials};
use super::repository::Repository;
use super::token::{Token, basic, token_request};
use crate::challenge::{Challenge, TokenService};
use crate::{OciError, RegistryReference};

/// Bytes of a token service's answer; a larger one holds no token. Tokens with many claims have some ten thousand.
const TOKEN_BYTES: u64 = 1 << 20;

/// What goes into the `Authorization` header, for as long as it is worth anything.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) header: HeaderValue,
    expires: Option<SystemTime>,
    /// Tells a grant from the one that followed it.
    serial: u64,
}

/// What a registry granted for one repository, which is one scope, and what is needed to be granted it anew.
pub(super) struct Authenticator {
    reference: RegistryReference,
    credentials: OnceLock<Result<Option<Credentials>, String>>,
    granted: Mutex<Option<Grant>>,
}

impl Grant {
    fn is_valid(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}

impl Authenticator {
    pub(super) fn new(reference: &RegistryReference) -> Self {
        let (credentials, granted) = (OnceLock::new(), Mutex::default());
        Self { reference: reference.clone(), credentials, granted }
    }

    /// What a request for the repository may be sent with from the start.
    pub(super) fn current(&self, now: SystemTime) -> Option<Grant> {
        let granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        granted.clone().filter(|grant| grant.is_valid(now))
    }

    /// Answers a challenge to a request that was sent with `used`. `None` where there is nothing to offer.
    ///
    /// Threads that are challenged at the same time wait for one of them to be granted a token, and share it.
    pub(super) fn answer(
        &self,
        challenges: &[Challenge],
        used: Option<&Grant>,
        repository: &Repository,
    ) -> Result<Option<Grant>, Failure> {
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        let last = granted.as_ref().map_or(0, |grant| grant.serial);
        if let Some(newer) = granted.as_ref()
            && used.is_none_or(|used| used.serial != newer.serial)
            && newer.is_valid(repository.now())
        {
            return Ok(Some(newer.clone()));
        }
        let credentials = self.credentials(&repository.options().credentials);
        let bearer = challenges.iter().find_map(|challenge| match challenge {
            Challenge::Bearer(service) => Some(service),
            Challenge::Basic => None,
        });
        let (header, expires) = match (bearer, credentials) {
            (Some(service), credentials) => {
                let token = self.fetch_token(service, credentials, repository)?;
                (token.header, Some(token.expires))
            }
            // Credentials that were refused once are not sent a second time.
            (None, Some(Credentials::UserPassword { user, password }))
                if used.is_none() && challenges.contains(&Challenge::Basic) =>
            {
                (basic(user, password.reveal()), None)
            }
            _ => return Ok(None),
        };
        *granted = Some(Grant { header, expires, serial: last.wrapping_add(1) });
        Ok(granted.clone())
    }

    /// Why there are no credentials, where there are none.
    pub(super) fn lack_of_credentials(&self) -> Option<String> {
        match self.credentials.get()? {
            Ok(Some(_)) => None,
            Ok(None) => {
                Some("no credentials were found, or there is no such repository".to_owned())
            }
            Err(reason) => Some(format!("credentials could not be read: {reason}")),
        }
    }

    fn credentials(&self, source: &CredentialSource) -> Option<&Credentials> {
        let found = self.credentials.get_or_init(|| {
            let RegistryReference { registry, repository, .. } = &self.reference;
            source.find(registry, repository)
        });
        // A public image needs none, so what is wrong is told only when the registry refuses.
        found.as_ref().ok().and_then(Option::as_ref)
    }

    fn scope(&self) -> String {
        format!("repository:{}:pull", self.reference.repository)
    }

    fn fetch_token(
        &self,
        service: &TokenService,
        credentials: Option<&Credentials>,
        repository: &Repository,
    ) -> Result<Token, Failure> {
        let RegistryReference { registry, .. } = &self.reference;
        let what = format!("a token for {registry}/{}", self.reference.repository);
        let options = repository.options();
        let malformed =
            |detail: &str| OciError::Malformed { what: what.clone(), detail: detail.to_owned() };
        let realm = Url::parse(&service.realm)
            .map_err(|_| malformed("the address of the token service is none"))?;
        if realm.scheme() != "https" && !(options.insecure && realm.scheme() == "http") {
            return Err(malformed("the token service is not spoken to with TLS").into());
        }
        let request = token_request(realm, service, &self.scope(), credentials);
        let answer = repository.send(&request, &what)?;
        let now = repository.now();
        let status = answer.status();
        if !status.is_success() {
            let insecure = options.insecure;
            let question = Question { what: &what, registry, insecure, now };
            return Err(match refusal(answer, question) {
                // An address that does not answer is the registry's fault, not a missing image.
                Failure::Final(error) if matches!(*error, OciError::NotFound { .. }) => {
                    let detail = format!("the token service answered {status}");
                    OciError::Registry { what, detail }.into()
                }
                failure => failure,
            });
        }
        let bytes = answer
            .bytes(TOKEN_BYTES)
            .map_err(|_| Failure::transient("the token service's answer broke off"))?
            .unwrap_or_default();
        Token::parse(&bytes, now)
            .ok_or_else(|| malformed("the token service's answer holds no token").into())
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
mod tests {
    use std::time::Duration;

    use plimsoll_core::Limits;
    use plimsoll_http::Clock;
    use plimsoll_testkit::http::{Received, Reply, TestServer};

    use super::super::test_image::{
        TestImage, options, options_with_clock, read_layers, reference,
    };
    use super::super::{CredentialSource, RegistryOptions, Secret, open};
    use super::*;

    fn known(user: &str, password: &str) -> CredentialSource {
        let password = Secret::new(password);
        CredentialSource::Explicit(Credentials::UserPassword { user: user.to_owned(), password })
    }

    fn open_all(server: &TestServer, options: &RegistryOptions) -> Result<usize, String> {
        let image = open(&reference(server), options, None, &Limits::default());
        image.map(|image| read_layers(&image).len()).map_err(|error| error.to_string())
    }

    /// Lets in who bears one of the tokens, and says where they are to be had.
    fn guarded(
        tokens: &'static [&'static str],
        realm: String,
    ) -> impl Fn(&Received, usize) -> Reply {
        let image = TestImage::new();
        move |request, _| {
            let bears =
                |token: &&str| request.header("authorization") == Some(&format!("Bearer {token}"));
            if tokens.iter().any(bears) {
                return image.answer(request);
            }
            let challenge = format!(
                r#"Bearer realm="{realm}",service="here",scope="repository:a/app:pull,x",error="invalid_token""#
            );
            Reply::new(
                401,
                r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#,
            )
            .header("WWW-Authenticate", r#"Negotiate"#)
            .header("WWW-Authenticate", challenge)
        }
    }

    #[test]
    fn a_token_is_fetched_once_and_borne_by_every_request() {
        let tokens =
            TestServer::start(|_, _| Reply::new(200, r#"{"token":"one","expires_in":300}"#));
        let realm = format!("http://{}/token?x=1", tokens.host());
        let server = TestServer::start(guarded(&["one"], realm));
        let options = RegistryOptions { credentials: known("u", "p"), ..options() };
        assert_eq!(open_all(&server, &options), Ok(2));
        let asked = tokens.received();
        assert_eq!(asked.len(), 1);
        assert_eq!(
            asked[0].target,
            "/token?x=1&service=here&scope=repository%3Aa%2Fapp%3Apull%2Cx"
        );
        assert_eq!(asked[0].header("authorization"), Some("Basic dTpw"));
        let received = server.received();
        assert_eq!(received[0].header("authorization"), None);
        for request in &received[1..] {
            assert_eq!(request.header("authorization"), Some("Bearer one"), "{}", request.target);
        }
        assert_eq!(received.len(), 5);
    }

    #[test]
    fn a_public_image_is_given_a_token_without_credentials() {
        let tokens = TestServer::start(|_, _| Reply::new(200, r#"{"access_token":"one"}"#));
        let realm = format!("http://{}/", tokens.host());
        let server = TestServer::start(guarded(&["one"], realm));
        assert_eq!(open_all(&server, &options()), Ok(2));
        assert_eq!(tokens.received()[0].header("authorization"), None);
    }

    #[test]
    fn a_token_that_has_run_out_is_renewed_once_for_all_threads() {
        let tokens = TestServer::start(|_, earlier| {
            let token = ["one", "two"].get(earlier).copied().unwrap_or("many");
            Reply::new(200, format!(r#"{{"token":"{token}","expires_in":100}}"#))
        });
        let server =
            TestServer::start(guarded(&["one", "two"], format!("http://{}/", tokens.host())));
        let (options, clock) = options_with_clock();
        let image = open(&reference(&server), &options, None, &Limits::default()).unwrap();
        clock.sleep(Duration::from_secs(95));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(read_layers(&image).len(), 2));
            }
        });
        assert_eq!(tokens.received().len(), 2);
    }

    #[test]
    fn a_token_that_is_refused_is_renewed_once() {
        let tokens =
            TestServer::start(|_, earlier| Reply::new(200, format!(r#"{{"token":"t{earlier}"}}"#)));
        let server = TestServer::start(guarded(&[], format!("http://{}/", tokens.host())));
        let error = open_all(&server, &options()).unwrap_err();
        assert!(error.contains("UNAUTHORIZED: authentication required"), "{error}");
        assert!(error.contains("no credentials were found"), "{error}");
        assert!(error.contains("hint: docker login"), "{error}");
        assert_eq!((server.received().len(), tokens.received().len()), (2, 1));
    }

    #[test]
    fn an_identity_token_is_posted() {
        let tokens = TestServer::start(|_, _| Reply::new(200, r#"{"access_token":"one"}"#));
        let realm = format!("http://{}/oauth2/token", tokens.host());
        let server = TestServer::start(guarded(&["one"], realm));
        let identity = Credentials::IdentityToken(Secret::new("refresh"));
        let credentials = CredentialSource::Explicit(identity);
        assert_eq!(open_all(&server, &RegistryOptions { credentials, ..options() }), Ok(2));
        let asked = &tokens.received()[0];
        assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/oauth2/token"));
        assert!(asked.body.ends_with("&refresh_token=refresh"), "{}", asked.body);
    }

    #[test]
    fn wrong_credentials_are_told_as_such_and_never_shown() {
        let tokens =
            TestServer::start(|_, _| Reply::new(401, r#"{"details":"incorrect password"}"#));
        let server = TestServer::start(guarded(&[], format!("http://{}/", tokens.host())));
        let options = RegistryOptions { credentials: known("u", "hunter2"), ..options() };
        let error = open_all(&server, &options).unwrap_err();
        assert!(error.contains("incorrect password") && !error.contains("hunter2"), "{error}");
        assert!(!format!("{options:?}").contains("hunter2"));
        assert_eq!(tokens.received().len(), 1);
    }

    #[test]
    fn basic_credentials_are_sent_when_they_are_asked_for() {
        let image = TestImage::new();
        let server = TestServer::start(move |request, _| match request.header("authorization") {
            Some("Basic dTpw") => image.answer(request),
            _ => Reply::new(401, "").header("WWW-Authenticate", "Basic realm=\"a, b\""),
        });
        let right = RegistryOptions { credentials: known("u", "p"), ..options() };
        assert_eq!(open_all(&server, &right), Ok(2));
        assert_eq!(server.received().len(), 5);
        let wrong = RegistryOptions { credentials: known("u", "q"), ..options() };
        let error = open_all(&server, &wrong).unwrap_err();
        assert!(error.starts_with("be let in by 127.0.0.1:"), "{error}");
        assert_eq!(server.received().len(), 7);
    }

    #[test]
    fn a_server_behind_a_redirect_cannot_ask_for_the_credentials() {
        let thief = TestServer::start(|_, _| {
            Reply::new(401, "").header("WWW-Authenticate", "Basic realm=x")
        });
        let target = format!("http://{}/", thief.host());
        let server =
            TestServer::start(move |_, _| Reply::new(302, "").header("Location", target.clone()));
        let options = RegistryOptions { credentials: known("u", "p"), ..options() };
        let error = open_all(&server, &options).unwrap_err();
        assert!(error.contains("the server that it points to answered 401"), "{error}");
        assert_eq!(thief.received().len(), 1);
        assert_eq!(thief.received()[0].header("authorization"), None);
    }

    #[test]
    fn a_token_service_without_tls_is_refused() {
        let tokens = TestServer::start(|_, _| Reply::new(200, r#"{"token":"one"}"#));
        let realm = format!("http://{}/", tokens.host());
        let service = TokenService { realm, service: None, scope: None };
        let reference = "example.com/a".parse().unwrap();
        let (options, limits) = (RegistryOptions::default(), Limits::default());
        let repository = Repository::new(&reference, &options, &limits).unwrap();
        let challenges = [Challenge::Bearer(service)];
        let refused = Authenticator::new(&reference).answer(&challenges, None, &repository);
        let Err(Failure::Final(error)) = refused else { panic!("let in") };
        assert!(matches!(*error, OciError::Malformed { .. }));
        assert!(tokens.received().is_empty());
    }

    #[test]
    fn a_broken_credential_file_is_told_only_when_the_registry_refuses() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.json");
        std::fs::write(&file, "{").unwrap();
        let credentials = CredentialSource::ConfigFiles(vec![file]);
        let options = RegistryOptions { credentials, ..options() };
        let image = TestImage::new();
        let public = TestServer::start(move |request, _| image.answer(request));
        assert_eq!(open_all(&public, &options), Ok(2));
        let tokens = TestServer::start(|_, _| Reply::new(200, r#"{"token":"one"}"#));
        let private = TestServer::start(guarded(&[], format!("http://{}/", tokens.host())));
        let error = open_all(&private, &options).unwrap_err();
        assert!(error.contains("credentials could not be read: "), "{error}");
    }
}
