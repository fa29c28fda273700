//! The JSON schema of the configuration, `docs/config.schema.json`: editors complete and check by it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use super::Config;
use crate::finding::Severity;
use crate::rule::{Detector, Kind};

/// A `[[rule]]` table, for the schema alone: `rule::load` reads rules. A test holds its keys to the reader's.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct Rule {
    /// Stable name: lower-case words joined by hyphens.
    #[schemars(regex(pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"))]
    id: String,
    /// The provider's name for people.
    provider: Option<String>,
    /// What it is, one sentence without a full stop.
    description: String,
    /// What sort of secret it is.
    kind: Kind,
    /// Severity of a leak outside tests and examples.
    severity: Severity,
    /// `token` is decided by the rule alone, `keyword` by the judge too.
    detector: Detector,
    /// Strings of which one stands in or near every match.
    keywords: Vec<String>,
    /// Regular expression; the secret is the group named `secret`, or the whole match.
    pattern: String,
    /// Bytes around a keyword in which the pattern is searched.
    #[schemars(range(min = 512, max = 4096))]
    reach: Option<u16>,
    /// Least Shannon entropy of the secret, in bits per byte.
    #[schemars(range(min = 0, max = 8))]
    min_entropy: Option<f32>,
    /// Checksum or structure of the format (docs/rules.md).
    validator: Option<String>,
    /// Made to be published: recognised and never reported.
    publishable: Option<bool>,
    /// Where and how to revoke it.
    remediation: String,
    /// URLs of the provider's documentation.
    references: Option<Vec<String>>,
    /// Recipes of texts that the rule finds (docs/rules.md).
    examples: Option<Vec<String>>,
    /// Recipes of texts that look alike and are not found.
    near_misses: Option<Vec<String>>,
    /// What stands near the secret and belongs to it (docs/rules.md).
    companion: Option<Vec<BTreeMap<String, serde_json::Value>>>,
    /// How the provider is asked. Read, but not used: a configuration may come with the code that is scanned.
    verify: Option<BTreeMap<String, serde_json::Value>>,
}

/// The schema, as text with a line break at its end.
///
/// # Panics
/// Never: the schema's keys are strings.
pub fn schema() -> String {
    let settings = SchemaSettings::draft07();
    let schema = settings.into_generator().into_root_schema_for::<Config>();
    serde_json::to_string_pretty(&schema).expect("a schema is JSON without non-string keys") + "\n"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_rule_of_the_schema_has_the_keys_of_the_reader() {
        let schema = schemars::schema_for!(Rule);
        let properties = schema.get("properties").and_then(|it| it.as_object()).expect("properties");
        let known: BTreeSet<&str> = crate::rule::KEYS.iter().copied().collect();
        assert_eq!(properties.keys().map(String::as_str).collect::<BTreeSet<_>>(), known);
    }
}
