//! gitleaks' and betterleaks' remembered findings: `.gitleaksignore` and JSON reports used as a baseline.

use serde_json::Value;

use super::{Accepted, By, Migration};
use crate::secret::Secret;

/// `file:rule:line` or `commit:file:rule:line`; or, by betterleaks 2, the SHA-256 of the value.
pub(super) fn read(text: &str, from: &str, migration: &mut Migration) {
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // A remark may follow a blank.
        let entry = line.split_whitespace().next().unwrap_or_default();
        let accepted = |path: Option<&str>, by: By, rule: &str| Accepted {
            path: path.map(str::to_owned),
            by,
            rule: rule.to_owned(),
            reason: format!("ignored in {from}"),
            from: from.to_owned(),
        };
        let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
        if entry.len() == 64 && is_hex(entry) {
            migration.accepted.push(accepted(None, By::Sha256(entry.to_ascii_lowercase()), ""));
            continue;
        }
        let mut parts = entry.rsplitn(3, ':');
        let (number, rule, place) = (parts.next(), parts.next(), parts.next());
        if let (Some(Ok(number)), Some(rule), Some(place)) = (number.map(str::parse), rule, place) {
            let (commit, path) = match place.split_once(':') {
                Some((commit, path)) if commit.len() >= 7 && is_hex(commit) => {
                    (Some(commit.to_owned()), path)
                }
                _ => (None, place),
            };
            migration.accepted.push(accepted(Some(path), By::Place { line: number, commit }, rule));
        } else {
            migration.account.left(
                from,
                &format!("line {}", at + 1),
                "not `file:rule:line` or `commit:file:rule:line`",
            );
        }
    }
}

/// The array of a report. False if it is of something else.
pub(super) fn read_report(findings: &[Value], from: &str, migration: &mut Migration) -> bool {
    let is_ours = |finding: &Value| finding.get("File").is_some() && finding.get("RuleID").is_some();
    if !findings.iter().all(is_ours) {
        return false;
    }
    for finding in findings {
        let text = |key: &str| finding.get(key).and_then(Value::as_str).unwrap_or_default();
        let value = text("Secret");
        let commit = Some(text("Commit")).filter(|commit| !commit.is_empty()).map(str::to_owned);
        let by = if value.is_empty() || value.contains("REDACTED") || value.ends_with("...") {
            let line = finding.get("StartLine").and_then(Value::as_u64).unwrap_or_default();
            By::Place { line, commit }
        } else {
            By::Value(Secret::new(value.as_bytes()))
        };
        migration.accepted.push(Accepted {
            path: Some(text("File").to_owned()),
            by,
            rule: text("RuleID").to_owned(),
            reason: format!("in the gitleaks baseline {from}"),
            from: from.to_owned(),
        });
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_ignored_finding_is_read() {
        let mut migration = Migration::default();
        let digest = "ab".repeat(32);
        let text = format!(
            "# ours\n\nsrc/a.py:generic-api-key:12\n{}:src/b c.py:aws:3\nC:/x.py:aws:4\n{digest}\nnonsense\n",
            "0f".repeat(20)
        )
        .replace("b c", "b_c");
        read(&text, ".gitleaksignore", &mut migration);
        let shown: Vec<(Option<&str>, String)> =
            migration.accepted.iter().map(|it| (it.path.as_deref(), format!("{:?}", it.by))).collect();
        assert_eq!(shown[0], (Some("src/a.py"), "Place { line: 12, commit: None }".to_owned()));
        assert!(shown[1].0 == Some("src/b_c.py") && shown[1].1.contains("commit: Some"), "{shown:?}");
        assert_eq!(shown[2].0, Some("C:/x.py"));
        assert_eq!(shown[3].0, None);
        assert_eq!(migration.account.left_lines().len(), 1);
    }
}
