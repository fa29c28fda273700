//! Cheap negatives: what is certainly no secret, with the reason that `explain` shows.
//!
//! Order matters: forms that look like code come before forms that look like text, and a chosen password must
//! survive all of them. Weak credentials in use (`changeme`, `admin`) are no negatives: the judge calls them weak.

pub mod name;
pub mod reference;
mod shape;
mod template;
mod text;

use super::Syntax;
use super::assign::name::Words;
use super::hit::Text;
use crate::reason::Reason;
use crate::value::placeholder::{Form, form};

/// Shortest value worth a look, in bytes.
const SHORTEST: usize = 4;

/// The reason why a value is no secret, or `None` if it may be one.
///
/// `name` is the whole identifier that the value is bound to, if any; `syntax` says how the value is written (a
/// quoted word is text, a bare one may be code). Linear in the value.
pub fn of_value(value: &[u8], name: Option<&[u8]>, syntax: Syntax, text: Text<'_>) -> Option<Reason> {
    let trimmed = value.trim_ascii();
    if trimmed.len() < SHORTEST {
        return Some(Reason::TooWeakToBeSecret);
    }
    if let Some(reason) = template::of(trimmed) {
        return Some(reason);
    }
    if let Some(reason) = shape::of_prefix(trimmed) {
        return Some(reason);
    }
    match form(trimmed) {
        Some(Form::FillIn | Form::Masked) => return Some(Reason::Placeholder),
        Some(Form::Repeated) => return Some(Reason::TooWeakToBeSecret),
        Some(Form::Example | Form::Sequence) | None => {}
    }
    if text.path.example && is_to_be_changed(trimmed) && is_template_file(&text.path.name) {
        return Some(Reason::Placeholder);
    }
    if is_keyword(trimmed) {
        return Some(Reason::TypeOrKeyword);
    }
    if let Some(name) = name
        && let Some(reason) = same_as_name(trimmed, name, syntax, text)
    {
        return Some(reason);
    }
    if trimmed.starts_with(b"-----BEGIN") {
        return None;
    }
    reference::of_quoted(trimmed)
        .or_else(|| shape::of(trimmed, name))
        .or_else(|| text::of(trimmed, syntax, text))
        .or_else(|| generated(text))
}

/// The reason why a name, though it holds a credential word, names something else (`token_type`,
/// `password_length`, `public_key`), or `None` if it may name a credential.
pub fn of_name(name: &[u8]) -> Option<Reason> {
    let words = Words::of(name);
    name::of_all_words(&words)
}

/// Words that stand for "no value", a type or a switch in some language.
#[rustfmt::skip]
const KEYWORDS: &[&[u8]] = &[
    b"true", b"false", b"null", b"none", b"undefined", b"string", b"integer", b"number", b"boolean",
    b"bool", b"object", b"array", b"optional", b"required", b"enabled", b"disabled", b"default", b"varchar",
    b"text", b"char", b"float", b"double", b"bytes", b"byte[]", b"string?", b"void", b"this", b"self",
    b"empty", b"blank", b"unset", b"unknown", b"n/a", b"nil", b"yes", b"uuid", b"base64", b"json",
    b"hidden", b"binary", b"string.empty", b"emptystring", b"email", b"username", b"str", b"auto", b"name",
    b"value", b"function", b"object[]", b"string[]", b"type", b"nullable", b"basic", b"bearer", b"digest",
    b"oauth", b"oauth2", b"header", b"cookie", b"query", b"body", b"file", b"line", b"always", b"never",
    b"list", b"dict", b"tuple", b"any", b"utf-8", b"utf8", b"ascii", b"on_create",
];

/// `changeme`, `change_this`, `change-it`.
fn is_to_be_changed(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    lower.strip_prefix(b"change").is_some_and(|rest| {
        let rest = rest.trim_ascii_start();
        let rest = rest.strip_prefix(b"_").or_else(|| rest.strip_prefix(b"-")).unwrap_or(rest);
        matches!(rest, b"me" | b"it" | b"this" | b"me!")
    })
}

/// `.env.example`, `settings.yml.dist`: a file that is copied and then filled in.
fn is_template_file(name: &str) -> bool {
    [".example", ".sample", ".template", ".tmpl", ".dist", "-example", "-sample"]
        .iter()
        .any(|end| name.ends_with(end))
        || name.contains(".example.")
        || name.contains(".sample.")
        || name.contains(".template.")
}

fn is_keyword(value: &[u8]) -> bool {
    // GraphQL's and Kotlin's marks of what may be absent.
    let value = value.strip_suffix(b"!").or_else(|| value.strip_suffix(b"?")).unwrap_or(value);
    value.len() <= 12 && KEYWORDS.iter().any(|k| k.eq_ignore_ascii_case(value))
}

/// A value that spells its own name again is a label or a key of a table, except in configuration, where it is a
/// weak password in use.
fn same_as_name(value: &[u8], name: &[u8], syntax: Syntax, text: Text<'_>) -> Option<Reason> {
    let same = |a: &[u8], b: &[u8]| {
        let letters = |v: &[u8]| -> Vec<u8> {
            v.iter().filter(|b| b.is_ascii_alphanumeric()).take(128).map(u8::to_ascii_lowercase).collect()
        };
        letters(a) == letters(b)
    };
    if value.len() > 128
        || !value
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b' ' | b':' | b'$'))
    {
        return None;
    }
    let last = name.rsplit(|b| *b == b'.').next().unwrap_or(name);
    let whole = same(value, name) || same(value, last);
    let plain =
        value.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'));
    // `JWT_SECRET=jwt-secret` in the settings that a program runs with: weak, and in use.
    let set = is_configuration(text) && !text.path.example && !text.path.is_prose();
    if plain && set && !matches!(syntax, Syntax::Prose | Syntax::Argument) {
        return None;
    }
    // One lower-case word (`password = "password"`) is the commonest of all weak passwords, except as the value of a
    // constant, where it is the name of a field.
    let lower = value.iter().all(u8::is_ascii_lowercase);
    let constant = !name.iter().any(u8::is_ascii_lowercase) && !is_configuration(text);
    if whole && (!lower || constant || matches!(syntax, Syntax::Prose | Syntax::Argument)) {
        return Some(Reason::SameAsName);
    }
    // `GRANT_TYPE_PASSWORD = "password"`: the name of a kind.
    if lower && !is_configuration(text) {
        let words = Words::of(name);
        if words.iter().next_back() == Some(value)
            && words.any(&[b"grant", b"type", b"kind", b"method", b"mode", b"field", b"action", b"scheme"])
        {
            return Some(Reason::TypeOrKeyword);
        }
    }
    // `PASSWORD_KEY = "password"`, `"DB_PASSWORD": "db_password"`: an identifier with the same words.
    (!lower && value.iter().any(|b| matches!(b, b'_' | b'-')) && same_tail(value, name) && {
        // `secretKey: "super-secret-key"` says more than its name. With underscores it is an entry of a table as often.
        let more = Words::of(value).len() > Words::of(name).len() && value.contains(&b'-');
        constant || !plain || !more
    })
    .then_some(Reason::SameAsName)
}

/// Formats whose entries are set, not declared.
fn is_configuration(text: Text<'_>) -> bool {
    matches!(
        text.path.extension.as_str(),
        "yml"
            | "yaml"
            | "ini"
            | "env"
            | "properties"
            | "cfg"
            | "conf"
            | "toml"
            | "sh"
            | "tf"
            | "example"
            | "md"
            | "dist"
    ) || text.path.name.starts_with(".env")
        || text.path.name.starts_with("dockerfile")
}

/// True if the value's words are the last words of the name, or the other way round, and there are at least two.
fn same_tail(value: &[u8], name: &[u8]) -> bool {
    let (value, name) = (Words::of(value), Words::of(name));
    let shared = value.iter().rev().zip(name.iter().rev()).take_while(|(a, b)| a == b).count();
    shared >= 2 && shared == value.len().min(name.len())
}

/// Files that machines write for machines.
fn generated(text: Text<'_>) -> Option<Reason> {
    let name = text.path.name.as_str();
    let by_name = name.ends_with(".min.js")
        || name.ends_with(".min.css")
        || name.ends_with(".js.map")
        || name.ends_with(".css.map");
    (text.path.lock_file || by_name).then_some(Reason::GeneratedContent)
}
