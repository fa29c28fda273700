//! One reader for the lines of each file that `known_file` knows by name.

use std::ops::Range;

use super::super::super::Syntax;
use super::super::super::hit::{Hit, Text};
use super::super::reversible::{self, Form};
use super::super::{basic, push, reach};
use super::PASSWORD;

/// `host:port:database:user:password`; `\` escapes a colon.
pub(super) fn pgpass(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    if let [_, _, _, user, password, ..] = fields(text.bytes, &line, b':').as_slice() {
        let (value, user) = (password.start..line.end, Some(user.clone()));
        push(text, hits, "pgpass-password", value, user, Syntax::Field);
    }
}

/// `client server password …`, each word quoted or not.
pub(super) fn third_word(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    if let [_, user, password, ..] = words(text.bytes, &line).as_slice() {
        entry(text, password, user, hits);
    }
}

/// `host:user:password`.
pub(super) fn third_field(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    if let [_, user, password, ..] = fields(text.bytes, &line, b':').as_slice() {
        entry(text, &(password.start..line.end), user, hits);
    }
}

/// `destination user:password`.
pub(super) fn second_word_login(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    if let [_, pair, ..] = words(text.bytes, &line).as_slice() {
        login(text, pair.clone(), hits);
    }
}

/// `type host port user password`.
pub(super) fn proxy(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    let words = words(text.bytes, &line);
    if let [kind, _, port, user, password, ..] = words.as_slice()
        && matches!(&text.bytes[kind.clone()], b"http" | b"socks4" | b"socks5" | b"raw")
        && text.bytes[port.clone()].iter().all(u8::is_ascii_digit)
    {
        entry(text, password, user, hits);
    }
}

/// `user:uid:LM:NT:…`; X's stand for a digest that is not kept.
pub(super) fn smbpasswd(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    digests(text, &fields(text.bytes, &line, b':'), &[2, 3], hits);
}

/// `user:realm:MD5`.
pub(super) fn htdigest(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    digests(text, &fields(text.bytes, &line, b':'), &[2], hits);
}

/// `user=MD5`.
pub(super) fn wildfly_user(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    digests(text, &fields(text.bytes, &line, b'='), &[1], hits);
}

/// `user:` and crypt(3)'s oldest digest, or `{PLAIN}` and a password; other digests have marks of their own.
pub(super) fn htpasswd(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    let fields = fields(text.bytes, &line, b':');
    let [user, value, ..] = fields.as_slice() else { return };
    let inside = &text.bytes[value.clone()];
    if let Some(plain) = inside.strip_prefix(b"{PLAIN}") {
        entry(text, &(value.end - plain.len()..line.end), user, hits);
    } else if inside.len() == 13
        && inside.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/'))
    {
        digest(value.clone(), user, hits);
    }
}

/// `… : PSK "x"`, `user : EAP "x"`, `: RSA file "x"`.
pub(super) fn ipsec(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    // The colon stands alone; those of addresses do not.
    let alone = |at: &usize| bytes[*at] == b':' && (*at == line.start || bytes[*at - 1] == b' ');
    let Some(colon) = line.clone().find(alone) else { return };
    let words = words(bytes, &(colon + 1..line.end));
    let Some(kind) = words.first() else { return };
    let password = match &bytes[kind.clone()] {
        b"PSK" | b"EAP" | b"XAUTH" | b"NTLM" => words.get(1),
        b"RSA" | b"ECDSA" | b"BLISS" | b"PKCS8" | b"P12" | b"PIN" => words.get(2),
        _ => None,
    };
    if let Some(password) = password {
        entry(text, password, kind, hits);
    }
}

/// The words after `password` and `pass`.
pub(super) fn fetchmail(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    for pair in words(text.bytes, &line).windows(2) {
        let name = &text.bytes[pair[0].clone()];
        if name.eq_ignore_ascii_case(b"password") || name.eq_ignore_ascii_case(b"pass") {
            entry(text, &pair[1], &pair[0], hits);
        }
    }
}

/// `:name: key`, `:name: Bearer key`.
pub(super) fn gem_key(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    if let [name, .., key] = words(text.bytes, &line).as_slice()
        && text.bytes[name.start] == b':'
        && key.len() >= 16
    {
        entry(text, key, &(name.start + 1..name.end - 1), hits);
    }
}

/// `BUNDLE_GEMS__HOST__IO: "user:password"`: a host's dots are written as two underscores.
pub(super) fn bundle(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    if let [name, value] = words(text.bytes, &line).as_slice() {
        let name = &text.bytes[name.clone()];
        let host = name.starts_with(b"BUNDLE_") && memchr::memmem::find(name, b"__").is_some();
        if host && !text.bytes[value.clone()].contains(&b'/') {
            login(text, value.clone(), hits);
        }
    }
}

/// Obscured passwords of rclone's remotes.
pub(super) fn rclone(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    hidden(text, &line, &["pass", "password", "password2"], Form::Rclone, hits);
}

/// Saved sessions and servers of VNC.
pub(super) fn vnc(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    hidden(text, &line, &["password", "passwd", "passwd2"], Form::Des, hits);
}

/// Remmina's profiles; the key is in its preferences.
pub(super) fn remmina(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    hidden(text, &line, &["password", "ssh_password", "gateway_password"], Form::OwnKey, hits);
}

/// `<Node … Password="…" />`.
pub(super) fn mremoteng(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>) {
    if let Some(name) = reach::find(text.bytes, line, b" password=\"")
        && let Some(value) = reach::quoted(text.bytes, name + 10)
    {
        reversible::record(text, value.span, Some(name + 1..name + 9), Form::Base64Blob, hits);
    }
}

fn entry(text: Text<'_>, password: &Range<usize>, key: &Range<usize>, hits: &mut Vec<Hit>) {
    push(text, hits, PASSWORD, password.clone(), Some(key.clone()), Syntax::Field);
}

/// Records the password of `user:password`, plain or in Base64.
fn login(text: Text<'_>, pair: Range<usize>, hits: &mut Vec<Hit>) {
    let inside = &text.bytes[pair.clone()];
    match memchr::memchr(b':', inside) {
        Some(0) => {}
        Some(colon) => {
            let user = pair.start..pair.start + colon;
            entry(text, &(user.end + 1..pair.end), &user, hits);
        }
        None if basic::password(inside).is_some() => {
            push(text, hits, PASSWORD, pair, None, Syntax::Field);
        }
        None => {}
    }
}

/// Records those of the `wanted` fields that are 32 hexadecimal digits; the first field is the user.
fn digests(text: Text<'_>, fields: &[Range<usize>], wanted: &[usize], hits: &mut Vec<Hit>) {
    for value in wanted.iter().filter_map(|field| fields.get(*field)) {
        let value = reach::trim(text.bytes, value.clone());
        if value.len() == 32 && text.bytes[value.clone()].iter().all(u8::is_ascii_hexdigit) {
            digest(value, &fields[0], hits);
        }
    }
}

fn digest(value: Range<usize>, user: &Range<usize>, hits: &mut Vec<Hit>) {
    let (rule, key) = ("password-hash", Some(user.clone()).filter(|user| !user.is_empty()));
    hits.push(Hit::new(rule, value, key, Syntax::Field));
}

/// `name = value` with one of these names, in a form that can be undone.
fn hidden(text: Text<'_>, line: &Range<usize>, names: &[&str], form: Form, hits: &mut Vec<Hit>) {
    let Some(equals) = memchr::memchr(b'=', &text.bytes[line.clone()]).map(|n| line.start + n) else {
        return;
    };
    let name = reach::trim(text.bytes, line.start..equals);
    if names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(&text.bytes[name.clone()])) {
        reversible::record(text, reach::trim(text.bytes, equals + 1..line.end), Some(name), form, hits);
    }
}

/// The fields of a line between separators that no backslash stands before.
fn fields(bytes: &[u8], line: &Range<usize>, separator: u8) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = line.start;
    let mut escaped = false;
    for at in line.clone() {
        if bytes[at] == separator && !escaped {
            found.push(start..at);
            start = at + 1;
        }
        escaped = bytes[at] == b'\\' && !escaped;
    }
    found.push(start..line.end);
    found
}

/// The words of a line, quotes taken off.
fn words(bytes: &[u8], line: &Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = reach::blanks(bytes, line.start);
    while let Some(word) = reach::literal(bytes, at, b"").filter(|word| at < line.end && word.end <= line.end)
    {
        found.push(word.span);
        at = reach::blanks(bytes, word.end);
    }
    found
}
