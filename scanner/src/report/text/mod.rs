//! The report for people: each finding with its line, in the manner of compiler diagnostics, then a summary.
//!
//! No line begins with text from the scanned repository, so that none can be taken for a command by the log that
//! it is printed to.

mod summary;

use std::collections::BTreeSet;
use std::fmt;
use std::io;

use anstyle::{AnsiColor, Style};

use super::json::confidence;
use super::redact::{Redactor, printable};
use super::{Options, Report};
use crate::candidate::encoded::chain;
use crate::finding::{Context, Finding, Severity};
use crate::verification::Standing;

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let redactor = report.redactor();
    let theme = Theme::new(report.options);
    let mut explained = BTreeSet::new();
    for finding in report.sorted() {
        let remedy = explained.insert(finding.rule.id.as_str());
        write_finding(finding, remedy, &redactor, &theme, out)?;
    }
    summary::write(report, &redactor, &theme, out)
}

/// The colours, or none.
struct Theme {
    error: Style,
    warning: Style,
    note: Style,
    good: Style,
    gutter: Style,
    bold: Style,
}

impl Theme {
    fn new(options: &Options) -> Self {
        let style = |style: Style| if options.color { style } else { Style::new() };
        let bold = |color: AnsiColor| style(Style::new().bold().fg_color(Some(color.into())));
        Self {
            error: bold(AnsiColor::BrightRed),
            warning: bold(AnsiColor::BrightYellow),
            note: bold(AnsiColor::BrightCyan),
            good: bold(AnsiColor::BrightGreen),
            gutter: bold(AnsiColor::BrightBlue),
            bold: style(Style::new().bold()),
        }
    }

    fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Note => self.note,
        }
    }

    fn standing(&self, standing: Standing) -> Style {
        match standing {
            Standing::Live => self.error,
            Standing::Dead => self.note,
            Standing::Unknown => Style::new(),
        }
    }
}

/// Text in a style.
fn styled(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// `error: description [rule]`, the place, the line with the value underlined, then what is known.
fn write_finding(
    finding: &Finding,
    remedy: bool,
    redactor: &Redactor<'_>,
    theme: &Theme,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let Finding { rule, location: at, verdict, severity, .. } = finding;
    let shown = |text: &str| printable(&redactor.text(text)).into_owned();
    let color = theme.severity(*severity);
    let number = at.start_line.to_string();
    let margin = number.len();
    let bar = styled(theme.gutter, "|");

    writeln!(
        out,
        "{}{} [{}]",
        styled(color, severity),
        styled(theme.bold, format_args!(": {}", rule.description)),
        rule.id
    )?;
    let path = printable(&redactor.path(&finding.origin.path)).into_owned();
    let cell = finding.cell.map_or(String::new(), |cell| format!(" ({cell})"));
    writeln!(
        out,
        "{:margin$}{} {path}:{}:{}{cell}",
        "",
        styled(theme.gutter, "-->"),
        at.start_line,
        at.start_column
    )?;

    let line = redactor.snippet(finding);
    let indent = line.text.chars().take_while(|c| *c == ' ').count().min(line.highlight.start);
    let before = line.highlight.start - indent;
    let carets = "^".repeat(line.highlight.len().max(1));
    let text: String = line.text.chars().skip(indent).collect();
    writeln!(out, "{:margin$} {bar}", "")?;
    writeln!(out, "{} {bar} {}", styled(theme.gutter, number), text.trim_end())?;
    let reason = verdict.reason.describe();
    writeln!(out, "{:margin$} {bar} {:before$}{} {}", "", "", styled(color, carets), styled(color, reason))?;

    let mut detail =
        |name: &str, text: &str| writeln!(out, "{:margin$} {} {name}: {text}", "", styled(theme.gutter, "="));
    let (class, by) = (verdict.class, verdict.by);
    let probability = confidence(verdict.probability);
    detail("verdict", &format!("{class}, by {by}, probability {probability:.2}{}", tags(finding.context)))?;
    if let Some(verification) = &finding.verification {
        let standing = theme.standing(verification.standing);
        detail("verified", &styled(standing, printable(&redactor.text(&verification.to_string()))))?;
    }
    match &finding.key {
        Some(key) => detail("value", &format!("{} in {}", value(finding, redactor), shown(key)))?,
        None => detail("value", &value(finding, redactor))?,
    }
    if let Some(encoded) = &finding.encoded {
        detail("decoded", &chain(&encoded.by))?;
    }
    for companion in &finding.companions {
        let value = redactor.companion(companion);
        detail(
            "with",
            &format!("{} {}, line {}", companion.name, printable(&value), companion.location.start_line),
        )?;
    }
    for fact in redactor.facts(finding) {
        detail(&fact.name, &printable(&fact.value))?;
    }
    if let Some(commit) = &finding.origin.commit {
        let author = finding.origin.author.as_deref().map(|name| format!(" by {}", shown(name)));
        let date = finding.origin.date.as_deref().map(|date| format!(", {}", shown(date)));
        let (author, date) = (author.unwrap_or_default(), date.unwrap_or_default());
        detail("commit", &format!("{}{author}{date}", shown(commit)))?;
    }
    detail("fingerprint", &finding.fingerprint.to_string())?;
    if remedy && !rule.remediation.is_empty() {
        detail("help", &rule.remediation)?;
    }
    writeln!(out)
}

/// The value on one line; of a raw one over several lines, how it begins.
fn value(finding: &Finding, redactor: &Redactor<'_>) -> String {
    let value = redactor.secret(&finding.secret);
    printable(&value).into_owned()
}

fn tags(context: Context) -> String {
    let tags = context.tags();
    if tags.is_empty() { String::new() } else { format!(" ({})", tags.join(", ")) }
}
