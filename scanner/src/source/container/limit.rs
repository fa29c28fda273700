//! How much is unpacked of one outermost container, whatever it claims about itself.
//!
//! The budget is shared by all that lies inside, so that a bomb of many small layers costs no more than one large one.
//! What decompressors put out counts at every layer. Memory is what is held at a time: archives inside archives that
//! can be read only as a whole, and the windows of decompressors. Beyond [`OWN_HELD`] only one thread holds anything.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::problem::Problem;

/// Containers inside one another.
pub(super) const DEPTH: u32 = 8;
/// Entries of all layers. Images of large systems have some 200,000 files.
pub(super) const ENTRIES: u64 = 1_000_000;
/// Unpacked bytes for each stored one. Logs and dumps of databases reach a hundred, DEFLATE can reach a thousand.
pub(super) const RATIO: u64 = 200;
/// Unpacked bytes that even the smallest container may have.
pub(super) const LEAST: u64 = 256 * 1024 * 1024;
/// Unpacked bytes that even the largest may not exceed.
pub(super) const MOST: u64 = 32 * 1024 * 1024 * 1024;
/// Bytes held in memory at a time.
pub(super) const HELD: u64 = 128 * 1024 * 1024;
/// Longest header that says more about other entries than their own headers can; real ones are below 64 KiB, or the names of
/// a whole library.
pub(super) const LONGEST_HEADER: u64 = 1024 * 1024;
/// Of [`HELD`], what every thread may hold at the same time as all others.
const OWN_HELD: u64 = 8 * 1024 * 1024;

/// Held by the thread whose container takes more than its own part of memory.
static LARGE: Mutex<()> = Mutex::new(());

/// What is left for one outermost container.
pub(super) struct Budget {
    stored: Cell<u64>,
    unpacked: Cell<u64>,
    entries: Cell<u64>,
    held: Cell<u64>,
    /// Why unpacking ended early.
    refusal: Cell<Option<Problem>>,
    turn: RefCell<Option<MutexGuard<'static, ()>>>,
}

impl Budget {
    /// The budget of a container of `stored` bytes.
    pub(super) fn new(stored: u64) -> Self {
        Self {
            stored: Cell::new(stored),
            unpacked: Cell::new(0),
            entries: Cell::new(0),
            held: Cell::new(0),
            refusal: Cell::new(None),
            turn: RefCell::new(None),
        }
    }

    /// A stream turns out to be longer.
    pub(super) fn stored(&self, bytes: u64) {
        self.stored.set(self.stored.get() + bytes);
    }

    /// Why unpacking ended early, if it did.
    pub(super) fn refusal(&self) -> Option<Problem> {
        self.refusal.get()
    }

    /// Counts an entry.
    pub(super) fn entry(&self) -> io::Result<()> {
        self.entries.set(self.entries.get() + 1);
        if self.entries.get() > ENTRIES {
            self.refusal.set(Some(Problem::Entries));
        }
        self.check()
    }

    /// Counts unpacked bytes.
    pub(super) fn unpacked(&self, bytes: u64) -> io::Result<()> {
        self.unpacked.set(self.unpacked.get().saturating_add(bytes));
        let allowed = self.stored.get().saturating_mul(RATIO).clamp(LEAST, MOST);
        if self.unpacked.get() > allowed {
            self.refusal.set(Some(if allowed == MOST { Problem::Unpacked } else { Problem::Ratio }));
        }
        self.check()
    }

    /// Reserves memory until the answer is dropped.
    pub(super) fn hold(&self, bytes: u64) -> io::Result<Held<'_>> {
        let held = self.held.get().saturating_add(bytes);
        if held > HELD {
            return Err(Problem::Memory.into());
        }
        let mut turn = self.turn.borrow_mut();
        if held > OWN_HELD && turn.is_none() {
            *turn = Some(LARGE.lock().unwrap_or_else(PoisonError::into_inner));
        }
        self.held.set(held);
        Ok(Held { budget: self, bytes })
    }

    /// Reads `input` to its end into memory.
    pub(super) fn hold_all(&self, input: &mut dyn Read) -> io::Result<(Vec<u8>, Held<'_>)> {
        let (bytes, held, error) = self.hold_some(input);
        error.map_or(Ok((bytes, held)), Err)
    }

    /// Reads `input` into memory up to its end, or up to the error.
    pub(super) fn hold_some(&self, input: &mut dyn Read) -> (Vec<u8>, Held<'_>, Option<io::Error>) {
        const STEP: usize = 64 * 1024;
        let mut bytes = Vec::new();
        let mut held = Held { budget: self, bytes: 0 };
        loop {
            // Growing by halves moves no byte more than twice, and leaves no more than a third unused.
            let room = (bytes.len() / 2).max(STEP);
            if let Err(error) = held.grow(room as u64) {
                return (bytes, held, Some(error));
            }
            bytes.reserve_exact(room);
            match input.take(room as u64).read_to_end(&mut bytes) {
                Ok(count) if count == room => {}
                Ok(_) => return (bytes, held, None),
                Err(error) => return (bytes, held, Some(error)),
            }
        }
    }

    fn check(&self) -> io::Result<()> {
        self.refusal.get().map_or(Ok(()), |problem| Err(problem.into()))
    }
}

/// Reserved memory.
pub(super) struct Held<'b> {
    budget: &'b Budget,
    bytes: u64,
}

impl Held<'_> {
    /// Reserves more.
    pub(super) fn grow(&mut self, bytes: u64) -> io::Result<()> {
        let more = self.budget.hold(bytes)?;
        self.bytes += more.bytes;
        std::mem::forget(more);
        Ok(())
    }

    /// Gives back all but this.
    pub(super) fn shrink(&mut self, bytes: u64) {
        let less = self.bytes.saturating_sub(bytes);
        self.bytes -= less;
        self.budget.held.set(self.budget.held.get() - less);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.budget.held.set(self.budget.held.get() - self.bytes);
    }
}

/// Counts what a decompressor puts out. After an error it is never asked again: some decoders panic then.
pub(super) struct Counted<'b, R> {
    input: R,
    budget: &'b Budget,
    failed: bool,
}

impl<'b, R: Read> Counted<'b, R> {
    pub(super) fn new(input: R, budget: &'b Budget) -> Self {
        Self { input, budget, failed: false }
    }
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The xz decoder takes an answer of no bytes for the end of a block.
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.failed {
            return Err(Problem::Damaged("it cannot be unpacked to its end").into());
        }
        let result = self.input.read(buffer).and_then(|count| {
            self.budget.unpacked(count as u64)?;
            Ok(count)
        });
        self.failed = result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_container_has_the_least_and_a_large_one_the_most() {
        for (stored, allowed) in [(1, LEAST), (2 * LEAST, 2 * LEAST * RATIO), (MOST, MOST)] {
            let allowed = allowed.min(MOST);
            let budget = Budget::new(stored);
            assert!(budget.unpacked(allowed).is_ok(), "{stored}");
            assert!(budget.unpacked(1).is_err(), "{stored}");
            assert!(budget.entry().is_err(), "nothing goes on after a refusal");
        }
    }

    #[test]
    fn memory_is_given_back_and_never_exceeded() {
        let budget = Budget::new(1);
        let one = budget.hold(HELD - 10).expect("within the limit");
        assert!(budget.hold(11).is_err());
        drop(one);
        assert!(budget.hold(HELD).is_ok());
        let (bytes, held) = budget.hold_all(&mut std::io::repeat(7).take(3_000_000)).expect("it fits");
        assert_eq!(bytes.len(), 3_000_000);
        drop(held);
        assert_eq!(budget.held.get(), 0);
        assert!(budget.hold_all(&mut std::io::repeat(7)).is_err(), "an endless stream ends");
        assert_eq!(budget.held.get(), 0);
        assert_eq!(budget.refusal(), None, "what is too large for memory does not end the rest");
    }
}
