//! What is written twice: ids, patterns, recipes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::problem::Problems;
use crate::rule::Rule;
use crate::rule::example::Recipe;

pub(super) fn check(rules: &[Arc<Rule>], problems: &mut Problems) {
    for pair in rules.windows(2).filter(|pair| pair[0].id == pair[1].id) {
        problems.error(&pair[0], "another rule has the same id", "give one of them another id");
    }
    let mut patterns: BTreeMap<(&str, &[String]), &str> = BTreeMap::new();
    for rule in rules {
        let Some(pattern) = &rule.pattern else { continue };
        // Equal patterns with keywords of their own are told apart by these.
        match patterns.get(&(pattern.source(), rule.keywords.as_slice())) {
            Some(other) => {
                let text = format!("`{other}` has the same pattern and keywords");
                problems.error(rule, text, "keep one of them");
            }
            None => {
                patterns.insert((pattern.source(), &rule.keywords), &rule.id);
            }
        }
        repeated(rule, &rule.examples, "example", problems);
        repeated(rule, &rule.near_misses, "near miss", problems);
        if let Some(both) = rule.examples.iter().find(|recipe| rule.near_misses.contains(recipe)) {
            let text = format!("`{}` is an example and a near miss", both.template);
            problems.error(rule, text, "take one out");
        }
    }
}

fn repeated(rule: &Rule, recipes: &[Recipe], what: &str, problems: &mut Problems) {
    for (at, recipe) in recipes.iter().enumerate() {
        if recipes[..at].contains(recipe) {
            problems.error(
                rule,
                format!("the {what} `{}` is written twice", recipe.template),
                "take one out",
            );
        }
    }
}
