//! Reads TOML written by people: an error names the file, the line, the column and what was probably meant.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::nearest::nearest;

/// What is wrong with a TOML file, in a form that leads to the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TomlError {
    /// The file as shown to the user.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The known key nearest to the unknown one.
    pub suggestion: Option<String>,
}

impl fmt::Display for TomlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        match &self.suggestion {
            Some(known) => write!(f, "; did you mean `{known}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for TomlError {}

/// Parses `text` (the content of `file`, named for errors).
pub fn parse<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, TomlError> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start).min(text.len());
        let before = &text.as_bytes()[..at];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        TomlError {
            file: file.to_owned(),
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1,
            message: error.message().lines().collect::<Vec<_>>().join("; "),
            suggestion: suggestion(error.message()),
        }
    })
}

/// Serde's message for an unknown key or variant names it and lists the known ones, all between backquotes.
fn suggestion(message: &str) -> Option<String> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next()?;
    nearest(unknown, names)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::parse;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    struct Sample {
        #[serde(default)]
        fail_on: Option<String>,
    }

    #[test]
    fn an_unknown_key_is_located_and_corrected() {
        let error = parse::<Sample>("# é\n  fail-om = \"note\"\n", "a.toml").expect_err("unknown key");
        assert_eq!((error.line, error.column), (2, 3));
        assert_eq!(error.suggestion.as_deref(), Some("fail-on"));
        assert!(error.to_string().starts_with("a.toml:2:3: unknown field `fail-om`"), "{error}");
    }

    #[test]
    fn a_syntax_error_is_located() {
        let error = parse::<Sample>("fail-on = \n", "a.toml").expect_err("no value");
        assert_eq!((error.line, error.suggestion), (1, None));
    }

    #[test]
    fn a_good_file_is_read() {
        let sample: Sample = parse("fail-on = \"note\"", "a.toml").expect("good");
        assert_eq!(sample.fail_on.as_deref(), Some("note"));
    }
}
