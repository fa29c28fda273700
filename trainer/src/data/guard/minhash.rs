//! Sets of hashes that are alike: MinHash signatures (Broder, SEQUENCES 1997) in bands (Indyk and Motwani, STOC 1998).

use std::collections::BTreeMap;

/// Numbers of a signature.
const SIZE: usize = 64;
/// Bands that a signature is cut into; sets with a Jaccard similarity of .8 share one with probability .9998.
const BANDS: usize = 16;
const ROWS: usize = SIZE / BANDS;

/// For each of 64 hash functions the smallest value over the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature([u32; SIZE]);

/// A finalizer (Stafford's variant 13 of MurmurHash3's): equal inputs give equal, others independent outputs.
pub(crate) fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// FNV-1a, mixed.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    mix(bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)))
}

impl Signature {
    /// Of a set of hashes; its order does not matter.
    pub(crate) fn of(set: impl Iterator<Item = u64>) -> Self {
        let mut least = [u32::MAX; SIZE];
        for item in set {
            for (n, least) in (0_u64..).zip(&mut least) {
                let value = (mix(item ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 32) as u32;
                *least = (*least).min(value);
            }
        }
        Self(least)
    }

    /// The share of equal numbers: an estimate of the Jaccard similarity.
    pub(crate) fn similarity(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).filter(|(a, b)| a == b).count() as f32 / SIZE as f32
    }

    fn bands(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.0
            .chunks_exact(ROWS)
            .enumerate()
            .map(|(band, rows)| (band, rows.iter().fold(band as u64, |h, &row| mix(h ^ u64::from(row)))))
    }
}

/// Finds earlier sets that share a band.
#[derive(Debug, Default)]
pub(crate) struct Index(BTreeMap<(usize, u64), Vec<u32>>);

impl Index {
    /// Remembers a set under a number.
    pub(crate) fn insert(&mut self, signature: &Signature, number: u32) {
        for key in signature.bands() {
            self.0.entry(key).or_default().push(number);
        }
    }

    /// Numbers of sets that may be alike, sorted.
    pub(crate) fn candidates(&self, signature: &Signature) -> Vec<u32> {
        let mut found: Vec<u32> =
            signature.bands().filter_map(|key| self.0.get(&key)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(range: std::ops::Range<u64>) -> Signature {
        Signature::of(range.map(mix))
    }

    #[test]
    fn the_estimate_is_near_the_similarity() {
        for (overlap, expected) in [(0, 0.0), (50, 1.0 / 3.0), (90, 9.0 / 11.0), (100, 1.0)] {
            let estimate = set(0..100).similarity(&set(100 - overlap..200 - overlap));
            assert!((estimate - expected as f32).abs() < 0.17, "{overlap}: {estimate}");
        }
    }

    #[test]
    fn alike_sets_are_found_and_others_are_not() {
        let mut index = Index::default();
        index.insert(&set(0..100), 7);
        assert_eq!(index.candidates(&set(5..105)), [7]);
        assert!(index.candidates(&set(1000..1100)).is_empty());
    }
}
