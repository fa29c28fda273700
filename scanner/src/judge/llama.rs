//! The language model, through llama.cpp. Nothing else in this crate touches it.
//!
//! One forward pass a question, no sampling: the logits of the two verdict tokens at the last position become a
//! probability (`profile::Calibration`). A [`Model`] is loaded once and shared; each worker has a judge with a
//! context of its own, which computes on the calling thread alone.
//!
//! Answers depend on the question alone, because each question has passes of its own in an empty cache (but for the
//! instruction of a chat model, which is always computed in the same way). Several sequences in one pass would be
//! neither exact nor faster. Measured with width 256, 4 layers, weights in `F32` and `Q8_0`, 96 questions of 96 to 256 tokens, one thread,
//! questions per CPU second: one at a time 65 and 77; sixteen at a time 61 and 66, with logits that differ by up to 0.035
//! and 0.2, because llama.cpp cuts unequal sequences into passes of other shapes; sixteen padded to equal length 54 and
//! 55, with logits that still differ in the last bit. Contexts are small, too: 1 ms to create, not 25.

mod ask;
mod ffi;

use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};

use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use super::gguf::Gguf;
use super::model::Probe;
use super::profile::{Calibration, Profile};
use super::{Judge, JudgeError, Query, cache_material};
use ask::{Asker, Prepared};
pub(in crate::judge) use ffi::Bytes;

/// A loaded model. Cheap to clone; the weights are shared.
#[derive(Clone)]
pub(super) struct Loaded(Arc<Inner>);

struct Inner {
    model: Arc<LlamaModel>,
    asker: Asker,
    calibration: Calibration,
    identity: String,
}

/// Says why this machine cannot run llama.cpp, if it cannot.
pub(super) fn available() -> Result<(), String> {
    missing_features()
}

/// Starts llama.cpp, once a process, and silences it.
fn backend() -> Result<&'static LlamaBackend, String> {
    static BACKEND: OnceLock<Option<LlamaBackend>> = OnceLock::new();
    BACKEND
        .get_or_init(|| {
            let mut backend = LlamaBackend::init().ok()?;
            backend.void_logs();
            Some(backend)
        })
        .as_ref()
        .ok_or_else(|| "llama.cpp is in use by another part of the program".to_owned())
}

/// The processor features that the static build of llama.cpp assumes; it would die of an illegal instruction.
#[cfg(target_arch = "x86_64")]
fn missing_features() -> Result<(), String> {
    let features = [
        ("AVX2", std::arch::is_x86_feature_detected!("avx2")),
        ("FMA", std::arch::is_x86_feature_detected!("fma")),
        ("F16C", std::arch::is_x86_feature_detected!("f16c")),
        ("BMI2", std::arch::is_x86_feature_detected!("bmi2")),
    ];
    let missing: Vec<&str> = features.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("this processor lacks {}", missing.join(", "))) }
}

/// Other processors are built for their baseline.
#[cfg(not(target_arch = "x86_64"))]
#[expect(clippy::unnecessary_wraps, reason = "the x86-64 twin can fail")]
fn missing_features() -> Result<(), String> {
    Ok(())
}

impl Loaded {
    /// Loads a checked model. `sha256` is that of the file; with the profile's hash and the calibration it makes the
    /// identity that cached verdicts are bound to.
    pub(super) fn new(bytes: Bytes, gguf: &Gguf, profile: Profile, sha256: &str) -> Result<Self, String> {
        let backend = backend()?;
        let calibration = Calibration::of(gguf)?;
        let prepared = Prepared::new(gguf, profile)?;
        let model =
            ffi::load(backend, bytes).ok_or("llama.cpp refuses it (its tensors do not fit its metadata)")?;
        let asker = Asker::new(prepared, &model, gguf)?;
        let identity = format!("{sha256} {}", asker.identity());
        let inner = Inner { model: Arc::new(model), asker, calibration, identity };
        Ok(Self(Arc::new(inner)))
    }

    /// What a report should say about the way it is asked, beside the profile.
    pub(super) fn remark(&self) -> &'static str {
        self.0.asker.remark()
    }

    /// A judge with a context of its own.
    pub(super) fn judge(&self, name: &str) -> Result<LlamaJudge, String> {
        let asker = &self.0.asker;
        let size = |n: usize| NonZeroU32::new(n.next_multiple_of(256) as u32);
        let params = LlamaContextParams::default()
            .with_n_ctx(size(asker.prefix().len() + asker.max_tail()))
            .with_n_batch(ask::PASS_TOKENS as u32)
            .with_n_ubatch(ask::PASS_TOKENS as u32)
            .with_n_seq_max(1)
            .with_n_threads(1)
            .with_n_threads_batch(1)
            .with_flash_attention_policy(llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_ENABLED)
            .with_kv_unified(false);
        let context = ffi::Context::new(backend()?, Arc::clone(&self.0.model), params)
            .ok_or("llama.cpp gives no context (out of memory?)")?;
        let batch = LlamaBatch::new(ask::PASS_TOKENS, 1);
        Ok(LlamaJudge { loaded: self.clone(), name: name.to_owned(), context, batch, prefix_done: false })
    }
}

/// A judge over one context.
pub(super) struct LlamaJudge {
    loaded: Loaded,
    name: String,
    context: ffi::Context,
    batch: LlamaBatch<'static>,
    /// The instruction is in the cache.
    prefix_done: bool,
}

impl LlamaJudge {
    /// The logits after the question, for the whole vocabulary.
    fn ask(&mut self, query: &Query) -> Result<&[f32], JudgeError> {
        let loaded = self.loaded.clone();
        let asker = &loaded.0.asker;
        let tokens = asker.tail(&loaded.0.model, query);
        let prefix = asker.prefix();
        if !self.prefix_done && !prefix.is_empty() {
            self.context.clear_kv_cache();
            self.decode(prefix, 0)?;
            self.prefix_done = true;
        }
        // All that the question before has left, and what a failed one may have.
        let cleared = self.context.clear_kv_cache_seq(Some(0), Some(prefix.len() as u32), None);
        if !matches!(cleared, Ok(true)) {
            return Err(failed("the cache cannot be cleared"));
        }
        let last = self.decode(&tokens, prefix.len())?;
        Ok(self.context.get_logits_ith(last))
    }

    fn answer(&mut self, query: &Query) -> Result<f32, JudgeError> {
        let loaded = self.loaded.clone();
        let (alert, safe) = loaded.0.asker.verdict(self.ask(query)?);
        loaded
            .0
            .calibration
            .probability(alert, safe, query.prior)
            .ok_or_else(|| failed("its answer is not a number"))
    }

    /// Computes `tokens` at the positions from `start`; gives the index of the last one in its pass.
    ///
    /// The passes are about equally long: llama.cpp computes attention of very short ones with less precision.
    fn decode(&mut self, tokens: &[LlamaToken], start: usize) -> Result<i32, JudgeError> {
        let passes = tokens.len().div_ceil(ask::PASS_TOKENS).max(1);
        let mut position = i32::try_from(start).map_err(|e| failed(&e.to_string()))?;
        let mut last = 0;
        for pass in tokens.chunks(tokens.len().div_ceil(passes).max(1)) {
            self.batch.clear();
            for (i, &token) in (0..).zip(pass) {
                last = i;
                let is_last = i as usize + 1 == pass.len();
                self.batch.add(token, position + i, &[0], is_last).map_err(|e| failed(&e.to_string()))?;
            }
            self.context.decode(&mut self.batch).map_err(|e| failed(&e.to_string()))?;
            position += last + 1;
        }
        Ok(last)
    }
}

fn failed(cause: &str) -> JudgeError {
    JudgeError::Failed { cause: cause.to_owned() }
}

impl Judge for LlamaJudge {
    fn judge(&mut self, queries: &[Query]) -> Result<Vec<f32>, JudgeError> {
        queries.iter().map(|query| self.answer(query)).collect()
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn cache_material(&self, query: &Query) -> Option<Vec<u8>> {
        let tokens = self.loaded.0.asker.tail(&self.loaded.0.model, query);
        let prior = query.prior.to_bits().cast_signed();
        let words = tokens.iter().map(|token| token.0).chain([prior]);
        Some(cache_material(&self.loaded.0.identity, words))
    }
}

impl Probe for LlamaJudge {
    fn tokens(&self, query: &Query) -> Vec<u32> {
        let asker = &self.loaded.0.asker;
        let tail = asker.tail(&self.loaded.0.model, query);
        asker.prefix().iter().chain(&tail).map(|token| token.0.cast_unsigned()).collect()
    }

    fn logits(&mut self, query: &Query) -> Result<Vec<f32>, JudgeError> {
        self.ask(query).map(<[f32]>::to_vec)
    }
}
