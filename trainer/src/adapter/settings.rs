//! How adapters are trained: the table `[lora]` of a training configuration, and its `method`.

use candle_core::Device;
use serde::{Deserialize, Serialize};

use super::config::{AdapterError, PeftConfig, Targets};
use super::lora::Adapters;
use crate::model::Config;

/// What is trained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum Method {
    /// All weights.
    #[default]
    Full,
    /// Adapters over frozen weights.
    Lora,
}

impl TryFrom<String> for Method {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "full" => Ok(Self::Full),
            "lora" => Ok(Self::Lora),
            "qlora" | "dora" | "grit" => {
                Err(format!("method {name:?} is not supported yet; use \"lora\" or \"full\""))
            }
            _ => Err(format!("no method is called {name:?}; use \"full\" or \"lora\"")),
        }
    }
}

/// Settings of LoRA.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoraSettings {
    /// Rank, at least 1.
    pub r: usize,
    /// α: the scale is α/r.
    pub alpha: f64,
    /// Share of a layer's inputs that the adapter does not see in a training step, in [0, 1).
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
            dropout: 0.05,
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

    /// Fresh adapters, which change nothing before their first step. A training loop then takes
    /// [`Adapters::trainable`] for each micro-batch and [`Adapters::variables`] for its optimizer.
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

    #[derive(Debug, Deserialize)]
    struct File {
        #[serde(default)]
        method: Method,
        #[serde(default)]
        lora: LoraSettings,
    }

    #[test]
    fn a_training_configuration_names_the_method() {
        let file: File =
            toml::from_str("method = \"lora\"\n[lora]\nr = 4\ntarget_modules = [\"q_proj\"]\n").unwrap();
        assert_eq!((file.method, file.lora.r, file.lora.config("b").alpha), (Method::Lora, 4, 32.0));
        assert_eq!(toml::from_str::<File>("").unwrap().method, Method::Full);
        for (text, cause) in [
            ("method = \"qlora\"", "not supported yet"),
            ("method = \"grit\"", "not supported yet"),
            ("method = \"lorra\"", "no method is called"),
            ("[lora]\nrank = 4", "unknown field"),
        ] {
            let error = toml::from_str::<File>(text).expect_err(text).to_string();
            assert!(error.contains(cause), "{error}");
        }
    }
}
