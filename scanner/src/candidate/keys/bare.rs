//! Keys and key stores in Base64 without armour, as Kubernetes secrets, environments and configuration files hold them.
//!
//! A structure begins with the same few bytes whatever is in it, so their Base64 wakes the detector; the structure is then
//! read to its end, and what cannot be is left to other detectors.

use std::ops::Range;

use memchr::memmem;

use super::body::is_base64;
use super::form::{Form, Sort};
use super::{body, der, form, pkcs12, store};
use crate::candidate::hit::{Hit, Text};
use crate::reason::Reason;

/// Spellings of beginnings in lower case, and how many characters stand before each.
const BEGINNINGS: &[(&str, usize)] = &[
    // PKCS#8: RSA, P-256 with and without its public half, P-384, Ed25519 without and with it.
    ("ibadanbgkqhkig9w0baqefaa", 6),
    ("ageambmgbyqgsm49", 4),
    ("aqawewyhkozizj0c", 4),
    ("ageambagbyqgsm49", 4),
    ("mc4caqawbqydk2vw", 0),
    ("mfecaqewbqydk2vw", 0),
    // PKCS#1, by the length of its modulus.
    ("ibaakcaqea", 6),
    ("ibaakcagea", 6),
    ("ibaakcayea", 6),
    ("ibaakbgq", 6),
    // SEC1: P-256, P-384, P-521.
    ("mhccaqeei", 0),
    ("migkagebbda", 0),
    ("mihcagebbei", 0),
    // Encrypted PKCS#8, long and short.
    ("bgkqhkig9w0bbq0w", 8),
    ("csqgsib3dqefdtb", 8),
    // PKCS#12 in DER and in BER, Java's stores.
    ("ibazcc", 6),
    ("miacaqmwgayj", 0),
    ("/u3+7qaaaa", 0),
    ("zs7ozgaaaa", 0),
    // KeePass, by its version.
    ("a9mimmx7s7u", 0),
    ("a9mimmb7s7u", 0),
    ("a9mimmf7s7u", 0),
];

pub(super) const ANCHORS: &[&str] = &{
    let mut anchors = [""; BEGINNINGS.len()];
    let mut n = 0;
    while n < BEGINNINGS.len() {
        anchors[n] = BEGINNINGS[n].0;
        n += 1;
    }
    anchors
};

/// Bytes before a key in which the header of its armour stands, with headers of its own.
const ARMOUR: usize = 512;
/// Characters that tell the length of a structure.
const HEAD: usize = 8;
/// Longest structure, in bytes: a store with a chain of certificates.
const LONGEST: usize = 256 * 1024;

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let word = &bytes[anchor.clone()];
    let known = BEGINNINGS.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(word));
    let Some(start) = known.and_then(|(_, before)| anchor.start.checked_sub(*before)) else { return };
    if start.checked_sub(1).is_some_and(|at| is_base64(bytes[at])) && !after_escape(bytes, start)
        || in_armour(bytes, start)
    {
        return;
    }
    let Some(Found { rule, form, dropped, end }) = inspect(bytes, start) else { return };
    let line = bytes[start..end].iter().take_while(|&&byte| is_base64(byte)).count();
    let is_proven = super::proves(form.as_ref());
    hits.push(Hit { is_proven, ..super::block(rule, start..start + line, Some(start..end), dropped) });
}

/// What the key at `start` is.
pub(super) fn form(text: &[u8], start: usize) -> Option<Form> {
    inspect(text, start)?.form
}

/// What stands somewhere in Base64.
struct Found {
    rule: &'static str,
    /// Of a key; stores have none.
    form: Option<Form>,
    dropped: Option<Reason>,
    /// Where the Base64 ends.
    end: usize,
}

fn inspect(text: &[u8], start: usize) -> Option<Found> {
    let (head, _) = body::decode_count(text, start, HEAD / 4 * 3, begins)?;
    match der::announced(&head) {
        Some(length) if length <= LONGEST => {
            let (bytes, end) = body::decode_count(text, start, length, begins)?;
            if let Some(has_key) = pkcs12::has_key(&bytes) {
                return Some(Found {
                    rule: super::KEYSTORE,
                    form: None,
                    dropped: store::public(!has_key),
                    end,
                });
            }
            let form = form::of_der(&bytes)?;
            let rule = match form.sort {
                Sort::Private => super::PRIVATE_KEY,
                Sort::Encrypted => super::ENCRYPTED,
                Sort::Public => return None,
            };
            Some(Found { rule, form: Some(form), dropped: None, end })
        }
        Some(_) => None,
        // A length is not said: as far as the lines go.
        None => {
            let (bytes, end) = body::decode_lines(text, start, start + LONGEST, begins)?;
            store::of_head(&bytes).map(|(rule, dropped)| Found { rule, form: None, dropped, end })
        }
    }
}

/// True for a text that begins like one of [`BEGINNINGS`].
fn begins(text: &[u8]) -> bool {
    let is = |(known, before): &(&str, usize)| {
        let word = text.get(*before..before + known.len());
        word.is_some_and(|word| word.eq_ignore_ascii_case(known.as_bytes()))
    };
    BEGINNINGS.iter().any(is)
}

/// True after the letter of `\n`, and after the `=` that binds a value to its name.
fn after_escape(text: &[u8], at: usize) -> bool {
    matches!(text[..at], [.., b'\\', b'n' | b'r' | b't'] | [.., b'='])
}

/// True if the header of an armour stands before, and no footer after that.
fn in_armour(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(ARMOUR)..at];
    let begin = memmem::rfind(before, b"-----BEGIN");
    begin.is_some_and(|begin| memmem::find(&before[begin..], b"-----END").is_none())
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, base64};
    use super::super::tests::{found_in, seen_in};
    use super::super::{ENCRYPTED, KEYSTORE, PRIVATE_KEY};
    use super::*;

    #[test]
    fn keys_in_base64_are_read_to_their_end() {
        for (name, bytes, rule) in [
            ("pkcs8 rsa", samples::pkcs8_rsa(), PRIVATE_KEY),
            ("pkcs1", samples::pkcs1(), PRIVATE_KEY),
            ("pkcs8 ec", samples::pkcs8_ec(), PRIVATE_KEY),
            ("pkcs8 ed25519", samples::pkcs8_ed25519(), PRIVATE_KEY),
            ("sec1", samples::sec1(), PRIVATE_KEY),
            ("encrypted", samples::encrypted(), ENCRYPTED),
            ("pkcs12", samples::pkcs12(), KEYSTORE),
        ] {
            let text = base64(&bytes);
            for (before, after) in
                [("tls.key: ", "\nnext: value\n"), ("KEY=", "\n"), ("k = \"", "\";"), ("", "")]
            {
                let line = format!("{before}{text}{after}");
                assert_eq!(seen_in(&line), [(rule, None)], "{name}: {before}");
            }
            let wrapped = samples::folded(&text, "\n  ");
            assert_eq!(seen_in(&format!("key: |\n  {wrapped}\nnext: x")), [(rule, None)], "{name}, wrapped");
            // Cut, or with a character before it: not this detector's.
            assert_eq!(seen_in(&format!("k: {}\n", &text[..text.len() - 24])), [], "{name}, cut");
            assert_eq!(seen_in(&format!("k: x{text}\n")), [], "{name}, inside a longer run");
        }
    }

    #[test]
    fn beginnings_behind_padding_do_not_read_the_rest_again() {
        let text = "=/u3+7QAAAA".repeat(40_000);
        let began = std::time::Instant::now();
        assert_eq!(seen_in(&text), []);
        // Some 30 ms; 40,000 times the reach took minutes.
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }

    #[test]
    fn a_store_of_certificates_is_no_leak_however_long_and_however_written() {
        let trusted = |count: usize| samples::java(&vec![2; count]);
        let with_key = |count: usize| samples::java(&[vec![2; count], vec![1]].concat());
        let public = Some(Reason::PublicMaterial);
        for (name, store, dropped) in [
            ("small", trusted(2), public),
            ("longer than an armour's body", trusted(100), public),
            ("longer than what is read", trusted(300), public),
            ("a key behind certificates", with_key(2), None),
            ("a key behind many", with_key(100), None),
            ("a key first", samples::java(&[&[1][..], &[2; 300]].concat()), None),
            ("pkcs12", samples::pkcs12_of(pkcs12::DATA, &[pkcs12::CERTIFICATE; 3]), public),
        ] {
            let text = base64(&store);
            let wrapped = |end: &str| samples::folded(&text, end);
            for (form, before, body, after) in [
                ("a line", "store: ", text.clone(), "\nnext: value\n"),
                ("yaml", "store: |\n  ", wrapped("\n  "), "\nnext: value\n"),
                ("windows", "STORE=\"", wrapped("\r\n"), "\"\r\nNEXT=value\r\n"),
                ("escaped", "{\"store\": \"", wrapped("\\n"), "\"}\n"),
                ("a file", "", wrapped("\n"), "\n"),
            ] {
                let line = format!("{before}{body}{after}");
                let found = found_in(&line);
                let [hit] = found.as_slice() else { panic!("{name}, {form}: {found:?}") };
                assert_eq!((hit.rule, hit.dropped), (KEYSTORE, dropped), "{name}, {form}");
                let end = before.len() + body.len().min(LONGEST);
                assert_eq!(hit.material, Some(before.len()..end), "{name}, {form}");
            }
        }
    }

    #[test]
    fn a_body_of_armour_is_one_finding() {
        let text = samples::armoured("PRIVATE KEY", &samples::pkcs8_rsa());
        assert_eq!(seen_in(&text), [(PRIVATE_KEY, None)]);
    }
}
