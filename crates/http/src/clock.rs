use std::fmt::Debug;
use std::time::{Duration, SystemTime};

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
