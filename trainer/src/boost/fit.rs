//! One fit: from rows to trees as the scanner walks them.

use forust_ml::GradientBooster;
use forust_ml::Matrix;
use forust_ml::errors::ForustError;
use forust_ml::gradientbooster::GrowPolicy;
use forust_ml::sampler::SampleMethod;
use secretscan::judge::boost::{Additive, Calibration, Node, TreeError, Trees};

use super::recipe::Recipe;
use super::table::Table;

/// Why trees cannot be grown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// One class only, or nothing at all.
    #[error("{0} examples of one class and {1} of the other: trees need both; add examples")]
    OneClass(usize, usize),
    /// The crate refuses.
    #[error("the trees cannot be grown: {0}")]
    Grow(#[from] ForustError),
    /// The crate's trees are not what the scanner can walk.
    #[error("the trees that were grown are broken: {0}")]
    Trees(#[from] TreeError),
    /// The crate's trees are not understood.
    #[error("the trees that were grown cannot be read: node {0} is odd")]
    Node(usize),
}

/// What is fitted: rows, their answers and their weights.
pub(super) struct Task<'a> {
    pub(super) table: &'a Table,
    pub(super) rows: Vec<usize>,
    /// 0 or 1 a row.
    pub(super) answers: Vec<f64>,
    /// Above 0, a row.
    pub(super) weights: Vec<f64>,
    pub(super) trees: usize,
}

/// Grows the trees on one thread. The calibration changes nothing yet.
pub(super) fn grow(task: &Task<'_>, recipe: &Recipe) -> Result<Additive, FitError> {
    convert(&booster(task, recipe)?)
}

fn booster(task: &Task<'_>, recipe: &Recipe) -> Result<GradientBooster, FitError> {
    let ones = task.answers.iter().filter(|y| **y > 0.5).count();
    if ones == 0 || ones == task.answers.len() {
        return Err(FitError::OneClass(ones, task.answers.len() - ones));
    }
    let columns = task.table.columns(&task.rows);
    let matrix = Matrix::new(&columns, task.rows.len(), Table::width());
    // The mean weight is 1, so that penalties and least weights of leaves mean the same for any weights.
    let mean = task.weights.iter().sum::<f64>() / task.weights.len() as f64;
    let weights: Vec<f64> = task.weights.iter().map(|weight| weight / mean).collect();
    let mut booster = GradientBooster::default()
        .set_iterations(task.trees)
        .set_learning_rate(recipe.learning_rate)
        .set_max_depth(recipe.depth)
        .set_max_leaves(recipe.leaves)
        .set_l2(recipe.l2)
        .set_min_leaf_weight(recipe.min_leaf_weight)
        .set_nbins(recipe.bins)
        .set_colsample_bytree(recipe.columns)
        .set_subsample(recipe.rows)
        .set_sample_method(if recipe.rows < 1.0 { SampleMethod::Random } else { SampleMethod::None })
        .set_seed(recipe.seed)
        .set_initialize_base_score(true)
        .set_parallel(false);
    booster.grow_policy = GrowPolicy::LossGuide;
    booster.fit(&matrix, &task.answers, &weights, None)?;
    Ok(booster)
}

fn convert(booster: &GradientBooster) -> Result<Additive, FitError> {
    let (mut nodes, mut roots) = (Vec::new(), Vec::new());
    for tree in &booster.trees {
        let root = nodes.len();
        roots.push(root as u32);
        for (at, node) in tree.nodes.iter().enumerate() {
            let place = |child: usize| u32::try_from(root + child).map_err(|_| FitError::Node(at));
            nodes.push(if node.is_leaf {
                Node::Leaf(node.weight_value)
            } else {
                Node::Split {
                    feature: u16::try_from(node.split_feature).map_err(|_| FitError::Node(at))?,
                    threshold: not_below(node.split_value),
                    left: place(node.left_child)?,
                    right: place(node.right_child)?,
                    missing_left: node.missing_node == node.left_child,
                }
            });
        }
    }
    let trees = Trees::new(&nodes, &roots, Table::width())?;
    Ok(Additive { trees, bias: booster.base_score as f32, calibration: Calibration::default() })
}

/// The least `f32` that is not below `x`: a feature (an `f32`) is below it exactly if it is below `x`.
fn not_below(x: f64) -> f32 {
    let near = x as f32;
    if f64::from(near) < x { near.next_up() } else { near }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boost::table::Row;
    use crate::example::{Class, Split};
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    /// Rows whose answer hangs on an interplay of two features, with noise in all.
    fn table(rows: usize) -> (Table, Vec<f64>) {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut answers = Vec::new();
        let rows = (0..rows)
            .map(|n| {
                let mut numbers: Vec<f32> =
                    (0..Table::width()).map(|_| random.random_range(-1.0..1.0)).collect();
                numbers[3] = random.random_range(0..5) as f32;
                let answer = (numbers[0] > 0.1) == (numbers[3] >= 2.0);
                answers.push(f64::from(u8::from(answer)));
                let row = Row {
                    id: n.to_string(),
                    source: "hand".into(),
                    group: n.to_string(),
                    stratum: String::new(),
                    class: if answer { Class::Real } else { Class::Not },
                    split: Split::Train,
                    weight: 1.0,
                    documented: 0.0,
                    by_rule: false,
                };
                (row, numbers)
            })
            .collect();
        (Table::of(rows), answers)
    }

    fn recipe() -> Recipe {
        Recipe { trees: 30, learning_rate: 0.3, columns: 1.0, ..Recipe::default() }
    }

    #[test]
    fn the_scanner_walks_the_trees_as_the_crate_does() {
        let (table, answers) = table(400);
        let rows: Vec<usize> = (0..400).collect();
        let task = Task { table: &table, rows: rows.clone(), weights: vec![0.5; 400], answers, trees: 30 };
        let booster = booster(&task, &recipe()).expect("grown");
        let mut columns = table.columns(&rows);
        // Missing numbers go the same way too.
        for number in columns.iter_mut().step_by(7) {
            *number = f64::NAN;
        }
        let expected = booster.predict(&Matrix::new(&columns, 400, Table::width()), false);
        let model = convert(&booster).expect("sound trees");
        assert_eq!(model.trees.len(), 30);
        for (row, expected) in expected.iter().enumerate() {
            let numbers: Vec<f32> =
                (0..Table::width()).map(|column| columns[column * 400 + row] as f32).collect();
            assert!((f64::from(model.raw(&numbers)) - expected).abs() < 1e-4, "row {row}");
        }
    }

    #[test]
    fn an_interplay_of_features_is_learnt_and_a_second_run_is_the_same() {
        let (table, answers) = table(400);
        let task = |answers: &[f64]| Task {
            table: &table,
            rows: (0..300).collect(),
            weights: vec![1.0; 300],
            answers: answers[..300].to_vec(),
            trees: 30,
        };
        let model = grow(&task(&answers), &recipe()).expect("grown");
        assert_eq!(model, grow(&task(&answers), &recipe()).expect("grown"));
        let right =
            (300..400).filter(|&row| (model.raw(table.numbers(row)) > 0.0) == (answers[row] > 0.5)).count();
        assert!(right >= 70, "{right} of 100");
        assert!(matches!(grow(&task(&[1.0; 400]), &recipe()), Err(FitError::OneClass(300, 0))));
    }

    #[test]
    fn thresholds_keep_every_number_on_its_side() {
        for x in [0.1_f64, -0.1, 1.0, 1e-40, 0.300_000_000_1, f64::from(0.3_f32)] {
            let t = not_below(x);
            for number in [t, t.next_down(), t.next_up(), x as f32] {
                assert_eq!(number < t, f64::from(number) < x, "{x} {number}");
            }
        }
    }
}
