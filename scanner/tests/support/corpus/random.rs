//! Random secrets without a provider's format, and secrets wrapped in a container (JWT, Basic).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::human;
use super::rng::{BASE62, DIGITS, HEX, LOWER36, Rng};
use super::value::Maker;

/// Generators by the name that templates use.
pub(crate) const TABLE: &[Maker] = &[
    ("random", |rng| typed_random(rng)),
    ("random_plain", |rng| mixed(rng, BASE62, 20)),
    ("random_short", |rng| mixed(rng, BASE62, 12)),
    ("hex32", |rng| mixed(rng, HEX, 32)),
    ("hex40", |rng| mixed(rng, HEX, 40)),
    ("hex64", |rng| mixed(rng, HEX, 64)),
    ("base62_32", |rng| mixed(rng, BASE62, 32)),
    ("base62_48", |rng| mixed(rng, BASE62, 48)),
    ("lower36_40", |rng| mixed(rng, LOWER36, 40)),
    ("base64_32", |rng| STANDARD.encode(rng.bytes(32))),
    ("base64_64", |rng| STANDARD.encode(rng.bytes(64))),
    ("base64url_43", |rng| URL_SAFE_NO_PAD.encode(rng.bytes(32))),
    ("uuid_secret", super::harmless::uuid),
    ("digits12", |rng| rng.chars(DIGITS, 12)),
    ("jwt", jwt),
    ("basic", basic),
    ("bcrypt", bcrypt),
    ("apr1", |rng| format!("$apr1${}${}", rng.chars(BASE62, 8), rng.chars(BASE62, 22))),
    ("sha512crypt", |rng| format!("$6${}${}", rng.chars(BASE62, 16), rng.chars(BASE62, 86))),
];

/// Characters of `alphabet` with at least one digit and one letter, as nearly every random value has.
fn mixed(rng: &mut Rng, alphabet: &str, length: usize) -> String {
    loop {
        let value = rng.chars(alphabet, length);
        if value.bytes().any(|byte| byte.is_ascii_digit())
            && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        {
            return value;
        }
    }
}

/// What a password generator with signs makes.
fn typed_random(rng: &mut Rng) -> String {
    let length = rng.between(14, 24);
    let mut value =
        mixed(rng, "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789!@%^*-_=+?", length - 2);
    // A letter first and last: signs at the ends would be read as syntax in bare contexts.
    value.insert(0, char::from(b"abcdefghkmnprstuvwxyzABCDEFGHKLMNPRSTUVWXYZ"[rng.below(43)]));
    value.push(char::from(b"abcdefghkmnprstuvwxyz"[rng.below(21)]));
    value
}

fn jwt(rng: &mut Rng) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let issued = rng.between(1_700_000_000, 1_750_000_000);
    let claims = format!(
        r#"{{"sub":"{}","iss":"billing-gateway","role":"service","iat":{issued},"exp":{}}}"#,
        rng.between(10_000, 99_999),
        issued + 315_360_000,
    );
    format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(claims), URL_SAFE_NO_PAD.encode(rng.bytes(32)))
}

fn basic(rng: &mut Rng) -> String {
    let user = rng.pick(&["deploy", "svc-billing", "reporting", "jenkins", "admin"]);
    STANDARD.encode(format!("{user}:{}", human::ascii(rng)))
}

fn bcrypt(rng: &mut Rng) -> String {
    let alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    format!("$2y$10${}", rng.chars(alphabet, 53))
}
