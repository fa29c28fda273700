//! The command line: one subcommand a step.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::usage::{Meter, Usage};

/// Makes the models that secretscan judges with.
#[derive(Debug, Parser)]
#[command(name = "trainer", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// The steps.
#[derive(Debug, Subcommand)]
enum Command {
    /// Build, check, count and show sets of examples.
    #[command(subcommand)]
    Data(crate::data::command::Command),
    /// Train the feature model; score sets with it.
    #[command(subcommand)]
    Boost(crate::boost::command::Command),
    /// Stack both models; choose bounds and presets on validation examples.
    Calibrate(crate::calibrate::command::Arguments),
    /// Convert, package and compare GGUF files.
    #[command(subcommand)]
    Gguf(crate::gguf::command::Command),
    /// State the commands that rebuild a shipped model.
    Reproduce(crate::reproduce::Arguments),
    /// Prove that an adapter is whole, learns, is applied, and is the same in every form.
    VerifyAdapter(crate::adapter::verify::Arguments),
    /// Merge an adapter into its base: a checkpoint.
    Merge(crate::adapter::command::Merge),
    /// Convert adapters.
    #[command(subcommand)]
    Adapter(crate::adapter::command::Command),
    /// Train a language model on text and questions, from fresh weights.
    Pretrain(crate::train::command::RunArgs),
    /// Ask a trained network about a set of examples.
    Score(crate::train::command::Score),
    /// Measure how fast this machine trains.
    Speed(crate::train::command::Speed),
    /// Generate synthetic examples.
    #[command(subcommand)]
    Synth(crate::synth::command::Command),
    /// Learn a vocabulary from text.
    Tokenizer(crate::train::command::Tokenizer),
    /// Train a network on verdicts, from a pre-trained one or from fresh weights: all its weights, or a LoRA adapter over them.
    ///
    /// The settings' table [method] says what is trained: kind = "full" (also without the table), or kind = "lora" with r, alpha,
    /// dropout, target_modules and use_rslora, over the weights in `init`, which stay as they are. Of the latter, best/ and
    /// last/ are adapters in PEFT's form, for `verify-adapter`, `merge` and `adapter convert`.
    ///
    /// Tables [[data.phases]], each with `until` (the first step after it) and `weights` (factors by source; with 0 it is not
    /// asked), make a curriculum. After the last phase, and without any, all questions are asked.
    Train(crate::train::command::RunArgs),
}

/// Runs the program, and says on standard error what the step cost. Exit status 0, 1 for a step that failed, 2 for a wrong
/// command line.
pub fn main() -> ExitCode {
    let meter = Meter::start();
    let result = match Arguments::parse().command {
        Command::Data(command) => crate::data::command::run(command),
        Command::Boost(command) => crate::boost::command::run(&command),
        Command::Calibrate(arguments) => crate::calibrate::command::run(&arguments),
        Command::Gguf(command) => crate::gguf::command::run(command),
        Command::Reproduce(arguments) => crate::reproduce::run(&arguments),
        Command::VerifyAdapter(arguments) => crate::adapter::verify::run(&arguments),
        Command::Merge(arguments) => crate::adapter::command::merge(&arguments),
        Command::Adapter(command) => crate::adapter::command::run(command),
        Command::Pretrain(args) => crate::train::command::pretrain(&args),
        Command::Score(args) => crate::train::command::score(&args),
        Command::Speed(args) => crate::train::command::speed(&args),
        Command::Synth(command) => crate::synth::command::run(command),
        Command::Tokenizer(args) => crate::train::command::tokenizer(&args),
        Command::Train(args) => crate::train::command::train(&args),
    };
    match result {
        Ok(()) => {
            let Usage { wall_s, cpu_s, peak_mib } = meter.usage();
            anstream::eprintln!("took {wall_s:.1} s, {cpu_s:.1} s of processors, at most {peak_mib:.0} MiB");
            ExitCode::SUCCESS
        }
        Err(error) => {
            anstream::eprintln!("trainer: {error:#}");
            ExitCode::FAILURE
        }
    }
}
