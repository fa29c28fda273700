//! A corpus as one stream of tokens: `<|path|> path <|ctx|> text <|end|>`, document after document.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use rayon::prelude::*;
use secretscan::judge::digest::{sha256_hex, sha256_hex_of};
use secretscan::judge::encode::Vocabulary;

use super::corpus::{self, Document};
use super::shuffle::random;

/// Most tokens of a path, as in the encoding.
const PATH_TOKENS: usize = 24;

/// Tokens to learn from and tokens to be measured on, of different documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streams {
    /// To learn from.
    pub train: Vec<u16>,
    /// To be measured on.
    pub validation: Vec<u16>,
}

/// SHA-256 of a file.
pub fn file_hash(path: &Path) -> anyhow::Result<String> {
    let open = std::fs::File::open(path).and_then(sha256_hex_of);
    open.with_context(|| format!("cannot read {}", path.display()))
}

/// The documents of all files as tokens, on the current pool's threads. One document in `one_in` is for validation, chosen by
/// its content. Kept in `cache` and read from there if nothing has changed.
pub fn build(
    files: &[PathBuf],
    vocabulary: &Vocabulary,
    tokenizer_hash: &str,
    one_in: u64,
    cache: &Path,
) -> anyhow::Result<Streams> {
    let hashes = files.iter().map(|file| file_hash(file)).collect::<anyhow::Result<Vec<_>>>()?;
    let key = sha256_hex(format!("stream 1 {hashes:?} {tokenizer_hash} {one_in}").as_bytes());
    if let Some(streams) = read(cache, &key) {
        return Ok(streams);
    }
    let mut documents = Vec::new();
    for file in files {
        documents.extend(corpus::read(file)?);
    }
    let bar = ProgressBar::new(documents.len() as u64).with_message("documents");
    let encoded: Vec<(bool, Vec<u16>)> = documents
        .par_iter()
        .inspect(|_| bar.inc(1))
        .map(|document| Ok((is_validation(document, one_in), encode(document, vocabulary)?)))
        .collect::<anyhow::Result<_>>()?;
    let all = |wanted: bool| {
        encoded.iter().filter(|(validation, _)| *validation == wanted).flat_map(|(_, t)| t).copied().collect()
    };
    let streams = Streams { train: all(false), validation: all(true) };
    write(cache, &key, &streams)?;
    Ok(streams)
}

fn is_validation(document: &Document, one_in: u64) -> bool {
    let hash = sha256_hex(document.text.as_bytes());
    let number = u64::from_str_radix(&hash[..8], 16).unwrap_or_default();
    one_in > 0 && number.is_multiple_of(one_in)
}

fn encode(document: &Document, vocabulary: &Vocabulary) -> anyhow::Result<Vec<u16>> {
    let path = vocabulary.encode(&document.path);
    let mut ids = vec![vocabulary.special("<|path|>")?];
    ids.extend(&path[path.len().saturating_sub(PATH_TOKENS)..]);
    ids.push(vocabulary.special("<|ctx|>")?);
    ids.extend(vocabulary.encode(&document.text));
    ids.push(vocabulary.special("<|end|>")?);
    if ids.iter().any(|&id| id > u32::from(u16::MAX)) {
        bail!("the vocabulary has more than 65,536 ids; token streams hold no more");
    }
    Ok(ids.into_iter().map(|id| id as u16).collect())
}

/// File layout: the key (64 bytes), the number of training tokens (8 bytes, little-endian), all tokens (2 bytes each).
fn write(cache: &Path, key: &str, streams: &Streams) -> anyhow::Result<()> {
    let mut bytes = Vec::with_capacity(72 + 2 * (streams.train.len() + streams.validation.len()));
    bytes.extend(key.as_bytes());
    bytes.extend((streams.train.len() as u64).to_le_bytes());
    bytes.extend(streams.train.iter().chain(&streams.validation).flat_map(|id| id.to_le_bytes()));
    std::fs::write(cache, bytes).with_context(|| format!("cannot write {}", cache.display()))
}

/// `None` if there is no such file, or of other data, or a damaged one: it is made again then.
fn read(cache: &Path, key: &str) -> Option<Streams> {
    let bytes = std::fs::read(cache).ok()?;
    let (found, rest) = bytes.split_at_checked(64)?;
    let (count, rest) = rest.split_first_chunk::<8>()?;
    let ids: Vec<u16> = rest.as_chunks::<2>().0.iter().map(|&pair| u16::from_le_bytes(pair)).collect();
    let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
    let (train, validation) = ids.split_at_checked(count)?;
    (found == key.as_bytes()).then(|| Streams { train: train.to_vec(), validation: validation.to_vec() })
}

/// The start of chunk `chunk` of `length` tokens in epoch `epoch`: each epoch cuts the stream at other places.
pub fn chunk_start(tokens: usize, length: usize, chunk: usize, epoch: u64, seed: u64) -> usize {
    use rand::Rng as _;
    let slack = tokens.saturating_sub(chunks(tokens, length) * length);
    let shift = random(seed, 90, epoch).random_range(0..=slack.min(length));
    chunk * length + shift
}

/// Whole chunks that any shift leaves room for.
pub fn chunks(tokens: usize, length: usize) -> usize {
    (tokens / length).saturating_sub(1).max(usize::from(tokens >= length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::tokenizer::{self, tests::small};

    #[test]
    fn documents_become_a_stream_that_is_kept_and_noticed_when_it_is_old() {
        let directory = tempfile::tempdir().unwrap();
        let (vocabulary, _) = tokenizer::load(&small(directory.path())).unwrap();
        let file = directory.path().join("text.jsonl");
        let lines: Vec<String> = (0..60)
            .map(|n| format!("{{\"path\":\"a/f{n}.rs\",\"text\":\"let user = config.get({n});\"}}"))
            .collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        let cache = directory.path().join("stream.bin");
        let files = [file.clone()];
        let streams = build(&files, &vocabulary, "t", 10, &cache).unwrap();
        let end = vocabulary.special("<|end|>").unwrap() as u16;
        let ends = |ids: &[u16]| ids.iter().filter(|&&id| id == end).count();
        assert_eq!(ends(&streams.train) + ends(&streams.validation), 60);
        assert!((1..30).contains(&ends(&streams.validation)));
        assert_eq!(u32::from(streams.train[0]), vocabulary.special("<|path|>").unwrap());

        let key = std::fs::read(&cache).unwrap()[..64].to_vec();
        assert_eq!(build(&files, &vocabulary, "t", 10, &cache).unwrap(), streams);
        std::fs::write(&file, lines[..30].join("\n")).unwrap();
        let fewer = build(&files, &vocabulary, "t", 10, &cache).unwrap();
        assert!(fewer.train.len() < streams.train.len());
        assert_ne!(std::fs::read(&cache).unwrap()[..64], key[..]);
    }

    #[test]
    fn chunks_stay_within_the_stream() {
        for (tokens, length) in [(1000, 64), (64, 64), (130, 64), (63, 64)] {
            let count = chunks(tokens, length);
            assert_eq!(count == 0, tokens < length);
            for chunk in 0..count {
                for epoch in 0..20 {
                    assert!(chunk_start(tokens, length, chunk, epoch, 5) + length <= tokens);
                }
            }
        }
    }
}
