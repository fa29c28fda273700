//! Where a random string may stand, and what it may not be.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::super::hit::Text;
use super::super::run::in_alphabet;
use super::MOST;
use crate::reason::Reason;

/// The run with its padding. None if the run is longer than any secret, or sticks to a dot, a colon or the like.
pub(super) fn value(bytes: &[u8], run: Range<usize>) -> Option<Range<usize>> {
    if run.len() > MOST {
        return None;
    }
    let pads = bytes[run.end..].iter().take(2).take_while(|&&b| b == b'=').count();
    Some(run.start..run.end + pads)
}

/// Where the value stands.
pub(super) struct Place {
    /// Between quotes.
    pub(super) quoted: bool,
    /// The name it is bound to.
    pub(super) key: Option<Range<usize>>,
}

/// The place of a value that fills its quotes, or that is all that follows `name =` or `name:` on its line.
pub(super) fn place(bytes: &[u8], span: &Range<usize>) -> Option<Place> {
    let before = span.start.checked_sub(1).map(|n| bytes[n])?;
    let after = bytes.get(span.end).copied().unwrap_or(b'\n');
    let quoted = matches!(before, b'"' | b'\'' | b'`');
    if quoted {
        let escaped = after == b'\\' && bytes.get(span.end + 1) == Some(&before);
        return (after == before || escaped).then(|| Place { quoted, key: key(bytes, span.start - 1) });
    }
    if !matches!(after, b'\n' | b'\r' | b' ' | b'\t' | b',' | b';' | b'#') {
        return None;
    }
    let key = key(bytes, span.start)?;
    let rest = bytes[span.end..].iter().take(64).find(|b| !matches!(b, b' ' | b'\t' | b'\r'));
    matches!(rest, None | Some(b'\n' | b',' | b';' | b'#')).then_some(Place { quoted, key: Some(key) })
}

/// The identifier before `=`, `:`, `=>` or `:=` that ends at `at`.
fn key(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let floor = at.saturating_sub(160);
    let line = memchr::memrchr(b'\n', &bytes[floor..at]).map_or(floor, |n| floor + n + 1);
    let mut end = line + bytes[line..at].trim_ascii_end().len();
    let separator = bytes[line..end].iter().rev().take_while(|b| matches!(b, b'=' | b':' | b'>')).count();
    if separator == 0 || separator > 2 {
        return None;
    }
    end = line + bytes[line..end - separator].trim_ascii_end().len();
    if matches!(bytes[line..end].last(), Some(b'"' | b'\'' | b'`' | b']')) {
        end -= 1;
        if matches!(bytes[line..end].last(), Some(b'"' | b'\'')) {
            end -= 1;
        }
    }
    let start = bytes[line..end]
        .iter()
        .rposition(|&b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$')))
        .map_or(line, |n| line + n + 1);
    (start < end).then_some(start..end)
}

/// Why a random-looking value in a good place is no secret.
pub(super) fn refute(text: Text<'_>, span: &Range<usize>, key: Option<&Range<usize>>) -> Option<Reason> {
    let value = &text.bytes[span.clone()];
    let body = value.strip_suffix(b"==").or_else(|| value.strip_suffix(b"=")).unwrap_or(value);
    if let Some(reason) = by_form(body).or_else(|| media(body)) {
        return Some(reason);
    }
    if let Some(reason) = key.and_then(|key| by_name(&text.bytes[key.clone()])) {
        return Some(reason);
    }
    by_line(text.bytes, span)
}

/// Hexadecimal, UUIDs, mangled names, integrity strings, words between marks.
fn by_form(body: &[u8]) -> Option<Reason> {
    let hex = body.iter().filter(|b| b.is_ascii_hexdigit()).count();
    let marks = body.iter().filter(|b| !b.is_ascii_alphanumeric()).count();
    if hex + marks == body.len() || body.starts_with(b"0x") && hex + 1 >= body.len() {
        let uuid = body.len() == 36 && marks == 4;
        return Some(if uuid { Reason::Identifier } else { Reason::Hash });
    }
    if [&b"sha1-"[..], b"sha256-", b"sha384-", b"sha512-", b"md5-", b"h1-"]
        .iter()
        .any(|mark| body.starts_with(mark))
    {
        return Some(Reason::Hash);
    }
    let mangled = [&b"_Z"[..], b"__Z", b"_R", b"_$s", b"$s", b"_T"].iter().any(|mark| body.starts_with(mark));
    if mangled || body[0].is_ascii_digit() && memchr::memchr_iter(b'_', body).count() > 3 {
        return Some(Reason::TypeOrKeyword);
    }
    // NATS' public keys: Base32 with the role as first letter (seeds begin with S).
    let base32 = body.len() == 56 && body.iter().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(b));
    if base32 && matches!(body[0], b'U' | b'A' | b'N' | b'O' | b'C') {
        return Some(Reason::PublicMaterial);
    }
    // An age recipient: the public half, in Bech32.
    if body.len() == 62 && body.starts_with(b"age1") {
        return Some(Reason::PublicMaterial);
    }
    // A path or a kebab-case name: the parts between marks are words.
    let parts: Vec<&[u8]> =
        body.split(|b| matches!(b, b'/' | b'-' | b'_' | b'+')).filter(|part| !part.is_empty()).collect();
    let wordy = parts.iter().filter(|part| is_word(part)).count();
    (parts.len() >= 3 && wordy * 2 >= parts.len()).then_some(Reason::PathOrUrl)
}

/// Letters of one case (but for the first), or digits alone.
fn is_word(part: &[u8]) -> bool {
    part.iter().all(u8::is_ascii_digit)
        || part[1..].iter().all(u8::is_ascii_lowercase) && part[0].is_ascii_alphabetic()
        || part.iter().all(u8::is_ascii_uppercase)
}

/// First bytes of formats that are stored in Base64.
const MAGIC: [&[u8]; 22] = [
    b"\x89PNG",
    b"\xFF\xD8\xFF",
    b"GIF8",
    b"RIFF",
    b"wOFF",
    b"wOF2",
    b"OTTO",
    b"\x00\x01\x00\x00",
    b"\x1F\x8B",
    b"PK\x03\x04",
    b"%PDF",
    b"BZh",
    b"\xFD7zXZ",
    b"\x28\xB5\x2F\xFD",
    b"ID3",
    b"OggS",
    b"\0asm",
    b"\x7FELF",
    b"<svg",
    b"<?xml",
    b"\x78\x9C",
    b"\x78\xDA",
];

/// Base64 whose content is media, compressed, a certificate or text.
fn media(body: &[u8]) -> Option<Reason> {
    let head = &body[..body.len().min(64) / 4 * 4];
    let decoded = STANDARD_NO_PAD.decode(head).ok()?;
    if MAGIC.iter().any(|magic| decoded.starts_with(magic)) {
        return Some(Reason::EncodedMedia);
    }
    // DER of certificates and public keys: a sequence with a long length.
    if decoded.starts_with(b"\x30\x82") || decoded.starts_with(b"\x30\x81") || decoded.starts_with(b"ssh-") {
        return Some(Reason::PublicMaterial);
    }
    let printable = decoded.iter().filter(|b| b.is_ascii_graphic() || **b == b' ' || **b == b'\n').count();
    let zeros = memchr::memchr_iter(0, &decoded).count();
    if decoded.len() >= 15 && printable * 100 >= decoded.len() * 92 {
        return Some(Reason::NaturalText);
    }
    (zeros * 6 > decoded.len()).then_some(Reason::EncodedMedia)
}

/// Names that say what the value is, and that it is public.
fn by_name(name: &[u8]) -> Option<Reason> {
    const NAMES: [(&[u8], Reason); 37] = [
        (b"hash", Reason::Hash),
        (b"sha1", Reason::Hash),
        (b"sha256", Reason::Hash),
        (b"sha512", Reason::Hash),
        (b"md5", Reason::Hash),
        (b"digest", Reason::Hash),
        (b"checksum", Reason::Hash),
        (b"integrity", Reason::Hash),
        (b"signature", Reason::Hash),
        (b"etag", Reason::Hash),
        (b"fingerprint", Reason::Hash),
        (b"thumbprint", Reason::Hash),
        (b"commit", Reason::Hash),
        (b"revision", Reason::Hash),
        (b"uuid", Reason::Identifier),
        (b"guid", Reason::Identifier),
        (b"version", Reason::Identifier),
        (b"filename", Reason::Identifier),
        (b"nonce", Reason::Identifier),
        (b"cursor", Reason::Identifier),
        (b"address", Reason::Identifier),
        (b"encrypted", Reason::EncryptedValue),
        (b"ciphertext", Reason::EncryptedValue),
        (b"secure", Reason::EncryptedValue),
        (b"ivvalue", Reason::Identifier),
        (b"public", Reason::PublicMaterial),
        (b"pubkey", Reason::PublicMaterial),
        (b"certificate", Reason::PublicMaterial),
        (b"image", Reason::EncodedMedia),
        (b"icon", Reason::EncodedMedia),
        (b"font", Reason::EncodedMedia),
        (b"class", Reason::TypeOrKeyword),
        (b"url", Reason::PathOrUrl),
        (b"href", Reason::PathOrUrl),
        (b"path", Reason::PathOrUrl),
        (b"file", Reason::PathOrUrl),
        (b"src", Reason::PathOrUrl),
    ];
    let lower = name.to_ascii_lowercase();
    let is_id = lower.ends_with(b"_id")
        || lower.ends_with(b"-id")
        || lower == b"id"
        || name.ends_with(b"Id")
        || name.ends_with(b"ID");
    if is_id {
        return Some(Reason::Identifier);
    }
    NAMES.iter().find(|(part, _)| memchr::memmem::find(&lower, part).is_some()).map(|&(_, reason)| reason)
}

/// True if the line before or after the line `start..end` is one long string literal too: data, cut into lines.
fn has_literal_neighbour(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_literal = |line: &[u8]| {
        let line = line.trim_ascii();
        line.len() > 40
            && matches!(line[0], b'"' | b'\'' | b'`')
            && line[1..].iter().filter(|&&b| in_alphabet(b)).count() * 10 > line.len() * 8
    };
    let before = &bytes[start.saturating_sub(401)..start.saturating_sub(1)];
    let before = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]);
    let after = &bytes[bytes.len().min(end + 1)..bytes.len().min(end + 401)];
    let after = memchr::memchr(b'\n', after).map_or(after, |at| &after[..at]);
    is_literal(before) || is_literal(after)
}

/// Lines that carry data: data URIs, integrity attributes, very long lines, runs of quoted strings.
fn by_line(bytes: &[u8], span: &Range<usize>) -> Option<Reason> {
    let floor = span.start.saturating_sub(400);
    let roof = bytes.len().min(span.end + 400);
    let start = memchr::memrchr(b'\n', &bytes[floor..span.start]).map(|n| floor + n + 1);
    let end = memchr::memchr(b'\n', &bytes[span.end..roof]).map(|n| span.end + n);
    let left = &bytes[start.unwrap_or(floor)..span.start];
    // Neither end of the line within reach on either side: minified.
    if start.is_none() && floor > 0 && end.is_none() && roof < bytes.len() {
        return Some(Reason::GeneratedContent);
    }
    let lower = left.to_ascii_lowercase();
    let says = |word: &[u8]| memchr::memmem::find(&lower, word).is_some();
    if says(b"integrity")
        || says(b"sha256")
        || says(b"sha512")
        || says(b"sha1")
        || says(b"md5")
        || says(b"checksum")
    {
        return Some(Reason::Hash);
    }
    // Inside of SOPS' `ENC[…]`.
    if says(b"enc[") && !left.contains(&b']') {
        return Some(Reason::EncryptedValue);
    }
    if says(b"base64,") {
        return Some(Reason::EncodedMedia);
    }
    let alone = left.trim_ascii().len() == 1
        && has_literal_neighbour(bytes, start.unwrap_or(floor), end.unwrap_or(roof));
    alone.then_some(Reason::EncodedMedia)
}
