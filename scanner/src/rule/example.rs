//! Builds examples of tokens, so that no source file holds one.
//!
//! A recipe is text with parts in braces: `ghp_{base62:30}{crc32_base62}`. `docs/rules.md` has the whole language.
//! The same seed always gives the same example. Nothing here is secure, and nothing needs to be.

use std::ops::Range;

use super::codec::BASE32;
use super::compute::{self, Computed};
use super::random::SplitMix64;

/// The most characters that one part may ask for; a recipe from a user must not fill the memory.
const MAX_COUNT: usize = 4096;

const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";
const HEX_UPPER: &[u8] = b"0123456789ABCDEF";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER_DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const UPPER_DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Alphabets by name.
const CLASSES: &[(&str, &[u8])] = &[
    ("alnum", BASE62),
    ("base32", BASE32),
    ("base62", BASE62),
    ("base64", BASE64),
    ("base64url", BASE64_URL),
    ("digits", DIGITS),
    ("hex", HEX),
    ("hex_upper", HEX_UPPER),
    ("lower", LOWER),
    ("lower_digits", LOWER_DIGITS),
    ("upper", UPPER),
    ("upper_digits", UPPER_DIGITS),
];

/// How one example is put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// The template; see `docs/rules.md`.
    pub template: String,
}

/// What a recipe gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The whole text.
    pub text: String,
    /// Bytes of `text` that are the secret, half-open.
    pub secret_span: Range<usize>,
}

impl Example {
    /// The secret's bytes.
    pub fn secret(&self) -> &[u8] {
        &self.text.as_bytes()[self.secret_span.clone()]
    }
}

/// Why a recipe cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// A `{` without its `}`, or the other way round.
    #[error("a brace at byte {at} has no partner; write {{{{ or }}}} for a plain one")]
    Brace {
        /// Offset in the template.
        at: usize,
    },
    /// Not the name of a class or of a computed part.
    #[error("unknown part `{name}`{}", suggestion.as_ref().map(|s| format!("; did you mean `{s}`?")).unwrap_or_default())]
    UnknownPart {
        /// As written.
        name: String,
        /// A name that looks like it.
        suggestion: Option<String>,
    },
    /// The count is missing, no number, reversed or too large.
    #[error("part `{part}` needs a count of 1 to {MAX_COUNT}, as in `{{hex:32}}` or `{{hex:20-40}}`")]
    Count {
        /// As written.
        part: String,
    },
    /// `{<}` and `{>}` do not enclose anything, or there are no random parts.
    #[error("the recipe does not say what the secret is; enclose it in {{<}} and {{>}}")]
    NoSecret,
}

/// One piece of a parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Random { alphabet: Vec<u8>, least: usize, most: usize },
    Computed(Computed),
    Open,
    Close,
}

impl Recipe {
    /// Takes a template; [`Recipe::build`] finds its errors.
    pub fn new(template: &str) -> Self {
        Self { template: template.to_owned() }
    }

    /// Builds the example of this seed.
    ///
    /// The secret is what stands between `{<}` and `{>}`. Without them it is the run of characters, free of white
    /// space and quotes, around the random parts.
    pub fn build(&self, seed: u64) -> Result<Example, RecipeError> {
        let parts = parse(&self.template)?;
        let mut random = SplitMix64::new(seed);
        let mut text = String::new();
        let mut last = 0..0;
        let (mut open, mut close) = (None, None);
        let mut generated: Option<Range<usize>> = None;
        for part in &parts {
            let from = text.len();
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Open => open = Some(from),
                Part::Close => close = Some(from),
                Part::Random { alphabet, least, most } => {
                    let count = least + random.below(most - least + 1);
                    text.extend((0..count).map(|_| random.pick(alphabet)));
                    last = from..text.len();
                }
                Part::Computed(computed) => {
                    let start = open.unwrap_or_else(|| run_start(&text, from));
                    let made = compute::make(*computed, &text[start..], &text[last.clone()], &mut random);
                    text.push_str(&made);
                    last = from..text.len();
                }
            }
            if matches!(part, Part::Random { .. } | Part::Computed(_)) {
                let start = generated.map_or(from, |range| range.start);
                generated = Some(start..text.len());
            }
        }
        let secret_span = match (open, close, generated) {
            (Some(open), Some(close), _) => open..close,
            (None, None, Some(made)) => run_start(&text, made.start)..run_end(&text, made.end),
            _ => return Err(RecipeError::NoSecret),
        };
        if secret_span.is_empty() {
            return Err(RecipeError::NoSecret);
        }
        Ok(Example { text, secret_span })
    }
}

fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`')
}

fn run_start(text: &str, from: usize) -> usize {
    text[..from].rfind(is_delimiter).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8))
}

fn run_end(text: &str, from: usize) -> usize {
    text[from..].find(is_delimiter).map_or(text.len(), |at| from + at)
}

fn parse(template: &str) -> Result<Vec<Part>, RecipeError> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut at = 0;
    while let Some(found) = template[at..].find(['{', '}']) {
        let brace = at + found;
        literal.push_str(&template[at..brace]);
        let rest = &template[brace..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            literal.push_str(&rest[..1]);
            at = brace + 2;
            continue;
        }
        let end = if rest.starts_with('{') { rest.find('}') } else { None };
        let end = end.ok_or(RecipeError::Brace { at: brace })?;
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        parts.push(parse_part(&rest[1..end])?);
        at = brace + end + 1;
    }
    literal.push_str(&template[at..]);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

fn parse_part(part: &str) -> Result<Part, RecipeError> {
    match part {
        "<" => return Ok(Part::Open),
        ">" => return Ok(Part::Close),
        _ => {}
    }
    let (name, count) = match part.rsplit_once(':') {
        Some((name, count)) => (name, Some(count)),
        None => (part, None),
    };
    let wrong_count = || RecipeError::Count { part: part.to_owned() };
    let range = count.map(|count| parse_count(count).ok_or_else(wrong_count)).transpose()?;
    let custom = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).filter(|set| !set.is_empty());
    let alphabet = match custom {
        Some(set) if set.is_ascii() => Some(set.as_bytes()),
        _ => CLASSES.iter().find(|(class, _)| *class == name).map(|(_, alphabet)| *alphabet),
    };
    if let Some(alphabet) = alphabet {
        let (least, most) = range.ok_or_else(wrong_count)?;
        return Ok(Part::Random { alphabet: alphabet.to_vec(), least, most });
    }
    let count = range.map(|(least, _)| least);
    if let Some(computed) = Computed::parse(name, count) {
        return Ok(Part::Computed(computed));
    }
    let names = CLASSES.iter().map(|(class, _)| *class).chain(Computed::names());
    Err(RecipeError::UnknownPart { name: name.to_owned(), suggestion: crate::nearest::nearest(name, names) })
}

/// `32` or `20-40`.
fn parse_count(count: &str) -> Option<(usize, usize)> {
    let (least, most) = count.split_once('-').unwrap_or((count, count));
    let range = (least.parse().ok()?, most.parse().ok()?);
    (range.0 >= 1 && range.0 <= range.1 && range.1 <= MAX_COUNT).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(template: &str) -> Example {
        Recipe::new(template).build(3).expect("a good recipe")
    }

    #[test]
    fn equal_seeds_give_equal_examples_and_others_differ() {
        let recipe = Recipe::new("k = '{base64:40}'");
        assert_eq!(recipe.build(1), recipe.build(1));
        assert_ne!(recipe.build(1), recipe.build(2));
    }

    #[test]
    fn every_class_stays_in_its_alphabet() {
        for (class, alphabet) in CLASSES {
            let example = build(&format!("{{{class}:200}}"));
            assert_eq!(example.text.len(), 200, "{class}");
            assert!(example.text.bytes().all(|b| alphabet.contains(&b)), "{class}");
        }
        assert!(build("{[ab]:50}").text.bytes().all(|b| matches!(b, b'a' | b'b')));
    }

    #[test]
    fn the_secret_is_the_run_around_the_random_parts() {
        let secret = |template: &str| {
            let example = build(template);
            (example.secret_span.start, example.text.len() - example.secret_span.end)
        };
        assert_eq!(secret("ghp_{hex:8}"), (0, 0));
        assert_eq!(secret("token = \"ghp_{hex:8}\";"), (9, 2));
        assert_eq!(secret("T={<}{hex:8}{>}&x=y"), (2, 4));
        assert_eq!(secret("a {hex:4}.{hex:4} b"), (2, 2));
    }

    #[test]
    fn counts_may_be_ranges() {
        let recipe = Recipe::new("{hex:3-5}");
        let lengths: std::collections::BTreeSet<usize> =
            (0..60).map(|seed| recipe.build(seed).expect("a good recipe").text.len()).collect();
        assert_eq!(lengths.into_iter().collect::<Vec<_>>(), [3, 4, 5]);
    }

    #[test]
    fn doubled_braces_are_plain() {
        let example = build("{{\"k\": \"{hex:4}\"}}");
        assert!(example.text.starts_with("{\"k\": \"") && example.text.ends_with("\"}"));
    }

    #[test]
    fn broken_recipes_are_named() {
        let error = |template: &str| Recipe::new(template).build(0).expect_err("a broken recipe");
        assert_eq!(error("a{hex:3"), RecipeError::Brace { at: 1 });
        assert_eq!(error("a}b"), RecipeError::Brace { at: 1 });
        assert!(matches!(error("{hex}"), RecipeError::Count { .. }));
        assert!(matches!(error("{hex:0}"), RecipeError::Count { .. }));
        assert!(matches!(error("{hex:9-3}"), RecipeError::Count { .. }));
        assert!(matches!(error("{hex:99999999}"), RecipeError::Count { .. }));
        assert!(matches!(error("plain"), RecipeError::NoSecret));
        assert!(matches!(error("{<}{hex:4}"), RecipeError::NoSecret));
        let RecipeError::UnknownPart { suggestion, .. } = error("{base46:3}") else {
            panic!("an unknown part");
        };
        assert_eq!(suggestion.as_deref(), Some("base64"));
    }
}
