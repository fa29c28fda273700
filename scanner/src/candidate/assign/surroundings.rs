//! What stands around an assignment and takes its meaning away: resource names, look-ups in templates, lists of
//! validation rules, columns of checksums.

use std::ops::Range;

use super::name::Words;
use super::value::Value;
use super::{bare, meaning};
use crate::candidate::Syntax;
use crate::reason::Reason;
use crate::value::digest::has_plain_form;

/// Bytes before a name that are looked at.
const BEFORE: usize = 200;

/// The reason why a name at this place names nothing: it is part of a resource's name or of a look-up.
pub(super) fn of_name(bytes: &[u8], name: &Range<usize>) -> Option<Reason> {
    let line = line_before(bytes, name.start);
    // `arn:aws:secretsmanager:…:secret:web/database`
    let word = line
        .iter()
        .rposition(|b| !(b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-' | b'.' | b'/' | b'*')))
        .map_or(line, |at| &line[at + 1..]);
    if line.ends_with(b":") && word.starts_with(b"arn:") {
        return Some(Reason::Identifier);
    }
    // `--- PASS: TestLogin (0.00s)`
    if line.trim_ascii() == b"---" && matches!(&bytes[name.clone()], b"PASS" | b"FAIL") {
        return Some(Reason::Reference);
    }
    // `{{ lookup('vault', 'secret=web:token') }}`: the name of an option inside the look-up's literal.
    // `{{resolve:secretsmanager:web:SecretString:password}}`: CloudFormation's.
    let hole = memchr::memmem::rfind(line, b"{{").map(|at| &line[at + 2..])?;
    let looks_up = hole.starts_with(b"resolve:") || memchr::memmem::find(hole, b"lookup(").is_some();
    (memchr::memmem::find(hole, b"}}").is_none() && looks_up).then_some(Reason::Reference)
}

/// The reason why none of these values is one: words of a validator's list (`['required', 'string', 'min:12']`), or
/// the names of secrets (`secrets: [db_password, mail_token]`).
pub(super) fn of_list(bytes: &[u8], values: &[Value]) -> Option<Reason> {
    const RULES: &[&[u8]] = &[b"required", b"string", b"nullable", b"confirmed", b"sometimes", b"filled"];
    (values.len() > 1 && values.iter().any(|value| RULES.contains(&&bytes[value.span.clone()])))
        .then_some(Reason::TypeOrKeyword)
}

/// The reason why one value is none for what stands on its line: the entry of a list that names a secret, a digest
/// under a column of checksums.
pub(super) fn of_value(bytes: &[u8], value: &Value, strong: bool) -> Option<Reason> {
    let line = line_before(bytes, value.span.start);
    let own = &bytes[value.span.clone()];
    let entry = value.syntax == Syntax::Bare && line.trim_ascii() == b"-";
    if entry
        && own.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-'))
        && own.iter().any(|b| matches!(b, b'_' | b'-'))
        && meaning::of(&Words::of(own)).is_some_and(|meaning| meaning.strong)
    {
        return Some(Reason::Reference);
    }
    // `password: {secure: "…"}` of Travis and AppVeyor.
    let lead = line.trim_ascii_end();
    let lead = lead.strip_suffix(b"\"").or_else(|| lead.strip_suffix(b"'")).unwrap_or(lead).trim_ascii_end();
    if lead.strip_suffix(b"secure:").is_some_and(|before| before.trim_ascii_end().ends_with(b"{")) {
        return Some(Reason::EncryptedValue);
    }
    // `- secretKey: password` of an ExternalSecret: the name that a stored secret gets.
    let after = &bytes[value.span.end..bytes.len().min(value.span.end + BEFORE)];
    if line.ends_with(b"secretKey: ") && after.trim_ascii_start().starts_with(b"remoteRef:") {
        return Some(Reason::Reference);
    }
    // `Cookie: session_token=…`: the pairs have names of their own.
    let pair = own.iter().position(|b| *b == b'=').filter(|at| *at > 0 && *at + 8 < own.len());
    if let Some(at) = pair
        && !strong
        && value.syntax != Syntax::Quoted
        && own[..at].iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        && meaning::of(&Words::of(&own[..at])).is_some()
    {
        return Some(Reason::Reference);
    }
    // `PASSWORD=`pwgen``: a command of a shell. In a .env file the same quotes hold text: one telling word.
    let lead = &bytes[..value.span.start];
    let word = !own.contains(&b' ') && bare::telling(own);
    if lead.ends_with(b"=`") && !lead.ends_with(b"==`") && !word {
        return Some(Reason::Reference);
    }
    let lower = if has_plain_form(own) { line.to_ascii_lowercase() } else { Vec::new() };
    [&b"checksum"[..], b"digest", b"sha256", b"sha1", b"md5", b"fingerprint"]
        .iter()
        .any(|word| memchr::memmem::find(&lower, word).is_some())
        .then_some(Reason::Hash)
}

/// `ENV NAME value`, `setenv NAME value`: a blank is the operator there.
pub(super) fn is_environment(bytes: &[u8], name: &Range<usize>) -> bool {
    matches!(line_before(bytes, name.start).trim_ascii(), b"ENV" | b"setenv")
}

/// The line before `at`, cut.
fn line_before(bytes: &[u8], at: usize) -> &[u8] {
    let before = &bytes[at.saturating_sub(BEFORE)..at];
    memchr::memrchr(b'\n', before).map_or(before, |end| &before[end + 1..])
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;
    use crate::candidate::hit::Text;
    use crate::candidate::structural::Tables;
    use crate::source::Content;
    use crate::value::path::PathInfo;

    /// The reasons of the hits around every `anchor` in a file.
    fn reasons(path: &str, text: &str, anchor: &str) -> Vec<Option<Reason>> {
        let path = PathInfo::new(path);
        let context =
            Text { bytes: text.as_bytes(), content: Content::Text, path: &path, tables: &Tables::default() };
        let mut hits = Vec::new();
        for (at, _) in text.match_indices(anchor) {
            find(context, at..at + anchor.trim_end_matches(':').len(), &mut hits);
        }
        hits.iter().map(|hit| hit.dropped).collect()
    }

    #[test]
    fn what_stands_around_takes_the_meaning_away() {
        let digest = "6bf90dab49addee4f4f04b6035d4147b".repeat(2);
        for (path, text, anchor, reason) in [
            (
                "a.tf",
                "id = \"arn:aws:secretsmanager:eu-central-1:1:secret:web/db-a1B2c3\"".to_owned(),
                "secret:",
                Reason::Identifier,
            ),
            (
                "a.yml",
                "x: \"{{ lookup('hashi_vault', 'secret=web:token') }}\"".to_owned(),
                "secret",
                Reason::Reference,
            ),
            ("a.php", "'password' => ['required', 'min:12']".to_owned(), "pass", Reason::TypeOrKeyword),
            ("a.yml", "password: {secure: \"b8Xq2LmZ8tRk\"}".to_owned(), "pass", Reason::EncryptedValue),
            (
                "a.yml",
                "data:\n- secretKey: password\n  remoteRef: {key: web}".to_owned(),
                "secret",
                Reason::Reference,
            ),
            (
                "a.yml",
                "x: '{{resolve:secretsmanager:web:SecretString:password}}'".to_owned(),
                "SecretString",
                Reason::Reference,
            ),
            ("a.yml", "secrets:\n  - db_password\n".to_owned(), "secret", Reason::Reference),
            (
                "a.sql",
                format!("INSERT INTO m (name, checksum) VALUES ('tokens', '{digest}');"),
                "token",
                Reason::Hash,
            ),
            ("a.sh", "PASSWORD=`pwgen 20 1`\n".to_owned(), "PASS", Reason::Reference),
        ] {
            let found = reasons(path, &text, anchor);
            assert!(!found.is_empty() && found.iter().all(|one| *one == Some(reason)), "{text}: {found:?}");
        }
    }

    #[test]
    fn values_in_plain_places_are_kept() {
        let value = ["Kettle", "-b0at87"].concat();
        for (path, text) in [
            ("a.yml", format!("secrets:\n  - {value}\n")),
            ("a.yml", format!("secret: {value}\n")),
            ("a.php", format!("'secret' => ['{value}', 'x{value}']")),
            ("a.js", format!("const secret = `{value}`;")),
        ] {
            let found = reasons(path, &text, "secret");
            assert!(!found.is_empty() && found.iter().all(Option::is_none), "{text}: {found:?}");
        }
    }
}
