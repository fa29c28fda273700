//! Digests of passwords: crypt(3) strings, htpasswd and shadow lines, LDAP `{SSHA}`, Django, phpass, databases' own.
//!
//! A digest is told by its own form. Kept apart from passwords, because whether digests matter is a policy. Digests that only
//! their file's name tells (`smbpasswd`, `.htdigest`) are `known_file`'s.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::reach;
use crate::value::charset::is_hex;

/// The rule of digests of passwords.
pub(super) const RULE: &str = "password-hash";

/// Woken by the scheme's mark.
pub(super) const DETECTOR: CodeDetector = CodeDetector {
    anchors: &[
        "$1$",
        "$5$",
        "$6$",
        "$y$",
        "$2a$",
        "$2b$",
        "$2y$",
        "$2x$",
        "$wp$2y$",
        "$apr1$",
        "$argon2",
        "$scrypt$",
        "$7$",
        "$8$",
        "$9$",
        "$p$9",
        "$p$b",
        "$p$c",
        "$p$d",
        "$h$9",
        "$s$c",
        "$s$d",
        "$s$e",
        "$pbkdf2",
        "$sha1$",
        "pbkdf2_sha",
        "pbkdf2:sha",
        "scrypt:32768",
        "grub.pbkdf2.sha",
        "{ssha",
        "{smd5}",
        "{sha}",
        "{sha256}",
        "{sha512}",
        "{crypt}",
        "{pbkdf2",
    ],
    binary: false,
    find,
};

/// Digests without a mark inside: what stands before them, and what they are.
pub(super) const NAMED: CodeDetector = CodeDetector { anchors: &LEADS, binary: false, find: named };

/// Tells whether a value is a digest of one form.
type Form = fn(&[u8]) -> bool;

/// `*` and 40 digits of MySQL, Identity's Base64, SQL Server's blob, Redis' SHA-256, NT hashes, LDIF's Base64.
const LEAD_FORMS: &[(&str, Form)] = &[
    ("'*", |value| value.len() == 41 && is_hex(&value[1..])),
    ("\"*", |value| value.len() == 41 && is_hex(&value[1..])),
    ("\"aqaaaa", is_identity),
    ("'aqaaaa", is_identity),
    ("0x0200", |value| value.len() == 142 && is_hex(&value[2..])),
    ("0x0100", |value| matches!(value.len(), 54 | 94) && is_hex(&value[2..])),
    (" on #", |value| value.len() == 65 && is_hex(&value[1..])),
    ("nt-password := \"", |value| value.len() == 32 && is_hex(value)),
    ("password:: e1n", is_ldif),
    ("password:: e0n", is_ldif),
];

const LEADS: [&str; LEAD_FORMS.len()] = super::names(LEAD_FORMS);

fn named(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let lead = bytes[anchor.clone()].to_ascii_lowercase();
    let Some((known, is)) = LEAD_FORMS.iter().find(|(known, _)| known.as_bytes() == lead) else { return };
    // The value begins behind the last blank or quote of what wakes, if there is one.
    let start = known.rfind([' ', '"', '\'']).map_or(anchor.start, |at| anchor.start + at + 1);
    let end = reach::skip(bytes, start, |b| b.is_ascii_alphanumeric() || b"+/=*#".contains(&b));
    let span = start..end;
    if is(&bytes[span.clone()]) {
        hits.push(Hit::new(RULE, span, None, Syntax::Field));
    }
}

/// ASP.NET Core Identity, version 3: a mark, the function, iterations, length of the salt, salt, subkey.
fn is_identity(value: &[u8]) -> bool {
    value.len() == 84
        && STANDARD
            .decode(value)
            .is_ok_and(|bytes| bytes[..4] == [1, 0, 0, 0] && bytes[4] <= 2 && bytes[5..7] == [0, 0])
}

/// `{SSHA}…` and relatives in Base64.
fn is_ldif(value: &[u8]) -> bool {
    STANDARD.decode(value).is_ok_and(|bytes| {
        let scheme = bytes.iter().position(|b| *b == b'}').filter(|end| bytes[0] == b'{' && *end <= 12);
        scheme.is_some_and(|end| bytes.len() >= end + 24)
    })
}

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let Some(start) = start(bytes, anchor.start) else { return };
    // Werkzeug has colons between the parameters.
    let colons = bytes[anchor.clone()].contains(&b':');
    let body = reach::skip(bytes, anchor.end, |b| {
        b.is_ascii_alphanumeric()
            || b"./+=$,_-*".contains(&b)
            || b == b'}'
            || b == b'{'
            || colons && b == b':'
    });
    if !is_digest(&bytes[anchor.start..body], anchor.len()) {
        return;
    }
    let span = start..body;
    // `user:$6$…` in shadow and htpasswd: the user is the key.
    let user_end = start.checked_sub(1).filter(|&at| bytes[at] == b':');
    let key = user_end
        .map(|end| reach::skip_back(bytes, end, |b| reach::is_word(b) || b"-.@".contains(&b))..end)
        .filter(|key| !key.is_empty());
    hits.push(Hit::new(RULE, span, key, Syntax::Field));
}

/// Where the digest begins whose mark stands at `at`: at the scheme before it, if one does (`{SHA512-CRYPT}$6$`,
/// `{bcrypt}$2y$`, `argon2$argon2id$`). `None` if the mark is the end of a word.
fn start(bytes: &[u8], at: usize) -> Option<usize> {
    match reach::before(bytes, at) {
        b'}' => {
            let scheme = reach::skip_back(bytes, at - 1, |b| b.is_ascii_alphanumeric() || b == b'-');
            (reach::before(bytes, scheme) == b'{' && at - scheme <= 20).then(|| scheme - 1)
        }
        b if reach::is_word(b) => {
            let word = reach::skip_back(bytes, at, reach::is_word);
            (&bytes[word..at] == b"argon2").then_some(word)
        }
        _ => Some(at),
    }
}

/// The parts that each scheme documents: salt and a digest of the scheme's length.
fn is_digest(value: &[u8], mark: usize) -> bool {
    let Some(rest) = value.get(mark..) else { return false };
    let last = rest.rsplit(|&b| b == b'$').next().unwrap_or_default();
    match value[..mark].to_ascii_lowercase().as_slice() {
        b"$1$" | b"$apr1$" => last.len() == 22 && parts(rest) >= 2,
        b"$6$" => last.len() == 86,
        b"$5$" | b"$y$" => last.len() == 43,
        // scrypt's, and Mosquitto's PBKDF2 in padded Base64.
        b"$7$" => last.len() == 43 || last.len() == 88 && last.ends_with(b"=="),
        // Cisco's types 8 and 9.
        b"$8$" | b"$9$" => rest.len() == 58 && last.len() == 43,
        b"$2a$" | b"$2b$" | b"$2y$" | b"$2x$" | b"$wp$2y$" => {
            last.len() == 53 && rest.iter().take(2).all(u8::is_ascii_digit)
        }
        b"$p$9" | b"$p$b" | b"$p$c" | b"$p$d" | b"$h$9" => rest.len() == 30,
        b"$s$c" | b"$s$d" | b"$s$e" => rest.len() == 51,
        b"grub.pbkdf2.sha" => rest.len() >= 128,
        b"{ssha" => {
            let body = rest.iter().position(|&b| b == b'}').map_or(&[][..], |n| &rest[n + 1..]);
            body.len() >= 32
        }
        b"{sha}" => rest.len() == 28 && rest[27] == b'=',
        b"{smd5}" => rest.len() >= 28,
        b"{sha256}" | b"{sha512}" => rest.len() >= 44,
        b"{crypt}" => rest.len() == 13 || rest.first() == Some(&b'$'),
        // Argon2, scrypt, PBKDF2: parameters, salt and digest.
        _ => last.len() >= 20 && parts(rest) >= 2 && rest.iter().any(u8::is_ascii_digit),
    }
}

fn parts(rest: &[u8]) -> usize {
    rest.split(|&b| b == b'$').filter(|part| !part.is_empty()).count()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, hits};
    use super::*;

    fn body(length: usize) -> String {
        "aB3.".chars().cycle().take(length).collect()
    }

    #[test]
    fn digests_of_each_scheme_are_found_whole() {
        let digests = [
            format!("$6${}${}", body(8), body(86)),
            format!("$5$rounds=5000${}${}", body(8), body(43)),
            format!("$1${}${}", body(8), body(22)),
            format!("$apr1${}${}", body(8), body(22)),
            format!("$2y$10${}", body(53)),
            format!("$wp$2y$10${}", body(53)),
            format!("$7$101${}${}==", body(16), body(86)),
            format!("{{SSHA}}{}", "aB3/".repeat(9)),
            format!("{{SHA}}{}=", "aB3/".repeat(7)[..27].to_owned()),
            format!("pbkdf2_sha256$260000${}${}=", body(12), body(43)),
            format!("$argon2id$v=19$m=65536,t=3,p=4${}${}", body(22), body(43)),
            format!("argon2$argon2id$v=19$m=65536,t=3,p=4${}${}", body(22), body(43)),
            format!("{{SHA512-CRYPT}}$6${}${}", body(8), body(86)),
            format!("{{bcrypt}}$2y$10${}", body(53)),
            format!("$H$9{}", body(30)),
            format!("$S$D{}", body(51)),
            format!("$8${}${}", body(14), body(43)),
        ];
        for digest in &digests {
            let line = format!("admin:{digest}:19000:0\n");
            check(&DETECTOR, "password-hash", &[(&line, &[digest])]);
        }
    }

    #[test]
    fn digests_without_a_mark_are_told_by_what_stands_before_them() {
        let hex = |length: usize| "9F3A".chars().cycle().take(length).collect::<String>();
        let identity =
            STANDARD.encode([&[1, 0, 0, 0, 1, 0, 0, 0x27, 0x10, 0, 0, 0, 0x10], [7; 48].as_slice()].concat());
        let ldif = STANDARD.encode(format!("{{SSHA}}{}", body(36)));
        for (before, digest, after) in [
            ("VALUES (7,'", format!("*{}", hex(40)), "')"),
            ("\"PasswordHash\": \"", identity, "\""),
            ("PASSWORD = ", format!("0x0200{}", hex(136)), " HASHED"),
            ("user a on ", format!("#{}", hex(64)), " ~*"),
            ("NT-Password := \"", hex(32), "\""),
            ("userPassword:: ", ldif, "\n"),
        ] {
            let line = format!("{before}{digest}{after}");
            check(&NAMED, RULE, &[(&line, &[&digest])]);
            let short = format!("{before}{}{after}", &digest[..digest.len() - 2]);
            check(&NAMED, RULE, &[(&short, &[])]);
        }
    }

    #[test]
    fn a_user_before_the_colon_is_the_key() {
        let text = format!("web-admin:$2y$10${}\n", body(53));
        let found = hits(&DETECTOR, "x/.htpasswd", &text);
        assert_eq!(found[0].key, Some(0..9));
    }

    #[test]
    fn shell_and_templates_are_not_digests() {
        for line in ["echo $1$2", "x=$6$7", "{sha}", "awk '{print $5$6}'", "s/$1$/x/", "${SSHA}", "{SSHA}"] {
            assert!(hits(&DETECTOR, "a.sh", line).is_empty(), "{line}");
        }
    }
}
