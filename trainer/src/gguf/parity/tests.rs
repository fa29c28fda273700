use std::collections::BTreeMap;

use super::*;
use crate::adapter::testing;
use crate::gguf::quantize::FileType;
use crate::synth;
use crate::train::score::{self, Asked as Scored};

/// A checkpoint that every file type can store, and a set of examples of both labels.
struct World {
    checkpoint: tempfile::TempDir,
    examples: usize,
}

impl World {
    fn new() -> Self {
        let wide = Config {
            hidden_size: 256,
            num_hidden_layers: 2,
            intermediate_size: 256,
            max_position_embeddings: 512,
            ..testing::config()
        };
        let checkpoint = testing::checkpoint_of(&wide);
        let made =
            ["human-password/leet", "weak/test-token", "negative/identifier-name", "negative/resource-name"]
                .map(|stratum| synth::generate(stratum, 5, 8).unwrap());
        let lines: Vec<String> =
            made.iter().flatten().map(|example| serde_json::to_string(example).unwrap()).collect();
        let priors: Vec<String> =
            made.iter().flatten().map(|example| format!("{}\t0.75", example.id)).collect();
        std::fs::write(checkpoint.path().join("set.jsonl"), lines.join("\n") + "\n").unwrap();
        std::fs::write(checkpoint.path().join("priors.tsv"), priors.join("\n") + "\n").unwrap();
        Self { checkpoint, examples: lines.len() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.checkpoint.path().join(name)
    }

    fn gguf(&self, file_type: FileType) -> PathBuf {
        let path = self.path(&format!("{file_type}.gguf"));
        testing::to_gguf(self.checkpoint.path(), file_type, &path);
        path
    }

    fn compare(&self, file_type: FileType, preset: Preset) -> Parity {
        let arguments = Arguments {
            model: self.gguf(file_type),
            checkpoint: self.checkpoint.path().to_owned(),
            set: self.path("set.jsonl"),
            examples: self.examples,
            priors: vec![self.path("priors.tsv")],
            verdicts: None,
            preset,
        };
        compare(&arguments).unwrap().0
    }

    /// `trainer score`'s table: deltas by id.
    fn scores(&self, ask: impl Fn(Scored<'_>) -> anyhow::Result<(usize, usize)>) -> BTreeMap<String, f32> {
        let (set, out) = (self.path("set.jsonl"), self.path("scores.tsv"));
        let (asked, without) =
            ask(Scored { set: &set, priors: &[self.path("priors.tsv")], out: &out }).unwrap();
        assert_eq!(asked + without, self.examples);
        read_priors(&[out]).unwrap()
    }
}

#[test]
fn every_file_type_runs_in_llama_cpp_and_its_loss_is_told() {
    let world = World::new();
    let [exact, eight, four] =
        [FileType::F32, FileType::Q8_0, FileType::Q4KM].map(|kind| world.compare(kind, Preset::Balanced));
    assert!(exact.questions > 12 && exact.here.credentials > 6, "{exact:?}");
    assert!(exact.here.credentials < exact.questions, "both labels: {exact:?}");
    assert!(exact.worst < TOLERANCE && exact.flips == 0 && exact.there == exact.here, "{exact:?}");
    for parity in [exact, eight, four] {
        assert_eq!((parity.different_ids, parity.here, parity.threshold), (0, exact.here, 0.5));
        assert!(parity.there.hits <= parity.there.alerts.min(parity.there.credentials), "{parity:?}");
    }
    // Fewer bits, more noise; a file that is quantized wrongly is off by more than the answers differ among themselves.
    assert!(exact.mean < eight.mean && eight.mean < four.mean, "{} {} {}", exact.mean, eight.mean, four.mean);
    assert!(eight.mean < 0.3 && four.mean < 2.0, "{} {}", eight.mean, four.mean);
    let strict = world.compare(FileType::F32, Preset::Strict);
    assert!((strict.threshold - 0.75).abs() < 1e-6 && strict.here.alerts <= exact.here.alerts);
}

#[test]
fn verdicts_are_those_of_the_settings_and_flips_are_counted_at_the_preset() {
    let side = Side::of([(true, true), (true, false), (false, true), (false, false)].into_iter());
    assert_eq!(side, Side { hits: 1, alerts: 2, credentials: 2 });
    assert_eq!(side.shown(), "precision 0.5000 (1 of 2), recall 0.5000 (of 2)");
    assert!(Side::default().shown().starts_with("precision - "));

    let world = World::new();
    let verdicts = world.path("verdicts.json");
    let text = r#"{"temperature": 1.0, "bias": 50.0, "prior": 1.0, "bounds": [0.0, 1.0],
        "presets": {"strict": 0.9, "balanced": 0.5, "recall": 0.1},
        "features": {"strict": 0.9, "balanced": 0.5, "recall": 0.1}}"#;
    std::fs::write(&verdicts, text).unwrap();
    let arguments = Arguments {
        model: world.gguf(FileType::Q4KM),
        checkpoint: world.checkpoint.path().to_owned(),
        set: world.path("set.jsonl"),
        examples: 12,
        priors: Vec::new(),
        verdicts: Some(verdicts),
        preset: Preset::Strict,
    };
    let (parity, exact) = compare(&arguments).unwrap();
    // So large a bias makes everything an alert on both sides, whatever the logits.
    assert!(!exact && parity.questions == 12 && parity.flips == 0, "{parity:?}");
    assert_eq!((parity.there.alerts, parity.here.alerts, parity.threshold), (12, 12, 0.9));
}

#[test]
fn a_gguf_is_scored_as_its_checkpoint_is_but_for_what_quantization_moves() {
    let world = World::new();
    let here = world.scores(|asked| score::checkpoint(world.checkpoint.path(), asked, 1));
    let of = |file_type| {
        let path = world.gguf(file_type);
        world.scores(|asked| score::gguf(&path, asked))
    };
    let (exact, eight) = (of(FileType::F32), of(FileType::Q8_0));
    let far = |other: &BTreeMap<String, f32>| {
        assert!(here.keys().eq(other.keys()));
        here.values().zip(other.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    assert!(here.len() > 12 && far(&exact) < TOLERANCE, "{}", far(&exact));
    assert!(far(&eight) > far(&exact), "the file's own logits, not the checkpoint's");
    let two = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    assert_eq!(two.install(|| of(FileType::Q8_0)), eight, "whatever the number of threads");
}
