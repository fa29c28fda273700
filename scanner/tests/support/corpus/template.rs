//! Templates: text with `{{name}}`, `{{name|filter}}` and `{{plant:name|filter}}`.
//!
//! A placeholder has no space inside its braces; `{{ x }}` with spaces is literal text, and `{{open}}` stands for two
//! opening braces. `plant:` marks the value that a scanner must find; everything else is scenery. An unknown name or
//! filter is an error, so that a typing mistake cannot turn a planted secret into a placeholder.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::rng::Rng;
use super::{obfuscated, value};

/// A template that does not expand.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum TemplateError {
    /// No generator of this name.
    #[error("unknown generator `{0}`")]
    Generator(String),
    /// No filter of this name.
    #[error("unknown filter `{0}`")]
    Filter(String),
}

/// Text with the places of the planted values.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Expanded {
    /// The text.
    pub(crate) text: String,
    /// Byte spans of the planted values, in order, half-open.
    pub(crate) plants: Vec<Range<usize>>,
}

/// Expands every placeholder of `template` with values from `rng`.
pub(crate) fn expand(template: &str, rng: &mut Rng) -> Result<Expanded, TemplateError> {
    let mut out = Expanded::default();
    let mut rest = template;
    while let Some(at) = rest.find("{{") {
        out.text += &rest[..at];
        let inner = &rest[at + 2..];
        let Some(end) = inner.find("}}").filter(|end| is_placeholder(&inner[..*end])) else {
            out.text += "{{";
            rest = inner;
            continue;
        };
        let (planted, call) =
            inner[..end].strip_prefix("plant:").map_or((false, &inner[..end]), |call| (true, call));
        let value = evaluate(call, rng)?;
        let start = out.text.len();
        out.text += &value;
        if planted {
            out.plants.push(start..out.text.len());
        }
        rest = &inner[end + 2..];
    }
    out.text += rest;
    Ok(out)
}

/// True for what stands between the braces of a placeholder.
fn is_placeholder(inner: &str) -> bool {
    !inner.is_empty()
        && inner
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_:|.-".contains(&byte))
}

fn evaluate(call: &str, rng: &mut Rng) -> Result<String, TemplateError> {
    let mut parts = call.split('|');
    let name = parts.next().unwrap_or_default();
    let value = match name {
        "open" => "{{".to_owned(),
        _ => value::make(name, rng).ok_or_else(|| TemplateError::Generator(name.to_owned()))?,
    };
    parts.try_fold(value, |value, filter| filtered(&value, filter))
}

/// Writes `value` as the syntax around it wants it.
fn filtered(value: &str, filter: &str) -> Result<String, TemplateError> {
    if let Some(width) = filter.strip_prefix("indent").and_then(|width| width.parse::<usize>().ok()) {
        return Ok(value.replace('\n', &format!("\n{}", " ".repeat(width))));
    }
    Ok(match filter {
        "none" => value.to_owned(),
        // JSON strings, and close enough for Java, JavaScript, Python, Rust, C and Go.
        "json" => value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"),
        "xml" => value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
        "base64" => STANDARD.encode(value),
        "cisco7" => obfuscated::cisco7(value),
        "intellij" => obfuscated::intellij(value),
        "unattend" => obfuscated::unattend(value),
        "pgpass" => value.replace('\\', "\\\\").replace(':', "\\:"),
        // PHP, Ruby and shells read `$` inside double quotes; their templates use single quotes.
        "dollar" => value.replace('$', "$$"),
        "hashes" => value.lines().map(|line| format!("# {line}")).collect::<Vec<_>>().join("\n"),
        "percent" => value
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect(),
        _ => return Err(TemplateError::Filter(filter.to_owned())),
    })
}
