//! Comma-separated values (RFC 4180, with line feeds), for spreadsheets: one row a finding, then one row for each
//! thing that was not scanned. Counts and remarks of the ledger have no place in a table; other formats have them.

use std::borrow::Cow;
use std::io;

use csv::{QuoteStyle, Terminator, WriterBuilder};

use super::json::confidence;
use super::redact::{Redactor, printable};
use super::{Report, coverage};
use crate::finding::Finding;

/// The columns; new ones are added at the end.
const HEADER: [&str; 22] = [
    "type",
    "severity",
    "class",
    "kind",
    "rule_id",
    "description",
    "path",
    "start_line",
    "start_column",
    "end_line",
    "end_column",
    "confidence",
    "decided_by",
    "reason",
    "key",
    "secret",
    "fingerprint",
    "verification",
    "commit",
    "author",
    "date",
    "remediation",
];

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let redactor = report.redactor();
    let mut table = WriterBuilder::new()
        .quote_style(QuoteStyle::Always)
        .terminator(Terminator::Any(b'\n'))
        .from_writer(out);
    table.write_record(HEADER)?;
    for finding in report.sorted() {
        table.write_record(row(finding, &redactor).map(|cell| inert(&cell)))?;
    }
    for failure in redactor.ledger(report.ledger).failures {
        let mut row: [String; HEADER.len()] = std::array::from_fn(|_| String::new());
        "not-scanned".clone_into(&mut row[0]);
        row[5] = failure.cause;
        row[6] = failure.path;
        row[21] = failure.remedy;
        table.write_record(row.map(|cell| inert(&cell)))?;
    }
    table.flush()
}

fn row(finding: &Finding, redactor: &Redactor<'_>) -> [String; HEADER.len()] {
    let Finding { rule, location: at, verdict, origin, .. } = finding;
    let text = |text: &str| redactor.text(text).into_owned();
    let optional = |value: &Option<String>| value.as_deref().map(text).unwrap_or_default();
    [
        "finding".to_owned(),
        finding.severity.to_string(),
        coverage::name(&verdict.class),
        rule.kind.to_string(),
        rule.id.clone(),
        rule.description.clone(),
        redactor.path(&origin.path).into_owned(),
        at.start_line.to_string(),
        at.start_column.to_string(),
        at.end_line.to_string(),
        at.end_column.to_string(),
        confidence(verdict.probability).to_string(),
        coverage::name(&verdict.by),
        verdict.reason.name(),
        optional(&finding.key),
        redactor.secret(&finding.secret),
        finding.fingerprint.to_string(),
        finding.verification.as_ref().map(|it| text(&it.to_string())).unwrap_or_default(),
        optional(&origin.commit),
        optional(&origin.author),
        optional(&origin.date),
        rule.remediation.clone(),
    ]
}

/// A cell that a spreadsheet shows and does not compute: what begins like a formula gets an apostrophe, as OWASP says
/// ("CSV injection"), full-width forms included, which some locales compute too.
fn inert(cell: &str) -> String {
    let cell = printable(cell);
    let is_formula = cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%']);
    if is_formula { format!("'{cell}") } else { Cow::into_owned(cell) }
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, expected) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+1", "'+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'    =1"),
            ("\r=1", "␍=1"),
            ("＝1", "'＝1"),
            ("src/a.py", "src/a.py"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(inert(cell), expected, "{cell:?}");
        }
    }
}
