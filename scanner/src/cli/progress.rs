//! The progress line on a terminal.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::scan::Progress;

/// A spinner with counts on standard error; indicatif hides it where that is no terminal.
pub(super) struct Spinner {
    bar: ProgressBar,
    blobs: AtomicU64,
    bytes: AtomicU64,
}

impl Spinner {
    pub(super) fn new(quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(8) };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]") {
            bar.set_style(style);
        }
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(125));
        }
        Self { bar, blobs: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Spinner {
    fn blob(&self, bytes: u64) {
        let blobs = self.blobs.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if blobs.is_multiple_of(64) && !self.bar.is_hidden() {
            self.bar.set_message(format!("scanned {} files, {}", HumanCount(blobs), HumanBytes(bytes)));
        }
    }

    fn judging(&self, doubtful: usize) {
        self.bar.set_message(format!("judging {} candidates", HumanCount(doubtful as u64)));
    }
    fn verifying(&self, tokens: usize) {
        self.bar.set_message(format!("asking providers about {} tokens", HumanCount(tokens as u64)));
    }
}
