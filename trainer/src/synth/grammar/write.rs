//! Fills the holes of templates.

use std::collections::BTreeMap;

use super::{GrammarError, Pools, apply_form};
use crate::synth::random::Random;
use crate::synth::values;

/// Pools may refer to pools this deep.
const DEEPEST: usize = 24;
/// Pools of plain words that a theme fixes.
const THEMES: &[&str] = &["svc", "brand", "thing", "verb"];
/// Share of holes, in percent, that keep to the theme.
const FAITHFUL: usize = 65;

/// What the caller puts in, as it is: by name. A name may also stand for a list of templates (`near`).
#[derive(Debug, Default)]
pub(crate) struct Vars<'a> {
    /// Texts.
    pub texts: Vec<(&'a str, &'a str)>,
    /// Lists of templates, before the pools of the same name.
    pub pools: Vec<(&'a str, &'a [String])>,
}

/// Fills templates from pools with one stream of choices; remembers what is bound (`‹@…›`).
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    pools: &'a Pools,
    random: Random,
    bound: BTreeMap<String, String>,
    theme: Vec<(&'static str, String)>,
}

impl<'a> Writer<'a> {
    /// With nothing bound.
    pub(crate) fn new(pools: &'a Pools, random: Random) -> Self {
        Self { pools, random, bound: BTreeMap::new(), theme: Vec::new() }
    }

    /// Chooses what the text is about: from here on, most holes of the [`THEMES`] are filled with the same words, as the
    /// names in one file belong together.
    pub(crate) fn choose_theme(&mut self, random: &mut Random) {
        let entries = THEMES.iter().filter_map(|&pool| Some((pool, self.pools.get(pool)?)));
        self.theme = entries.filter_map(|(pool, words)| Some((pool, random.pick(words)?.clone()))).collect();
    }

    /// The stream, for choices that are not holes.
    pub(crate) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// From here on, choices come from `random`; what is bound stays.
    pub(crate) fn reseed(&mut self, random: Random) {
        self.random = random;
    }

    /// The template with its holes filled.
    pub(crate) fn write(&mut self, template: &str, vars: &Vars<'_>) -> Result<String, GrammarError> {
        self.lines(template, vars, 0)
    }

    fn lines(&mut self, template: &str, vars: &Vars<'_>, depth: usize) -> Result<String, GrammarError> {
        let mut out = String::new();
        let mut first = true;
        for line in template.split('\n') {
            let text = self.line(line, vars, depth)?;
            if text.trim().is_empty() && line.contains('‹') {
                continue;
            }
            if !first {
                out.push('\n');
            }
            first = false;
            let indent = &line[..line.len() - line.trim_start().len()];
            let mut parts = text.split('\n');
            out.push_str(parts.next().unwrap_or_default());
            for part in parts {
                out.push('\n');
                if !part.is_empty() {
                    out.push_str(indent);
                    out.push_str(part);
                }
            }
        }
        Ok(out)
    }

    fn line(&mut self, line: &str, vars: &Vars<'_>, depth: usize) -> Result<String, GrammarError> {
        let mut out = String::new();
        let mut rest = line;
        while let Some(open) = rest.find('‹') {
            out.push_str(&rest[..open]);
            let inner = &rest[open + '‹'.len_utf8()..];
            let close = closing(inner).ok_or_else(|| GrammarError::Open { line: line.to_owned() })?;
            out.push_str(&self.hole(&inner[..close], vars, depth)?);
            rest = &inner[close + '›'.len_utf8()..];
        }
        out.push_str(rest);
        Ok(out)
    }

    fn hole(&mut self, hole: &str, vars: &Vars<'_>, depth: usize) -> Result<String, GrammarError> {
        if depth > DEEPEST {
            return Err(GrammarError::Deep { hole: hole.to_owned() });
        }
        let choices = alternatives(hole);
        if choices.len() > 1 {
            let chosen = choices[self.random.below(choices.len())];
            return self.line(chosen, vars, depth + 1);
        }
        let mut parts = hole.split('/');
        let head = parts.next().unwrap_or_default();
        let mut text = self.head(head, vars, depth)?;
        for form in parts {
            text = apply_form(form, &text, &mut self.random)
                .ok_or_else(|| GrammarError::Form { form: form.to_owned() })?;
        }
        Ok(text)
    }

    fn head(&mut self, head: &str, vars: &Vars<'_>, depth: usize) -> Result<String, GrammarError> {
        if let Some(bound) = head.strip_prefix('@') {
            let (name, pool) = bound.split_once('=').unwrap_or((bound, bound));
            if let Some(text) = self.bound.get(name) {
                return Ok(text.clone());
            }
            let text = self.head(pool, vars, depth + 1)?;
            self.bound.insert(name.to_owned(), text.clone());
            return Ok(text);
        }
        if let Some((_, text)) = vars.texts.iter().find(|(name, _)| *name == head) {
            return Ok((*text).to_owned());
        }
        if let Some((_, text)) = self.theme.iter().find(|(pool, _)| *pool == head)
            && self.random.chance(FAITHFUL)
        {
            return Ok(text.clone());
        }
        let unknown = || GrammarError::Unknown { hole: head.to_owned() };
        if let Some((name, argument)) = head.split_once(':') {
            return values::make(name, argument, &mut self.random).ok_or_else(unknown);
        }
        let (name, count) = match head.split_once('*') {
            Some((name, count)) => (name, Some(values::range(count).ok_or_else(unknown)?)),
            None => (head, None),
        };
        let pools = self.pools;
        let entries: &[String] = match vars.pools.iter().find(|(known, _)| *known == name) {
            Some((_, entries)) => entries,
            None => pools.get(name).ok_or_else(unknown)?,
        };
        let Some((least, most)) = count else {
            let entry = self.random.pick(entries).ok_or_else(unknown)?;
            return self.lines(entry, vars, depth + 1);
        };
        let wanted = self.random.between(least, most).min(entries.len());
        let mut order: Vec<usize> = (0..entries.len()).collect();
        let mut texts = Vec::with_capacity(wanted);
        for at in 0..wanted {
            let other = self.random.between(at, entries.len() - 1);
            order.swap(at, other);
            texts.push(self.lines(&entries[order[at]], vars, depth + 1)?);
        }
        Ok(texts.join("\n"))
    }
}

/// Where the hole that `inner` begins in ends.
fn closing(inner: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in inner.char_indices() {
        match c {
            '‹' => depth += 1,
            '›' if depth == 0 => return Some(at),
            '›' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The alternatives of a hole: cut at the bars that stand in no inner hole.
fn alternatives(hole: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, c) in hole.char_indices() {
        match c {
            '‹' => depth += 1,
            '›' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => {
                found.push(&hole[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(&hole[from..]);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pools() -> Pools {
        let mut pools = Pools::default();
        let text = r#"
word = "moss fern"
loop = ["‹loop›"]
[py]
line = ["a = ‹word›", "b = ‹word/up›", "if x:\n    y()"]
"#;
        pools.add("test.toml", toml::from_str(text).expect("TOML")).expect("good pools");
        pools
    }

    fn write(template: &str, seed: &str) -> Result<String, GrammarError> {
        let pools = pools();
        let vars = Vars { texts: vec![("value", "‹word›")], pools: vec![] };
        Writer::new(&pools, Random::new(&[seed])).write(template, &vars)
    }

    #[test]
    fn holes_are_filled_and_values_are_not_read_again() {
        assert!(["moss", "fern"].contains(&write("‹word›", "1").expect("filled").as_str()));
        assert_eq!(write("x = «‹value›»", "1").expect("filled"), "x = «‹word›»");
        let bound = write("‹@word/cap› ‹@word› ‹@word/up›", "2").expect("filled");
        assert!(["Moss moss MOSS", "Fern fern FERN"].contains(&bound.as_str()), "{bound}");
    }

    #[test]
    fn lines_keep_their_indentation_and_empty_ones_go() {
        let text = write("def f():\n    ‹py.line*3-3›\n    ‹py.line*0-0›\n\nend", "3").expect("filled");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 7, "{text}");
        assert!(lines[1..5].iter().all(|line| line.starts_with("    ")), "{text}");
        assert!(lines.contains(&"        y()"), "{text}");
    }

    #[test]
    fn choices_may_be_empty_and_nested() {
        let all: std::collections::BTreeSet<String> =
            (0..60).map(|n| write("a‹|b|‹c|d››", &n.to_string()).expect("filled")).collect();
        assert_eq!(all.into_iter().collect::<Vec<_>>(), ["a", "ab", "ac", "ad"]);
    }

    #[test]
    fn broken_templates_are_named() {
        assert!(matches!(write("‹nope›", "1"), Err(GrammarError::Unknown { .. })));
        assert!(matches!(write("‹word/nope›", "1"), Err(GrammarError::Form { .. })));
        assert!(matches!(write("‹word", "1"), Err(GrammarError::Open { .. })));
        assert!(matches!(write("‹loop›", "1"), Err(GrammarError::Deep { .. })));
    }
}
