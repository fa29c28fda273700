//! Tests rules against their own examples, the way the engine searches: a keyword hit, a window around it, the pattern.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::companion::{Companion, Sought};
use super::example::{Example, Recipe};
use super::{Detector, Pattern, Rule, RuleSet, load};
use crate::candidate::Proof;

/// Examples built of each recipe when nobody says otherwise.
pub const DEFAULT_SEEDS: Range<u64> = 0..3;
/// Shorter keywords wake the engine all over normal text.
const MIN_KEYWORD: usize = 3;

/// Something wrong with a rule, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The rule's id.
    pub rule: String,
    /// False for remarks, which are no reason to refuse the rule.
    pub is_error: bool,
    /// What it is. Examples are named by their recipe, so that no token is printed.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = if self.is_error { "error" } else { "notice" };
        write!(f, "{level}: {}: {}", self.rule, self.text)
    }
}

/// Checks all rules with a few seeds; sorted by rule.
pub fn check(set: &RuleSet) -> Vec<Problem> {
    check_with(set, DEFAULT_SEEDS)
}

/// Checks all rules, building each recipe once for every seed; sorted by rule.
pub fn check_with(set: &RuleSet, seeds: Range<u64>) -> Vec<Problem> {
    let mut problems = Problems::default();
    for pair in set.rules().windows(2).filter(|pair| pair[0].id == pair[1].id) {
        problems.error(&pair[0], "another rule has the same id".to_owned());
    }
    let usable: Vec<&Arc<Rule>> = set.rules().iter().filter(|rule| check_head(rule, &mut problems)).collect();
    for rule in &usable {
        for seed in seeds.clone() {
            check_examples(rule, seed, &mut problems);
            check_near_misses(rule, seed, &mut problems);
        }
    }
    check_overlaps(&usable, &mut problems);
    for rule in set.rules() {
        check_companions(set, rule, &mut problems);
    }
    problems.into_sorted()
}

/// What [`find`] saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The secret, in bytes of the text.
    pub span: Range<usize>,
    /// What the validator says of it.
    pub proof: Proof,
}

/// Every place in `text` where `rule` would see a secret, as the engine looks for it: around each keyword hit, in a
/// window of `reach` bytes, above the entropy floor. Sorted, without repetitions. Slow; for checks and tests.
pub fn find(rule: &Rule, text: &[u8]) -> Vec<Match> {
    let Some(pattern) = &rule.pattern else {
        return Vec::new();
    };
    let lower = text.to_ascii_lowercase();
    let mut found: BTreeMap<(usize, usize), Match> = BTreeMap::new();
    for keyword in &rule.keywords {
        for hit in memchr::memmem::find_iter(&lower, keyword.as_bytes()) {
            let start = hit.saturating_sub(rule.reach);
            let end = (hit + keyword.len() + rule.reach).min(text.len());
            for captures in pattern.regex().captures_iter(&text[start..end]) {
                let Some(secret) = captures.name("secret").or_else(|| captures.get(0)) else {
                    continue;
                };
                let span = start + secret.start()..start + secret.end();
                if rule.min_entropy.is_some_and(|least| entropy(secret.as_bytes()) < least) {
                    continue;
                }
                let proof =
                    rule.validator.map_or(Proof::None, |validator| validator.check(secret.as_bytes()));
                found.insert((span.start, span.end), Match { span, proof });
            }
        }
    }
    found.into_values().collect()
}

/// Shannon entropy in bits per byte.
fn entropy(bytes: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let total = bytes.len() as f32;
    counts.iter().filter(|&&count| count > 0).map(|&count| count as f32 / total).map(|p| -p * p.log2()).sum()
}

/// Looks at everything but the examples. True if the examples can be looked at.
fn check_head(rule: &Rule, problems: &mut Problems) -> bool {
    if !load::is_kebab_case(&rule.id) {
        problems.error(rule, "the id is not lower-case words joined by hyphens".to_owned());
    }
    for (name, text) in [("description", &rule.description), ("remediation", &rule.remediation)] {
        if text.trim().is_empty() {
            problems.error(rule, format!("the {name} is empty"));
        }
    }
    if rule.references.is_empty() {
        problems.notice(rule, "there are no references".to_owned());
    }
    if let Some(template) = &rule.verify {
        for fault in template.faults() {
            problems.error(rule, format!("the verification is not safe to use: {fault}"));
        }
    }
    let needs_pattern = matches!(rule.detector, Detector::Token | Detector::Keyword);
    let Some(pattern) = &rule.pattern else {
        if needs_pattern {
            problems.error(rule, "there is no pattern".to_owned());
        }
        return false;
    };
    for keyword in &rule.keywords {
        if keyword.len() < MIN_KEYWORD {
            problems.error(rule, format!("the keyword `{keyword}` has fewer than {MIN_KEYWORD} bytes"));
        }
        if keyword.bytes().any(|b| b.is_ascii_uppercase()) {
            problems.error(rule, format!("the keyword `{keyword}` is not lower case, so it never hits"));
        }
    }
    if rule.keywords.is_empty() {
        problems.error(rule, "there are no keywords".to_owned());
    }
    if needs_pattern && rule.examples.len() < 2 {
        problems.error(rule, "there must be two examples or more".to_owned());
    }
    if needs_pattern && rule.near_misses.is_empty() {
        problems.error(rule, "there must be a near miss".to_owned());
    }
    match pattern.compile() {
        Ok(regex) if regex.is_match(b"") => {
            problems.error(rule, "the pattern matches nothing at all".to_owned());
            false
        }
        Ok(_) => true,
        Err(error) => {
            problems.error(rule, format!("the pattern does not compile: {error}"));
            false
        }
    }
}

fn check_examples(rule: &Rule, seed: u64, problems: &mut Problems) {
    for recipe in &rule.examples {
        let Some(example) = built(rule, recipe, seed, problems) else {
            continue;
        };
        let lower = example.text.to_ascii_lowercase();
        if !rule.keywords.iter().any(|keyword| lower.contains(keyword.as_str())) {
            problems.error(rule, format!("no keyword stands in the example `{}`", recipe.template));
            continue;
        }
        let matches = find(rule, example.text.as_bytes());
        match matches.iter().find(|found| found.span == example.secret_span) {
            None if matches.is_empty() => {
                problems.error(rule, format!("the example `{}` is not found (seed {seed})", recipe.template));
            }
            None => {
                let text =
                    format!("the example `{}` is found with another span (seed {seed})", recipe.template);
                problems.error(rule, text);
            }
            Some(found) if found.proof == Proof::Invalid => {
                problems.error(
                    rule,
                    format!("the example `{}` fails its validator (seed {seed})", recipe.template),
                );
            }
            Some(_) => {}
        }
    }
}

fn check_near_misses(rule: &Rule, seed: u64, problems: &mut Problems) {
    for recipe in &rule.near_misses {
        let Some(example) = built(rule, recipe, seed, problems) else {
            continue;
        };
        if find(rule, example.text.as_bytes()).iter().any(|found| found.proof != Proof::Invalid) {
            problems.error(rule, format!("the near miss `{}` is found (seed {seed})", recipe.template));
        }
    }
}

/// Rules that see the very span of another rule's example: the engine has to choose.
fn check_overlaps(rules: &[&Arc<Rule>], problems: &mut Problems) {
    for rule in rules {
        for example in rule.examples.iter().filter_map(|recipe| recipe.build(0).ok()) {
            let lower = example.text.to_ascii_lowercase();
            for other in rules.iter().filter(|other| other.id != rule.id && other.detector >= rule.detector) {
                let woken = other.keywords.iter().any(|keyword| lower.contains(keyword.as_str()));
                let seen = |found: &Match| found.span == example.secret_span && found.proof != Proof::Invalid;
                if woken && find(other, example.text.as_bytes()).iter().any(seen) {
                    problems.notice(rule, format!("`{}` sees the same span", other.id));
                }
            }
        }
    }
}

/// Companions that can never be found, and pairs of which neither would be left.
fn check_companions(set: &RuleSet, rule: &Rule, problems: &mut Problems) {
    for companion in &rule.companions {
        let name = &companion.name;
        let pattern = match &companion.sought {
            Sought::Around(pattern) | Sought::Inside(pattern) => pattern,
            Sought::Rule(id) => {
                let Some(other) = set.get(id) else {
                    problems.error(rule, format!("the companion `{name}`: there is no rule `{id}`"));
                    continue;
                };
                let back = |c: &Companion| matches!(&c.sought, Sought::Rule(id) if *id == rule.id);
                if other.id == rule.id || other.companions.iter().any(back) {
                    problems.error(
                        rule,
                        format!("the companion `{name}`: `{id}` has this rule as its own companion"),
                    );
                }
                continue;
            }
        };
        match pattern.compile() {
            Ok(regex) if !regex.capture_names().flatten().any(|group| group == "id") => {
                problems.error(rule, format!("the companion `{name}`: the expression has no group `id`"));
            }
            Ok(_) => {}
            Err(error) => problems.error(rule, format!("the companion `{name}`: {error}")),
        }
        if let Some(Err(error)) = companion.key.as_ref().map(Pattern::compile) {
            problems.error(rule, format!("the companion `{name}`: {error}"));
        }
    }
}

fn built(rule: &Rule, recipe: &Recipe, seed: u64, problems: &mut Problems) -> Option<Example> {
    recipe
        .build(seed)
        .map_err(|error| problems.error(rule, format!("the recipe `{}`: {error}", recipe.template)))
        .ok()
}

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn error(&mut self, rule: &Rule, text: String) {
        self.0.push(Problem { rule: rule.id.clone(), is_error: true, text });
    }

    fn notice(&mut self, rule: &Rule, text: String) {
        self.0.push(Problem { rule: rule.id.clone(), is_error: false, text });
    }

    fn into_sorted(mut self) -> Vec<Problem> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_rules_have_no_errors() {
        let errors: Vec<String> = check_with(&RuleSet::builtin(), 0..4)
            .iter()
            .filter(|problem| problem.is_error)
            .map(ToString::to_string)
            .collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }

    /// The errors of a rule made from these lines.
    fn errors(lines: &str) -> Vec<String> {
        let text = format!(
            "family = \"acme\"\n[[rule]]\nid = \"acme-token\"\ndescription = \"Acme token\"\nkind = \"token\"\n\
             severity = \"error\"\ndetector = \"token\"\nremediation = \"Revoke it\"\n{lines}"
        );
        let set = RuleSet::builtin().with_extra(&text, "acme.toml").expect("a readable file");
        let problems = check_with(&set, 0..1);
        problems.into_iter().filter(|p| p.is_error && p.rule == "acme-token").map(|p| p.text).collect()
    }

    #[test]
    fn a_good_rule_has_no_errors() {
        let found = errors(
            "keywords = [\"acme_\"]\npattern = '\\bacme_[0-9a-f]{32}\\b'\nmin_entropy = 3.0\n\
             examples = [\"acme_{hex:32}\", \"k = 'acme_{hex:32}'\"]\n\
             near_misses = [\"acme_{hex:31}\", \"acme_{[a]:32}\"]\n",
        );
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_found() {
        let base = "keywords = [\"acme_\"]\npattern = '\\bacme_(?<secret>[0-9a-f]{8})\\b'\n\
                    examples = [\"acme_{<}{hex:8}{>}\", \"acme_{<}{hex:8}{>} x\"]\nnear_misses = [\"acme_{hex:7}\"]\n";
        assert_eq!(errors(base), Vec::<String>::new());
        let cases = [
            ("[\"acme_\"]", "[\"acmex\"]", "no keyword stands in"),
            ("[\"acme_\"]", "[\"ac\"]", "fewer than 3 bytes"),
            ("acme_{<}{hex:8}{>} x", "acme_{<}{hex:6}{>}", "is not found"),
            ("acme_{<}{hex:8}{>} x", "{<}acme_{hex:8}{>}", "another span"),
            ("{hex:7}", "{hex:8}", "the near miss"),
            (", \"acme_{<}{hex:8}{>} x\"", "", "two examples"),
            ("near_misses = [\"acme_{hex:7}\"]", "", "must be a near miss"),
            ("{8})\\b", "{8})\\b|", "matches nothing at all"),
            ("\npattern", "\nvalidator = \"age\"\npattern", "fails its validator"),
        ];
        for (from, to, words) in cases {
            assert!(base.contains(from), "{from}");
            let found = errors(&base.replace(from, to));
            assert!(found.iter().any(|text| text.contains(words)), "{words}: {found:?}");
        }
    }

    #[test]
    fn companions_that_cannot_be_are_errors() {
        let base = "keywords = [\"acme_\"]\npattern = '\\bacme_[0-9a-f]{32}\\b'\n\
                    examples = [\"acme_{hex:32}\", \"k = 'acme_{hex:32}'\"]\nnear_misses = [\"acme_{hex:31}\"]\n\
                    [[rule.companion]]\nname = \"id\"\n";
        for (sought, words) in [
            ("rule = \"aws-access-key-id\"", None),
            ("rule = \"aws-acces-key-id\"", Some("there is no rule `aws-acces-key-id`")),
            ("rule = \"acme-token\"", Some("has this rule as its own companion")),
        ] {
            let found = errors(&format!("{base}{sought}\n"));
            assert_eq!(found.len(), usize::from(words.is_some()), "{found:?}");
            assert!(words.is_none_or(|words| found[0].ends_with(words)), "{found:?}");
        }
    }

    #[test]
    fn a_rule_that_sees_anothers_span_is_a_notice() {
        let rule = |id: &str| {
            format!(
                "[[rule]]\nid = \"{id}\"\ndescription = \"d\"\nkind = \"token\"\nseverity = \"error\"\ndetector = \"token\"\n\
                 remediation = \"r\"\nkeywords = [\"acme_\"]\npattern = 'acme_[0-9a-f]{{8}}'\n\
                 examples = [\"acme_{{hex:8}}\", \"acme_{{hex:8}}\"]\nnear_misses = [\"acme_{{hex:7}}\"]\n"
            )
        };
        let text = format!("family = \"acme\"\n{}{}", rule("acme-a"), rule("acme-b"));
        let set = RuleSet::builtin().with_extra(&text, "acme.toml").expect("a readable file");
        let seen = |id: &str| Problem {
            rule: id.to_owned(),
            is_error: false,
            text: format!("`{}` sees the same span", if id == "acme-a" { "acme-b" } else { "acme-a" }),
        };
        let problems = check_with(&set, 0..1);
        assert!(problems.contains(&seen("acme-a")) && problems.contains(&seen("acme-b")));
    }

    #[test]
    fn the_window_is_bounded_by_the_reach() {
        let text = "family = \"acme\"\n[[rule]]\nid = \"acme-token\"\ndescription = \"d\"\nkind = \"token\"\nseverity = \"error\"\n\
                    detector = \"keyword\"\nremediation = \"r\"\nkeywords = [\"acme\"]\npattern = '[0-9]{6}'\n";
        let set = RuleSet::builtin().with_extra(text, "acme.toml").expect("a readable file");
        let rule = set.get("acme-token").expect("the rule");
        let at = |gap: usize| find(rule, format!("acme{}123456", " ".repeat(gap)).as_bytes()).len();
        assert_eq!((at(506), at(507)), (1, 0));
    }
}
