//! When something is asked for again, and after how long.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

/// How often a file is asked for, and how long is waited in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Times that a server is asked without getting any further, 1 for no second try.
    pub attempts: u32,
    /// The wait before the second try; it doubles with every further one.
    pub first_wait: Duration,
    /// No wait of our own choice is longer.
    pub longest_wait: Duration,
    /// A server that asks for a longer wait than this (`Retry-After`) is not waited for: the file has failed.
    pub longest_retry_after: Duration,
    /// Times that a file's broken stream is taken up again where it stood.
    pub resumptions: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(30),
            longest_retry_after: Duration::from_secs(120),
            resumptions: 16,
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
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Another try may succeed, after `retry_after` where the server said so.
    Transient { detail: String, retry_after: Option<Duration> },
    /// There is no connection: another try may succeed, but hardly another file of the same server.
    Unreachable(String),
    /// Another try would fail in the same way.
    Final(String),
    /// There is no such file.
    NotThere(String),
}

impl Failure {
    pub(super) fn transient(detail: impl Into<String>) -> Self {
        Self::Transient { detail: detail.into(), retry_after: None }
    }
}

/// The tries of one file.
pub(super) struct Tries<'a> {
    policy: &'a RetryPolicy,
    clock: &'a dyn Clock,
    made: u32,
    resumed: u32,
}

impl<'a> Tries<'a> {
    pub(super) fn new(policy: &'a RetryPolicy, clock: &'a dyn Clock) -> Self {
        Self { policy, clock, made: 0, resumed: 0 }
    }

    /// Waits before the next try, where there is one. `got_further` says that the last one was of use: the server is then not
    /// asked for more patience than at first.
    ///
    /// # Errors
    /// The failure's own words, where no try is left.
    pub(super) fn again(&mut self, failure: Failure, got_further: bool) -> Result<(), Failure> {
        let is_unreachable = matches!(failure, Failure::Unreachable(_));
        let (detail, retry_after) = match failure {
            Failure::Transient { detail, retry_after } => (detail, retry_after),
            Failure::Unreachable(detail) => (detail, None),
            Failure::Final(_) | Failure::NotThere(_) => return Err(failure),
        };
        if got_further && self.resumed < self.policy.resumptions {
            self.resumed += 1;
            self.made = 0;
        }
        self.made += 1;
        if let Some(asked) = retry_after
            && asked > self.policy.longest_retry_after
        {
            let seconds = asked.as_secs();
            return Err(Failure::Final(format!(
                "{detail}; it asks to come back in {seconds} seconds"
            )));
        }
        if self.made >= self.policy.attempts {
            let times = self.made;
            let tried = if times > 1 { format!(" (tried {times} times)") } else { String::new() };
            let detail = format!("{detail}{tried}");
            let last = if is_unreachable { Failure::Unreachable } else { Failure::Final };
            return Err(last(detail));
        }
        let doublings = self.made.saturating_sub(1).min(30);
        let wait =
            self.policy.first_wait.saturating_mul(1 << doublings).min(self.policy.longest_wait);
        let wait = wait.max(retry_after.unwrap_or_default());
        tracing::debug!(detail, ?wait, "trying again");
        self.clock.sleep(wait);
        Ok(())
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
    use super::super::testing::FakeClock;
    use super::*;

    fn tired(retry_after: Option<u64>) -> Failure {
        Failure::Transient {
            detail: "it is tired".to_owned(),
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn waits_double_and_tries_end() {
        let (policy, clock) =
            (RetryPolicy { attempts: 8, ..RetryPolicy::default() }, FakeClock::default());
        let mut tries = Tries::new(&policy, &clock);
        let mut last = Ok(());
        while last.is_ok() {
            last = tries.again(tired(None), false);
        }
        assert_eq!(last, Err(Failure::Final("it is tired (tried 8 times)".to_owned())));
        let seconds: Vec<_> = clock.sleeps().iter().map(Duration::as_secs).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn who_gets_further_has_more_tries_but_not_without_end() {
        let policy = RetryPolicy { attempts: 2, resumptions: 5, ..RetryPolicy::default() };
        let clock = FakeClock::default();
        let mut tries = Tries::new(&policy, &clock);
        while tries.again(tired(None), true).is_ok() {}
        assert_eq!(clock.sleeps().len(), 5);
    }

    #[test]
    fn a_server_is_not_asked_before_it_wants_to_be_and_not_waited_for_by_the_hour() {
        let (policy, clock) = (RetryPolicy::default(), FakeClock::default());
        assert_eq!(Tries::new(&policy, &clock).again(tired(Some(100)), false), Ok(()));
        assert_eq!(clock.sleeps(), [Duration::from_secs(100)]);
        let failure = Tries::new(&policy, &clock).again(tired(Some(21_600)), false).unwrap_err();
        let Failure::Final(text) = failure else { panic!("{failure:?}") };
        assert_eq!(text, "it is tired; it asks to come back in 21600 seconds");
    }

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (value, expected) in [
            ("120", Some(120)),
            ("99999999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3)),
            ("Sun, 06 Nov 1983 08:49:37 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("soon", None),
        ] {
            assert_eq!(retry_after(value, now), expected.map(Duration::from_secs), "{value}");
        }
    }
}
