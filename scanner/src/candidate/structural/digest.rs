//! Digests of passwords: crypt(3) strings, htpasswd and shadow lines, LDAP `{SSHA}`, Django, phpass.
//!
//! A digest is told by its own form. Kept apart from passwords, because whether digests matter is a policy.

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::reach;

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
        "$apr1$",
        "$argon2",
        "$scrypt$",
        "$7$",
        "$p$b",
        "$pbkdf2",
        "$sha1$",
        "pbkdf2_sha",
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

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    if matches!(reach::before(bytes, anchor.start), b'}')
        || reach::is_word(reach::before(bytes, anchor.start))
    {
        return;
    }
    let body = reach::skip(bytes, anchor.end, |b| {
        b.is_ascii_alphanumeric() || b"./+=$,_-*".contains(&b) || b == b'}' || b == b'{'
    });
    let span = anchor.start..body;
    if !is_digest(&bytes[span.clone()], anchor.len()) {
        return;
    }
    // `user:$6$…` in shadow and htpasswd: the user is the key.
    let user_end = anchor.start.checked_sub(1).filter(|&at| bytes[at] == b':');
    let key = user_end
        .map(|end| reach::skip_back(bytes, end, |b| reach::is_word(b) || b"-.@".contains(&b))..end)
        .filter(|key| !key.is_empty());
    hits.push(Hit { rule: "password-hash", span, key, syntax: Syntax::Field, dropped: None, material: None });
}

/// The parts that each scheme documents: salt and a digest of the scheme's length.
fn is_digest(value: &[u8], mark: usize) -> bool {
    let Some(rest) = value.get(mark..) else { return false };
    let last = rest.rsplit(|&b| b == b'$').next().unwrap_or_default();
    match value[..mark].to_ascii_lowercase().as_slice() {
        b"$1$" | b"$apr1$" => last.len() == 22 && parts(rest) >= 2,
        b"$6$" => last.len() == 86,
        b"$5$" | b"$y$" | b"$7$" => last.len() == 43,
        b"$2a$" | b"$2b$" | b"$2y$" | b"$2x$" => {
            last.len() == 53 && rest.iter().take(2).all(u8::is_ascii_digit)
        }
        b"$p$b" => rest.len() == 30,
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
            format!("{{SSHA}}{}", "aB3/".repeat(9)),
            format!("{{SHA}}{}=", "aB3/".repeat(7)[..27].to_owned()),
            format!("pbkdf2_sha256$260000${}${}=", body(12), body(43)),
            format!("$argon2id$v=19$m=65536,t=3,p=4${}${}", body(22), body(43)),
        ];
        for digest in &digests {
            let line = format!("admin:{digest}:19000:0\n");
            check(&DETECTOR, "password-hash", &[(&line, &[digest])]);
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
