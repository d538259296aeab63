//! What a server answered.

use std::io::{self, Read};
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, HeaderMap, HeaderName, RETRY_AFTER};

/// An answer, and where it came from. To read it is to read its body, as it comes in.
#[derive(Debug)]
pub struct Answer {
    pub(crate) response: Response,
    /// No redirect led away from the server that was asked: what the answer demands, that server itself demands.
    pub at_origin: bool,
}

impl Answer {
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// A header's value, where it is there once or more and is text.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        text(self.headers(), name)
    }

    /// Bytes of the body, where the server tells them beforehand.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.header(&CONTENT_LENGTH)?.parse().ok()
    }

    /// Where the part of a whole that this is begins, and how long the whole is, where that is told.
    #[must_use]
    pub fn range(&self) -> Option<(u64, Option<u64>)> {
        content_range(self.header(&CONTENT_RANGE)?)
    }

    /// How long the server wants to be left alone.
    #[must_use]
    pub fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        retry_after(self.header(&RETRY_AFTER)?, now)
    }

    /// True where the same request may succeed later. Of the server's own faults, 501 and 505 say what it will never do.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self.status().as_u16(), 408 | 429 | 500 | 502..=504 | 506..=599)
    }

    /// The whole body; `None` where it is larger than `most_bytes`.
    ///
    /// # Errors
    /// Where the stream breaks.
    pub fn bytes(self, most_bytes: u64) -> io::Result<Option<Vec<u8>>> {
        if self.length().is_some_and(|length| length > most_bytes) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        self.response.take(most_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok((bytes.len() as u64 <= most_bytes).then_some(bytes))
    }
}

impl Read for Answer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.response.read(buffer)
    }
}

/// A header's value, where it is there once or more and is text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Reads `bytes START-END/TOTAL` (RFC 9110, section 14.4): the start, and the total where it is told.
fn content_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = value.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which `now` turns into a wait.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let moment = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    Some(SystemTime::from(moment).duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use plimsoll_testkit::http::{Reply, TestServer};
    use reqwest::Url;

    use super::*;
    use crate::{HttpClient, HttpOptions, Request};

    #[test]
    fn a_body_is_read_up_to_its_bound_whether_its_length_is_told_or_not() {
        for is_length_told in [true, false] {
            let server = TestServer::start(move |_, _| {
                let reply = Reply::new(200, vec![b'x'; 100]);
                if is_length_told { reply } else { reply.without_length() }
            });
            for (most_bytes, expected) in [(100, Some(100)), (99, None)] {
                let url = Url::parse(&format!("http://{}/", server.host())).unwrap();
                let client = HttpClient::new(HttpOptions::default()).unwrap();
                let answer = client.send(&Request::get(url)).unwrap();
                assert_eq!(answer.length(), is_length_told.then_some(100));
                let bytes = answer.bytes(most_bytes).unwrap();
                assert_eq!(bytes.map(|bytes| bytes.len()), expected);
            }
        }
    }

    #[test]
    fn content_ranges_are_read() {
        for (value, expected) in [
            ("bytes 5-9/10", Some((5, Some(10)))),
            ("bytes 5-9/*", Some((5, None))),
            ("bytes */10", None),
            ("items 5-9/10", None),
            ("bytes", None),
            ("bytes -1-9/10", None),
            ("", None),
        ] {
            assert_eq!(content_range(value), expected, "{value}");
        }
    }

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (value, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("99999999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sun, 06 Nov 1983 08:49:37 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            assert_eq!(retry_after(value, now), expected.map(Duration::from_secs), "{value}");
        }
    }
}
