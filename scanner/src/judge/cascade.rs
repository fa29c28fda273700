//! The feature model of a model file, and what goes with it: whom it leaves to the language model, and the thresholds.
//!
//! All of it is metadata of the one GGUF, so that a team's own model brings its own feature model. It is read without
//! llama.cpp: a build or a machine that cannot run a language model still judges with the feature model.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use super::boost::Ensemble;
use super::features::{self, FileStatistics};
use super::gguf::Gguf;
use super::heuristic;
use super::profile::{number, rounded_logistic};
use crate::candidate::Candidate;
use crate::value::path::PathInfo;

/// Metadata key of the feature model: a string, Base64 of its safetensors file.
pub const FEATURES_KEY: &str = "secretscan.features";
/// Metadata keys of the probabilities between which the language model is asked (f32).
pub const BOUNDS_KEYS: [&str; 2] = ["secretscan.bounds.safe", "secretscan.bounds.credential"];
/// Metadata keys begin so before `strict`, `balanced`, `recall`: the thresholds of the language model's probability.
pub const PRESET_PREFIX: &str = "secretscan.preset.";
/// The same for the probability of the feature model alone.
pub const FEATURES_PRESET_PREFIX: &str = "secretscan.features.preset.";

/// Least probabilities of a reported finding, by preset, each in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Few false alarms.
    pub strict: f32,
    /// The default.
    pub balanced: f32,
    /// Few misses.
    pub recall: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { strict: 0.75, balanced: 0.5, recall: 0.25 }
    }
}

impl Thresholds {
    /// Those of the documented score.
    pub fn of_score() -> Self {
        Self { balanced: heuristic::THRESHOLD, ..Self::default() }
    }

    /// Reads the three keys that begin with `prefix`; what is missing has its default.
    pub fn of(gguf: &Gguf, prefix: &str) -> Result<Self, String> {
        let default = Self::default();
        let read = |name: &str, default| probability(gguf, &format!("{prefix}{name}"), default);
        Ok(Self {
            strict: read("strict", default.strict)?,
            balanced: read("balanced", default.balanced)?,
            recall: read("recall", default.recall)?,
        })
    }
}

fn probability(gguf: &Gguf, key: &str, default: f32) -> Result<f32, String> {
    let p = number(gguf, key, default)?;
    if (0.0..=1.0).contains(&p) { Ok(p) } else { Err(format!("{key} is not between 0 and 1")) }
}

/// What the feature model thinks of a candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opinion {
    /// Calibrated log-odds (natural logarithm) that it is a credential, real or weak.
    pub log_odds: f32,
    /// The same as a probability in [0, 1].
    pub probability: f32,
}

/// A feature model with its bounds and thresholds.
#[derive(Debug)]
pub struct Cascade {
    /// The file's own name, for reports.
    pub name: String,
    ensemble: Ensemble,
    bounds: [f32; 2],
    /// For the feature model's own verdicts.
    pub features: Thresholds,
    /// For the language model's verdicts.
    pub model: Thresholds,
}

impl Cascade {
    /// Reads the metadata; `None` if the file has no feature model.
    pub fn of(gguf: &Gguf) -> Result<Option<Self>, String> {
        let Some(value) = gguf.get(FEATURES_KEY) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| format!("{FEATURES_KEY} is no string"))?;
        let bytes = BASE64_STANDARD.decode(text).map_err(|e| format!("{FEATURES_KEY} is no Base64: {e}"))?;
        let ensemble = Ensemble::from_bytes(&bytes).map_err(|e| format!("{FEATURES_KEY}: {e}"))?;
        let bounds = [probability(gguf, BOUNDS_KEYS[0], 0.03)?, probability(gguf, BOUNDS_KEYS[1], 0.97)?];
        Ok(Some(Self {
            name: gguf.title(),
            ensemble,
            bounds,
            features: Thresholds::of(gguf, FEATURES_PRESET_PREFIX)?,
            model: Thresholds::of(gguf, PRESET_PREFIX)?,
        }))
    }

    /// The feature model's opinion. `value` is `text[candidate.span]`, `name` is `text[candidate.key]`.
    pub fn opinion(
        &self,
        candidate: &Candidate,
        value: &[u8],
        name: Option<&[u8]>,
        path: &PathInfo,
        text: &[u8],
        statistics: &FileStatistics,
    ) -> Opinion {
        let features = features::measure(candidate, value, name, path, text, statistics);
        let log_odds = self.ensemble.alert(&features);
        Opinion { log_odds, probability: rounded_logistic(f64::from(log_odds)) }
    }

    /// True where the language model is asked.
    pub fn is_doubtful(&self, probability: f32) -> bool {
        (self.bounds[0]..=self.bounds[1]).contains(&probability)
    }
}
