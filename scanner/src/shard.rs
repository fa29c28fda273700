//! One of several parts of a tree that machines scan side by side.
//!
//! A file belongs to the part that a hash of its path as reported names, so that all machines agree without a word,
//! whatever order they walk in. They must be given the same paths.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// Part `index` (from 1) of `count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// What is no shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("give a part and the number of parts, from 1: 2/5 is the second of five")]
pub struct ShardError;

impl Shard {
    /// Part `index`, from 1, of `count`.
    pub fn new(index: u32, count: u32) -> Result<Self, ShardError> {
        if (1..=count).contains(&index) { Ok(Self { index, count }) } else { Err(ShardError) }
    }

    /// Which part, from 1.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are.
    pub fn count(self) -> u32 {
        self.count
    }

    /// True if the file that reports show as `path` is in this part: the first eight bytes of the path's SHA-256, as a
    /// big-endian number, modulo the count. Every file is in exactly one part.
    pub fn holds(self, path: &str) -> bool {
        let digest = Sha256::digest(path);
        let number = digest.iter().take(8).fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
        number % u64::from(self.count) == u64::from(self.index - 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (index, count) = text.split_once('/').ok_or(ShardError)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| ShardError);
        Self::new(number(index)?, number(count)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_a_part_of_a_whole() {
        for text in ["1/1", "2/5", "5/5"] {
            assert_eq!(text.parse::<Shard>().map(|shard| shard.to_string()).as_deref(), Ok(text));
        }
        for text in ["0/5", "6/5", "1/0", "1", "/", "a/b", "-1/2", "1/2/3", ""] {
            assert_eq!(text.parse::<Shard>(), Err(ShardError), "{text}");
        }
    }

    #[test]
    fn every_path_is_in_exactly_one_shard_and_the_shards_are_of_similar_size() {
        const COUNT: u32 = 7;
        let mut sizes = [0_u32; COUNT as usize];
        for n in 0..7_000 {
            let path = format!("src/module{}/file{n}.py", n % 13);
            let holders: Vec<u32> = (1..=COUNT)
                .filter(|&index| Shard::new(index, COUNT).is_ok_and(|shard| shard.holds(&path)))
                .collect();
            assert_eq!(holders.len(), 1, "{path}");
            sizes[holders[0] as usize - 1] += 1;
        }
        assert!(sizes.iter().all(|size| (850..1150).contains(size)), "{sizes:?}");
    }

    /// Machines with different versions of the program share one tree: the rule must not change.
    #[test]
    fn the_rule_is_the_documented_one() {
        // printf %s src/app.py | sha256sum
        let expected = |count: u64| 0x0479_1d82_dd15_fdd4 % count + 1;
        for count in 1..=9 {
            let index = u32::try_from(expected(u64::from(count))).expect("small");
            assert!(Shard::new(index, count).expect("a shard").holds("src/app.py"), "{index}/{count}");
        }
    }
}
