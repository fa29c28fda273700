use std::collections::BTreeMap;
use std::path::PathBuf;

use candle_core::Tensor;
use clap::Parser;
use tempfile::TempDir;

use super::*;
use crate::adapter::{Method, merge, verify};
use crate::example::{Class, Example, Split};
use crate::gguf::parity;
use crate::model::Precision;
use crate::model::ops::inplace::sum_of_squares;
use crate::train::journal::Entry;
use crate::train::lesson::tests::{answers, lesson, tiny};
use crate::train::question::tests::{examples, write};
use crate::train::run::Outcome;
use crate::train::score::{self, Asked};
use crate::train::verdict::VerdictConfig;
use crate::train::verdict::tests::{self as verdicts, Part};

/// A base that was taught the opposite of the truth, and settings of an adapter over it.
struct Runs {
    directory: TempDir,
    config: VerdictConfig,
}

impl Runs {
    fn new(lora: LoraSettings) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let full = verdicts::config(directory.path());
        let mut opposite = full.clone();
        opposite.data.train = vec![directory.path().join("opposite.jsonl")];
        let turned = examples(48, Split::Train).into_iter().map(|example| {
            let class = if example.class == Class::Real { Class::Placeholder } else { Class::Real };
            Example { class, label: class.label(), ..example }
        });
        write(&opposite.data.train[0], &turned.collect::<Vec<_>>());
        (opposite.run.steps, opposite.run.validate_every) = (30, 30);
        verdicts::train(&opposite, &directory.path().join("base")).unwrap();
        let init = Some(directory.path().join("base/last"));
        let config = VerdictConfig { init, tokenizer: None, method: Method::Lora(lora), ..full };
        Self { directory, config }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn base(&self) -> PathBuf {
        self.path("base/last")
    }

    fn train(&self, name: &str, part: Part) -> anyhow::Result<Outcome> {
        verdicts::train_part(&self.config, &self.path(name), part)
    }

    fn losses(&self, name: &str) -> Vec<f64> {
        let text = std::fs::read_to_string(self.path(name).join("log.jsonl")).unwrap();
        text.lines().filter_map(|line| serde_json::from_str::<Entry>(line).unwrap().loss).collect()
    }
}

fn small() -> LoraSettings {
    LoraSettings { r: 4, alpha: 8.0, ..LoraSettings::default() }
}

/// All files of a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    read.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect()
}

/// `verify-adapter`, as from the command line.
fn verify(base: &Path, adapter: &Path, merged: &Path) -> Vec<verify::Check> {
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: verify::Arguments,
    }
    let words = ["verify-adapter", "--base", "", "--adapter", "", "--merged", ""].map(PathBuf::from);
    let mut words = words.to_vec();
    (words[2], words[4], words[6]) = (base.into(), adapter.into(), merged.into());
    verify::verify(&Line::parse_from(words).arguments).unwrap()
}

#[test]
fn an_adapter_learns_is_kept_in_pefts_form_and_merges_to_what_was_validated_while_the_base_stays() {
    let runs = Runs::new(small());
    let before = files(&runs.base());
    let outcome = runs.train("run", Part::default()).unwrap();
    assert!(before == files(&runs.base()), "the base was written to");
    let losses = runs.losses("run");
    assert!(*losses.last().unwrap() < 0.5 * losses[0], "{losses:?}");

    for name in ["best", "last"] {
        let names: Vec<String> = files(&runs.path("run").join(name)).into_keys().collect();
        assert_eq!(names, ["adapter_config.json", "adapter_model.safetensors"], "{name}");
    }
    let (adapter, merged) = (runs.path("run/best"), runs.path("merged"));
    merge::merge(&runs.base(), &adapter, &merged).unwrap();
    let checks = verify(&runs.base(), &adapter, &merged);
    assert!(checks.iter().all(|check| check.failure.is_none()), "{checks:#?}");
    assert_eq!(checks.len(), 9, "{checks:#?}");

    let network = Config::load(&runs.base()).unwrap();
    let base = Parameters::load(&runs.base(), &network, &Device::Cpu).unwrap();
    let adapters = peft::load(&adapter, &network, &Device::Cpu).unwrap();
    let questions: Vec<Vec<u32>> = (1..5u32).map(|n| (0..9 * n).map(|t| t * n % 250).collect()).collect();
    let apart = parity::logits(&adapters.frozen(&network, &base).unwrap(), &questions).unwrap();
    let together = parity::checkpoint_logits(&merged, &questions).unwrap();
    let far = apart.iter().flatten().zip(together.iter().flatten()).map(|(a, b)| (a - b).abs());
    assert!(far.fold(0.0, f32::max) < 1e-4);

    let (best, _) = outcome.best.unwrap();
    let data = &runs.config.data;
    let scored = |model: &Path| {
        let table = runs.path("scores.tsv");
        let asked = Asked { set: &data.validation[0], priors: &data.priors, out: &table };
        score::checkpoint(model, asked, 1).unwrap();
        verdicts::precision(&table, &data.priors)
    };
    assert!((scored(&merged) - best).abs() < 1e-6, "what was validated is what a merge gives");
    let first = scored(&runs.base());
    assert!(best > 0.9 && first < 0.7, "{best} after {first}");

    let metadata = std::fs::read_to_string(runs.path("run/training_metadata.json")).unwrap();
    let metadata: BTreeMap<String, serde_json::Value> = serde_json::from_str(&metadata).unwrap();
    assert_eq!(metadata["method"], "lora");
    assert_eq!(metadata["parameters"], adapters.count());
}

#[test]
fn a_resumed_run_of_an_adapter_equals_an_uninterrupted_one_and_refuses_other_settings_and_bases() {
    let mut runs = Runs::new(LoraSettings { dropout: 0.2, ..small() });
    (runs.config.run.steps, runs.config.run.validate_every) = (12, 4);
    runs.train("whole", Part { threads: 1, ..Part::default() }).unwrap();
    let part = |threads, stop_after, resume| Part { threads, stop_after, resume };
    runs.train("parts", part(2, Some(5), false)).unwrap();
    let stopped = files(&runs.path("parts/last"));
    runs.train("parts", part(1, Some(3), true)).unwrap();
    runs.train("parts", part(2, None, true)).unwrap();
    assert!(stopped != files(&runs.path("parts/last")), "it went on");
    for name in ["best", "last"] {
        assert!(files(&runs.path("whole").join(name)) == files(&runs.path("parts").join(name)), "{name}");
    }
    let checkpoint = "checkpoints/step-00000012";
    let (whole, parts) = ["whole", "parts"].map(|run| files(&runs.path(run).join(checkpoint))).into();
    for name in ["weights.safetensors", "average.safetensors", "optimizer.safetensors"] {
        assert!(whole[name] == parts[name], "{name}");
    }

    let plain = LoraSettings { dropout: 0.0, ..small() };
    let method = std::mem::replace(&mut runs.config.method, Method::Lora(plain));
    let refused = runs.train("parts", part(1, None, true)).unwrap_err().to_string();
    assert!(refused.contains("other data or settings"), "{refused}");
    runs.train("plain", part(1, None, false)).unwrap();
    runs.train("plain-parts", part(2, Some(7), false)).unwrap();
    runs.train("plain-parts", part(2, None, true)).unwrap();
    assert!(files(&runs.path("plain/last")) == files(&runs.path("plain-parts/last")), "without dropout");
    assert!(files(&runs.path("plain/last")) != files(&runs.path("whole/last")), "dropout changes a run");

    runs.config.method = method;
    let base = runs.base().join("model.safetensors");
    let network = Config::load(&runs.base()).unwrap();
    Parameters::init(&network, 77, &Device::Cpu).unwrap().save(&base).unwrap();
    let refused = runs.train("parts", part(1, None, true)).unwrap_err().to_string();
    assert!(refused.contains("other data or settings"), "{refused}");
}

#[test]
fn gradients_by_way_of_the_merged_weights_are_those_of_the_graph() {
    let base = Parameters::init(&tiny(), 3, &Device::Cpu).unwrap();
    let (learner, fresh) =
        Learner::adapter(&small_of(&["q_proj", "down_proj"]), Path::new("b"), &tiny(), base, 1, &Device::Cpu)
            .unwrap();
    for (name, var) in fresh.iter().filter(|(name, _)| name.contains("lora_B")) {
        assert!(sum_of_squares(var).unwrap() < f32::MIN_POSITIVE.into(), "{name} starts at zero");
        let count = var.elem_count();
        let values: Vec<f32> = (0..count).map(|n| ((n * 37 % 19) as f32 - 9.0) * 0.02).collect();
        var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu).unwrap()).unwrap();
    }
    let Learner::Adapter(adapted) = &learner else { panic!("{learner:?}") };
    let lessons = [lesson(), lesson()];
    let network = Network::new(&tiny(), answers(), &Device::Cpu, 1, Precision::F32).unwrap();
    let (merged, losses) = learner.gradients(&network, &fresh, &lessons, 1, 0).unwrap();
    let seeded: Vec<(&Lesson, u64)> = lessons.iter().map(|lesson| (lesson, 1)).collect();
    let (graph, expected) =
        network.adapter_gradients(&adapted.over(&fresh).unwrap(), &adapted.base, &seeded).unwrap();
    assert!((losses.total() - expected.total()).abs() < 1e-5);
    assert_eq!(merged.tensors().len(), fresh.iter().len());
    for (((name, var), a), b) in fresh.iter().zip(merged.tensors()).zip(graph.tensors()) {
        assert!(a.dims() == var.dims() && b.dims() == var.dims(), "{name}");
        let far = sum_of_squares(&(a - b).unwrap()).unwrap() / sum_of_squares(b).unwrap();
        assert!(far.sqrt() < 1e-4, "{name}: {far}");
    }
}

fn small_of(modules: &[&str]) -> LoraSettings {
    let target_modules = modules.iter().map(|&name| name.to_owned()).collect();
    LoraSettings { r: 2, alpha: 4.0, dropout: 0.0, target_modules, use_rslora: false }
}

#[test]
fn the_recipe_of_an_adapter_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/lora.toml");
    let over = ["method.r=4".to_owned()];
    let config: VerdictConfig = crate::train::settings::read(&path, &over).unwrap();
    let Method::Lora(lora) = &config.method else { panic!("{config:?}") };
    assert_eq!(lora, &LoraSettings { r: 4, ..LoraSettings::default() });
    assert!(config.init.is_some());
    let again: VerdictConfig = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config, "config.toml of a run says the same");
}

#[test]
fn settings_that_make_no_adapter_are_refused_with_the_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let base = Parameters::init(&tiny(), 3, &Device::Cpu).unwrap();
    let all = LoraSettings::default();
    let config = VerdictConfig {
        init: Some(directory.path().to_owned()),
        method: Method::Lora(small_of(&["q_proj"])),
        ..verdicts::config(directory.path())
    };
    let refused = |config: &VerdictConfig| {
        format!("{:#}", config.learner(&tiny(), base.clone(), &Device::Cpu).unwrap_err())
    };
    for (lora, cause) in [
        (LoraSettings { r: 0, ..small() }, "a rank is at least 1"),
        (LoraSettings { r: 64, ..small() }, "has rank 32 at most; lower r"),
        (LoraSettings { alpha: 0.0, ..small() }, "lora_alpha is 0.0"),
        (LoraSettings { dropout: 1.0, ..small() }, "below 1"),
        (
            LoraSettings { r: 2, target_modules: vec!["query".into()], ..all.clone() },
            "query, which is no linear",
        ),
        (LoraSettings { r: 2, target_modules: vec!["lm_head".into()], ..all.clone() }, "cannot be adapted"),
        (LoraSettings { r: 2, target_modules: Vec::new(), ..all }, "selects no linear layer"),
    ] {
        let error = refused(&VerdictConfig { method: Method::Lora(lora), ..config.clone() });
        assert!(error.contains(cause) && error.contains("[method]"), "{cause}: {error}");
    }
    let error = refused(&VerdictConfig { init: None, ..config.clone() });
    assert!(error.contains("give init"), "{error}");
    let mut half = config.clone();
    half.run.precision = Precision::Bf16;
    half.method = Method::Lora(LoraSettings { dropout: 0.1, ..small_of(&["q_proj"]) });
    assert!(refused(&half).contains("f32 only"));
    let (learner, fresh) = config.learner(&tiny(), base.clone(), &Device::Cpu).unwrap();
    assert_eq!((learner.method(), fresh.iter().len()), ("lora", 2 * tiny().num_hidden_layers));
    let full = VerdictConfig { method: Method::default(), ..config };
    let (learner, weights) = full.learner(&tiny(), base.clone(), &Device::Cpu).unwrap();
    assert_eq!((learner.method(), weights.count()), ("full", base.count()));
}
