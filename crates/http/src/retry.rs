//! When a request is tried again, and after how long.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::clock::Clock;

/// How often something is asked for, and how long is waited in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Times that a server is asked without getting any further, 1 for no second try.
    pub attempts: u32,
    /// The wait before the second try; it doubles with every further one.
    pub first_wait: Duration,
    /// No wait of our own choice is longer.
    pub longest_wait: Duration,
    /// A server that asks for a longer wait than this (`Retry-After`) is not waited for: the request has failed.
    pub longest_retry_after: Duration,
    /// Times that one broken stream is taken up again where it stood.
    pub resumptions: u32,
    /// Where the jitter of the waits starts; `None` for another one each time.
    pub seed: Option<u64>,
}

impl Default for RetryPolicy {
    /// For one who waits for the answer.
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

/// Why one try did not succeed; `E` is what the caller makes of what another try would not change.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure<E> {
    /// Another try may succeed, after `retry_after` where the server said so.
    Transient { detail: String, retry_after: Option<Duration> },
    /// There is no connection: another try may succeed, but hardly another request to the same server.
    Unreachable(String),
    /// Another try would fail in the same way.
    Final(E),
}

impl<E> Failure<E> {
    pub fn transient(detail: impl Into<String>) -> Self {
        Self::Transient { detail: detail.into(), retry_after: None }
    }

    /// The same failure, with the caller's own error.
    pub fn map<F>(self, make: impl FnOnce(E) -> F) -> Failure<F> {
        match self {
            Self::Transient { detail, retry_after } => Failure::Transient { detail, retry_after },
            Self::Unreachable(detail) => Failure::Unreachable(detail),
            Self::Final(error) => Failure::Final(make(error)),
        }
    }

    /// The error that it comes to where it is not tried again; `make` makes one of what there is to say.
    pub fn into_error(self, make: impl FnOnce(String) -> E) -> E {
        match self {
            Self::Transient { detail, .. } | Self::Unreachable(detail) => make(detail),
            Self::Final(error) => error,
        }
    }

    fn map_detail(self, make: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Transient { detail, retry_after } => {
                Self::Transient { detail: make(detail), retry_after }
            }
            Self::Unreachable(detail) => Self::Unreachable(make(detail)),
            Self::Final(_) => self,
        }
    }
}

/// The tries of one request.
pub struct Tries<'a> {
    policy: &'a RetryPolicy,
    clock: &'a dyn Clock,
    waits: Waits,
    made: u32,
    resumed: u32,
}

impl<'a> Tries<'a> {
    #[must_use]
    pub fn new(policy: &'a RetryPolicy, clock: &'a dyn Clock) -> Self {
        Self { policy, clock, waits: Waits::new(policy), made: 0, resumed: 0 }
    }

    /// Waits before the next try, where there is one. `got_further` says that the last one was of use: the server is then not
    /// asked for more patience than at first.
    ///
    /// # Errors
    /// The failure, with how often it was tried, where no try is left.
    pub fn again<E>(&mut self, failure: Failure<E>, got_further: bool) -> Result<(), Failure<E>> {
        let (detail, retry_after) = match &failure {
            Failure::Transient { detail, retry_after } => (detail, *retry_after),
            Failure::Unreachable(detail) => (detail, None),
            Failure::Final(_) => return Err(failure),
        };
        if got_further && self.resumed < self.policy.resumptions {
            self.resumed += 1;
            self.made = 0;
            self.waits = Waits::new(self.policy);
        }
        self.made += 1;
        if let Some(asked) = retry_after
            && asked > self.policy.longest_retry_after
        {
            let seconds = asked.as_secs();
            let told = |detail| format!("{detail}; it asks to come back in {seconds} seconds");
            return Err(failure.map_detail(told));
        }
        if self.made >= self.policy.attempts {
            let tried = |detail| match self.made {
                1 => detail,
                times => format!("{detail} (tried {times} times)"),
            };
            return Err(failure.map_detail(tried));
        }
        let wait = self.waits.next_wait().max(retry_after.unwrap_or_default());
        tracing::debug!(detail, ?wait, "trying again");
        self.clock.sleep(wait);
        Ok(())
    }
}

/// Waits that double, each cut by up to a half at random, so that many clients do not come back at the same instant.
pub struct Waits {
    next: Duration,
    longest: Duration,
    random: u64,
}

impl Waits {
    #[must_use]
    pub fn new(policy: &RetryPolicy) -> Self {
        Self {
            next: policy.first_wait.min(policy.longest_wait),
            longest: policy.longest_wait,
            random: policy.seed.unwrap_or_else(|| RandomState::new().hash_one(0)),
        }
    }

    /// How long to wait this time. They never end.
    pub fn next_wait(&mut self) -> Duration {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FakeClock;

    fn policy() -> RetryPolicy {
        RetryPolicy { seed: Some(7), ..RetryPolicy::default() }
    }

    fn tired(retry_after: Option<u64>) -> Failure<()> {
        let retry_after = retry_after.map(Duration::from_secs);
        Failure::Transient { detail: "it is tired".to_owned(), retry_after }
    }

    fn words(failure: Failure<()>) -> String {
        let mut words = String::new();
        failure.into_error(|detail| words = detail);
        words
    }

    #[test]
    fn waits_double_up_to_the_longest_and_are_cut_by_at_most_a_half() {
        let mut waits = Waits::new(&policy());
        for whole in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000] {
            let wait = waits.next_wait().as_millis();
            assert!(wait >= whole / 2 && wait <= whole, "{wait} for {whole}");
        }
        let (mut one, mut other) = (Waits::new(&policy()), Waits::new(&policy()));
        assert_eq!(one.next_wait(), other.next_wait());
    }

    #[test]
    fn a_request_is_tried_as_often_as_the_policy_says() {
        let (policy, clock) = (policy(), FakeClock::default());
        let mut tries = Tries::new(&policy, &clock);
        let last = loop {
            if let Err(failure) = tries.again(tired(None), false) {
                break failure;
            }
        };
        assert_eq!(words(last), "it is tired (tried 4 times)");
        assert_eq!(clock.sleeps().len(), 3);
        let once = RetryPolicy { attempts: 1, ..policy };
        let unreachable = Failure::<()>::Unreachable("it is away".to_owned());
        let failure = Tries::new(&once, &clock).again(unreachable, false).unwrap_err();
        assert_eq!(failure, Failure::Unreachable("it is away".to_owned()));
    }

    #[test]
    fn what_failed_for_good_is_not_tried_again() {
        let (policy, clock) = (policy(), FakeClock::default());
        let last = Tries::new(&policy, &clock).again(Failure::Final(7), false);
        assert_eq!((last, clock.sleeps().len()), (Err(Failure::Final(7)), 0));
    }

    #[test]
    fn who_gets_further_has_more_tries_but_not_without_end() {
        let policy = RetryPolicy { attempts: 2, resumptions: 5, ..policy() };
        let clock = FakeClock::default();
        let mut tries = Tries::new(&policy, &clock);
        while tries.again(tired(None), true).is_ok() {}
        assert_eq!(clock.sleeps().len(), 5);
        assert!(clock.sleeps().iter().all(|slept| *slept <= policy.first_wait));
    }

    #[test]
    fn a_server_is_not_asked_before_it_wants_to_be_and_not_waited_for_by_the_hour() {
        let (policy, clock) = (policy(), FakeClock::default());
        assert_eq!(Tries::new(&policy, &clock).again(tired(Some(30)), false), Ok(()));
        assert_eq!(clock.sleeps(), [Duration::from_secs(30)]);
        let failure = Tries::new(&policy, &clock).again(tired(Some(21_600)), false).unwrap_err();
        assert_eq!(words(failure), "it is tired; it asks to come back in 21600 seconds");
        assert_eq!(clock.sleeps().len(), 1);
    }
}
