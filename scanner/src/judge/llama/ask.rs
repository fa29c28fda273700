//! What a model is asked and where its answer stands, by profile.

use aho_corasick::AhoCorasick;
use llama_cpp_2::model::{LlamaChatMessage, LlamaModel};
use llama_cpp_2::token::LlamaToken;

use crate::judge::gguf::{Gguf, Value};
use crate::judge::profile::Profile;
use crate::judge::{Query, chat, encode};

/// Tokens computed in one pass. A chat question longer than that takes several, always cut at the same places.
pub(super) const PASS_TOKENS: usize = 256;
/// Most tokens of a chat question without its instruction.
const CHAT_TOKENS: usize = 1536;
/// Longest instruction, in tokens; more means a broken template.
const CHAT_PREFIX: usize = 1024;
/// Context lines of a chat question: fewer and fewer until it fits.
const CONTEXT_LINES: [usize; 4] = [5, 3, 1, 0];
/// Stands for the question while the template is applied.
const PLACE: &str = "SECRETSCAN-QUESTION";

/// Token types of GGUF that are not text.
const CONTROL: i64 = 3;
const USER_DEFINED: i64 = 4;

/// What can be checked before llama.cpp loads the file.
pub(super) enum Prepared {
    Native(Box<encode::Encoder>),
    Chat { trained: u64 },
}

impl Prepared {
    pub(super) fn new(gguf: &Gguf, profile: Profile) -> Result<Self, String> {
        let trained = gguf.of_architecture("context_length").and_then(Value::as_u64).unwrap_or(0);
        match profile {
            Profile::Native if trained < encode::MAX_TOKENS as u64 => {
                Err(format!("its context of {trained} tokens is shorter than {}", encode::MAX_TOKENS))
            }
            Profile::Native => encode::Encoder::of(gguf)
                .map(|encoder| Self::Native(Box::new(encoder)))
                .map_err(|e| e.to_string()),
            Profile::Chat => check_prompt(gguf).map(|()| Self::Chat { trained }),
        }
    }
}

/// One profile's way.
pub(super) enum Asker {
    /// The native encoding.
    Native(Box<encode::Encoder>),
    /// A chat prompt.
    Chat(Chat),
}

/// A chat prompt around a hole for the window.
pub(super) struct Chat {
    /// Everything before the window: template, instruction.
    prefix: Vec<LlamaToken>,
    /// Everything after: question, template.
    suffix: Vec<LlamaToken>,
    /// First tokens of the two answers, with and without a leading space.
    alert: Vec<LlamaToken>,
    safe: Vec<LlamaToken>,
    /// Texts of tokens that llama.cpp would find in plain text; `None` if there are none.
    markers: Option<AhoCorasick>,
    /// The model's own template is used.
    templated: bool,
}

impl Asker {
    /// Completes what was prepared, with the loaded model's tokeniser.
    pub(super) fn new(prepared: Prepared, model: &LlamaModel, gguf: &Gguf) -> Result<Self, String> {
        match prepared {
            Prepared::Native(encoder) => Ok(Self::Native(encoder)),
            Prepared::Chat { trained } => Chat::new(model, gguf, trained).map(Self::Chat),
        }
    }

    /// What the answer depends on beside the question and the file.
    pub(super) fn identity(&self) -> String {
        match self {
            Self::Native(_) => format!("native {} {}", encode::VERSION, encode::hash()),
            Self::Chat(chat) => {
                let frame = if chat.templated { "template" } else { "plain" };
                format!("chat {} {} {frame}", chat::VERSION, chat::hash())
            }
        }
    }

    /// See `Loaded::remark`.
    pub(super) fn remark(&self) -> &'static str {
        match self {
            Self::Chat(chat) if !chat.templated => ", without a chat template",
            _ => "",
        }
    }

    /// The tokens that every question begins with.
    pub(super) fn prefix(&self) -> &[LlamaToken] {
        match self {
            Self::Native(_) => &[],
            Self::Chat(chat) => &chat.prefix,
        }
    }

    /// Most tokens of [`Self::tail`].
    pub(super) fn max_tail(&self) -> usize {
        match self {
            Self::Native(_) => encode::MAX_TOKENS,
            Self::Chat(_) => CHAT_TOKENS,
        }
    }

    /// The tokens of one question; the verdict is read after the last.
    pub(super) fn tail(&self, model: &LlamaModel, query: &Query) -> Vec<LlamaToken> {
        match self {
            Self::Native(encoder) => {
                encoder.encode(query).into_iter().map(|id| LlamaToken(id.cast_signed())).collect()
            }
            Self::Chat(chat) => chat.tail(model, query),
        }
    }

    /// The two verdicts' logits (for several spellings of one, the logarithm of their sum).
    pub(super) fn verdict(&self, logits: &[f32]) -> (f32, f32) {
        let of = |token: LlamaToken| logits.get(token.0 as usize).copied().unwrap_or(f32::NAN);
        match self {
            Self::Native(encoder) => {
                (of(LlamaToken(encoder.alert().cast_signed())), of(LlamaToken(encoder.safe().cast_signed())))
            }
            Self::Chat(chat) => {
                (log_sum(chat.alert.iter().map(|&t| of(t))), log_sum(chat.safe.iter().map(|&t| of(t))))
            }
        }
    }
}

fn log_sum(logits: impl Iterator<Item = f32> + Clone) -> f32 {
    let most = logits.clone().fold(f32::NEG_INFINITY, f32::max);
    most + logits.map(|x| (x - most).exp()).sum::<f32>().ln()
}

impl Chat {
    fn new(model: &LlamaModel, gguf: &Gguf, trained: u64) -> Result<Self, String> {
        let (before, after, templated) = frame(model);
        let vocabulary = model.vocab();
        let mut prefix = vocabulary.tokenize(before.as_bytes(), true, true);
        // Some templates write the begin-of-text token that the tokeniser adds, too.
        if prefix.len() > 1 && prefix[0] == prefix[1] && prefix[0] == vocabulary.bos() {
            prefix.remove(0);
        }
        let suffix = vocabulary.tokenize(after.as_bytes(), false, true);
        if prefix.len() > CHAT_PREFIX || suffix.len() > CHAT_TOKENS / 2 {
            return Err("its chat template makes the instruction too long".into());
        }
        if trained < (prefix.len() + CHAT_TOKENS) as u64 {
            return Err(format!(
                "its context of {trained} tokens is shorter than {} (is it a model for profile native?)",
                prefix.len() + CHAT_TOKENS
            ));
        }
        let first = |word: &str| {
            let mut tokens: Vec<LlamaToken> = [word.to_owned(), format!(" {word}")]
                .iter()
                .filter_map(|text| vocabulary.tokenize(text.as_bytes(), false, false).first().copied())
                .collect();
            tokens.sort_unstable();
            tokens.dedup();
            tokens
        };
        let (mut alert, mut safe) = (first(chat::ALERT), first(chat::SAFE));
        // A vocabulary that splits off the space answers both with the same first token there.
        let shared: Vec<LlamaToken> = alert.iter().copied().filter(|token| safe.contains(token)).collect();
        alert.retain(|token| !shared.contains(token));
        safe.retain(|token| !shared.contains(token));
        if alert.is_empty() || safe.is_empty() {
            return Err("its vocabulary begins both answers with the same token".into());
        }
        Ok(Self { prefix, suffix, alert, safe, markers: markers(gguf), templated })
    }

    fn tail(&self, model: &LlamaModel, query: &Query) -> Vec<LlamaToken> {
        let room = CHAT_TOKENS - self.suffix.len();
        let mut tokens = Vec::new();
        for lines in CONTEXT_LINES {
            tokens = self.plain(model, &chat::message(query, lines));
            if tokens.len() <= room {
                break;
            }
        }
        // Only a vocabulary of bytes gets here. The value stands in the middle, so both ends are cut.
        let excess = tokens.len().saturating_sub(room);
        tokens.drain(..excess / 2);
        tokens.truncate(room);
        tokens.extend(&self.suffix);
        tokens
    }

    /// Tokens of text from a scanned file: none of them special.
    fn plain(&self, model: &LlamaModel, text: &str) -> Vec<LlamaToken> {
        let cuts = self.markers.as_ref().map(|markers| chat::cuts(text, markers)).unwrap_or_default();
        let vocabulary = model.vocab();
        let mut tokens = Vec::new();
        let mut from = 0;
        for to in cuts.into_iter().chain([text.len()]) {
            tokens.extend(vocabulary.tokenize(&text.as_bytes()[from..to], false, false));
            from = to;
        }
        tokens
    }
}

/// A model that was tuned on another version of the prompt is refused.
fn check_prompt(gguf: &Gguf) -> Result<(), String> {
    let version = gguf.unsigned(chat::VERSION_KEY);
    let hash = gguf.text(chat::HASH_KEY);
    if version.is_some_and(|v| v != u64::from(chat::VERSION)) || hash.is_some_and(|h| h != chat::hash()) {
        let (version, hash) = (version.unwrap_or(0), hash.unwrap_or("-"));
        let short: String = hash.chars().take(64).collect();
        return Err(format!(
            "it was tuned on prompt {version} ({short}), this program has {} ({})",
            chat::VERSION,
            chat::hash()
        ));
    }
    Ok(())
}

/// The text before and after the window, and whether the model's template made it.
fn frame(model: &LlamaModel) -> (String, String, bool) {
    let user = format!("{PLACE}{}", chat::QUESTION);
    let templated = model.chat_template(None).ok().and_then(|template| {
        let messages = [
            LlamaChatMessage::new("system".to_owned(), chat::SYSTEM.to_owned()).ok()?,
            LlamaChatMessage::new("user".to_owned(), user.clone()).ok()?,
        ];
        model.apply_chat_template(&template, &messages, true).ok()
    });
    let split = templated.as_deref().and_then(|text| text.split_once(PLACE));
    if let Some((before, after)) = split {
        return (before.to_owned(), after.to_owned(), true);
    }
    (format!("{}\n\n", chat::SYSTEM), format!("{}\nAnswer:", chat::QUESTION), false)
}

/// Texts of control and user-defined tokens that look like markers (`<…`, `[…`).
fn markers(gguf: &Gguf) -> Option<AhoCorasick> {
    let tokens = gguf.strings("tokenizer.ggml.tokens")?;
    let types = gguf.integers("tokenizer.ggml.token_type")?;
    let marked: Vec<&str> = tokens
        .iter()
        .zip(types)
        .filter(|(_, kind)| matches!(**kind, CONTROL | USER_DEFINED))
        .map(|(token, _)| token.as_str())
        .filter(|token| token.len() >= 3 && token.starts_with(['<', '[']))
        .collect();
    if marked.is_empty() { None } else { AhoCorasick::new(marked).ok() }
}
