//! Styles stay, values go.

use proptest::prelude::*;
use secretscan::value::randomness::looks_random;
use secretscan::value::words;

use super::*;
use crate::data::split::seed;

fn made(value: &str, n: u32) -> String {
    realise(value, seed(&[value, &n.to_string()]), Keep::Telling)
}

/// Values of many styles, cut so that no scanner takes them for secrets.
fn values() -> Vec<(String, Shape)> {
    [
        ("Kest¦rel#Har¦bor91", Shape::Human),
        ("hun¦ter2", Shape::Human),
        ("corr¦ect-horse-bat¦tery", Shape::Human),
        ("P@ss¦w0rd!", Shape::Human),
        ("Som¦mer2019!", Shape::Human),
        ("q1w2¦e3r4", Shape::Human),
        ("1q2w¦3e4r5t", Shape::Human),
        ("Dr4g0n¦Fire", Shape::Human),
        ("tr0ub4¦dour", Shape::Human),
        ("gehe¦imnis_77", Shape::Human),
        ("my secret ga¦rden gate", Shape::Human),
        ("пар¦оль123", Shape::Human),
        ("JenkinsMas¦terKey", Shape::Human),
        ("9f86d081¦884c7d65¦9a2feaa0", Shape::Hex),
        ("9F86D081¦884C7D65¦9A2FEAA0", Shape::Hex),
        ("4f:9a:0c:¦77:b1:2e", Shape::Hex),
        ("q7XvT2mK¦9wZ4bR8n", Shape::Random),
        ("hjqwzx¦kvbtrm", Shape::Random),
        ("x9#kL2$p¦Qz7!w", Shape::Random),
        ("8302¦7719", Shape::Digits),
        ("3b241101-¦e2bb-4255-¦8caf-4136c566a962", Shape::Uuid),
        ("sk_live_¦q7XvT2mK¦9wZ4bR8nYc5J", Shape::Prefixed(3)),
        ("AKIA¦Q7XVT2MK9WZ4¦BR8N", Shape::Prefixed(4)),
        ("Bearer q7Xv¦T2mK9wZ4bR8nYc5J", Shape::Prefixed(7)),
        ("c3VwZXI6a2VzdHJl¦bC1oYXJib3I=", Shape::EncodedText),
        ("nYk3+Qv/8wZx¦Tq1LmZ0rGQ==", Shape::Base64),
        ("$2a$10$¦q7XvT2mK9wZ4bR8nYc5JdL3h", Shape::Prefixed(7)),
        ("$argon2id$v=19$m=65536,t=3,p=4$¦q7XvT2mK9wZ4bR8nYc5JdL3h", Shape::Prefixed(31)),
        ("//app:Wal¦nut77@db.local/shop", Shape::Url),
        ("postgres://app:Wal¦nut77@db.local:5432/shop", Shape::Url),
    ]
    .map(|(value, shape)| (value.replace('¦', ""), shape))
    .to_vec()
}

#[test]
fn shapes_are_told_apart_and_stay() {
    for (value, expected) in values() {
        assert_eq!(shape(&value), expected, "{value}");
        for n in 0..40 {
            let other = made(&value, n);
            assert_ne!(other, value);
            let found = shape(&other);
            // A drawn value may, rarely, look like its neighbour; a chosen one never like a drawn one.
            let near = matches!(
                (expected, found),
                (Shape::Random | Shape::Base64, Shape::Random | Shape::Base64 | Shape::Prefixed(_))
            );
            assert!(found == expected || near, "{value} -> {other}: {found:?}");
            let slack = if matches!(expected, Shape::Human | Shape::EncodedText | Shape::Url) {
                value.len() / 3 + 2
            } else {
                0
            };
            assert!(other.chars().count().abs_diff(value.chars().count()) <= slack, "{value} -> {other}");
        }
    }
}

#[test]
fn nothing_that_tells_the_value_is_left() {
    for (value, _) in values() {
        let told: Vec<String> = value
            .split(|c: char| !c.is_alphanumeric())
            .filter(|run| run.len() >= 6 && !lists::is_telling(&run.to_lowercase()))
            .map(str::to_owned)
            .collect();
        for n in 0..40 {
            let other = made(&value, n);
            for run in told.iter().filter(|run| !matches!(run.as_str(), "postgres" | "Bearer" | "argon2id")) {
                assert!(!other.contains(run.as_str()), "{value} -> {other} keeps {run}");
            }
        }
    }
}

#[test]
fn chosen_values_keep_their_pattern() {
    for n in 0..60 {
        let other = made(&["Kest", "rel#Har", "bor91"].concat(), n);
        let (left, right) = other.split_once('#').expect("the mark stays");
        assert!(left.starts_with(char::is_uppercase) && right.starts_with(char::is_uppercase), "{other}");
        assert!(right.ends_with(|c: char| c.is_ascii_digit()), "{other}");
        assert!(!looks_random(made("hunter2", n).as_bytes()));
        let phrase = made(&["correct-horse", "-battery"].concat(), n);
        assert_eq!(phrase.matches('-').count(), 2, "{phrase}");
        assert!(made("secretKestrel", n).starts_with("secret"));
        let year = made("Berlin2019", n);
        assert!(matches!(year[year.len() - 4..].parse(), Ok(1950..=2026)), "{year}");
        assert!(words::cover(made("summergarden", n).as_bytes()) > 0.5);
    }
}

#[test]
fn encoded_logins_stay_logins() {
    for n in 0..20 {
        let other = made(&["c3VwZXI6a2VzdHJl", "bC1oYXJib3I="].concat(), n);
        let text = String::from_utf8(shape::decode(&other).expect("it decodes")).expect("it is text");
        assert!(text.contains(':') && text.contains('-'), "{text}");
    }
}

#[test]
fn tokens_of_claims_stay_tokens_of_claims() {
    use base64::Engine as _;
    let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let token = format!(
        "{}.{}.{}",
        part("{\"alg\":\"HS256\"}"),
        part("{\"sub\":\"kestrel\",\"iat\":1516239022}"),
        "q7XvT2mK9wZ4bR8nYc5JdL3hq7XvT2mK"
    );
    let other = made(&token, 1);
    let claims = String::from_utf8(shape::decode(other.split('.').nth(1).expect("a part")).expect("decodes"))
        .expect("text");
    assert!(
        claims.starts_with("{\"sub\":\"") && claims.contains("\"iat\":") && !claims.contains("kestrel"),
        "{claims}"
    );
    assert_eq!(other.split('.').next(), token.split('.').next());
    assert_ne!(other.split('.').nth(2), token.split('.').nth(2));
}

#[test]
fn keys_in_armour_keep_their_lines() {
    let body = "MIIEpQIBAAKCAQEA".to_owned() + &"q7XvT2mK9wZ4bR8n".repeat(3);
    let key = format!("{}BEGIN RSA PRIVATE KEY-----\n{body}\n{body}\n-----END RSA PRIVATE KEY-----", "-----");
    let other = made(&key, 1);
    assert_eq!(other.len(), key.len());
    assert_eq!(other.lines().count(), 4);
    assert_eq!(other.lines().next(), key.lines().next());
    assert!(other.contains("MIIEpQ") && !other.contains("q7XvT2mK"));
}

#[test]
fn a_login_in_an_address_changes_and_the_host_stays() {
    for n in 0..20 {
        let other = made(&["postgres://app:Wal", "nut77@db.local:5432/shop"].concat(), n);
        assert!(other.starts_with("postgres://app:") && other.ends_with("@db.local:5432/shop"), "{other}");
        assert!(!other.contains("Walnut"));
    }
    let hook = made(&["https://hooks.example.test/services/T0Q7XVT2M/", "q7XvT2mK9wZ4bR8nYc5J"].concat(), 1);
    assert!(hook.starts_with("https://hooks.example.test/services/") && !hook.contains("q7XvT2mK"), "{hook}");
}

proptest! {
    #[test]
    fn any_value_gets_another_without_a_panic(value in "\\PC{0,80}", n in 0_u32..4) {
        let other = made(&value, n);
        prop_assert_eq!(&other, &made(&value, n));
    }

    #[test]
    fn drawn_values_stay_drawn(value in "[A-Za-z0-9]{24,40}") {
        prop_assume!(looks_random(value.as_bytes()) && shape(&value) == Shape::Random);
        let other = made(&value, 1);
        prop_assert_eq!(other.len(), value.len());
        prop_assert!(value.as_bytes().windows(8).all(|part| !other.as_bytes().windows(8).any(|p| p == part)));
    }
}
