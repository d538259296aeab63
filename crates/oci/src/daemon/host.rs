//! An engine that speaks HTTP, over a socket of this machine or over TCP.

#![expect(clippy::disallowed_methods, reason = "the user names the directory of certificates")]

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use plimsoll_core::{Limits, Platform};
use plimsoll_http::{innermost_cause, printable};
use reqwest::blocking::{Client, ClientBuilder, Response};
use reqwest::{Certificate, Identity, StatusCode, Url};
use serde::Deserialize;

use super::address::Address;

/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(5);
/// Until an engine has said what an image is.
const ANSWER: Duration = Duration::from_secs(30);
/// Until an export goes on. Docker writes the whole image to its own disk before it sends the first byte.
const EXPORT: Duration = Duration::from_secs(15 * 60);
/// Bytes of a certificate or a key.
const PEM_BYTES: u64 = 1 << 20;
/// Bytes of an error that are read.
const ERROR_BYTES: u64 = 64 << 10;
/// Characters of an engine's own words in a message.
const MESSAGE_CHARACTERS: usize = 300;

pub(super) struct Host {
    base: Url,
    client: Client,
    /// Waits longer.
    exporter: Client,
    document_bytes: u64,
}

/// The body of an error.
#[derive(Deserialize)]
struct ErrorBody {
    message: String,
}

impl Host {
    /// Prepares to speak to an engine. Nothing is sent yet.
    pub(super) fn new(address: &Address, limits: &Limits) -> Result<Self, String> {
        let base = match address {
            Address::Unix(_) => "http://localhost/".to_owned(),
            Address::Tcp { host, tls: None } => format!("http://{host}/"),
            Address::Tcp { host, tls: Some(_) } => format!("https://{host}/"),
        };
        let base = Url::parse(&base).map_err(|error| error.to_string())?;
        let client = |timeout| {
            let builder = with_address(ClientBuilder::new(), address)?
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .connect_timeout(CONNECT)
                .timeout(timeout);
            builder.build().map_err(|error| innermost_cause(&error))
        };
        let (client, exporter) = (client(ANSWER)?, client(EXPORT)?);
        Ok(Self { base, client, exporter, document_bytes: limits.document_bytes })
    }

    /// What the engine says of an image, as JSON; `None` where it has no such image.
    pub(super) fn document(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let answer = get(&self.client, self.url(name, "json")?)?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let answer = successful(answer)?;
        let mut bytes = Vec::new();
        let limit = self.document_bytes;
        answer
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| format!("the answer broke off: {}", innermost_cause(&error)))?;
        if bytes.len() as u64 > limit {
            return Err(format!("its answer is larger than {limit} bytes"));
        }
        Ok(Some(bytes))
    }

    /// The image as an archive. An engine that keeps several platforms is told which one is wanted; others do not listen.
    pub(super) fn export(
        &self,
        name: &str,
        platform: Option<&Platform>,
    ) -> Result<Box<dyn Read + Send>, String> {
        let mut url = self.url(name, "get")?;
        if let Some(Platform { os, architecture, variant }) = platform {
            let wanted = serde_json::json!({
                "os": os, "architecture": architecture, "variant": variant.as_deref().unwrap_or_default(),
            });
            url.query_pairs_mut().append_pair("platform", &wanted.to_string());
        }
        Ok(Box::new(successful(get(&self.exporter, url)?)?))
    }

    fn url(&self, name: &str, action: &str) -> Result<Url, String> {
        let mut url = self.base.clone();
        let mut path =
            url.path_segments_mut().map_err(|()| "its address has no path".to_owned())?;
        // Slashes of a name stand as they are; whatever else could end it is encoded.
        path.pop_if_empty().push("images").extend(name.split('/')).push(action);
        drop(path);
        Ok(url)
    }
}

fn with_address(builder: ClientBuilder, address: &Address) -> Result<ClientBuilder, String> {
    match address {
        Address::Unix(socket) => Ok(builder.unix_socket(socket.clone())),
        Address::Tcp { tls: None, .. } => Ok(builder.no_proxy()),
        Address::Tcp { tls: Some(directory), .. } => {
            let roots = Certificate::from_pem_bundle(&pem(directory, "ca.pem")?)
                .map_err(|error| innermost_cause(&error))?;
            // The certificate and then its key.
            let own = [pem(directory, "cert.pem")?, pem(directory, "key.pem")?].concat();
            let identity = Identity::from_pem(&own).map_err(|error| innermost_cause(&error))?;
            Ok(builder.no_proxy().tls_certs_only(roots).identity(identity))
        }
    }
}

fn pem(directory: &Path, name: &str) -> Result<Vec<u8>, String> {
    let file = directory.join(name);
    let mut bytes = Vec::new();
    File::open(&file)
        .and_then(|opened| opened.take(PEM_BYTES).read_to_end(&mut bytes))
        .map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(bytes)
}

fn get(client: &Client, url: Url) -> Result<Response, String> {
    client.get(url).send().map_err(|error| {
        let error = error.without_url();
        let cause = innermost_cause(&error);
        match () {
            () if error.is_timeout() => "it did not answer in time".to_owned(),
            () if error.is_connect() => format!("it cannot be reached: {cause}"),
            () => format!("the connection broke: {cause}"),
        }
    })
}

fn successful(answer: Response) -> Result<Response, String> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let mut bytes = Vec::new();
    // What came before the stream broke is still worth telling.
    let _ = answer.take(ERROR_BYTES).read_to_end(&mut bytes);
    let words = serde_json::from_slice::<ErrorBody>(&bytes).map(|body| body.message);
    match words.map(|words| printable(&words, MESSAGE_CHARACTERS)) {
        Ok(words) if !words.is_empty() => Err(format!("it answered {status}: {words}")),
        _ => Err(format!("it answered {status}")),
    }
}
