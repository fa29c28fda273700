//! Text inside text: Base64 (both alphabets, with and without padding, also over several lines), hexadecimal,
//! percent-encoding, HTML entities, `\u` and `\x` escapes, UTF-16 inside Base64, and gzip or zlib inside Base64 or
//! hexadecimal.
//!
//! Around each encoded part a [`Layer`] is built: a stretch of the text in which the part is replaced by what it holds, so
//! that a name outside and a value inside are seen side by side. The engine searches a layer as it searches the text, and
//! layers in layers down to [`DEPTH`]. A layer's [`SpanMap`] leads back, so that a finding points at what is written.
//!
//! An encoded part is one only if it decodes to text: most long runs of such characters are names, digests or media, and
//! their first eight characters say so. Every byte of a text goes into at most one layer of it, and what is beyond a
//! [`Budget`] is left out and said. Binary content is not looked at, and nothing is decrypted.

mod base64;
mod budget;
mod compressed;
mod escape;
mod gate;
mod hex;
mod layer;
mod map;
mod reveal;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Candidate;

pub(super) use budget::Budget;
pub use budget::DEPTH;
pub(super) use escape::ANCHORS;
pub(super) use layer::{Hints, Layer, layers};
pub use reveal::reveal;

/// Whether encoded text is searched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Decode {
    /// Decoded, and searched for what is in it.
    #[default]
    On,
    /// As it is written only.
    Off,
}

/// How a text is written as another one. The names are part of the JSON contract; add, never rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// RFC 4648, either alphabet, with or without padding.
    Base64,
    /// Two digits a byte.
    Hex,
    /// RFC 3986: `%3D`.
    Percent,
    /// Character references of HTML and XML: `&quot;`, `&#61;`.
    Html,
    /// `\u003d`, `\u{3d}`, `\x3d`.
    Escape,
    /// Two or four bytes a character, the least significant first (RFC 2781): what PowerShell's `-EncodedCommand` takes.
    Utf16,
    /// RFC 1952.
    Gzip,
    /// RFC 1950.
    Zlib,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Percent => "percent",
            Self::Html => "html",
            Self::Escape => "escape",
            Self::Utf16 => "utf16",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
        })
    }
}

/// `base64 > gzip`: the outermost encoding first.
pub fn chain(by: &[Encoding]) -> String {
    by.iter().map(ToString::to_string).collect::<Vec<_>>().join(" > ")
}

/// Longest escape of a percent sign that was escaped again and again.
const ESCAPE: usize = 2 * DEPTH + 1;

/// A candidate as it stands in decoded text.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The layers that lead to it, the innermost first. Never empty.
    layers: Vec<Arc<Layer>>,
    /// The encodings, the outermost first. Never empty.
    pub by: Vec<Encoding>,
    /// The candidate; its spans are bytes of [`Decoded::text`].
    pub candidate: Candidate,
    /// Decoded text stands before the value, so that what holds it is more than the value alone.
    pub(super) is_part: bool,
}

impl Decoded {
    /// The decoded text, with what stands around the encoded part.
    pub fn text(&self) -> &[u8] {
        &self.layers[0].text
    }

    /// Where bytes of [`Decoded::text`] are written in the segment's text.
    pub fn written(&self, range: &Range<usize>) -> Range<usize> {
        self.layers.iter().fold(range.clone(), |range, layer| layer.map.outer(&range))
    }

    /// The next layer outwards: a candidate of `layer`, which may have come from further inside. `None` if nothing of it was
    /// encoded, so that the text around the layer shows it as well.
    pub(super) fn lifted(candidate: Candidate, layer: &Arc<Layer>) -> Option<Self> {
        let Range { start, end } = candidate.span.clone();
        let key = candidate.key.clone().unwrap_or(start..end);
        let mut by = layer.map.encodings(&(start.min(key.start)..end.max(key.end)));
        // Of a token the text around may not show where it begins or ends: `%3Dghp_…`, `%253Dghp_…`. What stands further
        // inside it does not show.
        if by.is_empty() && (candidate.rule.detector.is_structured() || candidate.decoded.is_some()) {
            by = layer.map.encodings(&(start.saturating_sub(ESCAPE)..end + ESCAPE));
        }
        if by.is_empty() {
            return None;
        }
        // A name outside is bound to all of what is encoded, not to its first word.
        let part = layer.map.part_from(start).filter(|_| candidate.key.is_some() && key.end <= start);
        if part.is_some_and(|part| !layer.text[end.min(part)..part].trim_ascii().is_empty()) {
            return None;
        }
        let is_part = layer.map.is_inside(start);
        Some(match candidate.decoded.map(Arc::unwrap_or_clone) {
            Some(inner) => {
                let mut layers = inner.layers;
                layers.push(Arc::clone(layer));
                by.extend(inner.by);
                Self { layers, by, candidate: inner.candidate, is_part: is_part || inner.is_part }
            }
            None => Self {
                layers: vec![Arc::clone(layer)],
                by,
                is_part,
                candidate: Candidate { decoded: None, ..candidate },
            },
        })
    }
}
