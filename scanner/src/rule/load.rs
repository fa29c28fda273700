//! Reads rule files: TOML in, rules or a precise error out.
//!
//! The tree is walked by hand instead of through serde: it is faster, it keeps the place of every key and value for
//! error messages, and unknown keys and values get a suggestion. The schema is documented in `docs/rules.md`.

mod companion;
mod verify;

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use super::example::{Recipe, RecipeError};
use super::template::Fault;
use super::{Detector, Kind, Pattern, Place, Rule, Validator};
use crate::finding::Severity;
use crate::nearest::nearest;

/// Bytes around a keyword hit in which a pattern is searched, if the rule does not say more.
pub const DEFAULT_REACH: usize = 512;
/// The most that a rule may ask for.
pub const MAX_REACH: usize = 4096;

/// The family of rules that a configuration file holds.
const CONFIGURED_FAMILY: &str = "custom";
const FILE_KEYS: &[&str] = &["family", "provider", "rule"];
pub(crate) const RULE_KEYS: &[&str] = &[
    "id",
    "provider",
    "description",
    "kind",
    "severity",
    "detector",
    "keywords",
    "pattern",
    "reach",
    "min_entropy",
    "validator",
    "publishable",
    "remediation",
    "references",
    "examples",
    "near_misses",
    "verify",
    "companion",
];
const KINDS: &[(&str, Kind)] = &[
    ("password", Kind::Password),
    ("api-key", Kind::ApiKey),
    ("token", Kind::Token),
    ("private-key", Kind::PrivateKey),
    ("connection-string", Kind::ConnectionString),
    ("login", Kind::Login),
    ("webhook", Kind::Webhook),
    ("password-hash", Kind::PasswordHash),
    ("generic", Kind::Generic),
];
const SEVERITIES: &[(&str, Severity)] =
    &[("note", Severity::Note), ("warning", Severity::Warning), ("error", Severity::Error)];
const DETECTORS: &[(&str, Detector)] = &[
    ("token", Detector::Token),
    ("keyword", Detector::Keyword),
    ("structural", Detector::Structural),
    ("assignment", Detector::Assignment),
    ("entropy", Detector::Entropy),
    ("key", Detector::Key),
];

/// Why a rule file was refused, and where.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{file}:{line}:{column}: {problem}")]
pub struct LoadError {
    /// Name of the file, as given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: LoadProblem,
}

/// What is wrong with a rule file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadProblem {
    /// Not TOML.
    #[error("{message}")]
    Syntax {
        /// The TOML parser's words.
        message: String,
    },
    /// A key that no rule has.
    #[error("unknown key `{key}`{}", did_you_mean(suggestion.as_ref()))]
    UnknownKey {
        /// As written.
        key: String,
        /// A key that looks like it.
        suggestion: Option<String>,
    },
    /// A value that is not among the allowed ones.
    #[error("unknown {key} `{value}`{}", did_you_mean(suggestion.as_ref()))]
    UnknownValue {
        /// Key it belongs to.
        key: &'static str,
        /// As written.
        value: String,
        /// A value that looks like it.
        suggestion: Option<String>,
    },
    /// A key that must be there.
    #[error("`{key}` is missing")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A value of another type.
    #[error("`{key}` must be {expected}, not {found}")]
    Type {
        /// The key.
        key: String,
        /// What it must be.
        expected: &'static str,
        /// TOML's name of what it is.
        found: &'static str,
    },
    /// A number outside its range.
    #[error("`{key}` must be {expected}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// The range in words.
        expected: &'static str,
    },
    /// An id that is not lower-case words joined by hyphens.
    #[error("the id `{id}` must be lower-case words joined by hyphens")]
    BadId {
        /// As written.
        id: String,
    },
    /// Two rules of one id.
    #[error("the id `{id}` is taken; choose another one, or disable the rule of that name first")]
    DuplicateId {
        /// As written.
        id: String,
    },
    /// A rule of this detector works by a pattern and keywords.
    #[error("a rule with detector `{detector}` needs `pattern` and `keywords`")]
    NeedsPattern {
        /// The rule's detector.
        detector: Detector,
    },
    /// The pattern does not compile.
    #[error("the pattern does not compile: {source}")]
    Pattern {
        /// The regex compiler's words.
        source: regex::Error,
    },
    /// An example cannot be built.
    #[error("the recipe cannot be built: {source}")]
    Recipe {
        /// What is wrong with it.
        source: RecipeError,
    },
    /// The request that verifies is not safe, or its answers can mean nothing.
    #[error("the verification is not safe to use: {fault}")]
    Verify {
        /// What is wrong with it.
        fault: Fault,
    },
    /// What is only likely to be a token of the provider is not sent to it.
    #[error(
        "only tokens of a format of their own are verified, and with detector `keyword` those whose request names a \
         companion; this rule has detector `{detector}`"
    )]
    VerifyNeedsToken {
        /// The rule's detector.
        detector: Detector,
    },
    /// A companion that is found in no way, or in two.
    #[error("a companion needs one of `rule`, `pattern` and `inside`")]
    CompanionSought,
    /// A companion's expression that does not say what of it is the companion.
    #[error("the expression needs a group `id`: `(?<id>...)`")]
    CompanionGroup,
    /// No rule of this name.
    #[error("there is no rule `{id}`{}", did_you_mean(suggestion.as_ref()))]
    UnknownRule {
        /// As written.
        id: String,
        /// An id that looks like it.
        suggestion: Option<String>,
    },
}

fn did_you_mean(suggestion: Option<&String>) -> String {
    suggestion.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// How much is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// A file of this crate: its patterns and recipes are compiled when they are needed; a test has done it already.
    Builtin,
    /// A file from a user.
    User,
    /// A file that the scanned tree's own configuration names: it may say what a secret looks like, but not whom to ask.
    Scanned,
    /// The scanned tree's own configuration: as `Scanned`, and most of the file is about other things.
    Configured,
}

/// Reads one file.
pub(super) fn load(text: &str, file: &str, trust: Trust) -> Result<Vec<Arc<Rule>>, LoadError> {
    let reader = Reader { text, file };
    let table = DeTable::parse(text).map_err(|error| {
        let message = error.message().to_owned();
        reader.error(error.span().unwrap_or(0..0), LoadProblem::Syntax { message })
    })?;
    let whole = 0..0;
    let head = Entry { reader: &reader, table: table.get_ref(), span: whole };
    let family = if trust == Trust::Configured {
        CONFIGURED_FAMILY
    } else {
        head.only(FILE_KEYS)?;
        head.text("family")?
    };
    let provider = head.optional_text("provider")?.unwrap_or_default();
    let mut rules = Vec::new();
    let Some(list) = head.value("rule") else {
        return Err(reader.error(head.span, LoadProblem::Missing { key: "[[rule]]" }));
    };
    let items =
        list.get_ref().as_array().ok_or_else(|| reader.wrong_type("rule", "an array of tables", list))?;
    for item in items {
        let table =
            item.get_ref().as_table().ok_or_else(|| reader.wrong_type("rule", "an array of tables", item))?;
        let entry = Entry { reader: &reader, table, span: item.span() };
        rules.push(Arc::new(rule(&entry, family, provider, trust)?));
    }
    Ok(rules)
}

fn rule(entry: &Entry<'_, '_>, family: &str, provider: &str, trust: Trust) -> Result<Rule, LoadError> {
    entry.only(RULE_KEYS)?;
    let detector = entry.one_of("detector", DETECTORS)?;
    let companions = entry.companions(trust)?;
    let rule = Rule {
        id: entry.id()?,
        family: family.to_owned(),
        provider: entry.optional_text("provider")?.unwrap_or(provider).to_owned(),
        description: entry.text("description")?.to_owned(),
        kind: entry.one_of("kind", KINDS)?,
        severity: entry.one_of("severity", SEVERITIES)?,
        detector,
        keywords: entry.texts("keywords")?.into_iter().map(str::to_ascii_lowercase).collect(),
        pattern: entry.optional_text("pattern")?.map(Pattern::new),
        reach: entry.reach()?,
        min_entropy: entry.entropy()?,
        validator: entry.validator()?,
        publishable: entry.flag("publishable")?,
        remediation: entry.text("remediation")?.to_owned(),
        references: entry.texts("references")?.into_iter().map(str::to_owned).collect(),
        examples: entry.texts("examples")?.into_iter().map(Recipe::new).collect(),
        near_misses: entry.texts("near_misses")?.into_iter().map(Recipe::new).collect(),
        verify: entry.template(detector, &companions, trust)?,
        companions,
        place: entry.place(),
    };
    if trust != Trust::Builtin {
        entry.check_user_rule(&rule)?;
    }
    Ok(rule)
}

/// Turns offsets into lines and columns.
struct Reader<'a> {
    text: &'a str,
    file: &'a str,
}

impl Reader<'_> {
    fn error(&self, span: Range<usize>, problem: LoadProblem) -> LoadError {
        let mut at = span.start.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        LoadError {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            problem,
        }
    }

    fn wrong_type(&self, key: &str, expected: &'static str, value: &Spanned<DeValue<'_>>) -> LoadError {
        let found = value.get_ref().type_str();
        self.error(value.span(), LoadProblem::Type { key: key.to_owned(), expected, found })
    }
}

/// A table of the file with its place.
struct Entry<'r, 'a> {
    reader: &'r Reader<'r>,
    table: &'r DeTable<'a>,
    span: Range<usize>,
}

impl<'r, 'a> Entry<'r, 'a> {
    fn only(&self, known: &[&'static str]) -> Result<(), LoadError> {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let suggestion = nearest(name, known.iter().copied());
                let problem = LoadProblem::UnknownKey { key: name.to_owned(), suggestion };
                return Err(self.reader.error(key.span(), problem));
            }
        }
        Ok(())
    }

    fn value(&self, key: &str) -> Option<&'r Spanned<DeValue<'a>>> {
        self.table.get(key)
    }

    fn optional_text(&self, key: &str) -> Result<Option<&'r str>, LoadError> {
        let text = |value: &'r Spanned<DeValue<'a>>| {
            value.get_ref().as_str().ok_or_else(|| self.reader.wrong_type(key, "a string", value))
        };
        self.value(key).map(text).transpose()
    }

    fn text(&self, key: &'static str) -> Result<&'r str, LoadError> {
        self.optional_text(key)?
            .ok_or_else(|| self.reader.error(self.span.clone(), LoadProblem::Missing { key }))
    }

    fn texts(&self, key: &str) -> Result<Vec<&'r str>, LoadError> {
        let Some(value) = self.value(key) else {
            return Ok(Vec::new());
        };
        let wrong = |value| self.reader.wrong_type(key, "an array of strings", value);
        let items = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        items.iter().map(|item| item.get_ref().as_str().ok_or_else(|| wrong(item))).collect()
    }

    fn flag(&self, key: &str) -> Result<bool, LoadError> {
        let flag = |value: &'r Spanned<DeValue<'a>>| {
            value.get_ref().as_bool().ok_or_else(|| self.reader.wrong_type(key, "true or false", value))
        };
        self.value(key).map_or(Ok(false), flag)
    }

    fn one_of<T: Copy>(&self, key: &'static str, values: &[(&'static str, T)]) -> Result<T, LoadError> {
        let text = self.text(key)?;
        match values.iter().find(|(name, _)| *name == text) {
            Some((_, value)) => Ok(*value),
            None => Err(self.unknown(key, text, values.iter().map(|(name, _)| *name))),
        }
    }

    fn unknown(
        &self,
        key: &'static str,
        value: &str,
        known: impl Iterator<Item = &'static str>,
    ) -> LoadError {
        let problem =
            LoadProblem::UnknownValue { key, value: value.to_owned(), suggestion: nearest(value, known) };
        self.at(key, problem)
    }

    fn at(&self, key: &str, problem: LoadProblem) -> LoadError {
        let span = self.value(key).map_or(self.span.clone(), Spanned::span);
        self.reader.error(span, problem)
    }

    /// Where the rule is written: its id.
    fn place(&self) -> Place {
        let span = self.value("id").map_or(self.span.clone(), Spanned::span);
        let before = self.reader.text.get(..span.start).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
        Place { file: self.reader.file.into(), line }
    }

    fn id(&self) -> Result<String, LoadError> {
        let id = self.text("id")?;
        if is_kebab_case(id) {
            Ok(id.to_owned())
        } else {
            Err(self.at("id", LoadProblem::BadId { id: id.to_owned() }))
        }
    }

    fn reach(&self) -> Result<usize, LoadError> {
        let Some(value) = self.value("reach") else {
            return Ok(DEFAULT_REACH);
        };
        let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
        number.filter(|reach| (DEFAULT_REACH..=MAX_REACH).contains(reach)).ok_or_else(|| {
            self.at(
                "reach",
                LoadProblem::OutOfRange { key: "reach", expected: "an integer from 512 to 4096" },
            )
        })
    }

    fn entropy(&self) -> Result<Option<f32>, LoadError> {
        let Some(value) = self.value("min_entropy") else {
            return Ok(None);
        };
        let integer = value.get_ref().as_integer().map(DeInteger::as_str);
        let text = value.get_ref().as_float().map(DeFloat::as_str).or(integer);
        let number: Option<f32> = text.and_then(|text| text.parse().ok());
        number.filter(|bits| (0.0..=8.0).contains(bits)).map(Some).ok_or_else(|| {
            self.at(
                "min_entropy",
                LoadProblem::OutOfRange { key: "min_entropy", expected: "a number from 0 to 8" },
            )
        })
    }

    fn validator(&self) -> Result<Option<Validator>, LoadError> {
        let Some(name) = self.optional_text("validator")? else {
            return Ok(None);
        };
        Validator::from_name(name)
            .map(Some)
            .ok_or_else(|| self.unknown("validator", name, Validator::names()))
    }

    fn check_user_rule(&self, rule: &Rule) -> Result<(), LoadError> {
        let usable = rule.keywords.iter().any(|keyword| !keyword.is_empty());
        let Some(pattern) = rule.pattern.as_ref().filter(|_| usable) else {
            return Err(self.at("detector", LoadProblem::NeedsPattern { detector: rule.detector }));
        };
        pattern.compile().map_err(|source| self.at("pattern", LoadProblem::Pattern { source }))?;
        for (key, recipes) in [("examples", &rule.examples), ("near_misses", &rule.near_misses)] {
            for recipe in recipes {
                recipe.build(0).map_err(|source| self.at(key, LoadProblem::Recipe { source }))?;
            }
        }
        Ok(())
    }
}

/// Lower-case words of letters and digits, joined by single hyphens, beginning with a letter.
pub(super) fn is_kebab_case(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
family = "acme"
provider = "Acme"

[[rule]]
id = "acme-token"
description = "Acme token"
kind = "token"
severity = "error"
detector = "token"
keywords = ["ACME_"]
pattern = 'acme_[0-9a-f]{32}'
min_entropy = 3
remediation = "Revoke it"
examples = ["acme_{hex:32}"]
"#;

    fn error(from: &str, to: &str) -> LoadError {
        assert!(GOOD.contains(from), "{from}");
        load(&GOOD.replace(from, to), "acme.toml", Trust::User).expect_err("a refused file")
    }

    #[test]
    fn a_good_file_becomes_rules() {
        let rules = load(GOOD, "acme.toml", Trust::User).expect("a good file");
        let rule = &rules[0];
        assert_eq!(
            (rule.id.as_str(), rule.family.as_str(), rule.provider.as_str()),
            ("acme-token", "acme", "Acme")
        );
        assert_eq!((rule.keywords[0].as_str(), rule.reach, rule.min_entropy), ("acme_", 512, Some(3.0)));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_place_and_suggestion() {
        let error = error("severity", "severty");
        assert_eq!((error.line, error.column), (9, 1));
        assert_eq!(error.to_string(), "acme.toml:9:1: unknown key `severty`; did you mean `severity`?");
    }

    #[test]
    fn columns_count_characters() {
        let error = error("\"error\"\n", "\"error\" # é\nid2 = 1\n");
        assert_eq!((error.line, error.column), (10, 1));
    }

    #[test]
    fn every_mistake_has_its_own_words() {
        let cases = [
            ("\"token\"\nsev", "\"tokn\"\nsev", "unknown kind `tokn`; did you mean `token`?"),
            (
                "detector = \"token\"",
                "detector = \"tokens\"",
                "unknown detector `tokens`; did you mean `token`?",
            ),
            ("description = \"Acme token\"\n", "", "`description` is missing"),
            ("remediation = \"Revoke it\"", "remediation = 5", "`remediation` must be a string, not integer"),
            ("[\"ACME_\"]", "[1]", "`keywords` must be an array of strings, not integer"),
            ("[\"ACME_\"]", "[]", "a rule with detector `token` needs `pattern` and `keywords`"),
            ("= 3", "= 9.5", "`min_entropy` must be a number from 0 to 8"),
            ("= 3", "= 3\nreach = 9999", "`reach` must be an integer from 512 to 4096"),
            ("= 3", "= 3\nvalidator = \"jwk\"", "unknown validator `jwk`; did you mean `jwt`?"),
            ("acme-token", "Acme Token", "the id `Acme Token` must be lower-case words joined by hyphens"),
            ("{hex:32}", "{hx:32}", "the recipe cannot be built: unknown part `hx`; did you mean `hex`?"),
            ("[[rule]]", "[rule]", "`rule` must be an array of tables, not table"),
        ];
        for (from, to, words) in cases {
            let text = error(from, to).to_string();
            assert!(text.ends_with(words), "{text} should end with {words}");
        }
    }

    #[test]
    fn broken_toml_and_broken_patterns_are_placed() {
        let syntax = error("\"token\"\nsev", "token\nsev");
        assert!(matches!(syntax.problem, LoadProblem::Syntax { .. }) && syntax.line == 8, "{syntax}");
        let pattern = error("{32}'", "{32'");
        assert!(matches!(pattern.problem, LoadProblem::Pattern { .. }) && pattern.line == 12, "{pattern}");
    }

    #[test]
    fn ids_are_kebab_case() {
        for good in ["a", "aws-s3-key", "1password-x".trim_start_matches('1')] {
            assert!(is_kebab_case(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a_b", "1a"] {
            assert!(!is_kebab_case(bad), "{bad}");
        }
    }
}
