//! The JSON contract: one object with tool, ledger and findings. `docs/report.schema.json` is generated from these
//! types; within a major version of [`CONTRACT_VERSION`] members are only added. [`read`] takes a report in again.

pub mod read;

use std::borrow::Cow;
use std::io;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use super::neutral_json;
use super::redact::Redactor;
use super::{Report, ToolInfo};
use crate::candidate::Encoding;
use crate::finding::{self, Class, Context, Decider, Severity, Suppression};
use crate::ledger::Ledger;
use crate::location::Location;
use crate::notebook::Cell;
use crate::reason::Reason;
use crate::rule::{Detector, Kind};
use crate::verification::{Doubt, Standing};

/// Version of the contract, `major.minor`.
pub const CONTRACT_VERSION: &str = "1.0";

/// A report.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "secretscan report")]
pub(super) struct Document<'a> {
    /// Version of this contract, `major.minor`. Within a major version members are only added.
    version: Cow<'static, str>,
    /// What wrote the report.
    tool: Cow<'a, ToolInfo>,
    /// True if the report was written with `--show-secrets`.
    #[serde(default, skip_serializing_if = "is_false")]
    shows_secrets: bool,
    /// What was scanned, what was not, and with which rules and judge.
    ledger: Ledger,
    /// What was found, sorted by path, position and rule.
    findings: Vec<Finding>,
    /// What was silenced (`--show-suppressed`), in the same order, each with its `suppression`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    suppressed: Vec<Finding>,
}

/// Left out when false: almost always.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A suspected secret.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Finding {
    /// Stable id of the rule that found it.
    rule_id: String,
    /// What sort of secret it is.
    kind: Kind,
    /// Leak, or weak: a default, dummy or test credential in use.
    class: Class,
    /// The path as given on the command line, joined with the path below it; `/` between parts.
    path: String,
    #[serde(flatten)]
    place: Place,
    /// Where in a notebook: cell, part and line there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cell: Option<Cell>,
    /// How bad it is.
    severity: Severity,
    /// Probability that it is a credential, real or weak, to four decimals.
    #[schemars(range(min = 0, max = 1))]
    confidence: f64,
    /// Who decided, and why.
    verdict: Verdict,
    /// The value: masked, unless the report was written with `--show-secrets`.
    secret: String,
    /// Stable name: version, colon, digits. Survives moves, edits and rebases.
    fingerprint: String,
    /// How the rule finds its candidates.
    detector: Detector,
    /// The rule's severity, before what is known about the place lowered it.
    rule_severity: Severity,
    /// The rule's family, which the fingerprint depends on.
    family: String,
    /// What the rule finds, one sentence.
    description: String,
    /// The provider, unless the rule is generic.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// The encodings that it was reached by, the outermost first; the places are those of what is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    decoded: Vec<Encoding>,
    /// What was found near it and belongs to it: an id, a user name, a session token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    companions: Vec<Companion>,
    /// The name that the value is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// What is known about the place.
    context: Context,
    /// Less specific rules that saw the same value.
    also: Vec<String>,
    /// The commit that introduced it (history only).
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    /// The author of that commit, `Name <email>` (history only).
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    /// When the author wrote that commit, RFC 3339 (history only).
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    /// git's id of the file's content there (history only).
    #[serde(skip_serializing_if = "Option::is_none")]
    blob: Option<String>,
    /// The line that holds the value's first character.
    snippet: Snippet,
    /// Where and how to revoke it.
    remediation: String,
    /// Where to read about it.
    references: Vec<String>,
    /// GitHub code scanning's hash of the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    line_hash: Option<String>,
    /// What the provider says of it, if it was asked (`--verify`).
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<Verification>,
    /// What the value says about itself, read offline: an account, an address, when it expires.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    facts: Vec<finding::Fact>,
    /// What silenced it; only of what is in `suppressed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suppression: Option<Suppression>,
}

/// The other part of a credential.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Companion {
    /// What it is.
    name: String,
    /// The rule that would have reported it by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_id: Option<String>,
    /// The value: masked, unless it is public or the report was written with `--show-secrets`.
    value: String,
    #[serde(flatten)]
    place: Place,
}

impl Companion {
    fn new(companion: &finding::Companion, redactor: &Redactor<'_>) -> Self {
        Self {
            name: companion.name.clone(),
            rule_id: companion.rule_id.clone(),
            value: redactor.companion(companion),
            place: Place::of(&companion.location),
        }
    }
}

/// Where a value stands. Lines and columns count from 1, the end column is exclusive.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Place {
    /// First line, from 1.
    start_line: u64,
    /// Column of the first character, from 1, in characters.
    start_column: u64,
    /// The part on the first line, for tools that mark no more than one line.
    first_line: FirstLine,
    /// Last line.
    end_line: u64,
    /// Column after the last character.
    end_column: u64,
    /// Offset of the first byte in the (decoded) text of the file, from 0.
    start_byte: u64,
    /// Offset after the last byte.
    end_byte: u64,
}

/// Where a value stands on its first line. Columns count from 1, ends are exclusive.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct FirstLine {
    /// In characters.
    end_column: u64,
    /// In UTF-16 code units, as SARIF and editors count.
    start_column_utf16: u64,
    /// In UTF-16 code units.
    end_column_utf16: u64,
}

impl Place {
    fn of(at: &Location) -> Self {
        Self {
            start_line: at.start_line,
            start_column: at.start_column,
            first_line: FirstLine {
                end_column: at.first_line_end,
                start_column_utf16: at.start_column_utf16,
                end_column_utf16: at.first_line_end_utf16,
            },
            end_line: at.end_line,
            end_column: at.end_column,
            start_byte: at.bytes.start,
            end_byte: at.bytes.end,
        }
    }

    /// What it was made of.
    fn location(&self) -> Location {
        Location {
            bytes: self.start_byte..self.end_byte,
            start_line: self.start_line,
            start_column: self.start_column,
            end_line: self.end_line,
            end_column: self.end_column,
            start_column_utf16: self.first_line.start_column_utf16,
            first_line_end: self.first_line.end_column,
            first_line_end_utf16: self.first_line.end_column_utf16,
        }
    }
}

/// A provider's answer. Nothing of its text is repeated: it may hold the value.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Verification {
    /// Live, dead or unknown. A live value is an error wherever it stands; a dead one is one severity lower.
    standing: Standing,
    /// Host that was asked.
    host: String,
    /// HTTP status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Why the standing is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    doubt: Option<Doubt>,
}

impl Verification {
    pub(super) fn of(finding: &finding::Finding) -> Option<Self> {
        let verification = finding.verification.as_ref()?;
        Some(Self {
            standing: verification.standing,
            host: verification.host.clone(),
            status: verification.status,
            doubt: verification.doubt,
        })
    }
}

/// A decision.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Verdict {
    /// Who decided.
    by: Decider,
    /// Why.
    reason: Reason,
    /// The reason as a sentence for people.
    explanation: Cow<'static, str>,
}

/// A line of source, masked and without control characters.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Snippet {
    /// The line; long ones are cut, which `…` shows.
    text: String,
    /// First character of `text` that stands for the value, from 0.
    highlight_start: usize,
    /// One past the last.
    highlight_end: usize,
}

impl Finding {
    pub(super) fn new(finding: &finding::Finding, redactor: &Redactor<'_>) -> Self {
        let text = |text: &str| redactor.text(text).into_owned();
        let rule = &finding.rule;
        let line = redactor.snippet(finding);
        Self {
            rule_id: rule.id.clone(),
            kind: rule.kind,
            class: finding.verdict.class,
            path: redactor.path(&finding.origin.path).into_owned(),
            place: Place::of(&finding.location),
            cell: finding.cell,
            severity: finding.severity,
            confidence: confidence(finding.verdict.probability),
            verdict: Verdict {
                by: finding.verdict.by,
                reason: finding.verdict.reason,
                explanation: finding.verdict.reason.describe().into(),
            },
            secret: redactor.secret(&finding.secret),
            fingerprint: finding.fingerprint.to_string(),
            detector: rule.detector,
            rule_severity: rule.severity,
            family: rule.family.clone(),
            description: rule.description.clone(),
            provider: Some(rule.provider.clone()).filter(|provider| !provider.is_empty()),
            decoded: finding.encoded.as_ref().map(|encoded| encoded.by.clone()).unwrap_or_default(),
            companions: finding.companions.iter().map(|it| Companion::new(it, redactor)).collect(),
            key: finding.key.as_deref().map(text),
            context: finding.context,
            also: finding.also.clone(),
            commit: finding.origin.commit.as_deref().map(text),
            author: finding.origin.author.as_deref().map(text),
            date: finding.origin.date.as_deref().map(text),
            blob: finding.origin.blob.as_deref().map(text),
            snippet: Snippet {
                text: line.text,
                highlight_start: line.highlight.start,
                highlight_end: line.highlight.end,
            },
            remediation: rule.remediation.clone(),
            references: rule.references.clone(),
            line_hash: finding.line_hash.clone(),
            verification: Verification::of(finding),
            facts: redactor.facts(finding),
            suppression: finding.suppression.as_ref().map(|suppression| Suppression {
                reason: suppression.reason.as_deref().map(text),
                ..suppression.clone()
            }),
        }
    }
}

/// Four decimals: an `f32` has no more to say, and 0.9 must not become 0.8999999761581421. NaN becomes 0.
pub(super) fn confidence(probability: f32) -> f64 {
    (f64::from(probability).clamp(0.0, 1.0) * 1e4).round().max(0.0) / 1e4
}

/// The JSON schema of a report, as text with a line break at its end.
///
/// # Panics
/// Never: the schema's keys are strings.
pub fn schema() -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<Document<'_>>();
    serde_json::to_string_pretty(&schema).expect("a schema is JSON without non-string keys") + "\n"
}

fn all(findings: Vec<&finding::Finding>, redactor: &Redactor<'_>) -> Vec<Finding> {
    findings.into_iter().map(|finding| Finding::new(finding, redactor)).collect()
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let redactor = report.redactor();
    let document = Document {
        version: CONTRACT_VERSION.into(),
        tool: Cow::Borrowed(report.tool),
        shows_secrets: report.options.show_secrets,
        ledger: redactor.ledger(report.ledger),
        findings: all(report.sorted(), &redactor),
        suppressed: all(report.sorted_suppressed(), &redactor),
    };
    neutral_json::write_pretty(&document, out)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::confidence;

    #[test]
    fn a_confidence_is_a_short_number_between_zero_and_one() {
        for (probability, expected) in
            [(0.9, 0.9), (0.123_456, 0.1235), (2.0, 1.0), (-1.0, 0.0), (f32::NAN, 0.0), (f32::INFINITY, 1.0)]
        {
            assert_eq!(confidence(probability).to_string(), f64::to_string(&expected), "{probability}");
        }
    }
}
