//! Credentials after a command-line flag whose name says so: `--password x`, `--token=x`, `-storepass x`, and the
//! same as two members of an argument list (`"--password", "x"`).

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push, reach};

const RULE: &str = "shell-flag-password";

/// Woken by the flag's last words.
pub(super) const DETECTOR: CodeDetector = CodeDetector {
    anchors: &[
        "-password",
        "-passwd",
        "-passphrase",
        "-pass",
        "-pwd",
        "-psw",
        "-storepass",
        "-keypass",
        "-srcstorepass",
        "-deststorepass",
        "-srckeypass",
        "-destkeypass",
        "-requirepass",
        "-masterauth",
        "-token",
        "-secret",
        "-api-key",
        "-apikey",
        "-api_key",
        "-access-key",
        "-secret-key",
        "-secret-access-key",
        "-auth-key",
        "-authkey",
        "-private-key",
        "--auth_token",
        "--access_token",
        "--api_token",
        "--db_password",
    ],
    binary: false,
    find,
};

/// Functions that declare a flag; what follows the name is its help.
const DECLARES: [&[u8]; 9] = [
    b"add_argument(",
    b"option(",
    b"argument(",
    b"addoption",
    b"arg(",
    b"flag(",
    b"param(",
    b"long(",
    b"stringvar",
];

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let start =
        reach::skip_back(bytes, anchor.start, |b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bytes[start] != b'-' {
        return;
    }
    let single = bytes.get(start + 1) != Some(&b'-');
    let lead = reach::before(bytes, start);
    if !(lead.is_ascii_whitespace() || matches!(lead, b'"' | b'\'' | b'`' | b'[' | b'(' | b',' | b'=')) {
        return;
    }
    // `a -token` is a subtraction or prose unless a shell command stands before; only names that tools really
    // spell with one dash are taken.
    let name = &bytes[start + usize::from(!single) + 1..anchor.end];
    if single && !SINGLE_DASH.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return;
    }
    let Some(value) = value(bytes, anchor.end, lead) else { return };
    if declared(bytes, start) || is_usage(bytes, start, &value) {
        return;
    }
    if is_sample(bytes, start, &value) {
        return;
    }
    push(text, hits, RULE, value, Some(start..anchor.end), Syntax::Flag);
}

/// Flags that keytool, openssl, `PowerShell`, `PuTTY` and the like spell with one dash.
const SINGLE_DASH: [&[u8]; 13] = [
    b"password",
    b"passwd",
    b"pass",
    b"storepass",
    b"keypass",
    b"srcstorepass",
    b"deststorepass",
    b"srckeypass",
    b"destkeypass",
    b"passphrase",
    b"pwd",
    b"psw",
    b"token",
];

/// The flag's value: `=x`, ` x`, `", "x"`.
fn value(bytes: &[u8], at: usize, lead: u8) -> Option<Range<usize>> {
    const STOPS: &[u8] = b";|&)],";
    let found = match bytes.get(at)? {
        b'=' => reach::literal(bytes, at + 1, STOPS)?,
        b' ' | b'\t' => {
            let start = reach::blanks(bytes, at);
            // `--password \` continues on the next line.
            let start =
                if bytes[start..].starts_with(b"\\\n") { reach::blanks(bytes, start + 2) } else { start };
            reach::literal(bytes, start, STOPS)?
        }
        quote @ (b'"' | b'\'') if *quote == lead => {
            let comma = reach::blanks(bytes, at + 1);
            let next = if bytes.get(comma) == Some(&b',') { comma + 1 } else { return None };
            reach::quoted(bytes, reach::space(bytes, next))?
        }
        _ => return None,
    };
    let value = &bytes[found.span.clone()];
    // openssl: `-password pass:X` is read with the command, the others name where the password is.
    if [&b"pass:"[..], b"env:", b"file:", b"fd:"].iter().any(|source| value.starts_with(source)) {
        return None;
    }
    // Another flag, or a redirection, follows a flag without value; an expression follows in code.
    let flag = value.starts_with(b"-")
        && value.len() > 1
        && value[1..].iter().all(|b| b.is_ascii_lowercase() || *b == b'-');
    let call = value.contains(&b'(') && !found.quoted;
    (!flag && !call && !matches!(value.first(), Some(b'<' | b'|') if !found.quoted && value.len() == 1))
        .then_some(found.span)
}

/// `--username user --password pass`: both say what belongs there.
fn is_sample(bytes: &[u8], start: usize, value: &Range<usize>) -> bool {
    const USERS: [&[u8]; 6] =
        [b"--username ", b"--username=", b"--user ", b"--user=", b"--email ", b"--login "];
    if !matches!(&bytes[value.clone()], b"pass" | b"password" | b"user" | b"secret") {
        return false;
    }
    let from = reach::line_start(bytes, start);
    USERS.iter().any(|flag| {
        reach::find(bytes, from..start, flag).is_some_and(|at| {
            let rest = &bytes[at + flag.len()..start];
            let user = rest.split(u8::is_ascii_whitespace).next().unwrap_or_default();
            matches!(user, b"user" | b"name" | b"username" | b"email" | b"login")
        })
    })
}

/// `add_argument("--password", …)` declares.
fn declared(bytes: &[u8], start: usize) -> bool {
    let from = start.saturating_sub(100);
    DECLARES.iter().any(|call| reach::find(bytes, from..start, call).is_some())
}

/// `--password PASSWORD`, `[--password password]`, `--token TOKEN   Sets the token`: a synopsis, not a command; and
/// prose (`use --password to set`).
fn is_usage(bytes: &[u8], start: usize, value: &Range<usize>) -> bool {
    const PROSE: [&[u8]; 22] = [
        b"to",
        b"is",
        b"or",
        b"and",
        b"the",
        b"flag",
        b"option",
        b"for",
        b"if",
        b"in",
        b"with",
        b"as",
        b"on",
        b"argument",
        b"from",
        b"must",
        b"will",
        b"can",
        b"options",
        b"flags",
        b"parameter",
        b"when",
    ];
    let word = &bytes[value.clone()];
    let name: Vec<u8> =
        bytes[start..value.start].iter().filter(|b| b.is_ascii_alphabetic()).copied().collect();
    let letters: Vec<u8> = word.iter().filter(|b| b.is_ascii_alphabetic()).copied().collect();
    let repeats = !letters.is_empty()
        && name.to_ascii_lowercase().ends_with(&letters.to_ascii_lowercase())
        && word.iter().all(|&b| !b.is_ascii_digit());
    // `--token TOKEN_NAME` in a synopsis; `--secret=false` is a switch; a key file is named, not shown.
    let form = word.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
    let switch = matches!(word, b"true" | b"false" | b"none" | b"null");
    let file = matches!(word.first(), Some(b'/' | b'~' | b'.'));
    repeats || form || switch || file || PROSE.iter().any(|known| word.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn flags_with_values_are_found() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("tool --pass~word PWD1 --user x", &["PWD1"]),
                ("tool --pass~word=PWD1", &["PWD1"]),
                ("tool --db-pass~word='PWD1'", &["PWD1"]),
                ("run(\"tool --to~ken TOK1\")", &["TOK1"]),
                ("[\"tool\", \"--pass~word\", \"PWD1\"]", &["PWD1"]),
                ("keytool -genkey -store~pass PWD1", &["PWD1"]),
                ("tool --api~-key \\\n  TOK1", &["TOK1"]),
                ("keytool -importkeystore -srcstore~pass PWD1 -destkey~pass PWD2", &["PWD1", "PWD2"]),
                ("[\"redis-server\", \"--require~pass\", \"PWD1\"]", &["PWD1"]),
            ],
        );
    }

    #[test]
    fn declarations_usage_and_prose_are_not() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("p.add_argument(\"--pass~word\", \"PWD1\")", &[]),
                ("tool --pass~word --verbose", &[]),
                ("usage: tool --pass~word PASSWORD", &[]),
                ("use --pass~word to log in", &[]),
                ("@click.option(\n    \"--pass~word\", \"PWD1\")", &[]),
                ("tool --sec~ret=false", &[]),
                ("tool --api~-key KEY", &[]),
                ("ssh --private~-key ~/.ssh/id_rsa", &[]),
                ("x = a -to~kens", &[]),
                ("css-pass~word PWD1", &[]),
                ("--pass~word-file PWD1", &[]),
                ("openssl pkcs12 -pass~word env:PWD1", &[]),
            ],
        );
        check_dropped(
            &DETECTOR,
            &[
                "t --pass~word $PW",
                "t --pass~word=${PW}",
                "t --to~ken <your-token>",
                "t --to~ken \"$(cat f)\"",
            ],
        );
    }
}
