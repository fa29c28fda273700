//! Names of the schemes of password digests.

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
    MARKS.iter().find(|(mark, _)| begins(mark)).map(|(_, scheme)| *scheme)
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
            ("0123abcd".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(scheme(digest.as_bytes()), name, "{digest}");
        }
    }
}
