//! Key files of `PuTTY` (its manual, appendix C): `PuTTY-User-Key-File-2` and `-3`.
//!
//! A file of version 3 that is not encrypted proves itself by its MAC, whose key is then empty; one of version 2 by its
//! numbers, because its MAC needs SHA-1.

use std::ops::Range;

use hmac::{Hmac, KeyInit as _, Mac as _};
use memchr::memmem;
use sha2::Sha256;

use super::body;
use super::form::{self, Form, Sort};
use super::openssh::{self, Fields};
use crate::candidate::hit::{Hit, Text};
use crate::reason::Reason;
use crate::value::hex;

pub(super) const ANCHORS: &[&str] = &["putty-user-key-file-"];

/// Spelling of the anchor.
const NAME: &[u8] = b"PuTTY-User-Key-File-";
/// Base64 characters of the smallest private part (Ed25519).
const LEAST_KEY: usize = 44;
/// Bytes in which the private part must begin: the public part of a large RSA key comes before it.
const PUBLIC_PART: usize = 16 * 1024;

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    if bytes[anchor.clone()] != *NAME {
        return;
    }
    let line = &bytes[anchor.end..bytes.len().min(anchor.end + 64)];
    let Some((version, algorithm)) = line.split_at_checked(3) else { return };
    let length = algorithm.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    if !version[0].is_ascii_digit() || !version.ends_with(b": ") || length == 0 {
        return;
    }
    // In an escaped file the algorithm's name is followed by the letter of no escape, because `\` ends it.
    let header = anchor.start..anchor.end + version.len() + length;
    let window = &bytes[header.end..bytes.len().min(header.end + PUBLIC_PART)];
    let window = &window[..memmem::find(window, NAME).unwrap_or(window.len())];
    let Some((encrypted, from)) = fields(window) else {
        hits.push(super::block(super::PUTTY, header, None, Some(Reason::Placeholder)));
        return;
    };
    let to = memmem::find(&window[from..], b"Private-")
        .map_or(header.end + window.len(), |at| header.end + from + at);
    let body = body::read(bytes, header.end + from, to);
    let (rule, dropped, material) = if body.is_genuine(LEAST_KEY) {
        let rule = if encrypted { super::ENCRYPTED } else { super::PUTTY };
        (rule, None, Some(header.end..body.span.end))
    } else {
        (super::PUTTY, Some(Reason::Placeholder), None)
    };
    hits.push(super::block(rule, header, material, dropped));
}

/// Whether the private part is encrypted, and the offset of its first line.
fn fields(window: &[u8]) -> Option<(bool, usize)> {
    let encryption = memmem::find(window, b"Encryption: ")? + b"Encryption: ".len();
    let lines = memmem::find(window, b"Private-Lines: ")? + b"Private-Lines: ".len();
    let digits = window[lines..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((!window[encryption..].starts_with(b"none"), lines + digits))
}

/// What the key file at `start` is; not proven if it is cut or was changed.
pub(super) fn form(text: &[u8], start: usize) -> Option<Form> {
    let window = text.get(start..)?.strip_prefix(NAME)?;
    let window = &window[..window.len().min(2 * PUBLIC_PART)];
    let window = &window[..memmem::find(window, NAME).unwrap_or(window.len())];
    let (version, rest) = window.split_first()?;
    let algorithm = line(rest.strip_prefix(b": ")?)?;
    let encryption = field(window, b"Encryption: ")?;
    let comment = field(window, b"Comment: ").unwrap_or_default();
    let derivation = field(window, b"Key-Derivation: ");
    let after: &[u8] = if derivation.is_some() { b"Key-Derivation: " } else { b"Private-Lines: " };
    let public = part(window, b"Public-Lines: ", after);
    let form = Form {
        sort: if encryption == b"none" { Sort::Private } else { Sort::Encrypted },
        algorithm: public.as_deref().and_then(openssh::algorithm),
        comment: Some(String::from_utf8_lossy(comment).into_owned()).filter(|text| !text.is_empty()),
        cipher: (encryption != b"none").then(|| String::from_utf8_lossy(encryption).into_owned()),
        derivation: derivation.map(|name| String::from_utf8_lossy(name).into_owned()),
        ..Form::proven(Sort::Private, "PuTTY")
    };
    let private = part(window, b"Private-Lines: ", b"Private-MAC: ");
    let is_proven = public.zip(private).is_some_and(|(public, private)| {
        let named = Fields(&public).string() == Some(algorithm);
        let right = match (form.sort, version) {
            (Sort::Encrypted, _) => !private.is_empty() && private.len().is_multiple_of(16),
            (_, b'3') => mac(&[algorithm, encryption, comment, &public, &private])
                .is_some_and(|mac| field(window, b"Private-MAC: ") == Some(mac.as_bytes())),
            _ => numbers(algorithm, &public, &private).is_some(),
        };
        named && right
    });
    Some(Form { is_proven, ..form })
}

/// HMAC-SHA-256 over the strings of a file that is not encrypted, in hexadecimal digits.
fn mac(strings: &[&[u8]]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&[]).ok()?;
    for string in strings {
        mac.update(&(string.len() as u32).to_be_bytes());
        mac.update(string);
    }
    Some(hex::encode(&mac.finalize().into_bytes()))
}

/// Reads the numbers of a private part, to its padding: of RSA the primes must give the modulus.
fn numbers(algorithm: &[u8], public: &[u8], private: &[u8]) -> Option<()> {
    let (mut open, mut secret) = (Fields(public), Fields(private));
    open.string()?;
    if algorithm == b"ssh-rsa" {
        open.string()?;
        let modulus = open.string()?;
        secret.string()?;
        let (p, q) = (secret.string()?, secret.string()?);
        secret.string()?;
        return form::is_product(modulus, p, q).then_some(());
    }
    let number = secret.string()?;
    ((16..=67).contains(&number.len()) && secret.0.is_empty()).then_some(())
}

/// The value of a field.
fn field<'a>(window: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    line(&window[memmem::find(window, name)? + name.len()..])
}

/// What stands before the end of a line, which may be written as an escape.
fn line(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().position(|byte| matches!(byte, b'\r' | b'\n' | b'\\' | b'"'))?;
    Some(&text[..end])
}

/// The Base64 after the number of lines that `name` gives, up to the field `next`.
fn part(window: &[u8], name: &[u8], next: &[u8]) -> Option<Vec<u8>> {
    let from = memmem::find(window, name)? + name.len();
    let digits = window[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let from = from + digits;
    let to = from + memmem::find(&window[from..], next)?;
    body::decode(window, from..to)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn an_open_file_proves_itself() {
        for (version, end) in [(2, "\n"), (3, "\n"), (3, "\r\n"), (3, "\\n")] {
            let file = samples::putty(version, end);
            let found = form(file.as_bytes(), 0).expect("a key");
            assert_eq!((found.sort, found.is_proven), (Sort::Private, true), "{version} {end:?}");
            assert_eq!(found.comment.as_deref(), Some("me@kestrel"));
            let changed = file.replace("kestrel", "castrel");
            assert_eq!(form(changed.as_bytes(), 0).map(|found| found.is_proven), Some(version == 2));
            let cut = &file[..file.find("Private-MAC").expect("a MAC") - 9];
            assert_eq!(form(cut.as_bytes(), 0).map(|found| found.is_proven), Some(false));
        }
    }
}
