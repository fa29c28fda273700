//! The feature model on one thread: the features of one candidate, and a walk through trees of the shipped size.

use divan::Bencher;
use secretscan::candidate::{Candidate, Candidates, Engine, EngineOptions, Scratch};
use secretscan::judge::boost::{Node, Trees};
use secretscan::judge::features::{self, FileStatistics};
use secretscan::judge::heuristic;
use secretscan::rule::RuleSet;
use secretscan::source::Segment;
use secretscan::value::path::PathInfo;

/// Trees and leaves of the shipped model.
const TREES: u32 = 400;
const LEAVES: u32 = 32;

fn main() {
    divan::main();
}

/// A file of settings and code with a few candidates; the values are put together here.
fn text() -> String {
    let (a, b, c) = (
        ["Kestrel#", "Harbor91"].concat(),
        ["q7XvT2mK9w", "Z4bR8nYc5JdL3h"].concat(),
        ["lan", "tern"].concat(),
    );
    format!(
        "# settings of the service\nimport os\n\nHOST = \"db.internal\"\nPORT = 5432\nUSER = \"app\"\n\
         DB_PASSWORD = \"{a}\"\n\ndef connect():\n    return client(host=HOST, user=USER, password=\"{c}\")\n\n\
         API_TOKEN = '{b}'  # old one\nTIMEOUT = 30\n{}",
        "# a remark of some words that fills the file as files are filled\n".repeat(40)
    )
}

fn candidates(text: &str, path: &PathInfo) -> (Vec<Candidate>, Vec<FileStatistics>) {
    let engine = Engine::new(&RuleSet::builtin(), EngineOptions::default());
    let (mut scratch, mut out) = (Scratch::default(), Candidates::default());
    engine.candidates(&Segment::whole(text.as_bytes()), path, &mut scratch, &mut out);
    assert_eq!(out.kept.len(), 3, "the text has three candidates");
    let statistics = features::statistics::of_file(text.as_bytes(), &out.kept);
    (out.kept, statistics)
}

#[divan::bench(args = [0, 1, 2])]
fn measure(bencher: Bencher, which: usize) {
    let (text, path) = (text(), PathInfo::new("src/app/settings.py"));
    let (candidates, statistics) = candidates(&text, &path);
    let (candidate, bytes) = (&candidates[which], text.as_bytes());
    let (value, name) = (&bytes[candidate.span.clone()], candidate.key.clone().map(|key| &bytes[key]));
    let mut row = Vec::new();
    bencher.bench_local(|| {
        features::measure_into(candidate, value, name, &path, bytes, &statistics[which], &mut row);
        row.len()
    });
}

/// The part of it that the documented score's facts take.
#[divan::bench(args = [0, 1, 2])]
fn documented_facts(bencher: Bencher, which: usize) {
    let (text, path) = (text(), PathInfo::new("src/app/settings.py"));
    let (candidates, _) = candidates(&text, &path);
    let (candidate, bytes) = (&candidates[which], text.as_bytes());
    let (value, name) = (&bytes[candidate.span.clone()], candidate.key.clone().map(|key| &bytes[key]));
    bencher.bench_local(|| heuristic::measure(candidate, value, name, &path, bytes).len());
}

/// Balanced trees over all features, thresholds and rows by a fixed sequence.
#[divan::bench]
fn walk(bencher: Bencher) {
    let width = features::names().len() as u32;
    let mut state = 1_u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 8
    };
    let (mut nodes, mut roots) = (Vec::new(), Vec::new());
    for _ in 0..TREES {
        let root = nodes.len() as u32;
        roots.push(root);
        for at in 0..LEAVES - 1 {
            nodes.push(Node::Split {
                feature: (next() % width) as u16,
                threshold: (next() % 100) as f32,
                left: root + 2 * at + 1,
                right: root + 2 * at + 2,
                missing_left: next() % 2 == 0,
            });
        }
        nodes.extend((0..LEAVES).map(|n| Node::Leaf(n as f32)));
    }
    let trees = Trees::new(&nodes, &roots, width as usize).expect("sound trees");
    let rows: Vec<Vec<f32>> = (0..64).map(|_| (0..width).map(|_| (next() % 100) as f32).collect()).collect();
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 1) % rows.len();
        trees.sum(&rows[at])
    });
}
