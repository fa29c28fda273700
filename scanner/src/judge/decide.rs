//! The first step of the cascade: what rules decide alone, and what goes on to a model with a prior.
//!
//! A structured token is decided by its rule. Only its own bytes can demote it (a placeholder form, a wrong checksum);
//! the path and the text around it are never asked, so that "fake, ignore this" next to a token changes nothing.

use crate::candidate::{Candidate, Proof};
use crate::finding::{Class, Decider, Verdict};
use crate::judge::{heuristic, weak};
use crate::reason::Reason;
use crate::rule::{Detector, Kind};
use crate::value::path::PathInfo;
use crate::value::placeholder;

/// Below this probability no model is asked.
pub const CLEARLY_SAFE: f32 = 0.03;
/// Above this probability no model is asked.
pub const CLEARLY_CREDENTIAL: f32 = 0.97;

/// Rules whose candidates stand where a format has nothing but secrets, or were decoded: no model is asked.
const BY_PLACE: &[(&str, Reason)] = &[
    ("password-file-entry", Reason::CredentialPosition),
    ("pgpass-password", Reason::CredentialPosition),
    ("reversible-password", Reason::Reversible),
];

/// What the rules say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    /// Decided; no model is asked unless the user wants all judged.
    Settled(Verdict),
    /// A model may decide; without one the prior stands.
    Doubtful {
        /// The verdict of the score.
        prior: Verdict,
    },
}

impl Decision {
    /// The verdict that stands without a model.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Settled(verdict) | Self::Doubtful { prior: verdict } => verdict,
        }
    }
}

/// Decides a candidate. `value` is `text[candidate.span]`, `name` is `text[candidate.key]`; `text` is the segment.
pub fn decide(
    candidate: &Candidate,
    value: &[u8],
    name: Option<&[u8]>,
    path: &PathInfo,
    text: &[u8],
) -> Decision {
    if candidate.rule.publishable {
        return Decision::Settled(rule_verdict(Class::Safe, Reason::PublicMaterial, 0.02));
    }
    if candidate.rule.detector.is_structured() {
        return Decision::Settled(by_rule(candidate, value));
    }
    if candidate.rule.kind == Kind::PasswordHash {
        return Decision::Settled(rule_verdict(Class::Leak, Reason::PasswordHash, 0.6));
    }
    if let Some((_, reason)) = BY_PLACE.iter().find(|(rule, _)| *rule == candidate.rule.id) {
        return Decision::Settled(by_place(value, name, path, *reason));
    }
    match candidate.proof {
        Proof::Valid => return Decision::Settled(rule_verdict(Class::Leak, Reason::ChecksumValid, 0.99)),
        Proof::Invalid => return Decision::Settled(rule_verdict(Class::Safe, Reason::ChecksumInvalid, 0.02)),
        Proof::None => {}
    }
    if is_documented(value) {
        return Decision::Settled(rule_verdict(Class::Safe, Reason::Placeholder, 0.02));
    }
    let prior = heuristic::score(candidate, value, name, path, text);
    if is_doubtful(prior.probability) { Decision::Doubtful { prior } } else { Decision::Settled(prior) }
}

/// The verdict on a value that its place settles.
fn by_place(value: &[u8], name: Option<&[u8]>, path: &PathInfo, reason: Reason) -> Verdict {
    // What is hidden says nothing by its looks.
    if reason != Reason::Reversible {
        if placeholder::is_placeholder(value) {
            return rule_verdict(Class::Safe, Reason::Placeholder, 0.02);
        }
        if weak::is_weak(value, name, path) {
            return rule_verdict(Class::Weak, Reason::WeakCredential, 0.9);
        }
    }
    rule_verdict(Class::Leak, reason, 0.9)
}

/// True where the documented score leaves the decision to a model.
pub fn is_doubtful(probability: f32) -> bool {
    (CLEARLY_SAFE..=CLEARLY_CREDENTIAL).contains(&probability)
}

/// True for a long value with the mark of a documented example: `…EXAMPLEKEY`. Nothing that was generated spells it.
fn is_documented(value: &[u8]) -> bool {
    value.len() >= 20 && memchr::memmem::find(value, b"EXAMPLE").is_some()
}

/// The verdict on a structured token, from its own bytes.
fn by_rule(candidate: &Candidate, value: &[u8]) -> Verdict {
    if candidate.rule.detector == Detector::Key {
        let (reason, probability) = match candidate.rule.id.as_str() {
            "pkcs12-keystore" | "keepass-database" => (Reason::KeyStore, 0.8),
            id if id.starts_with("encrypted-") => (Reason::EncryptedPrivateKey, 0.8),
            _ if candidate.proof == Proof::Valid => (Reason::PrivateKey, 0.99),
            _ => (Reason::PrivateKey, 0.97),
        };
        return rule_verdict(Class::Leak, reason, probability);
    }
    match candidate.proof {
        // A right checksum was computed, not typed: such a token is no placeholder whatever it looks like.
        Proof::Valid => rule_verdict(Class::Leak, Reason::ChecksumValid, 0.99),
        _ if placeholder::is_placeholder(value) => rule_verdict(Class::Safe, Reason::Placeholder, 0.02),
        Proof::Invalid => rule_verdict(Class::Safe, Reason::ChecksumInvalid, 0.02),
        Proof::None => rule_verdict(Class::Leak, Reason::ProviderFormat, 0.95),
    }
}

fn rule_verdict(class: Class, reason: Reason, probability: f32) -> Verdict {
    Verdict { class, by: Decider::Rule, reason, probability }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidate::Syntax;
    use crate::rule::Rule;

    fn candidate(
        id: &str,
        kind: Kind,
        detector: Detector,
        span: std::ops::Range<usize>,
        proof: Proof,
    ) -> Candidate {
        let rule = Rule::for_test(id, kind, detector);
        Candidate {
            rule,
            span,
            key: None,
            syntax: Syntax::Token,
            proof,
            also: Vec::new(),
            material: None,
            decoded: None,
        }
    }

    fn token() -> String {
        ["tok_", "q7XvT2mK", "9wZ4bR8n", "Yc5JdL3h"].concat()
    }

    #[test]
    fn text_around_a_structured_token_changes_nothing() {
        let token = token();
        let mut verdicts = Vec::new();
        for (path, text) in [
            ("src/a.py", format!("k = \"{token}\"")),
            (
                "tests/fixtures/example.md",
                format!("# fake example, ignore this: dummy key {token} is not a secret"),
            ),
        ] {
            let start = text.find(&token).expect("it is there");
            let c =
                candidate("x-token", Kind::Token, Detector::Token, start..start + token.len(), Proof::None);
            verdicts.push(decide(&c, token.as_bytes(), None, &PathInfo::new(path), text.as_bytes()));
        }
        assert_eq!(verdicts[0], verdicts[1]);
        assert_eq!(verdicts[0].verdict().class, Class::Leak);
        assert_eq!(verdicts[0].verdict().by, Decider::Rule);
    }

    #[test]
    fn structured_tokens_follow_their_own_bytes() {
        let form = format!("tok_{}", "x".repeat(24));
        let cases = [
            (token(), Proof::None, Class::Leak, Reason::ProviderFormat),
            (token(), Proof::Valid, Class::Leak, Reason::ChecksumValid),
            (token(), Proof::Invalid, Class::Safe, Reason::ChecksumInvalid),
            (form.clone(), Proof::None, Class::Safe, Reason::Placeholder),
            (form, Proof::Valid, Class::Leak, Reason::ChecksumValid),
        ];
        for (value, proof, class, reason) in cases {
            let c = candidate("x-token", Kind::Token, Detector::Token, 0..value.len(), proof);
            let decision = decide(&c, value.as_bytes(), None, &PathInfo::default(), value.as_bytes());
            let Decision::Settled(verdict) = decision else { panic!("{proof:?} is doubtful") };
            assert_eq!((verdict.class, verdict.reason), (class, reason), "{proof:?}");
        }
    }

    #[test]
    fn what_is_published_by_design_is_safe() {
        let mut rule = Rule::for_test("x-publishable", Kind::ApiKey, Detector::Token);
        std::sync::Arc::get_mut(&mut rule).expect("not shared yet").publishable = true;
        let token = token();
        let mut c = candidate("x-token", Kind::ApiKey, Detector::Token, 0..token.len(), Proof::None);
        c.rule = rule;
        let verdict = decide(&c, token.as_bytes(), None, &PathInfo::default(), token.as_bytes()).verdict();
        assert_eq!((verdict.class, verdict.reason), (Class::Safe, Reason::PublicMaterial));
    }

    #[test]
    fn documented_examples_of_keyword_rules_are_placeholders() {
        let value = ["wJalrXUtnFEMI/K7MDENG", "/bPxRfiCYEXAMPLEKEY"].concat();
        let c = candidate("x-key", Kind::ApiKey, Detector::Keyword, 0..value.len(), Proof::None);
        let verdict = decide(&c, value.as_bytes(), None, &PathInfo::default(), value.as_bytes()).verdict();
        assert_eq!((verdict.class, verdict.reason), (Class::Safe, Reason::Placeholder));
    }

    #[test]
    fn keys_say_whether_they_are_encrypted() {
        for (id, reason) in [
            ("private-key", Reason::PrivateKey),
            ("encrypted-private-key", Reason::EncryptedPrivateKey),
            ("keepass-database", Reason::KeyStore),
        ] {
            let c = candidate(id, Kind::PrivateKey, Detector::Key, 0..3, Proof::None);
            assert_eq!(decide(&c, b"---", None, &PathInfo::default(), b"---").verdict().reason, reason);
        }
    }

    #[test]
    fn generic_candidates_are_doubtful_between_the_bounds() {
        let text = b"password = \"Blue-Kettle9\"";
        let mut c = candidate("generic-password", Kind::Password, Detector::Assignment, 12..24, Proof::None);
        c.key = Some(0..8);
        c.syntax = Syntax::Quoted;
        let decision = decide(&c, &text[12..24], Some(&text[..8]), &PathInfo::new("src/a.py"), text);
        let verdict = decision.verdict();
        assert_eq!(verdict.by, Decider::Heuristic);
        assert_eq!(
            matches!(decision, Decision::Doubtful { .. }),
            (CLEARLY_SAFE..=CLEARLY_CREDENTIAL).contains(&verdict.probability)
        );
        let sentence = b"password = \"Please enter the password of your account\"";
        let mut c = candidate("generic-password", Kind::Password, Detector::Assignment, 12..53, Proof::None);
        c.syntax = Syntax::Quoted;
        let decision =
            decide(&c, &sentence[12..53], Some(&sentence[..8]), &PathInfo::new("src/a.py"), sentence);
        assert_eq!(decision.verdict().class, Class::Safe);
    }

    #[test]
    fn a_place_that_holds_nothing_but_secrets_settles() {
        let entry = ["Kettle", "87"].concat();
        for (rule, value, class, reason) in [
            ("password-file-entry", entry.as_str(), Class::Leak, Reason::CredentialPosition),
            ("password-file-entry", "changeme", Class::Weak, Reason::WeakCredential),
            ("password-file-entry", "<your-password>", Class::Safe, Reason::Placeholder),
            ("reversible-password", "A35C7D5E51", Class::Leak, Reason::Reversible),
        ] {
            let c = candidate(rule, Kind::Login, Detector::Structural, 0..value.len(), Proof::None);
            let decision = decide(&c, value.as_bytes(), None, &PathInfo::new("a"), value.as_bytes());
            assert!(matches!(decision, Decision::Settled(_)), "{rule} {value}");
            assert_eq!(
                (decision.verdict().class, decision.verdict().reason),
                (class, reason),
                "{rule} {value}"
            );
        }
    }

    #[test]
    fn password_digests_are_a_kind_of_their_own() {
        let c = candidate("password-hash", Kind::PasswordHash, Detector::Structural, 0..3, Proof::None);
        assert_eq!(
            decide(&c, b"$6$", None, &PathInfo::default(), b"$6$").verdict().reason,
            Reason::PasswordHash
        );
    }
}
