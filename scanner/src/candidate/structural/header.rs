//! Tokens in HTTP headers: `Authorization: Bearer …`, other schemes, and custom headers such as `X-Api-Key: …`.
//!
//! The forms of raw HTTP, curl's `-H "…"`, and header maps in code (`"X-Api-Key": "…"`, `headers["X-Api-Key"] = "…"`,
//! `setHeader("X-Api-Key", "…")`) differ only in what stands between name and value. Basic is `basic`'s.

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{absent, push, reach};

const BEARER_RULE: &str = "bearer-token-header";
const CUSTOM_RULE: &str = "credential-header";

/// `Bearer TOKEN`, with or without the header's name near it.
pub(super) const BEARER: CodeDetector =
    CodeDetector { anchors: &["bearer ", "bearer%20"], binary: false, find: bearer };

/// `Authorization: SCHEME TOKEN` and `Authorization: TOKEN`.
pub(super) const AUTHORIZATION: CodeDetector =
    CodeDetector { anchors: &["authorization"], binary: false, find: authorization };

/// Headers that services made up.
pub(super) const CUSTOM: CodeDetector = CodeDetector {
    anchors: &[
        "x-api-key",
        "x-apikey",
        "x-auth-token",
        "x-auth-key",
        "x-access-token",
        "x-token",
        "x-secret",
        "x-api-token",
        "x-api-secret",
        "x-app-key",
        "x-app-token",
        "x-client-secret",
        "x-csrf-token",
        "x-user-token",
        "x-vault-token",
        "x-consul-token",
        "x-figma-token",
        "x-insert-key",
        "x-query-key",
        "x-rapidapi-key",
        "x-mashape-key",
        "x-functions-key",
        "x-goog-api-key",
        "x-shopify-access-token",
        "x-amz-security-token",
        "x-aws-ec2-metadata-token",
        "x-sentry-token",
        "x-jfrog-art-api",
        "x-plex-token",
        "x-emby-token",
        "x-gitlab-token",
        "private-token",
        "job-token",
        "deploy-token",
        "circle-token",
        "auth-token",
        "api-key",
        "apikey",
        "ocp-apim-subscription-key",
        "dd-api-key",
        "dd-application-key",
        "xi-api-key",
        "anthropic-api-key",
    ],
    binary: false,
    find: custom,
};

/// Bytes of a `token68` (RFC 9110 §11.2) and what opaque tokens add.
fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~+/=:|!".contains(&b)
}

fn bearer(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    if reach::is_word(reach::before(bytes, anchor.start)) {
        return;
    }
    let start = reach::blanks(bytes, anchor.end);
    let named = reach::find(bytes, anchor.start.saturating_sub(48)..anchor.start, b"auth").is_some();
    if let Some(span) = template(bytes, start) {
        if named {
            push(text, hits, BEARER_RULE, span, None, Syntax::Field);
        }
        return;
    }
    let Some(span) = token(bytes, start) else { return };
    let value = &bytes[span.clone()];
    // Prose says `bearer token` and `bearer authentication`; words have no digits.
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let shaped = if named {
        value.len() >= 8 && digits > 0 || value.len() >= 20
    } else {
        value.len() >= 16 && digits > 1
    };
    if shaped {
        push(text, hits, BEARER_RULE, span, None, Syntax::Field);
    }
}

fn authorization(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let Some(start) = after_separator(bytes, anchor.end) else { return };
    let key = reach::skip_back(bytes, anchor.start, |b| reach::is_word(b) || b == b'-')..anchor.end;
    let word_end = reach::skip(bytes, start, |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let scheme = &bytes[start..word_end];
    if scheme.eq_ignore_ascii_case(b"bearer") || scheme.eq_ignore_ascii_case(b"basic") {
        return;
    }
    let scheme_like =
        (2..=24).contains(&scheme.len()) && scheme.iter().filter(|b| b.is_ascii_digit()).count() < 3;
    let (rule, value) = match bytes.get(word_end) {
        Some(b' ' | b'=') if scheme_like => (BEARER_RULE, reach::blanks(bytes, word_end + 1)),
        _ => (CUSTOM_RULE, start),
    };
    // `Token token="…"`: a scheme may name its parameter and quote it.
    let value = if rule == BEARER_RULE { parameter(bytes, value) } else { value };
    let Some(span) = token(bytes, value).filter(|span| random_looking(&bytes[span.clone()])) else { return };
    push(text, hits, rule, span, Some(key), Syntax::Field);
}

/// Skips `name=` and a quote before a parameter's value.
fn parameter(bytes: &[u8], at: usize) -> usize {
    let name = reach::skip(bytes, at, |b| b.is_ascii_alphabetic() || b == b'_');
    let named = bytes.get(name) == Some(&b'=') && bytes.get(name + 1).is_some_and(|&b| b != b'=');
    let at = if named && name > at { name + 1 } else { at };
    at + reach::quote_width(bytes, at)
}

fn custom(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let start = reach::skip_back(bytes, anchor.start, |b| b.is_ascii_alphanumeric() || b == b'-');
    let end = reach::skip(bytes, anchor.end, |b| b.is_ascii_alphanumeric() || b == b'-');
    // Longer names and identifiers are assignments; flags (`--api-key`) are flags.
    if end != anchor.end || matches!(reach::before(bytes, start), b'_' | b'.' | b'$') || bytes[start] == b'-'
    {
        return;
    }
    let Some(value) = after_separator(bytes, end) else { return };
    if let Some(span) = template(bytes, value) {
        return push(text, hits, CUSTOM_RULE, span, Some(start..end), Syntax::Field);
    }
    let Some(span) = token(bytes, value).filter(|span| random_looking(&bytes[span.clone()])) else { return };
    push(text, hits, CUSTOM_RULE, span, Some(start..end), Syntax::Field);
}

/// What stands between a header's name and its value: `: `, `": "`, `"] = "`, `", "`, `' => '`. None if the value's
/// first byte is not reached through at most one separator.
fn after_separator(bytes: &[u8], at: usize) -> Option<usize> {
    let at = at + reach::quote_width(bytes, at);
    let at = reach::blanks(bytes, at);
    let at = if bytes.get(at) == Some(&b']') { reach::blanks(bytes, at + 1) } else { at };
    let after = match bytes.get(at)? {
        b':' | b',' => at + 1,
        b'=' => at + 1 + usize::from(bytes.get(at + 1) == Some(&b'>')),
        _ => return None,
    };
    let value = reach::blanks(bytes, after);
    // Prefixes of literals: `f"…"`, `b'…'`, `@"…"`.
    let prefix = usize::from(
        matches!(bytes.get(value), Some(b'f' | b'b' | b'r' | b'u' | b'@'))
            && matches!(bytes.get(value + 1), Some(b'"' | b'\'')),
    );
    let quote = reach::quote_width(bytes, value + prefix);
    // Code after `:` or `=` without a quote is an expression, not a header, unless the name itself was unquoted.
    Some(value + prefix * usize::from(quote > 0) + quote)
}

/// The token at `start`, ended by what cannot be part of one. None if it is cut by code (`x(`, `a.b`) or too long.
fn token(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let end = reach::skip(bytes, start, is_token);
    let span = start..end;
    let ended = !matches!(bytes.get(end), Some(b'(' | b'[' | b'{' | b'$' | b'%' | b'<'));
    (ended && !span.is_empty() && span.len() <= 2 * reach::VALUE).then_some(span)
}

/// `${…}`, `{…}`, `<…>`, `$NAME`, `%s` where a token should stand.
fn template(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let opened = matches!(bytes.get(start)?, b'$' | b'{' | b'<' | b'%' | b'[');
    let word = if opened { reach::bare(bytes, start, b",;)")? } else { return None };
    absent::is_template(&bytes[word.span.clone()]).then_some(word.span)
}

/// At least eight characters with a digit, or a long mix; names of variables and types are neither.
fn random_looking(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let colon = value.iter().any(|b| b"!|".contains(b));
    value.len() >= 8 && digits >= 1 && !colon && !value.iter().all(|&b| b.is_ascii_digit() || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn bearer_tokens_are_found() {
        check(
            &BEARER,
            BEARER_RULE,
            &[
                ("Authorization: Bearer~ TOK1", &["TOK1"]),
                ("curl -H 'Authorization: Bearer~ TOK1' h", &["TOK1"]),
                ("\"Authorization\": \"Bearer~ TOK1\",", &["TOK1"]),
                ("token = \"bearer~ TOK1\"", &["TOK1"]),
                ("a bearer~ token authenticates", &[]),
                ("Authorization: Bearer~ authentication", &[]),
                ("`Bearer~ ${token}`", &[]),
                ("\"Bearer~ \" + token", &[]),
            ],
        );
        check_dropped(
            &BEARER,
            &[
                "Authorization: Bearer~ ${TOKEN}",
                "Authorization: Bearer~ <token>",
                "Authorization: Bearer~ {token}",
            ],
        );
    }

    #[test]
    fn other_schemes_are_found() {
        check(
            &AUTHORIZATION,
            BEARER_RULE,
            &[
                ("Author~ization: token TOK1", &["TOK1"]),
                ("-H \"Author~ization: Splunk TOK1\"", &["TOK1"]),
                ("{'Author~ization': 'Token token=TOK1'}", &["TOK1"]),
                ("'Author~ization' => 'ApiKey TOK1'", &["TOK1"]),
                ("Author~ization: Bearer TOK1", &[]),
                ("Author~ization(request, response)", &[]),
            ],
        );
        check(
            &AUTHORIZATION,
            CUSTOM_RULE,
            &[("Author~ization: TOK1", &["TOK1"]), ("headers[\"Author~ization\"] = getToken()", &[])],
        );
    }

    #[test]
    fn custom_headers_are_found_in_all_forms() {
        check(
            &CUSTOM,
            CUSTOM_RULE,
            &[
                ("X-Api~-Key: TOK1", &["TOK1"]),
                ("curl -H \"Private~-Token: TOK1\"", &["TOK1"]),
                ("curl -H \\\"X-Auth~-Token: TOK1\\\"", &["TOK1"]),
                ("headers['x-api~-key'] = 'TOK1'", &["TOK1"]),
                ("req.setHeader(\"X-Vault~-Token\", \"TOK1\")", &["TOK1"]),
                ("\"api~key\" => \"TOK1\"", &["TOK1"]),
                ("x-api~-key-header: TOK1", &[]),
                ("--api~-key: TOK1", &[]),
                ("'x-api~-key': config.key1()", &[]),
                ("'x-api~-key': apiKey", &[]),
            ],
        );
        check_dropped(
            &CUSTOM,
            &["X-Api~-Key: {{api_key}}", "X-Api~-Key: $API_KEY", "\"X-Api~-Key\": \"<key>\""],
        );
    }
}
