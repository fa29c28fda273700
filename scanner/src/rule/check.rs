//! Tests rules against their own examples, the way the engine searches: a keyword hit, a window around it, the pattern;
//! and looks for keywords that wake nobody, patterns that cost too much, and things written twice.

mod detectors;
mod keywords;
mod problem;
mod steps;
mod twins;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::companion::{Companion, Sought};
use super::example::{Example, Recipe};
use super::{Detector, Pattern, Rule, RuleSet, load};
use crate::candidate::Proof;

pub use problem::Problem;
pub use steps::{MOST_STEPS, Steps};

use problem::Problems;

/// Examples built of each recipe when nobody says otherwise.
pub const DEFAULT_SEEDS: Range<u64> = 0..3;

/// Checks all rules with a few seeds; sorted by rule.
pub fn check(set: &RuleSet) -> Vec<Problem> {
    check_with(set, DEFAULT_SEEDS)
}

/// Checks all rules, building each recipe once for every seed; sorted by rule.
pub fn check_with(set: &RuleSet, seeds: Range<u64>) -> Vec<Problem> {
    let mut problems = Problems::default();
    twins::check(set.rules(), &mut problems);
    let usable: Vec<&Arc<Rule>> = set.rules().iter().filter(|rule| check_head(rule, &mut problems)).collect();
    for rule in &usable {
        keywords::check(rule, &mut problems);
        steps::check(rule, &mut problems);
        for seed in seeds.clone() {
            check_examples(rule, seed, &mut problems);
            check_near_misses(rule, seed, &mut problems);
        }
    }
    detectors::check(set, &seeds, &mut problems);
    check_overlaps(&usable, &mut problems);
    for rule in set.rules() {
        check_companions(set, rule, &mut problems);
    }
    problems.into_sorted()
}

/// The recipes of texts in which a rule finds a secret, and of such in which it does not: the rule's own, or those of the
/// detector in code that finds for it.
pub fn recipes(rule: &Rule) -> (Vec<Recipe>, Vec<Recipe>) {
    match detectors::Samples::of(rule) {
        Some(samples) => (samples.found().collect(), samples.passed().collect()),
        None => (rule.examples.clone(), rule.near_misses.clone()),
    }
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
        problems.error(
            rule,
            "the id is not lower-case words joined by hyphens",
            "write it as `acme-api-token`",
        );
    }
    for (name, text) in [("description", &rule.description), ("remediation", &rule.remediation)] {
        if text.trim().is_empty() {
            problems.error(rule, format!("the {name} is empty"), "say it in a sentence");
        }
    }
    if rule.references.is_empty() {
        problems.notice(rule, "there are no references", "name the provider's documentation of the format");
    }
    if let Some(template) = &rule.verify {
        for fault in template.faults(&rule.companions) {
            problems.error(
                rule,
                format!("the verification is not safe to use: {fault}"),
                "correct the table `verify`, or take it out",
            );
        }
    }
    let needs_pattern = matches!(rule.detector, Detector::Token | Detector::Keyword);
    let Some(pattern) = &rule.pattern else {
        if needs_pattern {
            problems.error(rule, "there is no pattern", "write one, or choose another detector");
        }
        return false;
    };
    if needs_pattern && rule.examples.len() < 2 {
        problems.error(rule, "there must be two examples or more", "add recipes of what people write");
    }
    if needs_pattern && rule.near_misses.is_empty() {
        problems.error(rule, "there must be a near miss", "add a recipe of what looks alike");
    }
    match pattern.compile() {
        Ok(regex) if regex.is_match(b"") => {
            problems.error(rule, "the pattern matches nothing at all", "make a part of it obligatory");
            false
        }
        Ok(_) => true,
        Err(error) => {
            problems.error(rule, format!("the pattern does not compile: {error}"), "correct its syntax");
            false
        }
    }
}

fn check_examples(rule: &Rule, seed: u64, problems: &mut Problems) {
    for recipe in &rule.examples {
        let Some(example) = built(rule, recipe, seed, problems) else {
            continue;
        };
        let recipe = &recipe.template;
        let lower = example.text.to_ascii_lowercase();
        if !rule.keywords.iter().any(|keyword| lower.contains(keyword.as_str())) {
            let text = format!("no keyword stands in the example `{recipe}`");
            problems.error(rule, text, "add a keyword that every such text holds");
            continue;
        }
        let matches = find(rule, example.text.as_bytes());
        let remedy = "correct the pattern, or the example";
        match matches.iter().find(|found| found.span == example.secret_span) {
            None if matches.is_empty() => {
                problems.error(rule, format!("the example `{recipe}` is not found (seed {seed})"), remedy);
            }
            None => {
                let text = format!("the example `{recipe}` is found with another span (seed {seed})");
                problems.error(
                    rule,
                    text,
                    "mark the secret by `(?<secret>…)` in the pattern, {<} and {>} in the recipe",
                );
            }
            Some(found) if found.proof == Proof::Invalid => {
                let text = format!("the example `{recipe}` fails its validator (seed {seed})");
                problems.error(rule, text, "build it with the part that computes the checksum");
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
            let text = format!("the near miss `{}` is found (seed {seed})", recipe.template);
            problems.error(rule, text, "make the pattern stricter, or the near miss a miss");
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
                    problems.notice(
                        rule,
                        format!("`{}` sees the same span", other.id),
                        "the more specific detector is reported, of equals the first id",
                    );
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
                    problems.error(
                        rule,
                        format!("the companion `{name}`: there is no rule `{id}`"),
                        "name one that there is",
                    );
                    continue;
                };
                let back = |c: &Companion| matches!(&c.sought, Sought::Rule(id) if *id == rule.id);
                if other.id == rule.id || other.companions.iter().any(back) {
                    problems.error(
                        rule,
                        format!("the companion `{name}`: `{id}` has this rule as its own companion"),
                        "let the secret's rule name the id's",
                    );
                }
                continue;
            }
        };
        match pattern.compile() {
            Ok(regex) if !regex.capture_names().flatten().any(|group| group == "id") => {
                problems.error(
                    rule,
                    format!("the companion `{name}`: the expression has no group `id`"),
                    "add the group",
                );
            }
            Ok(_) => {}
            Err(error) => {
                problems.error(rule, format!("the companion `{name}`: {error}"), "correct its syntax");
            }
        }
        if let Some(Err(error)) = companion.key.as_ref().map(Pattern::compile) {
            problems.error(rule, format!("the companion `{name}`: {error}"), "correct its syntax");
        }
    }
}

fn built(rule: &Rule, recipe: &Recipe, seed: u64, problems: &mut Problems) -> Option<Example> {
    recipe
        .build(seed)
        .map_err(|error| {
            problems.error(
                rule,
                format!("the recipe `{}`: {error}", recipe.template),
                "see docs/rules.md, Recipes",
            );
        })
        .ok()
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

    /// The rules of this file and no others.
    fn alone(text: &str, file: &str) -> RuleSet {
        let builtin = RuleSet::builtin();
        let ids: Vec<&str> = builtin.rules().iter().map(|rule| rule.id.as_str()).collect();
        builtin.without(&ids).expect("its own ids").with_extra(text, file).expect("a readable file")
    }

    /// The errors of a rule made from these lines.
    fn errors(lines: &str) -> Vec<String> {
        let text = format!(
            "family = \"acme\"\n[[rule]]\nid = \"acme-token\"\ndescription = \"Acme token\"\nkind = \"token\"\n\
             severity = \"error\"\ndetector = \"token\"\nremediation = \"Revoke it\"\n{lines}"
        );
        let problems = check_with(&alone(&text, "acme.toml"), 0..1);
        problems.into_iter().filter(|p| p.is_error).map(|p| p.text).collect()
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
            ("[\"acme_\"]", "[\"acme_\", \"akme\"]", "no match can hold the keyword `akme`"),
            ("[\"acme_\"]", "[\"acme_\", \"acme_\"]", "the keyword `acme_` is written twice"),
            ("acme_(?", "acme[_-]?(?", "with `-` for `_`, but no keyword"),
            ("{hex:8}{>} x", "{hex:8}{>}", "`acme_{<}{hex:8}{>}` is written twice"),
            ("\"acme_{hex:7}\"", "\"acme_{<}{hex:8}{>}\"", "is an example and a near miss"),
            ("{8})\\b", "{8,9000})\\b", "one keyword can cost"),
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
        let id = "[[rule]]\nid = \"acme-id\"\ndescription = \"Acme id\"\nkind = \"token\"\nseverity = \"note\"\n\
                  detector = \"token\"\nremediation = \"None needed\"\nkeywords = [\"acmeid_\"]\n\
                  pattern = '\\bacmeid_[0-9a-f]{32}\\b'\nexamples = [\"acmeid_{hex:32}\", \"i = 'acmeid_{hex:32}'\"]\n\
                  near_misses = [\"acmeid_{hex:31}\"]\n";
        for (sought, words) in [
            ("rule = \"acme-id\"", None),
            ("rule = \"acme-ids\"", Some("there is no rule `acme-ids`")),
            ("rule = \"acme-token\"", Some("has this rule as its own companion")),
        ] {
            let found = errors(&format!("{base}{sought}\n{id}"));
            assert_eq!(found.len(), usize::from(words.is_some()), "{found:?}");
            assert!(words.is_none_or(|words| found[0].contains(words)), "{found:?}");
        }
    }

    #[test]
    fn a_problem_names_rule_file_line_cause_and_remedy() {
        let text = "family = \"acme\"\n\n[[rule]]\nid = \"acme-token\"\ndescription = \"\"\nkind = \"token\"\nseverity = \"error\"\n\
                    detector = \"token\"\nremediation = \"r\"\nkeywords = [\"acme_\"]\npattern = 'acme_[0-9]{6}'\n";
        let set = alone(text, "rules/acme.toml");
        let problems = check_with(&set, 0..1);
        let found =
            problems.iter().find(|problem| problem.text == "the description is empty").expect("it is");
        assert_eq!(
            found.to_string(),
            "rules/acme.toml:4: error: acme-token: the description is empty; say it in a sentence"
        );
    }

    #[test]
    fn rules_of_one_pattern_are_twins_unless_their_keywords_differ() {
        let rule = |id: &str, keyword: &str| {
            format!(
                "[[rule]]\nid = \"{id}\"\ndescription = \"d\"\nkind = \"token\"\nseverity = \"error\"\ndetector = \"token\"\n\
                 remediation = \"r\"\nkeywords = [\"{keyword}\"]\npattern = '[a-z]{{4}}_[0-9a-f]{{8}}'\n"
            )
        };
        for (keyword, twins) in [("acme", true), ("akme", false)] {
            let text = format!("family = \"acme\"\n{}{}", rule("acme-a", "acme"), rule("acme-b", keyword));
            let set = alone(&text, "acme.toml");
            let problems = check_with(&set, 0..1);
            assert_eq!(problems.iter().any(|p| p.text.contains("same pattern and keywords")), twins);
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
        let set = alone(&text, "acme.toml");
        let problems = check_with(&set, 0..1);
        let seen = |id: &str, other: &str| {
            let text = format!("`{other}` sees the same span");
            problems.iter().any(|problem| !problem.is_error && problem.rule == id && problem.text == text)
        };
        assert!(seen("acme-a", "acme-b") && seen("acme-b", "acme-a"));
    }

    #[test]
    fn the_window_is_bounded_by_the_reach() {
        let text = "family = \"acme\"\n[[rule]]\nid = \"acme-token\"\ndescription = \"d\"\nkind = \"token\"\nseverity = \"error\"\n\
                    detector = \"keyword\"\nremediation = \"r\"\nkeywords = [\"acme\"]\npattern = '[0-9]{6}'\n";
        let set = alone(text, "acme.toml");
        let rule = set.get("acme-token").expect("the rule");
        let at = |gap: usize| find(rule, format!("acme{}123456", " ".repeat(gap)).as_bytes()).len();
        assert_eq!((at(506), at(507)), (1, 0));
    }
}
