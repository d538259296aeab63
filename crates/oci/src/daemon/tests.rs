//! Engines that speak HTTP, scripted on sockets of this machine.

use std::ffi::OsString;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use plimsoll_core::Limits;
use plimsoll_testkit::http::{Received, Reply, read_request};
use plimsoll_testkit::{Image, Layer};
use serde_json::{Value, json};

use super::*;
use crate::source::open_member;
use crate::{Deadline, Passing, SourceKind, list, open as open_reference};

/// Answers one connection after the other until it is dropped.
struct TestEngine {
    socket: PathBuf,
    received: Arc<Mutex<Vec<Received>>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TestEngine {
    fn start(socket: &Path, answer: impl Fn(&Received) -> Reply + Send + 'static) -> Self {
        let listener = UnixListener::bind(socket).unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let is_over = Arc::new(AtomicBool::new(false));
        let (log, over) = (Arc::clone(&received), Arc::clone(&is_over));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.unwrap();
                let Some(request) = read_request(&stream) else { continue };
                log.lock().unwrap().push(request.clone());
                // A client that has read enough may be gone.
                let _ = answer(&request).write(&mut stream);
            }
        });
        Self { socket: socket.to_owned(), received, is_over, thread: Some(thread) }
    }

    fn targets(&self) -> Vec<String> {
        self.received.lock().unwrap().iter().map(|request| request.target.clone()).collect()
    }
}

impl Drop for TestEngine {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = UnixStream::connect(&self.socket);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A machine with sockets in a directory of its own.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn socket(&self, engine: Engine) -> PathBuf {
        self.0.path().join(engine.as_str())
    }

    fn options(&self) -> OpenOptions {
        let daemons = DaemonOptions::from_environment(&|name| {
            let engine = Engine::ALL.into_iter().find(|engine| engine.variable() == name)?;
            Some(OsString::from(format!("unix://{}", self.socket(engine).display())))
        });
        OpenOptions { daemons, ..OpenOptions::default() }
    }

    fn engine(
        &self,
        engine: Engine,
        answer: impl Fn(&Received) -> Reply + Send + 'static,
    ) -> TestEngine {
        TestEngine::start(&self.socket(engine), answer)
    }
}

fn image() -> Image {
    Image::new().tag("app:1").layer(Layer::new().file("etc/a", vec![b'a'; 3_000]))
}

fn described(image: &Image) -> Value {
    json!({"Id": image.config_digest(), "RepoTags": ["app:1", "app:2"], "RepoDigests": ["app@sha256:1"], "Os": "linux",
        "Architecture": "amd64", "Variant": ""})
}

fn no_such_image() -> Reply {
    Reply::new(404, r#"{"message":"No such image: nope\u001b[2J"}"#)
}

/// An engine that has one image, under its tags and its id.
fn having(image: &Image, described: &Value) -> impl Fn(&Received) -> Reply + Send + 'static {
    let (archive, text) = (image.docker_archive(), described.to_string());
    let id = described["Id"].as_str().unwrap().to_owned();
    move |request| {
        let path = request.target.split('?').next().unwrap();
        match path.strip_prefix("/images/").and_then(|rest| rest.rsplit_once('/')) {
            Some((name, "json")) if name == id || name.split(':').next() == Some("app") => {
                Reply::new(200, text.as_str())
            }
            Some((name, "get")) if name == id || name == "app:1" => {
                Reply::new(200, archive.as_slice())
            }
            _ => no_such_image(),
        }
    }
}

fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

/// Opens, and reads to the end.
fn read(text: &str, options: &OpenOptions) -> Result<crate::Image, OciError> {
    match open_reference(&reference(text), options)? {
        Opened::Stream(stream) => {
            Ok(stream.read(Deadline::NEVER, &mut |_: &Passing<'_>, _| ())?.image)
        }
        _ => panic!("no stream"),
    }
}

fn read_error(text: &str, options: &OpenOptions) -> String {
    read(text, options).err().unwrap().to_string()
}

#[test]
fn an_image_is_exported_by_the_tag_that_was_asked_for_else_by_its_id() {
    let machine = Machine::new();
    let id = image().config_digest();
    let engine = machine.engine(Engine::Docker, having(&image(), &described(&image())));
    for (typed, exported) in [
        ("docker:app:1", "app:1"),
        ("docker:docker.io/library/app:1", "app:1"),
        ("docker:app", id.as_str()),
        (&format!("docker:{id}"), id.as_str()),
    ] {
        let found = read(typed, &machine.options());
        if typed.contains("docker.io") {
            // This one knows no other spelling; a real one does.
            assert!(matches!(found, Err(OciError::NotFound { .. })));
            continue;
        }
        let found = found.unwrap();
        assert_eq!(found.source, SourceKind::Docker);
        assert_eq!(found.resolved, format!("docker:{exported}"), "{typed}");
        assert_eq!(found.tags, ["app:1", "app:2"]);
        assert_eq!(found.repo_digests, ["app@sha256:1"]);
        assert_eq!(found.config_digest.to_string(), id);
        assert_eq!((found.manifest_digest, found.problems), (None, Vec::new()));
        assert_eq!(engine.targets().last().unwrap(), &format!("/images/{exported}/get"));
    }
}

#[test]
fn a_layer_is_opened_again_by_exporting_the_image_again() {
    let machine = Machine::new();
    let engine = machine.engine(Engine::Podman, having(&image(), &described(&image())));
    let found = read("podman:app:1", &machine.options()).unwrap();
    let mut bytes = Vec::new();
    let mut layer = found.layers[0].opener.open().unwrap();
    layer.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, image().layers()[0].tar());
    let exports = engine.targets().iter().filter(|target| target.ends_with("/get")).count();
    assert_eq!((found.source, exports), (SourceKind::Podman, 2));
}

#[test]
fn what_an_engine_does_not_have_is_not_found() {
    let machine = Machine::new();
    let _engine = machine.engine(Engine::Docker, |_| no_such_image());
    let error = read_error("docker:nope", &machine.options());
    assert_eq!(
        error,
        "find the image `nope` of Docker\nhint: an image in a registry is named registry:nope"
    );
    let error = read_error("podman:nope", &machine.options());
    assert!(error.starts_with("get the image `nope` of Podman: Podman at unix://"), "{error}");
    assert!(error.contains("it cannot be reached: "), "{error}");
    let nowhere = OpenOptions::default();
    let error = read_error("docker:nope", &nowhere);
    assert!(error.contains("does not listen at") && error.contains("DOCKER_HOST"), "{error}");
}

#[test]
fn another_platform_than_the_wanted_is_not_exported() {
    let machine = Machine::new();
    let engine = machine.engine(Engine::Docker, having(&image(), &described(&image())));
    let mut options = machine.options();
    options.platform = Some("linux/arm64".parse().unwrap());
    let error = read("docker:app:1", &options).err().unwrap();
    assert!(matches!(error, OciError::NoPlatform { .. }), "{error}");
    assert_eq!(engine.targets(), ["/images/app:1/json"]);
    options.platform = Some("linux/amd64".parse().unwrap());
    read("docker:app:1", &options).unwrap();
    let target = engine.targets().pop().unwrap();
    assert!(target.starts_with("/images/app:1/get?platform=%7B"), "{target}");
}

#[test]
fn answers_that_are_not_understood_are_told_in_clean_words() {
    let machine = Machine::new();
    let small = Limits { document_bytes: 100, ..Limits::default() };
    for (reply, expected) in [
        (Reply::new(200, "rubbish"), "its answer is not understood"),
        (Reply::new(200, "{}"), "its answer is not understood"),
        (Reply::new(200, vec![b' '; 200]), "its answer is larger than 100 bytes"),
        (Reply::new(200, "{\"Id\":").broken_after(3), "the answer broke off"),
        (
            Reply::new(500, r#"{"message":"a\u001b[2Jb\nc"}"#),
            "it answered 500 Internal Server Error: a [2Jb c",
        ),
        (Reply::new(302, "").header("Location", "http://example.com/"), "it answered 302 Found"),
    ] {
        let engine = machine.engine(Engine::Docker, move |_| reply.clone());
        let options = OpenOptions { limits: small, ..machine.options() };
        let error = read_error("docker:app:1", &options);
        assert!(error.contains(expected), "{error}");
        drop(engine);
        std::fs::remove_file(machine.socket(Engine::Docker)).unwrap();
    }
}

#[test]
fn an_export_that_breaks_off_does_not_look_clean() {
    let machine = Machine::new();
    let whole = image().docker_archive();
    let text = described(&image()).to_string();
    let length = whole.len();
    for sent in [0, 700, length / 2, length - 2_500, length - 600] {
        let (text, whole) = (text.clone(), whole.clone());
        let engine = machine.engine(Engine::Docker, move |request| {
            match request.target.ends_with("/json") {
                true => Reply::new(200, text.as_str()),
                false => Reply::new(200, whole.as_slice()).broken_after(sent),
            }
        });
        match read("docker:app:1", &machine.options()) {
            Ok(found) => assert!(!found.problems.is_empty(), "{sent}"),
            Err(error) => assert!(!matches!(error, OciError::NotFound { .. }), "{sent}: {error}"),
        }
        drop(engine);
        std::fs::remove_file(machine.socket(Engine::Docker)).unwrap();
    }
}

#[test]
fn a_name_never_leads_to_another_part_of_the_api() {
    let machine = Machine::new();
    let engine = machine.engine(Engine::Docker, |_| no_such_image());
    let options = machine.options();
    for name in ["a/../../containers/x", "a?b", "a#b", "a b", "%2e%2e/x"] {
        let reference = DaemonReference { engine: Engine::Docker, name: name.to_owned() };
        assert!(open(&reference, &options).is_err());
        let target = engine.targets().pop().unwrap();
        assert!(target.starts_with("/images/") && target.ends_with("/json"), "{target}");
        assert!(!target.contains(['?', '#']) && !target.contains(".."), "{target}");
    }
}

#[test]
fn a_name_without_a_prefix_is_of_the_first_engine_that_has_it_for_the_platform() {
    let machine = Machine::new();
    let options = machine.options();
    let located = |options: &OpenOptions| locate(reference("app:1"), options);
    let registry = Reference::Registry("app:1".parse().unwrap());
    assert_eq!(located(&options), registry);
    let _docker = machine.engine(Engine::Docker, |_| no_such_image());
    assert_eq!(located(&options), registry);
    let _podman = machine.engine(Engine::Podman, having(&image(), &described(&image())));
    assert_eq!(located(&options), reference("podman:app:1"));
    let other = OpenOptions { platform: Some("linux/arm64".parse().unwrap()), ..options.clone() };
    assert_eq!(located(&other), registry);
    let named = reference("registry:app:1");
    assert_eq!(locate(named.clone(), &options), named);
}

#[test]
fn an_engine_lists_one_image_or_says_that_it_has_more() {
    let machine = Machine::new();
    let mut several = described(&image());
    let docker = machine.engine(Engine::Docker, having(&image(), &several));
    let listing = list(&reference("docker:app:1"), &machine.options()).unwrap();
    assert_eq!(listing.members, []);
    several["Descriptor"] = json!({"mediaType": "application/vnd.oci.image.index.v1+json"});
    let podman = machine.engine(Engine::Podman, having(&image(), &several));
    let error = list(&reference("podman:app:1"), &machine.options()).unwrap_err();
    assert!(matches!(error, OciError::Unsupported { .. }), "{error}");
    drop((docker, podman));
}

#[test]
fn an_image_of_a_listing_is_told_to_come_from_its_index() {
    let host = tempfile::tempdir().unwrap();
    let image = image();
    image.write_oci_layout(host.path()).unwrap();
    let reference = reference(&format!("oci:{}", host.path().display()));
    let index_digest = Some("sha256:".to_owned() + &"1".repeat(64)).map(|it| it.parse().unwrap());
    let listing = IndexListing { index_digest, tags: vec!["multi".into()], members: Vec::new() };
    let digest = image.manifest_digest().parse().unwrap();
    let member = crate::IndexMember { digest, platform: None, not_an_image: None };
    let opened = open_member(&reference, (&listing, &member), &OpenOptions::default()).unwrap();
    let Opened::Image(opened) = opened else { panic!("no image") };
    assert_eq!((opened.index_digest, opened.tags), (index_digest, vec!["multi".to_owned()]));
    assert_eq!(opened.manifest_digest, Some(digest));
}
