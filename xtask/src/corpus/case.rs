//! One case and its outcome; all cases on all processors.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, anyhow};

/// What a case does: it gives a short text of what was compared, or fails with the difference.
type Check = Box<dyn Fn() -> Result<String> + Send + Sync>;

/// One case: a set of expectations that pass or fail together.
pub struct Case {
    name: String,
    work: Work,
}

enum Work {
    Check(Check),
    Skip(String),
}

enum Outcome {
    Passed(String),
    Failed(String),
    Skipped(String),
}

#[derive(Default)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
}

impl Case {
    pub fn new(
        name: impl Into<String>,
        check: impl Fn() -> Result<String> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), work: Work::Check(Box::new(check)) }
    }

    pub fn skipped(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { name: name.into(), work: Work::Skip(reason.into()) }
    }

    /// A case that cannot even begin: its expectation is missing or cannot be read.
    pub fn broken(name: impl Into<String>, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::new(name, move || Err(anyhow!(reason.clone())))
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn outcome(&self) -> Outcome {
        let check = match &self.work {
            Work::Skip(reason) => return Outcome::Skipped(reason.clone()),
            Work::Check(check) => check,
        };
        match catch_unwind(AssertUnwindSafe(check)) {
            Ok(Ok(detail)) => Outcome::Passed(detail),
            Ok(Err(error)) => Outcome::Failed(format!("{error:#}")),
            Err(panic) => Outcome::Failed(format!("panicked: {}", panic_text(panic.as_ref()))),
        }
    }
}

/// Runs the cases, several at once, and prints each one's outcome in their order.
pub fn run_all(cases: &[Case]) -> Tally {
    let outcomes: Vec<_> = cases.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(position) else { return };
                    let outcome = case.outcome();
                    if let Ok(mut place) = outcomes[position].lock() {
                        *place = Some(outcome);
                    }
                }
            });
        }
    });
    let mut tally = Tally::default();
    for (case, outcome) in cases.iter().zip(outcomes) {
        let outcome = outcome.into_inner().ok().flatten();
        report(case, &outcome.unwrap_or(Outcome::Failed("gave no outcome".into())), &mut tally);
    }
    tally
}

fn report(case: &Case, outcome: &Outcome, tally: &mut Tally) {
    let (count, word, text) = match outcome {
        Outcome::Passed(text) => (&mut tally.passed, "passed", text),
        Outcome::Failed(text) => (&mut tally.failed, "FAILED", text),
        Outcome::Skipped(text) => (&mut tally.skipped, "skipped", text),
    };
    *count += 1;
    println!("{word:7} {}: {text}", case.name);
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_counted_once_and_a_panic_is_a_failure() {
        let cases = [
            Case::new("good", || Ok("1 row".into())),
            Case::new("bad", || Err(anyhow!("not equal"))),
            Case::new("worse", || panic!("out of range")),
            Case::broken("gone", "has no expectation"),
            Case::skipped("other", "of a kind that is not run"),
        ];
        let tally = run_all(&cases);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 3, 1));
    }
}
