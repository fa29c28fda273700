//! Digests of passwords: names of their schemes, and what a plain one looks like.

use super::charset::is_hex;

/// Marks by which digests begin (lower case), and their schemes. The longer mark stands first.
const MARKS: &[(&str, &str)] = &[
    ("$1$", "md5crypt"),
    ("$apr1$", "apr1 (MD5)"),
    ("$5$", "sha256crypt"),
    ("$6$", "sha512crypt"),
    ("$y$", "yescrypt"),
    ("$7$", "scrypt"),
    ("$scrypt$", "scrypt"),
    ("scrypt:", "scrypt"),
    ("$2", "bcrypt"),
    ("{bcrypt}", "bcrypt"),
    ("{blf-crypt}", "bcrypt"),
    ("$argon2", "Argon2"),
    ("argon2$", "Argon2"),
    ("$pbkdf2", "PBKDF2"),
    ("pbkdf2", "PBKDF2"),
    ("{pbkdf2", "PBKDF2"),
    ("grub.pbkdf2", "PBKDF2"),
    ("$8$", "PBKDF2 (Cisco type 8)"),
    ("$9$", "scrypt (Cisco type 9)"),
    ("$p$", "phpass"),
    ("$h$", "phpass"),
    ("$s$", "Drupal (SHA-512)"),
    ("$sha1$", "sha1crypt"),
    ("{ssha", "salted SHA"),
    ("{sha512-crypt}", "sha512crypt"),
    ("{sha256-crypt}", "sha256crypt"),
    ("{sha", "SHA"),
    ("{smd5}", "salted MD5"),
    ("{crypt}", "crypt(3)"),
    ("scram-sha-", "SCRAM"),
    ("md5", "MD5 (PostgreSQL)"),
    ("*", "SHA-1 (MySQL)"),
    ("0x0", "SQL Server"),
    ("aqaaaa", "PBKDF2 (ASP.NET Identity)"),
    ("e1n", "LDAP in Base64"),
    ("e0n", "LDAP in Base64"),
];

/// The scheme of a password's digest, for people; `None` if nothing in its form tells.
pub fn scheme(digest: &[u8]) -> Option<&'static str> {
    let begins =
        |mark: &str| digest.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark.as_bytes()));
    let marked = MARKS.iter().find(|(mark, _)| begins(mark)).map(|(_, scheme)| *scheme);
    marked.or_else(|| is_plain(digest).then(|| plain_scheme(digest.len())).flatten())
}

/// True for the hexadecimal digits of an MD5 or SHA digest: of its length, and of letters and digits.
pub fn is_plain(value: &[u8]) -> bool {
    has_plain_form(value) && value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic)
}

/// True for hexadecimal digits, as many as an MD5 or SHA digest has.
pub fn has_plain_form(value: &[u8]) -> bool {
    plain_scheme(value.len()).is_some() && is_hex(value)
}

/// The function whose digests have so many hexadecimal digits.
fn plain_scheme(digits: usize) -> Option<&'static str> {
    Some(match digits {
        32 => "MD5, by its length",
        40 => "SHA-1, by its length",
        56 => "SHA-224, by its length",
        64 => "SHA-256, by its length",
        96 => "SHA-384, by its length",
        128 => "SHA-512, by its length",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::scheme;

    #[test]
    fn marks_name_their_schemes() {
        for (digest, name) in [
            (["$2y$", "10$x"].concat(), Some("bcrypt")),
            (["$argon2", "id$v=19$x"].concat(), Some("Argon2")),
            (["$P$B", "x"].concat(), Some("phpass")),
            (["{SSHA", "}x"].concat(), Some("salted SHA")),
            (["{SHA512-CRYPT}", "$6$x"].concat(), Some("sha512crypt")),
            ("0123abcd".repeat(4), Some("MD5, by its length")),
            ("0123abcd".repeat(5), Some("SHA-1, by its length")),
            ("0123abcd".to_owned(), None),
            ("0123".repeat(8), None),
            ("wxyz0123".repeat(4), None),
            (String::new(), None),
        ] {
            assert_eq!(scheme(digest.as_bytes()), name, "{digest}");
        }
    }
}
