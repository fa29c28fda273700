//! Texts that a regular expression matches, drawn at random: to see whether our own rules find the same.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::rule::{Pattern, SplitMix64};

/// What an open repetition gets beyond its least count.
const MORE: usize = 3;
/// A text longer than this shows nothing more.
const LONGEST: usize = 4_096;

/// A text that may match `pattern`; whoever uses it looks whether it does (anchors and word borders are not heeded).
pub(super) fn sample(pattern: &Pattern, random: &mut SplitMix64) -> Option<Vec<u8>> {
    let hir = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .multi_line(true)
        .build()
        .parse(&pattern.expanded())
        .ok()?;
    let mut text = Vec::new();
    draw(&hir, random, &mut text);
    Some(text)
}

fn draw(hir: &Hir, random: &mut SplitMix64, text: &mut Vec<u8>) {
    if text.len() > LONGEST {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.extend_from_slice(&literal.0),
        HirKind::Class(class) => text.push(member(class, random)),
        HirKind::Repetition(repetition) => {
            let least = repetition.min as usize;
            let most = repetition.max.map_or(least + MORE, |max| (max as usize).min(least + MORE));
            // What may be left out mostly stands for the rest of a name.
            let count = if least == 0 { 0 } else { least + random.below(most - least + 1) };
            for _ in 0..count {
                draw(&repetition.sub, random, text);
            }
        }
        HirKind::Capture(capture) => draw(&capture.sub, random, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| draw(part, random, text)),
        HirKind::Alternation(choices) => {
            if let Some(choice) = choices.get(random.below(choices.len())) {
                draw(choice, random, text);
            }
        }
    }
}

/// A printable member of the class, if it has one.
fn member(class: &Class, random: &mut SplitMix64) -> u8 {
    let ranges: Vec<(u8, u8)> = match class {
        Class::Bytes(bytes) => bytes.iter().map(|range| (range.start(), range.end())).collect(),
        Class::Unicode(unicode) => unicode
            .iter()
            .filter(|range| range.start().is_ascii())
            .map(|range| (range.start() as u8, (range.end() as u32).min(127) as u8))
            .collect(),
    };
    let all = || ranges.iter().flat_map(|&(start, end)| start..=end);
    let plain: Vec<u8> = all().filter(u8::is_ascii_alphanumeric).collect();
    let choices = if plain.is_empty() { all().collect() } else { plain };
    choices.get(random.below(choices.len())).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_match() {
        let mut random = SplitMix64::new(1);
        for pattern in [
            "ghp_[0-9a-zA-Z]{36}",
            r"(?i)(?:key|tok)[\s'=]{1,3}([a-f0-9]{8})(?:['\s]|$)",
            r"\b[^a-z]{4}x+?\d*",
        ] {
            let pattern = Pattern::new(pattern);
            let matching = (0..20)
                .filter_map(|_| sample(&pattern, &mut random))
                .filter(|text| pattern.regex().is_match(text))
                .count();
            assert!(matching >= 15, "{}: {matching}", pattern.source());
        }
    }
}
