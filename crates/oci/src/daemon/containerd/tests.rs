//! A containerd that is scripted on a socket of this machine.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use h2::server::SendResponse;
use http::{HeaderMap, Request, Response};
use plimsoll_testkit::{Image as TestImage, Layer, Layout};
use prost::Message;
use prost::bytes::Bytes;
use tokio::net::{UnixListener, UnixStream};

use super::messages::{ReadContentRequest, ReadContentResponse, Target};
use super::*;
use crate::daemon::{DaemonOptions, Engine};
use crate::source::Opened;
use crate::{Reference, list as list_reference, open as open_reference};

/// What a store holds, by namespace: names with what they stand for, and blobs by digest.
#[derive(Clone, Default)]
struct Store {
    images: BTreeMap<(String, String), Target>,
    blobs: BTreeMap<(String, String), Vec<u8>>,
    /// Bytes of one piece.
    piece: usize,
    fault: Fault,
}

/// What goes wrong while a large blob is read.
#[derive(Clone, Copy, Default, PartialEq)]
enum Fault {
    #[default]
    None,
    /// It ends well, half-way.
    Short,
    /// It ends without a status, half-way.
    NoStatus,
    /// The connection closes half-way.
    Closed,
    /// The second piece is the first again.
    Repeated,
    /// Pieces without bytes.
    Empty,
    /// A message that claims to be huge.
    Huge,
    /// A status that is no success.
    Refused,
}

impl Store {
    fn new() -> Self {
        Self { piece: 1_000, ..Self::default() }
    }

    fn layout(mut self, namespace: &str, name: &str, layout: &Layout) -> Self {
        let files = layout.files();
        let index: serde_json::Value = serde_json::from_slice(&files["index.json"]).unwrap();
        let top = &index["manifests"][0];
        let target = Target {
            media_type: top["mediaType"].as_str().unwrap().into(),
            digest: top["digest"].as_str().unwrap().into(),
            size: top["size"].as_i64().unwrap(),
        };
        self.images.insert((namespace.into(), name.into()), target);
        for (file, bytes) in files {
            if let Some(digest) = file.strip_prefix("blobs/") {
                self.blobs.insert((namespace.into(), digest.replace('/', ":")), bytes);
            }
        }
        self
    }
}

/// A server that ends with the value.
struct TestContainerd {
    directory: tempfile::TempDir,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestContainerd {
    fn start(store: Store) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("containerd.sock");
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = UnixListener::bind(socket).unwrap();
                ready.send(()).unwrap();
                let store = Arc::new(store);
                tokio::spawn(async move {
                    loop {
                        let (stream, _) = listener.accept().await.unwrap();
                        tokio::spawn(serve(stream, Arc::clone(&store)));
                    }
                });
                let _ = stopped.await;
            });
        });
        is_ready.recv().unwrap();
        Self { directory, stop: Some(stop), thread: Some(thread) }
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("containerd.sock")
    }

    fn options(&self) -> OpenOptions {
        let daemons = DaemonOptions::from_environment(&|name| {
            (name == "CONTAINERD_ADDRESS").then(|| OsString::from(self.socket()))
        });
        OpenOptions { daemons, ..OpenOptions::default() }
    }

    fn open(&self, name: &str) -> Result<Image, OciError> {
        open(&reference(name), &self.options())
    }
}

impl Drop for TestContainerd {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().unwrap().join();
    }
}

fn reference(name: &str) -> DaemonReference {
    DaemonReference { engine: Engine::Containerd, name: name.to_owned() }
}

async fn serve(stream: UnixStream, store: Arc<Store>) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, respond))) = connection.accept().await {
        let closes = store.fault == Fault::Closed;
        let store = Arc::clone(&store);
        let answer = answer(request, respond, store);
        if closes {
            // The connection has to work for the answer to be sent, and then goes away.
            tokio::spawn(async move {
                let _ = answer.await;
            });
            let _ = tokio::time::timeout(Duration::from_millis(100), connection.accept()).await;
            return;
        }
        tokio::spawn(async move {
            // A client that has read enough may be gone.
            let _ = answer.await;
        });
    }
}

async fn answer(
    request: Request<h2::RecvStream>,
    mut respond: SendResponse<Bytes>,
    store: Arc<Store>,
) -> Result<(), h2::Error> {
    let namespace = request.headers()["containerd-namespace"].to_str().unwrap().to_owned();
    let method = request.uri().path().to_owned();
    let mut body = request.into_body();
    let mut sent = Vec::new();
    while let Some(data) = body.data().await {
        sent.extend_from_slice(&data?);
    }
    let message = &sent[5..];
    let mut stream = respond.send_response(Response::new(()), false)?;
    let mut status = "0";
    if method == "/containerd.services.images.v1.Images/Get" {
        let name = GetImageRequest::decode(message).unwrap().name;
        match store.images.get(&(namespace, name.clone())) {
            Some(target) => {
                let image = Some(ImageRecord { name, target: Some(target.clone()) });
                stream.send_data(framed(&GetImageResponse { image }), false)?;
            }
            None => status = "5",
        }
    } else {
        let digest = ReadContentRequest::decode(message).unwrap().digest;
        match store.blobs.get(&(namespace, digest)) {
            Some(blob) => match pieces(&store, blob) {
                (pieces, Some(end)) => {
                    for piece in pieces {
                        stream.send_data(piece, false)?;
                    }
                    status = end;
                }
                (pieces, None) => {
                    for piece in pieces {
                        stream.send_data(piece, false)?;
                    }
                    if store.fault == Fault::NoStatus {
                        stream.send_data(Bytes::new(), true)?;
                    }
                    // Otherwise the connection is closed under it.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    return Ok(());
                }
            },
            None => status = "5",
        }
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", status.parse().unwrap());
    trailers.insert("grpc-message", "not for \u{1b}you".replace('\u{1b}', "").parse().unwrap());
    stream.send_trailers(trailers)
}

/// The messages of a blob, and the status after them, where there is one.
fn pieces(store: &Store, blob: &[u8]) -> (Vec<Bytes>, Option<&'static str>) {
    let part = |offset: usize, data: &[u8]| {
        framed(&ReadContentResponse { offset: offset as i64, data: data.to_vec() })
    };
    let mut all: Vec<_> = (blob.chunks(store.piece).enumerate())
        .map(|(number, data)| part(number * store.piece, data))
        .collect();
    // Documents come whole.
    if blob.len() < 4_000 {
        return (all, Some("0"));
    }
    let half = all.len() / 2;
    match store.fault {
        Fault::None => return (all, Some("0")),
        Fault::Short => all.truncate(half),
        Fault::NoStatus | Fault::Closed => {
            all.truncate(half);
            return (all, None);
        }
        Fault::Repeated => all[1] = all[0].clone(),
        Fault::Empty => all = vec![part(0, &[]); 1_000],
        Fault::Huge => all[1] = Bytes::from_static(&[0, 0xff, 0xff, 0xff, 0xff, 1]),
        Fault::Refused => return (all[..half].to_vec(), Some("7")),
    }
    (all, Some("0"))
}

fn framed(message: &impl Message) -> Bytes {
    let body = message.encode_to_vec();
    [&[0], &(body.len() as u32).to_be_bytes()[..], &body].concat().into()
}

fn image(platform: &str) -> TestImage {
    let content: Vec<u8> = (0..20_000_u32).map(|number| number as u8).collect();
    TestImage::new().platform(platform).layer(Layer::new().file(platform, content))
}

fn layer_bytes(image: &Image) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    image.layers[0].opener.open()?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

const NAME: &str = "docker.io/library/app:1";

fn served(fault: Fault) -> TestContainerd {
    let layout = Layout::new().image(&image("linux/amd64"));
    TestContainerd::start(Store { fault, ..Store::new().layout("default", NAME, &layout) })
}

#[test]
fn an_image_is_read_from_the_content_store() {
    let server = served(Fault::None);
    let expected = image("linux/amd64");
    for name in ["app:1", NAME, &format!("app@{}", expected.manifest_digest())] {
        let found = server.open(name).unwrap();
        let pinned = format!("containerd:docker.io/library/app@{}", expected.manifest_digest());
        assert_eq!((found.source, found.resolved), (SourceKind::Containerd, pinned), "{name}");
        assert_eq!(found.manifest_digest.unwrap().to_string(), expected.manifest_digest());
        assert_eq!(layer_bytes(&server.open(name).unwrap()).unwrap(), expected.layers()[0].tar());
    }
    assert_eq!(server.open("app:1").unwrap().tags, [NAME]);
}

#[test]
fn kubernetes_namespace_is_asked_second() {
    let layout = Layout::new().image(&image("linux/amd64"));
    let server = TestContainerd::start(Store::new().layout("k8s.io", NAME, &layout));
    assert!(server.open("app:1").is_ok());
    let other = TestContainerd::start(Store::new().layout("moby", NAME, &layout));
    let error = other.open("app:1").err().unwrap().to_string();
    let expected = "find the image `app:1` of containerd\nhint: an image in a registry is named registry:app:1";
    assert_eq!(error, expected);
}

#[test]
fn a_platform_is_chosen_and_all_are_listed() {
    let images = [image("linux/amd64"), image("linux/s390x")];
    let layout = Layout::new().index("1", &images);
    let server = TestContainerd::start(Store::new().layout("default", NAME, &layout));
    let mut options = server.options();
    options.platform = Some("linux/s390x".parse().unwrap());
    let found = open(&reference("app:1"), &options).unwrap();
    assert_eq!(found.manifest_digest.unwrap().to_string(), images[1].manifest_digest());
    let listing =
        list_reference(&Reference::Daemon(reference("app:1")), &server.options()).unwrap();
    assert_eq!((listing.members.len(), listing.index_digest), (2, found.index_digest));
    for (member, image) in listing.members.iter().zip(&images) {
        let pinned = Reference::Daemon(reference("app:1")).pinned(&member.digest);
        let Ok(Opened::Image(found)) = open_reference(&pinned, &server.options()) else {
            panic!("no image")
        };
        assert_eq!(found.manifest_digest.unwrap().to_string(), image.manifest_digest());
    }
}

#[test]
fn a_chart_is_named() {
    let chart = "application/vnd.cncf.helm.config.v1+json";
    let layout = Layout::new().artifact("1", chart, b"chart");
    let server = TestContainerd::start(Store::new().layout("default", NAME, &layout));
    let error = server.open("app:1").err().unwrap().to_string();
    assert!(
        error.ends_with("not an image: Helm chart (application/vnd.cncf.helm.config.v1+json)"),
        "{error}"
    );
}

#[test]
fn a_layer_that_was_discarded_is_told_when_it_is_opened() {
    let image = image("linux/amd64");
    let layout = Layout::new().image(&image).without(&image.layers()[0].diff_id());
    let server = TestContainerd::start(Store::new().layout("default", NAME, &layout));
    let error = layer_bytes(&server.open("app:1").unwrap()).unwrap_err().to_string();
    assert!(error.starts_with("find sha256:") && error.contains("unpacked"), "{error}");
}

#[test]
fn a_document_that_is_not_its_digest_is_refused() {
    let image = image("linux/amd64");
    let layout = Layout::new().image(&image).corrupt(&image.manifest_digest(), b"{}");
    let server = TestContainerd::start(Store::new().layout("default", NAME, &layout));
    assert!(matches!(server.open("app:1"), Err(OciError::DigestMismatch { .. })));
}

#[test]
fn a_stream_that_does_not_end_well_is_never_taken_for_a_layer() {
    for (fault, expected) in [
        (Fault::Short, "bytes instead of"),
        (Fault::NoStatus, "broke off"),
        (Fault::Closed, "the connection broke"),
        (Fault::Repeated, "another part of it"),
        (Fault::Empty, "without bytes"),
        (Fault::Huge, "larger than 16777216 bytes"),
        (Fault::Refused, "it answered with status 7: not for you"),
    ] {
        let server = served(fault);
        let found = server.open("app:1").unwrap();
        let mut bytes = Vec::new();
        let outcome = found.layers[0].opener.open().and_then(|mut reader| {
            let first = reader.read_to_end(&mut bytes);
            // Nor does it look like the end when it is asked again.
            assert!(reader.read_to_end(&mut bytes).is_err());
            first
        });
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_does_not_speak_grpc_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("socket");
    let options = OpenOptions {
        daemons: DaemonOptions::from_environment(&|name| {
            (name == "CONTAINERD_ADDRESS").then(|| OsString::from(&socket))
        }),
        ..OpenOptions::default()
    };
    let error = open(&reference("app:1"), &options).err().unwrap().to_string();
    assert!(error.contains("it cannot be reached"), "{error}");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = open(&reference("app:1"), &options).err().unwrap().to_string();
    assert!(error.contains("the connection broke"), "{error}");
    server.join().unwrap();
}
