//! Runs a GGUF in llama.cpp on tokens that are given: the second opinion that conversions and adapters are held to.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context as _, bail};
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaLoraAdapter, LlamaModel};
use llama_cpp_2::token::LlamaToken;

/// Most tokens of a question.
const TOKENS: usize = 512;

/// A loaded GGUF, with an adapter or without.
#[derive(Debug)]
pub struct Runner {
    model: LlamaModel,
    adapter: Option<LlamaLoraAdapter>,
}

fn backend() -> anyhow::Result<&'static LlamaBackend> {
    static BACKEND: OnceLock<Option<LlamaBackend>> = OnceLock::new();
    BACKEND
        .get_or_init(|| {
            let mut backend = LlamaBackend::init().ok()?;
            backend.void_logs();
            Some(backend)
        })
        .as_ref()
        .context("llama.cpp was started by another part of this process")
}

impl Runner {
    /// Loads `model`, and `adapter` (a GGUF of type adapter) over it.
    pub fn open(model: &Path, adapter: Option<&Path>) -> anyhow::Result<Self> {
        for path in [Some(model), adapter].into_iter().flatten() {
            if !path.is_file() {
                bail!("{} is no file; give the path of a GGUF", path.display());
            }
        }
        let params = LlamaModelParams::default().with_n_gpu_layers(0);
        let mut loaded = LlamaModel::load_from_file(backend()?, model, &params)
            .with_context(|| format!("llama.cpp refuses {}", model.display()))?;
        let adapter = match adapter {
            Some(path) => Some(loaded.lora_adapter_init(path).with_context(|| {
                format!("llama.cpp refuses the adapter {} over this model", path.display())
            })?),
            None => None,
        };
        Ok(Self { model: loaded, adapter })
    }

    /// Logits of the whole vocabulary after each question, each computed alone.
    pub fn logits(&mut self, questions: &[Vec<u32>]) -> anyhow::Result<Vec<Vec<f32>>> {
        let size = NonZeroU32::new(TOKENS as u32);
        let params = LlamaContextParams::default()
            .with_n_ctx(size)
            .with_n_batch(TOKENS as u32)
            .with_n_ubatch(TOKENS as u32)
            .with_n_threads(1)
            .with_n_threads_batch(1);
        let mut context = self.model.new_context(backend()?, params).context("llama.cpp gives no context")?;
        if let Some(adapter) = &mut self.adapter {
            context.lora_adapter_set(adapter, 1.0).context("llama.cpp does not take the adapter")?;
        }
        let mut batch = LlamaBatch::new(TOKENS, 1);
        questions
            .iter()
            .map(|tokens| {
                if tokens.is_empty() || tokens.len() > TOKENS {
                    bail!("a question of {} tokens; 1 to {TOKENS} can be run", tokens.len());
                }
                context.clear_kv_cache();
                batch.clear();
                for (at, &token) in (0..).zip(tokens) {
                    let last = at as usize + 1 == tokens.len();
                    batch.add(LlamaToken(token.cast_signed()), at, &[0], last)?;
                }
                context.decode(&mut batch).context("llama.cpp fails on a question")?;
                Ok(context.get_logits_ith(tokens.len() as i32 - 1).to_vec())
            })
            .collect()
    }

    /// The tokens of plain text by llama.cpp's own tokenizer; special tokens in the text are text.
    pub fn tokenize(&self, text: &str) -> Vec<u32> {
        let tokens = self.model.vocab().tokenize(text.as_bytes(), false, false);
        tokens.into_iter().map(|token| token.0.cast_unsigned()).collect()
    }
}
