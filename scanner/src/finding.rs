//! The vocabulary of results: what was found, how sure we are, and why.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::candidate::{Encoding, Proof};
use crate::fingerprint::Fingerprint;
use crate::location::Location;
use crate::notebook::Cell;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Context {
    /// In a test, fixture or mock.
    pub test: bool,
    /// In an example, a sample or documentation.
    pub example: bool,
    /// In generated, vendored or minified content.
    pub generated: bool,
}

/// Something that a secret says about itself and that is no secret: an account, an address, a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// What it is: `account`, `expires` …
    pub name: Cow<'static, str>,
    /// As it stands there, or as a date of RFC 3339. At most 120 characters; not yet printable.
    pub value: String,
}

impl Context {
    /// What is true, in words: `in a test` …
    pub fn tags(self) -> Vec<&'static str> {
        let Self { test, example, generated } = self;
        let known = [(test, "in a test"), (example, "in an example"), (generated, "in generated content")];
        known.into_iter().filter(|(set, _)| *set).map(|(_, tag)| tag).collect()
    }
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

/// How a secret is written that is not written as it is.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The encodings, the outermost first. Never empty.
    pub by: Vec<Encoding>,
    /// What is written: all that the location covers.
    pub written: Secret,
}

/// The other part of a credential, found near the secret: an id, a user name, a session token.
#[derive(Debug, Clone)]
pub struct Companion {
    /// What it is, for people: `access key id`.
    pub name: String,
    /// The value.
    pub value: Secret,
    /// True if it may be shown: names the account, and is no secret by itself.
    pub is_public: bool,
    /// Where in the blob. Of encoded text, where the text around it is written.
    pub location: Location,
    /// The rule that would have reported it by itself.
    pub rule_id: Option<String>,
}

/// What silenced a finding that would be reported otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suppression {
    /// Its name in the ledger: a tag, `allow-list`, `baseline`, `tests`.
    pub by: String,
    /// True for a tag in the scanned text, false for what is kept beside it.
    pub in_source: bool,
    /// Why, if somebody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A reported secret. Created once, by the driver; later stages wrap it and never change it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that found it.
    pub rule: Arc<Rule>,
    /// Less specific rules that saw the same span, by id, sorted.
    pub also: Vec<String>,
    /// The value, decoded.
    pub secret: Secret,
    /// How it is written, if it was encoded.
    pub encoded: Option<Encoded>,
    /// What was found near it and belongs to it, by position.
    pub companions: Vec<Companion>,
    /// The name that the value is bound to (`db_password`), if any. Not secret.
    pub key: Option<String>,
    /// Where in the blob.
    pub location: Location,
    /// Where in a notebook, if the blob is one (of up to 8 MiB).
    pub cell: Option<Cell>,
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
    /// What the value says about itself: whose it is, until when it works. Read offline (`rule::fact`).
    pub facts: Vec<Fact>,
    /// What fingerprints and baselines are over where that is not the value: the body of an armoured key.
    pub material: Option<Secret>,
    /// What silenced it; none for what is reported.
    pub suppression: Option<Suppression>,
}

impl Finding {
    /// What tells the secret apart from others: the value, or the body of an armoured key.
    pub fn identity(&self) -> &Secret {
        self.material.as_ref().unwrap_or(&self.secret)
    }

    /// The order of every report: path, position, rule; of one place in several versions of a file, the blob.
    pub fn sort_key(&self) -> (&[u8], u64, u64, &str, Option<&str>) {
        let (path, bytes) = (self.origin.path.as_bytes(), &self.location.bytes);
        (path, bytes.start, bytes.end, &self.rule.id, self.origin.blob.as_deref())
    }
}
