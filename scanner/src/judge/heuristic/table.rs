//! The features and their weights.
//!
//! A feature's value is 0 or 1, or a measure with its unit in the name; a weight is in log-odds per unit. Positive speaks
//! for a credential. Correlated features share their weight, so that a single one may look small or even reversed.

use super::evidence::{Evidence, FileKind};
use crate::candidate::Syntax;
use crate::rule::Detector;

/// One fact and its weight.
pub(super) struct Feature {
    /// What it says, for people.
    pub(super) name: &'static str,
    /// Log-odds per unit.
    pub(super) weight: f32,
    /// Its value.
    pub(super) of: fn(&Evidence<'_>) -> f32,
}

/// Log-odds before anything is known.
pub(super) const BIAS: f32 = 0.01;

/// A fact that holds or does not.
macro_rules! fact {
    ($name:literal, $weight:expr, $e:ident, $test:expr) => {
        Feature { name: $name, weight: $weight, of: |$e| f32::from(u8::from($test)) }
    };
}

/// All features. The order is that of `measure`.
pub(super) const FEATURES: &[Feature] = &[
    fact!("value: shorter than 4 bytes", -2.47, e, e.charset.len < 4),
    fact!("value: 4 or 5 bytes", -0.34, e, (4..6).contains(&e.charset.len)),
    fact!("value: 6 or 7 bytes", -0.06, e, (6..8).contains(&e.charset.len)),
    fact!("value: 8 to 11 bytes", -0.10, e, (8..12).contains(&e.charset.len)),
    fact!("value: 12 to 19 bytes", 0.67, e, (12..20).contains(&e.charset.len)),
    fact!("value: 20 to 39 bytes", 0.03, e, (20..40).contains(&e.charset.len)),
    fact!("value: 40 to 79 bytes", -0.35, e, (40..80).contains(&e.charset.len)),
    fact!("value: 80 bytes or more", 0.69, e, e.charset.len >= 80),
    Feature { name: "value: entropy, bits per byte", weight: 0.0, of: |e| e.entropy },
    fact!("value: has digits", 0.98, e, e.charset.has_digit()),
    fact!("value: has capitals and small letters", -0.16, e, e.charset.has_lower() && e.charset.has_upper()),
    fact!(
        "value: has marks and digits and letters",
        0.0,
        e,
        e.charset.symbols > 0 && e.charset.digits > 0 && e.charset.letters > 0
    ),
    fact!("value: digits alone", -2.24, e, e.charset.digits == e.charset.len),
    fact!("value: letters alone", 0.30, e, e.charset.letters == e.charset.len),
    fact!("value: has blanks", -0.70, e, e.charset.spaces > 0),
    fact!("value: not ASCII", -1.00, e, e.charset.non_ascii > 0),
    Feature {
        name: "value: kinds of bytes that alternate",
        weight: 0.0,
        of: |e| e.charset.transitions as f32 / e.charset.len.max(2) as f32,
    },
    fact!("value: looks generated", 0.30, e, e.random),
    Feature { name: "value: letters covered by dictionary words", weight: -1.14, of: |e| e.cover },
    fact!("value: words alone", -0.21, e, e.cover > 0.85),
    fact!("value: a placeholder form", -2.00, e, e.asks_for_value),
    fact!("value: a sequence or repetition", 0.35, e, e.sequence),
    fact!("value: a common default password", 0.99, e, e.common),
    fact!("value: has a word of dummies", 0.91, e, e.dummy),
    fact!("value: repeats its name", -0.55, e, e.repeats_name),
    fact!("value: camelCase", -0.50, e, e.shape.camel),
    fact!("value: TypeName", -0.32, e, e.shape.type_name),
    fact!("value: snake_case", -0.29, e, e.shape.snake),
    fact!("value: CONSTANT", -3.00, e, e.shape.constant),
    fact!("value: kebab-case", -0.97, e, e.shape.kebab),
    fact!("value: dotted name", -1.19, e, e.shape.dotted),
    fact!("value: one small word", 0.0, e, e.shape.word),
    // A salt of WordPress may have a blank.
    fact!("value: a sentence", -2.00, e, e.shape.sentence && e.detector < Detector::Keyword),
    fact!("value: a path or URL", -3.00, e, e.shape.path),
    fact!("value: code", -0.50, e, e.shape.code),
    fact!("value: a number", -0.36, e, e.shape.number),
    fact!("value: digest-long hexadecimal", -0.38, e, e.shape.digest),
    // Where a file's own grammar wants a credential, a UUID is one.
    fact!("value: a UUID", -2.50, e, e.shape.uuid && e.detector != Detector::Structural),
    fact!("value: letters, then digits or marks", 0.90, e, e.shape.chosen),
    fact!("value: digits that stand for letters", 2.10, e, e.shape.leet),
    fact!("value: an e-mail address", 0.0, e, e.shape.email),
    fact!("value: begins with a mark", -2.37, e, e.value.first().is_some_and(u8::is_ascii_punctuation)),
    fact!("value: begins with $ or % or @", -0.70, e, matches!(e.value.first(), Some(b'$' | b'%' | b'@'))),
    fact!("value: has a colon", 0.03, e, e.value.contains(&b':')),
    fact!("value: has a dot", -0.90, e, e.value.contains(&b'.')),
    fact!("value: has a format sign", -0.41, e, e.value.contains(&b'%') || e.value.contains(&b'{')),
    fact!("value: ends like Base64", -0.61, e, e.value.ends_with(b"=")),
    fact!(
        "name: password",
        0.71,
        e,
        e.named(&["password", "passwd", "pwd", "passphrase", "passwort", "senha"])
    ),
    fact!("name: ends in password", 1.75, e, e.ends(&["password", "passwd", "pwd", "pass", "pw"])),
    fact!("name: secret", 1.98, e, e.named(&["secret"])),
    fact!("name: token", 1.15, e, e.named(&["token"])),
    fact!("name: API key", 0.87, e, e.named(&["apikey", "accesskey", "secretkey", "authkey", "appkey"])),
    fact!("name: ends in key", 0.50, e, e.ends(&["key"])),
    fact!("name: auth", 0.65, e, e.named(&["auth"])),
    fact!("name: credential or login", -1.83, e, !e.called() && e.named(&["cred", "login"])),
    fact!("name: private or encryption", -1.00, e, e.named(&["private", "encrypt", "crypt"])),
    fact!("name: none", 0.13, e, e.name.is_empty()),
    fact!("name: ends in id", -0.75, e, e.ends(&["id", "ids"])),
    fact!(
        "name: user or login name",
        -1.51,
        e,
        !e.called() && e.ends(&["user", "username", "login", "email"])
    ),
    fact!(
        "name: says name, field, label, text or type",
        -0.56,
        e,
        e.named(&[
            "name",
            "field",
            "label",
            "text",
            "type",
            "title",
            "message",
            "msg",
            "error",
            "desc",
            "hint",
            "placeholder",
            "prompt"
        ])
    ),
    fact!(
        "name: says file, path or URL",
        -0.54,
        e,
        e.named(&["file", "path", "url", "uri", "dir", "host", "endpoint"])
    ),
    fact!(
        "name: says hash or public",
        -2.50,
        e,
        // `shared_secret` is about no digest, `commit_sha` and `sha256` are.
        e.ends(&["sha"])
            || e.named(&[
                "hash",
                "digest",
                "md5",
                "sha1",
                "sha2",
                "sha5",
                "public",
                "checksum",
                "nonce",
                "salt",
                "signature",
            ])
    ),
    fact!(
        "name: says test, fake or dummy",
        0.25,
        e,
        e.named(&[
            "test", "fake", "dummy", "mock", "example", "sample", "invalid", "wrong", "bad", "expected"
        ])
    ),
    fact!("name: says default", 0.30, e, e.named(&["default"])),
    fact!("name: longer than 20 letters", -0.19, e, e.name.len() > 20),
    fact!("rule: password", -0.27, e, e.rule == "generic-password"),
    fact!("rule: secret", -0.80, e, e.rule == "generic-secret"),
    fact!("rule: API key", -1.89, e, e.rule == "generic-api-key"),
    fact!("rule: token", -1.00, e, e.rule == "generic-token"),
    fact!("rule: credential", -0.37, e, e.rule == "generic-credential"),
    fact!("rule: private key", 1.47, e, e.rule == "generic-private-key"),
    fact!("rule: URL credentials", 2.50, e, e.rule == "url-credentials"),
    fact!("rule: basic authentication", 2.50, e, e.rule == "basic-auth-header"),
    fact!("rule: bearer token", 2.50, e, e.rule == "bearer-token-header"),
    fact!("rule: header", 2.50, e, e.rule == "credential-header"),
    fact!("rule: flag", -0.61, e, e.rule == "shell-flag-password"),
    fact!("rule: curl user", 2.50, e, e.rule == "curl-user"),
    fact!("rule: SQL", 2.46, e, e.rule == "sql-password"),
    fact!("rule: connection string", 1.35, e, e.rule == "connection-string-password"),
    fact!(
        "rule: named file",
        -1.40,
        e,
        matches!(e.rule, "netrc-password" | "pgpass-password" | "npmrc-auth")
    ),
    fact!("rule: no name at all", -2.50, e, e.detector == Detector::Entropy),
    fact!("rule: provider's keyword near", 2.50, e, e.detector == Detector::Keyword),
    fact!("syntax: quoted", -0.69, e, e.syntax == Syntax::Quoted),
    fact!("syntax: bare", 0.05, e, e.syntax == Syntax::Bare),
    fact!("syntax: markup", -0.80, e, e.syntax == Syntax::Markup),
    fact!("syntax: argument", -2.50, e, e.syntax == Syntax::Argument),
    fact!("syntax: comment or prose", -0.26, e, e.syntax == Syntax::Prose),
    fact!(
        "place: bare in code",
        -0.85,
        e,
        e.file == FileKind::Code && !e.quoted && e.detector == Detector::Assignment
    ),
    fact!(
        "place: bare name in code",
        -2.20,
        e,
        e.file == FileKind::Code && !e.quoted && e.identifier() && e.detector == Detector::Assignment
    ),
    fact!(
        "place: bare name in configuration",
        -0.40,
        e,
        e.file == FileKind::Config && !e.quoted && e.identifier()
    ),
    fact!("place: quoted name in code", -0.40, e, e.file == FileKind::Code && e.quoted && e.identifier()),
    fact!("place: part of an expression", -1.20, e, e.in_expression),
    fact!(
        "place: the line goes on after the value",
        -0.17,
        e,
        !e.quoted && e.right.iter().filter(|b| b.is_ascii_alphanumeric()).count() > 3
    ),
    fact!("place: the quoted value ends its line", 0.53, e, e.quoted && e.right.len() <= 3),
    fact!("place: a comparison", -0.68, e, e.after(&["==", "!=", "assert", "expect("])),
    fact!("place: a comment", -0.19, e, e.after(&["//", "# ", "/*", "<!--", "--", "* "])),
    fact!(
        "place: a lookup or setter on the line",
        -1.48,
        e,
        e.after(&["get", "find", "query", "select", "add_argument", "option"])
    ),
    fact!(
        "place: shown or logged",
        -0.66,
        e,
        e.after(&["print", "log", "echo", "throw", "raise", "error", "message"])
    ),
    fact!("file: code", 0.63, e, e.file == FileKind::Code),
    fact!("file: configuration", 0.85, e, e.file == FileKind::Config),
    fact!("file: script", -0.42, e, e.file == FileKind::Script),
    fact!("file: prose", -0.31, e, e.file == FileKind::Prose),
    fact!("file: SQL", -0.72, e, e.file == FileKind::Sql),
    fact!("path: test", 0.50, e, e.path.test),
    fact!("path: example or documentation", -0.10, e, e.path.example),
    fact!("path: generated or vendored", -1.17, e, e.path.generated),
    fact!("path: translation", -2.00, e, e.path.is_translation()),
    fact!("path: test, chosen password", -0.93, e, e.path.test && e.shape.chosen),
    fact!("both: password name and a passphrase", 3.50, e, e.rule == "generic-password" && e.shape.phrase),
    fact!("both: password name and marks that begin it", 2.50, e, e.rule == "generic-password" && e.marked),
    fact!("both: an argument and a telling value", 2.00, e, e.syntax == Syntax::Argument && e.telling),
    fact!(
        "both: a place for credentials and a telling value",
        1.50,
        e,
        e.telling
            && (matches!(
                e.rule,
                "shell-flag-password" | "netrc-password" | "pgpass-password" | "npmrc-auth"
            ) || e.rule == "generic-password" && e.detector == Detector::Structural)
    ),
    fact!("place: inside an enumeration", -3.00, e, e.in_enum),
    fact!("both: password name and a word alone", 0.67, e, e.rule == "generic-password" && e.shape.word),
    fact!("both: password name and a common password", -0.29, e, e.rule == "generic-password" && e.common),
    fact!(
        "both: password name and letters then digits",
        0.28,
        e,
        e.rule == "generic-password" && (e.shape.chosen || e.shape.leet)
    ),
    fact!(
        "both: password name and several kinds of bytes",
        0.0,
        e,
        e.rule == "generic-password" && e.charset.variety() >= 3
    ),
    fact!(
        "both: key name and words",
        0.0,
        e,
        matches!(e.rule, "generic-api-key" | "generic-credential") && e.cover > 0.6
    ),
    fact!(
        "both: key name and generated value",
        1.40,
        e,
        matches!(e.rule, "generic-api-key" | "generic-secret" | "generic-token") && e.random
    ),
    fact!("both: weak name and generated value", 0.0, e, e.rule == "generic-credential" && e.random),
    fact!(
        "both: token name and words",
        0.0,
        e,
        matches!(e.rule, "generic-token" | "generic-secret") && e.cover > 0.6
    ),
    fact!("both: no strong name and no random value", 0.0, e, e.rule == "generic-credential" && !e.random),
];
