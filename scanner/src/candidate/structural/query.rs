//! Credentials in the query of a URL: `?api_key=…`, `&access_token=…`, `&sig=…`.
//!
//! The parameter must follow `?` or `&` (also `&amp;`), or stand first in a form body that goes on with `&`.

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push, reach};

const RULE: &str = "url-credentials";

/// Woken by the end of the parameter's name.
pub(super) const DETECTOR: CodeDetector = CodeDetector {
    anchors: &[
        "key=",
        "token=",
        "secret=",
        "sig=",
        "signature=",
        "password=",
        "passwd=",
        "pwd=",
        "pass=",
        "&p=",
    ],
    binary: false,
    find,
};

/// Names whose last part alone would be too common.
const KEY_NAMES: [&[u8]; 10] = [
    b"api_key",
    b"apikey",
    b"api-key",
    b"access_key",
    b"accesskey",
    b"secret_key",
    b"subscription-key",
    b"auth_key",
    b"authkey",
    b"private_key",
];

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let end = anchor.end - 1;
    let start = reach::skip_back(bytes, end, |b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    let name = bytes[start..end].to_ascii_lowercase();
    let separated = match reach::before(bytes, start) {
        b'?' => true,
        b'&' => start < 2 || bytes[start - 2] != b'&',
        b';' => bytes[..start].ends_with(b"&amp;"),
        _ => false,
    };
    if !separated || !names_credential(&name) || name == b"p" && !follows_user(bytes, start) {
        return;
    }
    let value_start = anchor.end;
    let Some(value) = reach::bare(bytes, value_start, b"&#<>)],;|") else { return };
    let signature = name.ends_with(b"sig") || name.ends_with(b"signature");
    // `?api_key=demo`, `?token=test`: a key that somebody issued is longer; a password was chosen by somebody.
    let chosen = [b"password".as_slice(), b"passwd", b"pwd", b"pass"].iter().any(|end| name.ends_with(end));
    let word = value.span.len() < 8 && bytes[value.span.clone()].iter().all(u8::is_ascii_alphanumeric);
    if signature && value.span.len() < 16 || !chosen && word {
        return;
    }
    push(text, hits, RULE, value.span, Some(start..end), Syntax::Field);
}

/// `u=me&p=x`: InfluxDB's parameters.
fn follows_user(bytes: &[u8], at: usize) -> bool {
    let query = &bytes[reach::skip_back(bytes, at, |b| b.is_ascii_graphic() && b != b'"')..at];
    query.windows(3).any(|name| matches!(name, b"?u=" | b"&u="))
}

fn names_credential(name: &[u8]) -> bool {
    if name.ends_with(b"key") {
        return name == b"key" || KEY_NAMES.iter().any(|known| name.ends_with(known));
    }
    // `?next_page_token=` and its like continue a listing; `X-Amz-Signature` and `X-Goog-Signature` sign one request
    // and expire within a week.
    !(name.starts_with(b"x-") && name.ends_with(b"signature")
        || name.ends_with(b"page_token")
        || name.ends_with(b"pagetoken")
        || name.ends_with(b"continuation-token"))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn credentials_in_queries_are_found() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("https:~//h/p?api~_key=TOK1&x=1", &["TOK1"]),
                ("'h/p?a=1&access~_token=TOK1'", &["TOK1"]),
                ("<a href=\"h?x=1&amp;tok~en=TOK1\">", &["TOK1"]),
                ("h?se=2030&s~ig=TOK1%3D&sp=r", &["TOK1%3D"]),
                ("jdbc:mysql:~//h/d?user=a&pass~word=PWD1", &["PWD1"]),
                ("\"http:~//h:8086/write?db=m&u=me&~p=PWD1\"", &["PWD1"]),
            ],
        );
    }

    #[test]
    fn other_parameters_are_not() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("h?monkey=TOK1", &[]),
                ("if (a && to~ken=TOK1)", &[]),
                ("h?page~Token=TOK1", &[]),
                ("h?menu=x&~p=PWD1", &[]),
                ("h?s~ig=abc", &[]),
                ("h?X-Amz-Sig~nature=TOK1", &[]),
                ("api~_key=TOK1", &[]),
                ("h?api~_key=demo", &[]),
            ],
        );
        check_dropped(&DETECTOR, &["h?tok~en=${TOKEN}", "h?api~_key={key}", "h?api~_key=%s"]);
    }
}
