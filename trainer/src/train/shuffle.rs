//! Which item comes when: a fresh order of all items in every epoch, as a function of a seed and a number alone, so that a
//! run goes on anywhere without a saved state of random numbers.

use rand::Rng as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

/// Random numbers for one purpose: the same for the same three numbers, independent for others.
pub fn random(seed: u64, purpose: u64, number: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&purpose.to_le_bytes());
    key[16..24].copy_from_slice(&number.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// An endless sequence over `count` items.
#[derive(Debug, Clone)]
pub struct Shuffle {
    count: u64,
    seed: u64,
    purpose: u64,
    /// The epoch whose order is kept.
    kept: Option<(u64, Vec<u32>)>,
}

impl Shuffle {
    /// Over items `0..count`; `purpose` sets apart several sequences of one seed.
    pub fn new(count: usize, seed: u64, purpose: u64) -> Self {
        Self { count: count as u64, seed, purpose, kept: None }
    }

    /// Items in all.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The item at `position` of the sequence and its epoch. There must be items.
    pub fn at(&mut self, position: u64) -> (usize, u64) {
        let (epoch, place) = (position / self.count, (position % self.count) as usize);
        if self.kept.as_ref().is_none_or(|kept| kept.0 != epoch) {
            let mut order: Vec<u32> = (0..self.count as u32).collect();
            let mut random = random(self.seed, self.purpose, epoch);
            for n in (1..order.len()).rev() {
                order.swap(n, random.random_range(0..=n));
            }
            self.kept = Some((epoch, order));
        }
        let order = &self.kept.as_ref().expect("just kept").1;
        (order[place] as usize, epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_has_every_item_once_in_another_order_and_any_place_can_be_asked_for() {
        let mut shuffle = Shuffle::new(50, 7, 1);
        let all: Vec<usize> = (0..100).map(|n| shuffle.at(n).0).collect();
        for epoch in all.chunks(50) {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..50));
        }
        assert_ne!(all[..50], all[50..]);
        let mut fresh = Shuffle::new(50, 7, 1);
        assert_eq!(fresh.at(77), (all[77], 1));
        assert_eq!(fresh.at(3).0, all[3]);
        assert_ne!(
            Shuffle::new(50, 8, 1).at(3).0 + 50 * Shuffle::new(50, 8, 1).at(4).0,
            all[3] + 50 * all[4]
        );
    }
}
