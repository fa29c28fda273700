//! The rule that found the candidate.

use crate::candidate::{Candidate, Proof};

table! {
    /// Appends the numbers.
    c: Candidate;
    "rule: detector" => c.rule.detector as usize,
    "rule: kind" => c.rule.kind as usize,
    "rule: syntax" => c.syntax as usize,
    "rule: of a provider" => !c.rule.provider.is_empty(),
    "rule: publishable" => c.rule.publishable,
    "rule: has an expression" => c.rule.pattern.is_some(),
    "rule: proof" => match c.proof {
        Proof::Invalid => -1.0_f32,
        Proof::None => 0.0,
        Proof::Valid => 1.0,
    },
    "rule: others that saw it" => c.also.len(),
    "rule: random string" => c.rule.id == "high-entropy-string",
    "rule: password hash" => c.rule.id == "password-hash",
    "rule: encrypted key" => c.rule.id.starts_with("encrypted-"),
}
