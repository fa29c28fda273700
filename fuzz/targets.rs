//! What is fuzzed: functions from any bytes to nothing, which panic where a promise is broken.
//!
//! Two drivers share them: `cargo fuzz` with libFuzzer (`fuzz_targets/`), and a test with a seeded mutator that runs on every
//! build (`scanner/tests/rules/fuzz.rs`).

use std::sync::LazyLock;

use secretscan::candidate::{Candidates, Engine, EngineOptions, Scratch};
use secretscan::judge::gguf::{self, Gguf};
use secretscan::location::Base;
use secretscan::rule::{RuleSet, check};
use secretscan::scan::{JudgeMode, Options, Scanner};
use secretscan::source::{Content, Segment};
use secretscan::suppress::inline::InlineTags;
use secretscan::value::path::PathInfo;

/// File names by whose endings detectors and sources tell what they have.
pub(crate) const NAMES: [&str; 22] = [
    "a.txt", "a.py", "a.js", "a.json", "a.yaml", "a.xml", ".env", "a.sh", "a.sql", "a.zip", "a.tar", "a.gz",
    "a.xz", "a.zst", "a.docx", "a.xlsx", "a.db", "a.pdf", "a.7z", "a.deb", "a.bz2", "a.ipynb",
];

/// Work that each byte of text, plain or decoded, may cost: bytes handed to expressions, and calls of detectors with the
/// keywords that wake them. The worst texts of `scanner/tests/rules/shapes.rs` cost 3 and 1.
const MOST_WORK: (u64, u64) = (64, 8);
/// Work that no text is too short for.
const LEAST_WORK: u64 = 1 << 16;

/// A name that the first byte chooses, and the rest.
fn named(data: &[u8]) -> (&'static str, &[u8]) {
    match data.split_first() {
        Some((&first, rest)) => (NAMES[usize::from(first) % NAMES.len()], rest),
        None => (NAMES[0], data),
    }
}

/// The candidate engine with all rules: spans lie in the text, in order, apart from each other, in the range asked for; the
/// counted work is bounded by the text.
pub(crate) fn candidate(data: &[u8]) {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
        Engine::new(&RuleSet::builtin(), EngineOptions { trace: true, ..EngineOptions::default() })
    });
    let (name, text) = named(data);
    let quarter = text.len() / 4;
    for (content, own) in
        [(Content::Text, (0, text.len())), (Content::Binary, (quarter, text.len() - quarter))]
    {
        let mut out = Candidates::default();
        let segment = Segment { own, content, ..Segment::whole(text) };
        let mut scratch = Scratch::default();
        ENGINE.candidates(&segment, &PathInfo::new(name), &mut scratch, &mut out);
        let work = scratch.work();
        let bytes = text.len() as u64 + work.decoded_bytes;
        assert!(work.regex_bytes <= LEAST_WORK + MOST_WORK.0 * bytes, "{work:?} for {} bytes", text.len());
        let calls = work.anchors.max(work.detector_calls);
        assert!(calls <= LEAST_WORK + MOST_WORK.1 * bytes, "{work:?} for {} bytes", text.len());
        let mut end = 0;
        for candidate in &out.kept {
            let span = &candidate.span;
            assert!(
                end <= span.start && span.start < span.end && span.end <= text.len(),
                "{span:?} after {end}"
            );
            assert!((own.0..own.1).contains(&span.start), "{span:?} outside of {own:?}");
            for part in candidate.key.iter().chain(&candidate.material) {
                assert!(part.start < part.end && part.end <= text.len(), "{part:?}");
            }
            end = span.end;
        }
        for dropped in &out.dropped {
            assert!(dropped.span.end <= text.len(), "{:?}", dropped.span);
        }
    }
}

/// The rule parser: an error names a line of the file, and what is accepted can be checked and searched with.
pub(crate) fn rule(data: &[u8]) {
    static NONE: LazyLock<RuleSet> = LazyLock::new(|| {
        let builtin = RuleSet::builtin();
        let ids: Vec<String> = builtin.rules().iter().map(|rule| rule.id.clone()).collect();
        builtin.without(&ids).expect("its own ids")
    });
    let Ok(text) = std::str::from_utf8(data) else { return };
    match NONE.with_extra(text, "fuzz.toml") {
        Err(error) => {
            let lines = text.matches('\n').count() + 1;
            assert!((1..=lines).contains(&error.line) && error.column > 0, "{error}");
        }
        Ok(set) => {
            check::check_with(&set, 0..1);
            for rule in set.rules() {
                check::find(rule, b"acme_token = '0123456789abcdef'");
            }
        }
    }
}

/// The whole scan of a file that may be an archive, a document or a database: findings lie in what was read, and what was
/// not read is told.
pub(crate) fn container(data: &[u8]) {
    static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
        let options = Options { judge: JudgeMode::Off, threads: 1, ..Options::default() };
        Scanner::new(options).expect("the builtin rules")
    });
    let (name, bytes) = named(data);
    let outcome = SCANNER.bytes(name, bytes);
    for finding in &outcome.findings {
        assert!(finding.origin.path.starts_with(name), "{}", finding.origin.path);
        assert!(finding.location.start_line <= finding.location.end_line);
    }
    for failure in &outcome.ledger.failures {
        assert!(!failure.cause.is_empty() && !failure.remedy.is_empty(), "{failure:?}");
    }
}

/// Allow tags: whatever is read in two pieces covers what it covers when it is read in one.
pub(crate) fn tags(data: &[u8]) {
    let mut whole = InlineTags::default();
    whole.read(data, (0, data.len()), Base::default());
    let lines = data.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
    let half = data.len() / 2;
    let cut = data[half..].iter().position(|&byte| byte == b'\n').map_or(data.len(), |at| half + at + 1);
    let mut pieces = InlineTags::default();
    let base = Base::default();
    // The second piece is seen with the first before it, as segments overlap.
    pieces.read(data, (0, cut), base);
    pieces.read(data, (cut, data.len()), base);
    for line in 1..=lines.min(400) {
        assert_eq!(whole.covering(&(line..=line)), pieces.covering(&(line..=line)), "line {line}");
    }
    assert_eq!(whole.unclosed(), pieces.unclosed());
    whole.clear();
    assert_eq!(whole.covering(&(1..=u64::MAX)), None);
}

/// The header of a model file: an error, or numbers that fit the file.
pub(crate) fn gguf(data: &[u8]) {
    if let Ok(header) = Gguf::read(data, data.len() as u64) {
        // Its answer is not ours to know; it must come.
        let _ = gguf::check::check(&header);
        assert!(header.title().chars().count() <= 80);
    }
}
