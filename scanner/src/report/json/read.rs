//! Reads a JSON report in again, for `merge`: what was written is what comes back.
//!
//! A finding that was read has no raw value, only what the report shows of it; it is written with
//! [`Options::masked_before`](crate::report::Options). What no report says (the rule's pattern, the proof) is empty.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize as _;
use serde_json::Value;

use super::{CONTRACT_VERSION, Companion, Document, Finding};
use crate::candidate::Proof;
use crate::finding::{self, Snippet, Verdict};
use crate::fingerprint::FingerprintError;
use crate::ledger::Ledger;
use crate::report::ToolInfo;
use crate::rule::Rule;
use crate::secret::Secret;
use crate::source::Origin;
use crate::verification::Verification;

/// What a report says.
#[derive(Debug)]
pub struct Read {
    /// What wrote it.
    pub tool: ToolInfo,
    /// What was scanned.
    pub ledger: Ledger,
    /// What was found, in the report's order, then what was silenced (it says by what).
    pub findings: Vec<finding::Finding>,
    /// True if it was written with `--show-secrets`.
    pub shows_secrets: bool,
}

/// Why a text is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Another contract.
    #[error(
        "its contract is version {found}, this program reads {CONTRACT_VERSION}; use the version that wrote it"
    )]
    Version {
        /// As the report says it.
        found: String,
    },
    /// A member is missing, or has a value that this version does not know.
    #[error("it is no report of `--format json`, or of another version of secretscan: {0}")]
    Contract(#[from] serde_json::Error),
    /// A fingerprint is none.
    #[error(transparent)]
    Fingerprint(#[from] FingerprintError),
}

/// Reads a whole report. Members that this version does not know are ignored, as the contract says.
pub fn read(report: Value) -> Result<Read, ReadError> {
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    let version = report.get("version").and_then(Value::as_str).unwrap_or_default();
    if !version.is_empty() && major(version) != major(CONTRACT_VERSION) {
        return Err(ReadError::Version { found: version.to_owned() });
    }
    let document = Document::deserialize(report)?;
    let mut rules = Rules::default();
    let findings = document
        .findings
        .into_iter()
        .chain(document.suppressed)
        .map(|finding| restored(finding, &mut rules))
        .collect::<Result<_, _>>()?;
    let Document { tool, ledger, shows_secrets, .. } = document;
    Ok(Read { tool: tool.into_owned(), ledger, findings, shows_secrets })
}

/// The rules met so far, by id.
type Rules = BTreeMap<String, Arc<Rule>>;

fn restored(finding: Finding, rules: &mut Rules) -> Result<finding::Finding, FingerprintError> {
    let known = rules.entry(finding.rule_id.clone()).or_insert_with(|| Arc::new(rule(&finding)));
    let rule = Arc::clone(known);
    let line = finding.snippet.text;
    let byte = |char: usize| line.char_indices().nth(char).map_or(line.len(), |(at, _)| at);
    let highlight = byte(finding.snippet.highlight_start)..byte(finding.snippet.highlight_end);
    let fingerprint = finding.fingerprint.parse()?;
    let secret = Secret::new(finding.secret.as_bytes());
    // What was written is not in a report that masks; the line's highlight has been masked, too.
    let encoded = (!finding.decoded.is_empty())
        .then(|| finding::Encoded { by: finding.decoded, written: Secret::new(b"") });
    Ok(finding::Finding {
        rule,
        also: finding.also,
        secret,
        encoded,
        companions: finding.companions.into_iter().map(companion).collect(),
        facts: finding.facts,
        material: None,
        suppression: finding.suppression,
        key: finding.key,
        location: finding.place.location(),
        cell: finding.cell,
        origin: Arc::new(Origin {
            path: finding.path,
            commit: finding.commit,
            author: finding.author,
            date: finding.date,
            blob: finding.blob,
        }),
        snippet: Snippet {
            line: Secret::new(line.as_bytes()),
            cut: (false, false),
            highlight,
            hidden: Vec::new(),
        },
        verdict: Verdict {
            class: finding.class,
            by: finding.verdict.by,
            reason: finding.verdict.reason,
            probability: finding.confidence as f32,
        },
        proof: Proof::None,
        severity: finding.severity,
        context: finding.context,
        fingerprint,
        line_hash: finding.line_hash,
        verification: finding.verification.map(|it| Verification {
            standing: it.standing,
            host: it.host,
            status: it.status,
            doubt: it.doubt,
        }),
    })
}

/// Shown as it was: its value may be masked already.
fn companion(read: Companion) -> finding::Companion {
    finding::Companion {
        value: Secret::new(read.value.as_bytes()),
        is_public: true,
        location: read.place.location(),
        rule_id: read.rule_id,
        name: read.name,
    }
}

/// What a report says of a finding's rule.
fn rule(finding: &Finding) -> Rule {
    Rule {
        family: finding.family.clone(),
        provider: finding.provider.clone().unwrap_or_default(),
        description: finding.description.clone(),
        severity: finding.rule_severity,
        remediation: finding.remediation.clone(),
        references: finding.references.clone(),
        ..Rule::bare(&finding.rule_id, finding.kind, finding.detector)
    }
}
