//! Keywords that wake a rule where its pattern cannot match, and names that the pattern accepts but no keyword sees.

use super::problem::Problems;
use super::steps::Machine;
use crate::rule::Rule;

/// Shorter keywords wake the engine all over normal text.
const MIN_KEYWORD: usize = 3;
/// Ends the part of a pattern that a keyword should stand in: what follows takes the rest of any name.
const REST_OF_NAME: &str = "{bind}";

pub(super) fn check(rule: &Rule, problems: &mut Problems) {
    if rule.keywords.is_empty() {
        problems.error(rule, "there are no keywords", "name a string that stands in or near every match");
    }
    for keyword in &rule.keywords {
        if keyword.len() < MIN_KEYWORD {
            let text = format!("the keyword `{keyword}` has fewer than {MIN_KEYWORD} bytes");
            problems.error(rule, text, "write more of what stands there");
        }
        if keyword.bytes().any(|b| b.is_ascii_uppercase()) {
            let text = format!("the keyword `{keyword}` is not lower case, so it never hits");
            problems.error(rule, text, "write it in lower case");
        }
    }
    unreachable(rule, problems);
    unseen_names(rule, problems);
    repeated(rule, problems);
}

/// Keywords that stand in no example and that no match can hold.
fn unreachable(rule: &Rule, problems: &mut Problems) {
    let examples: Vec<String> = rule
        .examples
        .iter()
        .filter_map(|recipe| recipe.build(0).ok())
        .map(|example| example.text.to_ascii_lowercase())
        .collect();
    let mut doubtful = rule
        .keywords
        .iter()
        .filter(|keyword| !examples.iter().any(|example| example.contains(keyword.as_str())))
        .peekable();
    if doubtful.peek().is_none() {
        return;
    }
    let Some(pattern) = &rule.pattern else { return };
    let (head, goes_on) = match pattern.source().split_once(REST_OF_NAME) {
        // What stands before `{bind}` in an alternation is no expression by itself.
        Some((head, _)) if Machine::new(head).is_some() => (head.to_owned(), true),
        _ => (pattern.expanded().into_owned(), false),
    };
    let Some(machine) = Machine::new(&head) else { return };
    for keyword in doubtful.filter(|keyword| !machine.can_hold(keyword.as_bytes(), goes_on)) {
        let text = format!("no match can hold the keyword `{keyword}`, and no example does");
        problems.error(
            rule,
            text,
            "take it out, widen the pattern, or add an example that has it near the secret",
        );
    }
}

/// Spellings of an example's name (`a-b` and `ab` for `a_b`) that the pattern accepts and no keyword sees.
fn unseen_names(rule: &Rule, problems: &mut Problems) {
    let Some(pattern) = &rule.pattern else { return };
    for recipe in &rule.examples {
        let Ok(example) = recipe.build(0) else { continue };
        let (before, rest) = example.text.split_at(example.secret_span.start);
        for spelling in ["-", ""] {
            let head = before.replace('_', spelling);
            let text = format!("{head}{rest}");
            let lower = text.to_ascii_lowercase();
            if head == before || rule.keywords.iter().any(|keyword| lower.contains(keyword.as_str())) {
                continue;
            }
            let secret = head.len()..head.len() + example.secret().len();
            let matched = pattern.regex().captures_iter(text.as_bytes()).any(|captures| {
                captures
                    .name("secret")
                    .or_else(|| captures.get(0))
                    .is_some_and(|found| found.range() == secret)
            });
            if matched {
                let text = format!(
                    "the pattern accepts the example `{}` with `{spelling}` for `_`, but no keyword wakes the rule there",
                    recipe.template
                );
                problems.error(rule, text, "add the keyword in that spelling");
            }
        }
    }
}

/// Keywords that wake the rule where another one does already.
fn repeated(rule: &Rule, problems: &mut Problems) {
    for (at, keyword) in rule.keywords.iter().enumerate() {
        if rule.keywords[..at].contains(keyword) {
            problems.error(rule, format!("the keyword `{keyword}` is written twice"), "take one out");
        }
        let shorter =
            rule.keywords.iter().find(|other| *other != keyword && keyword.contains(other.as_str()));
        if let Some(shorter) = shorter {
            let text = format!("wherever the keyword `{keyword}` stands, `{shorter}` stands as well");
            problems.notice(rule, text, "one of them is enough");
        }
    }
}
