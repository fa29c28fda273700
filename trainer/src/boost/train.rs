//! The whole of a training: cross-fit, calibration, the final fit.

use indicatif::ProgressBar;
use rayon::prelude::*;
use secretscan::judge::boost::{Additive, Calibration, Ensemble};

use super::fit::{self, FitError, Task};
use super::recipe::Recipe;
use super::table::Table;
use super::{calibrate, fold, weight};
use crate::example::Class;

/// What a training gives.
#[derive(Debug)]
pub struct Outcome {
    /// Fitted on all rows.
    pub model: Ensemble,
    /// Calibrated log-odds that it is a credential, a row: from models that had not seen the row's group.
    pub alert: Vec<f32>,
    /// The same that it is a real one, if it is a credential.
    pub real: Vec<f32>,
    /// The models of the folds, calibrated as the final one.
    pub folds: Vec<Ensemble>,
    /// The fold of each row.
    pub fold_of: Vec<usize>,
    /// What each row weighs in calibration and figures; 0 for what rules decide.
    pub weights: Vec<f64>,
}

impl Outcome {
    /// Log-odds of rows that were not fitted, by fold models that had not seen their group; the final model's for
    /// groups that no fit has seen.
    pub fn score(&self, fitted: &Table, table: &Table) -> Vec<f32> {
        let fold_of: std::collections::BTreeMap<&str, usize> =
            fitted.rows.iter().zip(&self.fold_of).map(|(row, fold)| (row.group.as_str(), *fold)).collect();
        table
            .rows
            .iter()
            .enumerate()
            .map(|(n, row)| {
                let model = fold_of.get(row.group.as_str()).map_or(&self.model, |fold| &self.folds[*fold]);
                model.alert(table.numbers(n))
            })
            .collect()
    }
}

/// Which of the two models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// Credential or harmless; all rows.
    Alert,
    /// Real or weak; credentials only.
    Real,
}

impl Question {
    fn answer(self, class: Class) -> Option<bool> {
        match (self, class) {
            (Self::Alert, class) => Some(matches!(class, Class::Real | Class::Weak)),
            (Self::Real, Class::Real) => Some(true),
            (Self::Real, Class::Weak) => Some(false),
            (Self::Real, _) => None,
        }
    }
}

/// Trains both models. `progress` counts fits: twice the folds and two.
pub fn train(table: &Table, recipe: &Recipe, progress: &ProgressBar) -> Result<Outcome, FitError> {
    let fold_of = fold::assign(&table.rows, recipe.folds);
    let weights = weight::of(&table.rows, recipe);
    let fitted = weight::for_fit(&table.rows, &weights, recipe);
    let questions = [Question::Alert, Question::Real];
    // The last one leaves nothing out: it is what ships.
    let jobs: Vec<(usize, Question)> =
        (0..=recipe.folds).rev().flat_map(|fold| questions.map(|question| (fold, question))).collect();
    let grown: Vec<Result<Additive, FitError>> = jobs
        .par_iter()
        .map(|&(left_out, question)| {
            let model = grow(table, recipe, &fitted, question, |row| fold_of[row] != left_out);
            progress.inc(1);
            model
        })
        .collect();
    let mut models = grown.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter();
    let mut pairs = Vec::with_capacity(recipe.folds + 1);
    while let (Some(alert), Some(real)) = (models.next(), models.next()) {
        pairs.push(Ensemble { alert, real });
    }
    pairs.reverse();
    let unseen = |of: fn(&Ensemble) -> &Additive| -> Vec<f32> {
        (0..table.rows.len()).map(|row| of(&pairs[fold_of[row]]).raw(table.numbers(row))).collect()
    };
    let (alert, real) = (unseen(|model| &model.alert), unseen(|model| &model.real));
    let calibrations = [(Question::Alert, &alert), (Question::Real, &real)]
        .map(|(question, raw)| calibrate::fit(&answered(table, &weights, question, raw)));
    for pair in &mut pairs {
        pair.alert.calibration = calibrations[0];
        pair.real.calibration = calibrations[1];
    }
    let model = pairs.pop().expect("one more model than folds");
    let calibrated = |raw: Vec<f32>, by: Calibration| raw.iter().map(|x| by.scale * x + by.shift).collect();
    Ok(Outcome {
        model,
        alert: calibrated(alert, calibrations[0]),
        real: calibrated(real, calibrations[1]),
        folds: pairs,
        fold_of,
        weights,
    })
}

/// Unseen scores with their answers, of repositories; of everything if there are none.
fn answered(table: &Table, weights: &[f64], question: Question, raw: &[f32]) -> Vec<(f32, bool, f64)> {
    let any_real = table.rows.iter().any(super::table::Row::is_real);
    table
        .rows
        .iter()
        .zip(weights)
        .zip(raw)
        .filter(|((row, _), _)| !any_real || row.is_real())
        .filter_map(|((row, weight), raw)| Some((*raw, question.answer(row.class)?, *weight)))
        .collect()
}

fn grow(
    table: &Table,
    recipe: &Recipe,
    weights: &[f64],
    question: Question,
    kept: impl Fn(usize) -> bool,
) -> Result<Additive, FitError> {
    let answer = |row: usize| question.answer(table.rows[row].class);
    let rows: Vec<usize> = (0..table.rows.len())
        .filter(|&row| kept(row) && answer(row).is_some() && weights[row] > 0.0)
        .collect();
    let task = Task {
        table,
        answers: rows.iter().map(|&row| f64::from(u8::from(answer(row) == Some(true)))).collect(),
        weights: rows.iter().map(|&row| weights[row]).collect(),
        trees: if question == Question::Alert { recipe.trees } else { recipe.real_trees },
        rows,
    };
    fit::grow(&task, recipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boost::table::Row;
    use crate::example::Split;
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    /// 20 repositories. Feature 0 says whether it is a credential, feature 1 whether a real one; feature 2 names the
    /// repository, and the last repository's credentials can be told by it alone.
    fn table() -> Table {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        Table::of(
            (0..800)
                .map(|n| {
                    let class = Class::ALL[random.random_range(0..4)];
                    let mut numbers = vec![0.0; Table::width()];
                    let alert = matches!(class, Class::Real | Class::Weak);
                    numbers[0] = random.random_range(-1.0_f32..1.0) + if alert { 1.0 } else { 0.0 };
                    numbers[1] =
                        random.random_range(-1.0_f32..1.0) + if class == Class::Real { 1.5 } else { 0.0 };
                    numbers[2] = (n % 20) as f32;
                    if n % 20 == 19 {
                        numbers[0] = 0.5;
                        numbers[3] = if alert { 1.0 } else { 0.0 };
                    }
                    let row = Row {
                        id: format!("r/{n}"),
                        source: "credata".into(),
                        group: format!("repo {}", n % 20),
                        stratum: String::new(),
                        class,
                        split: Split::Train,
                        weight: 1.0,
                        documented: 0.0,
                        by_rule: false,
                    };
                    (row, numbers)
                })
                .collect(),
        )
    }

    fn recipe() -> Recipe {
        Recipe { trees: 40, real_trees: 20, learning_rate: 0.2, columns: 1.0, rows: 1.0, ..Recipe::default() }
    }

    #[test]
    fn priors_come_from_models_that_had_not_seen_the_repository() {
        let table = table();
        let outcome = train(&table, &recipe(), &ProgressBar::hidden()).expect("trained");
        let right = |scores: &dyn Fn(usize) -> f32, of: &dyn Fn(usize) -> bool| {
            let rows: Vec<usize> = (0..800).filter(|row| of(*row)).collect();
            let hits =
                rows.iter().filter(|row| (scores(**row) > 0.0) == table.rows[**row].is_alert()).count();
            hits as f32 / rows.len() as f32
        };
        let final_model = |row: usize| outcome.model.alert(table.numbers(row));
        let unseen = |row: usize| outcome.alert[row];
        assert!(right(&unseen, &|row| row % 20 != 19) > 0.65);
        // What only the repository itself teaches is known to the final model and not to the prior.
        assert!(right(&final_model, &|row| row % 20 == 19) > 0.95);
        assert!(right(&unseen, &|row| row % 20 == 19) < 0.8);
        // The final model was fitted on the same rows; scoring a copy of them goes to the fold models.
        let copy = outcome.score(&table, &table);
        for (row, score) in copy.iter().enumerate() {
            assert!((score - outcome.alert[row]).abs() < 1e-4, "row {row}");
        }
    }

    #[test]
    fn threads_and_runs_change_no_byte() {
        let table = table();
        let bytes = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let outcome = pool.install(|| train(&table, &recipe(), &ProgressBar::hidden())).expect("trained");
            outcome.model.to_bytes(secretscan::judge::features::hash(), &[])
        };
        assert_eq!(bytes(1), bytes(3));
    }

    #[test]
    fn the_file_of_a_model_scores_as_the_model() {
        let table = table();
        let outcome = train(&table, &recipe(), &ProgressBar::hidden()).expect("trained");
        let bytes = outcome.model.to_bytes(secretscan::judge::features::hash(), &[]);
        let read = Ensemble::from_bytes(&bytes).expect("its own file");
        for row in 0..table.rows.len() {
            assert_eq!(
                read.alert(table.numbers(row)).to_bits(),
                outcome.model.alert(table.numbers(row)).to_bits()
            );
            assert_eq!(
                read.real(table.numbers(row)).to_bits(),
                outcome.model.real(table.numbers(row)).to_bits()
            );
        }
    }
}
