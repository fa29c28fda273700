//! The native encoding: how a question becomes tokens for a model trained for this program.
//!
//! One layout, used by the scanner, the trainer and the evaluator, so that training and inference cannot drift. It
//! has a [`VERSION`] and a [`hash`] that a GGUF carries; another hash is an error, never a guess.
//!
//! ```text
//! <|path|> path <|ctx|> lines before, left <|val|> value <|/val|> right, lines after <|/ctx|>
//! <|use|> usage <|key|> name <|echo|> value byte by byte <|lenN|><|entN|><|csN|><|teN|><|synN|><|kindN|><|detN|>
//! <|sameN|><|namesN|><|rulesN|><|denseN|> <|priorN|> <|ans|>
//! ```
//!
//! - Every part is cut to a fixed number of tokens (`Budget`), so a question takes at most [`MAX_TOKENS`].
//! - Text is normalised before byte-pair encoding (`text`): runs of blanks become one space, blank lines go, invalid
//!   UTF-8 becomes U+FFFD. The echo holds the value's bytes as they are, one token each: its first
//!   [`ECHO_HEAD`] and last [`ECHO_TAIL`] when it is longer than both, with `<|cut|>` between.
//! - Token ids are put together here. Text of a scanned file goes through an encoder that does not know the special
//!   tokens, so whatever it says, it cannot become one.
//! - How often the value, its name and its rule occur in the file, how dense candidates stand there, and the feature
//!   model's log-odds are one bucket token each.
//! - The answer is read from the logits of `<|alert|>` and `<|safe|>` after `<|ans|>`. A model trained for this program
//!   gives their difference as a correction of the feature model's log-odds (`profile::Calibration`).
//!
//! Not here: the choice of model, calibration, chat prompts.

mod feature;
mod text;
mod vocabulary;

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::Query;
use super::digest::sha256_hex;
use super::gguf::Gguf;

pub use vocabulary::{PreTokenizer, Vocabulary, VocabularyError, byte_char};

/// Version of the layout. Goes up with every change that [`hash`] or the golden test below notices.
pub const VERSION: u32 = 2;
/// Metadata key of [`VERSION`] (u32).
pub const VERSION_KEY: &str = "secretscan.encoding.version";
/// Metadata key of [`hash`] (string).
pub const HASH_KEY: &str = "secretscan.encoding.hash";

/// Most tokens that a question takes.
pub const MAX_TOKENS: usize = 256;
/// Bytes of the value in the echo: its head, and its tail if it is longer.
pub const ECHO_HEAD: usize = 32;
/// See [`ECHO_HEAD`].
pub const ECHO_TAIL: usize = 15;
/// Components of the path that are shown, from its end: what stands above depends on where a checkout lies.
const PATH_COMPONENTS: usize = 4;

/// Most tokens of each part, and which end survives a cut.
struct Budget;

impl Budget {
    /// Keeps the end: the file name.
    const PATH: usize = 24;
    /// Keeps the end: what is near the value.
    const BEFORE: usize = 39;
    /// Keeps the end.
    const LEFT: usize = 32;
    /// Keeps this many of the head …
    const VALUE_HEAD: usize = 16;
    /// … and of the tail.
    const VALUE_TAIL: usize = 8;
    /// Keeps the head.
    const RIGHT: usize = 16;
    /// Keeps the head.
    const AFTER: usize = 24;
    /// Keeps the head.
    const USAGE: usize = 16;
    /// Keeps the end: the last part of a dotted name says most.
    const KEY: usize = 12;
}

/// Special tokens of the layout, without the numbered ones. `pad` and `end` are never written by [`Encoder::encode`]: a
/// trainer fills batches with the one and separates texts with the other.
const MARKS: [&str; 14] = [
    "<|pad|>", "<|end|>", "<|path|>", "<|ctx|>", "<|/ctx|>", "<|val|>", "<|/val|>", "<|use|>", "<|key|>",
    "<|echo|>", "<|cut|>", "<|ans|>", ALERT, SAFE,
];
/// The token that says credential.
pub const ALERT: &str = "<|alert|>";
/// The token that says harmless.
pub const SAFE: &str = "<|safe|>";
/// Numbered special tokens: their name and how many there are. `why` is never written by [`Encoder::encode`]: it is
/// for the trainer's second task. `why0` to `why3` are the classes real, weak, placeholder and not ([`CLASSES`]).
const NUMBERED: [(&str, usize); FAMILIES + 1] = [
    ("len", 8),
    ("ent", 8),
    ("cs", 8),
    ("te", 8),
    ("syn", 9),
    ("kind", 9),
    ("det", 6),
    ("same", 8),
    ("names", 8),
    ("rules", 8),
    ("dense", 8),
    ("prior", 16),
    ("why", 16),
];
/// Families of [`NUMBERED`] that a question holds one token of.
const FAMILIES: usize = 12;
/// Classes of the second task: real, weak, placeholder, not.
pub const CLASSES: usize = 4;

/// All special tokens, in the order in which a trainer should append them to its vocabulary. The encoder finds them
/// by name, wherever they stand.
pub fn specials() -> Vec<String> {
    let numbered = NUMBERED.iter().flat_map(|&(name, count)| (0..count).map(move |n| numbered_name(name, n)));
    MARKS.iter().map(|&mark| mark.to_owned()).chain(numbered).collect()
}

fn numbered_name(name: &str, n: usize) -> String {
    format!("<|{name}{n}|>")
}

/// SHA-256, in hexadecimal, of a description of the layout: budgets, buckets, order and special tokens.
pub fn hash() -> &'static str {
    static HASH: LazyLock<String> = LazyLock::new(|| sha256_hex(description().as_bytes()));
    &HASH
}

/// What [`hash`] covers, as text.
pub fn description() -> String {
    let mut text = format!(
        "secretscan native encoding {VERSION}\n\
         path(end {PATH_COMPONENTS} components) ctx before left val value /val right after /ctx use key echo \
         len ent cs te syn kind det same names rules dense prior ans\n\
         blanks folded, blank lines dropped, invalid utf-8 as u+fffd, echo as bytes\n\
         budget path {} before {} left {} value {}+{} right {} after {} use {} key {} echo {ECHO_HEAD}+{ECHO_TAIL}\n",
        Budget::PATH,
        Budget::BEFORE,
        Budget::LEFT,
        Budget::VALUE_HEAD,
        Budget::VALUE_TAIL,
        Budget::RIGHT,
        Budget::AFTER,
        Budget::USAGE,
        Budget::KEY,
    );
    let _ = writeln!(text, "{}", feature::description());
    let _ = writeln!(text, "{}", specials().join(" "));
    text
}

/// Turns questions into tokens of one model's vocabulary.
#[derive(Debug)]
pub struct Encoder {
    vocabulary: Vocabulary,
    /// Token of every byte.
    bytes: Box<[u32; 256]>,
    path: u32,
    ctx: u32,
    end_ctx: u32,
    val: u32,
    end_val: u32,
    usage: u32,
    key: u32,
    echo: u32,
    cut: u32,
    ans: u32,
    alert: u32,
    safe: u32,
    /// Tokens of the numbered families, in the order of [`NUMBERED`], without `why`.
    families: Vec<Vec<u32>>,
    classes: [u32; CLASSES],
}

impl Encoder {
    /// Finds the special tokens and the 256 bytes in `vocabulary`.
    pub fn new(vocabulary: Vocabulary) -> Result<Self, VocabularyError> {
        let mut bytes = Box::new([0; 256]);
        for (byte, id) in (0..=u8::MAX).zip(bytes.iter_mut()) {
            *id = vocabulary.byte(byte)?;
        }
        let families = NUMBERED[..FAMILIES]
            .iter()
            .map(|&(name, count)| (0..count).map(|n| vocabulary.special(&numbered_name(name, n))).collect())
            .collect::<Result<Vec<Vec<u32>>, _>>()?;
        let mut classes = [0; CLASSES];
        for (n, id) in classes.iter_mut().enumerate() {
            *id = vocabulary.special(&numbered_name("why", n))?;
        }
        for name in specials() {
            vocabulary.special(&name)?;
        }
        Ok(Self {
            bytes,
            path: vocabulary.special("<|path|>")?,
            ctx: vocabulary.special("<|ctx|>")?,
            end_ctx: vocabulary.special("<|/ctx|>")?,
            val: vocabulary.special("<|val|>")?,
            end_val: vocabulary.special("<|/val|>")?,
            usage: vocabulary.special("<|use|>")?,
            key: vocabulary.special("<|key|>")?,
            echo: vocabulary.special("<|echo|>")?,
            cut: vocabulary.special("<|cut|>")?,
            ans: vocabulary.special("<|ans|>")?,
            alert: vocabulary.special(ALERT)?,
            safe: vocabulary.special(SAFE)?,
            families,
            classes,
            vocabulary,
        })
    }

    /// Takes the vocabulary of a GGUF, after its version and hash have been compared.
    pub fn of(gguf: &Gguf) -> Result<Self, VocabularyError> {
        let version = gguf.unsigned(VERSION_KEY).ok_or(VocabularyError::NoEncoding(VERSION_KEY))?;
        let found = gguf.text(HASH_KEY).ok_or(VocabularyError::NoEncoding(HASH_KEY))?;
        if version != u64::from(VERSION) || found != hash() {
            return Err(VocabularyError::OtherEncoding {
                version,
                hash: found.chars().take(64).collect(),
                expected_version: VERSION,
                expected_hash: hash(),
            });
        }
        Self::new(Vocabulary::of(gguf)?)
    }

    /// The question as tokens: at most [`MAX_TOKENS`], the last one `<|ans|>`.
    pub fn encode(&self, query: &Query) -> Vec<u32> {
        let window = &query.window;
        let bpe = |bytes: &[u8]| self.vocabulary.encode(&text::line(bytes));
        let mut out = Vec::with_capacity(MAX_TOKENS);

        out.push(self.path);
        out.extend(last(&self.vocabulary.encode(&text::path(&window.path, PATH_COMPONENTS)), Budget::PATH));

        out.push(self.ctx);
        out.extend(last(&self.vocabulary.encode(&text::lines_before(&window.before)), Budget::BEFORE));
        out.extend(last(&bpe(&window.left), Budget::LEFT));
        out.push(self.val);
        let value = self.vocabulary.encode(&String::from_utf8_lossy(&window.value));
        out.extend(ends(&value, Budget::VALUE_HEAD, Budget::VALUE_TAIL));
        out.push(self.end_val);
        out.extend(first(&bpe(&window.right), Budget::RIGHT));
        out.extend(first(&self.vocabulary.encode(&text::lines_after(&window.after)), Budget::AFTER));
        out.push(self.end_ctx);

        out.push(self.usage);
        out.extend(first(&bpe(window.usage.as_deref().unwrap_or_default()), Budget::USAGE));
        out.push(self.key);
        out.extend(last(&bpe(window.key.as_deref().unwrap_or_default()), Budget::KEY));
        out.push(self.echo);
        self.push_echo(&window.value, &mut out);

        let buckets = feature::buckets(query, value.len());
        out.extend(self.families.iter().zip(buckets).map(|(family, bucket)| family[bucket]));
        out.push(self.ans);
        debug_assert!(out.len() <= MAX_TOKENS, "the budgets add up to at most MAX_TOKENS");
        out
    }

    /// The token whose logit says credential.
    pub fn alert(&self) -> u32 {
        self.alert
    }

    /// The token whose logit says harmless.
    pub fn safe(&self) -> u32 {
        self.safe
    }

    /// The tokens of the second task: real, weak, placeholder, not.
    pub fn classes(&self) -> [u32; CLASSES] {
        self.classes
    }

    /// The vocabulary.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    fn push_echo(&self, value: &[u8], out: &mut Vec<u32>) {
        let (head, tail) = if value.len() <= ECHO_HEAD + ECHO_TAIL {
            (value, &[][..])
        } else {
            (&value[..ECHO_HEAD], &value[value.len() - ECHO_TAIL..])
        };
        out.extend(head.iter().map(|&byte| self.bytes[usize::from(byte)]));
        if !tail.is_empty() {
            out.push(self.cut);
            out.extend(tail.iter().map(|&byte| self.bytes[usize::from(byte)]));
        }
    }
}

fn first(tokens: &[u32], limit: usize) -> impl Iterator<Item = u32> {
    tokens[..tokens.len().min(limit)].iter().copied()
}

fn last(tokens: &[u32], limit: usize) -> impl Iterator<Item = u32> {
    tokens[tokens.len().saturating_sub(limit)..].iter().copied()
}

/// The first `head` and the last `tail` tokens, or all if there are no more than both.
fn ends(tokens: &[u32], head: usize, tail: usize) -> impl Iterator<Item = u32> {
    let (head, tail) = if tokens.len() <= head + tail {
        (tokens, &[][..])
    } else {
        (&tokens[..head], &tokens[tokens.len() - tail..])
    };
    head.iter().chain(tail).copied()
}

#[cfg(test)]
mod tests;
