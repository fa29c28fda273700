//! `evaluator gate`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::{Gate, Verdict, check, frozen};
use crate::report::table::table;
use crate::report::{Measured, Report, VERSION};
use crate::set::command::{self as set, Systems};

/// Which form of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// Measure now on generated and handwritten examples; for CI.
    Frozen,
    /// Hold results of `collection` and `set` against the limits; for shipping.
    Full,
}

/// Hold results against limits; exit status 1 with the reasons if any fails.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The limits.
    #[arg(value_name = "GATE.toml")]
    pub gate: PathBuf,
    /// Which form.
    #[arg(long = "set", value_enum, default_value = "frozen")]
    pub form: Form,
    /// Results to hold against it (JSON of `collection` or `set`); repeatable.
    #[arg(long, value_name = "FILE")]
    pub results: Vec<PathBuf>,
    /// Results of the last shipped model, for regressions; repeatable.
    #[arg(long, value_name = "FILE")]
    pub previous: Vec<PathBuf>,
    /// Results of the same model's unquantized file, for what quantization costs; repeatable.
    #[arg(long, value_name = "FILE")]
    pub unquantized: Vec<PathBuf>,
    /// Write what a later gate's --previous needs of the frozen form's results to this file.
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
    /// Root of this project's repository, where the handwritten examples lie.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub repository: PathBuf,
    /// A GGUF for the frozen form. Without one, what is built into the scanner.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Database of the model's answers (salted hashes only).
    #[arg(long, value_name = "FILE")]
    pub cache: Option<PathBuf>,
    /// Resamples of every interval.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1000..))]
    pub resamples: u64,
}

/// What the gate says, and what it measured itself.
#[derive(Debug)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Results of the frozen form.
    pub measured: Option<Measured>,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let gate = Gate::read(&arguments.gate)?;
    let previous = reports(&arguments.previous)?;
    let unquantized = reports(&arguments.unquantized)?;
    match arguments.form {
        Form::Frozen => {
            let (examples, dataset) = frozen::examples(&gate.frozen, &arguments.repository)?;
            let systems = Systems {
                scores: gate.frozen.scores.clone(),
                model: arguments.model.clone().into_iter().collect(),
                cache: arguments.cache.clone(),
                resamples: arguments.resamples,
                ..Systems::default()
            };
            let measured = set::measure(&examples, dataset, &systems)?;
            if let Some(path) = &arguments.summary {
                let summary = measured.report.summary(gate.system("set", "shipped"));
                let text =
                    serde_json::to_string_pretty(&summary).context("the summary is not serialisable")?;
                std::fs::write(path, text + "\n")
                    .with_context(|| format!("cannot write {}", path.display()))?;
            }
            let verdict =
                check(&gate, "frozen", std::slice::from_ref(&measured.report), &previous, &unquantized);
            Ok(Outcome { verdict, measured: Some(measured) })
        }
        Form::Full => {
            ensure!(
                !arguments.results.is_empty(),
                "the full form needs results: give the JSON of `evaluator collection --output FILE` with --results FILE"
            );
            ensure!(
                arguments.summary.is_none(),
                "--summary is of the frozen form; the full form's results are files already"
            );
            let verdict = check(&gate, "full", &reports(&arguments.results)?, &previous, &unquantized);
            Ok(Outcome { verdict, measured: None })
        }
    }
}

fn reports(paths: &[PathBuf]) -> anyhow::Result<Vec<Report>> {
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> anyhow::Result<Report> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let report: Report = serde_json::from_str(&text)
        .with_context(|| format!("{} is no result of `collection` or `set`", path.display()))?;
    ensure!(
        report.version == VERSION,
        "{} has version {}, this program reads {VERSION}; measure again",
        path.display(),
        report.version
    );
    Ok(report)
}

/// The verdict as text.
pub fn render(verdict: &Verdict) -> String {
    let mut text = String::new();
    let rows = verdict.checked.iter().map(|one| {
        let held = if one.holds { "holds" } else { "FAILS" };
        let measured = one.measured.map_or_else(String::new, |value| format!("{value:.4}"));
        vec![one.text.clone(), measured, held.to_owned()]
    });
    let _ = writeln!(text, "{}", table(&["limit", "measured", ""], rows));
    let _ = writeln!(text, "weighted score {:.3}", verdict.score());
    for remark in &verdict.remarks {
        let _ = writeln!(text, "note: {remark}");
    }
    if verdict.passes() {
        let _ = writeln!(text, "the gate PASSES");
        return text;
    }
    let _ = writeln!(text, "the gate FAILS:");
    for reason in verdict.reasons() {
        let _ = writeln!(text, "  {reason}");
    }
    text
}
