//! Small changes to a question before it is encoded for training, so that no single part of it is relied on.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use secretscan::judge::Query;
use serde::{Deserialize, Serialize};

/// Probabilities, each of its own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// The path is left out.
    pub drop_path: f64,
    /// The name and its other use are left out.
    pub drop_key: f64,
    /// Each line around is left out.
    pub drop_line: f64,
    /// The feature model's log-odds are 0: the network must find out by itself.
    pub drop_prior: f64,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self { drop_path: 0.3, drop_key: 0.15, drop_line: 0.1, drop_prior: 0.15 }
    }
}

impl Augmentation {
    /// No change at all.
    pub const NONE: Self = Self { drop_path: 0.0, drop_key: 0.0, drop_line: 0.0, drop_prior: 0.0 };

    /// A changed copy. It draws the same number of random numbers whatever happens.
    pub fn apply(&self, query: &Query, random: &mut ChaCha8Rng) -> Query {
        let mut query = query.clone();
        let mut chance = |probability: f64| random.random::<f64>() < probability;
        let (path, key, prior) = (chance(self.drop_path), chance(self.drop_key), chance(self.drop_prior));
        let window = &mut query.window;
        if path {
            window.path.clear();
        }
        if key {
            window.key = None;
            window.usage = None;
        }
        if prior {
            query.prior = 0.0;
        }
        window.before.retain(|_| !chance(self.drop_line));
        window.after.retain(|_| !chance(self.drop_line));
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::Split;
    use crate::prepare::{self, Preparer};
    use crate::train::question::tests::examples;
    use crate::train::shuffle::random;

    #[test]
    fn parts_go_as_often_as_asked_and_the_same_seed_takes_the_same() {
        let engine = prepare::engine();
        let mut query =
            Preparer::new(&engine).prepare(&examples(1, Split::Train)[0]).expect("a candidate").query;
        query.prior = 2.0;
        let augmentation = Augmentation { drop_path: 0.3, drop_key: 0.5, drop_line: 0.1, drop_prior: 1.0 };
        let run = |n| augmentation.apply(&query, &mut random(1, 2, n));
        let all: Vec<Query> = (0..2000).map(run).collect();
        let share = |of: &dyn Fn(&Query) -> bool| all.iter().filter(|q| of(q)).count() as f64 / 2000.0;
        assert!((share(&|q| q.window.path.is_empty()) - 0.3).abs() < 0.04);
        assert!((share(&|q| q.window.key.is_none()) - 0.5).abs() < 0.04);
        assert!((share(&|q| q.window.before.is_empty()) - 0.1).abs() < 0.03);
        assert!(all.iter().all(|q| q.prior == 0.0 && q.window.value == query.window.value));
        assert_eq!(run(5).window, run(5).window);
        let same = Augmentation::NONE.apply(&query, &mut random(1, 2, 3));
        assert!(same.window == query.window && (same.prior - 2.0).abs() < f32::EPSILON);
    }
}
