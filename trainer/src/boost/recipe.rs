//! How the trees are grown: everything that a run depends on besides its data.

use serde::{Deserialize, Serialize};

/// The recipe. Defaults are what the shipped model was trained with: chosen by out-of-fold average precision on
/// repositories, never on generated examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// Trees of the alert model.
    pub trees: usize,
    /// Trees of the real-or-weak model.
    pub real_trees: usize,
    /// Shrinkage of each tree.
    pub learning_rate: f32,
    /// Deepest leaf; the root has depth 0.
    pub depth: usize,
    /// Most leaves of a tree.
    pub leaves: usize,
    /// L2 penalty on leaves.
    pub l2: f32,
    /// Least sum of second derivatives in a leaf: about a quarter of the (weighted) examples it holds.
    pub min_leaf_weight: f32,
    /// Share of examples for each tree, in (0, 1].
    pub rows: f32,
    /// Share of features for each tree, in (0, 1].
    pub columns: f64,
    /// Bins of a feature.
    pub bins: u16,
    /// Folds of the cross-fit.
    pub folds: usize,
    /// What all examples of one repository may weigh together.
    pub repository_cap: f32,
    /// What generated examples weigh together, as a share of those of repositories.
    pub generated_share: f32,
    /// What handwritten examples weigh together, as a share of those of repositories.
    pub handwritten_share: f32,
    /// Weight of a credential as against a harmless value.
    pub alert_weight: f32,
    /// Weight of a real credential as against a weak one: missing it costs more.
    pub real_weight: f32,
    /// Seed of the choice of rows and columns.
    pub seed: u64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            trees: 400,
            real_trees: 200,
            learning_rate: 0.04,
            depth: 10,
            leaves: 32,
            l2: 4.0,
            min_leaf_weight: 2.0,
            rows: 0.8,
            columns: 0.3,
            bins: 128,
            folds: 5,
            repository_cap: 150.0,
            generated_share: 0.3,
            handwritten_share: 0.2,
            alert_weight: 1.0,
            real_weight: 2.5,
            seed: 1,
        }
    }
}

impl Recipe {
    /// What cannot be meant, in words; `None` if the recipe is sound.
    pub fn problem(&self) -> Option<&'static str> {
        let share = |x: f64| x > 0.0 && x <= 1.0;
        let positive = |x: f32| x.is_finite() && x > 0.0;
        let not_negative = |x: f32| x.is_finite() && x >= 0.0;
        let checks = [
            (
                (1..=4096).contains(&self.trees) && (1..=4096).contains(&self.real_trees),
                "trees and real_trees must be 1 to 4096",
            ),
            (
                (1..=16).contains(&self.depth) && (2..=4096).contains(&self.leaves),
                "depth must be 1 to 16, leaves 2 to 4096",
            ),
            (positive(self.learning_rate) && self.learning_rate <= 1.0, "learning_rate must be in (0, 1]"),
            (
                not_negative(self.l2) && not_negative(self.min_leaf_weight),
                "l2 and min_leaf_weight must be 0 or more",
            ),
            (share(f64::from(self.rows)) && share(self.columns), "rows and columns must be in (0, 1]"),
            ((4..=1024).contains(&self.bins), "bins must be 4 to 1024"),
            ((2..=50).contains(&self.folds), "folds must be 2 to 50"),
            (
                positive(self.repository_cap) && positive(self.alert_weight) && positive(self.real_weight),
                "repository_cap, alert_weight and real_weight must be above 0",
            ),
            (
                not_negative(self.generated_share) && not_negative(self.handwritten_share),
                "generated_share and handwritten_share must be 0 or more",
            ),
        ];
        checks.iter().find(|(sound, _)| !sound).map(|(_, problem)| *problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_sound_and_nonsense_is_told() {
        assert_eq!(Recipe::default().problem(), None);
        for broken in [
            Recipe { trees: 0, ..Recipe::default() },
            Recipe { learning_rate: f32::NAN, ..Recipe::default() },
            Recipe { columns: 0.0, ..Recipe::default() },
            Recipe { folds: 1, ..Recipe::default() },
            Recipe { repository_cap: 0.0, ..Recipe::default() },
        ] {
            assert!(broken.problem().is_some());
        }
        assert!(toml::from_str::<Recipe>("trees = 5\nleafs = 3").is_err());
        assert_eq!(toml::from_str::<Recipe>("trees = 5").expect("sound").trees, 5);
    }
}
