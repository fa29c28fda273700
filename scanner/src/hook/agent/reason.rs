//! Scanning what an event holds, and saying what speaks against it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::ErrorKind;

use super::text::{Content, Place, Text};
use crate::finding::{Finding, Severity};
use crate::ledger::Failure;
use crate::report::redact::{Redactor, printable};
use crate::scan::{Outcome, Scanner};

/// So many findings are told one by one: the agent needs a place to begin, not a report.
const TOLD: usize = 5;

/// What speaks against letting `texts` pass: findings of at least severity `least`, or a text that could not be
/// scanned. None if nothing does. Names rules, places and remedies, never a value.
pub fn objection(scanner: &Scanner, texts: &[Text], least: Severity) -> Option<String> {
    let mut findings = Vec::new();
    let mut places = Vec::new();
    let mut failures = Vec::new();
    for text in texts {
        let outcome = scan(scanner, text);
        failures.extend(outcome.ledger.failures);
        for finding in outcome.findings.into_iter().filter(|finding| finding.severity >= least) {
            places.push(text.locate(finding.location.start_line));
            findings.push(finding);
        }
    }
    if findings.is_empty() && failures.is_empty() {
        return None;
    }
    let redactor = Redactor::new(false, &findings, &[]);
    let mut told = told(&findings, &places, &redactor);
    for Failure { path, cause, .. } in failures.iter().take(TOLD) {
        let path = printable(&redactor.path(path)).into_owned();
        told.push(format!("- {path} could not be scanned: {}", printable(&redactor.text(cause))));
    }
    Some(told.join("\n"))
}

/// A file that is not there is left to the tool, which will say so.
fn scan(scanner: &Scanner, text: &Text) -> Outcome {
    let path = match &text.content {
        Content::Disk(path) => path,
        Content::Bytes(bytes) if text.place == Place::File => {
            return scanner.part(&text.name, bytes.as_slice(), text.scope.clone());
        }
        // The configuration's paths are those of files: none of them may switch prompts off.
        Content::Bytes(bytes) => return scanner.bytes(&text.name, bytes),
    };
    let mut outcome = Outcome::default();
    match path
        .metadata()
        .and_then(|metadata| if metadata.is_file() { File::open(path).map(Some) } else { Ok(None) })
    {
        Ok(Some(file)) => return scanner.part(&text.name, file, text.scope.clone()),
        Ok(None) => {}
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
        Err(error) => outcome.ledger.failures.push(Failure {
            path: text.name.clone(),
            cause: error.to_string(),
            remedy: "make the file readable".to_owned(),
        }),
    }
    outcome
}

fn told(findings: &[Finding], places: &[String], redactor: &Redactor<'_>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut remedies = BTreeSet::new();
    let mut lines = Vec::new();
    for (finding, place) in findings.iter().zip(places) {
        let (rule, place) = (&finding.rule, printable(&redactor.path(place)).into_owned());
        if seen.insert((rule.id.clone(), place.clone())) {
            let remedy =
                if remedies.insert(&rule.id) { format!(" {}", rule.remediation) } else { String::new() };
            lines.push(
                format!("- {} [{}] in {place}.{remedy}", rule.description, rule.id).trim_end().to_owned(),
            );
        }
    }
    let count = lines.len();
    if count == 0 {
        return vec!["secretscan could not scan everything:".to_owned()];
    }
    if count > TOLD {
        lines.truncate(TOLD);
        lines.push(format!("- and {} more", count - TOLD));
    }
    let plural = if count == 1 { "" } else { "s" };
    lines.insert(0, format!("secretscan found {count} possible secret{plural}:"));
    lines.push(
        "Keep secrets out of code, commands and prompts: name an environment variable or a secret store instead. Do not \
         work around this; if it is no secret, let the user decide."
            .to_owned(),
    );
    lines
}
