//! `evaluator collection`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use secretscan::judge::Profile;
use secretscan::scan::{JudgeMode, Preset, Scanner};
use trainer::data::split;
use trainer::example::Split;

use super::figures::Context;
use super::run::{Labelled, RepositoryRun};
use super::system::System;
use super::{figures, label, leakage, readers, run};
use crate::compare;
use crate::figures::Settings;
use crate::metrics::Dimension;
use crate::report::{Dataset, Measured, Report, TOOL, VERSION};
use crate::scored::{Answer, Item};
use crate::statistics::Bootstrap;

/// Repositories to measure on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Held out.
    Test,
    /// Stopping, calibration, presets.
    Validation,
    /// What models are fitted on.
    Train,
    /// Train and validation: all that may be looked at.
    Dev,
}

impl Part {
    fn holds(self, split: Split) -> bool {
        match self {
            Self::Test => split == Split::Test,
            Self::Validation => split == Split::Validation,
            Self::Train => split == Split::Train,
            Self::Dev => split != Split::Test,
        }
    }
}

/// What to measure, and how.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folder with repositories.csv, classes.csv and meta/.
    #[arg(long, value_name = "FOLDER")]
    pub collection: PathBuf,
    /// Folder with one checkout a repository.
    #[arg(long, value_name = "FOLDER")]
    pub checkouts: PathBuf,
    /// Repositories to measure on.
    #[arg(long)]
    pub split: Part,
    /// Who judges; repeatable.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [JudgeMode::Off])]
    pub judge: Vec<JudgeMode>,
    /// Threshold; repeatable.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Preset::Balanced])]
    pub preset: Vec<Preset>,
    /// Threshold as a number, besides the presets; repeatable.
    #[arg(long, value_name = "P", value_delimiter = ',')]
    pub min_confidence: Vec<f32>,
    /// A GGUF to judge with; repeatable.
    #[arg(long, value_name = "FILE")]
    pub model: Vec<PathBuf>,
    /// The receipt of the models' training data; without it receipt.json beside a model file, and the built-in model's own.
    #[arg(long, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
    /// Readers' labels of findings that the collection does not label (CSV as trainer/data/labels/readers.csv, with a column
    /// weight for samples); repeatable. Their figures are in scope `readers`, never in the headline.
    #[arg(long, value_name = "CSV")]
    pub reader_labels: Vec<PathBuf>,
    /// How models are asked, if not as they say themselves.
    #[arg(long, value_enum)]
    pub profile: Option<Profile>,
    /// Do not scan once more with threshold 0, which tells the probability of what is not reported: no ranking, no
    /// calibration.
    #[arg(long)]
    pub no_curve: bool,
    /// Database of the models' answers (salted hashes only), so that several thresholds ask once.
    #[arg(long, value_name = "FILE")]
    pub cache: Option<PathBuf>,
    /// At most so many labels of a repository, category and class in the capped figures.
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub cap: usize,
    /// Only these repositories; repeatable.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub repository: Vec<String>,
    /// At most so many repositories.
    #[arg(long, value_name = "N")]
    pub max_repositories: Option<usize>,
    /// Threads of a scan; 0: one a core.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub threads: usize,
    /// Groups to tell apart.
    #[arg(long, value_enum, value_delimiter = ',',
          default_values_t = [Dimension::Kind, Dimension::Language, Dimension::Place])]
    pub slice: Vec<Dimension>,
    /// Resamples of every interval.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1000..))]
    pub resamples: u64,
    /// Seed of the resamples.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Write a line of JSON for each repository to this file, as it goes.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
}

/// Runs everything. Progress goes to the terminal's standard error.
pub fn run(arguments: &Arguments) -> anyhow::Result<Measured> {
    let collection = arguments.collection.as_path();
    let repos = chosen(arguments)?;
    let told = People {
        labels: label::read(collection, &repos)?,
        readers: readers::read(&arguments.reader_labels, collection)?,
    };
    let systems = systems(arguments)?;
    let leakages = systems
        .iter()
        .map(|system| leakage::of(system, arguments.receipt.as_deref(), &repos))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (all, twins) = with_twins(&systems, !arguments.no_curve);
    let runs = scanned(arguments, &repos, &told, &all)?;
    let gathered = figures::gather(&runs, systems.len(), twins.as_deref());
    let bootstrap =
        Bootstrap { resamples: arguments.resamples as usize, seed: arguments.seed, ..Bootstrap::default() };
    let settings =
        Settings { bootstrap, probabilities: !arguments.no_curve, slices: arguments.slice.clone() };
    let context = Context {
        runs: &runs,
        gathered: &gathered,
        twins: twins.as_deref(),
        cap: arguments.cap,
        settings: &settings,
    };
    let mut warnings = Vec::new();
    let mut reports = Vec::with_capacity(systems.len());
    for (n, (system, leakage)) in systems.iter().zip(leakages).enumerate() {
        let mut report = figures::system_report(system, n, context)?;
        if let Some(leakage) = leakage {
            warnings.extend(leakage.warnings(&system.name, repos.len()));
            leakage.note(&mut report);
        }
        reports.push(report);
    }
    let named: Vec<(&str, &[Answer])> =
        systems.iter().zip(&gathered.answers).map(|(s, a)| (s.name.as_str(), a.as_slice())).collect();
    let report = Report {
        version: VERSION,
        kind: "collection".to_owned(),
        tool: TOOL.to_owned(),
        dataset: dataset(arguments, &repos, &told.labels, &runs, &gathered.items)?,
        cap: arguments.cap as u64,
        scopes: figures::scopes(context),
        warnings,
        bootstrap: (arguments.resamples, arguments.seed),
        systems: reports,
        comparisons: compare::all_pairs(&gathered.items, &named, !arguments.no_curve, bootstrap),
    };
    Ok(Measured { report, items: gathered.items, answers: gathered.answers })
}

/// What people say, by repository.
struct People {
    labels: BTreeMap<String, label::Labels>,
    readers: BTreeMap<String, Vec<readers::Read>>,
}

/// Scans every repository with every system.
fn scanned(
    arguments: &Arguments,
    repos: &[String],
    told: &People,
    systems: &[System],
) -> anyhow::Result<Vec<RepositoryRun>> {
    let checkouts = std::path::absolute(&arguments.checkouts)?;
    let scanners = systems
        .iter()
        .map(|system| Scanner::new(system.options(arguments.threads)).with_context(|| system.name.clone()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut log = match &arguments.log {
        Some(path) => Some(
            std::fs::File::create(path)
                .with_context(|| format!("cannot write the log {}", path.display()))?,
        ),
        None => None,
    };
    let bar = progress(repos.len() as u64);
    let mut runs = Vec::with_capacity(repos.len());
    for repo in repos {
        bar.set_message(repo.clone());
        let labelled = Labelled {
            labels: &told.labels[repo],
            readers: told.readers.get(repo).map_or(&[][..], Vec::as_slice),
        };
        let run = run::repository(&checkouts, repo, labelled, &scanners)?;
        if let Some(log) = &mut log {
            writeln!(log, "{}", log_line(&run, systems))?;
        }
        runs.push(run);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(runs)
}

/// The repositories of the split, in the collection's order.
fn chosen(arguments: &Arguments) -> anyhow::Result<Vec<String>> {
    let mut repos = label::repositories(&arguments.collection)?;
    for wanted in &arguments.repository {
        ensure!(
            repos.contains(wanted),
            "repository {wanted:?} is not in repositories.csv; give an id of its first column"
        );
    }
    repos.retain(|repo| arguments.split.holds(split::of_repository(repo)));
    if !arguments.repository.is_empty() {
        repos.retain(|repo| arguments.repository.contains(repo));
    }
    repos.truncate(arguments.max_repositories.unwrap_or(usize::MAX));
    ensure!(!repos.is_empty(), "no repository is left to measure on; check --split and --repository");
    Ok(repos)
}

fn systems(arguments: &Arguments) -> anyhow::Result<Vec<System>> {
    let models = arguments.model.iter().map(std::path::absolute).collect::<Result<Vec<_>, _>>()?;
    for p in &arguments.min_confidence {
        ensure!((0.0..=1.0).contains(p), "--min-confidence {p} is not between 0 and 1");
    }
    let presets = arguments.preset.as_slice();
    let cache = arguments.cache.as_ref().map(std::path::absolute).transpose()?;
    let systems =
        System::product(&arguments.judge, presets, &models, arguments.profile, &arguments.min_confidence);
    Ok(systems.into_iter().map(|system| System { cache: cache.clone(), ..system }).collect())
}

/// The systems, and with a curve also one with threshold 0 for each judge; the second list gives each system's.
fn with_twins(systems: &[System], curve: bool) -> (Vec<System>, Option<Vec<usize>>) {
    let mut all = systems.to_vec();
    if !curve {
        return (all, None);
    }
    let mut twins = Vec::new();
    for system in systems {
        let open = System { min_confidence: Some(0.0), name: String::new(), ..system.clone() };
        let same = |other: &System| {
            other.min_confidence == open.min_confidence
                && (&other.model, other.judge, other.profile) == (&open.model, open.judge, open.profile)
        };
        let at = all.iter().position(same).unwrap_or(all.len());
        if at == all.len() {
            all.push(System { name: format!("{} (threshold 0)", system.name), ..open });
        }
        twins.push(at);
    }
    (all, Some(twins))
}

fn dataset(
    arguments: &Arguments,
    repos: &[String],
    labels: &BTreeMap<String, label::Labels>,
    runs: &[RepositoryRun],
    items: &[Item],
) -> anyhow::Result<Dataset> {
    let mut counts = BTreeMap::new();
    let mut add = |name: &str, n: usize| *counts.entry(name.to_owned()).or_default() += n as u64;
    for labels in labels.values() {
        add("merged rows", labels.merged);
        add("contradictory places left out", labels.ambiguous);
    }
    for run in runs {
        add("labels without a file", run.missing.len());
        add("readers' labels", run.readers.len());
    }
    Ok(Dataset {
        name: "collection".to_owned(),
        split: super::system::name_of(&arguments.split),
        sha256: label::digest(&arguments.collection, repos)?,
        repositories: repos.len() as u64,
        items: crate::report::class_counts(items),
        counts,
        receipt: None,
    })
}

fn log_line(run: &RepositoryRun, systems: &[System]) -> serde_json::Value {
    let systems: Vec<_> = systems
        .iter()
        .zip(&run.systems)
        .map(|(system, outcome)| {
            serde_json::json!({
                "system": system.name,
                "findings": outcome.findings,
                "hits": outcome.hits.iter().flatten().count(),
                "unlabelled": outcome.unlabelled.values().sum::<u64>(),
                "failures": outcome.failures,
                "seconds": outcome.seconds,
            })
        })
        .collect();
    serde_json::json!({
        "repository": run.repo,
        "labels": run.golds.len(),
        "missing": run.missing,
        "systems": systems,
    })
}

/// A bar on a terminal; nothing elsewhere.
pub(crate) fn progress(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {elapsed} (left {eta})")
        .expect("the template is a constant that parses");
    ProgressBar::new(length).with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;
    use secretscan::scan::Options;

    #[test]
    fn systems_of_one_judge_share_a_run_with_threshold_zero() {
        let presets = [Preset::Strict, Preset::Recall];
        let models = [PathBuf::from("/m/a.gguf")];
        let systems = System::product(&[JudgeMode::Off, JudgeMode::Auto], &presets, &models, None, &[]);
        let (all, twins) = with_twins(&systems, true);
        assert_eq!(all.len(), 6);
        assert_eq!(twins, Some(vec![4, 4, 5, 5]));
        assert_eq!(all[5].judge, JudgeMode::Auto);
        assert_eq!(with_twins(&systems, false).0.len(), 4);
    }

    #[test]
    fn dev_is_everything_but_the_held_out_part() {
        for split in [Split::Train, Split::Validation, Split::Test] {
            assert_ne!(Part::Dev.holds(split), Part::Test.holds(split));
        }
    }

    #[test]
    fn options_are_those_of_a_full_scan() {
        let system = System::product(&[JudgeMode::Off], &[Preset::Balanced], &[], None, &[]).remove(0);
        let options = system.options(1);
        assert!(!options.inline_allow && !options.respect_gitignore);
        assert_eq!(options.tests, secretscan::scan::TestPolicy::Keep);
        assert!(Options::default().inline_allow, "the default differs, so the line above tells something");
    }
}
