//! One call of gRPC over a socket (`github.com/grpc/grpc`, `doc/PROTOCOL-HTTP2.md`): a request, and the messages of its answer.
//!
//! Every call has a connection and a runtime of its own, which work while somebody waits for a message: nothing here is asynchronous
//! to the outside, and calls that run at the same time share nothing.

use std::io;
use std::path::Path;
use std::time::Duration;

use h2::RecvStream;
use h2::client::SendRequest;
use http::{HeaderMap, Request, Response};
use plimsoll_http::{innermost_cause, printable};
use prost::Message;
use prost::bytes::{Bytes, BytesMut};
use tokio::net::UnixStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(5);
/// Until the next bytes come.
const IDLE: Duration = Duration::from_secs(60);
/// Bytes that the server may send before they are asked for.
const WINDOW: u32 = 2 << 20;
/// Bytes of one message: as many as containerd's own client takes.
const MESSAGE_BYTES: usize = 16 << 20;
/// Bytes of the header fields of an answer.
const HEADER_BYTES: u32 = 64 << 10;
/// Bytes before each message: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;
/// Characters of a server's own words in a message.
const WORDS: usize = 300;
/// The status of gRPC for what is not there.
const NOT_FOUND: u32 = 5;

/// What is called, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub(super) socket: &'a Path,
    pub(super) namespace: &'a str,
    /// `SERVICE/METHOD`.
    pub(super) method: &'a str,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CallError {
    NotFound,
    /// Everything else, in words.
    Failed(String),
}

/// The messages of an answer, as they come.
pub(super) struct Messages {
    runtime: Runtime,
    body: RecvStream,
    /// Bytes that have come and belong to the next message.
    received: BytesMut,
    /// Keeps the connection open.
    _sender: SendRequest<Bytes>,
}

impl Call<'_> {
    /// Sends a request, and waits until the answer begins.
    pub(super) fn send(&self, request: &impl Message) -> Result<Messages, CallError> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let (sender, body) = runtime.block_on(self.begin(request))?;
        Ok(Messages { runtime, body, received: BytesMut::new(), _sender: sender })
    }

    async fn begin(
        &self,
        request: &impl Message,
    ) -> Result<(SendRequest<Bytes>, RecvStream), CallError> {
        let connected = timeout(CONNECT, UnixStream::connect(self.socket)).await?;
        let stream = connected.map_err(|error| unreachable(&error))?;
        let handshake = h2::client::Builder::new()
            .initial_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_header_list_size(HEADER_BYTES)
            .handshake(stream);
        let (sender, connection) = timeout(CONNECT, handshake).await??;
        // It works as long as this call is waited for; what breaks it breaks the call, too.
        tokio::spawn(async move { drop(connection.await) });
        let mut sender = timeout(IDLE, sender.ready()).await??;
        let (answer, mut body) = sender.send_request(self.head()?, false)?;
        body.send_data(framed(request), true)?;
        let answer: Response<RecvStream> = timeout(IDLE, answer).await??;
        let (head, body) = answer.into_parts();
        if !head.status.is_success() {
            return Err(CallError::Failed(format!("it answered {}", head.status)));
        }
        // An answer without any message may tell its status at once.
        if head.headers.contains_key("grpc-status") {
            check_status(&head.headers)?;
        }
        Ok((sender, body))
    }

    fn head(&self) -> Result<Request<()>, CallError> {
        let request = Request::post(format!("http://localhost/{}", self.method))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("user-agent", concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
            .header("containerd-namespace", self.namespace)
            .body(());
        request.map_err(|error| CallError::Failed(error.to_string()))
    }
}

impl Messages {
    /// The next message; `None` where the answer has ended well.
    pub(super) fn next<M: Message + Default>(&mut self) -> Result<Option<M>, CallError> {
        let Self { runtime, body, received, .. } = self;
        let bytes = runtime.block_on(next_message(body, received))?;
        let message = bytes.map(M::decode).transpose();
        message.map_err(|error| CallError::Failed(format!("its answer is not understood: {error}")))
    }

    /// The only message of an answer.
    pub(super) fn only<M: Message + Default>(&mut self) -> Result<M, CallError> {
        let nothing = || CallError::Failed("its answer is empty".to_owned());
        let message = self.next()?.ok_or_else(nothing)?;
        // The status comes behind it.
        match self.next::<M>()? {
            None => Ok(message),
            Some(_) => Err(CallError::Failed("it answers more than once".to_owned())),
        }
    }
}

async fn next_message(
    body: &mut RecvStream,
    received: &mut BytesMut,
) -> Result<Option<Bytes>, CallError> {
    loop {
        if let Some(message) = take_message(received)? {
            return Ok(Some(message));
        }
        let Some(data) = timeout(IDLE, body.data()).await? else { break };
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        received.extend_from_slice(&data);
    }
    let trailers = timeout(IDLE, body.trailers()).await??;
    if let Some(trailers) = &trailers {
        check_status(trailers)?;
    }
    if trailers.is_none() || !received.is_empty() {
        return Err(CallError::Failed("its answer broke off".to_owned()));
    }
    Ok(None)
}

/// Takes the first message off what has been received, once it is whole.
fn take_message(received: &mut BytesMut) -> Result<Option<Bytes>, CallError> {
    let Some((&[is_compressed, ref length @ ..], _)) = received.split_first_chunk::<PREFIX_BYTES>()
    else {
        return Ok(None);
    };
    if is_compressed != 0 {
        return Err(CallError::Failed("its answer is compressed, unasked".to_owned()));
    }
    let length = u32::from_be_bytes(*length) as usize;
    if length > MESSAGE_BYTES {
        let detail = format!("a message of its answer is larger than {MESSAGE_BYTES} bytes");
        return Err(CallError::Failed(detail));
    }
    if received.len() < PREFIX_BYTES + length {
        return Ok(None);
    }
    let _ = received.split_to(PREFIX_BYTES);
    Ok(Some(received.split_to(length).freeze()))
}

fn framed(message: &impl Message) -> Bytes {
    let body = message.encode_to_vec();
    // A request is a name or a digest: its length always fits.
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[0], &length[..], &body].concat().into()
}

fn check_status(headers: &HeaderMap) -> Result<(), CallError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("grpc-status").and_then(|code| code.parse::<u32>().ok()) {
        Some(0) => Ok(()),
        Some(NOT_FOUND) => Err(CallError::NotFound),
        code => {
            let words = printable(text("grpc-message").unwrap_or("it gives no reason"), WORDS);
            let code = code.map_or_else(|| "no status".to_owned(), |code| format!("status {code}"));
            Err(CallError::Failed(format!("it answered with {code}: {words}")))
        }
    }
}

fn unreachable(error: &io::Error) -> CallError {
    CallError::Failed(format!("it cannot be reached: {}", innermost_cause(error)))
}

impl From<tokio::time::error::Elapsed> for CallError {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self::Failed("it did not answer in time".to_owned())
    }
}

impl From<h2::Error> for CallError {
    fn from(error: h2::Error) -> Self {
        Self::Failed(format!("the connection broke: {}", innermost_cause(&error)))
    }
}

impl From<io::Error> for CallError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
