//! The feature model (L1): gradient-boosted trees over [`features`], walked in a few microseconds.
//!
//! Two additive models in one file: `alert`, the log-odds that a candidate is a credential, and `real`, the log-odds that a
//! credential looks genuine rather than a default, dummy or test value. Friedman, "Greedy Function Approximation: A
//! Gradient Boosting Machine" (2001); trained by `trainer boost train`.
//!
//! The file is a safetensors container (layout in [`file`]); what it says is checked before it is used, so a file that
//! loads cannot make a walk leave its arrays or never end. A model fits one list of features: their hash must be equal.

mod file;
mod tree;

use crate::judge::features;

pub use file::{FORMAT, LoadError};
pub use tree::{Node, TreeError, Trees};

/// A scale and a shift of log-odds: `scale * x + shift` (Platt, "Probabilistic Outputs for Support Vector Machines", 1999).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Above 0; 1 changes nothing.
    pub scale: f32,
    /// Added after scaling; corrects for the mix of classes in training.
    pub shift: f32,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { scale: 1.0, shift: 0.0 }
    }
}

/// Trees with their start value and their calibration.
#[derive(Debug, Clone, PartialEq)]
pub struct Additive {
    /// The trees.
    pub trees: Trees,
    /// Log-odds before any tree.
    pub bias: f32,
    /// From the sum of the trees to log-odds that mean what they say.
    pub calibration: Calibration,
}

impl Additive {
    /// Start value and leaves of `row`, before calibration. `row` has the model's number of features; one that is missing
    /// is NaN.
    pub fn raw(&self, row: &[f32]) -> f32 {
        self.bias + self.trees.sum(row)
    }

    /// Calibrated log-odds (natural logarithm), finite.
    pub fn logit(&self, row: &[f32]) -> f32 {
        self.calibration.scale * self.raw(row) + self.calibration.shift
    }
}

/// The feature model.
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    /// Credential (real or weak) against harmless.
    pub alert: Additive,
    /// Among credentials: real against weak.
    pub real: Additive,
}

impl Ensemble {
    /// Calibrated log-odds that it is a credential.
    pub fn alert(&self, row: &[f32]) -> f32 {
        self.alert.logit(row)
    }

    /// Calibrated log-odds that it is a real one, if it is a credential.
    pub fn real(&self, row: &[f32]) -> f32 {
        self.real.logit(row)
    }

    /// Reads and checks a model file for the features of this program.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        Self::for_features(bytes, features::hash(), features::names().len())
    }

    /// As [`Self::from_bytes`], for features with this hash and number.
    pub fn for_features(bytes: &[u8], hash: &str, count: usize) -> Result<Self, LoadError> {
        file::read(bytes, hash, count)
    }

    /// The model as a file, the same bytes for the same model. `notes` are further metadata (recipe, metrics) for people.
    pub fn to_bytes(&self, hash: &str, notes: &[(String, String)]) -> Vec<u8> {
        file::write(self, hash, notes)
    }
}

#[cfg(test)]
mod tests;
