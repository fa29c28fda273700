//! The systems that are measured: the scanner under several settings.

use std::path::PathBuf;

use secretscan::judge::Profile;
use secretscan::scan::{JudgeMode, Options, Preset, TestPolicy};
use serde::{Deserialize, Serialize};

/// One way to run the scanner.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// Unique within a run.
    pub name: String,
    /// Who judges.
    pub judge: JudgeMode,
    /// Threshold.
    pub preset: Preset,
    /// The GGUF, if any (absolute).
    pub model: Option<PathBuf>,
    /// How it is asked, if not as it says itself.
    pub profile: Option<Profile>,
    /// Threshold that overrides the preset.
    pub min_confidence: Option<f32>,
    /// Database of a model's answers, shared by all systems (salted hashes; none: no cache).
    pub cache: Option<PathBuf>,
}

/// A system, as reports describe it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Described {
    /// Who judges.
    pub judge: String,
    /// Threshold.
    pub preset: String,
    /// File name of the model.
    pub model: Option<String>,
    /// Threshold that overrides the preset.
    pub min_confidence: Option<f32>,
}

impl System {
    /// Every judge with every preset and, where one is asked, every model.
    pub fn product(
        judges: &[JudgeMode],
        presets: &[Preset],
        models: &[PathBuf],
        profile: Option<Profile>,
        thresholds: &[f32],
    ) -> Vec<Self> {
        let mut systems = Vec::new();
        let none = [None];
        let models: Vec<Option<&PathBuf>> = models.iter().map(Some).collect();
        let several = models.len() > 1;
        for &judge in judges {
            let asked: &[Option<&PathBuf>] =
                if asks_model(judge) && !models.is_empty() { &models } else { &none };
            for model in asked {
                let mut judge_name = name_of(&judge);
                if let (true, Some(file)) = (several, model.and_then(|m| m.file_stem())) {
                    judge_name = format!("{judge_name}:{}", file.to_string_lossy());
                }
                let system = |name: String, preset, min_confidence| Self {
                    name,
                    judge,
                    preset,
                    model: model.cloned(),
                    profile,
                    min_confidence,
                    cache: None,
                };
                systems.extend(
                    presets
                        .iter()
                        .map(|&preset| system(format!("{judge_name}/{}", name_of(&preset)), preset, None)),
                );
                systems.extend(
                    thresholds.iter().map(|&least| {
                        system(format!("{judge_name}/p{least}"), Preset::default(), Some(least))
                    }),
                );
            }
        }
        systems
    }

    /// The scanner's settings: everything in a checkout counts, whatever git ignores and whatever a tag allows.
    pub fn options(&self, threads: usize) -> Options {
        Options {
            threads,
            judge: self.judge,
            model: self.model.clone(),
            profile: self.profile,
            preset: self.preset,
            min_confidence: self.min_confidence,
            cache: self.cache.clone(),
            tests: TestPolicy::Keep,
            inline_allow: false,
            respect_gitignore: false,
            ..Options::default()
        }
    }

    /// Whether the language model may be asked.
    pub fn asks_language_model(&self) -> bool {
        matches!(self.judge, JudgeMode::Auto | JudgeMode::All)
    }

    /// For reports.
    pub fn described(&self) -> Described {
        Described {
            judge: name_of(&self.judge),
            preset: name_of(&self.preset),
            model: self.model.as_ref().and_then(|m| m.file_name()).map(|m| m.to_string_lossy().into_owned()),
            min_confidence: self.min_confidence,
        }
    }
}

/// Whether a judge asks any part of a model file.
pub(super) fn asks_model(judge: JudgeMode) -> bool {
    judge != JudgeMode::Off
}

/// The name of a value on the scanner's command line.
pub fn name_of(value: &impl clap::ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_all_combinations_with_a_model_only_where_one_is_asked() {
        let models = [PathBuf::from("/m/a.gguf"), PathBuf::from("/m/b.gguf")];
        let presets = [Preset::Strict, Preset::Recall];
        let systems = System::product(&[JudgeMode::Off, JudgeMode::Auto], &presets, &models, None, &[0.4]);
        let names: Vec<_> = systems.iter().map(|system| system.name.as_str()).collect();
        let expected = [
            "off/strict",
            "off/recall",
            "off/p0.4",
            "auto:a/strict",
            "auto:a/recall",
            "auto:a/p0.4",
            "auto:b/strict",
            "auto:b/recall",
            "auto:b/p0.4",
        ];
        assert_eq!(names, expected);
        assert!(systems[0].model.is_none() && systems[5].min_confidence == Some(0.4));
    }
}
