//! Asking a token service for a token, and reading what it answers.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plimsoll_http::header::HeaderValue;
use plimsoll_http::{Request, Url};
use serde::Deserialize;

use super::credentials::Credentials;
use crate::challenge::TokenService;

/// How long a token lives whose service does not say (token specification, `expires_in`).
const DEFAULT_LIFETIME: u64 = 60;
/// No token is trusted to live longer than this many seconds: a year.
const LONGEST_LIFETIME: u64 = 366 * 86_400;

/// Asks for a token: with an identity token as OAuth 2 wants it, else as Docker's clients always did.
pub(super) fn token_request(
    mut realm: Url,
    service: &TokenService,
    default_scope: &str,
    credentials: Option<&Credentials>,
) -> Request {
    let mut pairs = Vec::new();
    pairs.extend(service.service.as_deref().map(|name| ("service", name)));
    pairs.push(("scope", service.scope.as_deref().unwrap_or(default_scope)));
    if let Some(Credentials::IdentityToken(token)) = credentials {
        pairs.push(("grant_type", "refresh_token"));
        pairs.push(("client_id", "plimsoll"));
        pairs.push(("refresh_token", token.reveal()));
        let mut form = realm.clone();
        form.query_pairs_mut().clear().extend_pairs(pairs);
        let form = form.query().unwrap_or_default().to_owned();
        return Request::post(realm, form);
    }
    realm.query_pairs_mut().extend_pairs(pairs);
    let authorization = match credentials {
        Some(Credentials::UserPassword { user, password }) => Some(basic(user, password.reveal())),
        _ => None,
    };
    Request { authorization, ..Request::get(realm) }
}

pub(super) fn basic(user: &str, password: &str) -> HeaderValue {
    let text = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    // Base64 holds nothing that a header could not.
    sensitive(&text).unwrap_or_else(|| HeaderValue::from_static(""))
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A token, and until when it is worth being sent.
pub(super) struct Token {
    pub(super) header: HeaderValue,
    pub(super) expires: SystemTime,
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
}

impl Token {
    /// Reads a token service's answer; `None` where it holds no token.
    pub(super) fn parse(bytes: &[u8], now: SystemTime) -> Option<Self> {
        let answer: TokenAnswer = serde_json::from_slice(bytes).ok()?;
        let given = |token: &String| !token.is_empty();
        let token = answer.token.filter(given).or(answer.access_token.filter(given))?;
        let lifetime = answer.expires_in.and_then(|value| value.as_u64());
        let lifetime = lifetime.unwrap_or(DEFAULT_LIFETIME).min(LONGEST_LIFETIME);
        // A tenth is left for clocks that differ and requests that are under way.
        let expires = now + Duration::from_secs(lifetime - lifetime / 10);
        Some(Self { header: sensitive(&format!("Bearer {token}"))?, expires })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Secret;
    use super::*;

    fn service(scope: Option<&str>) -> TokenService {
        TokenService {
            realm: "https://auth.example.com/token?x=1".to_owned(),
            service: Some("registry.example.com".to_owned()),
            scope: scope.map(str::to_owned),
        }
    }

    fn request(service: &TokenService, credentials: Option<&Credentials>) -> Request {
        let realm = Url::parse(&service.realm).unwrap();
        token_request(realm, service, "repository:a/b:pull", credentials)
    }

    #[test]
    fn tokens_are_asked_for_with_what_there_is() {
        let anonymous = request(&service(Some("repository:c:pull,push")), None);
        assert_eq!(
            anonymous.url.as_str(),
            "https://auth.example.com/token?x=1&service=registry.example.com&scope=repository%3Ac%3Apull%2Cpush"
        );
        assert!(anonymous.authorization.is_none() && anonymous.form.is_none());

        let password = Secret::new("open sesame");
        let known = Credentials::UserPassword { user: "Aladdin".to_owned(), password };
        let basic = request(&service(None), Some(&known));
        assert_eq!(basic.authorization.unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(basic.url.as_str().ends_with("&scope=repository%3Aa%2Fb%3Apull"));

        let identity = Credentials::IdentityToken(Secret::new("a&b"));
        let posted = request(&service(None), Some(&identity));
        assert_eq!(posted.url.as_str(), "https://auth.example.com/token?x=1");
        assert_eq!(
            posted.form.unwrap(),
            "service=registry.example.com&scope=repository%3Aa%2Fb%3Apull&grant_type=refresh_token&client_id=plimsoll&refresh_token=a%26b"
        );
        assert!(posted.authorization.is_none());
    }

    #[test]
    fn answers_of_token_services_are_read() {
        for (body, expected) in [
            (
                r#"{"token":"t","expires_in":300,"issued_at":"2020-01-01T00:00:00Z"}"#,
                Some(("Bearer t", 270)),
            ),
            (r#"{"access_token":"a"}"#, Some(("Bearer a", 54))),
            (r#"{"token":"","access_token":"a","expires_in":"soon"}"#, Some(("Bearer a", 54))),
            (r#"{"token":"t","expires_in":18446744073709551615}"#, Some(("Bearer t", 28_460_160))),
            (r#"{"token":"t\r\nX: y"}"#, None),
            (r#"{"token":""}"#, None),
            ("{}", None),
            ("", None),
        ] {
            let token = Token::parse(body.as_bytes(), SystemTime::UNIX_EPOCH);
            let read = token.as_ref().map(|token| {
                let lives = token.expires.duration_since(SystemTime::UNIX_EPOCH).unwrap();
                (token.header.to_str().unwrap(), lives.as_secs())
            });
            assert_eq!(read, expected, "{body}");
            if let Some(token) = token {
                assert!(!format!("{:?}", token.header).contains("Bearer"));
            }
        }
    }
}
