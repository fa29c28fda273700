//! What a candidate's secret is, however it is written.

use crate::candidate::encoded::reveal;
use crate::candidate::{Candidate, Encoding, Syntax, keys};
use crate::finding::Encoded;
use crate::rule::Detector;
use crate::secret::Secret;

/// A secret without its encodings.
pub(super) struct Revealed {
    pub(super) secret: Secret,
    /// The bytes that name it: of an armoured key its body.
    pub(super) material: Secret,
    pub(super) encoded: Option<Encoded>,
}

impl Revealed {
    /// Of a candidate whose spans count in `text`.
    pub(super) fn of(candidate: &Candidate, text: &[u8]) -> Self {
        let value = &text[candidate.span.clone()];
        let body = candidate.material.clone().map(|material| &text[material]);
        if let Some(decoded) = &candidate.decoded {
            let (inner, text) = (&decoded.candidate, decoded.text());
            let secret = &text[inner.span.clone()];
            return Self {
                secret: Secret::new(secret),
                material: Secret::new(inner.material.clone().map_or(secret, |body| &text[body])),
                encoded: Some(Encoded { by: decoded.by.clone(), written: Secret::new(value) }),
            };
        }
        let written = || Self {
            secret: Secret::new(value),
            material: Secret::new(body.unwrap_or(value)),
            encoded: None,
        };
        let encoded = |by| Some(Encoded { by, written: Secret::new(value) });
        match (candidate.rule.detector, body) {
            (Detector::Key, Some(body)) => match armour(body) {
                Some((armour, by)) => {
                    let body = keys::body(&armour).unwrap_or(0..armour.len());
                    Self {
                        secret: Secret::new(value),
                        material: Secret::new(&armour[body]),
                        encoded: encoded(by),
                    }
                }
                None => written(),
            },
            (Detector::Assignment | Detector::Structural, None) => match reveal(value, allowed(candidate)) {
                Some((secret, by)) => Self {
                    secret: Secret::new(&secret),
                    material: Secret::new(&secret),
                    encoded: encoded(by),
                },
                None => written(),
            },
            _ => written(),
        }
    }
}

/// The armour in the body of a key that is Base64 once more, perhaps on several lines.
fn armour(body: &[u8]) -> Option<(Vec<u8>, Vec<Encoding>)> {
    let bytes: Vec<u8> = body.iter().filter(|b| !b.is_ascii_whitespace()).copied().collect();
    reveal(&bytes, &[Encoding::Base64]).filter(|(text, _)| text.starts_with(b"-----BEGIN"))
}

/// The encodings that a value of this syntax may have. Base64 is the format of a Basic header, and what it holds is not the
/// password alone. A percent sign means itself but in addresses.
fn allowed(candidate: &Candidate) -> &'static [Encoding] {
    use Encoding::{Base64, Escape, Hex, Html, Percent};
    if candidate.rule.id == "basic-auth-header" {
        return &[];
    }
    match (candidate.rule.detector, candidate.syntax) {
        (Detector::Structural, _) => &[Base64, Percent],
        (_, Syntax::Markup) => &[Base64, Hex, Html],
        (_, Syntax::Quoted | Syntax::Argument) => &[Base64, Hex, Escape],
        _ => &[Base64, Hex],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Kind, Rule};

    fn candidate(id: &str, detector: Detector, syntax: Syntax, length: usize) -> Candidate {
        Candidate {
            rule: Rule::for_test(id, Kind::Password, detector),
            span: 0..length,
            key: None,
            material: None,
            syntax,
            proof: crate::candidate::Proof::None,
            also: Vec::new(),
            decoded: None,
        }
    }

    #[test]
    fn a_secret_is_what_its_place_says_it_is() {
        use Detector::{Assignment, Structural, Token};
        for (id, detector, syntax, value, expected) in [
            ("generic-password", Assignment, Syntax::Bare, "aHVudGVyMi1Qcm9k", "hunter2-Prod"),
            ("generic-password", Assignment, Syntax::Quoted, r"hunt\u0065r2", "hunter2"),
            ("generic-password", Assignment, Syntax::Bare, r"hunt\u0065r2", r"hunt\u0065r2"),
            ("generic-password", Assignment, Syntax::Markup, "a&amp;b", "a&b"),
            ("generic-password", Assignment, Syntax::Quoted, "50%41b", "50%41b"),
            ("url-credentials", Structural, Syntax::Field, "p%40ss", "p@ss"),
            ("basic-auth-header", Structural, Syntax::Field, "dXNlcjpodW50ZXIy", "dXNlcjpodW50ZXIy"),
            ("x-token", Token, Syntax::Token, "aHVudGVyMi1Qcm9k", "aHVudGVyMi1Qcm9k"),
        ] {
            let candidate = candidate(id, detector, syntax, value.len());
            let revealed = Revealed::of(&candidate, value.as_bytes());
            assert_eq!(revealed.secret.expose(), expected.as_bytes(), "{value}");
            assert_eq!(revealed.encoded.is_some(), value != expected);
        }
    }
}
