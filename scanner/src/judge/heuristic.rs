//! A documented score: how likely a generic candidate is a credential, from its value, its name and its place.
//!
//! A logistic regression over the features of [`table`]: each is a fact that can be said in words, each has one weight,
//! and `secretscan explain` shows the sum. It is the whole judge of a scan without a model, and the model's prior
//! otherwise. It decides nothing about structured tokens (`judge::decide`).
//!
//! The weights come from a regularised fit on labelled public repositories (the allowed part of `CredData`, five folds by
//! repository, each repository's weight capped). Candidates on unlabelled lines counted as half a negative. Signs that
//! are known beforehand (a placeholder form never speaks for a credential) were bounds of the fit, because detectors have
//! dropped most such values before they could be counted. Six weights were set by hand, since those repositories hardly
//! have what they are about: passphrases of several words, values that begin with marks, telling values given by
//! position or in a place for credentials, enumerations, and generated values under a key's name. The weights are
//! constants: a scan needs no file, and the same input has the same score on every machine.

mod evidence;
mod shape;
mod table;

use crate::candidate::{Candidate, Syntax};
use crate::finding::{Class, Decider, Verdict};
use crate::judge::weak;
use crate::reason::Reason;
use crate::rule::Detector;
use crate::value::path::PathInfo;

use evidence::Evidence;

/// Probability from which a candidate is reported when no model judges it: precision was chosen over recall.
pub const THRESHOLD: f32 = 0.50;

/// Scores a candidate. `value` is `text[candidate.span]`, `name` is `text[candidate.key]`.
pub fn score(
    candidate: &Candidate,
    value: &[u8],
    name: Option<&[u8]>,
    path: &PathInfo,
    text: &[u8],
) -> Verdict {
    let evidence = Evidence::new(candidate, value, name, path, text);
    let probability =
        logistic(table::BIAS + table::FEATURES.iter().map(|f| f.weight * (f.of)(&evidence)).sum::<f32>());
    let (class, reason) = if probability < THRESHOLD {
        (Class::Safe, refuting(&evidence))
    } else if weak::is_weak(&evidence.value, name, path) {
        (Class::Weak, Reason::WeakCredential)
    } else {
        (Class::Leak, supporting(&evidence))
    };
    Verdict { class, by: Decider::Heuristic, reason, probability }
}

/// The plainest facts for and against a candidate: (supporting, refuting).
pub fn reason(
    candidate: &Candidate,
    value: &[u8],
    name: Option<&[u8]>,
    path: &PathInfo,
    text: &[u8],
) -> (Reason, Reason) {
    let evidence = Evidence::new(candidate, value, name, path, text);
    (supporting(&evidence), refuting(&evidence))
}

/// What each feature that is present adds to the score (in log-odds), the largest first. The first is the start value.
pub fn explain(
    candidate: &Candidate,
    value: &[u8],
    name: Option<&[u8]>,
    path: &PathInfo,
    text: &[u8],
) -> Vec<(&'static str, f32)> {
    let evidence = Evidence::new(candidate, value, name, path, text);
    let mut parts: Vec<(&'static str, f32)> = table::FEATURES
        .iter()
        .map(|feature| (feature.name, feature.weight * (feature.of)(&evidence)))
        .filter(|(_, part)| *part != 0.0)
        .collect();
    parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(b.0)));
    parts.insert(0, ("before looking", table::BIAS));
    parts
}

/// The features' names, in the table's order.
pub fn names() -> impl Iterator<Item = &'static str> {
    table::FEATURES.iter().map(|feature| feature.name)
}

/// The features' names and values, in the table's order: what the weights are fitted on.
pub fn measure(
    candidate: &Candidate,
    value: &[u8],
    name: Option<&[u8]>,
    path: &PathInfo,
    text: &[u8],
) -> Vec<(&'static str, f32)> {
    let evidence = Evidence::new(candidate, value, name, path, text);
    table::FEATURES.iter().map(|feature| (feature.name, (feature.of)(&evidence))).collect()
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Why a likely candidate is reported.
fn supporting(evidence: &Evidence<'_>) -> Reason {
    match evidence.detector {
        Detector::Entropy => Reason::HighEntropy,
        Detector::Structural if evidence.syntax != Syntax::Argument => Reason::CredentialPosition,
        Detector::Keyword | Detector::Token => Reason::ProviderFormat,
        _ if evidence.random => Reason::RandomValue,
        _ => Reason::HumanPassword,
    }
}

/// The plainest fact that speaks against an unlikely candidate.
fn refuting(evidence: &Evidence<'_>) -> Reason {
    let shape = &evidence.shape;
    let facts = [
        (evidence.asks_for_value, Reason::Placeholder),
        (evidence.repeats_name, Reason::SameAsName),
        (shape.digest, Reason::Hash),
        (shape.uuid || shape.number, Reason::Identifier),
        (shape.sentence, Reason::NaturalText),
        (shape.path, Reason::PathOrUrl),
        (shape.constant || shape.type_name, Reason::TypeOrKeyword),
        (evidence.in_expression || shape.dotted || shape.camel && !evidence.quoted, Reason::Reference),
        (evidence.charset.len < 4, Reason::TooWeakToBeSecret),
    ];
    facts.iter().find(|(holds, _)| *holds).map_or(Reason::LowScore, |(_, reason)| *reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidate::Proof;
    use crate::rule::{Kind, Rule};

    /// A line `left value right` in a file, as the assignment detector sees it.
    fn judged(rule: &str, syntax: Syntax, path: &str, name: &str, line: &str, value: &str) -> Verdict {
        let start = line.find(value).expect("the value stands in the line");
        let key = line.find(name).expect("the name stands in the line");
        let candidate = Candidate {
            rule: Rule::for_test(rule, Kind::Password, Detector::Assignment),
            span: start..start + value.len(),
            key: Some(key..key + name.len()),
            material: None,
            syntax,
            proof: Proof::None,
            also: Vec::new(),
            decoded: None,
        };
        score(&candidate, value.as_bytes(), Some(name.as_bytes()), &PathInfo::new(path), line.as_bytes())
    }

    #[test]
    fn chosen_passwords_in_assignments_are_found() {
        let (a, b, c) = (["hun", "ter2"].concat(), ["Winter", "2024!"].concat(), ["s3cr", "3tK1ng"].concat());
        for value in [&a, &b, &c] {
            for (path, syntax, line) in [
                ("config/db.yml", Syntax::Bare, format!("  password: {value}\n")),
                ("src/db.py", Syntax::Quoted, format!("password = \"{value}\"\n")),
                (".env", Syntax::Bare, format!("DB_password={value}\n")),
                ("app.properties", Syntax::Bare, format!("db.password={value}\n")),
            ] {
                let verdict = judged("generic-password", syntax, path, "password", &line, value);
                assert!(verdict.class != Class::Safe, "{path} {}", verdict.probability);
            }
        }
    }

    #[test]
    fn passphrases_are_found_where_remarks_are_not() {
        let judge = |value: &str| {
            let line = format!("password = \"{value}\"\n");
            judged("generic-password", Syntax::Quoted, "src/a.py", "password", &line, value)
        };
        let phrase = judge(&["gravel muffin ", "lantern correct"].concat());
        assert_eq!(phrase.class, Class::Leak, "{}", phrase.probability);
        for remark in
            ["should match the other one", "Gravel Muffin Lantern Correct", "gravel, muffin, lantern."]
        {
            assert!(judge(remark).probability + 0.3 < phrase.probability, "{remark}");
        }
    }

    #[test]
    fn marks_may_begin_a_chosen_password() {
        let value = ["@Tung", "#sten+91"].concat();
        for (path, syntax, line) in [
            ("a.yml", Syntax::Bare, format!("password: {value}\n")),
            ("a.py", Syntax::Quoted, format!("password = '{value}'\n")),
        ] {
            let verdict = judged("generic-password", syntax, path, "password", &line, &value);
            assert!(verdict.class != Class::Safe, "{path} {}", verdict.probability);
        }
    }

    #[test]
    fn a_shared_secret_is_no_digest_and_a_sha_is() {
        let value = ["kV7pQz2mXw9R", "bTn4LsYd8HcJ"].concat();
        let judge = |name: &str| {
            let line = format!("\"{name}\": \"{value}\",\n");
            judged("generic-secret", Syntax::Quoted, "config/app.json", name, &line, &value).probability
        };
        for (digest, credential) in [("commit_sha", "commit_key"), ("sha256_secret", "shared_secret")] {
            assert!(judge(digest) < judge(credential), "{digest} and {credential}");
        }
    }

    #[test]
    fn members_of_an_enumeration_are_safe() {
        for (line, class) in [
            ("export enum Grant {\n  Code = 'code',\n  Password = 'password',\n}\n", Class::Safe),
            ("export const grant = {\n  Code: 'code',\n  Password: 'password',\n}\n", Class::Weak),
        ] {
            let verdict =
                judged("generic-password", Syntax::Quoted, "src/a.ts", "Password", line, "password");
            assert_eq!(verdict.class, class, "{line} {}", verdict.probability);
        }
    }

    #[test]
    fn code_and_text_are_safe() {
        for (path, syntax, line, value) in [
            ("src/a.ts", Syntax::Bare, "password: string | undefined;\n", "string | undefined"),
            ("src/a.js", Syntax::Bare, "password = userPassword;\n", "userPassword"),
            ("src/a.py", Syntax::Bare, "password = self.config.password\n", "self.config.password"),
            ("src/A.java", Syntax::Quoted, "password = \"USER_PASSWORD_FIELD\";\n", "USER_PASSWORD_FIELD"),
            (
                "src/a.js",
                Syntax::Quoted,
                "password: 'Please enter your password'\n",
                "Please enter your password",
            ),
            ("docs/a.md", Syntax::Quoted, "password = \"<your-password>\"\n", "<your-password>"),
        ] {
            let verdict = judged("generic-password", syntax, path, "password", line, value);
            assert_eq!(verdict.class, Class::Safe, "{line} {}", verdict.probability);
        }
    }

    #[test]
    fn the_explanation_adds_up_to_the_score() {
        let line = b"password = \"Blue-Kettle9\"";
        let candidate = Candidate {
            rule: Rule::for_test("generic-password", Kind::Password, Detector::Assignment),
            span: 12..24,
            key: Some(0..8),
            material: None,
            syntax: Syntax::Quoted,
            proof: Proof::None,
            also: Vec::new(),
            decoded: None,
        };
        let (value, name, path) = (&line[12..24], Some(&line[0..8]), PathInfo::new("a.py"));
        let sum: f32 = explain(&candidate, value, name, &path, line).iter().map(|(_, part)| part).sum();
        let verdict = score(&candidate, value, name, &path, line);
        assert!((logistic(sum) - verdict.probability).abs() < 1e-4);
    }

    #[test]
    fn odd_candidates_do_not_panic() {
        let path = PathInfo::default();
        for value in [&b""[..], b"a", b"\xFF\xFE\x00", &[b'a'; 10_000]] {
            let candidate = Candidate {
                rule: Rule::for_test("generic-password", Kind::Password, Detector::Assignment),
                span: 0..value.len(),
                key: None,
                material: None,
                syntax: Syntax::Bare,
                proof: Proof::None,
                also: Vec::new(),
                decoded: None,
            };
            let verdict = score(&candidate, value, None, &path, value);
            assert!((0.0..=1.0).contains(&verdict.probability));
        }
    }
}
