//! The configuration file of what was carried over.

use std::path::PathBuf;

use serde::Serialize;

use super::Settled;
use crate::config::{Config, ConfigError, FILE_NAME};
use crate::scan::{Options, ScanError, Scanner};
use crate::suppress::allow::AllowedFindings;
use crate::toml_file;

#[derive(Serialize)]
struct File<'a> {
    #[serde(skip_serializing_if = "Allow::is_empty")]
    allow: Allow<'a>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    rule: &'a [toml::Table],
}

#[derive(Serialize)]
struct Allow<'a> {
    findings: &'a [AllowedFindings],
}

impl Allow<'_> {
    fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }
}

/// The text of a configuration file, or none if nothing needs one. `sources` names what it is from. The text was read back
/// as a scan would: an error is a fault of this program.
pub fn configuration(settled: &Settled, sources: &[String]) -> Result<Option<String>, ScanError> {
    if settled.allowed.is_empty() && settled.rules.is_empty() {
        return Ok(None);
    }
    let file = File { allow: Allow { findings: &settled.allowed }, rule: &settled.rules };
    let text = toml::to_string_pretty(&file).expect("tables of texts and numbers are TOML");
    let config: Config = toml_file::parse(&text, FILE_NAME).map_err(ConfigError::from)?;
    let rules =
        if settled.rules.is_empty() { Vec::new() } else { vec![(FILE_NAME.to_owned(), text.clone())] };
    Scanner::new(Options {
        configured_rules: rules,
        allowed_findings: Some((PathBuf::from("/"), config.allow.findings)),
        ..Options::default()
    })?;
    Ok(Some(format!("# Carried over from {} by `secretscan migrate`.\n{text}", sources.join(", "))))
}
