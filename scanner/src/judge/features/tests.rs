use std::collections::BTreeSet;

use super::*;
use crate::candidate::{Candidates, Engine, EngineOptions, Proof, Scratch, Syntax};
use crate::rule::{Detector, Kind, Rule, RuleSet};
use crate::source::Segment;

fn of(path: &str, text: &str) -> Vec<Vec<f32>> {
    let engine = Engine::new(&RuleSet::builtin(), EngineOptions::default());
    let (mut scratch, mut out) = (Scratch::default(), Candidates::default());
    let path = PathInfo::new(path);
    engine.candidates(&Segment::whole(text.as_bytes()), &path, &mut scratch, &mut out);
    let all = statistics::of_file(text.as_bytes(), &out.kept);
    out.kept
        .iter()
        .zip(&all)
        .map(|(candidate, statistics)| {
            let bytes = text.as_bytes();
            let name = candidate.key.clone().map(|key| &bytes[key]);
            measure(candidate, &bytes[candidate.span.clone()], name, &path, bytes, statistics)
        })
        .collect()
}

fn number(row: &[f32], name: &str) -> f32 {
    row[names().iter().position(|known| *known == name).unwrap_or_else(|| panic!("no feature {name}"))]
}

#[test]
fn names_are_unique_and_hashed() {
    let unique: BTreeSet<_> = names().iter().collect();
    assert_eq!(unique.len(), names().len());
    assert_eq!(hash().len(), 64);
    assert!(names().len() < usize::from(u16::MAX));
}

#[test]
fn a_candidate_has_all_its_numbers() {
    let value = ["Kestrel#", "Harbor91"].concat();
    let text = format!("host = db.local\nuser = app\nDB_PASSWORD = \"{value}\"  # old\nDB_PORT = 5432\n");
    let rows = of("config/prod.py", &text);
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(row.len(), names().len());
    for (name, expected) in [
        ("value: bytes", 16.0),
        ("value: digits", 2.0),
        ("value: digits at the end", 2.0),
        ("value: longest part", 8.0),
        ("name has: password", 1.0),
        ("name has: db", 1.0),
        ("name: words", 2.0),
        ("line: quote", 2.0),
        ("line: separator", 8.0),
        ("line: follower", 9.0),
        ("around has: host", 3.0),
        ("around has: user", 2.0),
        ("path: Python", 1.0),
        ("path has: configuration", 1.0),
        ("rule: password", 1.0),
        ("file: share with the value", 1.0),
    ] {
        assert!((number(row, name) - expected).abs() < 1e-5, "{name}: {}", number(row, name));
    }
}

#[test]
fn text_out_of_reach_changes_no_number_but_the_counts() {
    let value = ["Kestrel#", "Harbor91"].concat();
    let near = format!("{}password = \"{value}\"\n{}", "a = 1\n".repeat(1000), "b = 2\n".repeat(1000));
    let far = format!("{}{near}{}", "zzz 9\n".repeat(500), "yyy 8\n".repeat(500));
    let (near, far) = (of("a.py", &near), of("a.py", &far));
    assert_eq!((near.len(), far.len()), (1, 1));
    for ((name, a), b) in names().iter().zip(&near[0]).zip(&far[0]) {
        assert!(name.starts_with("file:") || a.to_bits() == b.to_bits(), "{name}: {a} {b}");
    }
}

#[test]
fn odd_candidates_give_finite_numbers() {
    let long = vec![b'a'; 20_000];
    for (text, start, end) in [
        (&b""[..], 0, 0),
        (b"a", 0, 1),
        (b"\xFF\xFE\x00\x80", 1, 3),
        (b"x=1", 2, 900),
        (b"x=1", 700, 900),
        (&long, 0, 20_000),
        (&[b'\n'; 2_000], 900, 1_100),
    ] {
        for syntax in [Syntax::Bare, Syntax::Quoted] {
            let candidate = Candidate {
                rule: Rule::for_test("basic-auth-header", Kind::Password, Detector::Assignment),
                span: start..end,
                key: (text.len() > 2).then_some(0..1),
                material: None,
                syntax,
                proof: Proof::None,
                also: Vec::new(),
                decoded: None,
            };
            let from = start.min(text.len());
            let value = &text[from..end.min(text.len())];
            let name = candidate.key.clone().map(|key| &text[key]);
            let row =
                measure(&candidate, value, name, &PathInfo::new("a/b"), text, &FileStatistics::default());
            assert_eq!(row.len(), names().len());
            for (name, number) in names().iter().zip(&row) {
                assert!(number.is_finite(), "{name}");
            }
        }
    }
}
