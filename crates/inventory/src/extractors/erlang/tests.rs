use plimsoll_core::{Limits, ProblemKind};
use plimsoll_testkit::jar;
use proptest::prelude::*;

use super::*;

const RELEASED: &str = "app/lib/cowboy-2.8.0/ebin/cowboy.app";

fn run(path: &str, content: &[u8]) -> Extraction {
    let path = ImagePath::new(path);
    let content = content.to_vec();
    extract(&WantedFile::whole(&path, &content, &Limits::default()))
}

fn found(path: &str, content: &str) -> Option<(String, String, String)> {
    let extraction = run(path, content.as_bytes());
    assert_eq!(extraction.problems, [], "{path}");
    let package = extraction.packages().next()?;
    Some((package.kind.clone(), package.name.clone(), package.version.clone()))
}

fn app(name: &str, version: &str) -> String {
    format!(
        "%% made by hand\n{{application,{name},[{{description,\"\"}},{{vsn,\"{version}\"}},{{modules,[]}}]}}.\n"
    )
}

#[test]
fn names_and_places_decide_what_is_wanted() {
    for (path, prefix, expected) in [
        ("usr/lib/erlang/releases/25/OTP_VERSION", &b"25.2"[..], true),
        ("src/otp/OTP_VERSION", b"25.2", false),
        (RELEASED, b"{app", true),
        ("app/lib/cowboy/src/cowboy.app", b"{app", false),
        ("opt/rabbitmq/plugins/a-1.ez", b"PK\x03\x04", true),
        ("opt/rabbitmq/plugins/a-1.ez", b"text", false),
        ("app/deps/phoenix/hex_metadata.config", b"{<<", true),
    ] {
        let path = ImagePath::new(path);
        let candidate = Candidate { path: &path, mode: 0o644, size: 9, prefix };
        assert_eq!(wants(&candidate), expected, "{path}");
    }
}

#[test]
fn the_runtime_is_the_release_that_the_file_names() {
    for (content, version) in [("25.2.3\n", "25.2.3"), ("27.0**\n", "27.0")] {
        let extraction = run("usr/local/lib/erlang/releases/27/OTP_VERSION", content.as_bytes());
        let package = extraction.packages().next().unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("erlang", version));
        let cpe = format!("cpe:2.3:a:erlang:erlang\\/otp:{version}:*:*:*:*:*:*:*");
        assert_eq!(package.cpes, [cpe]);
    }
}

#[test]
fn an_application_is_of_otp_of_hex_or_a_product() {
    for (path, name, kind, listed_as) in [
        ("usr/lib/erlang/lib/ssl-10.8.7/ebin/ssl.app", "ssl", "otp", "ssl"),
        ("app/lib/ssl-11.0/ebin/ssl.app", "ssl", "otp", "ssl"),
        ("usr/lib/erlang/lib/mine-1.0/ebin/mine.app", "mine", "otp", "mine"),
        ("srv/x/mine/ebin/mine.app", "mine", "otp", "mine"),
        (RELEASED, "cowboy", "hex", "cowboy"),
        ("app/_build/prod/lib/plug/ebin/plug.app", "plug", "hex", "plug"),
        ("opt/rabbitmq/plugins/jsx-3.1.0/ebin/jsx.app", "jsx", "hex", "jsx"),
        ("opt/rabbitmq/plugins/rabbit-3.12/ebin/rabbit.app", "rabbit", "generic", "rabbitmq"),
        ("usr/lib/elixir/lib/elixir/ebin/elixir.app", "elixir", "generic", "elixir"),
    ] {
        let expected = Some((kind.to_owned(), listed_as.to_owned(), "3.1".to_owned()));
        assert_eq!(found(path, &app(name, "3.1")), expected, "{path}");
    }
}

#[test]
fn a_part_of_elixir_is_no_package_of_its_own() {
    assert_eq!(found("app/lib/logger-1.15.7/ebin/logger.app", &app("logger", "1.15.7")), None);
}

#[test]
fn a_sign_of_hex_counts_among_otps_own_too() {
    let content = r#"{application,jsx,[{vsn,"3.1.0"},{licenses,["MIT"]},{links,[{"Github","https://example.org/jsx"}]}]}."#;
    let extraction = run("usr/lib/erlang/lib/jsx-3.1.0/ebin/jsx.app", content.as_bytes());
    let package = extraction.packages().next().unwrap();
    assert_eq!(
        (package.kind.as_str(), package.licenses.as_slice()),
        ("hex", &["MIT".to_owned()][..])
    );
}

#[test]
fn metadata_of_hex_is_a_package() {
    let content = r#"{<<"app">>,<<"phoenix">>}.
        {<<"links">>,[{<<"GitHub">>,<<"https://example.org/phoenix">>}]}.
        {<<"licenses">>,[<<"MIT">>]}. {<<"name">>,<<"phoenix">>}.
        {<<"requirements">>,[[{<<"name">>,<<"plug">>},{<<"version">>,<<"9">>}]]}.
        {<<"version">>,<<"1.7.10">>}."#;
    let expected = Some(("hex".to_owned(), "phoenix".to_owned(), "1.7.10".to_owned()));
    assert_eq!(found("app/deps/phoenix/hex_metadata.config", content), expected);
}

#[test]
fn a_plugin_is_the_application_in_its_archive() {
    let entry = "rabbitmq_delayed-3.12.0/ebin/rabbitmq_delayed.app";
    let content = app("rabbitmq_delayed", "3.12.0");
    let zip = jar::zip(&[("rabbitmq_delayed-3.12.0/priv/x.app", ""), (entry, &content)]);
    let extraction = run("opt/rabbitmq/plugins/rabbitmq_delayed-3.12.0.ez", &zip);
    assert_eq!(extraction.problems, []);
    let package = extraction.packages().next().unwrap();
    assert_eq!((package.kind.as_str(), package.version.as_str()), ("hex", "3.12.0"));
    assert_eq!(package.inner_path.as_deref(), Some(entry));
    let cut = run("opt/rabbitmq/plugins/a.ez", &zip[..zip.len() / 2]);
    assert_eq!(cut.problems[0].kind, ProblemKind::Malformed);
}

#[test]
fn what_cannot_be_read_is_a_problem() {
    for (path, content) in [
        (RELEASED, ""),
        (RELEASED, "{application,cowboy,[{vsn,\"2.8"),
        (RELEASED, "{application,cowboy,[{vsn,git}]}."),
        (RELEASED, "{app,cowboy,[{vsn,\"1\"}]}."),
        ("app/deps/a/hex_metadata.config", "{<<\"name\">>,<<\"a\">>}."),
        ("usr/lib/erlang/releases/25/OTP_VERSION", "\n"),
    ] {
        let extraction = run(path, content.as_bytes());
        assert_eq!(extraction.packages().count(), 0, "{content}");
        assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed, "{content}");
    }
}

proptest! {
    #[test]
    fn any_bytes_end(content: Vec<u8>) {
        for path in [RELEASED, "a/hex_metadata.config", "a/releases/1/OTP_VERSION", "a.ez"] {
            let extraction = run(path, &content);
            prop_assert!(extraction.facts.len() + extraction.problems.len() <= 1);
        }
    }
}
