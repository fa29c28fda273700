//! SARIF 2.1.0 (OASIS, errata 01) as GitHub code scanning shows it well at the first upload.
//!
//! No snippet and no other secret text: alerts are read by more people than the code, and GitHub shows the line
//! itself. `kind` stays away: with any but `fail` a level would be invalid. What does not fit the platform's limits
//! is left out, least severe first, and a notification says so.

mod notification;
mod result;
mod rule;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use serde_json::{Value, json};
use serde_sarif::sarif::{
    Invocation, MultiformatMessageString, PropertyBag, Result as SarifResult, Run, RunAutomationDetails,
    Sarif, Tool, ToolComponent,
};

use super::redact::Redactor;
use super::{Report, neutral_json};
use crate::finding::Severity;
use notification::Left;

/// The schema's place in the standard's own repository.
const SCHEMA: &str =
    "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json";
/// Results of a run that code scanning shows.
const MAX_RESULTS: usize = 5_000;
/// Bytes that all results may take: code scanning takes 10 MB after compression, this is before it.
const MAX_RESULT_BYTES: usize = 8_000_000;

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let redactor = report.redactor();
    let rules = report.rules();
    let indices: BTreeMap<&str, i64> = rules.keys().copied().zip(0..).collect();
    let (results, left) = results(report, &indices, &redactor);

    let notifications = notification::all(report, &redactor, &left);
    let invocation = Invocation::builder()
        .execution_successful(report.ledger.complete())
        .tool_execution_notifications(notifications)
        .build();
    let mut driver = ToolComponent::builder()
        .name(report.tool.name.clone())
        .semantic_version(report.tool.version.clone())
        .rules(rules.values().map(|found| rule::descriptor(found, report.tool)).collect::<Vec<_>>())
        .notifications(notification::descriptors())
        .build();
    driver.information_uri = rule::uri(&report.tool.information_uri);
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .automation_details(
            RunAutomationDetails::builder()
                .id(format!("{}/", report.options.sarif_category.trim_end_matches('/')))
                .build(),
        )
        .invocations(vec![invocation])
        .column_kind(json!("utf16CodeUnits"))
        .results(results)
        .properties(bag(Vec::new(), [("ledger", json!(counts(report)))]))
        .build();
    let sarif = Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run]).build();
    neutral_json::write_compact(&sarif, out)?;
    out.write_all(b"\n")
}

/// The ledger's numbers; what could not be scanned is in the notifications.
fn counts(report: &Report<'_>) -> Value {
    let ledger = report.ledger;
    json!({
        "blobs": ledger.blobs,
        "bytes": ledger.bytes,
        "containers": ledger.containers,
        "binaryBlobs": ledger.binary_blobs,
        "skipped": ledger.skipped,
        "suppressed": ledger.suppressed,
        "failures": ledger.failures.len(),
        "rules": ledger.rules,
        "rulesSha256": ledger.rules_sha256,
        "judge": ledger.judge.mode,
        "modelSha256": ledger.judge.model_sha256,
    })
}

/// The results, most severe first and then in the report's order, and what did not become one.
fn results(
    report: &Report<'_>,
    indices: &BTreeMap<&str, i64>,
    redactor: &Redactor<'_>,
) -> (Vec<SarifResult>, Left) {
    let mut left = Left::default();
    let mut chosen = report.sorted();
    if !report.options.sarif_history {
        let all = chosen.len();
        chosen.retain(|finding| finding.origin.blob.is_none());
        left.history = all - chosen.len();
    }
    // Most severe first; a stable sort keeps the order of paths within one severity.
    chosen.sort_by_key(|finding| Reverse(finding.severity));
    let wanted = chosen.len();
    chosen.truncate(MAX_RESULTS);

    let mut bytes = 0;
    let mut results = Vec::with_capacity(chosen.len());
    for finding in chosen {
        let index = indices.get(finding.rule.id.as_str()).copied().unwrap_or(-1);
        let result = result::result(report, finding, index, redactor);
        let mut size = Counter(0);
        if neutral_json::write_compact(&result, &mut size).is_err() || bytes + size.0 > MAX_RESULT_BYTES {
            break;
        }
        bytes += size.0;
        results.push(result);
    }
    left.over_limit = wanted - results.len();
    (results, left)
}

/// Counts what is written.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A property bag with tags and further members.
fn bag<const N: usize>(tags: Vec<String>, members: [(&str, Value); N]) -> PropertyBag {
    PropertyBag {
        tags: Some(tags).filter(|tags| !tags.is_empty()),
        additional_properties: members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

/// A string that is shown, at most `max` characters long.
fn text(text: &str, max: usize) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(cut(text, max)).build()
}

/// Cuts after `max` characters, which `…` then shows.
fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max - 1).chain(['…']).collect()
}

/// With a full stop at the end and a capital at the start.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}

/// Text as part of a SARIF message: there `{` begins a placeholder and `[` a link (sections 3.11.5 and 3.11.6).
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in super::redact::printable(text).chars() {
        match c {
            '{' | '}' => out.extend([c, c]),
            '[' | ']' | '\\' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_text_has_no_placeholder_and_no_link() {
        assert_eq!(literal("{0} [x](http://e)\\"), "{{0}} \\[x\\](http://e)\\\\");
    }

    #[test]
    fn sentences_begin_and_end_as_such() {
        assert_eq!(sentence("a GitHub token"), "A GitHub token.");
        assert_eq!(sentence("Revoke it!"), "Revoke it!");
    }

    #[test]
    fn cut_counts_characters() {
        assert_eq!(cut("éééé", 4), "éééé");
        assert_eq!(cut("ééééé", 4), "ééé…");
    }
}
