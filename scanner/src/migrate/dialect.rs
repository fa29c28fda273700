//! Regular expressions of Go (RE2) and Python as this program reads them.
//!
//! The three agree on almost everything. Rewritten here: braces that quantify nothing and stand for themselves there, `[`,
//! `&&`, `~~` and `--` inside brackets (set operations here), `\Q…\E`, `\<` and `\>` (the signs there, word ends here), `\Z`.
//! What stays different (look-around and back-references of Python, non-ASCII letters in byte classes) does not compile
//! and is told to the user.

use regex::bytes::RegexBuilder;

/// A rewritten expression and its capturing groups: offsets of their opening parentheses, and of the end of what opens
/// them (`(`, `(?P<name>`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rewritten {
    pub(super) text: String,
    groups: Vec<(usize, usize)>,
}

/// Rewrites `pattern`. The result may still not compile: see [`Rewritten::checked`].
pub(super) fn rewrite(pattern: &str) -> Rewritten {
    let mut text = String::with_capacity(pattern.len() + 8);
    let mut groups = Vec::new();
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(first) = rest.chars().next() {
        let mut taken = first.len_utf8();
        if let Some(quoted) = rest.strip_prefix("\\Q") {
            let end = quoted.find("\\E").unwrap_or(quoted.len());
            text.push_str(&regex_syntax::escape(&quoted[..end]));
            taken = (2 + end + 2).min(rest.len());
        } else if first == '\\' {
            let escaped = rest[1..].chars().next();
            taken += escaped.map_or(0, char::len_utf8);
            match escaped {
                Some(
                    '<' | '>' | '"' | '\'' | '`' | '_' | '%' | ',' | ';' | '=' | ':' | '!' | '@' | ' ' | '/',
                ) => {
                    text.extend(escaped);
                }
                Some('Z') => text.push_str("\\z"),
                Some(c) => text.extend(['\\', c]),
                // A trailing backslash is an error in every dialect; the compiler says so.
                None => text.push('\\'),
            }
        } else if in_class {
            in_class = first != ']';
            match first {
                '[' if rest.starts_with("[:") && rest.contains(":]") => {
                    taken = rest.find(":]").map_or(1, |end| end + 2);
                    text.push_str(&rest[..taken]);
                }
                '[' => text.push_str("\\["),
                '&' | '~' => text.extend(['\\', first]),
                '-' if rest.starts_with("--") => text.push_str("\\-"),
                other => text.push(other),
            }
        } else {
            match first {
                '[' => {
                    in_class = true;
                    // A bracket right at the start of a class stands for itself.
                    taken = ["[^]", "[]", "[^"]
                        .iter()
                        .find(|start| rest.starts_with(**start))
                        .map_or(1, |s| s.len());
                    text.push_str(&rest[..taken].replace(']', "\\]"));
                }
                '(' => {
                    if let Some(length) = opening(rest) {
                        groups.push((text.len(), text.len() + length));
                        text.push_str(&rest[..length]);
                        taken = length;
                    } else {
                        text.push('(');
                    }
                }
                '{' if !is_quantifier(rest) => text.push_str("\\{"),
                '{' => {
                    taken = rest.find('}').map_or(1, |end| end + 1);
                    text.push_str(&rest[..taken]);
                }
                '}' => text.push_str("\\}"),
                other => text.push(other),
            }
        }
        rest = &rest[taken..];
    }
    Rewritten { text, groups }
}

/// Length of what opens a capturing group at the start of `rest`; none for any other group.
fn opening(rest: &str) -> Option<usize> {
    if !rest.starts_with("(?") {
        return Some(1);
    }
    let named = rest.starts_with("(?P<")
        || rest.starts_with("(?<") && !matches!(rest.as_bytes().get(3), Some(b'=' | b'!'));
    if named { rest.find('>').map(|end| end + 1) } else { None }
}

/// `{3}`, `{3,}`, `{3,5}`.
fn is_quantifier(rest: &str) -> bool {
    let Some(inside) = rest[1..].split_once('}').map(|(inside, _)| inside) else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    !least.is_empty() && number(least) && number(most)
}

impl Rewritten {
    /// Number of capturing groups.
    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// With group `number` (from 1) named `secret`; unchanged if there is none.
    pub(super) fn with_secret(&self, number: usize) -> String {
        match number.checked_sub(1).and_then(|at| self.groups.get(at)) {
            Some(&(start, end)) => format!("{}(?<secret>{}", &self.text[..start], &self.text[end..]),
            None => self.text.clone(),
        }
    }
}

/// A regular expression for an allow-list, or why it has no counterpart.
pub(super) fn allow_regex(pattern: &str) -> Result<String, String> {
    let text = rewrite(pattern).text;
    match RegexBuilder::new(&text).build() {
        Ok(_) => Ok(text),
        Err(error) => Err(cause(&error.to_string())),
    }
}

/// The last line of the compiler's message says what is wrong; those before draw it.
pub(super) fn cause(message: &str) -> String {
    let last = message.lines().rfind(|line| !line.trim().is_empty()).unwrap_or(message);
    format!("the regular expression has no counterpart ({})", last.trim().trim_start_matches("error: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_else_is_rewritten() {
        for (theirs, ours) in [
            (r"^\${(?:[A-Z_]+)}$", r"^\$\{(?:[A-Z_]+)\}$"),
            (r"a{3}b{2,}c{1,4}", r"a{3}b{2,}c{1,4}"),
            (r"a{,3}", r"a\{,3\}"),
            (r"[[(]x", r"[\[(]x"),
            (r"[]a]+", r"[\]a]+"),
            (r"[^]a]+", r"[^\]a]+"),
            (r"[[:alpha:]_]", r"[[:alpha:]_]"),
            (r"[a&&b~~c]", r"[a\&\&b\~\~c]"),
            (r"\Qa.b\E.c", r"a\.b.c"),
            (r"\<a\>", r"<a>"),
            (r"end\Z", r"end\z"),
            (r"\x60\.\d\z", r"\x60\.\d\z"),
        ] {
            let rewritten = rewrite(theirs).text;
            assert_eq!(rewritten, ours, "{theirs}");
            assert!(RegexBuilder::new(&rewritten).build().is_ok(), "{rewritten}");
        }
    }

    #[test]
    fn the_group_of_the_secret_gets_its_name() {
        let rewritten = rewrite(r"(?i)(key|tok)[(](?:x)(?P<v>[a-z]{8})\(");
        assert_eq!(rewritten.groups(), 2);
        assert_eq!(rewritten.with_secret(2), r"(?i)(key|tok)[(](?:x)(?<secret>[a-z]{8})\(");
        assert_eq!(rewritten.with_secret(1), r"(?i)(?<secret>key|tok)[(](?:x)(?P<v>[a-z]{8})\(");
        assert_eq!(rewritten.with_secret(0), rewritten.text);
        assert_eq!(rewritten.with_secret(3), rewritten.text);
    }

    #[test]
    fn what_has_no_counterpart_says_why() {
        for pattern in ["(?=x)y", "(?<!a)b", r"(a)\1"] {
            let error = allow_regex(pattern).expect_err("no counterpart");
            assert!(error.contains("look-around") || error.contains("backreferences"), "{error}");
        }
        assert_eq!(allow_regex("^a{b}$").as_deref(), Ok(r"^a\{b\}$"));
    }
}
