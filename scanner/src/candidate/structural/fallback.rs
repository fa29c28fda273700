//! Defaults of environment variables: `process.env.DB_PASSWORD || 'x'`, `env::var("TOKEN").unwrap_or("x")`.
//!
//! Look-ups with the default as an argument (`getenv("X", "x")`) are pairs that `candidate::assign` reads.

use std::ops::Range;

use super::super::Syntax;
use super::super::assign;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push_named, reach};

/// Look-ups of the environment, up to the variable's name.
pub(super) const DETECTOR: CodeDetector = CodeDetector {
    anchors: &[
        "process.env.",
        "process.env[",
        "import.meta.env.",
        "env::var(",
        "getenv(",
        "getenvironmentvariable(",
        "env.get(",
        "env[",
        "env.fetch(",
        "environ[",
    ],
    binary: false,
    find,
};

/// What stands between a look-up and its default, in lower case.
const JOINTS: &[&[u8]] = &[
    b"||",
    b"??",
    b"?:",
    b"or ",
    b".unwrap_or(",
    b".unwrap_or_else(|_| ",
    b".unwrap_or_else(|_|",
    b".orelse(",
    b".getorelse(",
    b".getorelse {",
    b"{",
];

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let open = bytes[anchor.end - 1];
    let (name, mut at) = if open == b'.' {
        let end = reach::skip(bytes, anchor.end, reach::is_word);
        (anchor.end..end, end)
    } else {
        let Some(name) = reach::quoted(bytes, anchor.end) else { return };
        let close = if open == b'[' { b']' } else { b')' };
        if bytes.get(name.end) != Some(&close) {
            return;
        }
        (name.span, name.end + 1)
    };
    if name.is_empty() || name.len() > 80 {
        return;
    }
    // `String(process.env.X) || 'x'`, `process.env.X! ?? 'x'`
    at = reach::skip(bytes, at, |b| matches!(b, b')' | b'!'));
    at = reach::space(bytes, at);
    let Some(joint) = JOINTS.iter().find(|joint| reach::continues(bytes, at, joint)) else { return };
    let Some(value) = reach::quoted(bytes, reach::space(bytes, at + joint.len())) else { return };
    let Some(rule) = assign::rule_of_name(&bytes[name.clone()]) else { return };
    push_named(text, hits, rule, value.span, name, Syntax::Quoted);
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn defaults_of_credentials_are_found() {
        check(
            &DETECTOR,
            "generic-password",
            &[
                ("f(process.env~.DB_PASSWORD || 'PWD1')", &["PWD1"]),
                ("process.env~['DB_PASSWORD'] ?? \"PWD1\"", &["PWD1"]),
                ("ENV~[\"DB_PASSWORD\"] || \"PWD1\"", &["PWD1"]),
                ("ENV.fetch~(\"DB_PASSWORD\") { \"PWD1\" }", &["PWD1"]),
                ("std::env::var~(\"DB_PASSWORD\").unwrap_or(\"PWD1\".to_string())", &["PWD1"]),
                ("env::var~(\"DB_PASSWORD\")\n    .unwrap_or_else(|_| \"PWD1\".into())", &["PWD1"]),
                ("Optional.ofNullable(System.getenv~(\"DB_PASSWORD\")).orElse(\"PWD1\")", &["PWD1"]),
                ("System.getenv~(\"DB_PASSWORD\") ?: \"PWD1\"", &["PWD1"]),
                ("Environment.GetEnvironmentVariable~(\"DB_PASSWORD\") ?? \"PWD1\"", &["PWD1"]),
                ("os.getenv~('DB_PASSWORD') or 'PWD1'", &["PWD1"]),
            ],
        );
    }

    #[test]
    fn other_variables_and_expressions_are_not() {
        check(
            &DETECTOR,
            "generic-password",
            &[
                ("process.env~.HOME || 'PWD1'", &[]),
                ("process.env~.DB_PASSWORD_FILE || 'PWD1'", &[]),
                ("process.env~.DB_PASSWORD || config.password", &[]),
                ("process.env~.DB_PASSWORD; x('PWD1')", &[]),
                ("process.env~.DB_PASSWORD || ''", &[]),
                ("env::var~(\"DB_PASSWORD\").expect(\"PWD1\")", &[]),
            ],
        );
        check_dropped(&DETECTOR, &["process.env~.DB_PASSWORD || '<password>'"]);
    }
}
