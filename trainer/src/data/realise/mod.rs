//! Gives a value another realisation: of the same style, from the same characters, of about the same length, and with
//! nothing left that could be used.
//!
//! Why: values of real repositories must not end up in weights, and a model must not learn one person's password. The
//! style must survive, or the model would learn the replacement ("human word: harmless"). So the style is detected
//! first ([`shape`]), and each shape has its own way: machine-made values are drawn again from their alphabet, chosen
//! ones get other words, numbers, years and key walks in the same pattern of case, leet and separators.
//!
//! Limits: a value that consists of credential words only (`testpassword`) stays as it is unless [`Keep::Nothing`] is
//! asked for. Keys in armour are redrawn without their inner structure.

mod human;
mod lists;
mod machine;
mod number;
mod pronounce;
mod redact;
mod shape;
mod word;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

pub use redact::{Replacement, replace};
pub use shape::{Shape, shape};

/// Which words of a value stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Words that say what the value is: `test`, `dummy`, `password`, `admin` …
    Telling,
    /// None.
    Nothing,
}

/// Draws until the value has changed.
const TRIES: usize = 8;

/// Another value of the style of `value`. The same seed gives the same value. Empty stays empty; a value without
/// letters and digits stays as it is.
pub fn realise(value: &str, seed: [u8; 32], keep: Keep) -> String {
    let mut random = ChaCha8Rng::from_seed(seed);
    let before = shape(value);
    let mut last = value.to_owned();
    for attempt in 0..2 * TRIES {
        let keep = if attempt >= TRIES && last == value { Keep::Nothing } else { keep };
        let made = once(value, &mut random, keep);
        if made != value {
            // An invented word may, by chance, look drawn: such a draw is only taken if there is no other.
            if shape(&made) == before {
                return made;
            }
            last = made;
        }
    }
    last
}

/// One draw; may give the same value.
fn once(value: &str, random: &mut ChaCha8Rng, keep: Keep) -> String {
    match shape(value) {
        Shape::Uuid => machine::uuid(value, random),
        Shape::Jwt => machine::jwt(value, random),
        Shape::Url => machine::url(value, random, keep),
        Shape::EncodedText => machine::encoded_text(value, random, keep),
        Shape::Base64 => machine::base64(value, random),
        Shape::Hex => machine::hex(value, random),
        Shape::Digits => number::digits(value, random),
        Shape::Prefixed(at) => format!("{}{}", &value[..at], once(&value[at..], random, keep)),
        Shape::Random => machine::random(value, random),
        Shape::Armour => machine::armour(value, random),
        Shape::Human => human::chosen(value, random, keep),
    }
}

#[cfg(test)]
mod tests;
