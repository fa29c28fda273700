//! The assignment grammar: a name that says credential, bound to a value, in the syntaxes people really write.
//!
//! Hand-written over bytes, without regular expressions. Around each anchor: the whole identifier, what it means,
//! the operator that follows, and the value. Every step is bounded (a name of some 150 bytes, an operator within
//! 160, a literal of 4 KiB), so a file costs time in proportion to its anchors, whatever its lines look like.
//!
//! It does not look at values without a name (entropy), at positions that need no name (URLs, headers, connection
//! strings, flags: the structural detectors), and it does not decide: what is kept goes to a judge, what the cheap
//! negatives drop keeps its reason.

mod bare;
mod embedded;
mod language;
mod literal;
mod markup;
mod meaning;
pub(crate) mod name;
mod operator;
mod surroundings;
#[cfg(test)]
mod tests;
mod value;

use std::ops::Range;

use super::Syntax;
use super::hit::{CodeDetector, Hit, Text};
use super::negative;
use crate::reason::Reason;
use crate::value::charset::is_decimal;
use crate::value::digest;
use crate::value::randomness::looks_random;
use meaning::Meaning;
use name::Words;
use operator::Join;

/// The assignment detector.
pub const DETECTORS: &[CodeDetector] = &[CodeDetector { anchors: ANCHORS, binary: false, find }];

/// Parts of credential names, in UTF-8 where the language wants it. Short ones (`key`, `auth`) fire often in code; `find` leaves after a few bytes.
#[rustfmt::skip]
const ANCHORS: &[&str] = &[
    "pass", "pwd", "pw", "psw", "secret", "token", "key", "auth", "cred", "login", "pin", "otp", "salt",
    "seed", "mnemonic", "cookie", "session", "ticket", "signature", "license", "nonce", "pepper", "psk",
    "jwt", "bearer", "doorcode", "door_code", "door-code", "alarmcode", "alarm_code", "alarm-code", "accesscode",
    "access_code", "access-code", "phpsessid", "lockcode", "lock_code", "lock-code", "gatecode", "gate_code", "gate-code",
    "senha", "contrase", "clave", "mdp", "kennwort", "wachtwoord", "parola", "haslo",
    "sifre", "heslo", "jelsz", "lozinka", "parool", "salasana", "senord", "adgangskode", "geheimnis",
    "segredo", "hasł", "şifre",
    "密码", "口令", "ароль", "パスワード", "비밀번호",
];

/// The rule of a digest that the name says is a password's.
const PASSWORD_HASH: &str = "password-hash";
/// Hits of the same detector that a new one is compared with: several anchors in one name find the same value.
const RECENT: usize = 12;

/// Looks around one anchor.
fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let Some(name) = name::expand(bytes, &anchor) else { return };
    let Some(slot) = operator::after(bytes, &name) else { return };
    let words = Words::of(&bytes[name.clone()]);
    let joined = || {
        let is_digest = meaning::is_password_digest(&words);
        is_digest.then_some(Meaning { rule: meaning::PASSWORD, strong: true, head: 0 })
    };
    let Some(meaning) = meaning::of(&words).or_else(joined) else { return };
    let is_own = |rule: &str| rule == meaning.rule || rule == PASSWORD_HASH;
    if hits.iter().rev().take(RECENT).any(|hit| is_own(hit.rule) && hit.key.as_ref() == Some(&name)) {
        return;
    }
    let family = language::of(text.path);
    let mut values = Vec::new();
    value::read(bytes, &name, slot, family, &mut values);
    if values.is_empty() {
        return;
    }
    let about = negative::name::of_words(&words, meaning.head, slot.join == Join::Call)
        .or_else(|| surroundings::of_name(bytes, &name))
        .or_else(|| surroundings::of_list(bytes, &values));
    for mut found in values {
        if let Some(drawn) = embedded::drawn(bytes, &found.span) {
            found.span = drawn;
        }
        let value = &bytes[found.span.clone()];
        if digest::is_plain(value) && meaning::is_password_digest(&words) {
            let (span, key, syntax) = (found.span, Some(name.clone()), found.syntax);
            hits.push(Hit::new(PASSWORD_HASH, span, key, syntax));
            continue;
        }
        let dropped = about
            .or(found.dropped)
            .or_else(|| surroundings::of_value(bytes, &found, meaning.strong))
            .or_else(|| negative::of_value(value, Some(&bytes[name.clone()]), found.syntax, text))
            .or_else(|| {
                let declared = slot.join == Join::Blank && surroundings::is_environment(bytes, &name);
                let join = if declared { Join::Equals } else { slot.join };
                joined_weakly(value, join, found.syntax, &meaning, &words)
            });
        hits.push(Hit { dropped, ..Hit::new(meaning.rule, found.span, Some(name.clone()), found.syntax) });
    }
}

/// The generic rule of a name that alone says credential; `None` for vague names and for names about one (its length,
/// its hash).
pub(super) fn rule_of_name(name: &[u8]) -> Option<&'static str> {
    let words = Words::of(name);
    let meaning = meaning::of(&words).filter(|meaning| meaning.strong)?;
    negative::name::of_words(&words, meaning.head, false).is_none().then_some(meaning.rule)
}

/// True for the name of a password's digest: `password_md5`, `passwordHash`.
pub(super) fn names_password_digest(name: &[u8]) -> bool {
    meaning::is_password_digest(&Words::of(name))
}

/// Vague names and loose joins need a value that speaks for itself.
fn joined_weakly(
    value: &[u8],
    join: Join,
    syntax: Syntax,
    meaning: &Meaning,
    words: &Words,
) -> Option<Reason> {
    let strong = meaning.strong;
    if strong && join != Join::Prose && (join != Join::Blank || syntax != Syntax::Bare) {
        return None;
    }
    // Decimal digits of the length of a symmetric key are a key that a person typed.
    let typed_key = matches!(value.len(), 16 | 24 | 32) && is_decimal(value);
    let typed_code = is_decimal(value) && value.len() <= 8 && meaning::is_typed_code(words);
    let speaks = if strong { bare::telling(value) } else { looks_random(value) || typed_key || typed_code };
    (!speaks).then_some(Reason::LowScore)
}
