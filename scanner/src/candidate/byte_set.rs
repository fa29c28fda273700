//! A set of byte values.

/// A set of byte values, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    /// Adds the bytes `first..=last`.
    pub(super) fn insert(&mut self, first: u8, last: u8) {
        for byte in first..=last {
            self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
    }

    #[inline]
    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    /// Number of bytes in the set.
    pub(super) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    #[must_use]
    pub(super) fn union(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }

    /// Length of the run of members at the start of `text`.
    pub(super) fn run(&self, text: &[u8]) -> usize {
        text.iter().position(|&byte| !self.contains(byte)).unwrap_or(text.len())
    }

    /// True if `text` holds `least` members in a row. Looks at one byte in `least` where there are none.
    pub(super) fn has_run(&self, text: &[u8], least: usize) -> bool {
        let least = least.max(1);
        // Every run of that length that begins at `start` or later holds the byte at `start + least - 1`.
        let mut start = 0;
        while let Some(&probe) = text.get(start + least - 1) {
            if !self.contains(probe) {
                start += least;
                continue;
            }
            let back = text[start..start + least].iter().rev().take_while(|&&b| self.contains(b)).count();
            let ahead = self.run(&text[start + least..]);
            if back + ahead >= least {
                return true;
            }
            start += least + ahead + 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ByteSet;

    #[test]
    fn membership_holds_at_both_ends() {
        let mut set = ByteSet::default();
        set.insert(0, 0);
        set.insert(63, 64);
        set.insert(255, 255);
        let members: Vec<u8> = (0..=255).filter(|&byte| set.contains(byte)).collect();
        assert_eq!(members, [0, 63, 64, 255]);
        assert_eq!(set.len(), 4);
    }

    proptest! {
        #[test]
        fn has_run_agrees_with_counting(text in "[ab]{0,60}", least in 1usize..9) {
            let mut set = ByteSet::default();
            set.insert(b'a', b'a');
            let longest = text.split('b').map(str::len).max().unwrap_or(0);
            prop_assert_eq!(set.has_run(text.as_bytes(), least), longest >= least);
        }
    }
}
