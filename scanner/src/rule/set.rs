//! The rules of a scan: those that come with the program, less the disabled ones, plus the user's.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::load::{LoadError, LoadProblem, Trust, load};
use super::{Rule, builtin};
use crate::nearest::nearest;
use crate::value::hex;

/// Rules in the order of their ids, which are unique. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Vec<Arc<Rule>>,
    /// Name and text of files that are not builtin, in the order they were added.
    extra: Vec<(String, Arc<str>)>,
    without: BTreeSet<String>,
}

impl RuleSet {
    /// The rules that come with the program. Patterns are not compiled yet.
    ///
    /// # Panics
    /// Never: a test loads the same text.
    pub fn builtin() -> Self {
        let mut rules = Vec::with_capacity(512);
        for (file, text) in builtin::FILES {
            rules.extend(load(text, file, Trust::Builtin).expect("a test loads every builtin file"));
        }
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        Self { rules, extra: Vec::new(), without: BTreeSet::new() }
    }

    /// All rules by id.
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    /// The rule of this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Rule>> {
        self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok().map(|at| &self.rules[at])
    }

    /// SHA-256 over the sources and the ids left out, in hex: equal exactly if the same rules were asked for.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |name: &str, text: &str| {
            for bytes in [name, text] {
                hash.update((bytes.len() as u64).to_le_bytes());
                hash.update(bytes);
            }
        };
        for (file, text) in builtin::FILES {
            part(file, text);
        }
        for (file, text) in &self.extra {
            part(file, text);
        }
        for id in &self.without {
            part("without", id);
        }
        hex::encode(&hash.finalize())
    }

    /// This set without the rules of these ids; an id that is not there is an error.
    pub fn without(&self, ids: &[impl AsRef<str>]) -> Result<Self, LoadError> {
        let mut set = self.clone();
        for id in ids.iter().map(AsRef::as_ref) {
            if self.get(id).is_none() {
                return Err(self.unknown(id, "disabled rules"));
            }
            set.without.insert(id.to_owned());
        }
        set.rules.retain(|rule| !set.without.contains(&rule.id));
        Ok(set)
    }

    /// The error for an id that no rule has; `place` is where it is written.
    pub(crate) fn unknown(&self, id: &str, place: &str) -> LoadError {
        let suggestion = nearest(id, self.rules.iter().map(|rule| rule.id.as_str()));
        let problem = LoadProblem::UnknownRule { id: id.to_owned(), suggestion };
        LoadError { file: place.to_owned(), line: 1, column: 1, problem }
    }

    /// This set and the rules of a user's file. Patterns are compiled and recipes built once, to find their errors here.
    pub fn with_extra(&self, toml_text: &str, file_name: &str) -> Result<Self, LoadError> {
        self.with_file(toml_text, file_name, Trust::User)
    }

    /// As [`RuleSet::with_extra`], but the rules cannot say whom to ask about a token: for files that what is scanned
    /// names, which must not choose where tokens are sent.
    pub fn with_extra_offline(&self, toml_text: &str, file_name: &str) -> Result<Self, LoadError> {
        self.with_file(toml_text, file_name, Trust::Scanned)
    }

    /// This set and the `[[rule]]` tables of a configuration file, which are as little trusted as the files that it names.
    pub fn with_configured(&self, toml_text: &str, file_name: &str) -> Result<Self, LoadError> {
        self.with_file(toml_text, file_name, Trust::Configured)
    }

    fn with_file(&self, toml_text: &str, file_name: &str, trust: Trust) -> Result<Self, LoadError> {
        let mut set = self.clone();
        let mut ids: BTreeSet<&str> = self.rules.iter().map(|rule| rule.id.as_str()).collect();
        let added = load(toml_text, file_name, trust)?;
        for rule in &added {
            if !ids.insert(&rule.id) {
                return Err(duplicate(toml_text, file_name, &rule.id));
            }
        }
        set.rules.extend(added.iter().cloned());
        set.rules.sort_by(|a, b| a.id.cmp(&b.id));
        // Of a configuration only the rules count: another threshold does not make other rules.
        let source = match trust {
            Trust::Configured => rules_alone(toml_text),
            Trust::Builtin | Trust::User | Trust::Scanned => toml_text.to_owned(),
        };
        set.extra.push((file_name.to_owned(), source.into()));
        Ok(set)
    }
}

/// The `[[rule]]` tables of a text that was read before.
fn rules_alone(text: &str) -> String {
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    table.get("rule").map(ToString::to_string).unwrap_or_default()
}

/// Points at the last place where the id is written as an id.
fn duplicate(text: &str, file: &str, id: &str) -> LoadError {
    let lines: Vec<&str> = text.lines().collect();
    let is_id =
        |line: &&str| line.trim_start().starts_with("id") && line.split(['"', '\'']).any(|part| part == id);
    let at = lines.iter().rposition(is_id).unwrap_or(0);
    let column = lines.get(at).and_then(|line| line.find(id)).unwrap_or(0) + 1;
    LoadError {
        file: file.to_owned(),
        line: at + 1,
        column,
        problem: LoadProblem::DuplicateId { id: id.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTRA: &str = r#"
family = "acme"
[[rule]]
id = "acme-token"
description = "Acme token"
kind = "token"
severity = "error"
detector = "token"
keywords = ["acme_"]
pattern = 'acme_[0-9a-f]{32}'
remediation = "Revoke it"
"#;

    #[test]
    fn rules_are_sorted_unique_and_found() {
        let set = RuleSet::builtin();
        assert!(set.rules().windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(set.rules().iter().all(|rule| set.get(&rule.id).is_some_and(|found| found.id == rule.id)));
        assert!(set.get("nothing").is_none());
    }

    #[test]
    fn the_hash_tells_sets_apart() {
        let set = RuleSet::builtin();
        let less = set.without(&["generic-password"]).expect("a known rule");
        let more = set.with_extra(EXTRA, "acme.toml").expect("a good file");
        let hashes: BTreeSet<String> = [&set, &less, &more].into_iter().map(RuleSet::sha256).collect();
        assert_eq!(hashes.len(), 3);
        assert!(hashes.iter().all(|hash| hash.len() == 64));
        assert_eq!(set.sha256(), RuleSet::builtin().sha256());
    }

    #[test]
    fn rules_can_be_left_out_and_added() {
        let set = RuleSet::builtin();
        let less = set.without(&["generic-password"]).expect("a known rule");
        assert!(less.get("generic-password").is_none());
        assert_eq!(less.rules().len() + 1, set.rules().len());
        let more = less.with_extra(EXTRA, "acme.toml").expect("a good file");
        assert!(more.get("acme-token").is_some());
    }

    #[test]
    fn a_file_that_the_scanned_names_cannot_choose_whom_to_ask() {
        let verify = "[rule.verify]\nurl = \"https://example.com/{{secret}}\"\nlive = { status = [200], present = [\"/id\"] }\n";
        let text = format!("{EXTRA}{verify}");
        let asks = |set: RuleSet| set.get("acme-token").is_some_and(|rule| rule.verify.is_some());
        assert!(asks(RuleSet::builtin().with_extra(&text, "acme.toml").expect("a good file")));
        assert!(!asks(RuleSet::builtin().with_extra_offline(&text, "acme.toml").expect("a good file")));
    }

    #[test]
    fn an_unknown_id_to_leave_out_is_an_error_with_a_suggestion() {
        let error = RuleSet::builtin().without(&["generic-pasword"]).expect_err("an unknown rule");
        assert!(error.to_string().ends_with("did you mean `generic-password`?"), "{error}");
    }

    #[test]
    fn an_id_that_is_taken_is_an_error_with_its_place() {
        let text = EXTRA.replace("acme-token", "generic-password");
        let error = RuleSet::builtin().with_extra(&text, "acme.toml").expect_err("a taken id");
        assert_eq!((error.line, error.column), (4, 7));
        let twice = format!("{EXTRA}{}", EXTRA.replace("family = \"acme\"", ""));
        let error = RuleSet::builtin().with_extra(&twice, "acme.toml").expect_err("a taken id");
        assert_eq!(error.line, 15);
    }
}
