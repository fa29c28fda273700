//! Files whose name says what every line of them is: password files in columns, saved sessions with a field of their own.
//!
//! Such a line needs no anchor and no word that says password: its place in the file is the proof. A file is told by its
//! name alone, and most files are told in a few comparisons that they are none of these. Linear in the text; a line longer
//! than [`LONGEST_LINE`] is passed over.

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{Hit, Text};
use super::reversible::{self, Form};
use super::{basic, push, reach};
use crate::source::Content;
use crate::value::path::PathInfo;

const PASSWORD: &str = "password-file-entry";
const PGPASS: &str = "pgpass-password";
const DIGEST: &str = "password-hash";
/// Longest line that is read, in bytes.
const LONGEST_LINE: usize = 4096;
/// Bytes shown as the finding where a whole file is the secret.
const SHOWN: usize = 16;

/// How the lines of a file are read.
#[derive(Clone, Copy)]
enum Grammar {
    /// Fields between colons, `\` escapes; this one, from 0, to the next colon or, if it is the last, the line's end.
    Colons { field: usize, last: bool },
    /// Words between blanks, quoted or not; this one of at least so many.
    Words { word: usize, least: usize },
    /// `user:password` in this word.
    Login { word: usize },
    /// `type host port user password` after `[ProxyList]`.
    Proxies,
    /// A digest of so many hexadecimal digits in these fields between `:` (or `=`).
    Digests { separator: u8, fields: &'static [usize], digits: usize },
    /// `user:` and crypt(3)'s oldest digest, or `{PLAIN}` and a password.
    Htpasswd,
    /// `… : PSK "x"`, `user : EAP "x"`.
    Ipsec,
    /// The word after `password` or `pass`.
    Fetchmail,
    /// `:name: key`.
    GemKeys,
    /// `BUNDLE_HOST: "user:password"`.
    Bundle,
    /// `name = value` with one of these names, in a form that can be undone.
    Fields { names: &'static [&'static str], form: Form },
    /// An attribute `Password="…"` in a form that can be undone.
    Attribute { form: Form },
    /// The whole file is one key of hexadecimal digits.
    HexKey,
    /// The whole file, text or binary, can be decrypted by everybody.
    Whole,
}

/// Files by name (lower case) or by the end of their path.
const FILES: &[(&str, Grammar)] = &[
    (".pgpass", Grammar::Colons { field: 4, last: true }),
    ("pgpass.conf", Grammar::Colons { field: 4, last: true }),
    ("chap-secrets", Grammar::Words { word: 2, least: 3 }),
    ("pap-secrets", Grammar::Words { word: 2, least: 3 }),
    ("davfs2/secrets", Grammar::Words { word: 2, least: 3 }),
    (".davfs2/secrets", Grammar::Words { word: 2, least: 3 }),
    ("sasl_passwd", Grammar::Login { word: 1 }),
    ("relay_passwd", Grammar::Login { word: 1 }),
    ("proxychains.conf", Grammar::Proxies),
    ("proxychains4.conf", Grammar::Proxies),
    ("smbpasswd", Grammar::Digests { separator: b':', fields: &[2, 3], digits: 32 }),
    (".htdigest", Grammar::Digests { separator: b':', fields: &[2], digits: 32 }),
    ("htdigest", Grammar::Digests { separator: b':', fields: &[2], digits: 32 }),
    ("mgmt-users.properties", Grammar::Digests { separator: b'=', fields: &[1], digits: 32 }),
    ("application-users.properties", Grammar::Digests { separator: b'=', fields: &[1], digits: 32 }),
    (".htpasswd", Grammar::Htpasswd),
    ("htpasswd", Grammar::Htpasswd),
    ("ipsec.secrets", Grammar::Ipsec),
    (".fetchmailrc", Grammar::Fetchmail),
    ("fetchmailrc", Grammar::Fetchmail),
    (".gem/credentials", Grammar::GemKeys),
    (".bundle/config", Grammar::Bundle),
    ("config/master.key", Grammar::HexKey),
    ("rclone.conf", Grammar::Fields { names: &["pass", "password", "password2"], form: Form::Rclone }),
    ("ultravnc.ini", Grammar::Fields { names: &["passwd", "passwd2"], form: Form::Des }),
    (".vnc", Grammar::Fields { names: &["password"], form: Form::Des }),
    (".remmina", Grammar::Fields { names: &["password", "ssh_password", "gateway_password"], form: Form::OwnKey }),
    ("confcons.xml", Grammar::Attribute { form: Form::Base64Blob }),
    (".dbeaver/credentials-config.json", Grammar::Whole),
    (".vnc/passwd", Grammar::Whole),
];

/// The grammar of a file.
fn grammar(path: &PathInfo) -> Option<Grammar> {
    let (_, found) = FILES.iter().find(|(known, _)| {
        if known.contains('/') {
            let folder_end = path.path.len().saturating_sub(known.len());
            path.path.ends_with(known) && (folder_end == 0 || path.path.as_bytes()[folder_end - 1] == b'/')
        } else if matches!(*known, ".vnc" | ".remmina") {
            path.extension == known[1..]
        } else {
            // `htpasswd.staging`, `.pgpass.bak`.
            path.name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        }
    })?;
    Some(*found)
}

/// Reads the segment if its file is a known one. The text must be the file's, from a line's start on.
pub(crate) fn find(text: Text<'_>, first: bool, hits: &mut Vec<Hit>) {
    let Some(grammar) = grammar(text.path) else { return };
    if matches!(grammar, Grammar::Whole) {
        if first {
            whole(text, hits);
        }
        return;
    }
    if text.content == Content::Binary {
        return;
    }
    if matches!(grammar, Grammar::HexKey) {
        let key = reach::trim(text.bytes, 0..text.bytes.len().min(256));
        let hex = text.bytes[key.clone()].iter().all(u8::is_ascii_hexdigit);
        if first && hex && matches!(key.len(), 32 | 64) {
            push(text, hits, PASSWORD, key, None, Syntax::Field);
        }
        return;
    }
    let mut listed = false;
    let mut start = 0;
    while start < text.bytes.len() {
        let end = memchr::memchr(b'\n', &text.bytes[start..]).map_or(text.bytes.len(), |n| start + n);
        let line = reach::trim(text.bytes, start..end);
        start = end + 1;
        let body = &text.bytes[line.clone()];
        if body.is_empty() || body.len() > LONGEST_LINE || body[0] == b'#' {
            continue;
        }
        listed |= body.eq_ignore_ascii_case(b"[ProxyList]");
        if !matches!(grammar, Grammar::Proxies) || listed {
            read(text, line, grammar, hits);
        }
    }
}

/// Reads one line, which is trimmed, not empty and no comment.
fn read(text: Text<'_>, line: Range<usize>, grammar: Grammar, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let entry = |value: Range<usize>, key: Option<Range<usize>>, hits: &mut Vec<Hit>| {
        push(text, hits, PASSWORD, value, key, Syntax::Field);
    };
    match grammar {
        Grammar::Colons { field, last } => {
            let fields = fields(bytes, &line, b':');
            if let Some(value) = fields.get(field) {
                let end = if last { line.end } else { value.end };
                let key = Some(fields[field - 1].clone());
                push(text, hits, PGPASS, value.start..end, key, Syntax::Field);
            }
        }
        Grammar::Words { word, least } => {
            let words = words(bytes, &line);
            if words.len() >= least && words.len() > word {
                entry(words[word].clone(), Some(words[word - 1].clone()), hits);
            }
        }
        Grammar::Login { word } => {
            if let Some(login) = words(bytes, &line).get(word) {
                logged_in(text, login.clone(), hits);
            }
        }
        Grammar::Proxies => {
            let words = words(bytes, &line);
            if let [kind, _, _, user, password, ..] = words.as_slice()
                && matches!(&bytes[kind.clone()], b"http" | b"socks4" | b"socks5" | b"raw")
            {
                entry(password.clone(), Some(user.clone()), hits);
            }
        }
        Grammar::Digests { separator, fields: wanted, digits } => {
            let fields = fields(bytes, &line, separator);
            for value in wanted.iter().filter_map(|field| fields.get(*field)) {
                let value = reach::trim(bytes, value.clone());
                // X's stand for a digest that is not kept.
                if value.len() == digits && bytes[value.clone()].iter().all(u8::is_ascii_hexdigit) {
                    digest(value, fields[0].clone(), hits);
                }
            }
        }
        Grammar::Htpasswd => {
            let fields = fields(bytes, &line, b':');
            let Some(value) = fields.get(1) else { return };
            let inside = &bytes[value.clone()];
            if let Some(plain) = inside.strip_prefix(b"{PLAIN}") {
                entry(value.end - plain.len()..line.end, Some(fields[0].clone()), hits);
            } else if inside.len() == 13
                && inside.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/'))
            {
                digest(value.clone(), fields[0].clone(), hits);
            }
        }
        Grammar::Ipsec => {
            let body = &bytes[line.clone()];
            let Some(colon) = body.iter().position(|b| *b == b':').filter(|at| *at == 0 || body[at - 1] == b' ')
            else {
                return;
            };
            let words = words(bytes, &(line.start + colon + 1..line.end));
            let wanted = match words.first().map(|kind| &bytes[kind.clone()]) {
                Some(b"PSK" | b"EAP" | b"XAUTH" | b"NTLM") => 1,
                Some(b"RSA" | b"ECDSA" | b"BLISS" | b"PKCS8" | b"P12" | b"PIN") => 2,
                _ => return,
            };
            if let Some(value) = words.get(wanted) {
                entry(value.clone(), Some(words[0].clone()), hits);
            }
        }
        Grammar::Fetchmail => {
            let words = words(bytes, &line);
            for pair in words.windows(2).filter(|pair| {
                let name = &bytes[pair[0].clone()];
                name.eq_ignore_ascii_case(b"password") || name.eq_ignore_ascii_case(b"pass")
            }) {
                entry(pair[1].clone(), Some(pair[0].clone()), hits);
            }
        }
        Grammar::GemKeys => {
            let words = words(bytes, &line);
            let Some(name) = words.first().filter(|name| bytes[name.start] == b':') else { return };
            if let Some(value) = words.last().filter(|value| value.len() >= 16 && value.start > name.end) {
                entry(value.clone(), Some(name.start + 1..name.end - 1), hits);
            }
        }
        Grammar::Bundle => {
            let words = words(bytes, &line);
            let [name, value] = words.as_slice() else { return };
            // A host's dots are written as two underscores.
            let host = memchr::memmem::find(&bytes[name.clone()], b"__").is_some();
            if host && bytes[name.clone()].starts_with(b"BUNDLE_") && !bytes[value.clone()].contains(&b'/') {
                logged_in(text, value.clone(), hits);
            }
        }
        Grammar::Fields { names, form } => {
            let body = &bytes[line.clone()];
            let Some(equals) = memchr::memchr(b'=', body) else { return };
            let name = reach::trim(bytes, line.start..line.start + equals);
            let value = reach::trim(bytes, line.start + equals + 1..line.end);
            if names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(&bytes[name.clone()])) {
                reversible::record(text, value, Some(name), form, hits);
            }
        }
        Grammar::Attribute { form } => {
            if let Some(name) = reach::find(bytes, line.clone(), b" password=\"")
                && let Some(value) = reach::quoted(bytes, name + 10)
            {
                reversible::record(text, value.span, Some(name + 1..name + 9), form, hits);
            }
        }
        Grammar::HexKey | Grammar::Whole => {}
    }
}

/// Records the password of `user:password`, plain or in Base64.
fn logged_in(text: Text<'_>, login: Range<usize>, hits: &mut Vec<Hit>) {
    let inside = &text.bytes[login.clone()];
    match memchr::memchr(b':', inside) {
        Some(0) => {}
        Some(colon) => {
            let user = login.start..login.start + colon;
            push(text, hits, PASSWORD, user.end + 1..login.end, Some(user), Syntax::Field);
        }
        None if basic::password(inside).is_some() => {
            push(text, hits, PASSWORD, login, None, Syntax::Field);
        }
        None => {}
    }
}

fn digest(value: Range<usize>, user: Range<usize>, hits: &mut Vec<Hit>) {
    let key = Some(user).filter(|user| !user.is_empty());
    hits.push(Hit { rule: DIGEST, span: value, key, syntax: Syntax::Field, dropped: None, material: None });
}

/// Records the file, shown by its first bytes.
fn whole(text: Text<'_>, hits: &mut Vec<Hit>) {
    // DBeaver has written the same name in plain text, too, which the assignments read.
    let plain = text.bytes.first() == Some(&b'{');
    if text.bytes.len() >= 8 && !plain {
        hits.push(Hit {
            rule: reversible::RULE,
            span: 0..text.bytes.len().min(SHOWN),
            key: None,
            syntax: Syntax::Field,
            dropped: None,
            material: Some(0..text.bytes.len()),
        });
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
    while at < line.end {
        let literal = match reach::literal(bytes, at, b"") {
            Some(literal) if literal.end <= line.end => literal,
            _ => break,
        };
        found.push(literal.span);
        at = reach::blanks(bytes, literal.end.max(at + 1));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::fill;
    use super::*;
    use crate::reason::Reason;

    /// The kept values of a file, with their rules.
    fn found(path: &str, text: &[u8]) -> Vec<(String, &'static str)> {
        let info = PathInfo::new(path);
        let binary = text.contains(&0);
        let content = if binary { Content::Binary } else { Content::Text };
        let mut hits = Vec::new();
        find(Text { bytes: text, content, path: &info }, true, &mut hits);
        hits.iter()
            .filter(|hit| hit.dropped.is_none())
            .map(|hit| (String::from_utf8_lossy(&text[hit.span.clone()]).into_owned(), hit.rule))
            .collect()
    }

    #[test]
    fn lines_give_what_their_file_has_there() {
        let digest = "9F3A".repeat(8);
        let hash = digest.as_str();
        let cases: &[(&str, &str, &[&str], &str)] = &[
            ("home/.pgpass", "# c\ndb:5432:*:app:PWD1\n*:*:*:b:x\\:PWD2\n", &["PWD1", "x\\:PWD2"], PGPASS),
            ("pgpass.conf", "db:6543:x:app:PWD1\r\na:b\n", &["PWD1"], PGPASS),
            ("etc/ppp/chap-secrets", "# client server\nme\tl2tpd\t\"PWD1\"\t*\nyou * PWD2\n", &["PWD1", "PWD2"], PASSWORD),
            ("etc/postfix/sasl_passwd", "[smtp.a.example]:587\tme@a.example:PWD1\n", &["PWD1"], PASSWORD),
            ("home/.davfs2/secrets", "https://d.example me PWD1\n", &["PWD1"], PASSWORD),
            ("proxychains.conf", "http a b c d\n[ProxyList]\nsocks5 10.0.0.1 1080 me PWD1\n", &["PWD1"], PASSWORD),
            ("smbpasswd", &format!("me:1001:{}:{hash}:[U]:LCT-1:\n", "X".repeat(32)), &[hash], DIGEST),
            (".htdigest", &format!("me:Staff:{hash}\n"), &[hash], DIGEST),
            ("mgmt-users.properties", &format!("# admin=x\nadmin={hash}\n"), &[hash], DIGEST),
            (".htpasswd", "a:{PLAIN}PWD1\n", &["PWD1"], PASSWORD),
            ("htpasswd.old", "b:gdzKdL4v.o.1X\n", &["gdzKdL4v.o.1X"], DIGEST),
            ("ipsec.secrets", "1.2.3.4 : PSK \"PWD1\"\n: RSA k.pem \"PWD2\"\n: RSA k.pem\n", &["PWD1", "PWD2"], PASSWORD),
            (".fetchmailrc", "poll h proto IMAP user me with password \"PWD1\" is me\n", &["PWD1"], PASSWORD),
            (".gem/credentials", "---\n:corp: TOK1\n", &["TOK1"], PASSWORD),
            (".bundle/config", "---\nBUNDLE_GEMS__A__IO: \"me:PWD1\"\nBUNDLE_JOBS: \"4\"\n", &["PWD1"], PASSWORD),
            ("x/config/master.key", &digest, &[hash], PASSWORD),
            ("notes.txt", "db:5432:*:app:PWD1\n", &[], PASSWORD),
            ("my.pgpass.conf", "db:5432:*:app:PWD1\n", &[], PASSWORD),
        ];
        for (path, text, values, rule) in cases {
            let wanted: Vec<String> = values.iter().map(|value| fill(value)).collect();
            let got = found(path, fill(text).as_bytes());
            assert_eq!(got.iter().map(|(value, _)| value.clone()).collect::<Vec<_>>(), wanted, "{path}");
            assert!(got.iter().all(|(_, found)| found == rule), "{path}: {got:?}");
        }
    }

    #[test]
    fn files_that_everybody_can_decrypt_are_found_whole() {
        let blob: Vec<u8> = (0..48).map(|n| (n * 37 + 11) as u8).chain([0]).collect();
        let path = "General/.dbeaver/credentials-config.json";
        assert_eq!(found(path, &blob).len(), 1);
        assert_eq!(found(path, &blob)[0].1, reversible::RULE);
        assert!(found(path, b"{\"password\": 1}").is_empty());
        assert_eq!(found("home/.vnc/passwd", &blob[..9]).len(), 1);
        assert!(found("home/passwd", &blob).is_empty());
    }

    #[test]
    fn forms_of_saved_sessions_are_told_from_text() {
        let hidden = "hWx2TQ0aJ4s8kLmN9pRzVb3cYd6eFgUi";
        for (path, line, count) in [
            ("rclone.conf", format!("pass = {hidden}"), 1),
            ("rclone.conf", format!("type = {hidden}"), 0),
            ("rclone.conf", "pass = short".to_owned(), 0),
            ("a.vnc", "password=c09f83f6868307c6".to_owned(), 1),
            ("ultravnc.ini", "passwd=A467F81DDED5C1CDD5".to_owned(), 1),
            ("a.ini", "passwd=A467F81DDED5C1CDD5".to_owned(), 0),
            ("confCons.xml", format!("<Node Password=\"{hidden}\" />"), 1),
            ("a.remmina", format!("password={hidden}"), 0),
        ] {
            assert_eq!(found(path, line.as_bytes()).len(), count, "{path} {line}");
        }
    }

    #[test]
    fn templates_in_entries_are_dropped() {
        let info = PathInfo::new(".pgpass");
        let mut hits = Vec::new();
        let text = Text { bytes: b"db:5432:*:app:${PW}\n", content: Content::Text, path: &info };
        find(text, true, &mut hits);
        assert_eq!(hits[0].dropped, Some(Reason::Template));
    }
}
