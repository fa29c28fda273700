//! Markdown for a job summary (`$GITHUB_STEP_SUMMARY`) or a comment: counts, a table of findings with the most severe
//! first, and what was not scanned.
//!
//! Text of a repository is written in entities wherever it could mean something to Markdown or HTML: it can neither
//! break the table nor bring in a tag, a link or a picture. A summary of GitHub holds 1 MiB and is dropped whole when
//! it is longer, so rows that do not fit are left out and counted.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use super::redact::{Redactor, printable};
use super::{Report, coverage, plural, sentence};
use crate::finding::{Finding, Severity};
use crate::ledger::Ledger;

/// Bytes of a report. Below GitHub's 1 MiB, so that a step can write a little more.
const MAX_BYTES: usize = 1_000_000;
/// Bytes of it that failures and remarks may take.
const MAX_LEDGER_BYTES: usize = 200_000;
/// Longer names and paths are cut; they would push the other columns out of sight.
const MAX_CELL: usize = 300;

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let redactor = report.redactor();
    let ledger = redactor.ledger(report.ledger);
    let head = head(report, &ledger);
    let tail = tail(&ledger);
    let room = MAX_BYTES.saturating_sub(head.len() + tail.len());
    let table = table(report, &redactor, room);
    for part in [head, table, tail] {
        out.write_all(part.as_bytes())?;
    }
    Ok(())
}

/// Title, banner and counts.
fn head(report: &Report<'_>, ledger: &Ledger) -> String {
    let total = report.findings.len();
    let title = match (total, ledger.complete()) {
        (0, true) => "no secrets found".to_owned(),
        (0, false) => "no secrets found in what was scanned".to_owned(),
        _ => plural(total, "finding"),
    };
    let mut text = format!("## secretscan: {title}\n\n");
    if !ledger.complete() {
        let count = plural(ledger.failures.len(), "thing");
        let _ = write!(text, "> **The scan is incomplete:** {count} could not be scanned (see below).\n\n");
    }
    if total > 0 {
        text.push_str("| Severity | Findings | Leaks | Weak credentials |\n|---|---:|---:|---:|\n");
        for severity in [Severity::Error, Severity::Warning, Severity::Note] {
            let of_level = || report.findings.iter().filter(|finding| finding.severity == severity);
            let weak =
                of_level().filter(|finding| finding.verdict.class == crate::finding::Class::Weak).count();
            let all = of_level().count();
            if all > 0 {
                let _ = writeln!(text, "| {severity} | {all} | {} | {weak} |", all - weak);
            }
        }
        text.push('\n');
        let mut kinds: BTreeMap<_, usize> = BTreeMap::new();
        for finding in report.findings {
            *kinds.entry(finding.rule.kind).or_default() += 1;
        }
        let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let _ = write!(text, "By kind: {}.\n\n", kinds.join(", "));
    }
    text
}

/// The findings, most severe first, as many as fit into `room` bytes.
fn table(report: &Report<'_>, redactor: &Redactor<'_>, room: usize) -> String {
    /// Bytes kept for the line that says what was left out.
    const NOTE: usize = 200;
    let mut findings = report.sorted();
    if findings.is_empty() {
        return String::new();
    }
    findings.sort_by_key(|finding| Reverse(finding.severity));
    let mut text = "| Severity | Where | What | Why | Value |\n|---|---|---|---|---|\n".to_owned();
    let total = findings.len();
    let mut shown = 0;
    for finding in findings {
        let row = row(finding, redactor);
        if text.len() + row.len() + NOTE > room {
            break;
        }
        text.push_str(&row);
        shown += 1;
    }
    text.push('\n');
    if shown < total {
        let left = plural(total - shown, "finding");
        let _ = write!(
            text,
            "**{left} more, of the same or a lower severity, left out:** a job summary holds 1 MiB. The JSON report has all.\n\n"
        );
    }
    text
}

fn row(finding: &Finding, redactor: &Redactor<'_>) -> String {
    let rule = &finding.rule;
    let at = &finding.location;
    let text = |text: &str| cell(&redactor.text(text));
    let key = finding.key.as_deref().map(|key| format!(" in <code>{}</code>", text(key)));
    let commit = finding.origin.commit.as_deref().map(|id| format!("<br>commit <code>{}</code>", text(id)));
    let author = finding.origin.author.as_deref().map(|who| format!(" by {}", text(who)));
    let verified = finding.verification.as_ref().map(|it| format!("<br>{}", text(&it.to_string())));
    format!(
        "| {} | <code>{}:{}:{}</code>{}{} | {} (<code>{}</code>) | {}: {}{} | <code>{}</code>{} |\n",
        finding.severity,
        cell(&redactor.path(&finding.origin.path)),
        at.start_line,
        at.start_column,
        commit.unwrap_or_default(),
        author.unwrap_or_default(),
        cell(&rule.description),
        cell(&rule.id),
        finding.verdict.class,
        finding.verdict.reason.describe(),
        verified.unwrap_or_default(),
        cell(&redactor.secret(&finding.secret)),
        key.unwrap_or_default(),
    )
}

/// What was not scanned, and the ledger.
fn tail(ledger: &Ledger) -> String {
    let mut text = String::new();
    if !ledger.complete() {
        text.push_str("### Not scanned\n\n");
        let lines = ledger.failures.iter().map(|failure| {
            format!(
                "- <code>{}</code>: {} {}\n",
                cell(&failure.path),
                cell(&sentence(&failure.cause)),
                cell(&sentence(&failure.remedy))
            )
        });
        list(&mut text, lines, ledger.failures.len());
    }
    let notices = ledger.judge.notice.iter().chain(&ledger.notices);
    let count = notices.clone().count();
    list(&mut text, notices.map(|notice| format!("- Note: {}\n", cell(notice))), count);
    text.push_str("<details><summary>What was scanned</summary>\n\n| | |\n|---|---|\n");
    for (name, value) in coverage::rows(ledger) {
        let _ = writeln!(text, "| {name} | {} |", cell(&value));
    }
    text.push_str("\n</details>\n");
    text
}

/// As many lines as fit; says how many do not.
fn list(text: &mut String, lines: impl Iterator<Item = String>, total: usize) {
    let mut shown = 0;
    for line in lines {
        if text.len() + line.len() > MAX_LEDGER_BYTES {
            break;
        }
        text.push_str(&line);
        shown += 1;
    }
    if shown < total {
        let _ = writeln!(text, "- … and {} more; the JSON report has all.", total - shown);
    }
    if total > 0 {
        text.push('\n');
    }
}

/// Text that is text only: everything that Markdown or HTML could read as markup is an entity.
fn cell(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.chars().enumerate() {
        match c {
            _ if at == MAX_CELL => {
                out.push('…');
                break;
            }
            // GitHub makes links of these; a dot in an entity ends that.
            '.' if out.ends_with("www") || out.ends_with("WWW") => out.push_str("&#46;"),
            '-' | '/' | ',' | '.' | ' ' | '(' | ')' | ';' | '%' | '=' => out.push(c),
            c if c.is_ascii_punctuation() => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{MAX_CELL, cell};

    #[test]
    fn text_cannot_be_markup() {
        assert_eq!(
            cell("a|b`c` <img src=x> [l](http://e) *x* _y_ \\ www.e.x\n## h"),
            "a&#124;b&#96;c&#96; &#60;img src=x&#62; &#91;l&#93;(http&#58;//e) &#42;x&#42; &#95;y&#95; &#92; \
             www&#46;e.x␊&#35;&#35; h"
        );
        assert_eq!(
            cell("Www.e.x @team #1 ~~s~~ !"),
            "Www.e.x &#64;team &#35;1 &#126;&#126;s&#126;&#126; &#33;"
        );
        assert_eq!(cell(&"é".repeat(MAX_CELL + 1)).chars().count(), MAX_CELL + 1);
    }
}
