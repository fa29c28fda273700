//! `trainer calibrate`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use secretscan::judge::cascade::Thresholds;

use super::{Point, Stack, logistic, thresholds};
use crate::example::{Class, Example, Label};
use crate::gguf::package::Verdicts;

/// Fit the stack of both models on validation examples; choose bounds and presets.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Examples (JSONL); only those with a line in both score files count.
    #[arg(long)]
    set: PathBuf,
    /// Feature model's log-odds: `id<TAB>log-odds` (from `trainer boost score`).
    #[arg(long)]
    priors: PathBuf,
    /// Language model's logits: `id<TAB>delta…` (from `trainer score --gguf`, of the file that ships).
    #[arg(long)]
    scores: PathBuf,
    /// Sources that count.
    #[arg(long, value_delimiter = ',', default_value = "credata,unlabelled,reader")]
    sources: Vec<String>,
    /// The settings to write (JSON).
    #[arg(long)]
    out: PathBuf,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let priors = column(&arguments.priors)?;
    let deltas = column(&arguments.scores)?;
    let text = std::fs::read_to_string(&arguments.set)
        .with_context(|| format!("cannot read {}", arguments.set.display()))?;
    let mut points = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let example: Example = serde_json::from_str(line)
            .with_context(|| format!("{}:{} is no example", arguments.set.display(), n + 1))?;
        if !arguments.sources.contains(&example.source) {
            continue;
        }
        let (Some(&prior), Some(&delta)) = (priors.get(&example.id), deltas.get(&example.id)) else {
            continue;
        };
        points.push(Point {
            alert: example.label == Label::Alert,
            real: example.class == Class::Real,
            weight: f64::from(example.weight),
            prior,
            delta,
        });
    }
    if points.iter().all(|point| point.alert) || points.iter().all(|point| !point.alert) {
        bail!("{} examples with both scores, but not of both labels; give the matching files", points.len());
    }
    let stack = Stack::fit(&points);
    let scored = |p: &dyn Fn(&Point) -> f64| -> Vec<thresholds::Scored> {
        points.iter().map(|point| (p(point), point.weight, point.alert)).collect()
    };
    let together = scored(&|point| stack.probability(point));
    let alone = scored(&|point| logistic(point.prior));
    let named = |[strict, balanced, recall]: [f64; 3]| Thresholds {
        strict: strict as f32,
        balanced: balanced as f32,
        recall: recall as f32,
    };
    let verdicts = Verdicts {
        temperature: (1.0 / stack.scale.max(1e-3)) as f32,
        bias: stack.bias as f32,
        prior: stack.prior as f32,
        bounds: thresholds::bounds(&alone).map(|bound| bound as f32),
        presets: named(thresholds::presets(&together)),
        features: named(thresholds::presets(&alone)),
    };
    let feature_model = Stack { prior: 1.0, scale: 0.0, bias: 0.0 };
    let real = points.iter().filter(|point| point.real).count();
    anstream::println!(
        "{} examples ({real} real); log-loss: feature model {:.4}, stack {:.4}\n{}",
        points.len(),
        feature_model.log_loss(&points),
        stack.log_loss(&points),
        serde_json::to_string_pretty(&verdicts)?
    );
    std::fs::write(&arguments.out, serde_json::to_string_pretty(&verdicts)? + "\n")
        .with_context(|| format!("cannot write {}", arguments.out.display()))
}

/// The first number after the id on every line.
fn column(path: &Path) -> anyhow::Result<BTreeMap<String, f64>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.lines()
        .enumerate()
        .filter(|(n, line)| !(line.is_empty() || *n == 0 && line.starts_with("id\t")))
        .map(|(n, line)| {
            let mut fields = line.split('\t');
            let id = fields.next().unwrap_or_default();
            let number = fields.next().and_then(|field| field.parse::<f64>().ok()).filter(|x| x.is_finite());
            let number = number
                .with_context(|| format!("{}:{} holds no number after the id", path.display(), n + 1))?;
            Ok((id.to_owned(), number))
        })
        .collect()
}
