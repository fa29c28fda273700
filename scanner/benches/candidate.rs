//! The candidate stage on one thread: ordinary source code, text full of keywords, and building the engine.
//!
//! The code is this crate's own; `cargo run --release --example candidate_speed` measures whole trees.

mod rules;

use divan::Bencher;
use divan::counter::BytesCount;
use secretscan::candidate::{Candidates, Engine, EngineOptions, Scratch};
use secretscan::source::Segment;
use secretscan::value::path::PathInfo;

/// Rules beyond the builtin ones.
const RULES: usize = 300;

fn main() {
    divan::main();
}

fn engine() -> Engine {
    Engine::with_detectors(
        &rules::sample(RULES),
        secretscan::candidate::keys::DETECTORS,
        None,
        EngineOptions::default(),
    )
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

#[divan::bench]
fn build(bencher: Bencher) {
    let rules = rules::sample(RULES);
    let detectors = secretscan::candidate::keys::DETECTORS;
    bencher.bench(|| Engine::with_detectors(&rules, detectors, None, EngineOptions::default()));
}
