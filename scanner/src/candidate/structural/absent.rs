//! Values that are not there: empty, filled in at run time, or a form to be filled in.
//!
//! Structural positions are strong evidence, so this drops only what certainly is no value; whether a word such
//! as `password` is a weak credential is the judge's question.

use crate::reason::Reason;
use crate::value::placeholder::{self, Form};

/// Why there is no value in `value`, or `None` if there may be one.
pub(super) fn of(value: &[u8]) -> Option<Reason> {
    if value.len() < 3 || value.iter().all(|&b| b == value[0]) && value.len() < 4 {
        return Some(Reason::TooWeakToBeSecret);
    }
    if is_masked(value) {
        return Some(Reason::Placeholder);
    }
    if is_template(value) {
        return Some(Reason::Template);
    }
    match placeholder::form(value)? {
        // `123456` and `aaaaaa` are passwords that people set.
        Form::Sequence | Form::Repeated => None,
        _ => Some(Reason::Placeholder),
    }
}

/// `user:password`: both halves say what belongs there. Outside of documents short forms (`user:pass`) are set in
/// tests and proxies as often as they are shown.
pub(super) fn is_sample_login(user: &[u8], password: &[u8], prose: bool) -> bool {
    let one_of = |value: &[u8], words: &[&[u8]]| words.iter().any(|word| word.eq_ignore_ascii_case(value));
    one_of(user, &[b"user", b"username", b"user_name"])
        && (one_of(password, &[b"password"]) || prose && one_of(password, &[b"pass", b"passwd", b"pwd"]))
}

/// One character over and over, as in `****`, `xxxx`, `....`.
fn is_masked(value: &[u8]) -> bool {
    let body = value.strip_prefix(b"\\").unwrap_or(value);
    let marks =
        body.iter().filter(|b| matches!(b, b'*' | b'x' | b'X' | b'.' | b'-' | b'_' | b'#' | b'?')).count();
    marks == body.len() && body.iter().all(|b| *b == body[0])
}

/// Something that a template engine, a shell or a format function replaces.
pub(super) fn is_template(value: &[u8]) -> bool {
    const OPENERS: [&[u8]; 11] =
        [b"${", b"$(", b"$[", b"{{", b"#{", b"<%", b"%(", b"@{", b"\\(", b"<?", b"[["];
    if value.windows(2).any(|pair| OPENERS.contains(&pair)) {
        return true;
    }
    if value.len() < 2 {
        return false;
    }
    let (first, last) = (value[0], value[value.len() - 1]);
    let inner = &value[1..value.len() - 1];
    let name = |bytes: &[u8]| bytes.iter().all(|&b| b.is_ascii_alphanumeric() || b" _-.:/|,".contains(&b));
    match (first, last) {
        (b'{', b'}') | (b'<', b'>') | (b'[', b']') => return name(inner),
        (b'%', b'%') | (b'@', b'@') => return !inner.is_empty() && name(inner),
        (b'$', _) => return is_shell_name(&value[1..]),
        (b'%', _) => return value.len() <= 5 && matches!(last, b's' | b'd' | b'v' | b'q' | b'@'),
        _ => {}
    }
    // `$user$pass`, `{0}` and `%s` inside a longer text.
    value.windows(3).any(|w| w[0] == b'{' && w[2] == b'}') || value.windows(2).any(|w| w == b"%s")
}

/// `NAME`, `name`, `1`, `obj->field`, `obj.field` after a dollar sign. A password may begin with `$` too, so
/// capitals and lower-case letters must not alternate with digits.
fn is_shell_name(rest: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphabetic() || *b == b'_';
    let numbered = rest.len() == 1 && rest[0].is_ascii_digit();
    let body = &rest[..rest.len() - rest.iter().rev().take_while(|b| b.is_ascii_digit()).count()];
    numbered
        || !body.is_empty()
            && plain(&body[0])
            && body.iter().all(|b| plain(b) || matches!(b, b'-' | b'>' | b'.' | b'[' | b']' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_logins_name_their_halves() {
        for (user, password, prose, sample) in [
            ("user", "password", false, true),
            ("username", "pass", true, true),
            ("username", "pass", false, false),
            ("root", "password", true, false),
            ("user", "Blue-Kettle9", true, false),
        ] {
            assert_eq!(
                is_sample_login(user.as_bytes(), password.as_bytes(), prose),
                sample,
                "{user}:{password}"
            );
        }
    }

    #[test]
    fn templates_and_masks_are_no_values() {
        let cases: [(&str, Option<Reason>); 18] = [
            ("${DB_PASS}", Some(Reason::Template)),
            ("$DB_PASS", Some(Reason::Template)),
            ("$db->password", Some(Reason::Template)),
            ("{{ vault.db }}", Some(Reason::Template)),
            ("{password}", Some(Reason::Template)),
            ("<password>", Some(Reason::Template)),
            ("[password]", Some(Reason::Template)),
            ("%PASSWORD%", Some(Reason::Template)),
            ("%(pw)s", Some(Reason::Template)),
            ("a%sb", Some(Reason::Template)),
            ("x{0}y", Some(Reason::Template)),
            ("#{pw}", Some(Reason::Template)),
            ("********", Some(Reason::Placeholder)),
            ("xxxx", Some(Reason::Placeholder)),
            ("", Some(Reason::TooWeakToBeSecret)),
            ("ab", Some(Reason::TooWeakToBeSecret)),
            ("$up3rM4n", None),
            ("Blue-Kettle9", None),
        ];
        for (value, reason) in cases {
            assert_eq!(of(value.as_bytes()), reason, "{value}");
        }
    }
}
