//! Every crate of the workspace is under terms that `deny.toml` allows.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use spdx::{Expression, ParseMode};

use crate::tool::ROOT;

/// The strings of a list.
fn strings(list: Option<&toml::Value>) -> Vec<&str> {
    list.and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_str).collect()
}

/// What `[[licenses.TABLE]]` says of a crate.
fn entry<'a>(licences: &'a toml::Value, table: &str, name: &str) -> Option<&'a toml::Value> {
    let entries = licences.get(table)?.as_array()?;
    entries.iter().find(|entry| entry.get("crate").and_then(toml::Value::as_str) == Some(name))
}

/// True if the licence of a package (of `cargo metadata`) is allowed.
fn is_allowed(licences: &toml::Value, package: &Value) -> bool {
    let name = package["name"].as_str().unwrap_or_default();
    let clarified = entry(licences, "clarify", name).and_then(|it| it.get("expression")?.as_str());
    let Some(terms) = package["license"].as_str().or(clarified) else { return false };
    let mut allowed = strings(licences.get("allow"));
    allowed.extend(strings(entry(licences, "exceptions", name).and_then(|it| it.get("allow"))));
    Expression::parse_mode(terms, ParseMode::LAX)
        .is_ok_and(|terms| terms.evaluate(|one| allowed.contains(&one.to_string().as_str())))
}

#[test]
fn every_crate_is_under_terms_that_are_allowed() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("deny.toml")).expect("the list of terms");
    let list: toml::Table = toml::from_str(&text).expect("TOML");
    let licences = &list["licenses"];
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version=1", "--locked", "--quiet"]).current_dir(ROOT);
    let output = cargo.output().expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let packages = metadata["packages"].as_array().expect("packages");
    let refused: Vec<_> = packages
        .iter()
        .filter(|it| !is_allowed(licences, it))
        .map(|it| format!("{} {}", it["name"], it["license"]))
        .collect();
    assert!(packages.len() > 300 && refused.is_empty(), "of {} crates: {refused:#?}", packages.len());
    let foreign = serde_json::json!({"name": "x", "license": "GPL-3.0-only AND MIT"});
    assert!(!is_allowed(licences, &foreign));
}
