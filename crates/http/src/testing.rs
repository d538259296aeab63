//! A clock that does not wait, for tests.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use crate::Clock;

/// The moment at which the clock stands, in seconds since 1970.
pub const NOW: u64 = 1_800_000_000;

/// Stands at one moment but for the sleeps, which pass at once and are remembered.
#[derive(Debug, Default)]
pub struct FakeClock {
    sleeps: Mutex<Vec<Duration>>,
}

impl FakeClock {
    #[must_use]
    pub fn sleeps(&self) -> Vec<Duration> {
        self.sleeps.lock().unwrap().clone()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> SystemTime {
        let slept: Duration = self.sleeps.lock().unwrap().iter().sum();
        SystemTime::UNIX_EPOCH + Duration::from_secs(NOW) + slept
    }

    fn sleep(&self, duration: Duration) {
        self.sleeps.lock().unwrap().push(duration);
    }
}
