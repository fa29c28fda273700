//! Values whose form says what they are: encrypted text, media, public keys, paths, addresses, ids, dates, patterns.

use memchr::memmem;

use crate::candidate::assign::name::Words;
use crate::reason::Reason;
use crate::value::charset::{Charset, is_base64, is_decimal, is_uuid};
use crate::value::words;

/// Forms known by their first bytes.
pub(super) fn of_prefix(value: &[u8]) -> Option<Reason> {
    const PREFIXES: &[(&[u8], Reason)] = &[
        (b"$ANSIBLE_VAULT", Reason::EncryptedValue),
        (b"ENC[", Reason::EncryptedValue),
        (b"ENC(", Reason::EncryptedValue),
        (b"{cipher}", Reason::EncryptedValue),
        (b"vault:v", Reason::EncryptedValue),
        (b"!vault", Reason::EncryptedValue),
        // Jenkins, under its master key.
        (b"{AQAAABAAAA", Reason::EncryptedValue),
        // Windows' data protection, under the user's key.
        (b"AQAAANCMnd8BFdERjHoAwE", Reason::EncryptedValue),
        (b"01000000D08C9DDF0115D1118C7A00C04FC297EB", Reason::EncryptedValue),
        (b"01000000d08c9ddf0115d1118c7a00c04fc297eb", Reason::EncryptedValue),
        // Remote Desktop's field of the same.
        (b"51:b:", Reason::EncryptedValue),
        (b"AgA", Reason::EncryptedValue),
        (b"AgB", Reason::EncryptedValue),
        (b"AgC", Reason::EncryptedValue),
        (b"AgD", Reason::EncryptedValue),
        (b"data:", Reason::EncodedMedia),
        (b"iVBORw0KGgo", Reason::EncodedMedia),
        (b"R0lGOD", Reason::EncodedMedia),
        (b"/9j/4", Reason::EncodedMedia),
        (b"ssh-rsa ", Reason::PublicMaterial),
        (b"ssh-ed25519 ", Reason::PublicMaterial),
        (b"ecdsa-sha2-", Reason::PublicMaterial),
        (b"ssh-dss ", Reason::PublicMaterial),
        (b"-----BEGIN PUBLIC", Reason::PublicMaterial),
        (b"-----BEGIN CERT", Reason::PublicMaterial),
        (b"-----BEGIN RSA PUBLIC", Reason::PublicMaterial),
        (b"pk_test_", Reason::PublicMaterial),
        (b"pk_live_", Reason::PublicMaterial),
        (b"sha256-", Reason::Hash),
        (b"sha512-", Reason::Hash),
        (b"sha1-", Reason::Hash),
        (b"sha384-", Reason::Hash),
        (b"sha256:", Reason::Hash),
        (b"urn:", Reason::Identifier),
    ];
    // A recipient of age: Bech32, whose private half begins otherwise.
    if value.len() == 62 && value.starts_with(b"age1") {
        return Some(Reason::PublicMaterial);
    }
    let found = PREFIXES.iter().find(|(prefix, _)| value.starts_with(prefix)).map(|(_, reason)| *reason)?;
    // Sealed secrets are long; a short value that starts so by chance is none.
    (value.len() >= 100 || !value.starts_with(b"Ag")).then_some(found)
}

/// Forms that need the whole value.
pub(super) fn of(value: &[u8], name: Option<&[u8]>) -> Option<Reason> {
    if is_url(value) || is_email(value) || is_path(value) || is_file_name(value) || is_host(value) {
        return Some(Reason::PathOrUrl);
    }
    if is_maven_encrypted(value) {
        return Some(Reason::EncryptedValue);
    }
    if is_address_list(value) || is_pgp_key_id(value, name) {
        return Some(Reason::Identifier);
    }
    if is_action(value) || is_pattern(value) || is_markup(value) || is_algorithm(value) || is_drawing(value) {
        return Some(Reason::TypeOrKeyword);
    }
    if is_date(value) || is_version(value) || is_oid(value) || is_duration(value) {
        return Some(Reason::Identifier);
    }
    if is_go_version(value) {
        return Some(Reason::Identifier);
    }
    if is_uuid(value)
        && name.is_some_and(|n| {
            Words::of(n).iter().next_back().is_some_and(|w| matches!(w, b"id" | b"ids" | b"uuid" | b"guid"))
        })
    {
        return Some(Reason::Identifier);
    }
    None
}

/// A URL without user-info and without a query that carries a credential.
/// `{Base64}` of a vector and a block or more, as `mvn --encrypt-password` writes it; the key is in another file.
fn is_maven_encrypted(value: &[u8]) -> bool {
    value
        .strip_prefix(b"{")
        .and_then(|rest| rest.strip_suffix(b"}"))
        .is_some_and(|inner| inner.len() >= 44 && inner.len().is_multiple_of(4) && is_base64(inner))
}

/// `signingkey = 0C5A1B7E90D3F824` in git's configuration: the long or short id of a public key.
fn is_pgp_key_id(value: &[u8], name: Option<&[u8]>) -> bool {
    matches!(value.len(), 8 | 16 | 40)
        && value.iter().all(|b| b.is_ascii_digit() || matches!(b, b'A'..=b'F'))
        && name.is_some_and(|name| name.eq_ignore_ascii_case(b"signingkey"))
}

fn is_url(value: &[u8]) -> bool {
    let Some(at) = memmem::find(&value[..value.len().min(24)], b"://") else {
        return value.starts_with(b"//") && value.len() > 8 && value.contains(&b'.');
    };
    let scheme =
        value[..at].iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b':'));
    let rest = &value[at + 3..];
    let host = &rest[..rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len())];
    scheme && at > 0 && !host.contains(&b'@') && !rest.contains(&b'=')
}

fn is_email(value: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b'@', value) else { return false };
    let (user, host) = (&value[..at], &value[at + 1..]);
    !user.is_empty()
        && user.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+'))
        && host.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        && host.iter().rposition(|b| *b == b'.').is_some_and(|dot| {
            dot > 0 && host.len() - dot > 2 && host[dot + 1..].iter().all(u8::is_ascii_alphabetic)
        })
}

/// A path in a file system or of a resource: it starts like one and its parts look like names.
fn is_path(value: &[u8]) -> bool {
    let body =
        [&b"./"[..], b"../", b"~/", b"$HOME/", b"/"].iter().find_map(|start| value.strip_prefix(*start));
    let windows = value.len() > 3
        && value[0].is_ascii_alphabetic()
        && value[1] == b':'
        && matches!(value[2], b'\\' | b'/');
    if windows {
        return true;
    }
    let plain = |v: &[u8]| {
        v.iter().all(|b| {
            b.is_ascii_alphanumeric()
                || matches!(b, b'/' | b'.' | b'_' | b'-' | b'~' | b'*' | b':' | b'{' | b'}' | b' ')
        })
    };
    match body {
        Some(body) => {
            plain(body)
                && (!is_base64(value) || value.len() < 32 || words::cover(body) > 0.5)
                && (body.contains(&b'/') || words::cover(body) > 0.4)
        }
        // `secret/data/app`, `application/json`: parts of words.
        None => {
            value.contains(&b'/')
                && !value.ends_with(b"=")
                && plain(value)
                && value.len() < 100
                && words::cover(value) > 0.6
                && !value.iter().any(u8::is_ascii_digit)
        }
    }
}

/// `server.key`, `id_rsa.pem`, `config.json`: one name and a known extension.
fn is_file_name(value: &[u8]) -> bool {
    const EXTENSIONS: &[&[u8]] = &[
        b"pem",
        b"key",
        b"crt",
        b"cer",
        b"p12",
        b"pfx",
        b"jks",
        b"json",
        b"txt",
        b"yaml",
        b"yml",
        b"xml",
        b"html",
        b"js",
        b"ts",
        b"py",
        b"go",
        b"java",
        b"conf",
        b"cfg",
        b"ini",
        b"env",
        b"pub",
        b"png",
        b"svg",
        b"jpg",
        b"css",
        b"php",
        b"rb",
        b"sh",
        b"md",
        b"properties",
        b"keystore",
        b"gpg",
        b"asc",
        b"csv",
        b"sql",
        b"log",
        b"der",
        b"p8",
        b"jsp",
        b"aspx",
        b"vue",
        b"tsx",
        b"jsx",
        b"dll",
        b"exe",
        b"so",
        b"db",
        b"toml",
    ];
    let Some(dot) = value.iter().rposition(|b| *b == b'.') else { return false };
    dot > 0
        && EXTENSIONS.iter().any(|e| e.eq_ignore_ascii_case(&value[dot + 1..]))
        && value.iter().all(|b| {
            b.is_ascii_alphanumeric()
                || matches!(
                    b,
                    b'.' | b'_' | b'-' | b'/' | b'\\' | b':' | b' ' | b'@' | b'{' | b'}' | b'$' | b'%' | b'~'
                )
        })
}

/// `api.example.com`, `localhost:8080`, `10.0.0.1`.
fn is_host(value: &[u8]) -> bool {
    const DOMAINS: &[&[u8]] = &[
        b"com",
        b"org",
        b"net",
        b"io",
        b"dev",
        b"local",
        b"internal",
        b"localdomain",
        b"edu",
        b"gov",
        b"cloud",
        b"app",
        b"co",
        b"info",
        b"de",
        b"uk",
    ];
    let (host, port) = match memchr::memchr(b':', value) {
        Some(at) => (&value[..at], is_decimal(&value[at + 1..]) && value.len() - at <= 6),
        None => (value, false),
    };
    if host == b"localhost" {
        return true;
    }
    if !host.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')) {
        return false;
    }
    let parts: Vec<&[u8]> = host.split(|b| *b == b'.').collect();
    let domain = parts.last().is_some_and(|last| DOMAINS.contains(last)) && parts.len() >= 2;
    let address = parts.len() == 4 && parts.iter().all(|part| is_decimal(part) && part.len() <= 3);
    address
        || domain
            && (port
                || parts.len() >= 3
                || words::cover(host) > 0.5
                || parts[0].iter().all(u8::is_ascii_alphabetic))
}

/// Addresses and networks with commas between.
fn is_address_list(value: &[u8]) -> bool {
    let is_address = |part: &str| {
        let (address, length) = part.split_once('/').unwrap_or((part, "0"));
        address.parse::<std::net::IpAddr>().is_ok() && length.len() <= 3 && length.parse::<u8>().is_ok()
    };
    value.len() < 512
        && value.iter().any(|b| matches!(b, b'.' | b':'))
        && std::str::from_utf8(value).is_ok_and(|text| text.split(',').all(|part| is_address(part.trim())))
}

/// `auth/SET_TOKEN`: the name of an action or an event.
fn is_action(value: &[u8]) -> bool {
    let Some(slash) = memchr::memrchr(b'/', value) else { return false };
    let (scope, name) = (&value[..slash], &value[slash + 1..]);
    slash > 0
        && name.len() >= 4
        && name.contains(&b'_')
        && name.iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
        && scope.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'@' | b'-' | b'_'))
}

/// A regular expression, a glob or a validation rule.
fn is_pattern(value: &[u8]) -> bool {
    const MARKS: &[&[u8]] = &[
        b"[a-z", b"[A-Z", b"[0-9", b"[^", b"(?:", b"(?=", b"(?P<", b"(?i)", b"\\d", b"\\w", b"\\s", b".*",
        b".+", b"(?!", b"\\b",
    ];
    if value.starts_with(b"required|") || memmem::find(value, b"|required").is_some() {
        return true;
    }
    let marks = MARKS.iter().filter(|mark| memmem::find(value, mark).is_some()).count();
    marks >= 2
        || marks == 1
            && (value.starts_with(b"^")
                || value.ends_with(b"$")
                || value.contains(&b'(')
                || memmem::find(value, b"]+").is_some()
                || memmem::find(value, b"]*").is_some()
                || memmem::find(value, b"]{").is_some())
}

/// A piece of markup.
fn is_markup(value: &[u8]) -> bool {
    value.starts_with(b"<")
        && value.len() > 4
        && value[1..].first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'/')
        && memchr::memchr(b'>', value).is_some()
        && words::cover(value) > 0.3
}

/// `M12 17a2 2 0 0 0 2-2`: path data of SVG, a command letter and its numbers, several times.
fn is_drawing(value: &[u8]) -> bool {
    value.len() >= 12
        && matches!(value[0], b'M' | b'm')
        && value.get(1).is_some_and(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'.'))
        && value.iter().all(|b| b"MmLlHhVvCcSsQqTtAaZz0123456789 ,.-e".contains(b))
        && value.iter().filter(|b| b.is_ascii_digit()).count() * 3 >= value.len()
        && value.iter().any(|b| matches!(b, b' ' | b','))
}

/// `AES/CBC/PKCS5Padding`, `PBKDF2WithHmacSHA256`: names of algorithms and nothing else, two at least.
fn is_algorithm(value: &[u8]) -> bool {
    // Longer names before their beginnings.
    const PARTS: &[&[u8]] = &[
        b"PBKDF2",
        b"PKCS1Padding",
        b"PKCS5Padding",
        b"PKCS7Padding",
        b"NoPadding",
        b"Argon2id",
        b"HmacSHA",
        b"Hmac",
        b"MGF1Padding",
        b"OAEPPadding",
        b"OAEP",
        b"DESede",
        b"DES",
        b"AES",
        b"RSA",
        b"ECDSA",
        b"ECB",
        b"CBC",
        b"CTR",
        b"GCM",
        b"CFB",
        b"SHA3",
        b"SHA",
        b"MD5",
        b"PBE",
        b"With",
        b"And",
        b"128",
        b"192",
        b"256",
        b"384",
        b"512",
        b"224",
        b"1",
    ];
    let mut rest = value;
    let mut count = 0;
    while !rest.is_empty() {
        let Some(part) = PARTS
            .iter()
            .find(|part| rest.get(..part.len()).is_some_and(|head| head.eq_ignore_ascii_case(part)))
        else {
            return false;
        };
        rest = &rest[part.len()..];
        rest = rest
            .strip_prefix(b"/")
            .or_else(|| rest.strip_prefix(b"-"))
            .or_else(|| rest.strip_prefix(b"_"))
            .unwrap_or(rest);
        count += usize::from(part.iter().all(u8::is_ascii_alphabetic) || *part == b"PBKDF2");
    }
    count >= 2
}

fn is_date(value: &[u8]) -> bool {
    let shape: Vec<u8> = value.iter().take(12).map(|b| if b.is_ascii_digit() { b'9' } else { *b }).collect();
    (shape.starts_with(b"9999-99-99") || shape.starts_with(b"9999/99/99"))
        && value.len() <= 35
        && Charset::of(value).letters <= 4
}

/// `1.2.3`, `v1.0`, `>=1.2`, `^3.0.0`, `2.0.0-beta.1`.
fn is_version(value: &[u8]) -> bool {
    let body = value
        .iter()
        .position(|b| !matches!(b, b'v' | b'V' | b'^' | b'~' | b'=' | b'>' | b'<' | b' '))
        .map_or(value, |at| &value[at..]);
    let numeric = body.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    numeric >= 3 && body.len() <= 24 && body[..numeric].contains(&b'.') && body[0].is_ascii_digit() && {
        let rest = &body[numeric..];
        rest.is_empty() || matches!(rest[0], b'-' | b'+') && words::cover(rest) > 0.5
    }
}

/// `v0.0.0-20200710202437-92b01b85baaf`: a pseudo-version of a Go module.
fn is_go_version(value: &[u8]) -> bool {
    let mut parts = value.rsplitn(3, |b| *b == b'-');
    let (Some(commit), Some(rest), Some(version)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let time = rest.rsplit(|b| *b == b'.').next().unwrap_or(rest);
    commit.len() == 12
        && commit.iter().all(u8::is_ascii_hexdigit)
        && time.len() == 14
        && is_decimal(time)
        && version.starts_with(b"v")
        && version.contains(&b'.')
}

/// `1.day`, `30.minutes`, `15m`-like durations of code.
fn is_duration(value: &[u8]) -> bool {
    let Some(dot) = memchr::memchr(b'.', value) else { return false };
    let unit = value[dot + 1..].strip_suffix(b"s").unwrap_or(&value[dot + 1..]);
    is_decimal(&value[..dot])
        && matches!(unit, b"day" | b"hour" | b"minute" | b"second" | b"week" | b"month" | b"year")
}

/// `1.2.840.113549.1`.
fn is_oid(value: &[u8]) -> bool {
    value.split(|b| *b == b'.').count() >= 4 && value.split(|b| *b == b'.').all(is_decimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_have_reasons() {
        for (value, reason) in [
            ("https://example.com/token", Reason::PathOrUrl),
            ("/var/run/secrets/token", Reason::PathOrUrl),
            ("./server.key", Reason::PathOrUrl),
            ("C:\\keys\\a", Reason::PathOrUrl),
            ("private.pem", Reason::PathOrUrl),
            ("someone@example.com", Reason::PathOrUrl),
            ("api.example.com", Reason::PathOrUrl),
            ("localhost:8080", Reason::PathOrUrl),
            ("application/json", Reason::PathOrUrl),
            ("^[a-z0-9]+$", Reason::TypeOrKeyword),
            ("<input type=text>", Reason::TypeOrKeyword),
            ("2024-01-02", Reason::Identifier),
            ("v1.2.3", Reason::Identifier),
            ("1.2.840.113549.1.1", Reason::Identifier),
            ("30.days", Reason::Identifier),
            ("required|min:8", Reason::TypeOrKeyword),
            ("AES/CBC/PKCS5Padding", Reason::TypeOrKeyword),
            ("PBKDF2WithHmacSHA256", Reason::TypeOrKeyword),
            ("M12 17a2 2 0 0 0 2-2", Reason::TypeOrKeyword),
        ] {
            assert_eq!(of(value.as_bytes(), None), Some(reason), "{value}");
        }
        for (value, reason) in [
            ("$ANSIBLE_VAULT;1.1", Reason::EncryptedValue),
            ("{AQAAABAAAAAgLhwxSndZiL3=}", Reason::EncryptedValue),
            ("51:b:01000000D08C9DDF", Reason::EncryptedValue),
            ("data:image/png;base64,AA", Reason::EncodedMedia),
            ("ssh-rsa AAAA", Reason::PublicMaterial),
            ("sha256-abc", Reason::Hash),
        ] {
            assert_eq!(of_prefix(value.as_bytes()), Some(reason), "{value}");
        }
    }

    #[test]
    fn passwords_have_none() {
        for value in [
            "hunter2",
            "p@ssw0rd",
            "me@home",
            "/S3cr3t!",
            "a.b-c_d9",
            "123456789012",
            "Tr0ub4dor&3",
            "x.Yz12",
            "AES256",
            "RsaKey123",
            "Mac1234567890",
            "q/8+Zk3vT9qLw2Xr5NbH7cJm1Ds4Fg6P",
        ] {
            assert_eq!(of(value.as_bytes(), None), None, "{value}");
            assert_eq!(of_prefix(value.as_bytes()), None, "{value}");
        }
    }
}
