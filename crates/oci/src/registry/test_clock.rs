//! A clock that does not wait.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use super::retry::Clock;

/// Stands at one moment but for the sleeps, which pass at once and are remembered.
#[derive(Debug, Default)]
pub(crate) struct FakeClock {
    sleeps: Mutex<Vec<Duration>>,
}

impl FakeClock {
    pub(crate) fn sleeps(&self) -> Vec<Duration> {
        self.sleeps.lock().unwrap().clone()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> SystemTime {
        let slept: Duration = self.sleeps.lock().unwrap().iter().sum();
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000) + slept
    }

    fn sleep(&self, duration: Duration) {
        self.sleeps.lock().unwrap().push(duration);
    }
}
