//! GitLab's code quality report: a list of issues that a merge request shows beside its changes.
//!
//! What could not be scanned is an issue too. Findings of history are in it: GitLab shows the path and the text even
//! where the file is gone.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::location::Place;
use super::redact::{Redactor, printable};
use super::{Report, neutral_json, sentence};
use crate::finding::{Finding, Severity};
use crate::value::hex;
use crate::verification::Standing;

/// One issue. GitLab reads these members only; all are required.
#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    /// Unique in the report; the same from commit to commit, or the merge request shows the issue as fixed and new.
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u64,
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let redactor = report.redactor();
    let mut names = Names::default();
    let mut issues: Vec<Issue> = report
        .sorted()
        .into_iter()
        .map(|finding| of_finding(report, finding, &redactor, &mut names))
        .collect();
    for failure in redactor.ledger(report.ledger).failures {
        let path = place(report, &failure.path);
        issues.push(Issue {
            description: printable(&format!(
                "Not scanned. {} {}",
                sentence(&failure.cause),
                sentence(&failure.remedy)
            ))
            .into_owned(),
            check_name: "secretscan/not-scanned".to_owned(),
            fingerprint: names.unique(&path, "not-scanned", &failure.cause),
            severity: "major",
            location: Location { path, lines: Lines { begin: 1 } },
        });
    }
    neutral_json::write_pretty(&issues, out)?;
    out.write_all(b"\n")
}

fn of_finding(report: &Report<'_>, finding: &Finding, redactor: &Redactor<'_>, names: &mut Names) -> Issue {
    let rule = &finding.rule;
    let path = place(report, &redactor.path(&finding.origin.path));
    let name = finding.key.as_deref().map(|key| format!(" in {}", redactor.text(key))).unwrap_or_default();
    let commit = finding.origin.commit.as_deref().map(|id| format!(", commit {}", redactor.text(id)));
    let verified = finding.verification.as_ref().map(|it| format!(" {}.", redactor.text(&it.to_string())));
    let description = format!(
        "{}: {}{name} ({}{}).{} {}",
        rule.description,
        redactor.secret(&finding.secret),
        finding.verdict.reason.describe(),
        commit.unwrap_or_default(),
        verified.unwrap_or_default(),
        rule.remediation,
    );
    Issue {
        description: printable(description.trim_end()).into_owned(),
        check_name: format!("secretscan/{}", rule.id),
        fingerprint: names.unique(&path, &rule.id, &finding.fingerprint.to_string()),
        severity: severity(finding),
        location: Location { path, lines: Lines { begin: finding.location.start_line } },
    }
}

/// Relative to the top of the checkout, without `./`, which GitLab does not match.
fn place(report: &Report<'_>, path: &str) -> String {
    printable(Place::new(path, &report.options.base_directory).path()).into_owned()
}

/// `info` is left for what is no problem.
fn severity(finding: &Finding) -> &'static str {
    let live = finding.verification.as_ref().is_some_and(|it| it.standing == Standing::Live);
    match finding.severity {
        Severity::Error if live => "blocker",
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Note => "minor",
    }
}

/// Makes names of issues from what does not change with the lines around: path, rule and value, and the how-manieth
/// of these it is.
#[derive(Default)]
struct Names(BTreeMap<[u8; 32], u64>);

impl Names {
    fn unique(&mut self, path: &str, rule: &str, what: &str) -> String {
        let digest: [u8; 32] = Sha256::digest([path, rule, what].join("\0")).into();
        let before = self.0.entry(digest).or_default();
        let digest: [u8; 32] = Sha256::digest([&digest[..], &before.to_be_bytes()].concat()).into();
        *before += 1;
        hex::encode(&digest[..16])
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn the_same_value_twice_in_a_file_has_two_names_and_the_same_ones_next_time() {
        let names = || {
            let mut names = Names::default();
            [("a", "r", "f"), ("a", "r", "f"), ("b", "r", "f"), ("a", "s", "f")]
                .map(|(p, r, f)| names.unique(p, r, f))
        };
        let one = names();
        assert_eq!(one, names());
        let distinct: std::collections::BTreeSet<_> = one.iter().collect();
        assert_eq!(distinct.len(), one.len());
        assert!(one.iter().all(|name| name.len() == 32));
    }
}
