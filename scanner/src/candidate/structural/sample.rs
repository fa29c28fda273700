//! Runs a detector over synthetic lines in tests, as the engine would.
//!
//! Lines are templates, so that no scanner takes this crate's sources for leaks: `~` is removed, and these words are
//! replaced by values made at run time: `PWD1`, `PWD2` (chosen passwords), `TOK1` (32 random characters), `B64A`
//! (`user:` and `PWD1` in Base64).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Tables;
use crate::candidate::hit::{CodeDetector, Hit, Text};
use crate::source::Content;
use crate::value::path::PathInfo;

/// A password as people choose them.
pub(super) fn password(number: usize) -> String {
    let (noun, year) = [("Kettle", 87), ("Walnut", 41)][number % 2];
    format!("{noun}-b0at{year}")
}

/// 32 letters and digits from a fixed seed.
pub(super) fn token() -> String {
    const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    (0..32)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(ALPHABET[(state >> 33) as usize % ALPHABET.len()])
        })
        .collect()
}

/// Fills a template.
pub(super) fn fill(template: &str) -> String {
    template
        .replace('~', "")
        .replace("PWD1", &password(0))
        .replace("PWD2", &password(1))
        .replace("TOK1", &token())
        .replace("B64A", &STANDARD.encode(format!("user:{}", password(0))))
}

/// All hits of `detector` in `text`, woken at every anchor.
pub(super) fn hits(detector: &CodeDetector, path: &str, text: &str) -> Vec<Hit> {
    let path = PathInfo::new(path);
    let lower = text.to_ascii_lowercase();
    let context =
        Text { bytes: text.as_bytes(), content: Content::Text, path: &path, tables: &Tables::default() };
    let mut found = Vec::new();
    for anchor in detector.anchors {
        for (at, _) in lower.match_indices(anchor) {
            (detector.find)(context, at..at + anchor.len(), &mut found);
        }
    }
    found.sort_by_key(|hit| (hit.span.start, hit.span.end));
    found.dedup();
    found
}

/// Checks each template: the kept values in order, as templates, all under `rule`.
pub(super) fn check(detector: &CodeDetector, rule: &str, cases: &[(&str, &[&str])]) {
    check_in(detector, rule, "src/main.py", cases);
}

/// As [`check`], in a file of this path.
pub(super) fn check_in(detector: &CodeDetector, rule: &str, path: &str, cases: &[(&str, &[&str])]) {
    for (template, expected) in cases {
        let text = fill(template);
        let found = hits(detector, path, &text);
        let kept: Vec<&str> =
            found.iter().filter(|hit| hit.dropped.is_none()).map(|hit| &text[hit.span.clone()]).collect();
        let wanted: Vec<String> = expected.iter().map(|value| fill(value)).collect();
        assert_eq!(kept, wanted, "{template}");
        assert!(found.iter().all(|hit| hit.rule == rule), "{template}: {found:?}");
    }
}

/// Checks that each template gives exactly one hit, and that it is dropped.
pub(super) fn check_dropped(detector: &CodeDetector, templates: &[&str]) {
    for template in templates {
        let found = hits(detector, "src/main.py", &fill(template));
        assert!(found.len() == 1 && found[0].dropped.is_some(), "{template}: {found:?}");
    }
}
