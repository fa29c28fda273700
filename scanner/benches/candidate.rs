//! The candidate stage on one thread, with all builtin rules: ordinary source code, a credential on every line, text full of
//! keywords, and building the engine.
//!
//! The code is this crate's own; `cargo run --release --example candidate_speed` measures whole trees.

use divan::Bencher;
use divan::counter::BytesCount;
use secretscan::candidate::{Candidates, Engine, EngineOptions, Scratch};
use secretscan::rule::RuleSet;
use secretscan::source::Segment;
use secretscan::value::path::PathInfo;

fn main() {
    divan::main();
}

fn engine() -> Engine {
    Engine::new(&RuleSet::builtin(), EngineOptions::default())
}

fn scan(bencher: Bencher, text: &[u8]) {
    let engine = engine();
    let mut scratch = Scratch::default();
    let mut out = Candidates::default();
    let path = PathInfo::default();
    bencher
        .counter(BytesCount::of_slice(text))
        .bench_local(|| engine.candidates(&Segment::whole(text), &path, &mut scratch, &mut out));
}

#[divan::bench]
fn source_code(bencher: Bencher) {
    let code = concat!(
        include_str!("../src/candidate/engine.rs"),
        include_str!("../src/candidate/provider.rs"),
        include_str!("../src/candidate/prefilter.rs"),
        include_str!("../src/candidate/keys/armour.rs"),
        include_str!("../src/location.rs"),
    );
    scan(bencher, code.repeat(8).as_bytes());
}

#[divan::bench(args = ["password", "AKIA", "aws ", "eyJ", "://", "-----BEGIN "])]
fn keywords_only(bencher: Bencher, keyword: &str) {
    scan(bencher, keyword.repeat((1 << 20) / keyword.len()).as_bytes());
}

/// Every rule's own samples, one after the other.
#[divan::bench]
fn credentials(bencher: Bencher) {
    let rules = RuleSet::builtin();
    let recipes = rules.rules().iter().flat_map(|rule| &rule.examples);
    let samples: Vec<String> =
        recipes.zip(0..).filter_map(|(recipe, seed)| Some(recipe.build(seed).ok()?.text)).collect();
    scan(bencher, samples.join("\n").as_bytes());
}

#[divan::bench]
fn build(bencher: Bencher) {
    let rules = RuleSet::builtin();
    bencher.bench(|| Engine::new(&rules, EngineOptions::default()));
}
