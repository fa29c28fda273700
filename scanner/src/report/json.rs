//! The JSON contract: one object with tool, ledger and findings. `docs/report.schema.json` is generated from these
//! types; within a major version of [`CONTRACT_VERSION`] members are only added.

use std::io;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::neutral_json;
use super::redact::Redactor;
use super::{Report, ToolInfo};
use crate::finding::{self, Class, Context, Decider, Severity};
use crate::ledger::Ledger;
use crate::reason::Reason;
use crate::rule::Kind;
use crate::verification::{Doubt, Standing};

/// Version of the contract, `major.minor`.
pub const CONTRACT_VERSION: &str = "1.0";

/// A report.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "secretscan report")]
pub(super) struct Document<'a> {
    /// Version of this contract, `major.minor`. Within a major version members are only added.
    version: &'static str,
    /// What wrote the report.
    tool: &'a ToolInfo,
    /// What was scanned, what was not, and with which rules and judge.
    ledger: Ledger,
    /// What was found, sorted by path, position and rule.
    findings: Vec<Finding>,
}

/// A suspected secret.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Finding {
    /// Stable id of the rule that found it.
    rule_id: String,
    /// What sort of secret it is.
    kind: Kind,
    /// Leak, or weak: a default, dummy or test credential in use.
    class: Class,
    /// The path as given on the command line, joined with the path below it; `/` between parts.
    path: String,
    /// First line, from 1.
    start_line: u64,
    /// Column of the first character, from 1, in characters.
    start_column: u64,
    /// Last line.
    end_line: u64,
    /// Column after the last character.
    end_column: u64,
    /// Offset of the first byte in the (decoded) text of the file, from 0.
    start_byte: u64,
    /// Offset after the last byte.
    end_byte: u64,
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
    /// What the rule finds, one sentence.
    description: String,
    /// The provider, unless the rule is generic.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
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
}

/// A provider's answer. Nothing of its text is repeated: it may hold the value.
#[derive(Debug, Serialize, JsonSchema)]
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
#[derive(Debug, Serialize, JsonSchema)]
struct Verdict {
    /// Who decided.
    by: Decider,
    /// Why.
    reason: Reason,
    /// The reason as a sentence for people.
    explanation: &'static str,
}

/// A line of source, masked and without control characters.
#[derive(Debug, Serialize, JsonSchema)]
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
        let at = &finding.location;
        let line = redactor.snippet(finding);
        Self {
            rule_id: rule.id.clone(),
            kind: rule.kind,
            class: finding.verdict.class,
            path: text(&finding.origin.path),
            start_line: at.start_line,
            start_column: at.start_column,
            end_line: at.end_line,
            end_column: at.end_column,
            start_byte: at.bytes.start,
            end_byte: at.bytes.end,
            severity: finding.severity,
            confidence: confidence(finding.verdict.probability),
            verdict: Verdict {
                by: finding.verdict.by,
                reason: finding.verdict.reason,
                explanation: finding.verdict.reason.describe(),
            },
            secret: redactor.secret(&finding.secret),
            fingerprint: finding.fingerprint.to_string(),
            description: rule.description.clone(),
            provider: Some(rule.provider.clone()).filter(|provider| !provider.is_empty()),
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

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let redactor = report.redactor();
    let document = Document {
        version: CONTRACT_VERSION,
        tool: report.tool,
        ledger: redactor.ledger(report.ledger),
        findings: report.sorted().into_iter().map(|finding| Finding::new(finding, &redactor)).collect(),
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
