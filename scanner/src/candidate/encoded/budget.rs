//! How much is decoded. Without compression decoded text is shorter than what it comes from, so that these limits concern
//! what was written to break a scanner.

/// Encodings inside one another that are followed.
pub const DEPTH: usize = 3;

/// Bytes of all layers of one segment (at most a little over 2 MiB of text).
const BYTES: usize = 32 * 1024 * 1024;
/// Encoded parts of one segment.
const PARTS: usize = 100_000;
/// Unpacked bytes of one compressed stream.
pub(super) const UNPACKED: usize = 4 * 1024 * 1024;

/// What is left for one segment.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: usize,
    parts: usize,
    /// Something was left out.
    pub(crate) is_exceeded: bool,
    /// Bytes looked at more closely and bytes written: what a test of the cost can rely on.
    pub(crate) steps: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: BYTES, parts: PARTS, is_exceeded: false, steps: 0 }
    }
}

impl Budget {
    /// Takes up to `bytes`; gives how many.
    pub(super) fn take(&mut self, bytes: usize) -> usize {
        let taken = bytes.min(self.bytes);
        self.bytes -= taken;
        self.steps += taken as u64;
        self.is_exceeded |= taken < bytes;
        taken
    }

    /// Counts bytes that are read and not decoded.
    pub(super) fn look(&mut self, bytes: usize) {
        self.steps += bytes as u64;
    }

    /// Takes one part; false if there is none left.
    pub(super) fn take_part(&mut self) -> bool {
        let left = self.parts.checked_sub(1);
        self.is_exceeded |= left.is_none();
        self.parts = left.unwrap_or(0);
        left.is_some()
    }

    /// One with so much left.
    #[cfg(test)]
    pub(super) fn of(bytes: usize, parts: usize) -> Self {
        Self { bytes, parts, ..Self::default() }
    }
}
