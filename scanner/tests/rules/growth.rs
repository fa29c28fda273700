//! No text makes the scanner slow: work grows with the text and not with its square.
//!
//! The candidate stage counts its work (bytes handed to expressions, calls of detectors, each of which reads a bounded
//! stretch); the whole scan is held to its CPU time, with room for a busy machine: sixteen times the text may take
//! sixty-four times as long, where the square would take 256 times.

use std::fmt::Write as _;
use std::time::Duration;

use secretscan::candidate::{Candidates, Engine, EngineOptions, Scratch, Work};
use secretscan::rule::RuleSet;
use secretscan::scan::{JudgeMode, Options, Scanner};
use secretscan::source::Segment;
use secretscan::value::path::PathInfo;

use crate::shapes::SHAPES;

/// Bytes of the smaller text.
const SMALL: usize = 1 << 15;
/// Least time that is compared: below it the clock and the machine say more than the scanner.
const NOISE: Duration = Duration::from_millis(4);

fn work(engine: &Engine, file: &str, text: &[u8]) -> Work {
    let mut scratch = Scratch::default();
    engine.candidates(&Segment::whole(text), &PathInfo::new(file), &mut scratch, &mut Candidates::default());
    scratch.work()
}

#[test]
fn counted_work_is_linear_in_the_text() {
    let engine = Engine::new(&RuleSet::builtin(), EngineOptions::default());
    let mut wrong = String::new();
    for (name, file, make) in SHAPES {
        let (small, large) = (work(&engine, file, &make(SMALL)), work(&engine, file, &make(4 * SMALL)));
        for (what, small, large) in [
            ("anchors", small.anchors, large.anchors),
            ("regex bytes", small.regex_bytes, large.regex_bytes),
            ("detector calls", small.detector_calls, large.detector_calls),
        ] {
            // Windows are cut at the ends of the text, and noise holds what it holds; the square would be sixteen times.
            if large > 6 * small + 4096 {
                let _ = writeln!(wrong, "{name}: {what} grow from {small} to {large}");
            }
        }
    }
    assert!(wrong.is_empty(), "four times the text:\n{wrong}");
}

#[test]
fn time_is_linear_in_the_text() {
    let scanner = scanner();
    let mut wrong = String::new();
    for (name, file, make) in SHAPES {
        let (small, large) = (make(SMALL), make(16 * SMALL));
        let grows = |small: Duration, large: Duration| large > 64 * small.max(NOISE);
        let first = (spent(&scanner, file, &small), spent(&scanner, file, &large));
        // A second look: other work on the machine slows single runs.
        if grows(first.0, first.1) && grows(spent(&scanner, file, &small), spent(&scanner, file, &large)) {
            let _ = writeln!(wrong, "{name}: {:?} become {:?}", first.0, first.1);
        }
    }
    assert!(wrong.is_empty(), "sixteen times the text:\n{wrong}");
}

fn scanner() -> Scanner {
    let options = Options { judge: JudgeMode::Off, threads: 1, ..Options::default() };
    Scanner::new(options).expect("the builtin rules")
}

/// CPU time of this thread: a scan of bytes uses no other.
fn spent(scanner: &Scanner, file: &str, text: &[u8]) -> Duration {
    let before = cpu();
    scanner.bytes(file, text);
    cpu().saturating_sub(before)
}

fn cpu() -> Duration {
    // Linux only; elsewhere nothing grows.
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or_default())
}

#[test]
#[ignore = "a measurement: --ignored --nocapture prints the work and the time of every shape"]
#[expect(clippy::print_stdout, reason = "a measurement for people")]
fn measure() {
    let (scanner, engine) = (scanner(), Engine::new(&RuleSet::builtin(), EngineOptions::default()));
    println!("shape | CPU ms of 128 KiB | 512 KiB | 2 MiB | MB/s | regex bytes per byte | calls per KiB");
    for (name, file, make) in SHAPES {
        let times = [4, 16, 64].map(|times| spent(&scanner, file, &make(times * SMALL)).as_secs_f64());
        let work = work(&engine, file, &make(SMALL));
        println!(
            "{name} | {} | {:.1} | {:.2} | {:.1}",
            times.map(|time| format!("{:.1}", time * 1e3)).join(" | "),
            (64 * SMALL) as f64 / times[2] / 1e6,
            work.regex_bytes as f64 / SMALL as f64,
            work.detector_calls as f64 / (SMALL / 1024) as f64,
        );
    }
}
