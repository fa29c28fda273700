//! The configuration's allow-list of findings: by rule, path, value, line and stop-word.

use std::path::{Path, PathBuf};

use regex::bytes::{RegexSet, RegexSetBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths::{AllowedPaths, normal};

/// What the ledger calls it.
pub const NAME: &str = "allow-list";

/// Findings that are allowed to stay. Everything that is named must hold; of the items of one list, any.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AllowedFindings {
    /// Why; reports repeat it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Ids of rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Paths in the pattern language of `.gitignore`, relative to the configuration file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Regular expressions that match anywhere in the path from the configuration file's folder, with `/` between parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path_regexes: Vec<String>,
    /// Regular expressions that match anywhere in the value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Regular expressions that match anywhere in the line that holds the value's first character.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Words that stand in the value, without regard to case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stopwords: Vec<String>,
}

/// Why an allow-list cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AllowError {
    /// A table that would allow everything.
    #[error(
        "the allow-list of findings number {number} names nothing: give rules, paths, path-regexes, values, lines or stopwords"
    )]
    Empty {
        /// Which `[[allow.findings]]`, from 1.
        number: usize,
    },
    /// A regular expression is wrong.
    #[error("the allow-list of findings number {number}: {source}")]
    Regex {
        /// Which `[[allow.findings]]`, from 1.
        number: usize,
        /// The regex compiler's words.
        source: regex::Error,
    },
    /// A path pattern is wrong.
    #[error("the allow-list of findings number {number}: {source}")]
    Path {
        /// Which `[[allow.findings]]`, from 1.
        number: usize,
        /// The pattern compiler's words.
        source: ignore::Error,
    },
}

/// A finding, as far as the lists look at it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Id of the rule.
    pub rule: &'a str,
    /// The path as the scan shows it.
    pub path: &'a str,
    /// The value.
    pub value: &'a [u8],
    /// The line that holds the value's first byte, without a line break.
    pub line: &'a [u8],
}

/// The lists, compiled.
#[derive(Debug)]
pub struct AllowList {
    root: PathBuf,
    lists: Vec<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    reason: Option<String>,
    rules: Vec<String>,
    paths: Option<AllowedPaths>,
    path_regexes: RegexSet,
    values: RegexSet,
    lines: RegexSet,
    stopwords: Vec<Vec<u8>>,
}

impl AllowList {
    /// Compiles the lists. `root` is absolute: the configuration file's folder.
    pub fn new(root: &Path, lists: &[AllowedFindings]) -> Result<Self, AllowError> {
        let compiled = lists.iter().enumerate().map(|(at, list)| Compiled::new(root, list, at + 1));
        Ok(Self { root: normal(root), lists: compiled.collect::<Result<_, _>>()? })
    }

    /// The ids that the lists name: a caller with the rules can tell which do not exist.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.lists.iter().flat_map(|list| &list.rules).map(String::as_str)
    }

    /// The reason of the first list that allows the finding (empty if it gives none). `base` is the folder (absolute) that
    /// the path is relative to.
    pub fn allows(&self, base: &Path, subject: &Subject<'_>) -> Option<&str> {
        if self.lists.is_empty() {
            return None;
        }
        let absolute = normal(&base.join(subject.path));
        let below = absolute.strip_prefix(&self.root).unwrap_or(&absolute);
        let path = below.to_string_lossy();
        let found = self.lists.iter().find(|list| list.allows(base, path.as_bytes(), subject));
        found.map(|list| list.reason.as_deref().unwrap_or_default())
    }
}

impl Compiled {
    fn new(root: &Path, list: &AllowedFindings, number: usize) -> Result<Self, AllowError> {
        let AllowedFindings { reason, rules, paths, path_regexes, values, lines, stopwords } = list;
        if [rules, paths, path_regexes, values, lines, stopwords].into_iter().all(Vec::is_empty) {
            return Err(AllowError::Empty { number });
        }
        let set = |patterns: &[String]| {
            RegexSetBuilder::new(patterns).build().map_err(|source| AllowError::Regex { number, source })
        };
        let allowed = (!paths.is_empty()).then(|| AllowedPaths::new(root, paths)).transpose();
        Ok(Self {
            reason: reason.clone(),
            rules: rules.clone(),
            paths: allowed.map_err(|source| AllowError::Path { number, source })?,
            path_regexes: set(path_regexes)?,
            values: set(values)?,
            lines: set(lines)?,
            stopwords: stopwords.iter().map(|word| word.to_ascii_lowercase().into_bytes()).collect(),
        })
    }

    fn allows(&self, base: &Path, path: &[u8], subject: &Subject<'_>) -> bool {
        let any = |set: &RegexSet, text: &[u8]| set.is_empty() || set.is_match(text);
        (self.rules.is_empty() || self.rules.iter().any(|rule| rule == subject.rule))
            && self.paths.as_ref().is_none_or(|paths| paths.allows(base, Path::new(subject.path)))
            && any(&self.path_regexes, path)
            && any(&self.values, subject.value)
            && any(&self.lines, subject.line)
            && (self.stopwords.is_empty() || self.has_stopword(subject.value))
    }

    fn has_stopword(&self, value: &[u8]) -> bool {
        let value = value.to_ascii_lowercase();
        self.stopwords.iter().any(|word| memchr::memmem::find(&value, word).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(toml: &str) -> Result<AllowList, AllowError> {
        let list: AllowedFindings = toml::from_str(toml).expect("a good table");
        AllowList::new(Path::new("/repo"), &[list])
    }

    fn allows(toml: &str) -> bool {
        let subject = Subject {
            rule: "generic-password",
            path: "app/a.py",
            value: b"Dummy2024!",
            line: b"pw = 'Dummy2024!' # fake",
        };
        list(toml).expect("a good list").allows(Path::new("/repo"), &subject).is_some()
    }

    #[test]
    fn everything_that_is_named_must_hold() {
        for (toml, expected) in [
            ("rules = ['generic-password']", true),
            ("rules = ['generic-token']", false),
            ("paths = ['app/']", true),
            ("paths = ['lib/']", false),
            ("path-regexes = ['^app/.*\\.py$']", true),
            ("path-regexes = ['^/repo']", false),
            ("values = ['^Dummy']", true),
            ("values = ['^Real', '24!$']", true),
            ("values = ['fake']", false),
            ("lines = ['# fake$']", true),
            ("lines = ['# real$']", false),
            ("stopwords = ['DUMMY']", true),
            ("stopwords = ['fake']", false),
            ("rules = ['generic-password']\nvalues = ['^Real']", false),
            ("paths = ['*.py']\nlines = ['fake']\nstopwords = ['dummy']", true),
        ] {
            assert_eq!(allows(toml), expected, "{toml}");
        }
    }

    #[test]
    fn a_list_that_would_allow_everything_is_an_error() {
        assert!(matches!(list("reason = 'all'"), Err(AllowError::Empty { number: 1 })));
        assert!(matches!(list("values = ['(']"), Err(AllowError::Regex { number: 1, .. })));
    }
}
