//! Reports: findings and ledger in, bytes out. One file per format.
//!
//! Every format gets its text from [`redact`], the only place that turns secret bytes into output; what a scanned
//! repository controls (paths, names, source lines) is masked and made harmless there too. Reports are the same
//! from run to run: sorted here, no clock, no map order. Nothing here decides, filters or counts findings again,
//! except that SARIF, GitHub annotations and Markdown stop at the platforms' limits and say so in the report.

mod coverage;
mod csv;
mod github;
mod gitlab;
mod html;
pub mod json;
mod jsonl;
mod junit;
mod location;
mod markdown;
pub mod merge;
mod neutral_json;
pub mod redact;
pub mod sarif;
mod text;

use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::ledger::Ledger;
use crate::rule::Rule;
use redact::Redactor;

/// The formats, as named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Format {
    /// For people: each finding with its line, then a summary
    Text,
    /// One JSON object (docs/report.schema.json)
    Json,
    /// One JSON object a line: the findings, then the ledger
    Jsonl,
    /// SARIF 2.1.0, for GitHub code scanning and others
    Sarif,
    /// GitHub workflow commands: annotations on a pull request without any permission
    Github,
    /// Comma-separated values, for spreadsheets
    Csv,
    /// JUnit XML, for the test results of CI systems
    Junit,
    /// GitLab code quality: issues beside the changes of a merge request
    Gitlab,
    /// Markdown, for the summary of a CI job
    Markdown,
    /// One HTML file for people: overview, filters, each finding with its line; works offline
    Html,
}

/// What wrote the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolInfo {
    /// `secretscan`.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// Where to read about it; may be empty.
    pub information_uri: String,
}

impl Default for ToolInfo {
    /// This program, as its package describes it.
    fn default() -> Self {
        /// Empty until the package names a repository.
        const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
        Self {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            information_uri: REPOSITORY.to_owned(),
        }
    }
}

/// How a report is written.
#[derive(Debug, Clone)]
pub struct Options {
    /// Writes the raw values. The only way to see them.
    pub show_secrets: bool,
    /// ANSI colours in the text format.
    pub color: bool,
    /// The absolute path, with `/` between parts, that SARIF and GitHub paths are made relative to: the current
    /// directory, which in CI is the top of the checkout. Empty: relative paths stay as they are.
    pub base_directory: String,
    /// What SARIF uploads of the same commit are told apart by (one for each part of a monorepo).
    pub sarif_category: String,
    /// The findings were read from reports ([`json::read`]): what they hold is masked as far as it has to be, and the
    /// values themselves are not there.
    pub masked_before: bool,
    /// Puts findings that exist only in history into SARIF too; code scanning cannot show their code.
    pub sarif_history: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            show_secrets: false,
            color: false,
            base_directory: String::new(),
            sarif_category: "secretscan".to_owned(),
            masked_before: false,
            sarif_history: false,
        }
    }
}

/// Everything that a report says.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What wrote it.
    pub tool: &'a ToolInfo,
    /// What was scanned and what was not.
    pub ledger: &'a Ledger,
    /// What was found, in any order.
    pub findings: &'a [Finding],
    /// What was silenced, to be listed by the formats that can, in any order; each with its suppression.
    pub suppressed: &'a [Finding],
    /// How to write it.
    pub options: &'a Options,
}

impl<'a> Report<'a> {
    /// The findings in the order of every report: path, position, rule.
    fn sorted(&self) -> Vec<&'a Finding> {
        let mut findings: Vec<_> = self.findings.iter().collect();
        findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        findings
    }

    /// What was silenced, in the same order.
    fn sorted_suppressed(&self) -> Vec<&'a Finding> {
        let mut suppressed: Vec<_> = self.suppressed.iter().collect();
        suppressed.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        suppressed
    }

    /// The rules that have findings, silenced ones too, by id.
    fn rules(&self) -> BTreeMap<&'a str, &'a Rule> {
        let all = self.findings.iter().chain(self.suppressed);
        all.map(|finding| (finding.rule.id.as_str(), &*finding.rule)).collect()
    }

    fn redactor(&self) -> Redactor<'a> {
        let shown = self.options.show_secrets || self.options.masked_before;
        Redactor::new(shown, self.findings, self.suppressed)
    }
}

/// Writes `report` as `format`. Errors are those of `out` alone.
pub fn write(format: Format, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, out),
        Format::Json => json::write(report, out),
        Format::Jsonl => jsonl::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Github => github::write(report, out),
        Format::Csv => csv::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Gitlab => gitlab::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Html => html::write(report, out),
    }
}

/// `1 finding`, `2 findings`.
fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// With a full stop at the end and a capital at the start.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn sentences_begin_and_end_as_such() {
        assert_eq!(sentence("a GitHub token"), "A GitHub token.");
        assert_eq!(sentence("Revoke it!"), "Revoke it!");
    }
}
