//! The `WWW-Authenticate` header (RFC 9110, section 11.6.1): what a registry wants to see before it answers.

/// One way to be let in that a registry offers. Schemes other than these two are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// User and password with every request.
    Basic,
    /// A token from a service that the registry names (the distribution project's token authentication).
    Bearer(TokenService),
}

/// Where a token is to be had, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenService {
    /// The service's address, as the registry wrote it.
    pub realm: String,
    pub service: Option<String>,
    pub scope: Option<String>,
}

/// Challenges of one answer beyond which the rest is not read: registries send one or two.
const MOST_CHALLENGES: usize = 16;

/// Reads the values of all `WWW-Authenticate` headers of one answer, leniently: what cannot be understood is left out.
#[must_use]
pub fn parse<'a>(headers: impl IntoIterator<Item = &'a str>) -> Vec<Challenge> {
    let mut challenges = Vec::new();
    for header in headers {
        let mut rest = Cursor { text: header };
        while challenges.len() < MOST_CHALLENGES {
            let Some(challenge) = rest.challenge() else { break };
            challenges.extend(challenge);
        }
    }
    challenges
}

/// What is left of a header's value.
struct Cursor<'a> {
    text: &'a str,
}

impl<'a> Cursor<'a> {
    /// The next challenge; `Some(None)` for one of a scheme that is not spoken here, `None` at the end.
    fn challenge(&mut self) -> Option<Option<Challenge>> {
        self.skip(|character| character == ',' || character.is_whitespace());
        let scheme = self.token();
        if scheme.is_empty() {
            return None;
        }
        let (mut realm, mut service, mut scope) = (None, None, None);
        while let Some((name, value)) = self.parameter() {
            match name.to_ascii_lowercase().as_str() {
                "realm" => realm = Some(value),
                "service" => service = Some(value).filter(|value| !value.is_empty()),
                "scope" => scope = Some(value).filter(|value| !value.is_empty()),
                _ => {}
            }
        }
        Some(match (scheme.to_ascii_lowercase().as_str(), realm) {
            ("basic", _) => Some(Challenge::Basic),
            ("bearer", Some(realm)) => {
                Some(Challenge::Bearer(TokenService { realm, service, scope }))
            }
            _ => None,
        })
    }

    /// The next `name=value` of the challenge at hand; `None` where the next challenge begins, or nothing follows.
    fn parameter(&mut self) -> Option<(&'a str, String)> {
        let mut ahead = Cursor { text: self.text };
        ahead.skip(|character| character == ',' || character.is_whitespace());
        let name = ahead.token();
        ahead.skip(char::is_whitespace);
        ahead.text = ahead.text.strip_prefix('=')?;
        ahead.skip(char::is_whitespace);
        let value = match ahead.text.strip_prefix('"') {
            Some(quoted) => {
                ahead.text = quoted;
                ahead.quoted()
            }
            None => ahead
                .take_while(|character| character != ',' && !character.is_whitespace())
                .to_owned(),
        };
        self.text = ahead.text;
        (!name.is_empty()).then_some((name, value))
    }

    /// The rest of a quoted string, its escapes resolved. One that does not end takes all that is left.
    fn quoted(&mut self) -> String {
        let mut value = String::new();
        let mut characters = self.text.chars();
        while let Some(character) = characters.next() {
            match character {
                '"' => break,
                '\\' => value.extend(characters.next()),
                _ => value.push(character),
            }
        }
        self.text = characters.as_str();
        value
    }

    fn token(&mut self) -> &'a str {
        self.take_while(|character| {
            !matches!(character, ',' | '=' | '"') && !character.is_whitespace()
        })
    }

    fn skip(&mut self, unwanted: impl Fn(char) -> bool) {
        self.text = self.text.trim_start_matches(unwanted);
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.text.find(|character| !wanted(character)).unwrap_or(self.text.len());
        let (taken, rest) = self.text.split_at(end);
        self.text = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bearer(realm: &str, service: &str, scope: &str) -> Challenge {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Challenge::Bearer(TokenService {
            realm: realm.to_owned(),
            service: some(service),
            scope: some(scope),
        })
    }

    #[test]
    fn challenges_of_real_registries_are_read() {
        let realm = "https://auth.example.com/token";
        for (headers, expected) in [
            (vec![r#"Basic realm="Registry""#], vec![Challenge::Basic]),
            (vec!["basic"], vec![Challenge::Basic]),
            (
                vec![
                    r#"Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:a/b:pull,push""#,
                ],
                vec![bearer(realm, "registry.example.com", "repository:a/b:pull,push")],
            ),
            (
                vec![r#"bearer  realm = "https://auth.example.com/token" , error="invalid_token""#],
                vec![bearer(realm, "", "")],
            ),
            (
                vec![r#"Bearer realm=https://auth.example.com/token,service=s"#],
                vec![bearer(realm, "s", "")],
            ),
            (
                vec![
                    r#"Negotiate, Basic realm="a, Bearer", Bearer realm="https://auth.example.com/token""#,
                ],
                vec![Challenge::Basic, bearer(realm, "", "")],
            ),
            (
                vec![
                    r#"Basic realm="x""#,
                    r#"Bearer service="s",realm="https://auth.example.com/token""#,
                ],
                vec![Challenge::Basic, bearer(realm, "s", "")],
            ),
            (vec![r#"Bearer realm="a\"b",service="s""#], vec![bearer("a\"b", "s", "")]),
            (
                vec![r#"Bearer realm="never ends, service="#],
                vec![bearer("never ends, service=", "", "")],
            ),
            (vec![r#"Bearer service="s""#, "Digest realm=x", "", ",,", "=", "\"", "= ="], vec![]),
        ] {
            assert_eq!(parse(headers.iter().copied()), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_header_of_a_thousand_challenges_is_cut_short() {
        let header = "Basic,".repeat(1_000);
        assert_eq!(parse([header.as_str()]).len(), MOST_CHALLENGES);
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_ends(header in "(Bearer|Basic|realm|[=,\" \\\\a-z]|\\PC){0,60}") {
            let _ = parse([header.as_str()]);
        }
    }
}
