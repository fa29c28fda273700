//! Tags between a name and its value: highlighted code, bold labels, cells of a table.
//!
//! Pages of documentation are written so, in HTML, inside JSON strings (search indexes, page data) and in feeds, where
//! the brackets themselves are escaped.

use super::literal;
use super::operator::Join;

/// How far behind a name a value is looked for, in bytes: a highlighter's spans with class and style fit in.
const REACH: usize = 320;
/// Most tags, blanks and operators between a name and its value.
const MOST_PIECES: usize = 24;

/// Tags that stand within a line or a row of a table.
const INLINE: &[&[u8]] = &[
    b"span", b"code", b"b", b"strong", b"i", b"em", b"tt", b"td", b"th", b"dt", b"dd", b"font", b"kbd",
    b"samp", b"var", b"mark", b"u", b"a", b"small", b"ins", b"wbr",
];
/// Tags that begin or end a paragraph: only a name with an operator reaches over them.
const BLOCK: &[&[u8]] = &[b"p", b"pre", b"br", b"div", b"blockquote"];
/// Tags whose text is the value and nothing else.
const VERBATIM: &[&[u8]] = &[b"code", b"td", b"dd", b"kbd", b"tt", b"samp"];

/// The ways to write the brackets of a tag.
const BRACKETS: &[(&[u8], &[u8])] =
    &[(b"<", b">"), (b"\\u003c", b"\\u003e"), (b"\\u003C", b"\\u003E"), (b"&lt;", b"&gt;")];
/// Blanks of markup and of strings.
const BLANKS: &[&[u8]] = &[b" ", b"\t", b"\n", b"\r", b"\\n", b"\\t", b"\\r", b"&nbsp;", b"&#160;"];
const OPERATORS: &[&[u8]] = &[b"=&gt;", b"=\\u003e", b"=>", b":=", b"->", b":", b"="];

/// A tag.
struct Tag<'a> {
    name: &'a [u8],
    closes: bool,
    /// First byte behind it.
    end: usize,
}

/// Where the value begins, and how it is joined, if at least one tag stands between it and `at`, the end of a name.
pub(super) fn after(bytes: &[u8], at: usize) -> Option<(usize, Join)> {
    let bytes = &bytes[..bytes.len().min(at + REACH)];
    let mut cursor = at;
    let mut operator = false;
    let mut tags = 0;
    let mut apart = false;
    let mut verbatim = false;
    for _ in 0..MOST_PIECES {
        if let Some(len) = next_string(&bytes[cursor..]).or_else(|| length_of(BLANKS, &bytes[cursor..])) {
            cursor += len;
        } else if let Some(tag) = tag(bytes, cursor) {
            if BLOCK.contains(&tag.name) && !operator {
                return None;
            }
            apart |= VERBATIM.contains(&tag.name);
            verbatim = !tag.closes && VERBATIM.contains(&tag.name);
            tags += 1;
            cursor = tag.end;
        } else if !operator && let Some(len) = length_of(OPERATORS, &bytes[cursor..]) {
            // `==` compares, `::` is a path.
            if matches!(bytes.get(cursor + len), Some(b'=' | b':')) {
                return None;
            }
            operator = true;
            cursor += len;
        } else {
            break;
        }
    }
    if tags == 0 || !(operator || apart) {
        return None;
    }
    if let Some(behind) = lone_quote(bytes, cursor) {
        return Some((behind, Join::Element));
    }
    let join = match literal::at(bytes, cursor) {
        Some(_) if operator => Join::Equals,
        Some(_) => Join::Element,
        None if verbatim => Join::Element,
        None => Join::Prose,
    };
    Some((cursor, join))
}

/// The tag at `at`, if it is one of those that stand within text.
fn tag(bytes: &[u8], at: usize) -> Option<Tag<'_>> {
    let rest = bytes.get(at..)?;
    let (open, close) = BRACKETS.iter().find(|(open, _)| rest.starts_with(open))?;
    let inner = &rest[open.len()..];
    let slash = usize::from(inner.first() == Some(&b'/'));
    let len = inner[slash..].iter().take_while(|b| b.is_ascii_lowercase()).count();
    let name = &inner[slash..slash + len];
    if !INLINE.contains(&name) && !BLOCK.contains(&name) {
        return None;
    }
    let end = memchr::memmem::find(inner, close)?;
    let attributes = &inner[slash + len..end];
    if attributes.contains(&b'<') || attributes.first().is_some_and(|b| !matches!(b, b' ' | b'/' | b'\n')) {
        return None;
    }
    Some(Tag { name, closes: slash == 1, end: at + open.len() + end + close.len() })
}

/// The place behind a quote that has a tag of its own: `<span>"</span>value<span>"</span>`.
fn lone_quote(bytes: &[u8], at: usize) -> Option<usize> {
    let entity = literal::entity_len(bytes, at);
    let escapes = bytes[at..].iter().take(3).take_while(|b| **b == b'\\').count();
    let len = match bytes.get(at + escapes) {
        _ if entity > 0 => entity,
        Some(b'"' | b'\'' | b'`') => escapes + 1,
        _ => return None,
    };
    tag(bytes, at + len).filter(|tag| tag.closes).map(|tag| tag.end)
}

/// The end of one string of a list and the beginning of the next, which are a text's lines: outputs of notebooks.
fn next_string(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"\\n\",")?;
    let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    (rest.get(blanks) == Some(&b'"')).then_some(text.len() - rest.len() + blanks + 1)
}

fn length_of(words: &[&[u8]], text: &[u8]) -> Option<usize> {
    words.iter().find(|word| text.starts_with(word)).map(|word| word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What follows the tags, and how it is joined.
    fn read(text: &str) -> Option<(&str, Join)> {
        after(text.as_bytes(), 4).map(|(at, join)| (&text[at..], join))
    }

    #[test]
    fn tags_are_passed() {
        for (text, expected) in [
            ("name</b>: x", Some(("x", Join::Prose))),
            ("name:</b> x", Some(("x", Join::Prose))),
            ("name:</b> <code>x</code>", Some(("x</code>", Join::Element))),
            ("name</td><td>x</td>", Some(("x</td>", Join::Element))),
            ("name</code></td>\n <td><code>x<", Some(("x<", Join::Element))),
            ("name</span><span class=\"o\">=</span><span>\"x\"", Some(("\"x\"", Join::Equals))),
            ("name</span>: <span class=\\\"s\\\">\\\"x\\\"", Some(("\\\"x\\\"", Join::Equals))),
            ("name\\u003c/b\\u003e: x", Some(("x", Join::Prose))),
            ("name&lt;/b&gt;: x", Some(("x", Join::Prose))),
            ("name</td>\\n\",\n   \"  <td>x</td>", Some(("x</td>", Join::Element))),
            ("name</i> = <i>&quot;</i>x<i>&quot;</i>", Some(("x<i>&quot;</i>", Join::Element))),
            ("name: x", None),
            ("name</p><p>x", None),
            ("name</b> <b>x", None),
            ("name</b><input value=x>", None),
            ("name</tr><tr><td>x", None),
            ("name</span>::<span>x", None),
            ("name</span", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_flood_of_tags_ends() {
        let text = format!("name{}", "<b>".repeat(1 << 16));
        assert_eq!(after(text.as_bytes(), 4), None);
    }
}
