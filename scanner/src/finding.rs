//! The vocabulary of results: what was found, how sure we are, and why.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::candidate::Proof;
use crate::fingerprint::Fingerprint;
use crate::location::Location;
use crate::reason::Reason;
use crate::rule::Rule;
use crate::secret::Secret;
use crate::source::Origin;
use crate::verification::Verification;

/// How bad a finding is; the order is the order of `--fail-on`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth a look.
    Note,
    /// A weak or default credential, or a leak in a test or example.
    Warning,
    /// Looks like a genuine secret.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// The outcome for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Looks like a genuine secret.
    Leak,
    /// A default, dummy or test credential in use.
    Weak,
    /// Harmless; never reported, shown by `explain` and `--judge`'s statistics.
    Safe,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Leak => "leak",
            Self::Weak => "weak credential",
            Self::Safe => "safe",
        })
    }
}

/// Who decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decider {
    /// The rule itself: format, checksum, placeholder form.
    Rule,
    /// The documented score over value, name and place (`judge::heuristic`).
    Heuristic,
    /// The model's feature model, which was sure (or is all that can run here).
    Features,
    /// The language model.
    Model,
}

impl fmt::Display for Decider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Rule => "the rule",
            Self::Heuristic => "the score",
            Self::Features => "the feature model",
            Self::Model => "the model",
        })
    }
}

/// A decision with its reason.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Leak, weak or safe.
    pub class: Class,
    /// Who decided.
    pub by: Decider,
    /// Why.
    pub reason: Reason,
    /// Probability in [0, 1] that the value is a credential (real or weak).
    pub probability: f32,
}

/// What is known about the place of a finding. Lowers severity, never hides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Context {
    /// In a test, fixture or mock.
    pub test: bool,
    /// In an example, a sample or documentation.
    pub example: bool,
    /// In generated, vendored or minified content.
    pub generated: bool,
}

/// One line of the source, kept raw; only `report::redact` turns it into text.
#[derive(Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The line that holds the secret's first byte (cut around it when long), without a line break.
    pub line: Secret,
    /// True if bytes were cut off before or after.
    pub cut: (bool, bool),
    /// Bytes of `line` that the finding covers (its part on this line).
    pub highlight: std::ops::Range<usize>,
    /// Bytes of `line` that must be masked: this secret and every other candidate on the line, sorted, merged.
    pub hidden: Vec<std::ops::Range<usize>>,
}

impl fmt::Debug for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snippet({} bytes)", self.line.len())
    }
}

/// A reported secret. Created once, by the driver; later stages wrap it and never change it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that found it.
    pub rule: Arc<Rule>,
    /// Less specific rules that saw the same span, by id, sorted.
    pub also: Vec<String>,
    /// The value.
    pub secret: Secret,
    /// The name that the value is bound to (`db_password`), if any. Not secret.
    pub key: Option<String>,
    /// Where in the blob.
    pub location: Location,
    /// Where the blob came from.
    pub origin: Arc<Origin>,
    /// The line, for text reports.
    pub snippet: Snippet,
    /// Decision and reason; the class is never `Safe`.
    pub verdict: Verdict,
    /// What the rule's validator says.
    pub proof: Proof,
    /// For `--fail-on` and every format.
    pub severity: Severity,
    /// What is known about the place.
    pub context: Context,
    /// Stable name.
    pub fingerprint: Fingerprint,
    /// GitHub code scanning's hash of the line (`hex:occurrence`), filled for findings in files.
    pub line_hash: Option<String>,
    /// What the provider says of it, if it was asked (`--verify`).
    pub verification: Option<Verification>,
}

impl Finding {
    /// The order of every report: path, position, rule; of one place in several versions of a file, the blob.
    pub fn sort_key(&self) -> (&[u8], u64, u64, &str, Option<&str>) {
        let (path, bytes) = (self.origin.path.as_bytes(), &self.location.bytes);
        (path, bytes.start, bytes.end, &self.rule.id, self.origin.blob.as_deref())
    }
}
