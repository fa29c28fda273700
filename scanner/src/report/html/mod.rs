//! One HTML file with everything in it: overview, ledger, and a list of findings to filter, sort and open.
//!
//! It is read from a disk, a mail or a CI artefact, so it loads nothing: style and script stand in the file, and its
//! content security policy lets only these two run, by their hashes. What the scanned repository controls is data:
//! here escaped text, in the list JSON that the script sets as text. The bytes are the same from run to run.

mod data;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::redact::{Redactor, printable, xml_escaped};
use super::{Report, coverage, plural, sentence};
use crate::finding::{Finding, Severity};
use crate::ledger::Ledger;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");
/// The list of findings: filters, table, hints.
const LIST: &str = include_str!("list.html");

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let redactor = report.redactor();
    let ledger = redactor.ledger(report.ledger);
    write_head(report, out)?;
    write_overview(report, &ledger, out)?;
    if !report.findings.is_empty() {
        write_list(report, &redactor, out)?;
    }
    writeln!(out, "</main>")?;
    let (name, version) = (escaped(&report.tool.name), escaped(&report.tool.version));
    writeln!(out, "<footer><p>{name} {version}. {}</p></footer>", secrets(report))?;
    if !report.findings.is_empty() {
        write!(out, "<script type=\"application/json\" id=\"data\">")?;
        data::write(report, &redactor, out)?;
        writeln!(out, "</script>\n<script>{SCRIPT}</script>")?;
    }
    writeln!(out, "</body>\n</html>")
}

/// Whether values are masked, in a sentence.
fn secrets(report: &Report<'_>) -> &'static str {
    if report.options.show_secrets {
        "This report holds secrets in full (--show-secrets): keep it as safe as them."
    } else {
        "Values are masked."
    }
}

fn write_head(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let source = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        source(STYLE),
        source(SCRIPT)
    );
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">")?;
    writeln!(out, "<title>secretscan: {}</title>", plural(report.findings.len(), "finding"))?;
    writeln!(out, "<style>{STYLE}</style>\n</head>\n<body>")?;
    writeln!(out, "<a class=\"skip\" href=\"#overview\">Skip to the content</a>")?;
    writeln!(out, "<header><h1>secretscan report</h1></header>\n<main>")
}

fn write_overview(report: &Report<'_>, ledger: &Ledger, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "<section id=\"overview\" aria-labelledby=\"overview-title\">")?;
    writeln!(out, "<h2 id=\"overview-title\">Overview</h2>")?;
    if !ledger.complete() {
        write_failures(ledger, out)?;
    }
    if report.findings.is_empty() {
        let scope = if ledger.complete() { "" } else { " in what was scanned" };
        writeln!(out, "<p class=\"good\"><strong>No secrets found{scope}.</strong></p>")?;
    } else {
        let total = plural(report.findings.len(), "finding");
        writeln!(out, "<p><strong>{total}</strong></p>\n<div class=\"cards\">")?;
        let severities = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
            let count = report.findings.iter().filter(|finding| finding.severity == severity).count();
            (severity, count)
        });
        card("By severity", severities.into_iter().filter(|(_, count)| *count > 0), out)?;
        card("By class", counted(report, |finding| finding.verdict.class.to_string()), out)?;
        card("By kind", counted(report, |finding| finding.rule.kind.to_string()), out)?;
        writeln!(out, "</div>")?;
    }
    writeln!(out, "<details class=\"ledger\"><summary>What was scanned</summary>\n<dl>")?;
    for (name, text) in coverage::rows(ledger) {
        writeln!(out, "<dt class=\"quiet\">{name}</dt><dd>{}</dd>", escaped(&text))?;
    }
    writeln!(out, "</dl></details>")?;
    for notice in ledger.judge.notice.iter().chain(&ledger.notices) {
        writeln!(out, "<p class=\"quiet\">Note: {}</p>", escaped(notice))?;
    }
    writeln!(out, "</section>")
}

fn write_failures(ledger: &Ledger, out: &mut dyn io::Write) -> io::Result<()> {
    let count = plural(ledger.failures.len(), "thing");
    writeln!(out, "<div class=\"banner\" role=\"alert\"><h2>The scan is incomplete</h2>")?;
    writeln!(out, "<p>{count} could not be scanned; secrets may stand there.</p>")?;
    // Focusable, so that it can be scrolled without a mouse.
    writeln!(out, "<ul tabindex=\"0\" aria-label=\"What was not scanned\">")?;
    for failure in &ledger.failures {
        let [cause, remedy] = [&failure.cause, &failure.remedy].map(|text| escaped(&sentence(text)));
        writeln!(out, "<li><code>{}</code>: {cause} {remedy}</li>", escaped(&failure.path))?;
    }
    writeln!(out, "</ul></div>")
}

/// How many findings of each sort, most first.
fn counted(report: &Report<'_>, sort: impl Fn(&Finding) -> String) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for finding in report.findings {
        *counts.entry(sort(finding)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn card(
    title: &str,
    counts: impl IntoIterator<Item = (impl Display, usize)>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "<div class=\"card\"><h3>{title}</h3><dl>")?;
    for (name, count) in counts {
        writeln!(out, "<dt class=\"{name}\">{name}</dt><dd>{count}</dd>")?;
    }
    writeln!(out, "</dl></div>")
}

fn write_list(report: &Report<'_>, redactor: &Redactor<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let kinds: BTreeSet<String> =
        report.findings.iter().map(|finding| finding.rule.kind.to_string()).collect();
    let authors: BTreeSet<String> = report
        .findings
        .iter()
        .filter_map(|finding| finding.origin.author.as_deref())
        .map(|author| printable(&redactor.text(author)).into_owned())
        .collect();
    let author = if authors.is_empty() {
        String::new()
    } else {
        let options = options(&authors);
        format!(
            "<label>Author<select name=\"author\"><option value=\"\">all</option>{options}</select></label>\n"
        )
    };
    out.write_all(LIST.replace("{kinds}", &options(&kinds)).replace("{author}", &author).as_bytes())
}

/// `<option>` elements whose texts are their values.
fn options(values: &BTreeSet<String>) -> String {
    values.iter().map(|value| format!("<option>{}</option>", escaped(value))).collect()
}

/// Text for elements and quoted attributes.
fn escaped(text: &str) -> String {
    xml_escaped(&printable(text), "&quot;", "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        assert_eq!(escaped("<b a=\"x\" b='y'>&\n"), "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;␊");
    }

    #[test]
    fn style_and_script_cannot_end_their_elements_and_load_nothing() {
        for asset in [STYLE, SCRIPT] {
            for forbidden in
                ["</", "<!--", "url(", "@import", "innerHTML", "eval(", "fetch(", "XMLHttpRequest"]
            {
                assert!(!asset.contains(forbidden), "{forbidden}");
            }
        }
    }
}
