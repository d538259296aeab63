use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use plimsoll_scan::Progress;

/// A line on standard error while layers are read; nothing where that is no terminal.
pub struct TerminalProgress {
    bar: ProgressBar,
}

impl TerminalProgress {
    pub fn new(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        Self { bar }
    }

    /// Says what is being done now.
    pub fn say(&self, what: &str) {
        self.bar.set_message(plimsoll_scan::printable(what).into_owned());
        self.bar.enable_steady_tick(Duration::from_millis(100));
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
