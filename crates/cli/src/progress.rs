use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use plimsoll_scan::Progress;

/// A line on standard error while layers are read; nothing where that is no terminal.
pub struct TerminalProgress {
    bar: ProgressBar,
    is_quiet: bool,
}

impl TerminalProgress {
    pub fn new(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        Self { bar, is_quiet: quiet }
    }

    /// Says what is being done now.
    pub fn say(&self, what: &str) {
        self.bar.set_message(plimsoll_scan::printable(what).into_owned());
        self.bar.enable_steady_tick(Duration::from_millis(100));
    }

    /// Says, once and for good, what was found out.
    pub fn note(&self, what: &str) {
        if self.is_quiet {
            return;
        }
        // Nobody reads standard error where it cannot be written to.
        let write = || writeln!(anstream::stderr(), "{}", plimsoll_scan::printable(what));
        let _ = self.bar.suspend(write);
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for TerminalProgress {
    fn layers(&self, count: usize) {
        self.bar.set_length(count as u64);
        if let Ok(style) =
            ProgressStyle::with_template("{spinner} {msg} {pos}/{len} layers, {elapsed}")
        {
            self.bar.set_style(style);
        }
    }

    fn layer_done(&self, _: usize) {
        self.bar.inc(1);
    }
}
