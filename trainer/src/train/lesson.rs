//! What a batch is to teach, and its loss: next tokens, verdicts, classes. Each term carries its weight, so that the
//! losses of micro-batches add up to that of a step.
//!
//! Written twice: over slices with the gradient by hand for the engine of the CPU, and in differentiable operations for
//! other devices; a test holds both to each other.

use candle_core::{D, Result, Tensor};
use secretscan::judge::encode::Encoder;

use crate::model::engine::Head;
use crate::model::{Batch, Llama, loss, ops};

/// Tokens whose logits are the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    /// Alert, safe, then the four classes.
    tokens: [u32; 6],
}

impl Answers {
    /// Those of the native encoding.
    pub fn of(encoder: &Encoder) -> Self {
        let [real, weak, placeholder, not] = encoder.classes();
        Self { tokens: [encoder.alert(), encoder.safe(), real, weak, placeholder, not] }
    }

    /// Any tokens in that order.
    pub(crate) fn new(tokens: [u32; 6]) -> Self {
        Self { tokens }
    }

    /// Alert, safe, then the four classes.
    pub fn tokens(&self) -> &[u32; 6] {
        &self.tokens
    }
}

/// The next token of some rows of the batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NextTokens {
    /// Rows of the batch.
    pub rows: Vec<u32>,
    /// The token that follows each.
    pub targets: Vec<u32>,
    /// Weight of each.
    pub weights: Vec<f32>,
}

/// The verdict at one row of the batch: the last of a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Row of the batch.
    pub row: u32,
    /// The feature model's log-odds, which the network's are added to.
    pub prior: f32,
    /// Probability to be told: near 1 for alert, near 0 for safe.
    pub target: f32,
    /// Weight of the verdict.
    pub weight: f32,
    /// Number of the class, 0 to 3.
    pub class: usize,
    /// Weight of the class.
    pub class_weight: f32,
}

/// A batch and what it teaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// The sequences.
    pub batch: Batch,
    /// Next tokens.
    pub next: NextTokens,
    /// Verdicts.
    pub verdicts: Vec<Verdict>,
}

/// Sums of the weighted losses.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Losses {
    /// Next tokens.
    pub next: f64,
    /// Verdicts.
    pub verdict: f64,
    /// Classes.
    pub class: f64,
}

impl Losses {
    /// What is minimised.
    pub fn total(&self) -> f64 {
        self.next + self.verdict + self.class
    }

    /// Adds those of another micro-batch.
    pub fn add(&mut self, other: &Self) {
        self.next += other.next;
        self.verdict += other.verdict;
        self.class += other.class;
    }
}

impl Lesson {
    /// Its losses, and their gradients into `head`.
    pub fn run(&self, mut head: Head<'_>, answers: &Answers) -> Losses {
        let mut losses = Losses { next: self.next_tokens(&mut head), ..Losses::default() };
        let Head { hidden, output, width, d_hidden, d_output, .. } = head;
        for verdict in &self.verdicts {
            let at = verdict.row as usize * width;
            let state = &hidden[at..at + width];
            let logits = answer_logits(state, output, answers);
            let (verdict_loss, class_loss, d_logits) = verdict.loss(&logits);
            losses.verdict += verdict_loss;
            losses.class += class_loss;
            for (&token, d) in answers.tokens.iter().zip(d_logits) {
                let token = token as usize * width;
                loss::add_scaled(&mut d_hidden[at..at + width], d, &output[token..token + width]);
                loss::add_scaled(&mut d_output[token..token + width], d, state);
            }
        }
        losses
    }

    fn next_tokens(&self, head: &mut Head<'_>) -> f64 {
        let NextTokens { rows, targets, weights } = &self.next;
        let width = head.width;
        let row = |row: u32| row as usize * width..(row as usize + 1) * width;
        let mut selected = Vec::with_capacity(rows.len() * width);
        for &r in rows {
            selected.extend_from_slice(&head.hidden[row(r)]);
        }
        let mut d_selected = vec![0f32; selected.len()];
        let (output, precision) = (head.output, head.precision);
        let input = loss::Input { hidden: &selected, output, width, targets, weights, precision };
        let to = loss::Gradients { hidden: &mut d_selected, output: head.d_output };
        let value = loss::cross_entropy(input, Some(to));
        for (&r, d) in rows.iter().zip(d_selected.chunks_exact(width)) {
            loss::add_scaled(&mut head.d_hidden[row(r)], 1.0, d);
        }
        value
    }

    /// The same loss as a graph: the scalar to take the gradient of, and its parts.
    pub fn graph(&self, llama: &Llama, answers: &Answers) -> Result<(Tensor, Losses)> {
        let hidden = llama.hidden(&self.batch)?;
        let NextTokens { rows, targets, weights } = &self.next;
        let mut total = Tensor::zeros((), hidden.dtype(), hidden.device())?;
        let mut losses = Losses::default();
        let value = |x: &Tensor| Ok::<_, candle_core::Error>(f64::from(x.to_scalar::<f32>()?));
        if !rows.is_empty() {
            let next = ops::cross_entropy(&ops::rows(&hidden, rows)?, llama.output(), targets, weights)?;
            losses.next = value(&next)?;
            total = (total + next)?;
        }
        if !self.verdicts.is_empty() {
            let rows: Vec<u32> = self.verdicts.iter().map(|verdict| verdict.row).collect();
            let logits = llama.logits_of(&ops::rows(&hidden, &rows)?, &answers.tokens)?;
            let column = |of: fn(&Verdict) -> f32| {
                let values: Vec<f32> = self.verdicts.iter().map(of).collect();
                Tensor::from_vec(values, rows.len(), hidden.device())
            };
            let answer = |n: usize| logits.narrow(1, n, 1)?.squeeze(1);
            let z = ((answer(0)? - answer(1)?)? + column(|v| v.prior)?)?;
            // log(1 + e^z), without overflow.
            let soft = (z.relu()? + (z.abs()?.neg()?.exp()? + 1.0)?.log()?)?;
            let each = (soft - (column(|v| v.target)? * &z)?)?;
            let verdict = (each * column(|v| v.weight)?)?.sum_all()?;
            let classes: Vec<u32> = self.verdicts.iter().map(|v| v.class as u32).collect();
            let classes = Tensor::from_vec(classes, (rows.len(), 1), hidden.device())?;
            let right =
                candle_nn::ops::log_softmax(&logits.narrow(1, 2, 4)?, D::Minus1)?.gather(&classes, 1)?;
            let class = (right.squeeze(1)? * column(|v| v.class_weight)?)?.sum_all()?.neg()?;
            (losses.verdict, losses.class) = (value(&verdict)?, value(&class)?);
            total = ((total + verdict)? + class)?;
        }
        Ok((total, losses))
    }
}

/// Logits of the answers' tokens from one state.
pub fn answer_logits(state: &[f32], output: &[f32], answers: &Answers) -> [f32; 6] {
    answers
        .tokens
        .map(|token| loss::inner_product(state, &output[token as usize * state.len()..][..state.len()]))
}

impl Verdict {
    /// Weighted losses of verdict and class, and the gradient of the six logits.
    fn loss(&self, logits: &[f32; 6]) -> (f64, f64, [f32; 6]) {
        let z = f64::from(self.prior) + f64::from(logits[0]) - f64::from(logits[1]);
        let (target, weight) = (f64::from(self.target), f64::from(self.weight));
        let verdict = weight * (z.max(0.0) + (-z.abs()).exp().ln_1p() - target * z);
        let dz = weight * (1.0 / (1.0 + (-z).exp()) - target);
        let classes: [f64; 4] = std::array::from_fn(|n| f64::from(logits[n + 2]));
        let most = classes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = classes.iter().map(|x| (x - most).exp()).sum();
        let weight = f64::from(self.class_weight);
        let class = weight * (sum.ln() + most - classes[self.class]);
        let mut d = [dz as f32, -dz as f32, 0.0, 0.0, 0.0, 0.0];
        for (n, x) in classes.iter().enumerate() {
            let right = if n == self.class { 1.0 } else { 0.0 };
            d[n + 2] = (weight * ((x - most).exp() / sum - right)) as f32;
        }
        (verdict, class, d)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::{Config, Engine, Parameters};
    use candle_core::Device;

    pub(in crate::train) fn tiny() -> Config {
        Config {
            hidden_size: 32,
            num_hidden_layers: 2,
            num_attention_heads: 4,
            num_key_value_heads: 2,
            intermediate_size: 48,
            max_position_embeddings: 256,
            ..Config::nano(60)
        }
    }

    pub(in crate::train) fn answers() -> Answers {
        Answers { tokens: [50, 51, 52, 53, 54, 55] }
    }

    pub(in crate::train) fn lesson() -> Lesson {
        let sequences: [Vec<u32>; 3] =
            [(1..20).collect(), vec![7, 9], (0..30).map(|n| n * 11 % 50).collect()];
        let batch = Batch::new(sequences.iter().map(Vec::as_slice));
        let (rows, targets) = batch.next_tokens();
        let weights = vec![0.01; rows.len()];
        let verdict = |(n, row): (usize, u32)| Verdict {
            row,
            prior: n as f32 - 1.0,
            target: if n == 1 { 0.97 } else { 0.03 },
            weight: 0.3,
            class: n,
            class_weight: 0.1,
        };
        let verdicts = batch.last_rows().into_iter().enumerate().map(verdict).collect();
        Lesson { batch, next: NextTokens { rows, targets, weights }, verdicts }
    }

    #[test]
    fn the_loss_and_gradients_by_hand_equal_those_of_the_graph() {
        let parameters = Parameters::init(&tiny(), 3, &Device::Cpu).unwrap();
        let engine = Engine::new(&tiny(), crate::model::Precision::F32).unwrap();
        let lesson = lesson();
        let (gradients, losses) =
            engine.gradients(&parameters, &lesson.batch, |head| lesson.run(head, &answers())).unwrap();
        let llama = Llama::trainable(&tiny(), &parameters).unwrap();
        let (total, parts) = lesson.graph(&llama, &answers()).unwrap();
        assert!((losses.total() - f64::from(total.to_scalar::<f32>().unwrap())).abs() < 1e-5);
        for (a, b) in
            [(losses.next, parts.next), (losses.verdict, parts.verdict), (losses.class, parts.class)]
        {
            assert!(a > 0.1 && (a - b).abs() < 1e-5, "{a} {b}");
        }
        let store = total.backward().unwrap();
        for ((name, var), gradient) in parameters.iter().zip(&gradients) {
            let expected = store.get(var).unwrap();
            let squares = |x: &Tensor| ops::inplace::sum_of_squares(x).unwrap();
            let far = (squares(&(gradient - expected).unwrap()) / squares(expected)).sqrt();
            assert!(far < 1e-4, "{name}: {far}");
        }
    }

    #[test]
    fn a_verdict_against_a_sure_prior_costs_what_the_formula_says() {
        let verdict = Verdict { row: 0, prior: 3.0, target: 0.0, weight: 1.0, class: 3, class_weight: 1.0 };
        let (cost, class, d) = verdict.loss(&[0.0; 6]);
        assert!((cost - (1.0 + 3f64.exp()).ln()).abs() < 1e-9);
        assert!((class - 4f64.ln()).abs() < 1e-9);
        assert!((d[0] - 0.952_574).abs() < 1e-5 && (d[1] + d[0]).abs() < 1e-9 && (d[5] + 0.75).abs() < 1e-6);
    }
}
