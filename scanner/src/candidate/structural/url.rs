//! Passwords in the user-info of a URL (RFC 3986 §3.2.1): `scheme://user:password@host`.
//!
//! Also JSON-escaped (`:\/\/`) and percent-encoded as a whole (`%3A%2F%2Fuser%3Apassword%40host`). A user without
//! password is taken only where it is a token by itself (`https://TOKEN@host`, `TOKEN:x-oauth-basic@host`).

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{absent, push, reach};
use crate::value::charset::{is_hex, is_uuid};

const RULE: &str = "url-credentials";
/// The longest user-info that is looked at, in bytes.
const USER_INFO: usize = 320;

/// `https://host/t/TOKEN/channel`: conda's form of a token.
pub(super) const CONDA: CodeDetector = CodeDetector { anchors: &["/t/"], binary: false, find: conda };

/// `://` and its JSON-escaped form.
pub(super) const DETECTOR: CodeDetector =
    CodeDetector { anchors: &["://", r":\/\/"], binary: false, find: plain };

/// A URL inside a URL.
pub(super) const ENCODED: CodeDetector =
    CodeDetector { anchors: &["%3a%2f%2f"], binary: false, find: encoded };

fn plain(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let Some(scheme) = scheme_before(bytes, anchor.start) else { return };
    let start = anchor.end;
    let web =
        matches!(&bytes[scheme], s if s.eq_ignore_ascii_case(b"http") || s.eq_ignore_ascii_case(b"https"));
    let Some(at) = sign(bytes, start, web) else { return };
    let Some(colon) = colon(bytes, start..at) else {
        if web {
            lone_token(text, start..at, hits);
        }
        return;
    };
    let (user, password) = (start..colon, colon + 1..at);
    if bytes[password.clone()].starts_with(b"x-oauth-") && user.len() >= 16 {
        return push(text, hits, RULE, user, None, Syntax::Field);
    }
    if password.is_empty() || is_port_and_path(&bytes[password.clone()]) {
        return;
    }
    let key = Some(user).filter(|user| !user.is_empty());
    push(text, hits, RULE, password, key, Syntax::Field);
}

/// Two letters and a UUID between slashes.
fn conda(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let end = reach::skip(text.bytes, anchor.end, |b| b.is_ascii_alphanumeric() || b == b'-');
    let value = &text.bytes[anchor.end..end];
    let shaped = value.len() == 39 && value[..2].iter().all(u8::is_ascii_lowercase) && value[2] == b'-';
    if shaped && is_uuid(&value[3..]) && text.bytes.get(end) == Some(&b'/') {
        push(text, hits, RULE, anchor.end..end, None, Syntax::Field);
    }
}

fn encoded(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    if scheme_before(bytes, anchor.start).is_none() {
        return;
    }
    let start = anchor.end;
    let end = reach::skip(bytes, start, |b| b.is_ascii_alphanumeric() || b"%._~-!$*+".contains(&b))
        .min(start + USER_INFO);
    let Some(at) = reach::find(bytes, start..end, b"%40") else { return };
    let Some(colon) = reach::find(bytes, start..at, b"%3a") else { return };
    // A slash before the sign ends the authority.
    if reach::find(bytes, start..at, b"%2f").is_none() {
        push(text, hits, RULE, colon + 3..at, Some(start..colon), Syntax::Field);
    }
}

/// The scheme's letters before the anchor; `jdbc:`, `git+` and the like belong to what stands before.
fn scheme_before(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let start = reach::skip_back(bytes, at, |b| b.is_ascii_alphanumeric() || b"+.-".contains(&b));
    (at - start >= 2 && bytes[at - 1].is_ascii_alphanumeric()).then_some(start..at)
}

/// The `@` that ends the user-info. Outside of web schemes people leave `/`, `#` and `?` in passwords unencoded.
fn sign(bytes: &[u8], start: usize, web: bool) -> Option<usize> {
    let roof = bytes.len().min(start + USER_INFO);
    let mut last = None;
    let mut here = start;
    while here < roof {
        match bytes[here] {
            b'@' if starts_host(bytes.get(here + 1).copied()) => last = Some(here),
            // A template's braces may hold anything: `${env:DB_PASS}`.
            b'{' => here = close(bytes, here, roof).unwrap_or(here),
            b'<' => here = close_angle(bytes, here, roof)?,
            b'/' | b'?' | b'#' if last.is_some() || web => break,
            b'/' if bytes.get(here + 1) == Some(&b'/') => break,
            b'"' | b'\'' | b'`' | b'>' | b'\\' | b'|' | b'^' | b',' if last.is_some() => break,
            b'"' | b'\'' | b'`' | b'>' | b'\\' | b'(' | b')' => break,
            b if b.is_ascii_whitespace() || b.is_ascii_control() => break,
            _ => {}
        }
        here += 1;
    }
    last
}

fn close(bytes: &[u8], open: usize, roof: usize) -> Option<usize> {
    bytes[open..roof].iter().take(64).position(|&b| b == b'}').map(|n| open + n)
}

/// The end of `<name>`; a tag or a comparison ends the URL.
fn close_angle(bytes: &[u8], open: usize, roof: usize) -> Option<usize> {
    let end = open + bytes[open..roof].iter().take(64).position(|&b| b == b'>')?;
    bytes[open + 1..end].iter().all(|&b| b.is_ascii_alphanumeric() || b" _-".contains(&b)).then_some(end)
}

fn starts_host(b: Option<u8>) -> bool {
    b.is_some_and(|b| b.is_ascii_alphanumeric() || b"[${%<_*-".contains(&b) || b >= 0x80)
}

/// The colon between user and password: the first outside braces.
fn colon(bytes: &[u8], info: Range<usize>) -> Option<usize> {
    let mut here = info.start;
    while here < info.end {
        match bytes[here] {
            b':' => return Some(here),
            b'{' => here = close(bytes, here, info.end).unwrap_or(here),
            _ => {}
        }
        here += 1;
    }
    None
}

/// `8080/path` before an `@` further on is a port and a path, no password.
fn is_port_and_path(password: &[u8]) -> bool {
    let digits = password.iter().take_while(|b| b.is_ascii_digit()).count();
    (1..=5).contains(&digits) && matches!(password.get(digits), Some(b'/' | b'?' | b'#'))
}

/// `https://TOKEN@host`: letters and digits mixed, at least 20, not the public key of a Sentry DSN.
fn lone_token(text: Text<'_>, user: Range<usize>, hits: &mut Vec<Hit>) {
    let value = &text.bytes[user.clone()];
    let shaped = value.len() >= 20
        && value.iter().all(|&b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        && value.iter().filter(|b| b.is_ascii_digit()).count() >= 3
        && value.iter().any(u8::is_ascii_alphabetic);
    let host = &text.bytes[user.end..text.bytes.len().min(user.end + 64)];
    let sentry = reach::find(host, 0..host.len(), b"sentry").is_some() || value.len() == 32 && is_hex(value);
    if shaped && !sentry && absent::of(value).is_none() {
        push(text, hits, RULE, user, None, Syntax::Field);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn passwords_in_user_info_are_found() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("postgres:~//app:PWD1@db.internal:5432/x", &["PWD1"]),
                ("url = \"mongodb+srv:~//app:PWD1@c0.example.net/?w=1\"", &["PWD1"]),
                ("redis:~//:PWD1@cache:6379/0", &["PWD1"]),
                ("jdbc:postgresql:~//app:PWD1@db/x", &["PWD1"]),
                ("pip install git+https:~//ci:TOK1@git.corp/x.git", &["TOK1"]),
                (r#"{"u":"https:\~/\/a:PWD1@h\/p"}"#, &["PWD1"]),
                ("amqp:~//a:p%40ss%2FwOrd@mq", &["p%40ss%2FwOrd"]),
                ("postgres:~//a:pass/wOrd9@db/x", &["pass/wOrd9"]),
                ("http:~//a:PWD1@${HOST}/", &["PWD1"]),
                ("https:~//TOK1:x-oauth-basic@git.corp/x", &["TOK1"]),
                ("two ftp:~//a:PWD1@h and ftp:~//b:PWD2@h", &["PWD1", "PWD2"]),
            ],
        );
        check(&ENCODED, RULE, &[("?next=https%3A~%2F%2Fa%3APWD1%40h.example", &["PWD1"])]);
    }

    #[test]
    fn tokens_of_conda_channels_are_found() {
        let token = format!("ab-{}-4a5b-8c7d-{}", "0f1e2d3c-9a8b", "1a2b3c4d5e6f");
        let url = format!("https://conda.example/t~/{token}/main");
        check(&CONDA, RULE, &[(&url, &[&token]), ("/srv/t~/data/main", &[])]);
    }

    #[test]
    fn urls_without_password_give_nothing() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("http:~//localhost:8080/foo@bar", &[]),
                ("ssh:~//git@github.example/x", &[]),
                ("https:~//example.com/a:b@c", &[]),
                ("\"mongodb:~//\" + user + \":\" + password + \"@\" + host", &[]),
                ("redis:~//localhost:6379/0?x=a@b", &[]),
                (": ~//a:b@c", &[]),
            ],
        );
    }

    #[test]
    fn templates_are_dropped() {
        check_dropped(
            &DETECTOR,
            &[
                "postgres:~//${USER}:${PASS:-x/y}@db/x",
                "postgres:~//{user}:{password}@{host}/x",
                "mysql:~//<user>:<password>@<host>/x",
                "amqp:~//%s:%s@%s",
                "http:~//u:****@h",
                "http:~//$u:$p@$h",
            ],
        );
    }

    #[test]
    fn a_lone_user_is_reported_only_as_a_token() {
        let token = format!("{}9a8b7c", &super::super::sample::token()[..26]);
        let longer = format!("https:~//{token}a@git.corp/x");
        check(&DETECTOR, RULE, &[(&longer, &[&format!("{token}a")]), ("https:~//someone@git.corp/x", &[])]);
    }
}
