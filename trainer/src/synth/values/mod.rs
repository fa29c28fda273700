//! Made parts of texts: what a pool of words cannot hold.
//!
//! Random strings of an alphabet, numbers and dates, keyboard walks, pronounceable words, encoded binary data, and the
//! scanner's own recipes of provider tokens (with right checksums). All from the stream that is passed in.

mod binary;
mod chosen;
mod provider;
mod strings;

use super::random::Random;

/// The part `name` with this argument (mostly a count `32` or a range `16-64`); `None` if there is no such part.
pub(crate) fn make(name: &str, argument: &str, random: &mut Random) -> Option<String> {
    strings::make(name, argument, random)
        .or_else(|| chosen::make(name, argument, random))
        .or_else(|| binary::make(name, argument, random))
        .or_else(|| provider::make(name, argument, random))
}

/// `32` or `16-64`.
pub(crate) fn range(text: &str) -> Option<(usize, usize)> {
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    let range = (least.parse().ok()?, most.parse().ok()?);
    (range.0 <= range.1 && range.1 <= 100_000_000).then_some(range)
}
