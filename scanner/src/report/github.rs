//! GitHub workflow commands: annotations on the lines of a pull request, from the log alone, without a permission.
//!
//! GitHub shows ten annotations of each level for a step, so this writes no more: the scan's failures first, then
//! the most severe findings. What is left out is said in a plain line of the log.

use std::io;

use super::location::{OneLine, Place};
use super::redact::{Redactor, printable};
use super::{Report, plural};
use crate::candidate::encoded::chain;
use crate::finding::{Finding, Severity};

/// Annotations of one level that GitHub shows for one step.
const SHOWN: usize = 10;
/// Failures that the one annotation for all of them names.
const NAMED_FAILURES: usize = 5;

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let redactor = report.redactor();
    let incomplete = !report.ledger.complete();
    if incomplete {
        write_failures(report, &redactor, out)?;
    }
    let sorted = report.sorted();
    let mut left_out = 0;
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let room = SHOWN - usize::from(incomplete && severity == Severity::Error);
        let of_level = || sorted.iter().filter(|finding| finding.severity == severity);
        for finding in of_level().take(room) {
            write_finding(report, finding, &redactor, out)?;
        }
        left_out += of_level().count().saturating_sub(room);
    }
    if left_out > 0 {
        let findings = plural(left_out, "more finding");
        writeln!(
            out,
            "secretscan: {findings} without annotation: GitHub shows {SHOWN} of each level for a step. \
             See the text or SARIF report."
        )?;
    }
    Ok(())
}

fn write_finding(
    report: &Report<'_>,
    finding: &Finding,
    redactor: &Redactor<'_>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let place = Place::new(&redactor.path(&finding.origin.path), &report.options.base_directory);
    let OneLine { line, start_column, end_column } = OneLine::chars(finding);
    let name = finding.key.as_deref().map(|key| format!("{}: ", redactor.text(key)));
    let commit = finding.origin.commit.as_deref().map(|id| format!(" in commit {}", redactor.text(id)));
    let decoded = finding.encoded.as_ref().map(|encoded| format!(", decoded: {}", chain(&encoded.by)));
    let why = format!(
        "{}{} ({}{}){}",
        name.unwrap_or_default(),
        finding.verdict.reason.describe(),
        redactor.secret(&finding.secret),
        decoded.unwrap_or_default(),
        commit.unwrap_or_default()
    );
    let verified = finding.verification.as_ref().map(|it| redactor.text(&it.to_string()).into_owned());
    let mut message = vec![
        why,
        verified.unwrap_or_default(),
        finding.rule.remediation.clone(),
        finding.fingerprint.to_string(),
    ];
    message.retain(|line| !line.is_empty());
    writeln!(
        out,
        "::{} file={},line={line},endLine={line},col={start_column},endColumn={end_column},title={}::{}",
        command(finding.severity),
        property(place.path()),
        property(&format!("{} [{}]", finding.rule.description, finding.rule.id)),
        data(&message.join("\n")),
    )
}

fn write_failures(report: &Report<'_>, redactor: &Redactor<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let failures = redactor.ledger(report.ledger).failures;
    let mut message = vec![format!("{} could not be scanned.", plural(failures.len(), "thing"))];
    let named = failures.iter().take(NAMED_FAILURES);
    message.extend(named.map(|failure| format!("{}: {}. {}", failure.path, failure.cause, failure.remedy)));
    if failures.len() > NAMED_FAILURES {
        message.push(format!("… and {} more", failures.len() - NAMED_FAILURES));
    }
    let message = data(&message.join("\n"));
    writeln!(out, "::error title={}::{}", property("secretscan: the scan is incomplete"), message)
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// Escapes a command's message. Line breaks stay line breaks; other control characters are shown as pictures.
fn data(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| printable(line.trim_end_matches('\r'))).collect();
    lines.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a command's property.
fn property(text: &str) -> String {
    printable(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn commands_cannot_be_broken_out_of() {
        assert_eq!(property("a:b,c%d\r\n::e"), "a%3Ab%2Cc%25d␍␊%3A%3Ae");
        assert_eq!(data("50%\r\n::error::x\x1b[0m ##[add-path]"), "50%25%0A::error::x␛[0m #♯[add-path]");
    }
}
