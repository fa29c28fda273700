//! Files whose name says what every line of them is: password files in columns, saved sessions with a field of their own,
//! exports with a head.
//!
//! Such a line needs no anchor and no word that says password: its place in the file is the proof. A file is told by its
//! name alone, and most files are told in a few comparisons that they are none of these. Linear in the text; a line longer
//! than [`LONGEST_LINE`] is passed over.

mod line;

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{Hit, Text};
use super::{grid, push, reach, reversible};
use crate::source::Content;
use crate::value::path::PathInfo;

const PASSWORD: &str = "password-file-entry";
/// Longest line that is read, in bytes.
const LONGEST_LINE: usize = 4096;
/// Bytes shown as the finding where a whole file is the secret.
const SHOWN: usize = 16;

/// Reads one line, which is trimmed, not empty and no comment.
type Reader = fn(text: Text<'_>, line: Range<usize>, hits: &mut Vec<Hit>);

/// How a file is read.
#[derive(Clone, Copy)]
enum Grammar {
    /// Each line by itself.
    Lines(Reader),
    /// The whole file is one key of hexadecimal digits.
    HexKey,
    /// The first line is a password.
    Line,
    /// Records below a head that names their fields.
    Delimited,
    /// The text of an office document: cells of tables have bars between.
    Office,
    /// The whole file, text or binary, can be decrypted by everybody.
    Whole,
}

use Grammar::{Delimited, HexKey, Line, Lines, Office, Whole};

/// Files by name (lower case), by extension (`*.`), or by the end of their path.
const FILES: &[(&str, Grammar)] = &[
    (".pgpass", Lines(line::pgpass)),
    ("pgpass.conf", Lines(line::pgpass)),
    ("chap-secrets", Lines(line::third_word)),
    ("pap-secrets", Lines(line::third_word)),
    ("davfs2/secrets", Lines(line::third_word)),
    (".davfs2/secrets", Lines(line::third_word)),
    ("sasl_passwd", Lines(line::second_word_login)),
    ("relay_passwd", Lines(line::second_word_login)),
    ("proxychains.conf", Lines(line::proxy)),
    ("proxychains4.conf", Lines(line::proxy)),
    ("smbpasswd", Lines(line::smbpasswd)),
    (".htdigest", Lines(line::htdigest)),
    ("htdigest", Lines(line::htdigest)),
    ("*.htdigest", Lines(line::htdigest)),
    ("mgmt-users.properties", Lines(line::wildfly_user)),
    ("application-users.properties", Lines(line::wildfly_user)),
    (".htpasswd", Lines(line::htpasswd)),
    ("htpasswd", Lines(line::htpasswd)),
    ("etc/shadow", Lines(line::htpasswd)),
    ("etc/shadow-", Lines(line::htpasswd)),
    ("etc/master.passwd", Lines(line::htpasswd)),
    ("passwd.client", Lines(line::third_field)),
    ("ipsec.secrets", Lines(line::ipsec)),
    (".fetchmailrc", Lines(line::fetchmail)),
    ("fetchmailrc", Lines(line::fetchmail)),
    (".gem/credentials", Lines(line::gem_key)),
    (".bundle/config", Lines(line::bundle)),
    ("rclone.conf", Lines(line::rclone)),
    ("ultravnc.ini", Lines(line::vnc)),
    ("*.vnc", Lines(line::vnc)),
    ("*.remmina", Lines(line::remmina)),
    ("confcons.xml", Lines(line::mremoteng)),
    ("config/master.key", HexKey),
    ("config/credentials/development.key", HexKey),
    ("config/credentials/staging.key", HexKey),
    ("config/credentials/production.key", HexKey),
    (".vault_pass", Line),
    (".vault-pass", Line),
    (".vault_password", Line),
    (".vault-password", Line),
    ("*.csv", Delimited),
    ("*.tsv", Delimited),
    (".dbeaver/credentials-config.json", Whole),
    (".vnc/passwd", Whole),
];

/// The grammar of a file.
fn grammar(path: &PathInfo) -> Option<Grammar> {
    let is = |known: &str| {
        if let Some(extension) = known.strip_prefix("*.") {
            path.extension == extension
        } else if known.contains('/') {
            path.path.strip_suffix(known).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
        } else {
            // `htpasswd.staging`, `.pgpass.bak`.
            path.name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        }
    };
    let of_name = FILES.iter().find(|(known, _)| is(known)).map(|(_, grammar)| *grammar);
    of_name.or_else(|| path.is_office_text().then_some(Office))
}

/// Reads the segment if its file is a known one; `first` says whether the file begins with it.
pub(crate) fn find(text: Text<'_>, first: bool, hits: &mut Vec<Hit>) {
    match grammar(text.path) {
        Some(Lines(read)) if text.content == Content::Text => lines(text, read, hits),
        Some(HexKey) if first => hex_key(text, hits),
        Some(Line) if first => first_line(text, hits),
        Some(Delimited) if first && text.content == Content::Text => grid::delimited(text, hits),
        Some(Office) => grid::bars(text, hits),
        Some(Whole) if first => whole(text, hits),
        _ => {}
    }
}

fn lines(text: Text<'_>, read: Reader, hits: &mut Vec<Hit>) {
    let mut start = 0;
    while start < text.bytes.len() {
        let end = memchr::memchr(b'\n', &text.bytes[start..]).map_or(text.bytes.len(), |n| start + n);
        let line = reach::trim(text.bytes, start..end);
        if (1..=LONGEST_LINE).contains(&line.len()) && text.bytes[line.start] != b'#' {
            read(text, line, hits);
        }
        start = end + 1;
    }
}

fn hex_key(text: Text<'_>, hits: &mut Vec<Hit>) {
    let key = reach::trim(text.bytes, 0..text.bytes.len().min(256));
    let hex = text.bytes[key.clone()].iter().all(u8::is_ascii_hexdigit);
    if hex && matches!(key.len(), 32 | 64) {
        push(text, hits, PASSWORD, key, None, Syntax::Field);
    }
}

/// Records the first line, unless the file is a program that asks for the password, or is encrypted.
fn first_line(text: Text<'_>, hits: &mut Vec<Hit>) {
    let line = reach::trim(text.bytes, 0..reach::line_end(text.bytes, 0));
    if !text.bytes.starts_with(b"#!") && !text.bytes.starts_with(b"$ANSIBLE_VAULT") {
        push(text, hits, PASSWORD, line, None, Syntax::Field);
    }
}

/// Records the file, shown by its first bytes.
fn whole(text: Text<'_>, hits: &mut Vec<Hit>) {
    // DBeaver has written the same name in plain text, too, which the assignments read.
    let plain = text.bytes.first() == Some(&b'{');
    if text.bytes.len() >= 8 && !plain {
        hits.push(Hit {
            material: Some(0..text.bytes.len()),
            ..Hit::new(reversible::RULE, 0..text.bytes.len().min(SHOWN), None, Syntax::Field)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tables;
    use super::super::sample::fill;
    use super::*;
    use crate::reason::Reason;

    const PGPASS: &str = "pgpass-password";
    const DIGEST: &str = "password-hash";

    /// The kept values of a file, with their rules.
    fn found(path: &str, text: &[u8]) -> Vec<(String, &'static str)> {
        let info = PathInfo::new(path);
        let binary = text.contains(&0);
        let content = if binary { Content::Binary } else { Content::Text };
        let mut hits = Vec::new();
        find(Text { bytes: text, content, path: &info, tables: &Tables::default() }, true, &mut hits);
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
            (
                "etc/ppp/chap-secrets",
                "# client server\nme\tl2tpd\t\"PWD1\"\t*\nyou * PWD2\n",
                &["PWD1", "PWD2"],
                PASSWORD,
            ),
            ("etc/postfix/sasl_passwd", "[smtp.a.example]:587\tme@a.example:PWD1\n", &["PWD1"], PASSWORD),
            ("home/.davfs2/secrets", "https://d.example me PWD1\n", &["PWD1"], PASSWORD),
            (
                "proxychains.conf",
                "http a b c d\n[ProxyList]\nsocks5 10.0.0.1 1080 me PWD1\n",
                &["PWD1"],
                PASSWORD,
            ),
            ("smbpasswd", &format!("me:1001:{}:{hash}:[U]:LCT-1:\n", "X".repeat(32)), &[hash], DIGEST),
            (".htdigest", &format!("me:Staff:{hash}\n"), &[hash], DIGEST),
            ("mgmt-users.properties", &format!("# admin=x\nadmin={hash}\n"), &[hash], DIGEST),
            (".htpasswd", "a:{PLAIN}PWD1\n", &["PWD1"], PASSWORD),
            ("htpasswd.old", "b:gdzKdL4v.o.1X\n", &["gdzKdL4v.o.1X"], DIGEST),
            (
                "ipsec.secrets",
                "1.2.3.4 : PSK \"PWD1\"\n: RSA k.pem \"PWD2\"\n: RSA k.pem\n",
                &["PWD1", "PWD2"],
                PASSWORD,
            ),
            (".fetchmailrc", "poll h proto IMAP user me with password \"PWD1\" is me\n", &["PWD1"], PASSWORD),
            (".gem/credentials", "---\n:corp: TOK1\n", &["TOK1"], PASSWORD),
            (
                ".bundle/config",
                "---\nBUNDLE_GEMS__A__IO: \"me:PWD1\"\nBUNDLE_JOBS: \"4\"\n",
                &["PWD1"],
                PASSWORD,
            ),
            (
                "etc/shadow",
                "a:gdzKdL4v.o.1X:19000:0:::\nb:!:19000:0:::\nc:*:1::::\n",
                &["gdzKdL4v.o.1X"],
                DIGEST,
            ),
            ("etc/exim4/passwd.client", "*.a.example:me@a.example:PWD1\n", &["PWD1"], PASSWORD),
            ("x/config/master.key", &digest, &[hash], PASSWORD),
            ("config/credentials/production.key", &digest, &[hash], PASSWORD),
            ("ansible/.vault_pass", "PWD1\n", &["PWD1"], PASSWORD),
            (".vault_pass.txt", "PWD1", &["PWD1"], PASSWORD),
            (".vault_pass", "#!/bin/sh\npass show PWD1\n", &[], PASSWORD),
            ("exports/logins.csv", "user,password\nme,PWD1\n", &["PWD1"], "generic-password"),
            ("a.ods!/content.xml", "User | Password\nme | PWD1\n", &["PWD1"], "generic-password"),
            (
                "a.xlsx!/xl/worksheets/sheet1.xml",
                "User | Password\nme | PWD1\n",
                &["PWD1"],
                "generic-password",
            ),
            (
                "a.xlsx!/xl/worksheets/sheet1.xml",
                "User | Password | Mail\nme | PWD1\nyou | you@a.example\n",
                &["PWD1"],
                "generic-password",
            ),
            ("content.xml", "User | Password\nme | PWD1\n", &[], PASSWORD),
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
        let text = Text {
            bytes: b"db:5432:*:app:${PW}\n",
            content: Content::Text,
            path: &info,
            tables: &Tables::default(),
        };
        find(text, true, &mut hits);
        assert_eq!(hits[0].dropped, Some(Reason::Template));
    }
}
