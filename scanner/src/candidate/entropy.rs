//! Long random strings that no name explains.
//!
//! Most long strings in code are not secrets, so the gate is hard, and it is a gate of *form*: a run of one alphabet
//! (Base64, URL-safe Base64 or mixed hexadecimal), whole inside quotes or as the value of an assignment, whose
//! neighbouring characters change class as random ones do. Digests, UUIDs, media, integrity strings and everything made
//! of words, paths or camel humps are left out, and a file with many such strings holds data, not secrets.
//!
//! Only runs of at least [`LEAST`] bytes (20 random alphanumerics carry 119 bits) are read closer; the engine has them from
//! [`super::run`].

mod gate;
mod random;

use std::ops::Range;

use super::Syntax;
use super::hit::{Hit, Text};
use super::run::LEAST;
use crate::reason::Reason;

const RULE: &str = "high-entropy-string";
/// The longest string that is taken; longer ones are encoded data.
const MOST: usize = 512;
/// More random strings than this in one segment are a table: test vectors, seeds, a bundle.
const TABLE: usize = 24;

/// Finds random strings among `runs` (all of [`LEAST`] bytes and more) that begin in `own` (offsets of `text.bytes`,
/// half-open). Hits are appended in order.
pub fn find(text: Text<'_>, own: (usize, usize), runs: &[Range<usize>], hits: &mut Vec<Hit>) {
    if text.path.lock_file || text.path.generated || text.path.is_translation() {
        return;
    }
    let first = hits.len();
    let from = runs.partition_point(|run| run.start < own.0);
    let own = runs[from..].iter().take_while(|run| run.start < own.1);
    hits.extend(own.filter_map(|run| judge(text, run.clone())));
    if hits.len() - first > TABLE {
        for hit in &mut hits[first..] {
            hit.dropped = Some(Reason::GeneratedContent);
        }
    }
}

fn judge(text: Text<'_>, run: Range<usize>) -> Option<Hit> {
    let span = gate::value(text.bytes, run)?;
    let value = &text.bytes[span.clone()];
    if !(LEAST..=MOST).contains(&value.len()) || !random::looks_random(value) {
        return None;
    }
    let place = gate::place(text.bytes, &span)?;
    let dropped = gate::refute(text, &span, place.key.as_ref());
    let syntax = if place.quoted { Syntax::Quoted } else { Syntax::Bare };
    Some(Hit { dropped, ..Hit::new(RULE, span, place.key, syntax) })
}

#[cfg(test)]
mod tests {
    use super::super::run;
    use super::super::structural::Tables;
    use super::*;
    use crate::source::Content;
    use crate::value::path::PathInfo;

    /// Random characters of an alphabet from a seed.
    fn noise(alphabet: &[u8], length: usize, seed: u64) -> String {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        (0..length)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(alphabet[(state >> 33) as usize % alphabet.len()])
            })
            .collect()
    }

    const ALNUM: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const HEX: &[u8] = b"0123456789abcdef";

    fn find_in(text: Text<'_>, own: (usize, usize), hits: &mut Vec<Hit>) {
        let mut runs = Vec::new();
        run::find(text.bytes, &mut runs);
        find(text, own, &runs, hits);
    }

    fn kept(path: &str, text: &str) -> Vec<String> {
        let path = PathInfo::new(path);
        let mut hits = Vec::new();
        let context =
            Text { bytes: text.as_bytes(), content: Content::Text, path: &path, tables: &Tables::default() };
        find_in(context, (0, text.len()), &mut hits);
        hits.iter().filter(|hit| hit.dropped.is_none()).map(|hit| text[hit.span.clone()].to_owned()).collect()
    }

    #[test]
    fn nearly_all_random_strings_in_quotes_and_assignments_are_found() {
        let mut missed = 0;
        for seed in 0..100 {
            for length in [24, 32, 40, 64] {
                let value = noise(ALNUM, length, seed);
                for line in [
                    format!("x = \"{value}\"\n"),
                    format!("f('{value}')\n"),
                    format!("SOME_VAR={value}\n"),
                    format!("some_var: {value}\n"),
                    format!("x = \"{value}==\"\n"),
                ] {
                    missed += usize::from(
                        !kept("a.py", &line).first().is_some_and(|found| found.starts_with(&value)),
                    );
                }
            }
        }
        assert!(missed <= 40, "{missed} of 2000");
    }

    #[test]
    fn every_offset_is_seen() {
        let value = noise(ALNUM, LEAST, 3);
        for pad in 0..2 * run::BLOCK {
            let line = format!("{}\"{value}\"", " ".repeat(pad));
            assert_eq!(kept("a.py", &line), std::slice::from_ref(&value), "{pad}");
        }
    }

    #[test]
    fn digests_words_and_data_are_not() {
        let hex = |length| noise(HEX, length, 7);
        let random = noise(ALNUM, 40, 7);
        let png = format!("iVBOR{}{random}", "w0KGgoAAAANSUhEUg");
        let lines = [
            format!("x = \"{}\"", hex(32)),
            format!("x = \"{}\"", hex(40)),
            format!("x = \"{}\"", hex(64)),
            format!("x = \"{}-{}-{}-{}-{}\"", hex(8), hex(4), hex(4), hex(4), hex(12)),
            format!("integrity = \"sha512-{random}==\""),
            format!("\"sha256:{random}\""),
            format!("src = \"data:image/png;base64,{random}\""),
            format!("x = \"{png}\""),
            "x = \"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\"".to_owned(),
            "x = \"getUserAccountSettingsController2\"".to_owned(),
            "x = \"src/main/java/com/example/Service1\"".to_owned(),
            "x = \"application/vnd.api+json/v2beta1\"".to_owned(),
            "x = \"_ZNSt6vectorIiSaIiEE9push_backERKi\"".to_owned(),
            "x = \"THIS_IS_A_LONG_CONSTANT_NAME_42\"".to_owned(),
            "x = \"some-long-kebab-case-class-name-12\"".to_owned(),
            format!("call {random} now"),
            format!("https://example.com/{random}"),
        ];
        for line in lines {
            assert_eq!(kept("a.py", &line), [""; 0], "{line}");
        }
    }

    #[test]
    fn places_for_generated_content_are_left_out() {
        let line = format!("x = \"{}\"", noise(ALNUM, 40, 7));
        for path in ["yarn.lock", "dist/a.js", "a.min.js", "locales/de.json"] {
            assert!(kept(path, &line).is_empty(), "{path}");
        }
    }

    #[test]
    fn a_table_of_random_strings_is_data() {
        let few: String = (0..4).map(|n| format!("x{n} = \"{}\"\n", noise(ALNUM, 40, n))).collect();
        let many: String = (0..60).map(|n| format!("x{n} = \"{}\"\n", noise(ALNUM, 40, n))).collect();
        assert_eq!(kept("a.py", &few).len(), 4);
        assert!(kept("a.py", &many).is_empty());
    }

    #[test]
    fn only_the_own_range_counts() {
        let line = format!("x = \"{}\"", noise(ALNUM, 40, 7));
        let path = PathInfo::default();
        let text =
            Text { bytes: line.as_bytes(), content: Content::Text, path: &path, tables: &Tables::default() };
        for (own, count) in [((0, 5), 0), ((0, 6), 1), ((5, 6), 1), ((6, line.len()), 0)] {
            let mut hits = Vec::new();
            find_in(text, own, &mut hits);
            assert_eq!(hits.len(), count, "{own:?}");
        }
    }
}
