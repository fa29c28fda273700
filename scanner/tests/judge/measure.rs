//! Prints load time, context time and throughput: `cargo test --release --test judge measure -- --ignored --nocapture`.
#![expect(clippy::print_stdout, reason = "a measurement for people")]

use std::time::{Duration, Instant};

use crate::question::{open, queries};
use crate::tiny_gguf::{Recipe, Storage};

/// Time that `work` computes on this thread (Linux): a busy machine does not spoil the number.
fn spent<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let before = cpu();
    let result = work();
    (result, cpu().saturating_sub(before))
}

fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let spent = stat.split(' ').next().and_then(|n| n.parse().ok());
    Duration::from_nanos(spent.unwrap_or_default())
}

#[test]
#[ignore = "a measurement, not a test"]
fn measure() {
    for storage in [Storage::F32, Storage::Q8_0] {
        let recipe = Recipe { width: 256, layers: 4, ff: 512, merges: 3700, storage, ..Recipe::native() };
        let tiny = recipe.build();
        let start = Instant::now();
        let (model, loaded_cpu) = spent(|| open(&tiny));
        let loaded = start.elapsed();
        let start = Instant::now();
        let mut judge = model.judge().expect("a context");
        let context = start.elapsed();
        let all = queries(0..200);
        let probe = model.probe().expect("a context");
        let tokens: usize = all.iter().map(|q| probe.tokens(q).len()).sum();
        let (_, encoding) = spent(|| all.iter().filter_map(|query| judge.cache_material(query)).count());
        let encoding = encoding / all.len() as u32;
        let start = Instant::now();
        judge.judge(&all[..1]).expect("an answer");
        let first = start.elapsed();
        let seconds = spent(|| judge.judge(&all).expect("answers")).1.as_secs_f64();
        println!(
            "{storage:?}: {} tokens in the vocabulary, {:.1} MB; open {loaded:.1?} (CPU {loaded_cpu:.1?}), context {context:.1?}, encoding {encoding:.1?}, first answer \
             {first:.1?}; {:.0} questions per CPU second of {} tokens ({:.0} tokens)",
            tiny.tokens.len(),
            tiny.bytes.len() as f64 / 1e6,
            all.len() as f64 / seconds,
            tokens / all.len(),
            tokens as f64 / seconds,
        );
    }
}
