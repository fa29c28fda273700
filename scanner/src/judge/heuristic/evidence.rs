//! What the score looks at, observed once per candidate.

use std::borrow::Cow;

use crate::candidate::structural::basic;
use crate::candidate::{Candidate, Syntax};
use crate::judge::weak;
use crate::rule::Detector;
use crate::value::charset::Charset;
use crate::value::entropy::shannon;
use crate::value::path::PathInfo;
use crate::value::placeholder::{self, Form};
use crate::value::randomness::looks_random;
use crate::value::words;

use super::shape::Shape;

/// Bytes of a value that are looked at.
const VALUE: usize = 512;
/// Bytes of the line that are looked at on each side of the value.
const SIDE: usize = 200;
/// Bytes before the value in which the head of an enumeration is looked for.
const ENUM: usize = 1024;

/// What kind of file a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// Programs.
    Code,
    /// `.env`, INI, properties, YAML, JSON, TOML, XML, Terraform.
    Config,
    /// Shell scripts, Dockerfiles, makefiles, CI.
    Script,
    /// Markdown and plain text.
    Prose,
    /// SQL dumps and scripts.
    Sql,
    /// Anything else.
    Other,
}

/// The observations.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not a state")]
pub(super) struct Evidence<'a> {
    /// The value; of a Basic header the password inside, if there is one.
    pub(super) value: Cow<'a, [u8]>,
    pub(super) charset: Charset,
    pub(super) shape: Shape,
    /// Shannon entropy, bits per byte.
    pub(super) entropy: f32,
    /// Share of letters inside dictionary words.
    pub(super) cover: f32,
    /// Has the look of a generated token.
    pub(super) random: bool,
    /// A placeholder form that asks the reader for a value, or hides one.
    pub(super) asks_for_value: bool,
    /// An alphabet run or one repeated character.
    pub(super) sequence: bool,
    /// In the list of common default passwords.
    pub(super) common: bool,
    /// Made of words that mark dummies.
    pub(super) dummy: bool,
    /// The name, lower case, letters and digits only.
    pub(super) name: Vec<u8>,
    /// The value says its name again.
    pub(super) repeats_name: bool,
    pub(super) detector: Detector,
    pub(super) rule: &'a str,
    pub(super) syntax: Syntax,
    /// Between quotes in the text.
    pub(super) quoted: bool,
    /// A bracket, an operator or a dot next to the unquoted value: part of an expression.
    pub(super) in_expression: bool,
    /// Letters with digits or marks between or after them, as nobody writes a name, a path or a remark.
    pub(super) telling: bool,
    /// Begins with a mark, has another one, and is no variable, no path and no code.
    pub(super) marked: bool,
    /// Inside the braces of an enumeration.
    pub(super) in_enum: bool,
    /// The line before the value (at most 200 bytes), lower case.
    pub(super) left: Vec<u8>,
    /// The line after the value.
    pub(super) right: &'a [u8],
    pub(super) file: FileKind,
    pub(super) path: &'a PathInfo,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(
        candidate: &'a Candidate,
        value: &'a [u8],
        name: Option<&'a [u8]>,
        path: &'a PathInfo,
        text: &'a [u8],
    ) -> Self {
        let value = inner(candidate, value);
        let charset = Charset::of(&value);
        let (left, right) = sides(text, candidate.span.start, candidate.span.end);
        let quote = left.last().copied().filter(|b| matches!(b, b'"' | b'\'' | b'`'));
        let form = placeholder::form(&value);
        let name = squeeze(name.unwrap_or_default());
        let bare = quote.is_none() && matches!(candidate.syntax, Syntax::Bare | Syntax::Argument);
        let shape = Shape::of(&value, charset);
        let chosen =
            charset.letters > 0 && charset.spaces == 0 && !(shape.path || shape.code || shape.dotted);
        Self {
            charset,
            telling: chosen
                && charset.len >= 6
                && (charset.has_digit() || charset.symbols > 1)
                && !(shape.constant || shape.snake || shape.email || shape.uuid),
            marked: chosen
                && charset.symbols > 1
                && value.first().is_some_and(u8::is_ascii_punctuation)
                && !matches!(value.last(), Some(b'%' | b'@' | b'}' | b')' | b'>'))
                && (charset.has_digit() || charset.has_upper() && charset.has_lower()),
            in_enum: in_enum(text, candidate.span.start),
            shape,
            entropy: shannon(&value),
            cover: words::cover(&value),
            random: looks_random(&value),
            asks_for_value: matches!(form, Some(Form::FillIn | Form::Masked | Form::Example)),
            sequence: matches!(form, Some(Form::Sequence | Form::Repeated)),
            common: weak::is_common(&value),
            dummy: weak::has_dummy_word(&value),
            repeats_name: repeats(&squeeze(&value), &name),
            value,
            name,
            detector: candidate.rule.detector,
            rule: &candidate.rule.id,
            syntax: candidate.syntax,
            quoted: quote.is_some(),
            in_expression: bare && matches!(right.first(), Some(b'(' | b'.' | b'[' | b'+' | b'?' | b':')),
            left: left.to_ascii_lowercase(),
            right,
            file: file_kind(path),
            path,
        }
    }

    /// True if the squeezed name contains any of the words.
    pub(super) fn named(&self, words: &[&str]) -> bool {
        words.iter().any(|word| memchr::memmem::find(&self.name, word.as_bytes()).is_some())
    }

    /// True if the squeezed name ends with any of the words.
    pub(super) fn ends(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.name.ends_with(word.as_bytes()))
    }

    /// True if the line before the value contains any of the words.
    pub(super) fn after(&self, words: &[&str]) -> bool {
        words.iter().any(|word| memchr::memmem::find(&self.left, word.as_bytes()).is_some())
    }

    /// True if the name is that of the function called with the value, not of the value.
    pub(super) fn called(&self) -> bool {
        self.detector == Detector::Structural && self.syntax == Syntax::Argument
    }

    /// True if the value is an identifier of code by its shape.
    pub(super) fn identifier(&self) -> bool {
        let shape = &self.shape;
        shape.camel
            || shape.type_name && self.charset.digits == 0
            || shape.snake
            || shape.constant
            || shape.word
    }
}

/// The bytes that are the secret itself: `user:password` in Base64 is as good as its password.
pub(super) fn inner<'a>(candidate: &Candidate, value: &'a [u8]) -> Cow<'a, [u8]> {
    let value = &value[..value.len().min(VALUE)];
    let login = candidate.rule.id == "basic-auth-header";
    match login.then(|| basic::password(value)).flatten() {
        Some(password) if !password.is_empty() => Cow::Owned(password),
        _ => Cow::Borrowed(value),
    }
}

/// Letters and digits in lower case.
fn squeeze(name: &[u8]) -> Vec<u8> {
    name.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).take(80).collect()
}

/// The value is its name, or ends or begins with it or it with the value.
fn repeats(value: &[u8], name: &[u8]) -> bool {
    value.len() >= 3
        && name.len() >= 3
        && (name.ends_with(value)
            || value.ends_with(name)
            || value.starts_with(name) && value.len() < name.len() + 4)
}

/// The line of the span on both sides, cut.
fn sides(text: &[u8], start: usize, end: usize) -> (&[u8], &[u8]) {
    let start = start.min(text.len());
    let end = end.clamp(start, text.len());
    let before = &text[start.saturating_sub(SIDE)..start];
    let before = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]);
    let after = &text[end..text.len().min(end + SIDE)];
    let after = memchr::memchr2(b'\n', b'\r', after).map_or(after, |at| &after[..at]);
    (before, after)
}

/// True if the innermost open brace before `at`, not far, belongs to an `enum`.
fn in_enum(text: &[u8], at: usize) -> bool {
    let before = &text[at.min(text.len()).saturating_sub(ENUM)..at.min(text.len())];
    let mut closed = 0;
    let open = before.iter().rposition(|b| match b {
        b'}' => {
            closed += 1;
            false
        }
        b'{' if closed > 0 => {
            closed -= 1;
            false
        }
        b => *b == b'{',
    });
    open.is_some_and(|open| {
        let head = &before[..open];
        let head = memchr::memrchr2(b'\n', b';', head).map_or(head, |end| &head[end + 1..]);
        memchr::memmem::find(head, b"enum ").is_some()
    })
}

fn file_kind(path: &PathInfo) -> FileKind {
    match path.extension.as_str() {
        "env" | "ini" | "cfg" | "conf" | "config" | "cnf" | "properties" | "yml" | "yaml" | "json"
        | "json5" | "toml" | "xml" | "tf" | "tfvars" | "hcl" | "plist" | "props" | "settings" | "reg"
        | "nix" => FileKind::Config,
        "sh" | "bash" | "zsh" | "fish" | "ps1" | "psm1" | "bat" | "cmd" | "dockerfile" | "mk" => {
            FileKind::Script
        }
        "md" | "markdown" | "rst" | "txt" | "adoc" | "mdx" | "html" | "htm" | "log" | "csv" => {
            FileKind::Prose
        }
        "sql" => FileKind::Sql,
        "py" | "js" | "ts" | "jsx" | "tsx" | "mjs" | "cjs" | "java" | "kt" | "kts" | "scala" | "groovy"
        | "go" | "rs" | "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh" | "cs" | "vb" | "fs" | "php"
        | "rb" | "pl" | "pm" | "swift" | "m" | "mm" | "dart" | "lua" | "r" | "ex" | "exs" | "erl" | "hrl"
        | "clj" | "hs" | "ml" | "vue" | "svelte" | "cshtml" | "jsp" | "asp" | "aspx" | "sol" | "coffee"
        | "phpt" | "erb" | "haml" | "twig" | "gradle" => FileKind::Code,
        _ if path.name.starts_with(".env") || path.name.starts_with('.') && path.name.ends_with("rc") => {
            FileKind::Config
        }
        _ if path.name.contains("dockerfile") || path.name == "makefile" || path.name == "jenkinsfile" => {
            FileKind::Script
        }
        _ => FileKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_files() {
        for (path, kind) in [
            (".env", FileKind::Config),
            (".env.local", FileKind::Config),
            ("a/.npmrc", FileKind::Config),
            ("Dockerfile", FileKind::Script),
            ("x.PY", FileKind::Code),
            ("README.md", FileKind::Prose),
            ("LICENSE", FileKind::Other),
        ] {
            assert_eq!(file_kind(&PathInfo::new(path)), kind, "{path}");
        }
    }

    #[test]
    fn a_value_repeats_its_name() {
        assert!(repeats(b"password", b"dbpassword"));
        assert!(repeats(b"mypassword", b"password"));
        assert!(!repeats(b"walnut", b"password"));
        assert!(!repeats(b"", b"password"));
    }
}
