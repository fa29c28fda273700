//! A seeded generator of pseudo-random choices (`SplitMix64`), so that a corpus is the same on every machine.
//!
//! Not for cryptography: the values only have to look random to a scanner.

/// Deterministic choices from one seed.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

/// Letters and digits in the order of ASCII, the alphabet of most tokens.
pub(crate) const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Base62 and the two signs of URL-safe base64.
pub(crate) const BASE64URL: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-";
/// Lower-case hexadecimal digits.
pub(crate) const HEX: &str = "0123456789abcdef";
/// Decimal digits.
pub(crate) const DIGITS: &str = "0123456789";
/// Lower-case letters and digits.
pub(crate) const LOWER36: &str = "0123456789abcdefghijklmnopqrstuvwxyz";

impl Rng {
    /// A stream of its own for `label` under `seed`: adding one label never shifts the values of another.
    pub(crate) fn for_label(seed: u64, label: &str) -> Self {
        // FNV-1a, folded with the seed.
        let hash = label.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ hash)
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; `bound` must not be 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// A number in `low..=high`.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// One of the items; the slice must not be empty.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }

    /// `length` characters of an ASCII alphabet.
    pub(crate) fn chars(&mut self, alphabet: &str, length: usize) -> String {
        (0..length).map(|_| char::from(alphabet.as_bytes()[self.below(alphabet.len())])).collect()
    }

    /// `length` random bytes.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| (self.next() >> 24) as u8).collect()
    }
}
