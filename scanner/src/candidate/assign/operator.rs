//! What joins a name to its value: reads on from the end of a name to where the value begins.

use std::ops::Range;

use super::markup;

/// Farthest distance, in bytes, from the end of a name to the start of its value.
const REACH: usize = 160;

/// How a name and its value are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// `name = value`, `:=`, `?=`, `||=`, `+=`, `=>`, `->`.
    Equals,
    /// `name: value`.
    Colon,
    /// `name == value`, `!=`, `.equals(value)`.
    Compare,
    /// `name(value)`: a setter, a constructor, a macro.
    Call,
    /// `("name", value)`: the name is itself a quoted argument.
    Pair,
    /// `<name>value</name>`, `key="name">value<`.
    Element,
    /// `name "value"`, `name value`: nothing but blanks between.
    Blank,
    /// `{"name": "password", "value": …}` and relatives, over lines too.
    Sibling,
    /// `name is value` and a table's next cell.
    Prose,
    /// `${NAME:-value}`.
    Default,
}

/// A place where a value may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// First byte after the operator (blanks not skipped).
    pub at: usize,
    /// How the name is joined to it.
    pub join: Join,
    /// True if a quote closes the name.
    pub quoted_name: bool,
}

/// Reads the operator after a name. Looks at no more than a few hundred bytes.
pub(super) fn after(bytes: &[u8], name: &Range<usize>) -> Option<Slot> {
    let end = name.end;
    // Most anchors in source code end here: the name is followed by a byte that joins it to nothing.
    let next = *bytes.get(end)?;
    if !may_follow(next) {
        return None;
    }
    let whole = bytes;
    let bytes = &bytes[..bytes.len().min(end + REACH)];
    let before = &bytes[..name.start];
    // `{name: DB_PASSWORD, value: x}`; `- name: DB_PASSWORD`, and the value on the next line.
    let in_braces = next == b',' && before.ends_with(b"name: ");
    if in_braces || matches!(next, b'\n' | b'\r') {
        let named = in_braces || before.ends_with(b": ");
        return named.then(|| sibling(bytes, end)).flatten().map(|at| Slot {
            at,
            join: Join::Sibling,
            quoted_name: false,
        });
    }
    let closed = close_name(bytes, end);
    if closed.quoted
        && let Some(slot) = after_quoted_name(bytes, name, closed.at)
    {
        return Some(slot);
    }
    let tag = tag_before(bytes, name);
    match tag {
        Tag::Open => return element(bytes, closed.at),
        Tag::Close => return None,
        Tag::Text | Tag::None => {}
    }
    if let Some((at, join)) = markup::after(whole, closed.at) {
        return Some(Slot { at, join, quoted_name: closed.quoted });
    }
    if matches!(tag, Tag::Text)
        && bytes[closed.at..].starts_with(b"</")
        && let Some(slot) = sibling_element(bytes, closed.at)
    {
        return Some(slot);
    }
    joined(bytes, name, &closed)
}

/// Reads an operator, or the lack of one, behind a name and what closes it.
fn joined(bytes: &[u8], name: &Range<usize>, closed: &Closed) -> Option<Slot> {
    let at = skip_blanks(bytes, closed.at);
    let gap = at > closed.at;
    let slot = |at, join| Some(Slot { at, join, quoted_name: closed.quoted });
    match *bytes.get(at)? {
        b'=' => match bytes.get(at + 1) {
            Some(b'=') => slot(at + 2 + usize::from(bytes.get(at + 2) == Some(&b'=')), Join::Compare),
            Some(b'>') => slot(at + 2, Join::Equals),
            Some(b'~') => None,
            _ => slot(at + 1, Join::Equals),
        },
        b':' => match bytes.get(at + 1) {
            Some(b'=') => slot(at + 2, Join::Equals),
            Some(b'-') if opens_default(bytes, name) => slot(at + 2, Join::Default),
            Some(b':' | b'?') => None,
            // Spring's `${name:default}`.
            _ if opens_default(bytes, name) => slot(at + 1, Join::Default),
            _ => {
                // `**Password:** x`: the emphasis ends behind the colon.
                let stars = bytes[at + 1..].iter().take(3).take_while(|b| **b == b'*').count();
                let emphasis = stars > 0 && matches!(bytes.get(at + 1 + stars), Some(b' ' | b'\t'));
                let (at, join) = colon(bytes, at + 1 + if emphasis { stars } else { 0 });
                slot(at, join)
            }
        },
        b'-' => (bytes.get(at + 1) == Some(&b'>') && (closed.quoted || gap))
            .then(|| slot(at + 2, Join::Equals))
            .flatten(),
        b'!' if bytes[at..].starts_with(b"!=") => {
            slot(at + 2 + usize::from(bytes.get(at + 2) == Some(&b'=')), Join::Compare)
        }
        b'!' | b'?' if bytes.get(at + 1) == Some(&b':') => {
            typed(bytes, at + 2).and_then(|at| slot(at, Join::Equals))
        }
        b'?' | b'+' | b'|' | b'&' => compound(bytes, at, &slot),
        b'(' if !closed.quoted && !gap => slot(at + 1, Join::Call),
        b',' if closed.quoted && opened_as_argument(bytes, name) || is_symbol(bytes, name) => {
            slot(at + 1, Join::Pair)
        }
        // The full-width colon of Chinese and Japanese text.
        0xef if bytes[at..].starts_with("：".as_bytes()) => slot(at + "：".len(), Join::Prose),
        _ if gap && !closed.quoted => blank(bytes, at),
        _ => None,
    }
}

/// What a name's surroundings make of it in markup.
enum Tag {
    /// `<name`, `<ns:name`.
    Open,
    /// `</name`.
    Close,
    /// `>name`: the text of an element.
    Text,
    None,
}

fn tag_before(bytes: &[u8], name: &Range<usize>) -> Tag {
    let Some(before) = name.start.checked_sub(1) else { return Tag::None };
    match bytes[before] {
        b'<' => Tag::Open,
        b'/' if before > 0 && bytes[before - 1] == b'<' => Tag::Close,
        b'>' => Tag::Text,
        b':' => {
            let space =
                bytes[..before].iter().rev().take(24).take_while(|b| b.is_ascii_alphanumeric()).count();
            let at = before - space;
            match (space, at.checked_sub(1).map(|at| bytes[at])) {
                (1.., Some(b'<')) => Tag::Open,
                (1.., Some(b'/')) if at >= 2 && bytes[at - 2] == b'<' => Tag::Close,
                _ => Tag::None,
            }
        }
        _ => Tag::None,
    }
}

/// `:name`, a symbol of Ruby or Clojure.
fn is_symbol(bytes: &[u8], name: &Range<usize>) -> bool {
    name.start > 0 && bytes[name.start - 1] == b':'
}

/// Bytes that may directly follow a name that has a value.
fn may_follow(byte: u8) -> bool {
    b"\"'`\\ \t\n\r:=])(><,?![}*|+&/-\xef".contains(&byte)
}

/// What closes a name, and whether a quote does.
struct Closed {
    at: usize,
    quoted: bool,
}

/// Skips closing quotes, brackets, array dimensions and emphasis after a name.
fn close_name(bytes: &[u8], end: usize) -> Closed {
    let mut at = end;
    let mut quoted = false;
    let entity = super::literal::entity_len(bytes, at);
    if entity > 0 {
        at += entity;
        quoted = true;
    } else {
        // `"${password}" == "x"`
        if bytes.get(at) == Some(&b'}') {
            at += 1;
        }
        let escapes = bytes[at..].iter().take(7).take_while(|b| **b == b'\\').count();
        if matches!(bytes.get(at + escapes), Some(b'"' | b'\'' | b'`')) {
            at += escapes + 1;
            quoted = true;
        }
    }
    // `**Password**:`, `__password__` and `*password*`.
    at += bytes[at..].iter().take(3).take_while(|b| **b == b'*').count();
    if bytes.get(at) == Some(&b']') {
        at += 1;
    } else if !quoted && bytes.get(at) == Some(&b'[') {
        // `char password[32] = …`
        let inner = bytes[at + 1..].iter().take(24).position(|b| *b == b']');
        let dimension = |len: usize| {
            bytes[at + 1..at + 1 + len]
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b' ' | b'+'))
        };
        if let Some(len) = inner.filter(|&len| dimension(len)) {
            at += len + 2;
        }
    }
    Closed { at, quoted }
}

pub(super) fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

pub(super) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// `${NAME` stands before the operator.
fn opens_default(bytes: &[u8], name: &Range<usize>) -> bool {
    name.start >= 2 && bytes[name.start - 1] == b'{' && matches!(bytes[name.start - 2], b'$' | b'#')
}

/// The quoted name is the first argument of a call, or an element of a pair: `put("name"`, `{"name"`.
fn opened_as_argument(bytes: &[u8], name: &Range<usize>) -> bool {
    let mut at = name.start;
    while at > 0
        && name.start - at < 12
        && matches!(bytes[at - 1], b'"' | b'\'' | b'`' | b'\\' | b'@' | b' ' | b':')
    {
        at -= 1;
    }
    at > 0 && matches!(bytes[at - 1], b'(' | b'{')
}

/// After `name:`; a type annotation may stand before the value.
fn colon(bytes: &[u8], at: usize) -> (usize, Join) {
    typed(bytes, at).map_or((at, Join::Colon), |value| (value, Join::Equals))
}

/// Where the value begins if `at` begins a type that an equals sign follows: `: string = `, `: &'static str = `.
fn typed(bytes: &[u8], at: usize) -> Option<usize> {
    let mut cursor = skip_blanks(bytes, at);
    let start = cursor;
    let mut seen_letter = false;
    while cursor - start < 48 {
        match *bytes.get(cursor)? {
            b'=' if seen_letter && !matches!(bytes.get(cursor + 1), Some(b'=' | b'>')) => {
                // `a=b` inside a YAML value is no type: a type is set off by a blank.
                return matches!(bytes.get(cursor - 1), Some(b' ' | b'\t' | b'>' | b']' | b'?'))
                    .then_some(cursor + 1);
            }
            b if b.is_ascii_alphabetic() => seen_letter = true,
            b if b.is_ascii_digit() => {}
            b'_' | b'.' | b'<' | b'>' | b'[' | b']' | b'&' | b'*' | b'?' | b'|' | b' ' => {}
            b'\'' if bytes[cursor..].starts_with(b"'static") => {}
            _ => return None,
        }
        cursor += 1;
    }
    None
}

/// `?=`, `+=`, `|=`, `||=`, `??=`, `&=`.
fn compound(bytes: &[u8], at: usize, slot: &dyn Fn(usize, Join) -> Option<Slot>) -> Option<Slot> {
    let len = bytes[at..].iter().take(2).take_while(|b| matches!(b, b'?' | b'+' | b'|' | b'&')).count();
    if bytes.get(at + len) == Some(&b'=') && bytes.get(at + len + 1) != Some(&b'=') {
        return slot(at + len + 1, Join::Equals);
    }
    // A table's cell: `| password | value |`.
    (bytes.get(at) == Some(&b'|') && bytes.get(at + 1) == Some(&b' '))
        .then(|| slot(at + 1, Join::Prose))
        .flatten()
}

/// After `name `: a word that says "is", a type before an equals sign, or the value itself.
fn blank(bytes: &[u8], at: usize) -> Option<Slot> {
    let unquoted = |at, join| Some(Slot { at, join, quoted_name: false });
    let rest = &bytes[at..];
    for verb in [&b"is "[..], b"is: ", b"ist ", b"lautet ", b"est ", b"es ", b"was ", b"as "] {
        if rest.len() > verb.len() && rest[..verb.len()].eq_ignore_ascii_case(verb) {
            return unquoted(at + verb.len(), Join::Prose);
        }
    }
    // Go's `password string = "x"`.
    if let Some(value) = typed(bytes, at) {
        return unquoted(value, Join::Equals);
    }
    unquoted(at, Join::Blank)
}

/// After a quoted name: `"name", "value": …`, XML attributes and serialized PHP.
fn after_quoted_name(bytes: &[u8], name: &Range<usize>, at: usize) -> Option<Slot> {
    let slot = |at, join| Some(Slot { at, join, quoted_name: true });
    // `s:8:"password";s:5:"value"`
    if bytes[at..].starts_with(b";s:") {
        let digits = bytes[at + 3..].iter().take(6).take_while(|b| b.is_ascii_digit()).count();
        return (digits > 0 && bytes.get(at + 3 + digits) == Some(&b':'))
            .then(|| slot(at + 4 + digits, Join::Sibling))
            .flatten();
    }
    // Only a name that is itself a value (`name="password"`) can have a sibling.
    let before = bytes[..name.start].iter().rev().find(|b| !matches!(b, b'"' | b'\'' | b'\\' | b' ' | b'@'));
    if !matches!(before, Some(b'=' | b':')) {
        // Terraform: `variable "password" { default = "…" }`.
        return terraform_default(bytes, at);
    }
    sibling(bytes, at).and_then(|at| slot(at, Join::Sibling)).or_else(|| {
        let tag = bytes[at..].iter().take(80).position(|b| matches!(b, b'>' | b'<' | b'\n'))?;
        (bytes[at + tag] == b'>' && tag > 0 && bytes[at + tag - 1] != b'/' && bytes[at + tag - 1] != b'='
            || bytes[at + tag] == b'>' && tag == 0)
            .then(|| slot(at + tag + 1, Join::Element))
            .flatten()
    })
}

/// Names of the property that holds the value beside a name.
#[rustfmt::skip]
pub(super) const VALUE_NAMES: &[&[u8]] = &[
    b"value", b"defaultvalue", b"default", b"val", b"content", b"stringvalue", b"string", b"secret_value", b"example",
    b"current", b"const",
];

/// Finds `value` and its operator within a few attributes or lines after a name.
pub(super) fn sibling(bytes: &[u8], from: usize) -> Option<usize> {
    let window = &bytes[..bytes.len().min(from + 110)];
    let mut at = from;
    let mut words = 0;
    while at < window.len() && words < 8 {
        let byte = window[at];
        if matches!(byte, b'{' | b'}' | b'<' | b'>' | b'(' | b')') {
            return None;
        }
        if !byte.is_ascii_alphabetic() {
            at += 1;
            continue;
        }
        let len = window[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let word = &window[at..at + len];
        at += len;
        words += 1;
        if !VALUE_NAMES.iter().any(|v| v.eq_ignore_ascii_case(word)) {
            continue;
        }
        let escapes = window[at..].iter().take(7).take_while(|b| **b == b'\\').count();
        let close =
            if matches!(window.get(at + escapes), Some(b'"' | b'\'' | b'`')) { escapes + 1 } else { 0 };
        let operator = skip_blanks(window, at + close);
        match window.get(operator) {
            Some(b'=') => return Some(operator + 1 + usize::from(window.get(operator + 1) == Some(&b'>'))),
            Some(b':') => return Some(operator + 1),
            _ => {}
        }
    }
    None
}

/// `variable "name" { … default = "…"`: the name is a block's label.
fn terraform_default(bytes: &[u8], at: usize) -> Option<Slot> {
    let brace = skip_blanks(bytes, at);
    if bytes.get(brace) != Some(&b'{') {
        return None;
    }
    let found = memchr::memmem::find(&bytes[brace..], b"default")? + brace + b"default".len();
    let operator = skip_blanks(bytes, found);
    (bytes.get(operator) == Some(&b'=')).then_some(Slot {
        at: operator + 1,
        join: Join::Sibling,
        quoted_name: true,
    })
}

/// `<name>value`, `<ns:name attr="…">value`.
fn element(bytes: &[u8], at: usize) -> Option<Slot> {
    let close = bytes[at..].iter().position(|b| matches!(b, b'>' | b'<' | b'\n'))?;
    if bytes[at + close] != b'>' {
        return None;
    }
    if close > 0 {
        if bytes[at + close - 1] == b'/' || !bytes[at].is_ascii_whitespace() {
            return None;
        }
        if let Some(value) = sibling(&bytes[..at + close], at) {
            return Some(Slot { at: value, join: Join::Sibling, quoted_name: false });
        }
    }
    Some(Slot { at: at + close + 1, join: Join::Element, quoted_name: false })
}

/// `<key>name</key><string>value`: the element after the one that holds the name.
fn sibling_element(bytes: &[u8], at: usize) -> Option<Slot> {
    let close = bytes[at..].iter().take(48).position(|b| *b == b'>')? + at + 1;
    let open = skip_space(bytes, close);
    if bytes.get(open) != Some(&b'<') || bytes.get(open + 1).is_none_or(|b| !b.is_ascii_alphabetic()) {
        return None;
    }
    let end = bytes[open..].iter().take(48).position(|b| *b == b'>')? + open;
    (bytes[end - 1] != b'/').then_some(Slot { at: end + 1, join: Join::Element, quoted_name: false })
}
