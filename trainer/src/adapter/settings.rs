//! What is trained, and how an adapter is: the table `[method]` of a training configuration.

use candle_core::Device;
use serde::{Deserialize, Serialize};

use super::config::{AdapterError, PeftConfig, Targets};
use super::lora::Adapters;
use crate::model::Config;

/// What is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Method {
    /// All weights. Written with braces because serde lets unknown keys beside a bare name pass.
    Full {},
    /// An adapter over frozen weights.
    Lora(LoraSettings),
}

impl Default for Method {
    fn default() -> Self {
        Self::Full {}
    }
}

/// Settings of LoRA, named as PEFT names them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoraSettings {
    /// Rank: at least 1, and at most the smaller side of every layer.
    pub r: usize,
    /// α: the scale is α/r.
    pub alpha: f64,
    /// Share of a layer's inputs that the adapter does not see in a training step, in [0, 1). Above 0 a step takes about twice
    /// the time: the fused engine knows no dropout.
    pub dropout: f64,
    /// Linear layers by the end of their path.
    pub target_modules: Vec<String>,
    /// The scale is α/√r.
    pub use_rslora: bool,
}

impl Default for LoraSettings {
    fn default() -> Self {
        let all = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
        Self {
            r: 16,
            alpha: 32.0,
            dropout: 0.0,
            target_modules: all.map(str::to_owned).to_vec(),
            use_rslora: false,
        }
    }
}

impl LoraSettings {
    /// As PEFT says it; `base` is the path or name of the base.
    pub fn config(&self, base: &str) -> PeftConfig {
        PeftConfig {
            base: Some(base.to_owned()),
            rank: self.r,
            alpha: self.alpha,
            dropout: self.dropout,
            targets: Targets::Names(self.target_modules.clone()),
            rslora: self.use_rslora,
            ..PeftConfig::default()
        }
    }

    /// Fresh adapters, which change nothing before their first step.
    pub fn begin(
        &self,
        model: &Config,
        base: &str,
        seed: u64,
        device: &Device,
    ) -> Result<Adapters, AdapterError> {
        Adapters::init(self.config(base), model, seed, device)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    #[derive(Debug, Serialize, Deserialize)]
    struct File {
        #[serde(default)]
        method: Method,
    }

    #[test]
    fn a_training_configuration_names_the_method() {
        let read = |text: &str| toml::from_str::<File>(text).map(|file| file.method);
        let text = "[method]\nkind = \"lora\"\nr = 4\ntarget_modules = [\"q_proj\"]\n";
        let method = read(text).unwrap();
        let Method::Lora(lora) = &method else { panic!("{method:?}") };
        assert_eq!((lora.r, lora.config("b").alpha), (4, 32.0));
        assert_eq!(read("").unwrap(), Method::Full {});
        assert_eq!(read("[method]\nkind = \"full\"").unwrap(), Method::Full {});
        let written = toml::to_string(&File { method: method.clone() }).unwrap();
        assert!(written.contains("dropout = 0.0"), "defaults are written out: {written}");
        assert_eq!(read(&written).unwrap(), method);
        for (text, cause) in [
            ("kind = \"qlora\"", "unknown variant `qlora`, expected `full` or `lora`"),
            ("kind = \"lora\"\nrank = 4", "unknown field `rank`"),
            ("kind = \"lora\"\nr = -1", "integer `-1`"),
            ("kind = \"full\"\nr = 4", "unknown field `r`"),
            ("r = 4", "missing field `kind`"),
        ] {
            let error = read(&format!("[method]\n{text}")).expect_err(text).to_string();
            assert!(error.contains(cause), "{error}");
        }
    }
}
