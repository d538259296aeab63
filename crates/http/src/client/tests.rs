use std::sync::Arc;
use std::time::Duration;

use plimsoll_testkit::http::{Reply, TestServer};
use reqwest::header::{ACCEPT, HeaderValue};

use super::*;
use crate::testing::FakeClock;

fn options() -> HttpOptions {
    HttpOptions { clock: Arc::new(FakeClock::default()), ..HttpOptions::default() }
}

fn request(server: &TestServer) -> Request {
    let url = Url::parse(&format!("http://{}/start", server.host())).unwrap();
    let authorization = Some(HeaderValue::from_static("Bearer secret"));
    let accept = HeaderValue::from_static("a/b");
    Request { authorization, ..Request::get(url).with(ACCEPT, accept).starting_at(7) }
}

fn send(request: &Request) -> Result<Answer, Failure<SendError>> {
    HttpClient::new(options()).unwrap().send(request)
}

#[test]
fn a_redirect_to_another_server_leaves_the_credentials_behind() {
    let other = TestServer::start(|_, _| Reply::new(200, "blob"));
    let target = format!("http://{}/bucket?signature=x", other.host());
    let server =
        TestServer::start(move |_, _| Reply::new(307, "").header("Location", target.clone()));
    let answer = send(&request(&server)).unwrap();
    assert!(!answer.at_origin && answer.status().is_success());
    assert_eq!(server.received()[0].header("authorization"), Some("Bearer secret"));
    let received = &other.received()[0];
    assert_eq!(received.target, "/bucket?signature=x");
    for name in ["authorization", "referer", "cookie"] {
        assert_eq!(received.header(name), None, "{name}");
    }
    let (range, accept) = (received.header("range"), received.header("accept"));
    assert_eq!((range, accept), (Some("bytes=7-"), Some("a/b")));
}

#[test]
fn credentials_of_an_address_are_for_its_server_alone() {
    let other = TestServer::start(|_, _| Reply::new(200, "file"));
    let target = format!("http://{}/", other.host());
    let server = TestServer::start(move |received, _| match received.target.as_str() {
        "/start" => Reply::new(302, "").header("Location", "/moved"),
        _ => Reply::new(307, "").header("Location", target.clone()),
    });
    let url = Url::parse(&format!("http://me:secret@{}/start", server.host())).unwrap();
    assert!(send(&Request::get(url)).unwrap().status().is_success());
    let sent = |server: &TestServer| -> Vec<bool> {
        server.received().iter().map(|one| one.header("authorization").is_some()).collect()
    };
    assert_eq!((sent(&server), sent(&other)), (vec![true, true], vec![false]));
}

#[test]
fn credentials_do_not_come_back_with_a_redirect_to_where_they_belong() {
    let first_host = Arc::new(OnceLock::<String>::new());
    let known = Arc::clone(&first_host);
    let other = TestServer::start(move |_, _| {
        Reply::new(302, "").header("Location", format!("http://{}/end", known.get().unwrap()))
    });
    let away = format!("http://{}/away", other.host());
    let server = TestServer::start(move |received, _| match received.target.as_str() {
        "/start" => Reply::new(302, "").header("Location", away.clone()),
        _ => Reply::new(200, "end"),
    });
    first_host.set(server.host()).unwrap();
    assert!(!send(&request(&server)).unwrap().at_origin);
    assert_eq!(server.received()[1].header("authorization"), None);
}

#[test]
fn a_redirect_within_the_server_keeps_the_credentials() {
    let server = TestServer::start(|received, _| match received.target.as_str() {
        "/start" => Reply::new(301, "").header("Location", "/moved"),
        _ => Reply::new(200, "end"),
    });
    assert!(send(&request(&server)).unwrap().at_origin);
    assert_eq!(server.received()[1].header("authorization"), Some("Bearer secret"));
}

#[test]
fn redirects_end_and_credentials_stand_in_no_message() {
    let server = TestServer::start(|_, _| Reply::new(302, "").header("Location", "/start"));
    let url = Url::parse(&format!("http://me:secret@{}/start", server.host())).unwrap();
    let looping = format!("{:?}", send(&Request::get(url.clone())).unwrap_err());
    assert!(looping.contains("redirects without end"), "{looping}");
    assert_eq!(server.received().len(), MOST_REDIRECTS + 1);
    drop(server);
    let down = format!("{:?}", send(&Request::get(url)).unwrap_err());
    assert!(down.contains("cannot be reached"), "{down}");
    assert!(!format!("{looping}{down}").contains("secret"));
}

#[test]
fn what_is_posted_is_posted_once() {
    let server = TestServer::start(|_, _| Reply::new(307, "").header("Location", "/elsewhere"));
    let posted = Request::post(request(&server).url, "refresh_token=secret".to_owned());
    assert_eq!(send(&posted).unwrap().status().as_u16(), 307);
    let received = server.received();
    assert_eq!((received.len(), received[0].body.as_str()), (1, "refresh_token=secret"));
    let form_type = received[0].header("content-type");
    assert_eq!(form_type, Some("application/x-www-form-urlencoded"));
}

#[test]
fn redirects_never_leave_tls() {
    let (secure, plain) = ("https://example.com/a/b", "http://example.com/a/b");
    for (from, location, expected) in [
        (secure, Some("https://cdn.example.com/x"), Ok("https://cdn.example.com/x")),
        (secure, Some("../c?d"), Ok("https://example.com/c?d")),
        (secure, Some("http://example.com/c"), Err("a redirect from TLS to plain HTTP")),
        (secure, Some("file:///etc/passwd"), Err("a redirect to something that is not HTTP")),
        (secure, None, Err("a redirect that leads nowhere")),
        (secure, Some("https://"), Err("a redirect that leads nowhere")),
        (plain, Some("http://other.example.com/"), Ok("http://other.example.com/")),
        (plain, Some("https://example.com/"), Ok("https://example.com/")),
        (
            "https://me:secret@example.com/a",
            Some("//other.example.com/b"),
            Ok("https://other.example.com/b"),
        ),
    ] {
        let target = redirected(&Url::parse(from).unwrap(), location);
        let target = target.as_ref().map(Url::as_str).map_err(|&detail| detail);
        assert_eq!(target, expected, "{location:?}");
    }
}

#[test]
fn a_server_without_tls_is_told_from_one_that_is_down() {
    let server = TestServer::start(|_, _| Reply::new(200, ""));
    let mut request = request(&server);
    request.url.set_scheme("https").unwrap();
    let host = server.host();
    let plain = Failure::Final(SendError::PlainServer { host: host.clone() });
    assert_eq!(send(&request).unwrap_err(), plain);
    drop(server);
    let Failure::Unreachable(detail) = send(&request).unwrap_err() else { panic!("reached") };
    assert!(detail.starts_with(&format!("{host} cannot be reached: ")), "{detail}");
}

#[test]
fn a_server_that_stays_silent_is_not_waited_for_without_end() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let options = HttpOptions { idle_timeout: Duration::from_millis(50), ..options() };
    let failure = HttpClient::new(options).unwrap().send(&Request::get(url)).unwrap_err();
    let Failure::Transient { detail, .. } = failure else { panic!("{failure:?}") };
    assert!(detail.ends_with(" did not answer in time"), "{detail}");
}

#[test]
fn a_request_is_sent_again_where_that_may_help() {
    let server = TestServer::start(|_, earlier| match earlier {
        0 | 1 => Reply::new(503, ""),
        _ => Reply::new(200, "it"),
    });
    let (client, request) = (HttpClient::new(options()).unwrap(), request(&server));
    let bytes = client.with_retries(|| {
        let answer = client.send(&request)?;
        if answer.is_passing() {
            return Err(Failure::transient("it is tired"));
        }
        Ok(answer.bytes(10).unwrap())
    });
    assert_eq!((bytes, server.received().len()), (Ok(Some(b"it".to_vec())), 3));
}

#[test]
fn addresses_of_this_machine_need_no_proxy() {
    for (host, expected) in [
        ("127.0.0.1:5000", true),
        ("127.8.8.8", true),
        ("[::1]:5000", true),
        ("localhost", true),
        ("registry.localhost", true),
        ("notlocalhost", false),
        ("10.0.0.1", false),
        ("example.com", false),
    ] {
        let url = Url::parse(&format!("http://{host}/")).unwrap();
        assert_eq!(is_loopback(&url), expected, "{host}");
    }
}
