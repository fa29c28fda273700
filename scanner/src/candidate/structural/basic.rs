//! `user:password` in Base64: the HTTP Basic scheme (RFC 7617) and Docker's `auth` member.
//!
//! The Base64 must decode to printable UTF-8 with a colon; that is proof enough that no more context is asked for.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{absent, push, reach};
use crate::reason::Reason;

const RULE: &str = "basic-auth-header";

/// `00000000-0000-…`: the user that Docker notes where a registry's token stands beside it.
const NOBODY: &[u8] = b"MDAwMDAwMDAtMDAwMC0w";

/// Padding is often cut off in the wild.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// `Basic dXNlcjpwYXNz`, wherever it stands.
pub(super) const SCHEME: CodeDetector =
    CodeDetector { anchors: &["basic ", "basic%20"], binary: false, find: scheme };

/// `"auth": "dXNlcjpwYXNz"` (`~/.docker/config.json`, pull secrets), also with escaped quotes.
pub(super) const DOCKER_AUTH: CodeDetector =
    CodeDetector { anchors: &["auth\"", "auth\\\""], binary: false, find: docker_auth };

fn scheme(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    if reach::is_word(reach::before(bytes, anchor.start)) {
        return;
    }
    let start = reach::blanks(bytes, anchor.end);
    if let Some(template) = template_after(bytes, start) {
        if authorization_before(bytes, anchor.start) {
            hits.push(hit(template, None, Some(Reason::Template)));
        }
        return;
    }
    // Editors' REST clients encode it themselves: `Authorization: Basic user x`.
    if matches!(text.path.extension.as_str(), "http" | "rest")
        && let Some(user) = reach::bare(bytes, start, b"")
        && let Some(value) = reach::bare(bytes, reach::blanks(bytes, user.end), b"")
    {
        return push(text, hits, RULE, value.span, Some(user.span), Syntax::Field);
    }
    judge(text, start, None, hits);
}

fn docker_auth(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let key = anchor.start..anchor.start + 4;
    if !matches!(reach::before(bytes, key.start), b'"') {
        return;
    }
    let colon = reach::blanks(bytes, anchor.end);
    if bytes.get(colon) != Some(&b':') {
        return;
    }
    let Some(value) = reach::quoted(bytes, reach::blanks(bytes, colon + 1)) else { return };
    judge(text, value.span.start, Some(key), hits);
}

/// Reads Base64 at `start` and records it if it decodes to a login.
fn judge(text: Text<'_>, start: usize, key: Option<Range<usize>>, hits: &mut Vec<Hit>) {
    let end = reach::skip(text.bytes, start, |b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
    if !(6..=reach::VALUE).contains(&(end - start)) {
        return;
    }
    if let Some(password) = password(&text.bytes[start..end]) {
        // An empty password with a long user is how many services take an API key (`-u KEY:`).
        let dropped = match password.as_slice() {
            [] => text.bytes[start..end].starts_with(NOBODY).then_some(Reason::Placeholder),
            password => absent::of(password),
        };
        hits.push(hit(start..end, key, dropped));
    }
}

fn hit(span: Range<usize>, key: Option<Range<usize>>, dropped: Option<Reason>) -> Hit {
    Hit { dropped, ..Hit::new(RULE, span, key, Syntax::Field) }
}

/// The password in Base64 of `user:password`; empty if the user alone is long enough to be a key.
pub(crate) fn password(base64: &[u8]) -> Option<Vec<u8>> {
    let decoded = LENIENT.decode(base64).ok()?;
    let text = std::str::from_utf8(&decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    let printable =
        text.chars().all(|c| !c.is_control()) && user.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    let enough = !password.is_empty() || user.len() >= 16;
    (printable && enough).then(|| password.as_bytes().to_vec())
}

fn authorization_before(bytes: &[u8], at: usize) -> bool {
    reach::find(bytes, at.saturating_sub(40)..at, b"authorization").is_some()
}

/// `${…}`, `{…}`, `<…>`, `$NAME`, `%s` where the Base64 should stand.
fn template_after(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    matches!(bytes.get(start)?, b'$' | b'{' | b'<' | b'%')
        .then(|| reach::bare(bytes, start, b",;)"))
        .flatten()
        .map(|word| word.span)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped, check_in, fill};
    use super::*;

    #[test]
    fn base64_of_a_login_is_found() {
        check(
            &SCHEME,
            RULE,
            &[
                ("Authorization: Basic~ B64A", &["B64A"]),
                ("curl -H \"Authorization: basic~ B64A\" h", &["B64A"]),
                ("{\"Authorization\": \"Basic~ B64A\"}", &["B64A"]),
            ],
        );
        let plain = "Authorization: Basic~ me PWD1\n";
        check(&SCHEME, RULE, &[(plain, &[])]);
        check_in(
            &SCHEME,
            RULE,
            "api.http",
            &[(plain, &["PWD1"]), ("Authorization: Basic~ B64A\n", &["B64A"])],
        );
        check(
            &DOCKER_AUTH,
            RULE,
            &[(r#""auth~": "B64A""#, &["B64A"]), (r#"{\"auth~\":\"B64A\"}"#, &["B64A"])],
        );
    }

    #[test]
    fn prose_and_other_base64_are_not() {
        check(
            &SCHEME,
            RULE,
            &[
                ("a basic~ understanding", &[]),
                ("visualbasic~ B64A", &[]),
                ("Basic~ TOK1", &[]),
                ("basic~ ", &[]),
            ],
        );
        check(&DOCKER_AUTH, RULE, &[(r#""auth~": "TOK1""#, &[]), (r#""oauth~": "B64A""#, &[])]);
        check_dropped(&DOCKER_AUTH, &["\"auth~\": \"MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwOg==\""]);
        check_dropped(&SCHEME, &["Authorization: Basic~ ${AUTH}", "Authorization: Basic~ <base64>"]);
    }

    #[test]
    fn unpadded_base64_decodes() {
        let padded = fill("B64A");
        assert_eq!(password(padded.trim_end_matches('=').as_bytes()), Some(fill("PWD1").into_bytes()));
    }
}
