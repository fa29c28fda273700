//! What the detectors written in code (assignments, structures, keys, entropy) hand to the engine.

use std::ops::Range;

use super::Syntax;
use super::structural::Tables;
use crate::reason::Reason;
use crate::source::Content;
use crate::value::path::PathInfo;

/// What a detector may look at.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// The segment's bytes.
    pub bytes: &'a [u8],
    /// Text or binary.
    pub content: Content,
    /// What the path says.
    pub path: &'a PathInfo,
    /// The tables that SQL in `bytes` makes.
    pub tables: &'a Tables,
}

/// A span seen by a detector written in code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Id of the generic rule (`scanner/rules/generic.toml`, `keys.toml`).
    pub rule: &'static str,
    /// The value, without quotes; bytes of the segment, half-open.
    pub span: Range<usize>,
    /// The whole identifier the value is bound to.
    pub key: Option<Range<usize>>,
    /// The bytes that identify the secret, if `span` does not hold them (the body of an armoured key). Other
    /// detectors' hits inside are not reported.
    pub material: Option<Range<usize>>,
    /// The structure under a key's header was read to its end and is right; false for all that is no key, whose proof is the
    /// rule's validator.
    pub is_proven: bool,
    /// How it is written.
    pub syntax: Syntax,
    /// `Some`: looked at and dropped, with the reason.
    pub dropped: Option<Reason>,
}

impl Hit {
    /// A value that is not dropped, holds itself what identifies it, and has no structure to prove.
    pub fn new(rule: &'static str, span: Range<usize>, key: Option<Range<usize>>, syntax: Syntax) -> Self {
        Self { rule, span, key, material: None, is_proven: false, syntax, dropped: None }
    }
}

/// A detector written in code: the strings that wake it, and what it does at each of them.
#[derive(Clone, Copy)]
pub struct CodeDetector {
    /// Lower-case strings for the prefilter, matched without regard to ASCII case.
    pub anchors: &'static [&'static str],
    /// True if it also runs on binary content.
    pub binary: bool,
    /// Looks around one anchor (its bytes in the text). Must do bounded work: at most a few KiB each way.
    pub find: fn(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>),
}
