//! Shape of the network, in the form of Hugging Face's `config.json`.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// Shape of the network. Rotary positions are interleaved always: weights were trained so, and llama.cpp reads them so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Tokens of the vocabulary.
    pub vocab_size: usize,
    /// Width of a hidden state.
    pub hidden_size: usize,
    /// Blocks.
    pub num_hidden_layers: usize,
    /// Query heads.
    pub num_attention_heads: usize,
    /// Key and value heads.
    pub num_key_value_heads: usize,
    /// Inner width of the feed-forward part.
    pub intermediate_size: usize,
    /// Width of a head; the hidden size over the heads if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_dim: Option<usize>,
    /// Base of the rotary angles.
    #[serde(default = "default_theta")]
    pub rope_theta: f64,
    /// ε of the norms.
    #[serde(default = "default_eps")]
    pub rms_norm_eps: f64,
    /// Longest sequence.
    pub max_position_embeddings: usize,
    /// The output matrix is the embedding.
    #[serde(default = "yes")]
    pub tie_word_embeddings: bool,
    /// Pairs of the rotation are neighbours (llama.cpp's order), not halves of a head (Hugging Face's).
    #[serde(default)]
    pub rope_interleaved: bool,
    /// `llama`.
    #[serde(default = "llama")]
    pub model_type: String,
    /// For Hugging Face's loaders.
    #[serde(default = "architectures")]
    pub architectures: Vec<String>,
}

fn default_theta() -> f64 {
    10_000.0
}

fn default_eps() -> f64 {
    1e-5
}

fn yes() -> bool {
    true
}

fn llama() -> String {
    "llama".into()
}

fn architectures() -> Vec<String> {
    vec!["LlamaForCausalLM".into()]
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It cannot be read or written.
    #[error("cannot read or write {path}: {source}; give the directory of a model")]
    File {
        /// The file.
        path: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// It is not the JSON of a configuration.
    #[error("{path} is no configuration of a model: {source}")]
    Syntax {
        /// The file.
        path: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The numbers do not fit each other.
    #[error("this model cannot be built: {0}")]
    Shape(String),
}

impl Config {
    /// The default model of this program: 2.4 million parameters in its blocks and one million in its embedding.
    pub fn nano(vocab_size: usize) -> Self {
        Self {
            vocab_size,
            hidden_size: 256,
            num_hidden_layers: 4,
            num_attention_heads: 4,
            num_key_value_heads: 2,
            intermediate_size: 512,
            head_dim: None,
            rope_theta: default_theta(),
            rms_norm_eps: default_eps(),
            max_position_embeddings: 512,
            tie_word_embeddings: true,
            rope_interleaved: true,
            model_type: llama(),
            architectures: architectures(),
        }
    }

    /// Width of a head.
    pub fn head_width(&self) -> usize {
        self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads.max(1))
    }

    /// Refuses numbers that make no network.
    pub fn check(&self) -> Result<(), ConfigError> {
        let positive = [
            self.vocab_size,
            self.hidden_size,
            self.num_hidden_layers,
            self.num_attention_heads,
            self.num_key_value_heads,
            self.intermediate_size,
            self.head_width(),
            self.max_position_embeddings,
        ];
        let problem = if positive.contains(&0) {
            "every size must be positive"
        } else if !self.num_attention_heads.is_multiple_of(self.num_key_value_heads) {
            "num_key_value_heads must divide num_attention_heads"
        } else if !self.head_width().is_multiple_of(2) {
            "the width of a head must be even"
        } else if !self.rope_interleaved {
            "rope_interleaved must be true: convert the weights' query and key rows to interleaved order first"
        } else if self.model_type != "llama" {
            "model_type must be llama"
        } else {
            return Ok(());
        };
        Err(ConfigError::Shape(problem.to_owned()))
    }

    /// Reads `config.json` of a directory.
    pub fn load(directory: &Path) -> Result<Self, ConfigError> {
        let path = directory.join("config.json");
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ConfigError::File { path: shown.clone(), source })?;
        let config: Self =
            serde_json::from_str(&text).map_err(|source| ConfigError::Syntax { path: shown, source })?;
        config.check()?;
        Ok(config)
    }

    /// Writes `config.json` into a directory.
    pub fn save(&self, directory: &Path) -> Result<(), ConfigError> {
        let path = directory.join("config.json");
        let shown = path.display().to_string();
        let text = serde_json::to_string_pretty(self)
            .map_err(|source| ConfigError::Syntax { path: shown.clone(), source })?;
        std::fs::write(&path, text + "\n").map_err(|source| ConfigError::File { path: shown, source })
    }
}
