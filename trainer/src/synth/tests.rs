//! What the generator promises, over all strata.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::catalogue::{self, Catalogue, FILES};
use super::grammar::{Vars, Writer};
use super::random::Random;
use super::{SynthError, generate, generate_seen, strata};
use crate::example::{Class, Example, Split};
use crate::prepare::{Preparer, engine};

const SEED: u64 = 11;

fn made(stratum: &str, n: usize) -> Vec<Example> {
    generate(stratum, SEED, n).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_data_file_is_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/synth/data");
    let mut found = BTreeSet::new();
    for folder in ["words", "carriers", "strata"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder") {
            found.insert(format!("{folder}/{}", entry.expect("an entry").file_name().to_string_lossy()));
        }
    }
    let listed: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed, found);
    Catalogue::read(FILES).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn every_template_of_every_pool_place_and_stratum_can_be_filled() {
    let catalogue = catalogue::get();
    let near = ["x".to_owned()];
    let vars = Vars {
        texts: vec![("key", "k"), ("keywords", "a b"), ("value", "v"), ("slot", "s")],
        pools: vec![("near", &near)],
    };
    let fill = |what: &str, template: &str| {
        for n in 0..12 {
            Writer::new(&catalogue.pools, Random::new(&[what, &n.to_string()]))
                .write(template, &vars)
                .unwrap_or_else(|error| panic!("{what}: {template}: {error}"));
        }
    };
    for (name, entries) in catalogue.pools.iter() {
        for entry in entries {
            fill(name, entry);
        }
    }
    for place in catalogue.places.values() {
        place.assign.iter().chain(&place.near).for_each(|template| fill(&place.name, template));
        for layout in &place.layouts {
            layout.path.iter().chain([&layout.text]).for_each(|template| fill(&place.name, template));
        }
        let styles = place.styles.iter().map(|style| format!("‹key/{style}›"));
        styles.for_each(|template| fill(&place.name, &template));
    }
    for stratum in strata() {
        let lines = stratum.lines.values().flatten();
        lines.chain(&stratum.value).chain(&stratum.keys).for_each(|template| fill(&stratum.name, template));
    }
}

#[test]
fn there_are_enough_strata_of_every_sort() {
    let count = |wanted: &dyn Fn(&super::Stratum) -> bool| strata().iter().filter(|s| wanted(s)).count();
    assert!(strata().len() >= 60, "{}", strata().len());
    assert!(count(&|s| s.name.starts_with("negative/")) >= 30);
    for class in Class::ALL {
        assert!(count(&|s| s.class == class) >= 5, "{class:?}");
    }
    let human = count(&|s| s.name.starts_with("human-password/"));
    let held_out = count(&|s| s.name.starts_with("human-password/") && s.held_out);
    assert!(human >= 16 && 4 * held_out >= human && 5 * held_out <= 2 * human, "{held_out} of {human}");
    assert!(catalogue::get().places.len() >= 25);
    assert!(strata().iter().all(|s| s.weight > 0.0 && s.weight <= 1.0));
}

#[test]
fn equal_seeds_give_equal_bytes_and_fewer_examples_are_a_prefix() {
    for stratum in ["human-password/leet", "negative/env-read", "contrast/value/real"] {
        let json = |n: usize| serde_json::to_string(&made(stratum, n)).expect("it serializes");
        assert_eq!(json(20), json(20));
        assert_eq!(made(stratum, 5), made(stratum, 20)[..5]);
        assert_ne!(generate(stratum, SEED + 1, 20).expect("examples")[0].text, made(stratum, 20)[0].text);
    }
}

#[test]
fn an_unknown_stratum_is_an_error_that_tells_what_to_do() {
    let error = generate("human-password/leat", 1, 1).expect_err("no such stratum");
    assert!(matches!(error, SynthError::UnknownStratum { .. }));
    assert!(error.to_string().contains("trainer synth list"));
}

#[test]
fn every_stratum_gives_three_hundred_different_well_formed_examples() {
    for stratum in strata() {
        let examples = made(&stratum.name, 300);
        let mut seen = BTreeSet::new();
        for example in &examples {
            let [start, end] = example.span;
            let value = example.text.get(start..end).unwrap_or_else(|| panic!("{}: span", example.id));
            assert!(!value.is_empty() && value == value.trim(), "{}: blanks", example.id);
            assert!(!example.text.contains(['‹', '›', '«', '»', '¦']), "{}: {}", example.id, example.text);
            assert!(!example.path.is_empty() && !example.path.contains(['‹', '\n']), "{}", example.path);
            assert!(seen.insert(&example.text), "{} twice", example.id);
            assert_eq!((example.class, example.label), (stratum.class, stratum.class.label()));
            assert!(!stratum.held_out || example.split == Split::Test, "{}", example.id);
        }
        let blocks: BTreeMap<&str, Split> = examples.iter().map(|e| (e.repo.as_str(), e.split)).collect();
        assert!(
            examples.iter().all(|e| blocks[e.repo.as_str()] == e.split),
            "{}: one split a block",
            stratum.name
        );
    }
}

/// The examples among the first `n` of each stratum that the engine finds no candidate for.
fn missed(n: usize) -> BTreeMap<&'static str, Vec<Example>> {
    let engine = engine();
    let mut preparer = Preparer::new(&engine);
    let mut all = BTreeMap::new();
    for stratum in strata() {
        let mut examples = made(&stratum.name, n);
        examples.retain(|example| preparer.prepare(example).is_none());
        all.insert(stratum.name.as_str(), examples);
    }
    all
}

#[test]
fn the_engine_finds_nearly_all_positives() {
    let n = 200;
    let missed = missed(n);
    let bad: Vec<String> = strata()
        .iter()
        .filter(|s| !s.name.starts_with("unseen/"))
        .filter(|s| matches!(s.class, Class::Real | Class::Weak) && missed[s.name.as_str()].len() * 20 > n)
        .map(|s| format!("{} {}/{n}", s.name, missed[s.name.as_str()].len()))
        .collect();
    assert!(bad.is_empty(), "more than 5 % without a candidate: {bad:?}");
}

#[test]
fn seen_examples_are_those_of_the_stream_that_have_a_candidate() {
    let engine = engine();
    let mut preparer = Preparer::new(&engine);
    let seen = generate_seen(&mut preparer, "negative/selector", SEED, 20, 400).expect("examples");
    assert_eq!(seen.len(), 20);
    assert!(seen.iter().all(|example| preparer.prepare(example).is_some()));
    let all = made("negative/selector", 400);
    assert!(seen.iter().all(|example| all.contains(example)));
    assert!(generate_seen(&mut preparer, "negative/sql-column", SEED, 20, 20).expect("examples").len() < 20);
}

#[test]
#[ignore = "a report for people: shares of examples with a candidate, and lines of those without"]
fn report_of_candidates() {
    let n = 300;
    for (name, examples) in missed(n) {
        anstream::println!("{:.2} {name}", 1.0 - examples.len() as f64 / n as f64);
        for example in examples.iter().take(12) {
            let (before, value, after) = cut(example);
            let left = before.rsplit('\n').next().unwrap_or_default();
            let right = after.split('\n').next().unwrap_or_default();
            anstream::println!("       {} | {left}«{value}»{right}", example.path);
        }
    }
}

#[test]
fn members_of_a_family_differ_only_by_value_or_key() {
    let families: BTreeSet<&str> = strata().iter().filter_map(|s| s.family.as_deref()).collect();
    assert!(families.len() >= 4, "{families:?}");
    for family in families {
        let members: Vec<&super::Stratum> =
            strata().iter().filter(|s| s.family.as_deref() == Some(family)).collect();
        assert!(members.len() >= 2, "{family}");
        let sets: Vec<Vec<Example>> = members.iter().map(|s| made(&s.name, 60)).collect();
        let by_value = family.starts_with("contrast/value");
        for (first, other) in sets[1..].iter().flat_map(|set| sets[0].iter().zip(set)) {
            assert_eq!((&first.path, &first.repo, first.split), (&other.path, &other.repo, other.split));
            let (a, b) = (cut(first), cut(other));
            if by_value {
                assert_eq!((a.0, a.2), (b.0, b.2), "{}", first.id);
                assert_ne!(a.1, b.1, "{}", first.id);
            } else {
                assert_eq!(a.1, b.1, "{}", first.id);
                let parts = differing(&first.text, &other.text);
                assert!(!parts.0.contains('\n') && !parts.1.contains('\n'), "{}: {parts:?}", first.id);
            }
            assert_eq!(first.note.rsplit("pair ").next(), other.note.rsplit("pair ").next());
        }
    }
}

/// Text before the value, the value, text after it.
fn cut(example: &Example) -> (&str, &str, &str) {
    let [start, end] = example.span;
    (&example.text[..start], &example.text[start..end], &example.text[end..])
}

/// What is left of each text without their common beginning and end.
fn differing<'a>(a: &'a str, b: &'a str) -> (&'a str, &'a str) {
    let head: usize = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    let (a, b) = (&a[head..], &b[head..]);
    let tail: usize =
        a.chars().rev().zip(b.chars().rev()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    (&a[..a.len() - tail], &b[..b.len() - tail])
}
