//! Finds candidates: pure, from bytes to spans. No file, no thread, no clock.

pub mod assign;
mod byte_set;
pub mod encoded;
mod engine;
pub mod entropy;
pub mod hit;
pub mod keys;
pub mod negative;
mod overlap;
mod owner;
mod prefilter;
mod provider;
mod run;
mod shape;
pub mod structural;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::reason::Reason;
use crate::rule::Rule;

pub(crate) use owner::Owners;
pub(crate) use provider::longest_window;

pub use encoded::{Decode, Decoded, Encoding};
pub use engine::{Engine, EngineOptions, EntropyDetector, Scratch, Work};

/// How a value is written; the judge's features and the report's wording depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Syntax {
    /// `name = "value"` and relatives, quoted.
    Quoted,
    /// `name = value`, `name: value`, not quoted (env, INI, properties, YAML).
    Bare,
    /// An XML attribute or element.
    Markup,
    /// An argument of a call, positional or named.
    Argument,
    /// A command-line flag.
    Flag,
    /// A header, URL, connection string or a file format's own field.
    Field,
    /// A value inside a comment or prose.
    Prose,
    /// The token speaks for itself, whatever stands around it.
    Token,
    /// A block over several lines.
    Block,
}

/// What a checksum or a structural validator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// The format has no checksum, or it was not looked at.
    None,
    /// Recomputed and right.
    Valid,
    /// Recomputed and wrong.
    Invalid,
}

/// A span that may be a secret. Offsets are bytes of the segment's text, half-open.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The most specific rule that saw it.
    pub rule: Arc<Rule>,
    /// The value, without quotes.
    pub span: Range<usize>,
    /// The name it is bound to (the whole identifier), if any.
    pub key: Option<Range<usize>>,
    /// The bytes that identify the secret, if `span` does not hold them: the body of an armoured key, whose span is
    /// its header line. The fingerprint covers these bytes.
    pub material: Option<Range<usize>>,
    /// How it is written.
    pub syntax: Syntax,
    /// What the rule's validator says.
    pub proof: Proof,
    /// Ids of less specific rules that saw (a part of) the same span; sorted.
    pub also: Vec<String>,
    /// The candidate as it stands in decoded text, if it was encoded; `span` and `material` are then what is written, and
    /// there is no `key`.
    pub decoded: Option<Arc<Decoded>>,
}

/// A span that was looked at and dropped before any judge, with the reason.
#[derive(Debug, Clone)]
pub struct Dropped {
    /// The rule that saw it.
    pub rule: Arc<Rule>,
    /// The value.
    pub span: Range<usize>,
    /// Why it was dropped.
    pub reason: Reason,
}

/// What one segment gave. The lists are sorted by span.
#[derive(Debug, Default)]
pub struct Candidates {
    /// To be judged. Spans do not overlap, except for what stands in one compressed stream: its candidates have the
    /// stream's span.
    pub kept: Vec<Candidate>,
    /// Looked at and dropped; empty unless [`EngineOptions::trace`] asks for it.
    pub dropped: Vec<Dropped>,
    /// How many were dropped, by reason; counted with and without trace.
    pub drops: BTreeMap<Reason, u64>,
    /// One of [`EngineOptions::marks`] stands in the text.
    pub marked: bool,
    /// Encoded text was left out, because it lies deeper or is larger than the limits of decoding allow.
    pub is_limited: bool,
}

impl Candidates {
    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.kept.clear();
        self.dropped.clear();
        self.drops.clear();
        self.marked = false;
        self.is_limited = false;
    }
}
