//! Configurations of gitleaks and betterleaks 1.
//!
//! Their `[extend] useDefault` needs no counterpart: our rules are always in force.

use std::path::{Path, PathBuf};

use regex_syntax::hir::literal::Extractor;
use toml::{Table, Value};

use super::dialect::{Rewritten, allow_regex, cause, rewrite};
use super::{MigrateError, Migration, text_of};
use crate::rule::Pattern;
use crate::suppress::allow::AllowedFindings;
use crate::toml_file;

/// A rule with a regular expression that compiles here.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) description: String,
    /// In our dialect, with the group `secret` if it has one.
    pub(super) pattern: String,
    /// Lower case, not empty.
    pub(super) keywords: Vec<String>,
    pub(super) entropy: Option<f32>,
    /// The name of something must stand before the value: not a format of its own.
    pub(super) is_named: bool,
    pub(super) from: String,
}

/// Keys of a rule that are carried over, or say nothing.
const KNOWN: [&str; 11] = [
    "id",
    "description",
    "regex",
    "secretGroup",
    "entropy",
    "keywords",
    "path",
    "tags",
    "allowlist",
    "allowlists",
    "specificity",
];
/// In the expressions of their generic and keyword rules: the signs that bind a value to a name.
const BINDING: &str = "(?:=|>|:";
/// The least length of a keyword that is derived from an expression: shorter ones stand everywhere.
const LEAST_KEYWORD: usize = 3;

/// Reads a configuration and what it extends.
pub(super) fn read(
    text: &str,
    path: &Path,
    shown: &str,
    migration: &mut Migration,
) -> Result<(), MigrateError> {
    read_chain(text, path, shown, &mut Vec::new(), migration)
}

fn read_chain(
    text: &str,
    path: &Path,
    shown: &str,
    chain: &mut Vec<PathBuf>,
    migration: &mut Migration,
) -> Result<(), MigrateError> {
    let table: Table = toml_file::parse(text, shown)?;
    chain.push(path.canonicalize().unwrap_or_else(|_| path.to_owned()));
    let mut file = File { from: shown, migration };
    if let Some(extend) = table.get("extend").and_then(Value::as_table) {
        for id in texts(extend, "disabledRules") {
            file.left(
                &format!("disabled rule {id}"),
                "secretscan has other rules; `rules.disable` takes ids of `secretscan rules list`",
            );
        }
        if let Some(url) = extend.get("url") {
            file.left(
                &format!("extend.url {url}"),
                "nothing is fetched; save the file and name it with --from",
            );
        }
        if let Some(name) = extend.get("path").and_then(Value::as_str) {
            let next = path.parent().unwrap_or(path).join(name);
            if next.canonicalize().is_ok_and(|real| chain.contains(&real)) {
                file.left(&format!("extend.path {name}"), "leads back to a file that extends it");
            } else {
                let text = text_of(&next)?;
                read_chain(&text, &next, name, chain, file.migration)?;
            }
        }
    }
    for rule in tables(&table, "rules") {
        file.rule(rule);
    }
    for list in tables(&table, "allowlist").chain(tables(&table, "allowlists")) {
        file.allow_list(list, &texts(list, "targetRules"));
    }
    let known = ["title", "description", "extend", "rules", "allowlist", "allowlists", "minVersion"];
    for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
        file.left(key, "secretscan has no such setting");
    }
    chain.pop();
    Ok(())
}

/// One table, or an array of tables.
fn tables<'a>(table: &'a Table, key: &str) -> Box<dyn Iterator<Item = &'a Table> + 'a> {
    match table.get(key) {
        Some(Value::Table(one)) => Box::new(std::iter::once(one)),
        Some(Value::Array(many)) => Box::new(many.iter().filter_map(Value::as_table)),
        _ => Box::new(std::iter::empty()),
    }
}

fn texts(table: &Table, key: &str) -> Vec<String> {
    let list = table.get(key).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// The file being read, and where it goes.
struct File<'a> {
    from: &'a str,
    migration: &'a mut Migration,
}

impl File<'_> {
    fn left(&mut self, what: &str, why: &str) {
        self.migration.account.left(self.from, what, why);
    }

    fn changed(&mut self, what: &str, how: &str) {
        self.migration.account.changed(self.from, what, how);
    }

    fn rule(&mut self, table: &Table) {
        let text = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default();
        let id = text("id");
        let name = format!("rule {id}");
        for list in tables(table, "allowlist").chain(tables(table, "allowlists")) {
            self.allow_list(list, &[id.to_owned()]);
        }
        for key in table.keys().filter(|key| !KNOWN.contains(&key.as_str())) {
            self.left(
                &format!("{name}, `{key}`"),
                "secretscan has no such setting; the rule is carried over without it",
            );
        }
        if text("regex").is_empty() {
            // An extending file may give a rule of the default only an allow-list.
            if table.contains_key("path") {
                self.left(&name, "it reports files by their path alone; secretscan looks at what is in them");
            }
            return;
        }
        if !text("path").is_empty() {
            self.changed(&name, "it looked in some paths only, and looks everywhere now");
        }
        let rewritten = rewrite(text("regex"));
        let group = table.get("secretGroup").and_then(Value::as_integer).unwrap_or_default();
        let pattern = rewritten.with_secret(self.group(&name, &rewritten, group));
        if let Err(error) = Pattern::new(&pattern).compile() {
            self.left(&name, &cause(&error.to_string()));
            return;
        }
        let mut keywords: Vec<String> =
            texts(table, "keywords").iter().map(|word| word.to_lowercase()).collect();
        keywords.retain(|word| !word.is_empty());
        if keywords.is_empty() {
            keywords = anchors(&pattern);
        }
        if keywords.is_empty() {
            self.left(&name, "it has no keyword, and none can be told from its expression; add `keywords` and migrate again");
            return;
        }
        let entropy = match table.get("entropy") {
            Some(Value::Float(bits)) => Some(*bits as f32),
            Some(Value::Integer(bits)) => Some(*bits as f32),
            _ => None,
        };
        self.migration.rules.push(Rule {
            id: id.to_owned(),
            description: text("description").trim_end_matches('.').to_owned(),
            pattern,
            keywords,
            entropy: entropy.filter(|bits| (0.0..=8.0).contains(bits) && *bits > 0.0),
            is_named: text("regex").contains(BINDING),
            from: self.from.to_owned(),
        });
    }

    /// The group that holds the secret: the one that is named, or the only one.
    fn group(&mut self, name: &str, rewritten: &Rewritten, wanted: i64) -> usize {
        match (usize::try_from(wanted).unwrap_or_default(), rewritten.groups()) {
            (0, groups) if groups > 1 => {
                self.changed(
                    name,
                    "of its several groups the first one that matched was the secret; the whole match is now",
                );
                0
            }
            (0, groups) => groups,
            (wanted, _) => wanted,
        }
    }

    /// A list whose conditions must all hold becomes one of ours, else each condition one.
    fn allow_list(&mut self, table: &Table, rules: &[String]) {
        let text = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default();
        let name = match (text("description"), rules) {
            ("", []) => "allow-list".to_owned(),
            ("", rules) => format!("allow-list of {}", rules.join(", ")),
            (description, _) => format!("allow-list `{description}`"),
        };
        let all = matches!(text("condition").to_ascii_uppercase().as_str(), "AND" | "&&");
        let commits = texts(table, "commits");
        if !commits.is_empty() {
            let what = format!("{name}, {} commits", commits.len());
            self.left(&what, "secretscan accepts secrets, not commits; see `secretscan baseline create`");
            if all {
                return;
            }
        }
        let mut parts = Vec::new();
        let mut part = |list: AllowedFindings| parts.push(list);
        part(AllowedFindings {
            path_regexes: self.regexes(&name, table, "paths", all),
            ..AllowedFindings::default()
        });
        let regexes = self.regexes(&name, table, "regexes", all);
        match text("regexTarget") {
            "line" => part(AllowedFindings { lines: regexes, ..AllowedFindings::default() }),
            "match" => {
                if !regexes.is_empty() {
                    self.changed(
                        &name,
                        "its expressions looked at the match, and look at the whole line now",
                    );
                }
                part(AllowedFindings { lines: regexes, ..AllowedFindings::default() });
            }
            _ => part(AllowedFindings { values: regexes, ..AllowedFindings::default() }),
        }
        part(AllowedFindings { stopwords: texts(table, "stopwords"), ..AllowedFindings::default() });
        parts.retain(|part| *part != AllowedFindings::default());
        if all {
            let stated =
                ["paths", "regexes", "stopwords"].iter().filter(|key| !texts(table, key).is_empty()).count();
            if parts.len() < stated {
                // A condition that cannot be carried over would widen the list.
                return;
            }
            let joined = parts.into_iter().reduce(|a, b| AllowedFindings {
                path_regexes: [a.path_regexes, b.path_regexes].concat(),
                values: [a.values, b.values].concat(),
                lines: [a.lines, b.lines].concat(),
                stopwords: [a.stopwords, b.stopwords].concat(),
                ..AllowedFindings::default()
            });
            parts = joined.into_iter().collect();
        }
        self.migration.account.carried("allow-lists", parts.len());
        let reason = Some(text("description")).filter(|text| !text.is_empty()).map(str::to_owned);
        let parts = parts.into_iter().map(|part| AllowedFindings {
            reason: reason.clone(),
            rules: rules.to_vec(),
            ..part
        });
        self.migration.allowed.extend(parts);
    }

    /// The expressions of one condition. If `whole`, one that has no counterpart takes the others with it: nothing is
    /// lost by that but a suppression.
    fn regexes(&mut self, name: &str, table: &Table, key: &str, whole: bool) -> Vec<String> {
        let mut kept = Vec::new();
        let mut lost = false;
        for pattern in texts(table, key) {
            match allow_regex(&pattern) {
                Ok(pattern) => kept.push(pattern),
                Err(why) => {
                    lost = true;
                    self.left(&format!("{name}, `{pattern}`"), &why);
                }
            }
        }
        if whole && lost { Vec::new() } else { kept }
    }
}

/// What every match of the pattern begins with, if that says enough to look for.
fn anchors(pattern: &str) -> Vec<String> {
    let expanded = Pattern::new(pattern).expanded().into_owned();
    let parsed = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(&expanded);
    let Ok(hir) = parsed else { return Vec::new() };
    // Both cases of a letter, but no class of digits.
    let literals = Extractor::new().limit_class(3).extract(&hir);
    let mut words: Vec<String> = literals
        .literals()
        .into_iter()
        .flatten()
        .map(|literal| String::from_utf8_lossy(literal.as_bytes()).to_lowercase())
        .collect();
    words.sort_unstable();
    words.dedup();
    if words.iter().any(|word| word.len() < LEAST_KEYWORD) { Vec::new() } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migrated(text: &str) -> Migration {
        let mut migration = Migration::default();
        read(text, Path::new("/nowhere/gitleaks.toml"), "gitleaks.toml", &mut migration).expect("TOML");
        migration
    }

    #[test]
    fn a_rule_keeps_its_group_keywords_entropy_and_allow_list() {
        let migration = migrated(
            r"
            [[rules]]
            id = 'acme'
            description = 'An Acme token.'
            regex = '''(?i)(acme)[_-]([a-z]{10})'''
            secretGroup = 2
            entropy = 3
            keywords = ['ACME']
            tags = ['x']
            [[rules.allowlists]]
            regexes = ['''^example''']
            stopwords = ['dummy']
            [rules.required]
            id = 'other'
            ",
        );
        let rule = &migration.rules[0];
        assert_eq!(rule.pattern, "(?i)(acme)[_-](?<secret>[a-z]{10})");
        assert_eq!((rule.keywords.as_slice(), rule.entropy), (["acme".to_owned()].as_slice(), Some(3.0)));
        assert_eq!(migration.allowed.len(), 2, "any of its conditions");
        assert!(migration.allowed.iter().all(|list| list.rules == ["acme"]));
        assert_eq!(migration.account.left_lines().len(), 1, "{:?}", migration.account.left_lines());
    }

    #[test]
    fn conditions_that_must_all_hold_stay_together() {
        let migration = migrated(
            "[[allowlists]]\ncondition = 'AND'\ntargetRules = ['a']\npaths = ['^t/']\nregexTarget = 'line'\nregexes = ['x{', 'y']\n\
             [[allowlists]]\ncondition = 'AND'\npaths = ['^t/']\nregexes = ['(?=x)', 'y']\n\
             [[allowlists]]\ncondition = 'AND'\npaths = ['^t/']\ncommits = ['abcdef']\n\
             [[allowlists]]\npaths = ['^t/']\ncommits = ['abcdef']\n",
        );
        let [first, last] = migration.allowed.as_slice() else { panic!("{:?}", migration.allowed) };
        assert_eq!((first.path_regexes.as_slice(), first.lines.len()), (["^t/".to_owned()].as_slice(), 2));
        assert_eq!(first.lines[0], r"x\{");
        assert_eq!(last.path_regexes, ["^t/"], "the commits alone are left");
        assert_eq!(migration.account.left_lines().len(), 3, "{:?}", migration.account.left_lines());
    }

    #[test]
    fn keywords_are_told_from_the_expression_or_the_rule_is_left() {
        let migration = migrated(
            "[[rules]]\nid = 'a'\nregex = '(?:acme|emca)_[0-9]+'\n[[rules]]\nid = 'b'\nregex = '[0-9]{20}'\n\
             [[rules]]\nid = 'c'\nregex = '(?<=x)y'\nkeywords = ['x']\n[[rules]]\nid = 'd'\npath = 'x.pem'\n",
        );
        assert_eq!(migration.rules.len(), 1);
        assert_eq!(migration.rules[0].keywords, ["acme_", "emca_"]);
        assert_eq!(migration.account.left_lines().len(), 3, "{:?}", migration.account.left_lines());
    }
}
