//! `evaluator set`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::ensure;
use secretscan::judge::cascade::Cascade;
use secretscan::judge::model::{self, ModelSource};
use secretscan::judge::{Model, Profile, Query};
use secretscan::scan::Preset;
use sha2::{Digest as _, Sha256};
use trainer::example::{Example, Split};

use super::answer::{self, Scorer, Source};
use super::{ask, read, seen};
use crate::collection::system::name_of;
use crate::figures::{self, Settings, Tables};
use crate::metrics::{Dimension, calibration};
use crate::report::{Dataset, Measured, Report, SystemReport, TOOL, VERSION, class_counts};
use crate::scored::{Answer, Item};
use crate::statistics::Bootstrap;
use crate::{compare, model_file};

/// What to measure, and how.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A set (JSONL); repeatable.
    #[arg(long, value_name = "FILE", required = true)]
    pub set: Vec<PathBuf>,
    /// Measure a set without leakage receipt; the gate refuses such results.
    #[arg(long)]
    pub without_receipt: bool,
    /// Use examples of this split only.
    #[arg(long, value_parser = split)]
    pub split: Option<Split>,
    /// At most so many examples, those with the smallest hashes of their ids.
    #[arg(long, value_name = "N")]
    pub max_examples: Option<usize>,
    /// What is measured.
    #[command(flatten)]
    pub systems: Systems,
}

/// The systems and the settings of figures.
#[derive(Debug, Clone, clap::Args)]
pub struct Systems {
    /// Who answers; repeatable.
    #[arg(long, value_enum, value_delimiter = ',',
          default_values_t = [Scorer::Random, Scorer::Majority, Scorer::Rules, Scorer::Score])]
    pub scores: Vec<Scorer>,
    /// Threshold; repeatable.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Preset::Balanced])]
    pub preset: Vec<Preset>,
    /// A GGUF, for features, auto and all; repeatable. Without one, what is built into the scanner.
    #[arg(long, value_name = "FILE")]
    pub model: Vec<PathBuf>,
    /// How models are asked, if not as they say themselves.
    #[arg(long, value_enum)]
    pub profile: Option<Profile>,
    /// Database of the models' answers (salted hashes only): a stopped run goes on where it was.
    #[arg(long, value_name = "FILE")]
    pub cache: Option<PathBuf>,
    /// At most so many examples of a repository, kind and class in the capped figures.
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub cap: usize,
    /// Groups to tell apart.
    #[arg(long, value_enum, value_delimiter = ',',
          default_values_t = [Dimension::Stratum, Dimension::Source, Dimension::HeldOut, Dimension::Kind, Dimension::Language,
                              Dimension::Place])]
    pub slice: Vec<Dimension>,
    /// Resamples of every interval.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1000..))]
    pub resamples: u64,
    /// Seed of the resamples and of the coin.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

impl Default for Systems {
    fn default() -> Self {
        Self {
            scores: vec![Scorer::Rules, Scorer::Score],
            preset: vec![Preset::Balanced],
            model: Vec::new(),
            profile: None,
            cache: None,
            cap: 200,
            slice: vec![Dimension::Stratum, Dimension::Source, Dimension::HeldOut],
            resamples: 2000,
            seed: 1,
        }
    }
}

fn split(name: &str) -> Result<Split, String> {
    match name {
        "train" => Ok(Split::Train),
        "validation" => Ok(Split::Validation),
        "test" => Ok(Split::Test),
        _ => Err("not train, validation or test".to_owned()),
    }
}

/// Reads the sets and measures.
pub fn run(arguments: &Arguments) -> anyhow::Result<Measured> {
    let mut examples = Vec::new();
    let (mut names, mut hashes, mut receipts) = (Vec::new(), Vec::new(), Vec::new());
    for path in &arguments.set {
        let set = read::read(path, arguments.without_receipt)?;
        examples.extend(set.examples);
        names.push(path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()));
        hashes.push(set.sha256);
        receipts.extend(set.receipt);
    }
    if let Some(split) = arguments.split {
        examples.retain(|example| example.split == split);
    }
    if let Some(most) = arguments.max_examples {
        examples.sort_by_cached_key(|example| Sha256::digest(example.id.as_bytes()).to_vec());
        examples.truncate(most);
    }
    ensure!(!examples.is_empty(), "no example is left to measure on; check --split and --max-examples");
    let dataset = Dataset {
        name: names.join("+"),
        split: arguments.split.map_or_else(String::new, |split| format!("{split:?}").to_lowercase()),
        sha256: hashes.join("+"),
        receipt: (!receipts.is_empty()).then(|| receipts.join("+")),
        ..Dataset::default()
    };
    measure(&examples, dataset, &arguments.systems)
}

/// Measures examples that are already here. Of `dataset`, counts are filled in.
pub fn measure(examples: &[Example], dataset: Dataset, systems: &Systems) -> anyhow::Result<Measured> {
    let models = models(systems)?;
    let engine = trainer::prepare::engine();
    let cascades = models
        .iter()
        .map(|source| Ok(model::cascade(source.clone())?))
        .collect::<anyhow::Result<Vec<Option<Cascade>>>>()?;
    let seen = seen::see(examples, &engine, &cascades);
    let items: Vec<Item> = seen.iter().map(|one| one.item.clone()).collect();
    let mut answered: Vec<(SystemReport, Vec<Answer>)> = Vec::new();
    for &scorer in &systems.scores {
        if !scorer.needs_model() {
            // Thresholds mean something to the score only.
            let presets =
                if scorer == Scorer::Score { systems.preset.as_slice() } else { &systems.preset[..1] };
            for &preset in presets {
                let answers = answer::plain(scorer, &seen, preset, systems.seed);
                answered.push((describe(systems, scorer, preset, None)?, answers));
            }
            continue;
        }
        for (n, source) in models.iter().enumerate() {
            let cascade = cascades[n].as_ref();
            let asked = asked(scorer, &seen, source, n, cascade, systems)?;
            for &preset in &systems.preset {
                let part = Source { model: n, cascade, asked: &asked.answers };
                let answers = answer::with_model(scorer, &seen, part, preset);
                let mut report = describe(systems, scorer, preset, Some(source))?;
                asked.name.clone_into(&mut report.judge);
                report.model_sha256.clone_from(&asked.sha256);
                report.counts.insert("asked".to_owned(), asked.count);
                answered.push((report, answers));
            }
        }
    }
    Ok(report(dataset, &items, &seen, answered, systems))
}

/// The model files to use; none if no system needs one.
fn models(systems: &Systems) -> anyhow::Result<Vec<ModelSource>> {
    if !systems.scores.iter().any(|scorer| scorer.needs_model()) {
        return Ok(Vec::new());
    }
    if systems.model.is_empty() {
        let built_in = model::built_in();
        ensure!(built_in.is_some(), "features, auto and all need a model: give one with --model FILE");
        return Ok(built_in.into_iter().collect());
    }
    Ok(systems.model.iter().cloned().map(ModelSource::File).collect())
}

/// What a language model said.
#[derive(Default)]
struct Asked {
    answers: Vec<f32>,
    name: String,
    sha256: Option<String>,
    count: u64,
}

fn asked(
    scorer: Scorer,
    seen: &[seen::Seen],
    source: &ModelSource,
    n: usize,
    cascade: Option<&Cascade>,
    systems: &Systems,
) -> anyhow::Result<Asked> {
    let mut result = Asked { answers: vec![0.0; seen.len()], ..Asked::default() };
    if !scorer.asks() {
        result.name = cascade.map_or_else(|| "score (no feature model)".to_owned(), |c| c.name.clone());
        return Ok(result);
    }
    let model = Model::open(source.clone(), systems.profile)?;
    let mut places = Vec::new();
    let mut queries: Vec<Query> = Vec::new();
    for (at, one) in seen.iter().enumerate() {
        let Some(found) = one.candidate.as_ref().filter(|f| answer::is_asked(scorer, f, n, cascade)) else {
            continue;
        };
        let prior = found.opinions[n].map_or(0.0, |opinion| opinion.log_odds);
        places.push(at);
        queries.push(Query { prior, ..found.query.clone() });
    }
    let bar = crate::collection::command::progress(queries.len() as u64);
    bar.set_message(model.name().to_owned());
    let answers = ask::ask(&model, &queries, systems.cache.as_deref(), &bar)?;
    bar.finish_and_clear();
    for (&at, p) in places.iter().zip(answers) {
        result.answers[at] = p;
    }
    model.name().clone_into(&mut result.name);
    result.sha256 = Some(model.sha256().to_owned());
    result.count = places.len() as u64;
    Ok(result)
}

fn describe(
    systems: &Systems,
    scorer: Scorer,
    preset: Preset,
    source: Option<&ModelSource>,
) -> anyhow::Result<SystemReport> {
    let mut name = name_of(&scorer);
    let mut settings = BTreeMap::from([("scores".to_owned(), name.clone())]);
    if let Some(ModelSource::File(path)) = source {
        let file = path.file_name().map_or_else(String::new, |f| f.to_string_lossy().into_owned());
        if systems.model.len() > 1 {
            name = format!("{name}:{}", file.trim_end_matches(".gguf"));
        }
        settings.insert("model".to_owned(), file);
    }
    if scorer.needs_model() || scorer == Scorer::Score {
        name = format!("{name}/{}", name_of(&preset));
        settings.insert("preset".to_owned(), name_of(&preset));
    }
    let encoding = match source.filter(|_| scorer.asks()) {
        Some(source) => model_file::encoding(source)?,
        None => None,
    };
    Ok(SystemReport { name, settings, encoding, ..SystemReport::default() })
}

/// What each scope of figures counts.
fn scopes(cap: usize) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("capped".to_owned(), format!("at most {cap} examples of a repository, kind and class")),
        ("all".to_owned(), "every example".to_owned()),
    ])
}

fn report(
    dataset: Dataset,
    items: &[Item],
    seen: &[seen::Seen],
    answered: Vec<(SystemReport, Vec<Answer>)>,
    systems: &Systems,
) -> Measured {
    let bootstrap =
        Bootstrap { resamples: systems.resamples as usize, seed: systems.seed, ..Bootstrap::default() };
    let settings = Settings { bootstrap, probabilities: true, slices: systems.slice.clone() };
    let all: Vec<usize> = (0..items.len()).collect();
    let capped = figures::capped(items, systems.cap);
    let mut repos: Vec<&str> = items.iter().map(|item| item.repo.as_str()).collect();
    repos.sort_unstable();
    repos.dedup();
    let missed = seen.iter().filter(|one| one.candidate.is_none() && one.item.positive()).count() as u64;
    let dataset = Dataset {
        repositories: repos.len() as u64,
        items: class_counts(items),
        counts: BTreeMap::from([("credentials without a candidate".to_owned(), missed)]),
        ..dataset
    };
    let (mut reports, mut answers) = (Vec::new(), Vec::new());
    for (mut report, given) in answered {
        report.measures = figures::of(items, &given, &capped, "capped", &settings);
        let plain = Settings { slices: Vec::new(), ..settings.clone() };
        report.measures.extend(figures::of(items, &given, &all, "all", &plain));
        report.reliability =
            calibration::reliability(&figures::outcomes(items, &given, &capped), calibration::BINS);
        let broken = given.iter().filter(|answer| !(0.0..=1.0).contains(&answer.p)).count() as u64;
        report.counts.insert("unparsable".to_owned(), broken);
        let scopes: [(&str, &[usize]); 2] = [("capped", &capped), ("all", &all)];
        report.tables = Tables::of(items, &given, &scopes, Some(&capped));
        reports.push(report);
        answers.push(given);
    }
    let named: Vec<(&str, &[Answer])> = reports
        .iter()
        .zip(&answers)
        .map(|(report, given)| (report.name.as_str(), given.as_slice()))
        .collect();
    let comparisons = compare::all_pairs(items, &named, true, bootstrap);
    let report = Report {
        version: VERSION,
        kind: "set".to_owned(),
        scopes: scopes(systems.cap),
        warnings: Vec::new(),
        tool: TOOL.to_owned(),
        dataset,
        cap: systems.cap as u64,
        bootstrap: (systems.resamples, systems.seed),
        systems: reports,
        comparisons,
    };
    Measured { report, items: items.to_vec(), answers }
}
