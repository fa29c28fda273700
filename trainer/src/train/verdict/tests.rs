use std::path::Path;

use super::*;
use crate::train::curriculum::tests::with_sources;
use crate::train::lesson::Answers;
use crate::train::question::tests::{examples, write};
use crate::train::run::{self, Context};
use crate::train::score::{self, Asked};
use crate::train::tests::{loop_config, shape};
use crate::train::tokenizer;

pub(in crate::train) fn config(directory: &Path) -> VerdictConfig {
    let files = ["train.jsonl", "validation.jsonl"].map(|name| directory.join(name));
    write(&files[0], &examples(48, Split::Train));
    let validation: Vec<_> = examples(24, Split::Validation)
        .into_iter()
        .map(|e| crate::example::Example { id: format!("v/{}", e.id), ..e })
        .collect();
    write(&files[1], &validation);
    let priors = directory.join("priors.tsv");
    let ids =
        examples(48, Split::Train).into_iter().map(|e| e.id).chain(validation.into_iter().map(|e| e.id));
    let lines: Vec<String> =
        ids.enumerate().map(|(n, id)| format!("{id}\t{}", (n % 3) as f32 - 1.0)).collect();
    std::fs::write(&priors, lines.join("\n")).unwrap();
    let mut run = loop_config();
    (run.steps, run.schedule.rate, run.validate_every) = (60, 5e-3, 20);
    VerdictConfig {
        run,
        init: None,
        tokenizer: Some(tokenizer::tests::small(directory)),
        model: shape(),
        method: Method::default(),
        data: DataConfig {
            weights: BTreeMap::new(),
            decide: Vec::new(),
            train: vec![files[0].clone()],
            validation: vec![files[1].clone()],
            priors: vec![priors],
            allow_missing_priors: false,
            questions: 16,
            validate_most: 0,
            doubtful: 0.5,
            phases: Vec::new(),
        },
        loss: LossConfig::default(),
        augmentation: Augmentation::default(),
    }
}

/// How much of a run is done at a time, and how.
#[derive(Clone, Copy)]
pub(in crate::train) struct Part {
    pub(in crate::train) threads: usize,
    pub(in crate::train) stop_after: Option<u64>,
    pub(in crate::train) resume: bool,
}

impl Default for Part {
    fn default() -> Self {
        Self { threads: 2, stop_after: None, resume: false }
    }
}

pub(in crate::train) fn train(config: &VerdictConfig, out: &Path) -> anyhow::Result<run::Outcome> {
    train_part(config, out, Part::default())
}

pub(in crate::train) fn train_part(
    config: &VerdictConfig,
    out: &Path,
    Part { threads, stop_after, resume }: Part,
) -> anyhow::Result<run::Outcome> {
    let file = config.tokenizer()?;
    let (vocabulary, size) = tokenizer::load(&file)?;
    let encoder = Encoder::new(vocabulary)?;
    let mut task = Verdicts::new(config, &encoder)?;
    let (shape, weights) = config.weights(size, &Device::Cpu)?;
    let (learner, fresh) = config.learner(&shape, weights, &Device::Cpu)?;
    let network = Network::new(&shape, Answers::of(&encoder), &Device::Cpu, threads, config.run.precision)?;
    std::fs::create_dir_all(out)?;
    let context = Context {
        directory: out,
        network: &network,
        learner: &learner,
        device: &Device::Cpu,
        tokenizer: &file,
        config: &config.run,
        settings: &toml::to_string(config)?,
        resume,
        stop_after,
    };
    run::run(&context, &mut task, fresh)
}

/// Average precision of a table of [`score`] over log-odds.
pub(in crate::train) fn precision(table: &Path, priors: &[PathBuf]) -> f64 {
    let text = std::fs::read_to_string(table).unwrap();
    let priors = question::read_priors(priors).unwrap();
    let items: Vec<(f64, bool)> = text
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            assert_eq!(fields.len(), 6);
            let number: usize = fields[0].rsplit('/').next().unwrap().parse().unwrap();
            (f64::from(priors[fields[0]]) + fields[1].parse::<f64>().unwrap(), number.is_multiple_of(2))
        })
        .collect();
    average_precision(&items)
}

#[test]
fn training_beats_uninformed_log_odds_goes_on_from_a_model_and_scores_are_those_of_the_model() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let out = directory.path().join("run");
    let outcome = train(&config, &out).unwrap();
    let (best, _) = outcome.best.unwrap();
    assert!(best > 0.9, "average precision {best}, where the log-odds alone say nothing");

    let scores = directory.path().join("scores.tsv");
    let model = out.join("best");
    let data = &config.data;
    let asked = Asked { set: &data.validation[0], priors: &data.priors, out: &scores };
    let (asked, without) = score::checkpoint(&model, asked, 1).unwrap();
    assert_eq!(asked + without, 24);
    assert!((precision(&scores, &config.data.priors) - best).abs() < 1e-6);

    let mut again = VerdictConfig { init: Some(model), tokenizer: None, ..config };
    again.run.steps = 2;
    again.run.validate_every = 1;
    again.run.schedule.rate = 1e-5;
    let (first, _) = train(&again, &directory.path().join("again")).unwrap().best.unwrap();
    assert!((first - best).abs() < 0.1, "{first} after {best}");
}

#[test]
fn a_few_questions_are_learned_by_heart_against_wrong_log_odds() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config(directory.path());
    (config.run.overfit, config.run.steps, config.run.validate_every) = (6, 80, 80);
    config.run.schedule.rate = 1e-2;
    let outcome = train(&config, &directory.path().join("run")).unwrap();
    assert!(outcome.best.unwrap().0 > 0.999, "{outcome:?}");
}

#[test]
fn patience_ends_a_run_and_missing_log_odds_are_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config(directory.path());
    config.run.patience = 2;
    config.run.validate_every = 1;
    config.run.schedule.rate = 1e-12;
    let outcome = train(&config, &directory.path().join("run")).unwrap();
    assert!(outcome.steps < 10, "{outcome:?}");

    std::fs::write(&config.data.priors[0], "t/0\t1\n").unwrap();
    let error = format!("{:#}", train(&config, &directory.path().join("other")).unwrap_err());
    assert!(error.contains("allow_missing_priors"), "{error}");
}

#[test]
fn lessons_depend_on_the_step_alone_and_weights_add_up_to_one() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config(directory.path());
    config.loss.alert_share = 0.4;
    let (vocabulary, _) = tokenizer::load(&config.tokenizer().unwrap()).unwrap();
    let encoder = Encoder::new(vocabulary).unwrap();
    let mut task = Verdicts::new(&config, &encoder).unwrap();
    let seven = task.lessons(7).unwrap();
    task.lessons(8).unwrap();
    assert_eq!(task.lessons(7).unwrap(), seven);
    assert_ne!(task.lessons(8).unwrap(), seven);
    let verdicts: Vec<Verdict> = seven.iter().flat_map(|lesson| lesson.verdicts.clone()).collect();
    let sum: f32 = verdicts.iter().map(|v| v.weight).sum();
    assert!(verdicts.len() == 16 && (sum - 1.0).abs() < 1e-5, "{sum}");
    let next: f32 = seven.iter().flat_map(|lesson| &lesson.next.weights).sum();
    assert!((next - config.loss.next).abs() < 1e-5);
}

#[test]
fn sources_weigh_and_decide_or_are_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config(directory.path());
    (config.run.steps, config.run.validate_every) = (2, 2);
    let source = examples(1, Split::Train).remove(0).source;
    config.data.decide = vec![source.clone()];
    let (score, _) = train(&config, &directory.path().join("run")).unwrap().best.unwrap();
    let log = std::fs::read_to_string(directory.path().join("run/log.jsonl")).unwrap();
    assert!(score < 0.0 && log.contains("\"stack_log_loss\":"), "{score}: {log}");

    // Examples without weight teach nothing: the verdict's loss is gone.
    config.data.weights = [(source.clone(), 0.0)].into();
    config.loss = LossConfig { class: 0.3, next: 0.0, ..config.loss };
    train(&config, &directory.path().join("none")).unwrap();
    let log = std::fs::read_to_string(directory.path().join("none/log.jsonl")).unwrap();
    let first: serde_json::Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!(first["loss"], 0.0, "{first}");

    for (weights, decide, message) in [
        (vec![(source.clone(), -1.0)], vec![], "data.weights"),
        (vec![], vec!["nobody".to_owned()], "data.decide"),
    ] {
        config.data.weights = weights.into_iter().collect();
        config.data.decide = decide;
        let error = train(&config, &directory.path().join("bad")).unwrap_err();
        assert!(format!("{error:#}").contains(message), "{error:#}");
    }
}

#[test]
fn a_run_that_stopped_before_at_or_after_the_end_of_a_phase_goes_on_bit_for_bit() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config(directory.path());
    let train_set = with_sources(examples(48, Split::Train));
    write(&config.data.train[0], &train_set);
    (config.run.steps, config.run.validate_every) = (9, 9);
    let run = |config: &VerdictConfig, name: &str, parts: &[Option<u64>]| -> Vec<u8> {
        let out = directory.path().join(name);
        for (n, &stop_after) in parts.iter().enumerate() {
            train_part(config, &out, Part { stop_after, resume: n > 0, ..Part::default() }).unwrap();
        }
        std::fs::read(out.join("last/model.safetensors")).unwrap()
    };
    let plain = run(&config, "plain", &[None]);
    config.data.phases = vec![
        PhaseConfig { until: 3, weights: [("synth".to_owned(), 0.0)].into() },
        PhaseConfig { until: 6, weights: [("hand".to_owned(), 0.5)].into() },
    ];
    let whole = run(&config, "whole", &[None]);
    assert!(whole != plain, "the phases change nothing");
    for (name, parts) in [("at", [Some(3), Some(3), None]), ("across", [Some(2), Some(5), None])] {
        assert!(run(&config, name, &parts) == whole, "stopped {name} the end of a phase");
    }

    let text = std::fs::read_to_string(directory.path().join("whole/config.toml")).unwrap();
    assert_eq!(toml::from_str::<VerdictConfig>(&text).unwrap(), config);
    config.data.phases[0].until = 4;
    let part = Part { resume: true, ..Part::default() };
    let refused = train_part(&config, &directory.path().join("at"), part).unwrap_err();
    assert!(refused.to_string().contains("other data or settings"), "{refused}");
}
