//! Tokens of providers, built by the recipes of the scanner's own rules.

use std::sync::LazyLock;

use secretscan::rule::{Detector, Kind, Rule, RuleSet};

use crate::synth::random::Random;

/// The rules of the scanner that have recipes, by what they are for.
#[derive(Debug)]
struct Providers {
    rules: RuleSet,
    token: Vec<usize>,
    keyword: Vec<usize>,
    publishable: Vec<usize>,
}

static PROVIDERS: LazyLock<Providers> = LazyLock::new(Providers::new);

impl Providers {
    fn new() -> Self {
        let rules = RuleSet::builtin();
        let which = |wanted: &dyn Fn(&Rule) -> bool| {
            let of = |at: &usize| !rules.rules()[*at].examples.is_empty() && wanted(&rules.rules()[*at]);
            (0..rules.rules().len()).filter(of).collect::<Vec<_>>()
        };
        let token = which(&|rule| rule.detector == Detector::Token && !rule.publishable);
        let keyword = which(&|rule| {
            rule.detector == Detector::Keyword
                && !rule.publishable
                && matches!(rule.kind, Kind::ApiKey | Kind::Token | Kind::Password)
        });
        let publishable = which(&|rule| rule.publishable);
        Self { rules, token, keyword, publishable }
    }

    fn of(&self, group: &str) -> Option<&[usize]> {
        Some(match group {
            "token" => &self.token,
            "keyword" => &self.keyword,
            "publishable" => &self.publishable,
            _ => return None,
        })
    }
}

/// See [`super::make`]: `rule:token` gives the secret of any token rule, `rule-line:keyword` the whole text of
/// a recipe with its secret marked, `rule-id:ID` the secret of one rule.
pub(super) fn make(name: &str, argument: &str, random: &mut Random) -> Option<String> {
    if name == "rule-id" {
        let rule = PROVIDERS.rules.get(argument)?;
        return Some(secret(rule, random)?.2);
    }
    if name != "rule" && name != "rule-line" {
        return None;
    }
    let group = PROVIDERS.of(argument)?;
    let rule = &PROVIDERS.rules.rules()[*random.pick(group)?];
    let (before, after, secret) = secret(rule, random)?;
    Some(if name == "rule" { secret } else { format!("{before}«{secret}»{after}") })
}

/// The text before the secret, after it, and the secret, of a random recipe of the rule.
fn secret(rule: &Rule, random: &mut Random) -> Option<(String, String, String)> {
    let recipe = random.pick(&rule.examples)?;
    let example = recipe.build(random.next()).ok()?;
    let text = example.text;
    let span = example.secret_span;
    Some((text[..span.start].to_owned(), text[span.end..].to_owned(), text[span].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_has_rules_and_builds() {
        let mut random = Random::new(&["provider"]);
        for group in ["token", "keyword", "publishable"] {
            assert!(!PROVIDERS.of(group).expect("a group").is_empty(), "{group}");
            for _ in 0..40 {
                let line = make("rule-line", group, &mut random).expect("a built example");
                assert!(line.contains('«') && line.contains('»'), "{line}");
            }
        }
        assert!(make("rule", "nothing", &mut random).is_none());
    }
}
