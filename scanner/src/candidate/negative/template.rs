//! Values filled in at run time.

use memchr::memmem;

use crate::reason::Reason;
use crate::value::charset::Charset;
use crate::value::words;

/// Bytes searched for holes.
const LOOKED_AT: usize = 1024;

/// Bytes outside formatted fields that are a prefix and no secret.
const PREFIX: usize = 12;

/// Opening and closing marks of template holes, the more specific first.
#[rustfmt::skip]
const HOLES: &[(&[u8], &[u8])] = &[
    (b"${", b"}"),
    (b"{{", b"}}"),
    (b"$(", b")"),
    (b"#{", b"}"),
    (b"<%", b"%>"),
    (b"%(", b")s"),
    (b"<?", b"?>"),
    (b"{%", b"%}"),
    (b"\\(", b")"),
    (b"[[", b"]]"),
    (b"@@", b"@@"),
    (b"__", b"__"),
    (b"{$", b"}"),
    (b"%{", b"}"),
    (b"@{", b"}"),
    (b"$[", b"]"),
    (b"${{", b"}}"),
];

/// `Template` if holes to be filled in are what the value is made of; a value that keeps four or more telling
/// characters outside its holes may still be a secret.
pub(super) fn of(value: &[u8]) -> Option<Reason> {
    if is_hole(value) {
        return Some(Reason::Template);
    }
    // Each mark searches the rest: a bound keeps that linear.
    let mut rest = &value[..value.len().min(LOOKED_AT)];
    let mut literal = Vec::new();
    let mut holes = 0;
    let mut formatted = false;
    while let Some(at) = memchr::memchr3(b'$', b'{', b'%', rest)
        .into_iter()
        .chain(memchr::memchr3(b'#', b'<', b'\\', rest))
        .chain(memchr::memchr3(b'@', b'[', b'_', rest))
        .min()
    {
        literal.extend_from_slice(&rest[..at]);
        let hole = HOLES.iter().find_map(|(open, close)| {
            let inner = rest[at..].strip_prefix(*open)?;
            let end = memmem::find(&inner[..inner.len().min(160)], close)?;
            (end > 0).then_some(at + open.len() + end + close.len())
        });
        let set_off = literal.last().is_none_or(|b| {
            matches!(b, b' ' | b'/' | b':' | b'=' | b'"' | b'-' | b'_' | b'.' | b'\'' | b'(')
        });
        let hole = hole.or_else(|| variable(&rest[at..]).filter(|_| set_off).map(|len| at + len));
        let hole = hole.or_else(|| {
            let len = format_field(&rest[at..])?;
            formatted = true;
            Some(at + len)
        });
        if let Some(end) = hole {
            holes += 1;
            rest = &rest[end..];
        } else {
            literal.push(rest[at]);
            rest = &rest[at + 1..];
        }
        if holes == 0 && literal.len() > 256 {
            return None;
        }
    }
    if holes == 0 {
        return None;
    }
    literal.extend_from_slice(rest);
    let set = Charset::of(&literal);
    // `ghp_{base62:30}` describes a token: what stands before the field is its prefix.
    let prefix = formatted && literal.len() <= PREFIX;
    let telling = set.letters + set.digits >= 4 && words::cover(&literal) < 0.6 && !prefix;
    (!telling).then_some(Reason::Template)
}

/// The whole value is one hole of a kind that is not recognised inside longer text.
fn is_hole(value: &[u8]) -> bool {
    let inner = |open: u8, close: u8| {
        value.len() > 2
            && value[0] == open
            && value[value.len() - 1] == close
            && is_name(&value[1..value.len() - 1])
    };
    if inner(b'{', b'}') || inner(b'%', b'%') || inner(b'@', b'@') || inner(b'#', b'#') || inner(b'~', b'~') {
        return true;
    }
    // `$password`, `$PASSWORD`, `$$VAR`, `%s`, `%1$s`, `:password`, `$env:PASSWORD`.
    match value[0] {
        b'$' => {
            let name = value[1..].strip_prefix(b"$").unwrap_or(&value[1..]);
            let name = name.strip_prefix(b"env:").or_else(|| name.strip_prefix(b"this->")).unwrap_or(name);
            is_variable(name)
        }
        b'%' => value.len() <= 5 && matches!(value[value.len() - 1], b's' | b'd' | b'v' | b'q' | b'x' | b'@'),
        _ => false,
    }
}

/// `{name:spec}`, a field with a format as Python, Rust and C# have it. Length of the hole.
fn format_field(rest: &[u8]) -> Option<usize> {
    let inner = rest.strip_prefix(b"{")?;
    let end = memchr::memchr(b'}', &inner[..inner.len().min(48)])?;
    let colon = memchr::memchr(b':', &inner[..end])?;
    let (name, spec) = (&inner[..colon], &inner[colon + 1..end]);
    let named = name.first().is_some_and(|b| b.is_ascii_lowercase() || *b == b'_') && is_name(name);
    let formatted = !spec.is_empty()
        && spec.iter().all(|b| {
            b.is_ascii_alphanumeric()
                || matches!(b, b'<' | b'>' | b'^' | b'+' | b'.' | b',' | b'#' | b'-' | b'$')
        });
    (named && formatted).then_some(end + 2)
}

/// `$name` inside longer text, as shells, PHP and Kotlin have it. Length of the hole.
fn variable(rest: &[u8]) -> Option<usize> {
    if rest[0] == b'%' {
        return matches!(rest.get(1), Some(b's' | b'd' | b'v' | b'@'))
            .then_some(2)
            .filter(|_| rest.get(2).is_none_or(|b| !b.is_ascii_alphanumeric()));
    }
    if rest[0] != b'$' {
        return None;
    }
    let len = rest[1..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    (len >= 3 && is_variable(&rest[1..=len])).then_some(len + 1)
}

/// A variable's name: one of words, or of capitals with underscores; `$ecret` and `$2y` are none.
fn is_variable(name: &[u8]) -> bool {
    let name = name.split(|b| matches!(b, b'[' | b'-' | b'.' | b'>')).next().unwrap_or(name);
    if name.is_empty() || name[0].is_ascii_digit() && name.len() > 1 || !is_name(name) {
        return false;
    }
    let capitals =
        name.len() >= 3 && name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    capitals
        || words::cover(name) > 0.5
        || name.len() <= 2
        || matches!(name, b"pwd" | b"pass" | b"pw" | b"key" | b"tok")
}

fn is_name(name: &[u8]) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.iter().all(|b| {
            b.is_ascii_alphanumeric()
                || matches!(b, b'_' | b'-' | b'.' | b':' | b'>' | b'[' | b']' | b'\'' | b' ')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_templates() {
        for value in [
            "${DB_PASSWORD}",
            "{{ password }}",
            "$(cat /run/secret)",
            "#{token}",
            "<%= token %>",
            "%(password)s",
            "$DB_PASSWORD",
            "$password",
            "%DB_PASSWORD%",
            "{password}",
            "{0}",
            "@@TOKEN@@",
            "__PASSWORD__",
            "prefix-${TOKEN}-suffix",
            "\\(token)",
            "%s",
            "$env:PASSWORD",
            "Bearer $TOKEN",
            "{hex:32}",
            "tok_{base62:30}{crc32:6}",
            "{token:>10}",
        ] {
            assert_eq!(of(value.as_bytes()), Some(Reason::Template), "{value}");
        }
    }

    #[test]
    fn passwords_with_marks_are_kept() {
        for value in [
            "pa$$w0rd",
            "$ecret",
            "a%b#c",
            "$2y$10$abc",
            "P@$$w0Rd",
            "q8Zt${HOST}3xVb9",
            "100%",
            "my_pass__",
            "C@$SecretKey!",
            "a{b:c",
            "{9:zQ}xK7v",
        ] {
            assert_eq!(of(value.as_bytes()), None, "{value}");
        }
    }

    #[test]
    fn long_values_without_holes_end_early() {
        assert_eq!(of(&b"$_".repeat(1 << 19)), None);
        assert_eq!(of(&b"${a}".repeat(1 << 19)), Some(Reason::Template));
    }
}
