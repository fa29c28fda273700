//! What each example weighs in a fit.
//!
//! A few repositories hold most of the labelled rows; each is capped, so that none is the model's teacher alone. Generated
//! and handwritten examples weigh together what the recipe says, however many there are.

use std::collections::BTreeMap;

use super::recipe::Recipe;
use super::table::Row;
use crate::example::Class;

/// What a fit counts: the weights of [`of`], with credentials, and real ones above all, as heavy as the recipe wants.
/// Nothing is measured or calibrated with these: probabilities must be those of the mix that scans meet.
pub(super) fn for_fit(rows: &[Row], weights: &[f64], recipe: &Recipe) -> Vec<f64> {
    let factor = |class| match class {
        Class::Real => f64::from(recipe.alert_weight * recipe.real_weight),
        Class::Weak => f64::from(recipe.alert_weight),
        Class::Placeholder | Class::Not => 1.0,
    };
    rows.iter().zip(weights).map(|(row, weight)| weight * factor(row.class)).collect()
}

/// The weights, in the rows' order; 0 for what rules decide.
pub(super) fn of(rows: &[Row], recipe: &Recipe) -> Vec<f64> {
    let mut repositories: BTreeMap<&str, f64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.is_real() && !row.by_rule) {
        *repositories.entry(&row.group).or_default() += f64::from(row.weight);
    }
    let cap = f64::from(recipe.repository_cap);
    let real: f64 = repositories.values().map(|sum| sum.min(cap)).sum();
    let sum = |of: fn(&Row) -> bool| {
        rows.iter().filter(|row| of(row) && !row.by_rule).map(|row| f64::from(row.weight)).sum::<f64>()
    };
    // Without repositories (a test, a team with examples of its own) every example weighs what it says.
    let scale = |share: f32, total: f64| {
        if real > 0.0 && total > 0.0 { f64::from(share) * real / total } else { 1.0 }
    };
    let generated = scale(recipe.generated_share, sum(Row::is_generated));
    let handwritten = scale(recipe.handwritten_share, sum(Row::is_handwritten));
    rows.iter()
        .map(|row| {
            if row.by_rule {
                return 0.0;
            }
            let factor = if row.is_generated() {
                generated
            } else if row.is_handwritten() {
                handwritten
            } else {
                let sum = repositories[row.group.as_str()];
                if sum > cap { cap / sum } else { 1.0 }
            };
            f64::from(row.weight) * factor
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::Split;

    fn row(source: &str, group: &str, weight: f32) -> Row {
        Row {
            id: String::new(),
            source: source.into(),
            group: group.into(),
            stratum: String::new(),
            class: Class::Not,
            split: Split::Train,
            weight,
            documented: 0.0,
            by_rule: false,
        }
    }

    #[test]
    fn repositories_are_capped_and_the_rest_weighs_its_share() {
        let mut rows = vec![row("credata", "small", 1.0), row("unlabelled", "small", 0.5)];
        rows.extend((0..100).map(|_| row("credata", "large", 1.0)));
        rows.extend((0..7).map(|_| row("synth", "synth/a", 1.0)));
        rows.extend((0..3).map(|_| row("hand", "hand/a", 0.5)));
        rows.push(Row { by_rule: true, ..row("credata", "large", 1.0) });
        let recipe = Recipe {
            repository_cap: 10.0,
            generated_share: 0.5,
            handwritten_share: 0.2,
            ..Recipe::default()
        };
        let weights = of(&rows, &recipe);
        let sum = |from: usize, to: usize| weights[from..to].iter().sum::<f64>();
        assert!(sum(112, 113).abs() < 1e-12);
        rows[0].class = Class::Real;
        rows[1].class = Class::Weak;
        let recipe = Recipe { alert_weight: 2.0, real_weight: 3.0, ..recipe };
        let fitted = for_fit(&rows, &weights, &recipe);
        assert!((fitted[0] - 6.0).abs() < 1e-6 && (fitted[1] - 1.0).abs() < 1e-6);
        assert!((fitted[2] - weights[2]).abs() < 1e-12);
        assert!((sum(0, 2) - 1.5).abs() < 1e-6 && (sum(2, 102) - 10.0).abs() < 1e-5);
        assert!((sum(102, 109) - 5.75).abs() < 1e-5 && (sum(109, 112) - 2.3).abs() < 1e-5);
    }
}
