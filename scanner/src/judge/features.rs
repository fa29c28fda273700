//! The feature model's view of a candidate: numbers about its value, its name, its place, and its whole file.
//!
//! One list of features, in one order, for training and for scanning; [`names`] is the table of them, and [`hash`] of it
//! is part of what a trained model is bound to. A change of meaning without a change of name must raise [`VERSION`].
//!
//! ```text
//! fact      the documented score's facts, but for those that a number below says better
//! value     bytes, runs, entropies, words, forms, what Base64 or hexadecimal holds
//! name      words, length, spelling, likeness to the value
//! line      quotes, separator, what stands left and right
//! around    the lines before and after, other uses of the value and the name
//! path      words, extension, depth
//! rule      detector, kind, syntax, proof
//! file      counts over the whole file
//! ```
//!
//! Pure: no file, no clock. All numbers are finite; -1 says that a question does not apply. Bounded: at most 512 bytes
//! of the value, 256 of each side of its line and 2 KiB of text each way are looked at, so that a part of a file that
//! holds these gives the same numbers as the whole file.

/// Features as a table: each name beside the expression of its value, so that names and values cannot drift apart.
macro_rules! table {
    ($(#[$doc:meta])* $from:ident: $of:ty; $($name:literal => $value:expr,)+) => {
        /// The names, in order.
        pub(super) const NAMES: &[&str] = &[$($name),+];

        $(#[$doc])*
        pub(super) fn push($from: &$of, out: &mut Vec<f32>) {
            out.extend([$(f32::from(crate::judge::features::Number($value))),+]);
        }
    };
}

mod around;
mod bigram;
mod counts;
mod encoded;
mod fact;
mod lexicon;
mod line;
mod name;
mod origin;
mod place;
mod runs;
pub mod statistics;
mod value;
mod word;

use std::borrow::Cow;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::candidate::Candidate;
use crate::candidate::structural::basic;
use crate::value::path::PathInfo;

pub use statistics::FileStatistics;

/// Raised when a feature changes its meaning and keeps its name.
pub const VERSION: u32 = 1;

/// Bytes of a value that are looked at.
const VALUE_BYTES: usize = 512;

/// What a feature's expression may give.
struct Number<T>(T);

impl From<Number<bool>> for f32 {
    fn from(number: Number<bool>) -> Self {
        Self::from(u8::from(number.0))
    }
}

impl From<Number<f32>> for f32 {
    fn from(number: Number<f32>) -> Self {
        number.0
    }
}

impl From<Number<usize>> for f32 {
    fn from(number: Number<usize>) -> Self {
        number.0 as Self
    }
}

/// What all groups look at.
struct Subject<'a> {
    candidate: &'a Candidate,
    /// The value's head; of a Basic header the password inside, if there is one.
    value: Cow<'a, [u8]>,
    /// Bytes of the whole value as written.
    written: usize,
    name: &'a [u8],
    text: &'a [u8],
    /// The span, cut to the text.
    start: usize,
    end: usize,
}

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names = fact::names();
    for group in [
        value::NAMES,
        runs::NAMES,
        word::NAMES,
        encoded::NAMES,
        name::NAMES,
        line::NAMES,
        around::NAMES,
        place::NAMES,
        origin::NAMES,
        counts::NAMES,
    ] {
        names.extend(group);
    }
    for lexicon in [&*lexicon::VALUE, &*lexicon::NAME, &*lexicon::LINE, &*lexicon::AROUND, &*lexicon::PATH] {
        names.extend(lexicon.names());
    }
    names
});

/// The features' names, in the order of [`measure`]. Unique.
pub fn names() -> &'static [&'static str] {
    &NAMES
}

/// SHA-256 over [`VERSION`] and the names, lower-case hexadecimal: a model fits one list of features only.
pub fn hash() -> &'static str {
    static HASH: LazyLock<String> = LazyLock::new(|| {
        let mut hasher = Sha256::new();
        hasher.update(VERSION.to_le_bytes());
        for name in names() {
            hasher.update((name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
        }
        crate::value::hex::encode(&hasher.finalize())
    });
    &HASH
}

/// The features of a candidate. `value` is `text[candidate.span]`, `name` is `text[candidate.key]`; `text` is the
/// segment, `statistics` what is counted over its file.
pub fn measure(
    candidate: &Candidate,
    value: &[u8],
    name: Option<&[u8]>,
    path: &PathInfo,
    text: &[u8],
    statistics: &FileStatistics,
) -> Vec<f32> {
    let mut out = Vec::with_capacity(names().len());
    measure_into(candidate, value, name, path, text, statistics, &mut out);
    out
}

/// As [`measure`], into a buffer that is cleared first: a scan measures many.
pub fn measure_into(
    candidate: &Candidate,
    value: &[u8],
    name: Option<&[u8]>,
    path: &PathInfo,
    text: &[u8],
    statistics: &FileStatistics,
    out: &mut Vec<f32>,
) {
    out.clear();
    let start = candidate.span.start.min(text.len());
    let subject = Subject {
        candidate,
        value: inner(candidate, value),
        written: value.len(),
        name: name.unwrap_or_default(),
        text,
        start,
        end: candidate.span.end.clamp(start, text.len()),
    };
    fact::push(candidate, value, name, path, text, out);
    value::push(&value::Facts::of(&subject), out);
    runs::push(&runs::Runs::of(&subject.value), out);
    word::push(&word::Words::of(&subject.value), out);
    encoded::push(&encoded::Encoded::of(&subject.value), out);
    name::push(&name::Likeness::of(&subject), out);
    let line = line::Line::of(&subject);
    line::push(&line, out);
    let around = around::Around::of(&subject, &line);
    around::push(&around, out);
    place::push(path, out);
    origin::push(candidate, out);
    counts::push(statistics, out);
    lexicon::VALUE.push(&[&subject.value], out);
    lexicon::NAME.push(&[subject.name], out);
    lexicon::LINE.push(&[line.left], out);
    lexicon::AROUND.push(&[around.before, around.after], out);
    lexicon::PATH.push(&[path.path.as_bytes()], out);
    debug_assert_eq!(out.len(), names().len(), "every name has its number");
}

/// The bytes that are the secret itself: `user:password` in Base64 is as good as its password.
fn inner<'a>(candidate: &Candidate, value: &'a [u8]) -> Cow<'a, [u8]> {
    let value = &value[..value.len().min(VALUE_BYTES)];
    let login = candidate.rule.id == "basic-auth-header";
    match login.then(|| basic::password(value)).flatten() {
        Some(password) if !password.is_empty() => Cow::Owned(password),
        _ => Cow::Borrowed(value),
    }
}

#[cfg(test)]
mod tests;
