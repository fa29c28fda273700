//! What only looks like a token is no provider's token for the whole set of rules: `rules check` asks each rule about its own
//! near misses, this asks all of them.

use std::collections::BTreeMap;

use secretscan::rule::{RuleSet, check};
use secretscan::scan::{JudgeMode, Options, Scanner};

/// How often each near miss is made.
const SEEDS: u64 = 8;

/// Near misses of one rule that are tokens of another, and why that is right.
const OTHERS: &[(&str, &str, &str)] = &[(
    "cloudinary-url",
    "cloudinary-api-secret",
    "the secret in the address is whole, the number of the account is not",
)];

#[test]
fn near_misses_of_every_rule_are_no_providers_token_for_any_other() {
    let rules = RuleSet::builtin();
    let options = Options { judge: JudgeMode::Off, threads: 1, ..Options::default() };
    let scanner = Scanner::new(options).expect("the builtin rules");
    let mut found: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut made = 0;
    for rule in rules.rules() {
        // Those of a detector in code stand beside it.
        let (_, near_misses) = check::recipes(rule);
        assert!(!near_misses.is_empty(), "{} has no near miss", rule.id);
        for recipe in &near_misses {
            for seed in 0..SEEDS {
                let text = recipe.build(seed).expect("`rules check` builds it").text;
                made += 1;
                let outcome = scanner.bytes("notes.txt", text.as_bytes());
                for finding in outcome.findings.iter().filter(|finding| finding.rule.pattern.is_some()) {
                    let pair = (rule.id.clone(), finding.rule.id.clone());
                    found.entry(pair).or_insert_with(|| recipe.template.clone());
                }
            }
        }
    }
    let known = |miss: &str, other: &str| {
        OTHERS.iter().any(|(of, by, reason)| *of == miss && *by == other && !reason.is_empty())
    };
    let wrong: Vec<String> = found
        .iter()
        .filter(|((miss, other), _)| !known(miss, other))
        .map(|((miss, other), template)| format!("a near miss of {miss} is found by {other}: {template}"))
        .collect();
    assert!(made > 1000, "{made}");
    assert!(wrong.is_empty(), "of {made} near misses:\n{}", wrong.join("\n"));
    // No line stays in the list when its reason is gone.
    for (miss, other, _) in OTHERS {
        assert!(found.contains_key(&((*miss).to_owned(), (*other).to_owned())), "{miss} and {other}");
    }
}
