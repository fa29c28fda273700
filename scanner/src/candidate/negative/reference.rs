//! Values that are code: identifiers, member access, calls, look-ups of the environment.

use crate::reason::Reason;

/// First parts of dotted expressions that read something.
#[rustfmt::skip]
const ROOTS: &[&[u8]] = &[
    b"process.env", b"os.environ", b"os.getenv", b"self.", b"this.", b"req.", b"request.", b"config.",
    b"conf.", b"params.", b"args.", b"options.", b"opts.", b"settings.", b"env.", b"var.", b"local.",
    b"secrets.", b"system.", b"environment.", b"module.", b"context.", b"ctx.", b"props.", b"state.",
    b"user.", b"data.aws", b"data.google", b"data.azurerm", b"data.vault", b"random_password.",
    b"import.meta", b"string.", b"app.config", b"configuration.", b"http.", b"steps.", b"inputs.",
];

/// Keywords that begin an expression.
#[rustfmt::skip]
const OPENERS: &[&[u8]] = &[b"new ", b"await ", b"lambda ", b"function ", b"async "];

/// The reason why an unquoted value is an expression in any format. `next` is the byte after it.
pub fn of_bare(value: &[u8], next: Option<u8>) -> Option<Reason> {
    let first = *value.first()?;
    let unclosed = value.starts_with(b"${") || value.starts_with(b"{{");
    if first == b'{' && next == Some(b'}') {
        return Some(Reason::Template);
    }
    if value == b"$" || unclosed && !value.contains(&b'}') {
        return Some(Reason::Template);
    }
    if matches!(next, Some(b'(' | b'[')) || memchr::memchr(b'(', value).is_some() && value.ends_with(b")") {
        return Some(Reason::Reference);
    }
    match first {
        b'*' | b'&'
            if value.get(1).is_some_and(u8::is_ascii_alphabetic)
                && value.len() < 40
                && is_path_of_names(&value[1..]) =>
        {
            return Some(Reason::Reference);
        }
        b'!' if value.starts_with(b"!vault") => return Some(Reason::EncryptedValue),
        b'!' if value.starts_with(b"!Ref")
            || value.starts_with(b"!Sub")
            || value.starts_with(b"!Get")
            || value.starts_with(b"!reference")
            || value.starts_with(b"!Join")
            || value.starts_with(b"!secret")
            || value.starts_with(b"!env") =>
        {
            return Some(Reason::Reference);
        }
        b':' | b'@'
            if value.len() > 1 && is_path_of_names(&value[1..]) && !value.iter().any(u8::is_ascii_digit) =>
        {
            return Some(Reason::Reference);
        }
        b'{' | b'[' | b'|' | b'=' if value.len() < 3 => return Some(Reason::Reference),
        _ => {}
    }
    let member = memchr::memrchr(b'.', value).is_some_and(|dot| {
        is_path_of_names(value)
            && !value.iter().any(u8::is_ascii_digit)
            && crate::value::words::contains(&value[dot + 1..])
    });
    let opener = OPENERS.iter().any(|opener| opener.trim_ascii_end() == value);
    (member || opener || is_read(value) || OPENERS.iter().any(|opener| value.starts_with(opener)))
        .then_some(Reason::Reference)
}

/// The reason why a value, quoted or not, reads something: references to secret stores, variables in capitals
/// with a dollar sign, dotted paths of names.
pub fn of_quoted(value: &[u8]) -> Option<Reason> {
    const STORES: &[&[u8]] = &[
        b"vault:",
        b"env:",
        b"ssm:",
        b"secret:",
        b"secrets/",
        b"file:",
        b"arn:aws",
        b"op://",
        b"awssm:",
        b"keyring:",
        b"sm://",
        b"gcp-sm:",
        b"env(",
        b"@env",
        b"aws-sm",
        b"ref+",
        b"projects/",
        b"var:",
        b"asm:",
        b"{resolve:",
        b"@Microsoft.KeyVault",
        b"vault://",
        b"env.",
    ];
    if STORES
        .iter()
        .any(|store| value.len() > store.len() && value[..store.len()].eq_ignore_ascii_case(store))
    {
        return Some(Reason::Reference);
    }
    if is_read(value) || is_selector(value) || is_call(value) {
        return Some(Reason::Reference);
    }
    // `form.password.label`, `com.example.Password`: three names or more, letters only.
    let parts = value.split(|b| *b == b'.').count();
    (parts >= 3
        && is_path_of_names(value)
        && !value.iter().any(u8::is_ascii_digit)
        && value.split(|b| *b == b'.').all(|part| part.len() >= 2))
    .then_some(Reason::Reference)
}

/// Starts like an expression that reads a variable.
fn is_read(value: &[u8]) -> bool {
    ROOTS.iter().any(|root| {
        value.len() > root.len()
            && value[..root.len()].eq_ignore_ascii_case(root)
            && !value.iter().any(u8::is_ascii_digit)
            && value[root.len()..].iter().all(|b| {
                b.is_ascii_alphanumeric()
                    || matches!(
                        b,
                        b'_' | b'.'
                            | b'['
                            | b']'
                            | b'\''
                            | b'"'
                            | b'?'
                            | b'!'
                            | b' '
                            | b'('
                            | b')'
                            | b'-'
                            | b','
                    )
            })
    })
}

/// `#password`, `.password-input`, `input[name=password]`, `//input[@id='x']`.
fn is_selector(value: &[u8]) -> bool {
    let element = value.starts_with(b"input[")
        || value.starts_with(b"//input")
        || value.starts_with(b"//*[")
        || value.starts_with(b"input#")
        || value.starts_with(b"input.");
    element
        || matches!(value.first(), Some(b'#' | b'.'))
            && value.len() > 3
            && crate::value::words::cover(value) > 0.6
            && value[1..]
                .iter()
                .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b' ' | b'.' | b'>' | b'#'))
}

/// `name(…)` with a plausible callee.
fn is_call(value: &[u8]) -> bool {
    let Some(open) = memchr::memchr(b'(', value) else { return false };
    open >= 3
        && value.ends_with(b")")
        && is_path_of_names(&value[..open])
        && crate::value::words::cover(&value[..open]) > 0.4
}

/// Letters, digits, underscores and dots, no part empty or starting with a digit.
fn is_path_of_names(value: &[u8]) -> bool {
    value.split(|b| *b == b'.').all(|part| {
        part.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
            && part.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_reads_is_a_reference() {
        for value in [
            "process.env.DB_PASSWORD",
            "config.password",
            "self.token",
            "request.form['pw']",
            "vault:secret/data",
            "form.password.label",
            "#password-input",
            "getPassword()",
        ] {
            assert_eq!(of_quoted(value.as_bytes()), Some(Reason::Reference), "{value}");
        }
        assert_eq!(of_bare(b"getPassword", Some(b'(')), Some(Reason::Reference));
        assert_eq!(of_bare(b"viewModel.Password", None), Some(Reason::Reference));
        assert_eq!(of_bare(b"new Secret", None), Some(Reason::Reference));
        assert_eq!(of_bare(b"hunter2", None), None);
        assert_eq!(of_bare(b"*anchor", None), Some(Reason::Reference));
        assert_eq!(of_bare(b"!vault", None), Some(Reason::EncryptedValue));
    }

    #[test]
    fn passwords_are_no_references() {
        for value in ["hunter2", "p.a.s.s", "user.name1", "#Secret1!", "(abc)", "env", "a.b", "new house"] {
            assert_eq!(of_quoted(value.as_bytes()), None, "{value}");
        }
    }
}
