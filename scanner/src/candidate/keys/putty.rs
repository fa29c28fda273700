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
/// The version's digit and what stands between it and the algorithm.
const VERSION: usize = b"3: ".len();
/// Longest file: a large RSA key has some 12 KiB in each of its parts.
const LONGEST: usize = 32 * 1024;

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let Some(file) = File::read(text.bytes, anchor.start) else { return };
    // Of an escaped file the algorithm's name ends before the `\` of the escape.
    let header = anchor.start..anchor.end + VERSION + file.algorithm.len();
    let hit = match file.private_part() {
        Some(body) => Hit {
            is_proven: super::proves(file.form().as_ref()),
            ..super::block(
                if file.encryption == Some(&b"none"[..]) { super::PUTTY } else { super::ENCRYPTED },
                header.clone(),
                Some(header.end..anchor.end + body),
                None,
            )
        },
        None => super::block(super::PUTTY, header, None, Some(Reason::Placeholder)),
    };
    hits.push(hit);
}

/// What the key file at `start` is; not proven if it is cut or was changed.
pub(super) fn form(text: &[u8], start: usize) -> Option<Form> {
    File::read(text, start)?.form()
}

/// A key file, as far as its head can be read.
struct File<'a> {
    /// From the version on, up to the next file.
    window: &'a [u8],
    version: u8,
    algorithm: &'a [u8],
    encryption: Option<&'a [u8]>,
}

impl<'a> File<'a> {
    /// The file at `start`; none if its first line is another one.
    fn read(text: &'a [u8], start: usize) -> Option<Self> {
        let window = text.get(start..)?.strip_prefix(NAME)?;
        let window = &window[..window.len().min(LONGEST)];
        let window = &window[..memmem::find(window, NAME).unwrap_or(window.len())];
        let (head, rest) = window.split_at_checked(VERSION)?;
        let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
        let is_file = head[0].is_ascii_digit() && head.ends_with(b": ") && length > 0;
        let (version, algorithm) = (head[0], &rest[..length]);
        is_file.then(|| Self { window, version, algorithm, encryption: field(window, b"Encryption: ") })
    }

    /// Where the private part ends in the window; none if it is not there, or only a form of it.
    fn private_part(&self) -> Option<usize> {
        self.encryption?;
        let from = after_count(self.window, b"Private-Lines: ")?;
        let to = memmem::find(&self.window[from..], b"Private-").map_or(self.window.len(), |at| from + at);
        let body = body::read(self.window, from, to);
        body.is_genuine(LEAST_KEY).then_some(body.span.end)
    }

    fn form(&self) -> Option<Form> {
        let Self { window, version, algorithm, encryption } = *self;
        let encryption = encryption?;
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

/// What follows the number of lines that `name` gives.
fn after_count(window: &[u8], name: &[u8]) -> Option<usize> {
    let from = memmem::find(window, name)? + name.len();
    Some(from + window[from..].iter().take_while(|byte| byte.is_ascii_digit()).count())
}

/// The Base64 after the number of lines that `name` gives, up to the field `next`.
fn part(window: &[u8], name: &[u8], next: &[u8]) -> Option<Vec<u8>> {
    let from = after_count(window, name)?;
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
