use std::path::Path;

use candle_core::{DType, Tensor};
use tempfile::TempDir;

use super::*;
use crate::adapter::config::PeftConfig;
use crate::adapter::testing::{self, adapters, parameters, settings, to_gguf, train, trained};
use crate::adapter::{gguf as form, merge, peft};
use crate::gguf::metadata::float;
use crate::gguf::package;
use crate::gguf::quantize::FileType;

/// A base and an adapter in all their forms.
struct Forms {
    base: TempDir,
    directory: TempDir,
}

impl Forms {
    fn of(adapters: &Adapters) -> Self {
        let forms = Self { base: testing::base(), directory: tempfile::tempdir().unwrap() };
        peft::save(adapters, &forms.path("adapter")).unwrap();
        to_gguf(forms.base.path(), FileType::F32, &forms.path("base.gguf"));
        forms
    }

    /// With the adapter's GGUF and merged checkpoint.
    fn good() -> Self {
        let forms = Self::of(&trained(&parameters(), 7));
        form::convert(&forms.path("adapter"), forms.base.path(), &forms.path("adapter.gguf")).unwrap();
        merge::merge(forms.base.path(), &forms.path("adapter"), &forms.path("merged")).unwrap();
        forms
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn arguments(&self) -> Arguments {
        Arguments {
            base: self.base.path().to_owned(),
            adapter: self.path("adapter"),
            gguf: None,
            adapter_gguf: None,
            merged: None,
            probes: 32,
            seed: 1,
        }
    }

    fn with_gguf(&self) -> Arguments {
        let (gguf, adapter_gguf) = (Some(self.path("base.gguf")), Some(self.path("adapter.gguf")));
        Arguments { gguf, adapter_gguf, ..self.arguments() }
    }

    fn with_merged(&self, merged: &Path) -> Arguments {
        Arguments { merged: Some(merged.to_owned()), ..self.arguments() }
    }

    /// Writes the adapter's tensors after a change.
    fn damage(&self, change: impl Fn(&str, &Tensor) -> Option<Tensor>) {
        let adapter = self.path("adapter");
        let tensors = peft::tensors(&adapter, &Device::Cpu).unwrap();
        let changed = tensors.iter().filter_map(|(name, t)| Some((name.clone(), change(name, t)?)));
        safetensors::serialize_to_file(changed.collect::<Vec<_>>(), None, &adapter.join(peft::FILE)).unwrap();
    }
}

/// Names of failed checks; all causes say what to do.
fn failures(arguments: &Arguments) -> Vec<(&'static str, String)> {
    let failed: Vec<_> = verify(arguments)
        .unwrap()
        .into_iter()
        .filter_map(|check| Some((check.name, check.failure.clone()?)))
        .collect();
    assert_eq!(run(arguments).is_err(), !failed.is_empty(), "a failed check is an error of the program");
    failed
}

fn only(arguments: &Arguments, expected: &[&str], cause: &str) {
    let failed = failures(arguments);
    let names: Vec<&str> = failed.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, expected, "{failed:?}");
    assert!(failed.iter().any(|(_, text)| text.contains(cause)), "{cause}: {failed:?}");
}

#[test]
fn a_good_adapter_passes_in_every_form() {
    let forms = Forms::good();
    let all = Arguments { merged: Some(forms.path("merged")), ..forms.with_gguf() };
    let checks = verify(&all).unwrap();
    assert!(checks.iter().all(|check| check.failure.is_none()), "{checks:#?}");
    assert_eq!(checks.len(), 14, "{checks:#?}");
    for file_type in [FileType::F32, FileType::F16, FileType::Q8_0] {
        let (base, merged) = (forms.path("typed.gguf"), forms.path("merged.gguf"));
        to_gguf(forms.base.path(), file_type, &base);
        to_gguf(&forms.path("merged"), file_type, &merged);
        let typed = Arguments { gguf: Some(base), merged: Some(merged), ..forms.with_gguf() };
        let failed: Vec<_> =
            verify(&typed).unwrap().into_iter().filter(|check| check.failure.is_some()).collect();
        assert!(failed.is_empty(), "{file_type}: {failed:#?}");
    }
}

#[test]
fn a_module_that_is_missing_or_turned_is_named() {
    let forms = Forms::good();
    forms.damage(|name, t| (!name.contains("layers.1.mlp.up_proj.lora_B")).then(|| t.clone()));
    only(&forms.arguments(), &["modules"], "layers.1.mlp.up_proj.lora_B.weight is missing");

    let forms = Forms::good();
    forms.damage(|name, t| {
        let turned = name.contains("layers.0.self_attn.v_proj");
        Some(if turned { t.t().unwrap().contiguous().unwrap() } else { t.clone() })
    });
    only(&forms.arguments(), &["modules"], "[64, 4], not [4, 64]");
}

#[test]
fn modules_that_the_base_lacks_are_named() {
    let forms = Forms::good();
    let wrong = PeftConfig {
        targets: crate::adapter::config::Targets::Names(vec!["query_proj".into()]),
        ..settings()
    };
    wrong.save(&forms.path("adapter")).unwrap();
    only(&forms.arguments(), &["modules"], "query_proj, which is no linear layer of the base");
}

#[test]
fn a_number_that_is_not_finite_is_named() {
    for bad in [f32::NAN, f32::INFINITY] {
        let forms = Forms::good();
        forms.damage(|name, t| {
            let broken = name.contains("layers.1.self_attn.o_proj.lora_A");
            Some(if broken { Tensor::full(bad, t.shape(), &Device::Cpu).unwrap() } else { t.clone() })
        });
        only(
            &forms.arguments(),
            &["finite"],
            "layers.1.self_attn.o_proj.lora_A.weight holds NaN or infinity",
        );
    }
}

#[test]
fn an_untrained_adapter_fails_as_not_applied() {
    let forms = Forms::of(&adapters(7));
    only(&forms.arguments(), &["A and B", "gradients", "logits move"], "B is zero before the first step");
    let partly = Forms::good();
    partly.damage(|name, t| {
        let zero = name.contains("layers.0.mlp.gate_proj.lora_B");
        Some(if zero { t.zeros_like().unwrap() } else { t.clone() })
    });
    only(&partly.arguments(), &["A and B", "gradients"], "layers.0.mlp.gate_proj.lora_B");
}

#[test]
fn a_merged_file_that_is_the_base_is_named_so() {
    let forms = Forms::good();
    let all = ["merged file scale", "merged file = merged", "merged file differs"];
    only(&forms.with_merged(forms.base.path()), &all, "the adapter was never merged");
    only(&forms.with_merged(&forms.path("base.gguf")), &all, "answers as the base does");
    let small = forms.path("small.gguf");
    to_gguf(forms.base.path(), FileType::Q8_0, &small);
    only(&forms.with_merged(&small), &all, "the adapter was never merged");
}

#[test]
fn a_merge_at_twice_the_scale_is_measured() {
    let forms = Forms::good();
    let twice = PeftConfig { alpha: 2.0 * settings().alpha, ..settings() };
    let copy = forms.path("twice");
    let right = peft::load(&forms.path("adapter"), &testing::config(), &Device::Cpu).unwrap();
    peft::save(&right, &copy).unwrap();
    twice.save(&copy).unwrap();
    let merged = forms.path("merged-twice");
    merge::merge(forms.base.path(), &copy, &merged).unwrap();
    let names = ["merged file scale", "merged file = merged"];
    only(&forms.with_merged(&merged), &names, "at 2.000 times its scale");
    for file_type in [FileType::F32, FileType::Q8_0] {
        let file = forms.path("twice.gguf");
        to_gguf(&merged, file_type, &file);
        only(&forms.with_merged(&file), &names, "times its scale");
    }
}

#[test]
fn an_adapter_gguf_with_alpha_doubled_is_measured() {
    let forms = Forms::good();
    let path = forms.path("adapter.gguf");
    let (mut metadata, tensors) = package::read(&path).unwrap();
    let alpha = metadata.iter_mut().find(|(key, _)| key == form::ALPHA_KEY).unwrap();
    alpha.1 = float(16.0);
    package::save(&path, &metadata, &tensors).unwrap();
    let names = ["adapter GGUF scale", "adapter GGUF = adapter"];
    only(&forms.with_gguf(), &names, "would apply the adapter 2 times");
}

#[test]
fn an_adapter_gguf_of_nothing_or_of_another_is_named() {
    let forms = Forms::good();
    let path = forms.path("adapter.gguf");
    let (metadata, mut tensors) = package::read(&path).unwrap();
    let good = tensors.clone();
    for tensor in tensors.iter_mut().filter(|tensor| tensor.name.ends_with("lora_b")) {
        tensor.data.fill(0);
    }
    package::save(&path, &metadata, &tensors).unwrap();
    let names = ["adapter GGUF tensors", "adapter GGUF moves", "adapter GGUF = adapter"];
    only(&forms.with_gguf(), &names, "is not applied");

    let half: Vec<_> = good.iter().filter(|tensor| tensor.name.starts_with("blk.0.")).cloned().collect();
    package::save(&path, &metadata, &half).unwrap();
    assert!(failures(&forms.with_gguf()).iter().any(|(name, text)| {
        *name == "adapter GGUF tensors" && text.contains("blk.1.") && text.contains("missing")
    }));

    let renamed = good.iter().cloned().map(|mut tensor| {
        tensor.name = tensor.name.replace("blk.0.", "blk.9.");
        tensor
    });
    package::save(&path, &metadata, &renamed.collect::<Vec<_>>()).unwrap();
    only(
        &forms.with_gguf(),
        &["adapter GGUF tensors", "adapter GGUF loads"],
        "llama.cpp refuses the adapter",
    );
}

#[test]
fn layers_swapped_after_the_export_are_seen_against_the_merged_model() {
    let forms = Forms::good();
    let tensors = peft::tensors(&forms.path("adapter"), &Device::Cpu).unwrap();
    forms.damage(|name, _| {
        let other = if name.contains("layers.0.") {
            name.replace("layers.0.", "layers.1.")
        } else {
            name.replace("layers.1.", "layers.0.")
        };
        tensors.get(&other).cloned()
    });
    assert!(failures(&forms.arguments()).is_empty(), "alone it is a good adapter, of another model");
    let failed = failures(&forms.with_merged(&forms.path("merged")));
    assert_eq!(failed.iter().map(|f| f.0).collect::<Vec<_>>(), ["merged file scale", "merged file = merged"]);
}

#[test]
fn a_gguf_of_another_base_is_named() {
    let forms = Forms::good();
    let other = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json"] {
        std::fs::copy(forms.base.path().join(file), other.path().join(file)).unwrap();
    }
    let weights = parameters();
    let name = "model.layers.1.mlp.down_proj.weight";
    weights.get(name).unwrap().set(&Tensor::zeros((64, 96), DType::F32, &Device::Cpu).unwrap()).unwrap();
    weights.save(&other.path().join("model.safetensors")).unwrap();
    to_gguf(other.path(), FileType::F32, &forms.path("base.gguf"));
    let failed = failures(&Arguments { adapter_gguf: None, ..forms.with_gguf() });
    assert_eq!(failed.iter().map(|f| f.0).collect::<Vec<_>>(), ["base GGUF"]);
}

#[test]
fn ranks_by_module_dropout_and_rslora_are_verified_like_any() {
    let config = PeftConfig {
        rank_pattern: vec![("v_proj".into(), 2), ("layers.1.mlp.up_proj".into(), 8)],
        alpha_pattern: vec![("down_proj".into(), 3.0)],
        dropout: 0.1,
        rslora: true,
        ..settings()
    };
    let adapters = train(testing::adapters_of(config, 3), &parameters());
    let forms = Forms::of(&adapters);
    merge::merge(forms.base.path(), &forms.path("adapter"), &forms.path("merged")).unwrap();
    assert!(failures(&forms.with_merged(&forms.path("merged"))).is_empty());
    let path = forms.path("adapter.gguf");
    let error = form::convert(&forms.path("adapter"), forms.base.path(), &path).unwrap_err().to_string();
    assert!(error.contains("one alpha for all modules"), "{error}");
}
