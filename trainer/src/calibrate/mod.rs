//! Stacks the feature model and the language model, and chooses bounds and presets.
//!
//! Everything is chosen on validation repositories, which neither model was fitted on. The stack is a logistic
//! regression over two log-odds (Wolpert 1992; with one input it is Platt's scaling), fitted for each shipped
//! quantization, because quantization moves logits.

pub mod command;
mod stack;
mod thresholds;

pub use stack::Stack;

/// One labelled candidate with what both models say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// A credential, real or weak.
    pub alert: bool,
    /// A real one.
    pub real: bool,
    /// Weight, above 0.
    pub weight: f64,
    /// The feature model's log-odds.
    pub prior: f64,
    /// The language model's difference of logits, alert less safe.
    pub delta: f64,
}

/// The logistic function.
fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
