//! One labelled example: the line format of all data sets (JSONL, one object a line).

use secretscan::judge::features::FileStatistics;
use serde::{Deserialize, Serialize};

/// What the value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Looks like a genuine secret.
    Real,
    /// A default, dummy or test credential in use.
    Weak,
    /// Stands for a credential that the reader is to fill in.
    Placeholder,
    /// No credential.
    Not,
}

/// Two-way label: real and weak are alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// A credential.
    Alert,
    /// Harmless.
    Safe,
}

impl Class {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Real, Self::Weak, Self::Placeholder, Self::Not];

    /// Number 0 to 3.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Its two-way label.
    pub fn label(self) -> Label {
        match self {
            Self::Real | Self::Weak => Label::Alert,
            Self::Placeholder | Self::Not => Label::Safe,
        }
    }
}

/// The part of the data that an example belongs to. Decided by repository (or seed), never by example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Weights are fitted on it.
    Train,
    /// Stopping, calibration and presets.
    Validation,
    /// Kept out; only measured.
    Test,
}

/// One candidate value in its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Unique within a set: `credata/0401c075/0795adfe/4/9`, `synth/env-read/17`, `hand/yaml/12`.
    pub id: String,
    /// `credata`, `unlabelled`, `synth`, `hand`.
    pub source: String,
    /// Repository id, or the stratum's name and seed for generated ones: the unit of splitting and of bootstraps.
    pub repo: String,
    /// Path as in the repository.
    pub path: String,
    /// The file, or as much of it as the window needs: whole lines around the value.
    pub text: String,
    /// Bytes of `text` that are the value, half-open.
    pub span: [usize; 2],
    /// Alert or safe.
    pub label: Label,
    /// The class behind the label.
    pub class: Class,
    /// Kind of credential or of value, for slices: a category of the collection, or the scanner's kind.
    pub kind: String,
    /// Named group, for slices: `human-password/season-year`, `negative/env-read`.
    pub stratum: String,
    /// Train, validation or test.
    pub split: Split,
    /// Weight in training, in (0, 1].
    pub weight: f32,
    /// Remark for people; empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// What is counted over the whole file, if `text` is only a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<FileStatistics>,
}
