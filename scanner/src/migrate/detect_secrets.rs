//! detect-secrets' `.secrets.baseline`: SHA-1 digests of accepted values by file, and the settings of the scan.

use serde_json::{Map, Value};

use super::dialect::allow_regex;
use super::{Accepted, By, Migration};
use crate::suppress::allow::AllowedFindings;

/// Filters that this program applies by itself, by what their paths end in.
const BUILT_IN: [&str; 3] = ["allowlist.", "heuristic.", "common."];

/// Reads the object. False if it is of something else.
pub(super) fn read(object: &Map<String, Value>, from: &str, migration: &mut Migration) -> bool {
    let Some(results) = object.get("results").and_then(Value::as_object) else { return false };
    for (path, entries) in results {
        for entry in entries.as_array().into_iter().flatten() {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            let audited = match entry.get("is_secret").and_then(Value::as_bool) {
                Some(true) => ", audited there as a secret",
                Some(false) => ", audited there as none",
                None => "",
            };
            let line = entry.get("line_number").and_then(Value::as_u64);
            migration.accepted.push(Accepted {
                // A baseline made on Windows has its separators.
                path: Some(path.replace('\\', "/")),
                by: By::Sha1(text("hashed_secret").to_ascii_lowercase(), line),
                rule: text("type").to_owned(),
                reason: format!("in the detect-secrets baseline {from}{audited}"),
                from: from.to_owned(),
            });
        }
    }
    filters(object, from, migration);
    for plugin in object.get("plugins_used").and_then(Value::as_array).into_iter().flatten() {
        let name = plugin.get("name").and_then(Value::as_str).unwrap_or_default();
        if let Some(path) = plugin.get("path").and_then(Value::as_str) {
            migration.account.left(
                from,
                &format!("plugin {name}"),
                &format!("{path} is a program; write a rule instead"),
            );
        }
        // Their limits of entropy: this program weighs more than that, and has `--preset`.
        let limit = plugin.get("limit").and_then(Value::as_f64);
        let usual = [("Base64HighEntropyString", 4.5), ("HexHighEntropyString", 3.0)];
        if let Some(limit) = limit.filter(|limit| !usual.contains(&(name, *limit))) {
            migration.account.left(
                from,
                &format!("{name} with limit {limit}"),
                "secretscan has no limit of entropy; see `preset` and `min-confidence`",
            );
        }
    }
    true
}

fn filters(object: &Map<String, Value>, from: &str, migration: &mut Migration) {
    for filter in object.get("filters_used").and_then(Value::as_array).into_iter().flatten() {
        let path = filter.get("path").and_then(Value::as_str).unwrap_or_default();
        let patterns = filter.get("pattern").and_then(Value::as_array).into_iter().flatten();
        let patterns: Vec<&str> = patterns.filter_map(Value::as_str).collect();
        let name = path.rsplit('.').next().unwrap_or_default();
        if path
            .rsplit("filters.")
            .next()
            .is_some_and(|rest| BUILT_IN.iter().any(|known| rest.starts_with(known)))
        {
            continue;
        }
        if !matches!(name, "should_exclude_file" | "should_exclude_line" | "should_exclude_secret") {
            migration.account.left(from, &format!("filter {path}"), "secretscan has no such filter");
            continue;
        }
        let mut list =
            AllowedFindings { reason: Some(format!("filter of {from}")), ..AllowedFindings::default() };
        for pattern in patterns {
            match allow_regex(pattern) {
                Ok(pattern) if name == "should_exclude_file" => list.path_regexes.push(pattern),
                Ok(pattern) if name == "should_exclude_line" => list.lines.push(pattern),
                Ok(pattern) => list.values.push(pattern),
                Err(why) => migration.account.left(from, &format!("filter {name} `{pattern}`"), &why),
            }
        }
        if list.path_regexes.len() + list.lines.len() + list.values.len() > 0 {
            migration.account.carried("allow-lists", 1);
            migration.allowed.push(list);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_filters_and_plugins_are_read() {
        let text = r#"{
            "version": "1.5.0",
            "plugins_used": [{"name": "HexHighEntropyString", "limit": 2.0}, {"name": "AWSKeyDetector"},
                             {"name": "Mine", "path": "file://mine.py"}],
            "filters_used": [
                {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
                {"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["^tests/", "(?=x)"]},
                {"path": "detect_secrets.filters.wordlist.should_exclude_secret_x", "file_name": "words"}
            ],
            "results": {"a\\b.py": [{"type": "Secret Keyword", "filename": "a\\b.py", "hashed_secret": "ABCD",
                                     "is_verified": false, "line_number": 3, "is_secret": false}]}
        }"#;
        let value: Value = serde_json::from_str(text).expect("JSON");
        let mut migration = Migration::default();
        assert!(read(value.as_object().expect("an object"), ".secrets.baseline", &mut migration));
        let accepted = &migration.accepted[0];
        assert_eq!(accepted.path.as_deref(), Some("a/b.py"));
        assert!(matches!(&accepted.by, By::Sha1(digest, Some(3)) if digest == "abcd"));
        assert!(accepted.reason.contains("audited there as none"));
        assert_eq!(migration.allowed[0].path_regexes, ["^tests/"]);
        assert_eq!(migration.account.left_lines().len(), 4, "{:?}", migration.account.left_lines());
    }
}
