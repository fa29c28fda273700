//! Not too many requests a second: a gap between any two, and a longer one between two to the same host.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The gap between any two requests.
#[derive(Debug)]
pub(super) struct Pace {
    gap: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(gap: Duration) -> Self {
        Self { gap, next: Mutex::new(None) }
    }

    /// The turns of one host, `gap` apart.
    pub(super) fn of_host(&self, gap: Duration) -> Turn<'_> {
        Turn { pace: self, gap, next: None }
    }
}

/// The requests to one host, which wait for each other and for those to others.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pace: &'a Pace,
    gap: Duration,
    next: Option<Instant>,
}

impl Turn<'_> {
    /// Sleeps until the next request may start.
    pub(super) fn wait(&mut self) {
        sleep_until(self.next);
        let start = {
            let mut next = self.pace.next.lock().unwrap_or_else(PoisonError::into_inner);
            reserve(&mut next, Instant::now(), self.pace.gap)
        };
        sleep_until(Some(start));
        self.next = Some(start + self.gap);
    }
}

/// The first free moment from `now` on; the one after it is `gap` later.
fn reserve(next: &mut Option<Instant>, now: Instant, gap: Duration) -> Instant {
    let start = next.map_or(now, |next| next.max(now));
    *next = Some(start + gap);
    start
}

fn sleep_until(moment: Option<Instant>) {
    if let Some(moment) = moment {
        thread::sleep(moment.saturating_duration_since(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_a_gap_apart_and_none_is_saved_up() {
        let (start, gap) = (Instant::now(), Duration::from_millis(100));
        let mut next = None;
        let at = |next: &mut _, ms| reserve(next, start + Duration::from_millis(ms), gap) - start;
        let given: Vec<u128> = [0, 10, 20, 1000, 1010].map(|ms| at(&mut next, ms).as_millis()).to_vec();
        assert_eq!(given, [0, 100, 200, 1000, 1100]);
    }
}
