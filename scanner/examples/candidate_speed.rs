//! Measures the candidate stage over the files of a folder, on one thread, in CPU time.
//!
//! `cargo run --release --no-default-features --example candidate_speed -- FOLDER…`

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use secretscan::candidate::{Candidates, Engine, EngineOptions, Scratch};
use secretscan::rule::RuleSet;
use secretscan::source::Segment;
use secretscan::value::path::PathInfo;

/// Bytes read at most.
const MOST: usize = 400 << 20;

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn main() -> Result<()> {
    let mut files = Vec::new();
    let mut bytes = 0;
    for folder in std::env::args().skip(1) {
        read(Path::new(&folder), &mut files, &mut bytes).with_context(|| format!("cannot read {folder}"))?;
    }
    let rules = RuleSet::builtin();
    let begin = cpu_ns()?;
    let engine = Engine::new(&rules, EngineOptions::default());
    println!("build: {:.2} ms for {} rules", (cpu_ns()? - begin) as f64 / 1e6, rules.rules().len());
    for name in ["first pass", "second pass"] {
        let mut scratch = Scratch::default();
        let mut out = Candidates::default();
        let mut kept = 0;
        let begin = cpu_ns()?;
        for file in &files {
            engine.candidates(&Segment::whole(file), &PathInfo::default(), &mut scratch, &mut out);
            kept += out.kept.len();
        }
        let spent = cpu_ns()? - begin;
        println!(
            "{name}: {:.0} MB/s ({} MB in {} files, {kept} candidates, {:?})",
            bytes as f64 * 1e3 / spent as f64,
            bytes / 1_000_000,
            files.len(),
            scratch.work()
        );
    }
    Ok(())
}

fn read(folder: &Path, files: &mut Vec<Vec<u8>>, bytes: &mut usize) -> Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            read(&path, files, bytes)?;
        } else if *bytes < MOST {
            let text = fs::read(&path)?;
            if !text.contains(&0) {
                *bytes += text.len();
                files.push(text);
            }
        }
    }
    Ok(())
}

/// Nanoseconds that this thread has run (Linux): the machine may be busy with other things.
fn cpu_ns() -> Result<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().unwrap_or_default().parse()?)
}
