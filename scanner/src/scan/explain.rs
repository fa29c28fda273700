//! Decisions with their grounds, for `secretscan explain`.

use std::sync::Arc;

use crate::candidate::Encoding;
use crate::finding::{Fact, Verdict};
use crate::fingerprint::Fingerprint;
use crate::location::Location;
use crate::rule::Rule;
use crate::secret::Secret;

/// One decision, reported or not.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The blob.
    pub path: String,
    /// Where in it.
    pub location: Location,
    /// The most specific rule that saw it.
    pub rule: Arc<Rule>,
    /// Other rules that saw it.
    pub also: Vec<String>,
    /// The value; shows itself masked.
    pub secret: Secret,
    /// The name it is bound to.
    pub key: Option<String>,
    /// The encodings that it was reached by, the outermost first.
    pub decoded: Vec<Encoding>,
    /// Names the value.
    pub fingerprint: Fingerprint,
    /// The decision. `Safe` with a probability of 0 for candidates that were dropped before any judge.
    pub verdict: Verdict,
    /// What the value says about itself.
    pub facts: Vec<Fact>,
    /// What the documented score is made of: feature and contribution in log-odds, greatest first.
    pub grounds: Vec<(&'static str, f32)>,
    /// What silenced it, if something did.
    pub suppressed: Option<String>,
}
