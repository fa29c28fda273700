//! A byte-level BPE vocabulary, out of GGUF metadata or a trainer.
//!
//! The encoder is built with the crate `tokenizers`, which the trainer learns vocabularies with: what is trained is
//! what runs, without llama.cpp (so the trainer and builds without it can encode too). Its ids equal those of
//! llama.cpp's own tokenizer; a test compares them. Control tokens are left out of it: no text can become one.

use std::collections::BTreeMap;

use tokenizers::models::bpe::BPE;
use tokenizers::pre_tokenizers::{byte_level::ByteLevel, digits::Digits};
use tokenizers::{Model, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer as _};

use crate::judge::gguf::Gguf;

/// Token types of GGUF.
const NORMAL: i64 = 1;
const CONTROL: i64 = 3;

/// How text is split before merging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreTokenizer {
    /// GPT-2's pattern: `tokenizer.ggml.pre` `gpt-2`.
    Gpt2,
    /// Every digit alone, then GPT-2's pattern: `smollm`.
    Smollm,
}

/// Why a vocabulary does not fit the encoding.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// The file says nothing about the encoding.
    #[error("metadata key {0} is missing: it was not trained for profile native (try --profile chat)")]
    NoEncoding(&'static str),
    /// The file was trained with another encoding.
    #[error(
        "it was trained with encoding {version} ({hash}), this program has {expected_version} ({expected_hash})"
    )]
    OtherEncoding {
        /// In the file.
        version: u64,
        /// In the file.
        hash: String,
        /// Here.
        expected_version: u32,
        /// Here.
        expected_hash: &'static str,
    },
    /// Not a byte-level BPE with a known pattern.
    #[error("profile native needs a byte-level BPE vocabulary (gpt2) split like gpt-2 or smollm")]
    OtherTokenizer,
    /// A token that the encoding needs is not there, or of the wrong type.
    #[error("the vocabulary lacks the token {0:?} in the type that the encoding needs")]
    MissingToken(String),
    /// A merge of or into something that is no normal token.
    #[error("merge {0} of the vocabulary does not give a normal token")]
    BadMerge(usize),
    /// The tokenizer cannot be built.
    #[error("the vocabulary cannot be used: {0}")]
    Unusable(String),
}

/// A vocabulary with its encoder.
#[derive(Debug)]
pub struct Vocabulary {
    specials: BTreeMap<String, u32>,
    pre: PreTokenizer,
    bpe: BPE,
}

impl Vocabulary {
    /// Builds the encoder. `tokens` in the order of their ids, in GPT-2's byte alphabet ([`byte_char`]); `special` says
    /// which of them are control tokens; `merges` in the order of their rank.
    pub fn new(
        tokens: &[String],
        special: impl Fn(usize) -> bool,
        merges: Vec<(String, String)>,
        pre: PreTokenizer,
    ) -> Result<Self, VocabularyError> {
        let mut normal = ahash_map(tokens.len());
        let mut specials = BTreeMap::new();
        for (id, token) in tokens.iter().enumerate() {
            if special(id) {
                specials.insert(token.clone(), id as u32);
            } else {
                normal.insert(token.clone(), id as u32);
            }
        }
        // `BPE` panics over a merge whose result is longer than every token.
        for (rank, (left, right)) in merges.iter().enumerate() {
            let known = [left.clone(), right.clone(), format!("{left}{right}")];
            if known.iter().any(|token| !normal.contains_key(token)) {
                return Err(VocabularyError::BadMerge(rank));
            }
        }
        let bpe = BPE::builder()
            .vocab_and_merges(normal, merges)
            .build()
            .map_err(|e| VocabularyError::Unusable(e.to_string()))?;
        Ok(Self { specials, pre, bpe })
    }

    /// The vocabulary of a GGUF.
    pub fn of(gguf: &Gguf) -> Result<Self, VocabularyError> {
        let pre = match (gguf.text("tokenizer.ggml.model"), gguf.text("tokenizer.ggml.pre")) {
            (Some("gpt2"), Some("gpt-2")) => PreTokenizer::Gpt2,
            (Some("gpt2"), Some("smollm")) => PreTokenizer::Smollm,
            _ => return Err(VocabularyError::OtherTokenizer),
        };
        let (Some(tokens), Some(types), Some(merges)) = (
            gguf.strings("tokenizer.ggml.tokens"),
            gguf.integers("tokenizer.ggml.token_type"),
            gguf.strings("tokenizer.ggml.merges"),
        ) else {
            return Err(VocabularyError::OtherTokenizer);
        };
        let merges = merges
            .iter()
            .enumerate()
            .map(|(rank, merge)| {
                let (left, right) = merge.split_once(' ').ok_or(VocabularyError::BadMerge(rank))?;
                Ok((left.to_owned(), right.to_owned()))
            })
            .collect::<Result<_, VocabularyError>>()?;
        // llama.cpp finds user-defined tokens in text before it merges; this encoding has no use for them.
        let odd = types.iter().position(|&kind| kind != NORMAL && kind != CONTROL);
        if let Some(odd) = odd {
            return Err(VocabularyError::MissingToken(tokens.get(odd).cloned().unwrap_or_default()));
        }
        Self::new(tokens, |id| types.get(id) == Some(&CONTROL), merges, pre)
    }

    /// The tokens of `text`: normal ones only, whatever the text says.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut pieces = PreTokenizedString::from(text);
        let split = match self.pre {
            PreTokenizer::Gpt2 => Ok(()),
            PreTokenizer::Smollm => Digits::new(true).pre_tokenize(&mut pieces),
        }
        .and_then(|()| ByteLevel::new(false, false, true).pre_tokenize(&mut pieces));
        // Neither step fails on text as short as a window's; a piece that did would be left out.
        if split.is_err() {
            return Vec::new();
        }
        pieces
            .get_splits(OffsetReferential::Normalized, OffsetType::None)
            .into_iter()
            .filter_map(|(piece, _, _)| self.bpe.tokenize(piece).ok())
            .flatten()
            .map(|token| token.id)
            .collect()
    }

    /// The token of one byte.
    pub(super) fn byte(&self, byte: u8) -> Result<u32, VocabularyError> {
        let name = byte_char(byte).to_string();
        self.bpe.token_to_id(&name).ok_or(VocabularyError::MissingToken(name))
    }

    /// The control token of this name.
    pub fn special(&self, name: &str) -> Result<u32, VocabularyError> {
        self.specials.get(name).copied().ok_or_else(|| VocabularyError::MissingToken(name.to_owned()))
    }
}

/// The map that `tokenizers` wants.
fn ahash_map(capacity: usize) -> tokenizers::models::bpe::Vocab {
    let mut map = tokenizers::models::bpe::Vocab::default();
    map.reserve(capacity);
    map
}

/// The character that stands for a byte in GPT-2's alphabet: printable bytes stand for themselves, the others for
/// U+0100 and following, in order.
pub fn byte_char(byte: u8) -> char {
    let printable = |b: u8| matches!(b, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    if printable(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|&b| !printable(b)).count() as u32;
    char::from_u32(0x100 + before).unwrap_or(char::REPLACEMENT_CHARACTER)
}
