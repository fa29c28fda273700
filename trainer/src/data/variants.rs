//! Other realisations of an example, for the language model: no credential of a real repository is left in the text.
//!
//! Replaced are the value itself (real ones, weak ones that are not everybody's default, and drawn ones without meaning
//! such as digests, so that "drawn again" tells no class), every value of the repository that may be a credential, and
//! every such candidate that the engine finds in the text. Placeholders and harmless words stay.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use anyhow::Context as _;
use secretscan::rule::Rule;

use super::examine::Examiner;
use super::realise::{Keep, Replacement, Shape, realise, replace, shape};
use super::repository::is_sensitive;
use super::split;
use crate::example::{Class, Example};

/// The values of one repository that must not reach a weight, ready to be found in texts.
#[derive(Debug)]
pub struct Values {
    values: Vec<String>,
    finder: AhoCorasick,
}

impl Values {
    /// From a sorted set.
    pub fn new(values: &BTreeSet<String>) -> anyhow::Result<Self> {
        let values: Vec<String> = values.iter().filter(|value| !value.is_empty()).cloned().collect();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&values)
            .context("the values of a repository are too many to be looked for")?;
        Ok(Self { values, finder })
    }

    /// Those that occur in `text`.
    pub fn within(&self, text: &str) -> BTreeSet<&str> {
        self.finder.find_overlapping_iter(text).map(|found| self.values[found.pattern()].as_str()).collect()
    }
}

/// Changes texts of one repository the same way: a value has one replacement a copy, wherever it occurs.
#[derive(Debug)]
pub struct Variants<'a> {
    examiner: Examiner<'a>,
    seed: u64,
}

impl<'a> Variants<'a> {
    /// With this seed.
    pub fn new(examiner: Examiner<'a>, seed: u64) -> Self {
        Self { examiner, seed }
    }

    /// `copies` realisations of an example, each with its share of the weight; one, if nothing had to change.
    pub fn of(&mut self, example: &Example, known: &Values, copies: usize) -> Vec<Example> {
        let value = &example.text[example.span[0]..example.span[1]];
        let mut targets = self.targets(&example.path, &example.text, known);
        let own = changes(example.class, value);
        if own {
            targets.entry(value.to_owned()).or_default();
        } else {
            // What its label calls harmless is so at its other places too.
            targets.remove(value);
        }
        if targets.is_empty() {
            return vec![example.clone()];
        }
        (0..copies)
            .map(|copy| {
                let all = self.replacements(&example.repo, copy, &targets);
                let made = all.iter().find(|r| own && r.from == value).map(|r| r.to.as_str());
                let (text, span) = replace(&example.text, &(example.span[0]..example.span[1]), made, &all);
                Example {
                    id: format!("{}#{}", example.id, copy + 1),
                    text,
                    span: [span.start, span.end],
                    weight: example.weight / copies as f32,
                    ..example.clone()
                }
            })
            .collect()
    }

    /// A whole text with all such values replaced; `None` if there were none.
    pub fn of_text(&mut self, repo: &str, path: &str, text: &str, known: &Values) -> Option<String> {
        let targets = self.targets(path, text, known);
        if targets.is_empty() {
            return None;
        }
        let all = self.replacements(repo, 0, &targets);
        // An empty span at the end changes nothing.
        Some(replace(text, &(text.len()..text.len()), None, &all).0)
    }

    fn targets(&mut self, path: &str, text: &str, known: &Values) -> Targets {
        let mut targets: Targets =
            known.within(text).into_iter().map(|value| (value.to_owned(), None)).collect();
        for seen in self.examiner.examine(path, text) {
            if let Some(value) = seen.sensitive(text) {
                targets.insert(value.to_owned(), Some(seen.candidate.rule));
            }
        }
        targets
    }

    /// What stands for each target in this copy. A value inside of a longer one is the same other value there.
    fn replacements(&self, repo: &str, copy: usize, targets: &Targets) -> Vec<Replacement> {
        let mut all: Vec<Replacement> = targets
            .iter()
            .map(|(value, rule)| Replacement {
                from: value.clone(),
                to: self.made(repo, copy, value, rule.as_deref()),
            })
            .collect();
        all.sort_by_key(|replacement| replacement.from.len());
        for at in 1..all.len() {
            let (shorter, rest) = all.split_at_mut(at);
            // A long value keeps some of its structure, and a shorter one may be all of what was kept.
            for inner in shorter.iter().filter(|inner| inner.from.len() >= DISTINCT) {
                rest[0].to = rest[0].to.replace(&inner.from, &inner.to);
            }
        }
        all
    }

    /// A token of a provider becomes another that its rule knows, checksum and all; anything else one of its style.
    fn made(&self, repo: &str, copy: usize, value: &str, rule: Option<&Rule>) -> String {
        let seed = split::seed(&["realise", &self.seed.to_string(), &copy.to_string(), repo, value]);
        // A key's value may be the line above its body; only what is a token itself can be built again.
        let structured = rule.filter(|rule| rule.detector.is_structured() && !value.contains("-----"));
        let token = structured.and_then(|rule| token(rule, value, seed));
        token.unwrap_or_else(|| realise(value, seed, Keep::Telling))
    }
}

/// Values of a text that must go, with the rule that saw them.
type Targets = BTreeMap<String, Option<Arc<Rule>>>;

/// Shorter values are not looked for inside of others.
const DISTINCT: usize = 8;

/// An example of `rule` that is about as long as `value`.
fn token(rule: &Rule, value: &str, seed: [u8; 32]) -> Option<String> {
    let number = seed.iter().take(8).fold(0_u64, |n, &b| n << 8 | u64::from(b));
    let built = rule.examples.iter().filter_map(|recipe| recipe.build(number).ok());
    let secrets = built.filter_map(|example| String::from_utf8(example.secret().to_vec()).ok());
    let nearest = secrets.min_by_key(|secret| secret.len().abs_diff(value.len()))?;
    // Nothing like it among the examples: its own style is nearer.
    (nearest.len().abs_diff(value.len()) * 4 <= value.len() && nearest.get(..2) == value.get(..2))
        .then_some(nearest)
}

/// True if the labelled value itself is to be another.
fn changes(class: Class, value: &str) -> bool {
    is_sensitive(class, value)
        || class == Class::Not
            && matches!(
                shape(value),
                Shape::Hex | Shape::Uuid | Shape::Base64 | Shape::Random | Shape::Jwt | Shape::Prefixed(_)
            )
}

/// Finders by repository.
pub type ValuesByRepository = BTreeMap<String, Values>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::store;
    use crate::prepare;

    fn example(class: &str, text: &str, value: &str) -> Example {
        let start = text.find(value).expect("it is there");
        let label = if class == "real" || class == "weak" { "alert" } else { "safe" };
        let json = serde_json::json!({"id": "t/1", "source": "credata", "repo": "r", "path": "src/app.py", "text": text,
            "span": [start, start + value.len()], "label": label, "class": class, "kind": "k", "stratum": "t",
            "split": "train", "weight": 0.8});
        store::parse(&json.to_string()).expect("an example")
    }

    #[test]
    fn no_value_of_the_repository_is_left_and_the_span_is_the_new_value() {
        let engine = prepare::engine();
        let mut variants = Variants::new(Examiner::new(&engine), 7);
        let (value, other) = (["Kestrel#", "Harbor91"].concat(), ["q7XvT2mK", "9wZ4bR8nYc5J"].concat());
        let known = Values::new(&BTreeSet::from([value.clone()])).expect("built");
        let text = format!("PASSWORD = '{value}'\nAPI_SECRET_KEY = '{other}'\nlogin('me', '{value}')\n");
        let copies = variants.of(&example("real", &text, &value), &known, 2);
        assert_eq!(copies.len(), 2);
        for copy in &copies {
            store::check(copy).expect("sound");
            assert!(!copy.text.contains(&value) && !copy.text.contains(&other));
            let made = &copy.text[copy.span[0]..copy.span[1]];
            assert_eq!(copy.text.matches(made).count(), 2);
            assert!((copy.weight - 0.4).abs() < 1e-6);
        }
        assert_ne!(copies[0].text, copies[1].text);
        let again = Variants::new(Examiner::new(&engine), 7).of(&example("real", &text, &value), &known, 2);
        assert_eq!(again, copies);
    }

    #[test]
    fn tokens_of_providers_become_others_of_their_rule() {
        let engine = prepare::engine();
        let rules = secretscan::rule::RuleSet::builtin();
        let rule = rules.rules().iter().find(|r| r.id.starts_with("github-")).expect("there is one");
        let value =
            String::from_utf8(rule.examples[0].build(1).expect("built").secret().to_vec()).expect("text");
        let known = Values::new(&BTreeSet::new()).expect("built");
        let given = example("real", &format!("TOKEN = '{value}'\n"), &value);
        let mut variants = Variants::new(Examiner::new(&engine), 7);
        for made in variants.of(&given, &known, 4) {
            let prepared = prepare::Preparer::new(&engine).prepare(&made).expect("a candidate");
            assert_eq!(prepared.candidate.rule.id, rule.id);
            assert!(!made.text.contains(&value));
        }
    }

    #[test]
    fn a_value_inside_of_a_longer_one_goes_too() {
        let engine = prepare::engine();
        let inner = ["Kestrel-", "Harbor91"].concat();
        let outer = format!("https://shop.test/path/{inner}/q7XvT2mK9wZ4bR8nYc5J");
        let known = Values::new(&BTreeSet::from([inner.clone(), outer.clone()])).expect("built");
        let made = Variants::new(Examiner::new(&engine), 7).of_text(
            "r",
            "a.py",
            &format!("u = '{outer}'\n"),
            &known,
        );
        let made = made.expect("it changes");
        assert!(!made.contains(&inner) && made.contains("https://shop.test/path/"), "{made}");
    }

    #[test]
    fn placeholders_and_defaults_stay() {
        let engine = prepare::engine();
        let mut variants = Variants::new(Examiner::new(&engine), 7);
        let known = Values::new(&BTreeSet::new()).expect("built");
        for (class, value) in
            [("placeholder", "YOUR_PASSWORD"), ("weak", "admin123"), ("not", "passwordField")]
        {
            let given = example(class, &format!("PASSWORD = '{value}'\n"), value);
            assert_eq!(variants.of(&given, &known, 3), [given], "{value}");
        }
        let digest = ["9f86d081884c7d65", "9a2feaa0c55ad015"].concat();
        let made = variants.of(&example("not", &format!("token_md5 = '{digest}'\n"), &digest), &known, 1);
        assert!(!made[0].text.contains(&digest) && made[0].text.len() == 47);
    }
}
