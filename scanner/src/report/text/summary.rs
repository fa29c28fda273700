//! The end of the text report: how many findings, what was scanned, what was not.

use std::collections::BTreeMap;
use std::io;

use super::{Theme, styled};
use crate::finding::Severity;
use crate::ledger::{HistoryCounts, Ledger};
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
    let mut row = |name: &str, text: &str| writeln!(out, "  {name:<11}{}", printable(text));
    row("scanned", &scanned(&ledger))?;
    if let Some(history) = &ledger.history {
        row("history", &walked(history))?;
    }
    if !ledger.skipped.is_empty() {
        row("skipped", &counts(&ledger.skipped))?;
    }
    for (path, reason) in &ledger.skipped_paths {
        row("", &format!("{}: {path}", name(reason)))?;
    }
    if !ledger.suppressed.is_empty() {
        row("suppressed", &counts(&ledger.suppressed))?;
    }
    let safe: u64 = ledger.safe.values().sum();
    row("candidates", &format!("{}, {} safe", grouped(ledger.candidates), grouped(safe)))?;
    row("judge", &judge(&ledger))?;
    if !ledger.verified.is_empty() {
        row("verified", &counts(&ledger.verified))?;
    }
    row("rules", &rules(&ledger))?;
    if let Some(config) = &ledger.config {
        row("config", config)?;
    }
    if !ledger.seconds.is_empty() {
        let spent: Vec<String> =
            ledger.seconds.iter().map(|(stage, seconds)| format!("{stage} {seconds:.2} s")).collect();
        row("time", &spent.join(", "))?;
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

fn scanned(ledger: &Ledger) -> String {
    let what = if ledger.source.is_empty() { String::new() } else { format!(" from {}", ledger.source) };
    let binary = match ledger.binary_blobs {
        0 => String::new(),
        count => format!(", {} binary (tokens and keys only)", grouped(count)),
    };
    let opened = match ledger.containers {
        0 => String::new(),
        1 => ", 1 container opened".to_owned(),
        count => format!(", {} containers opened", grouped(count)),
    };
    let noun = if ledger.blobs == 1 { "blob" } else { "blobs" };
    format!("{} {noun}{what}, {}{binary}{opened}", grouped(ledger.blobs), bytes(ledger.bytes))
}

fn walked(history: &HistoryCounts) -> String {
    let known = match history.known_clean_blobs {
        0 => String::new(),
        count => format!(", {} of them known to be clean", grouped(count)),
    };
    let (commits, blobs) = (grouped(history.commits), grouped(history.unique_blobs));
    format!("{commits} commits, {blobs} different blobs{known}")
}

fn judge(ledger: &Ledger) -> String {
    let judge = &ledger.judge;
    let digest = judge.model_sha256.as_deref().map(|sha256| format!(", model sha256 {}", short(sha256)));
    format!("{} (--judge {}{})", judge.name, judge.mode, digest.unwrap_or_default())
}

fn rules(ledger: &Ledger) -> String {
    format!("{} (sha256 {})", grouped(ledger.rules), short(&ledger.rules_sha256))
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

/// The name of a unit variant in its serialised form.
fn name<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// `3: 2 media, 1 symlink`, the keys as they serialise.
fn counts<K: serde::Serialize>(counts: &BTreeMap<K, u64>) -> String {
    let total: u64 = counts.values().sum();
    let parts: Vec<String> =
        counts.iter().map(|(key, count)| format!("{} {}", grouped(*count), name(key))).collect();
    format!("{}: {}", grouped(total), parts.join(", "))
}

/// The first twelve digits of a digest tell it apart.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// Thousands apart: `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Decimal units with one decimal.
fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_bytes_have_units() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), expected);
        }
        for (count, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (999_960, "1.0 MB"),
            (12_345_678, "12.3 MB"),
            (u64::MAX, "18446744.1 TB"),
        ] {
            assert_eq!(bytes(count), expected);
        }
    }
}
