//! The findings as the page's script reads them. Not a contract: page and script come from one program.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use crate::candidate::encoded::chain;
use crate::finding::{self, Class, Severity};
use crate::reason::Reason;
use crate::report::json::confidence;
use crate::report::redact::{Redactor, printable};
use crate::report::{Report, neutral_json};
use crate::rule::Kind;

/// What stands in the page's data block.
#[derive(Serialize)]
struct Data<'a> {
    rules: BTreeMap<&'a str, Rule<'a>>,
    findings: Vec<Finding<'a>>,
}

/// What all findings of a rule have in common, once.
#[derive(Serialize)]
struct Rule<'a> {
    kind: Kind,
    description: &'a str,
    provider: &'a str,
    remediation: &'a str,
    references: &'a [String],
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    severity: Severity,
    class: Class,
    path: String,
    start_line: u64,
    start_column: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<String>,
    confidence: f64,
    by: String,
    reason: Reason,
    explanation: &'static str,
    secret: String,
    fingerprint: String,
    line: Line,
    #[serde(skip_serializing_if = "String::is_empty")]
    context: String,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    also: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<String>,
    /// The encodings that it was reached by.
    #[serde(skip_serializing_if = "String::is_empty")]
    decoded: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    companions: Vec<Companion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    facts: Vec<finding::Fact>,
}

/// The other part of a credential; `value` is masked unless it is public.
#[derive(Serialize)]
struct Companion {
    name: String,
    value: String,
    line: u64,
}

/// The source line; `start` and `end` count characters, half-open.
#[derive(Serialize)]
struct Line {
    text: String,
    start: usize,
    end: usize,
}

/// Writes the data so that no text in it can end its script element.
pub(super) fn write(report: &Report<'_>, redactor: &Redactor<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let rules = report.rules().into_iter().map(|(id, rule)| {
        let rule = Rule {
            kind: rule.kind,
            description: &rule.description,
            provider: &rule.provider,
            remediation: &rule.remediation,
            references: &rule.references,
        };
        (id, rule)
    });
    let findings = report.sorted().into_iter().map(|finding| of_finding(finding, redactor));
    let data = Data { rules: rules.collect(), findings: findings.collect() };
    neutral_json::write_compact(&data, &mut ScriptSafe(out))
}

fn of_finding<'a>(finding: &'a finding::Finding, redactor: &Redactor<'_>) -> Finding<'a> {
    let text = |text: &str| printable(&redactor.text(text)).into_owned();
    let line = redactor.snippet(finding);
    let verdict = finding.verdict;
    let companion = |companion: &finding::Companion| Companion {
        name: companion.name.clone(),
        value: printable(&redactor.companion(companion)).into_owned(),
        line: companion.location.start_line,
    };
    let facts = redactor.facts(finding);
    let harmless = |fact: finding::Fact| finding::Fact { value: printable(&fact.value).into_owned(), ..fact };
    Finding {
        rule: &finding.rule.id,
        severity: finding.severity,
        class: verdict.class,
        path: printable(&redactor.path(&finding.origin.path)).into_owned(),
        start_line: finding.location.start_line,
        start_column: finding.location.start_column,
        cell: finding.cell.map(|cell| cell.to_string()),
        confidence: confidence(verdict.probability),
        by: verdict.by.to_string(),
        reason: verdict.reason,
        explanation: verdict.reason.describe(),
        secret: printable(&redactor.secret(&finding.secret)).into_owned(),
        fingerprint: finding.fingerprint.to_string(),
        line: Line { text: line.text, start: line.highlight.start, end: line.highlight.end },
        context: finding.context.tags().join(", "),
        also: &finding.also,
        key: finding.key.as_deref().map(text),
        commit: finding.origin.commit.as_deref().map(text),
        author: finding.origin.author.as_deref().map(text),
        date: finding.origin.date.as_deref().map(text),
        verification: finding.verification.as_ref().map(|it| text(&it.to_string())),
        decoded: finding.encoded.as_ref().map(|encoded| chain(&encoded.by)).unwrap_or_default(),
        companions: finding.companions.iter().map(companion).collect(),
        facts: facts.into_iter().map(harmless).collect(),
    }
}

/// Writes `<`, `>` and `&` of JSON as `\u003c` and so on. They stand in strings only, so the values stay, and neither
/// `</script>` nor `<!--` can come out. (U+2028 and U+2029 are escaped by [`neutral_json`].)
struct ScriptSafe<W>(W);

impl<W: io::Write> io::Write for ScriptSafe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'<' | b'>' | b'&')) {
            match piece.split_last() {
                Some((b'<', before)) => {
                    self.0.write_all(before)?;
                    self.0.write_all(b"\\u003c")?;
                }
                Some((b'>', before)) => {
                    self.0.write_all(before)?;
                    self.0.write_all(b"\\u003e")?;
                }
                Some((b'&', before)) => {
                    self.0.write_all(before)?;
                    self.0.write_all(b"\\u0026")?;
                }
                _ => self.0.write_all(piece)?,
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_data_ends_its_element_and_the_values_stay() {
        for text in ["</script><script>x()", "<!-- <script", "a & b > c", "\u{2028}\u{2029}", "plain"] {
            let mut out = Vec::new();
            neutral_json::write_compact(&[text], &mut ScriptSafe(&mut out)).expect("memory takes everything");
            let out = String::from_utf8(out).expect("UTF-8");
            assert!(!out.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{out}");
            assert_eq!(serde_json::from_str::<Vec<String>>(&out).expect("JSON"), [text]);
        }
    }
}
