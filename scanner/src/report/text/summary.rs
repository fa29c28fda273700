//! The end of the text report: how many findings, what was scanned, what was not.

use std::io;

use super::{Theme, styled};
use crate::finding::Severity;
use crate::ledger::Ledger;
use crate::report::coverage::{self, grouped};
use crate::report::redact::{Redactor, printable};
use crate::report::{Report, plural};

pub(super) fn write(
    report: &Report<'_>,
    redactor: &Redactor<'_>,
    theme: &Theme,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let ledger = redactor.ledger(report.ledger);
    headline(report, theme, out)?;
    for (name, text) in coverage::rows(&ledger) {
        writeln!(out, "  {name:<11}{}", printable(&text))?;
    }
    let judge_notice = ledger.judge.notice.iter();
    for notice in judge_notice.chain(&ledger.notices) {
        writeln!(out, "{}: {}", styled(theme.note, "note"), printable(notice))?;
    }
    not_scanned(&ledger, theme, out)
}

fn headline(report: &Report<'_>, theme: &Theme, out: &mut dyn io::Write) -> io::Result<()> {
    let total = report.findings.len();
    if total == 0 && report.ledger.complete() {
        return writeln!(out, "{}", styled(theme.good, "No secrets found."));
    }
    if total == 0 {
        return writeln!(
            out,
            "{}",
            styled(theme.warning, "No secrets found in what was scanned, but the scan is incomplete.")
        );
    }
    let by_severity: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| {
            let count = report.findings.iter().filter(|finding| finding.severity == severity).count();
            let style = theme.severity(severity);
            (count > 0).then(|| styled(style, plural(count, &severity.to_string())))
        })
        .collect();
    let total = styled(theme.bold, plural(total, "finding"));
    writeln!(out, "{total}: {}", by_severity.join(", "))
}

fn not_scanned(ledger: &Ledger, theme: &Theme, out: &mut dyn io::Write) -> io::Result<()> {
    if ledger.complete() {
        return Ok(());
    }
    let head = format!("NOT SCANNED: {}", grouped(ledger.failures.len() as u64));
    writeln!(out, "{}", styled(theme.error, head))?;
    for failure in &ledger.failures {
        writeln!(out, "  {}: {}", printable(&failure.path), printable(&failure.cause))?;
        if !failure.remedy.is_empty() {
            writeln!(out, "    {} {}", styled(theme.gutter, "help:"), printable(&failure.remedy))?;
        }
    }
    Ok(())
}
