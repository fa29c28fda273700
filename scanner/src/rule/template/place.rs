//! Places in the texts of a template: `{{secret}}` for the token, `{{access key id}}` for the companion of that name.

use std::ops::Range;

/// The name of the place of the token itself.
pub(crate) const SECRET: &str = "secret";

/// Where in `text` places stand, with their braces, in order.
///
/// JSON and GraphQL have double braces of their own; a place holds words. One that is not closed goes to the end.
pub(crate) fn places(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + text[from..].find("{{")?;
            let inner = &text[start + 2..];
            let (inner, end) = match inner.find("}}") {
                Some(length) => (&inner[..length], start + length + 4),
                None => (inner, text.len()),
            };
            if inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_| ".contains(&byte)) {
                from = end;
                return Some(start..end);
            }
            from = start + 1;
        }
    })
}

/// The name in a place, if it is closed.
pub(crate) fn name(place: &str) -> Option<&str> {
    place.strip_prefix("{{")?.strip_suffix("}}")
}

/// `text` with what `value` gives for the name of each place; none if it gives nothing for one. What was put in is not
/// looked at again.
pub(crate) fn filled(text: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for at in places(text) {
        out.push_str(&text[from..at.start]);
        out.push_str(&value(name(&text[at.clone()])?)?);
        from = at.end;
    }
    Some(out + &text[from..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_holds_words_and_other_braces_are_none() {
        for (text, expected) in [
            ("Bearer {{secret}}", &["{{secret}}"][..]),
            ("{{client id}}:{{secret}}", &["{{client id}}", "{{secret}}"]),
            ("{{{secret}}}", &["{{secret}}"]),
            (r#"{"query":"{viewer{id}}"}"#, &[]),
            (r#"{"a":{{"b":1}}}"#, &[]),
            ("{{}}", &["{{}}"]),
            ("{{secret", &["{{secret"]),
            ("{secret}} and {", &[]),
        ] {
            let found: Vec<&str> = places(text).map(|at| &text[at]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_value_that_looks_like_a_place_is_not_filled_again() {
        let value = |name: &str| match name {
            "secret" => Some("{{id}}".to_owned()),
            "id" => Some("7".to_owned()),
            _ => None,
        };
        assert_eq!(filled("{{id}}:{{secret}}!", value).as_deref(), Some("7:{{id}}!"));
        assert_eq!(filled("{{id}}{{other}}", value), None);
        assert_eq!(filled("{{secret", value), None, "a place that is not closed has no name");
        assert_eq!(filled("no place", value).as_deref(), Some("no place"));
    }
}
