//! Decides candidates: a cascade of rules, a documented score, and a language model for the doubtful middle.

pub mod boost;
pub mod cache;
pub mod cascade;
pub mod chat;
pub mod context;
pub mod decide;
pub mod digest;
pub mod encode;
pub mod features;
pub mod gguf;
pub mod heuristic;
#[cfg(feature = "llama")]
mod llama;
pub mod model;
pub mod profile;
pub mod weak;

use crate::candidate::{Proof, Syntax};
use crate::rule::Rule;

pub use cache::{Cache, CachedJudge};
pub use context::window;
pub use features::FileStatistics;
pub use model::{Model, ModelSource, load};
pub use profile::Profile;

/// The text around a candidate that a judge sees, as bytes of the blob. Built by `judge::context`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Window {
    /// Path of the blob.
    pub path: String,
    /// Up to five whole lines before the value's line, cut to 256 bytes around their start.
    pub before: Vec<Vec<u8>>,
    /// The value's line, cut around the value: the bytes before the value.
    pub left: Vec<u8>,
    /// The value; of more than 4 KiB its first 3 and its last.
    pub value: Vec<u8>,
    /// The bytes after the value on its last line.
    pub right: Vec<u8>,
    /// Up to five whole lines after.
    pub after: Vec<Vec<u8>>,
    /// The name the value is bound to (its last 128 bytes).
    pub key: Option<Vec<u8>>,
    /// One other line near by that uses the same name.
    pub usage: Option<Vec<u8>>,
}

/// One question to a judge.
#[derive(Debug, Clone)]
pub struct Query {
    /// What stands around.
    pub window: Window,
    /// Id of the rule that found it.
    pub rule: std::sync::Arc<Rule>,
    /// How it is written.
    pub syntax: Syntax,
    /// What the validator says.
    pub proof: Proof,
    /// What is counted over the whole file.
    pub statistics: FileStatistics,
    /// The feature model's log-odds that it is a credential, natural logarithm; 0 where there is no feature model.
    pub prior: f32,
}

/// Gives each question the probability in [0, 1] that the value is a credential.
///
/// The answer depends on the query alone: not on its place in the batch, the size of the batch or the thread.
pub trait Judge: Send {
    /// Answers all, in order. An error concerns the whole batch (a broken model, a lost server).
    fn judge(&mut self, queries: &[Query]) -> Result<Vec<f32>, JudgeError>;
    /// Name for reports.
    fn name(&self) -> String;
    /// All that the answer to `query` depends on, as bytes that never leave the process: [`Cache`] stores a salted
    /// hash of them. `None` if answers must not be kept.
    fn cache_material(&self, _query: &Query) -> Option<Vec<u8>> {
        None
    }
}

impl<J: Judge + ?Sized> Judge for Box<J> {
    fn judge(&mut self, queries: &[Query]) -> Result<Vec<f32>, JudgeError> {
        (**self).judge(queries)
    }

    fn name(&self) -> String {
        (**self).name()
    }

    fn cache_material(&self, query: &Query) -> Option<Vec<u8>> {
        (**self).cache_material(query)
    }
}

/// [`Judge::cache_material`] of a model: what it is, and the tokens of the question.
#[cfg(feature = "llama")]
fn cache_material(identity: &str, tokens: impl Iterator<Item = i32>) -> Vec<u8> {
    let mut bytes = (identity.len() as u64).to_le_bytes().to_vec();
    bytes.extend(identity.as_bytes());
    bytes.extend(tokens.flat_map(i32::to_le_bytes));
    bytes
}

/// Why a judge could not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JudgeError {
    /// The model file cannot be read.
    #[error("cannot read the model {path}: {source}; give a readable GGUF with --model, or --judge off")]
    Read {
        /// The file.
        path: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is not a model that this build can run.
    #[error("cannot use the model {path}: {cause}; give another GGUF with --model, or --judge off")]
    Unusable {
        /// The file.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
    /// This build or this machine cannot run any model.
    #[error("cannot run a language model: {cause}; scan without one with --judge off")]
    Unavailable {
        /// Why.
        cause: String,
    },
    /// The model failed while it judged.
    #[error("the model failed while judging: {cause}; try --judge off and report this")]
    Failed {
        /// What llama.cpp said.
        cause: String,
    },
}
