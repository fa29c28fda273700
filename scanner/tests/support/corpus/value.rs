//! Generators of values by the name that templates use.

use super::rng::Rng;
use super::{digest, harmless, human, key, obfuscated, random, stored, token};

/// A generator with its name.
pub(crate) type Maker = (&'static str, fn(&mut Rng) -> String);

const HUMAN: &[Maker] = &[
    ("human", human::any),
    ("human_ascii", human::ascii),
    ("human_plain", human::plain),
    ("human_spaces", |rng| human::STYLES[human::STYLES.len() - 1].1(rng)),
];

const TABLES: &[&[Maker]] = &[
    HUMAN,
    random::TABLE,
    token::TABLE,
    key::TABLE,
    digest::TABLE,
    obfuscated::TABLE,
    stored::TABLE,
    harmless::TABLE,
];

/// Makes a value, or `None` for an unknown name. A human style may be named directly (`style.leet`).
pub(crate) fn make(name: &str, rng: &mut Rng) -> Option<String> {
    if let Some(style) = name.strip_prefix("style.") {
        return human::STYLES.iter().find(|(known, _)| *known == style).map(|(_, make)| make(rng));
    }
    TABLES.iter().copied().flatten().find(|(known, _)| *known == name).map(|(_, make)| make(rng))
}

/// Every name but the styles.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().copied().flatten().map(|(name, _)| *name)
}
