//! Objects written as a string: `"Apitoken": "{\"sig\": \"25ae…\", \"name\": \"root\"}"`. The name speaks of what a
//! machine drew in them, not of the braces around it. Members whose own names say credential are found by these.

use std::ops::Range;

use super::literal;
use super::operator::skip_blanks;
use crate::value::randomness::looks_random;

/// Most strings of an object that are looked at.
const MOST_STRINGS: usize = 32;

/// The first string of the object at `span` that looks drawn and is no member's name; `None` if no object is there
/// or none of its strings does.
pub(super) fn drawn(bytes: &[u8], span: &Range<usize>) -> Option<Range<usize>> {
    let bytes = &bytes[..span.end];
    let mut at = skip_blanks(bytes, span.start);
    if bytes.get(at) != Some(&b'{') {
        return None;
    }
    for _ in 0..MOST_STRINGS {
        at += bytes[at..].iter().position(|b| matches!(b, b'"' | b'\'' | b'\\' | b'&'))?;
        let Some(found) = literal::at(bytes, at) else {
            at += 1;
            continue;
        };
        let named = bytes.get(skip_blanks(bytes, found.end)) == Some(&b':');
        if !named && looks_random(&bytes[found.span.clone()]) {
            return Some(found.span);
        }
        at = found.end.max(at + 1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::drawn;

    fn text(value: &str) -> Option<&str> {
        drawn(value.as_bytes(), &(0..value.len())).map(|span| &value[span])
    }

    #[test]
    fn what_was_drawn_is_found_in_every_way_to_write_quotes() {
        let digits = "25ae3f6c".repeat(4);
        for object in [
            format!("{{\"sig\": \"{digits}\", \"name\": \"root\"}}"),
            format!("{{\\\"name\\\":\\\"root\\\",\\\"sig\\\":\\\"{digits}\\\"}}"),
            format!(" {{&#34;sig&#34;: &#34;{digits}&#34;, &#34;name&#34;: &#34;root&#34;}}"),
            format!("{{'id': 'root', 'sig': '{digits}'}}"),
        ] {
            assert_eq!(text(&object), Some(digits.as_str()), "{object}");
        }
    }

    #[test]
    fn objects_without_anything_drawn_and_other_values_have_none() {
        for value in ["{\"name\": \"root\"}", "{}", "{", "plain", "{\"8f3a9c1e77\": \"root\"}", "\"x\"", ""] {
            assert_eq!(text(value), None, "{value}");
        }
    }
}
