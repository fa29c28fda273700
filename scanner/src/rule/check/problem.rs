//! What is wrong with a rule: where, why, and what to do.

use std::fmt;

use super::super::Rule;

/// Something wrong with a rule, or worth knowing. The order is that of rules by id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The rule's id.
    pub rule: String,
    /// False for remarks, which are no reason to refuse the rule.
    pub is_error: bool,
    /// What it is. Examples are named by their recipe, so that no token is printed.
    pub text: String,
    /// What to do about it.
    pub remedy: &'static str,
    /// The rule's file, as it was given.
    pub file: String,
    /// The line of its id, from 1.
    pub line: usize,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, is_error, text, remedy, file, line } = self;
        let level = if *is_error { "error" } else { "notice" };
        write!(f, "{file}:{line}: {level}: {rule}: {text}; {remedy}")
    }
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn error(&mut self, rule: &Rule, text: impl Into<String>, remedy: &'static str) {
        self.push(rule, true, text.into(), remedy);
    }

    pub(super) fn notice(&mut self, rule: &Rule, text: impl Into<String>, remedy: &'static str) {
        self.push(rule, false, text.into(), remedy);
    }

    fn push(&mut self, rule: &Rule, is_error: bool, text: String, remedy: &'static str) {
        let (id, file) = (rule.id.clone(), rule.place.file.to_string());
        self.0.push(Problem { rule: id, is_error, text, remedy, file, line: rule.place.line });
    }

    /// Sorted by rule, each once.
    pub(super) fn into_sorted(mut self) -> Vec<Problem> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}
