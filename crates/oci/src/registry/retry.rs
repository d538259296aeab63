//! When a request is tried again, and after how long.

use std::fmt::Debug;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use crate::OciError;

/// How often a request is tried, and how long is waited in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Times that a request is sent at most, 1 for no second try.
    pub attempts: u32,
    /// The wait before the second try; it doubles with every further one.
    pub first_wait: Duration,
    /// No wait of our own choice is longer.
    pub longest_wait: Duration,
    /// A server that asks for a longer wait than this (`Retry-After`) is not waited for: the request has failed.
    pub longest_retry_after: Duration,
    /// Times that one blob's broken stream is taken up again where it stood.
    pub resumptions: u32,
    /// Where the jitter of the waits starts; `None` for another one in every process.
    pub seed: Option<u64>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(20),
            longest_retry_after: Duration::from_secs(60),
            resumptions: 8,
            seed: None,
        }
    }
}

/// The time, and the passing of it: both given from outside, so that tests neither wait nor depend on the day.
pub trait Clock: Debug + Send + Sync {
    fn now(&self) -> SystemTime;
    fn sleep(&self, duration: Duration);
}

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// Why one try did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Another try may succeed, after `retry_after` where the server said so.
    Transient { detail: String, retry_after: Option<Duration> },
    /// Another try would fail in the same way.
    Final(Box<OciError>),
}

impl From<OciError> for Failure {
    fn from(error: OciError) -> Self {
        Self::Final(Box::new(error))
    }
}

/// Runs `attempt` until it succeeds, fails for good, or has been tried often enough.
pub(super) fn with_retries<T>(
    policy: &RetryPolicy,
    clock: &dyn Clock,
    what: &str,
    mut attempt: impl FnMut() -> Result<T, Failure>,
) -> Result<T, OciError> {
    let mut waits = Waits::new(policy);
    let mut tries = 0;
    loop {
        tries += 1;
        let (detail, retry_after) = match attempt() {
            Ok(value) => return Ok(value),
            Err(Failure::Final(error)) => return Err(*error),
            Err(Failure::Transient { detail, retry_after }) => (detail, retry_after),
        };
        let failed = |detail: String| OciError::Registry { what: what.to_owned(), detail };
        if let Some(asked) = retry_after
            && asked > policy.longest_retry_after
        {
            let seconds = asked.as_secs();
            return Err(failed(format!("{detail}; it asks to come back in {seconds} seconds")));
        }
        if tries >= policy.attempts {
            let times = if tries > 1 { format!(" (tried {tries} times)") } else { String::new() };
            return Err(failed(format!("{detail}{times}")));
        }
        let wait = waits.next().max(retry_after.unwrap_or_default());
        tracing::debug!(what, detail, ?wait, "trying again");
        clock.sleep(wait);
    }
}

/// Waits that double, each cut by up to a half at random, so that many clients do not come back at the same instant.
pub(super) struct Waits {
    next: Duration,
    longest: Duration,
    random: u64,
}

impl Waits {
    pub(super) fn new(policy: &RetryPolicy) -> Self {
        Self {
            next: policy.first_wait.min(policy.longest_wait),
            longest: policy.longest_wait,
            random: policy.seed.unwrap_or_else(|| RandomState::new().hash_one(0)),
        }
    }

    pub(super) fn next(&mut self) -> Duration {
        let whole = self.next;
        self.next = whole.saturating_mul(2).min(self.longest);
        let half = whole / 2;
        half.saturating_add(half.mul_f64(self.fraction()))
    }

    /// A number from 0 to 1 (SplitMix64, by Guy Steele, Doug Lea and Christine Flood).
    fn fraction(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        f64::from((mixed >> 32) as u32) / f64::from(u32::MAX)
    }
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which `now` turns into a wait.
pub(super) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let moment = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    Some(SystemTime::from(moment).duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::test_clock::FakeClock;
    use super::*;

    fn policy() -> RetryPolicy {
        RetryPolicy { seed: Some(7), ..RetryPolicy::default() }
    }

    fn transient(retry_after: Option<u64>) -> Failure {
        let retry_after = retry_after.map(Duration::from_secs);
        Failure::Transient { detail: "it is tired".to_owned(), retry_after }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_are_cut_by_at_most_a_half() {
        let mut waits = Waits::new(&policy());
        for whole in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000] {
            let wait = waits.next().as_millis();
            assert!(wait >= whole / 2 && wait <= whole, "{wait} for {whole}");
        }
        let (mut one, mut other) = (Waits::new(&policy()), Waits::new(&policy()));
        assert_eq!(one.next(), other.next());
    }

    #[test]
    fn a_request_is_tried_as_often_as_the_policy_says() {
        let clock = FakeClock::default();
        let error =
            with_retries(&policy(), &clock, "it", || Err::<(), _>(transient(None))).unwrap_err();
        assert_eq!(error.to_string(), "get it: it is tired (tried 4 times)");
        assert_eq!(clock.sleeps().len(), 3);
    }

    #[test]
    fn what_failed_for_good_is_not_tried_again() {
        let clock = FakeClock::default();
        let not_found = || OciError::NotFound { what: "it".to_owned(), hint: None };
        let result = with_retries(&policy(), &clock, "it", || Err::<(), _>(not_found().into()));
        assert!(matches!(result, Err(OciError::NotFound { .. })));
        assert!(clock.sleeps().is_empty());
    }

    #[test]
    fn a_server_is_not_asked_before_it_wants_to_be() {
        let clock = FakeClock::default();
        let mut answers = vec![Ok(1), Err(transient(Some(30)))];
        let result = with_retries(&policy(), &clock, "it", || answers.pop().unwrap());
        assert_eq!(result.unwrap(), 1);
        assert_eq!(clock.sleeps(), [Duration::from_secs(30)]);
    }

    #[test]
    fn a_server_that_wants_hours_is_not_waited_for() {
        let clock = FakeClock::default();
        let error = with_retries(&policy(), &clock, "it", || Err::<(), _>(transient(Some(21_600))))
            .unwrap_err();
        assert_eq!(error.to_string(), "get it: it is tired; it asks to come back in 21600 seconds");
        assert!(clock.sleeps().is_empty());
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
