//! What the program said about a directory, read from its JSON report.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::Place;

/// The part of the JSON contract that the corpora need.
#[derive(Debug, Deserialize)]
struct Report {
    findings: Vec<Finding>,
}

/// One finding. The masked secret is not read: only places count.
#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    /// The rule.
    pub(crate) rule_id: String,
    /// `leak` or `weak`.
    pub(crate) class: String,
    /// The path below the scanned directory, with `/`.
    pub(crate) path: String,
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

impl Finding {
    /// Where it is.
    pub(crate) fn place(&self) -> Place {
        Place { start: (self.start_line, self.start_column), end: (self.end_line, self.end_column) }
    }

    /// The first line.
    pub(crate) fn line(&self) -> usize {
        self.start_line
    }
}

/// Runs `secretscan ROOT --format json --judge off`; see [`scan_with`].
pub(crate) fn scan(root: &Path) -> Vec<Finding> {
    scan_with(root, &["--judge", "off"])
}

/// Runs `secretscan ROOT --format json` with further arguments.
///
/// # Panics
/// If the program ends with anything but 0 (clean) or 1 (findings): an incomplete scan or a usage error proves nothing.
pub(crate) fn scan_with(root: &Path, arguments: &[&str]) -> Vec<Finding> {
    let output = Command::new(env!("CARGO_BIN_EXE_secretscan"))
        .arg(root)
        .args(["--format", "json"])
        .args(arguments)
        .env_clear()
        .env("HOME", root.join("no-home"))
        .output()
        .expect("the program starts");
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let mut report: Report =
        serde_json::from_slice(&output.stdout).expect("standard output is one JSON report");
    for finding in &mut report.findings {
        let path = Path::new(&finding.path);
        finding.path = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    }
    report.findings
}

/// A value as a report may show it: its first two characters, its length and its character classes.
pub(crate) fn redacted(value: &str) -> String {
    let head: String = value.chars().take(2).collect();
    let has = |test: fn(char) -> bool, name: &'static str| if value.chars().any(test) { name } else { "" };
    format!(
        "{head}… ({} characters: {}{}{}{}{})",
        value.chars().count(),
        has(char::is_lowercase, "a"),
        has(char::is_uppercase, "A"),
        has(|c| c.is_ascii_digit(), "9"),
        has(|c| c.is_ascii_punctuation(), "#"),
        has(char::is_whitespace, "_"),
    )
}
