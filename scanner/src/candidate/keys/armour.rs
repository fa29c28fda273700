//! Blocks between `-----BEGIN X-----` and `-----END X-----`: RFC 7468 (PEM), RFC 1421 (encryption headers), RFC 4716
//! (SSH2), RFC 9580 (PGP) and OpenSSH's own.

use std::ops::Range;

use memchr::memmem;

use super::form::{self, Form};
use super::{body, openssh, pgp};
use crate::candidate::hit::{Hit, Text};
use crate::reason::Reason;

pub(super) const ANCHORS: &[&str] = &["-----begin", "---- begin ssh2"];

/// Base64 characters of the smallest private key (Ed25519 in PKCS#8).
const LEAST_KEY: usize = 64;
/// Base64 characters of a public block worth covering.
const LEAST_PUBLIC: usize = 40;
/// Longest label between `BEGIN` and the closing dashes.
const LONGEST_LABEL: usize = 64;
/// Bytes after the header in which RFC 1421 headers are looked for.
const HEADERS: usize = 400;

/// What a label says about its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// Any private key but PGP's.
    Private,
    /// PKCS#8 with encryption.
    Encrypted,
    /// A key of SSH.
    Ssh,
    Pgp,
    /// Meant to be seen.
    Public,
    /// A message for somebody who has the key.
    Message,
}

fn sort(label: &str) -> Sort {
    match label {
        "PGP PRIVATE KEY BLOCK" | "PGP SECRET KEY BLOCK" => Sort::Pgp,
        "OPENSSH PRIVATE KEY" | "SSH2 ENCRYPTED PRIVATE KEY" => Sort::Ssh,
        "ENCRYPTED PRIVATE KEY" => Sort::Encrypted,
        "OpenVPN Static key V1" => Sort::Private,
        _ if label.ends_with("PRIVATE KEY") => Sort::Private,
        _ if label.contains("MESSAGE") || label.contains("ENCRYPTED") => Sort::Message,
        _ => Sort::Public,
    }
}

/// What was found out about a block.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) rule: &'static str,
    pub(super) dropped: Option<Reason>,
    /// The header line.
    pub(super) header: Range<usize>,
    /// The body, if there is one.
    pub(super) material: Option<Range<usize>>,
    /// What the body is, as far as it can be read.
    pub(super) form: Option<Form>,
}

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    if let Some(block) = inspect(text.bytes, anchor.start) {
        let is_proven = super::proves(block.form.as_ref());
        hits.push(Hit { is_proven, ..super::block(block.rule, block.header, block.material, block.dropped) });
    }
}

/// Looks at the block whose header begins at `start`; none if there is no header.
pub(super) fn inspect(text: &[u8], start: usize) -> Option<Block> {
    let (header, label) = header(text, start)?;
    // Around a token or a seed of NATS: what is inside has a form of its own.
    if label.ends_with(" JWT") || label.ends_with(" SEED") {
        return None;
    }
    let sort = sort(&label);
    let (from, legacy) = skip_headers(text, header.end);
    let mut body = body::read(text, from, text.len());
    body.span.start = header.end;
    let private = matches!(sort, Sort::Private | Sort::Encrypted | Sort::Ssh | Sort::Pgp);
    let least = if private { LEAST_KEY } else { LEAST_PUBLIC };
    if private && !body.is_genuine(least) {
        let after = &text[header.end..text.len().min(header.end + 64)];
        let rule = if sort == Sort::Pgp { super::PGP } else { super::PRIVATE_KEY };
        return Some(Block { rule, dropped: Some(emptiness(after)), header, material: None, form: None });
    }
    let material = (body.length >= least).then(|| body.span.clone());
    let form = match (sort, legacy) {
        (Sort::Message, _) => None,
        (Sort::Private, Some(cipher)) => Some(legacy_form(&label, cipher)),
        _ if label.starts_with("PGP ") => pgp::form(&body.decoded_head()),
        _ => structure(text, from, &body),
    };
    // What is meant to be seen is no key before that is proven.
    let form = form.filter(|form| private || form.is_proven);
    let plain = if sort == Sort::Pgp { super::PGP } else { super::PRIVATE_KEY };
    let (rule, dropped) = match (sort, form.as_ref().map(|form| form.sort)) {
        (Sort::Message, _) => (plain, Some(Reason::EncryptedValue)),
        // Whatever the label says: what is under it counts.
        (_, Some(form::Sort::Public)) | (Sort::Public, None) => (plain, Some(Reason::PublicMaterial)),
        (_, Some(form::Sort::Encrypted)) | (Sort::Encrypted, None) => (super::ENCRYPTED, None),
        (_, Some(form::Sort::Private)) | (Sort::Private | Sort::Ssh | Sort::Pgp, None) => (plain, None),
    };
    let form = form.or_else(|| dropped.is_none().then(|| unread(sort)));
    Some(Block { rule, dropped, header, material, form })
}

/// The form of a body that is DER or of SSH. Of another one only the beginning may be readable.
fn structure(text: &[u8], from: usize, body: &body::Body) -> Option<Form> {
    let whole = body::decode(text, from..body.span.end.max(from));
    whole
        .and_then(|bytes| form::of_der(&bytes).or_else(|| openssh::form(&bytes)))
        .or_else(|| openssh::form(&body.decoded_head()))
}

/// A key under RFC 1421's headers: what is encrypted has no structure that could be proven.
fn legacy_form(label: &str, cipher: String) -> Form {
    let algorithm = label.strip_suffix(" PRIVATE KEY").map(str::to_owned);
    let form = Form::proven(form::Sort::Encrypted, "PEM").of(algorithm);
    Form { cipher: Some(cipher).filter(|name| !name.is_empty()), is_proven: false, ..form }
}

/// A key that is cut, changed or of an unknown form: it is reported, and nothing is proven.
fn unread(sort: Sort) -> Form {
    let (kept, format) = match sort {
        Sort::Encrypted => (form::Sort::Encrypted, "PEM"),
        Sort::Pgp => (form::Sort::Private, pgp::FORMAT),
        _ => (form::Sort::Private, "PEM"),
    };
    Form { is_proven: false, ..Form::proven(kept, format) }
}

/// The header at `start` and its label with single spaces; spaces may be `%20`, `+` or `_` as URLs and file formats
/// have them.
fn header(text: &[u8], start: usize) -> Option<(Range<usize>, String)> {
    let rest = &text[start..];
    let (dashes, rest) = match (rest.strip_prefix(b"-----BEGIN"), rest.strip_prefix(b"---- BEGIN")) {
        (Some(rest), _) => (&b"-----"[..], rest),
        (_, Some(rest)) => (&b"----"[..], rest),
        _ => return None,
    };
    let window = &rest[..rest.len().min(LONGEST_LABEL + dashes.len())];
    let close = memmem::find(window, dashes)?;
    let raw = std::str::from_utf8(&window[..close]).ok()?;
    let spaced = raw.replace("%20", " ").replace(['+', '_'], " ");
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '/');
    let label = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = text.len() - rest.len() + close + dashes.len();
    (spaced.starts_with(' ') && !label.is_empty() && spaced.chars().all(allowed))
        .then_some((start..end, label))
}

/// Where the body begins after headers of RFC 1421, and the cipher if they say that it is encrypted (empty if they do not
/// name it).
fn skip_headers(text: &[u8], from: usize) -> (usize, Option<String>) {
    let window = &text[from..text.len().min(from + HEADERS)];
    let window = &window[..memmem::find(window, b"----").unwrap_or(window.len())];
    let encrypted = memmem::find(window, b"Proc-Type")
        .is_some_and(|at| memmem::find(&window[at..], b"ENCRYPTED").is_some());
    let Some(info) = memmem::find(window, b"DEK-Info") else {
        return (from, encrypted.then(String::new));
    };
    let after_name = info + memchr::memchr(b',', &window[info..]).unwrap_or(0);
    let vector = window[after_name..].iter().skip(1).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'-';
    let letters = window[info..after_name].iter().rev().take_while(is_name).count();
    let cipher = String::from_utf8_lossy(&window[after_name - letters..after_name]).into_owned();
    (from + after_name + 1 + vector, Some(cipher))
}

/// Why a header has no body.
fn emptiness(after: &[u8]) -> Reason {
    let template = ["${", "{{", "$(", "%s", "<%", "{}", "#{"];
    if template.iter().any(|sign| memmem::find(after, sign.as_bytes()).is_some()) {
        Reason::Template
    } else {
        Reason::Placeholder
    }
}
