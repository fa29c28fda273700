//! `trainer speed`, …: the command lines of training.

use std::time::Duration;

use clap::Args;

use crate::model::Config;
use crate::train::speed;

/// Measures how fast this machine trains.
#[derive(Debug, Args)]
pub struct Speed {
    /// Threads, each with micro-batches of its own.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Sequences of a micro-batch.
    #[arg(long, default_value_t = 32)]
    sequences: usize,
    /// Tokens of a sequence.
    #[arg(long, default_value_t = 160)]
    length: usize,
    /// Loss at the last token of a sequence only, as in training on verdicts.
    #[arg(long)]
    last_token: bool,
    /// Seconds to measure for.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// Runs it.
pub fn speed(args: &Speed) -> anyhow::Result<()> {
    let config = Config::nano(4096);
    let time = Duration::from_secs(args.seconds);
    let speed = speed::measure(&config, args.threads, args.sequences, args.length, !args.last_token, time)?;
    anstream::println!(
        "{:.0} tokens/s on {} threads, {:.0} a core second; large products {:.1} GFLOP/s a core; {:.0} % of the time is \
         what the products would take",
        speed.tokens_per_second,
        args.threads,
        speed.tokens_per_core_second,
        speed.peak / 1e9,
        100.0 * speed.efficiency
    );
    Ok(())
}
