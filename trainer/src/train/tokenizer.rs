//! The vocabulary: byte-level BPE (Sennrich et al. 2016; bytes as in GPT-2) trained on a corpus, every digit alone, and
//! the special tokens of the encoding behind it.
//!
//! Written as `tokenizer.json`. Special tokens are control tokens: the text encoder that reads the file back
//! ([`load`]) does not know them, so no text can become one.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use secretscan::judge::encode::{PreTokenizer, Vocabulary, VocabularyError, specials};
use serde::Deserialize;
use tokenizers::decoders::byte_level::ByteLevel as Decoder;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::{
    AddedToken, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer as _, Tokenizer, Trainer as _,
};

/// Longest token, in bytes: longer ones are banners and licences.
const LONGEST_TOKEN: usize = 16;

/// Why there is no vocabulary.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// No room for bytes and special tokens.
    #[error(
        "a vocabulary of {size} has no room for 256 bytes and {specials} special tokens; give at least {least}"
    )]
    TooSmall {
        /// Asked for.
        size: usize,
        /// Special tokens of the encoding.
        specials: usize,
        /// Least size.
        least: usize,
    },
    /// The text does not hold so many different pairs.
    #[error("the text gives {found} tokens only, not {wanted}; train on more text or ask for fewer")]
    TooLittleText {
        /// Learned tokens.
        found: usize,
        /// Asked for.
        wanted: usize,
    },
    /// The library failed.
    #[error("cannot train or write the tokenizer: {0}")]
    Library(tokenizers::Error),
    /// The file cannot be read.
    #[error("cannot read {path}: {source}; make one with `trainer tokenizer`")]
    Read {
        /// The file.
        path: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is no tokenizer of this form.
    #[error("{path} is no tokenizer.json of a byte-level BPE: {source}; make one with `trainer tokenizer`")]
    Syntax {
        /// The file.
        path: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Ids are missing or doubled.
    #[error("{path}: the ids are not 0 to {last} without gaps")]
    Gaps {
        /// The file.
        path: String,
        /// Number of tokens less one.
        last: usize,
    },
    /// Its tokens do not fit the encoding.
    #[error("{path}: {source}")]
    Vocabulary {
        /// The file.
        path: String,
        /// What is wrong.
        source: VocabularyError,
    },
}

fn splitter() -> Sequence {
    let digits = tokenizers::PreTokenizerWrapper::from(Digits::new(true));
    Sequence::new(vec![digits, ByteLevel::new(false, true, true).into()])
}

fn words(text: &str) -> tokenizers::Result<Vec<String>> {
    let mut pieces = PreTokenizedString::from(text);
    splitter().pre_tokenize(&mut pieces)?;
    let splits = pieces.get_splits(OffsetReferential::Normalized, OffsetType::None);
    Ok(splits.into_iter().map(|(piece, _, _)| piece.to_owned()).collect())
}

/// Learns a vocabulary of `size` ids in all from texts. The same texts give the same vocabulary, in whatever order.
pub fn train<'a>(
    texts: impl Iterator<Item = &'a str> + Send,
    size: usize,
) -> Result<Tokenizer, TokenizerError> {
    let specials = specials();
    let least = 256 + specials.len();
    if size < least {
        return Err(TokenizerError::TooSmall { size, specials: specials.len(), least });
    }
    let wanted = size - specials.len();
    let alphabet: HashSet<char> = ByteLevel::alphabet().into_iter().collect();
    let mut trainer = BpeTrainerBuilder::new()
        .vocab_size(wanted)
        .min_frequency(2)
        .show_progress(false)
        .initial_alphabet(alphabet)
        .max_token_length(Some(LONGEST_TOKEN))
        .build();
    trainer.feed(texts, words).map_err(TokenizerError::Library)?;
    let mut bpe = BPE::default();
    trainer.train(&mut bpe).map_err(TokenizerError::Library)?;
    let mut tokenizer = Tokenizer::new(bpe);
    let found = tokenizer.get_vocab_size(false);
    if found != wanted {
        return Err(TokenizerError::TooLittleText { found, wanted });
    }
    tokenizer.with_pre_tokenizer(Some(splitter()));
    tokenizer.with_decoder(Some(Decoder::default()));
    let control: Vec<AddedToken> = specials.into_iter().map(|name| AddedToken::from(name, true)).collect();
    tokenizer.add_special_tokens(control).map_err(TokenizerError::Library)?;
    Ok(tokenizer)
}

#[derive(Deserialize)]
struct Stored {
    model: StoredModel,
    added_tokens: Vec<StoredToken>,
}

#[derive(Deserialize)]
struct StoredModel {
    vocab: BTreeMap<String, u32>,
    merges: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct StoredToken {
    id: u32,
    content: String,
    special: bool,
}

/// Reads a `tokenizer.json` that [`train`] made. Returns the vocabulary and its number of ids.
pub fn load(path: &Path) -> Result<(Vocabulary, usize), TokenizerError> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|source| TokenizerError::Read { path: shown.clone(), source })?;
    let stored: Stored = serde_json::from_slice(&bytes)
        .map_err(|source| TokenizerError::Syntax { path: shown.clone(), source })?;
    let mut tokens: BTreeMap<u32, (String, bool)> = BTreeMap::new();
    tokens.extend(stored.model.vocab.into_iter().map(|(token, id)| (id, (token, false))));
    tokens.extend(stored.added_tokens.into_iter().map(|t| (t.id, (t.content, t.special))));
    if tokens.is_empty() || tokens.keys().copied().ne(0..tokens.len() as u32) {
        return Err(TokenizerError::Gaps { path: shown, last: tokens.len().saturating_sub(1) });
    }
    let (names, control): (Vec<String>, Vec<bool>) = tokens.into_values().unzip();
    let merges = stored.model.merges;
    let vocabulary = Vocabulary::new(&names, |id| control[id], merges, PreTokenizer::Smollm)
        .map_err(|source| TokenizerError::Vocabulary { path: shown, source })?;
    Ok((vocabulary, names.len()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A tokenizer of 32 merges over made-up code.
    pub(in crate::train) fn small(directory: &Path) -> std::path::PathBuf {
        let texts: Vec<String> = (0..40)
            .map(|n| {
                format!(
                    "fn value_{n}(key: &str) -> String {{ config.get(\"password_{n}\") }}\nlet user = {n};\n"
                )
            })
            .collect();
        let size = 256 + 32 + specials().len();
        let path = directory.join("tokenizer.json");
        train(texts.iter().map(String::as_str), size).unwrap().save(&path, true).unwrap();
        path
    }

    #[test]
    fn the_saved_file_gives_the_same_ids_here_and_in_the_library_and_digits_stand_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = small(directory.path());
        let (vocabulary, size) = load(&path).unwrap();
        assert_eq!(size, 256 + 32 + specials().len());
        let library = Tokenizer::from_file(&path).unwrap();
        for text in ["fn value_12(key) = \"password\"", "  \u{e9}\u{4e2d} 4096\n\tx", "", "a\r\n\u{0}b"] {
            let ids = library.encode(text, false).unwrap().get_ids().to_vec();
            assert_eq!(vocabulary.encode(text), ids, "{text:?}");
        }
        assert_eq!(vocabulary.encode("4096").len(), 4);
        assert!(vocabulary.encode("password").len() < 8, "merges are in use");
    }

    #[test]
    fn special_tokens_are_last_and_no_text_becomes_one() {
        let directory = tempfile::tempdir().unwrap();
        let (vocabulary, size) = load(&small(directory.path())).unwrap();
        let first = size - specials().len();
        for (n, name) in specials().iter().enumerate() {
            assert_eq!(vocabulary.special(name).unwrap() as usize, first + n);
            assert!(vocabulary.encode(name).iter().all(|&id| (id as usize) < first));
        }
    }

    #[test]
    fn training_twice_gives_the_same_bytes_and_too_little_text_is_an_error() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let bytes = |d: &tempfile::TempDir| std::fs::read(small(d.path())).unwrap();
        assert_eq!(bytes(&a), bytes(&b));
        assert!(matches!(train(["ab ab"].into_iter(), 4096), Err(TokenizerError::TooLittleText { .. })));
        assert!(matches!(train(["ab ab"].into_iter(), 300), Err(TokenizerError::TooSmall { .. })));
        std::fs::write(a.path().join("x.json"), "{}").unwrap();
        assert!(matches!(load(&a.path().join("x.json")), Err(TokenizerError::Syntax { .. })));
    }
}
