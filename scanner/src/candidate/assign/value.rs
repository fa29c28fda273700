//! The right-hand side: literals, wrappers, defaults of look-ups, lists, blocks, values on the next line.

use std::ops::Range;

use super::bare;
use super::embedded;
use super::language::Family;
use super::literal::{self, Literal};
use super::operator::{Join, Slot, VALUE_NAMES, sibling, skip_blanks, skip_space};
use crate::candidate::Syntax;
use crate::reason::Reason;

/// How much of an expression is searched for its literal, in bytes.
const EXPRESSION: usize = 240;
/// At most this many elements of a list are taken.
const MOST_ELEMENTS: usize = 8;
/// A line of YAML that is indented further is none.
const LONGEST_INDENT: usize = 120;

/// A value found for a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub span: Range<usize>,
    pub syntax: Syntax,
    pub dropped: Option<Reason>,
}

/// Appends the values that stand at `slot`.
pub(super) fn read(bytes: &[u8], name: &Range<usize>, slot: Slot, family: Family, values: &mut Vec<Value>) {
    let quoted = match slot.join {
        Join::Call | Join::Pair => Syntax::Argument,
        Join::Element => Syntax::Markup,
        Join::Sibling if family == Family::Markup => Syntax::Markup,
        _ => Syntax::Quoted,
    };
    if slot.join == Join::Element {
        return element(bytes, name, slot.at, family, values);
    }
    let mut at = skip_blanks(bytes, slot.at);
    if matches!(bytes.get(at), Some(b'|' | b'>')) && matches!(slot.join, Join::Colon | Join::Sibling) {
        return yaml_block(bytes, at, values);
    }
    if slot.join == Join::Equals && family == Family::Code {
        at = skip_to_own(bytes, name, at);
    }
    let own_line = at;
    if may_continue(slot.join) {
        at = next_line(bytes, at);
    }
    if let Some(found) = literal::at(bytes, at) {
        if slot.join == Join::Call && !closes_call(bytes, found.end) {
            return;
        }
        if is_key(bytes, &found, slot.join) {
            return;
        }
        return push(found, quoted, values);
    }
    if at != own_line {
        if family == Family::Yaml && slot.join == Join::Colon && yaml_property(bytes, name, at, values) {
            return;
        }
        // On the next line only a literal or a list counts: anything else is the next statement.
        if matches!(bytes.get(at), Some(b'-')) && bytes.get(at + 1) == Some(&b' ') && family == Family::Yaml {
            yaml_list(bytes, at, values);
        }
        // `name=\` goes on with the next line, without its indentation.
        if family == Family::Properties
            && bytes[own_line] == b'\\'
            && let Some(found) = bare::read(bytes, name, at, slot.join, family)
        {
            values.push(found);
        }
        return;
    }
    // `curl -H 'Apitoken: {"sig": "25ae…"}'`; the name of an object's own member is quoted.
    if bytes.get(at) == Some(&b'{')
        && matches!(family, Family::Shell | Family::Prose)
        && bytes.get(name.end) == Some(&b':')
        && let Some(len) = memchr::memchr(b'}', &bytes[at..bytes.len().min(at + EXPRESSION)])
        && let Some(span) = embedded::drawn(bytes, &(at..at + len))
    {
        return values.push(Value { span, syntax: quoted, dropped: None });
    }
    if matches!(bytes.get(at), Some(b'[' | b'{' | b'(')) {
        let before = values.len();
        // `"password": {"type": "string", "default": "x"}`
        let property = sibling(bytes, at + 1).filter(|_| bytes[at] == b'{');
        match property.and_then(|property| literal::at(bytes, skip_space(bytes, property))) {
            Some(found) => push(found, quoted, values),
            None => list(bytes, at + 1, quoted, values),
        }
        if values.len() > before {
            return;
        }
    }
    if slot.join == Join::Pair || slot.join == Join::Call {
        return expression(bytes, at, quoted, values);
    }
    let before = values.len();
    // `PASSWORD=x` without blanks is a word of a command line, not an expression.
    let word = matches!(family, Family::Shell | Family::Prose) && at == slot.at && slot.join == Join::Equals;
    if !word && !matches!(slot.join, Join::Prose | Join::Default) && !is_rest_of_line(family, slot.join) {
        expression(bytes, at, quoted, values);
    }
    if values.len() == before
        && slot.join != Join::Compare
        && let Some(found) = bare::read(bytes, name, slot.at, slot.join, family)
    {
        values.push(found);
    }
}

/// In `user, password = "x", "y"` the second literal belongs to the second name: skips the literals of the names
/// before this one.
fn skip_to_own(bytes: &[u8], name: &Range<usize>, at: usize) -> usize {
    let floor = name.start.saturating_sub(80);
    let line = &bytes[floor..name.start];
    let line = &line[memchr::memrchr(b'\n', line).map_or(0, |at| at + 1)..];
    let names = line.trim_ascii_end().ends_with(b",")
        && line.iter().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b',' | b' ' | b'\t' | b'.' | b'$' | b'@')
        });
    if !names {
        return at;
    }
    let mut cursor = at;
    for _ in 0..memchr::memchr_iter(b',', line).count() {
        let Some(found) = literal::at(bytes, cursor) else { return at };
        let comma = skip_blanks(bytes, found.end);
        if bytes.get(comma) != Some(&b',') {
            return at;
        }
        cursor = skip_blanks(bytes, comma + 1);
    }
    cursor
}

/// A value may begin on the line after the operator.
fn may_continue(join: Join) -> bool {
    matches!(join, Join::Equals | Join::Colon | Join::Call | Join::Pair | Join::Sibling)
}

/// In these formats an unquoted rest of the line is the value, not an expression.
fn is_rest_of_line(family: Family, join: Join) -> bool {
    matches!(family, Family::Yaml | Family::Properties) && matches!(join, Join::Colon | Join::Equals)
        || family == Family::Prose && join == Join::Colon
}

/// The start of the next line's text if only blanks (and a line continuation) stand before the line break.
fn next_line(bytes: &[u8], at: usize) -> usize {
    let mut cursor = at;
    if bytes.get(cursor) == Some(&b'\\') {
        cursor += 1;
    }
    if !matches!(bytes.get(cursor), Some(b'\n' | b'\r')) {
        return at;
    }
    let limit = bytes.len().min(cursor + 120);
    while cursor < limit && bytes[cursor].is_ascii_whitespace() {
        cursor += 1;
    }
    cursor
}

fn push(found: Literal, syntax: Syntax, values: &mut Vec<Value>) {
    let syntax = if found.block { Syntax::Block } else { syntax };
    values.push(Value { span: found.span, syntax, dropped: None });
}

/// After the only (or first) argument of a setter.
fn closes_call(bytes: &[u8], end: usize) -> bool {
    matches!(bytes.get(skip_space(bytes, end)), Some(b')' | b',' | b'.' | b'+'))
}

/// True if the literal is itself a name: `{"password": …}` after `auth:` on the next line.
fn is_key(bytes: &[u8], found: &Literal, join: Join) -> bool {
    let next = skip_blanks(bytes, found.end);
    join != Join::Default
        && match bytes.get(next) {
            Some(b':') => bytes.get(next + 1) != Some(&b':') && !matches!(join, Join::Compare),
            Some(b'=') => bytes.get(next + 1) == Some(&b'>'),
            _ => false,
        }
}

/// The text of an element, quoted or not, in a `<value>` of its own (Spring, .NET) or in a CDATA section.
fn element(bytes: &[u8], name: &Range<usize>, at: usize, family: Family, values: &mut Vec<Value>) {
    let window = &bytes[..bytes.len().min(at + 120)];
    let mut start = skip_space(window, at);
    let mut at = at;
    if window[start..].starts_with(b"<value>") {
        at = start + b"<value>".len();
        start = skip_space(window, at);
    }
    if let Some(inner) = bytes[start..].strip_prefix(b"<![CDATA[") {
        let window = &inner[..inner.len().min(literal::LONGEST)];
        if let Some(len) = memchr::memmem::find(window, b"]]>") {
            let begin = start + 9;
            values.push(Value { span: begin..begin + len, syntax: Syntax::Markup, dropped: None });
        }
        return;
    }
    if let Some(found) = literal::at(bytes, start) {
        return push(found, Syntax::Markup, values);
    }
    values.extend(bare::read(bytes, name, at, Join::Element, family));
}

/// A YAML block scalar: the value is the first line of the block.
fn yaml_block(bytes: &[u8], at: usize, values: &mut Vec<Value>) {
    let head = &bytes[at..bytes.len().min(at + 120)];
    let Some(line) = memchr::memchr(b'\n', head) else { return };
    if !head[1..line].iter().all(|b| matches!(b, b'-' | b'+' | b' ' | b'\t' | b'\r' | b'0'..=b'9')) {
        return;
    }
    let start = skip_space(&bytes[..bytes.len().min(at + 400)], at + line);
    let rest = &bytes[start..bytes.len().min(start + literal::LONGEST)];
    let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    // A mapping in the block is configuration of its own, found by its own names.
    if end > 0 && memchr::memmem::find(&rest[..end], b": ").is_none() {
        values.push(Value {
            span: start..start + rest[..end].trim_ascii_end().len(),
            syntax: Syntax::Block,
            dropped: None,
        });
    }
}

/// The value among the properties below a name, `default: x` or `value: x`; `at` is the first one. True if they were
/// properties.
fn yaml_property(bytes: &[u8], name: &Range<usize>, at: usize, values: &mut Vec<Value>) -> bool {
    let column = |at: usize| {
        let line = &bytes[at.saturating_sub(LONGEST_INDENT)..at];
        line.len() - memchr::memrchr(b'\n', line).map_or(0, |end| end + 1)
    };
    let depth = column(at);
    if depth <= column(name.start) {
        return false;
    }
    let mut cursor = at;
    for _ in 0..MOST_ELEMENTS {
        let rest = &bytes[cursor..bytes.len().min(cursor + 512)];
        let line = &rest[..memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())];
        let Some(colon) = memchr::memchr(b':', line) else { return cursor > at };
        if VALUE_NAMES.iter().any(|known| known.eq_ignore_ascii_case(&line[..colon])) {
            let start = skip_blanks(bytes, cursor + colon + 1);
            if let Some(found) = literal::at(bytes, start) {
                push(found, Syntax::Quoted, values);
            } else {
                values.extend(bare::read(bytes, name, start, Join::Colon, Family::Yaml));
            }
            return true;
        }
        let next = skip_space(&bytes[..bytes.len().min(cursor + 640)], cursor + line.len());
        if next >= bytes.len() || column(next) != depth {
            return true;
        }
        cursor = next;
    }
    true
}

/// The scalars of a YAML list below a name.
fn yaml_list(bytes: &[u8], at: usize, values: &mut Vec<Value>) {
    let mut cursor = at;
    for _ in 0..MOST_ELEMENTS {
        if bytes.get(cursor) != Some(&b'-') || bytes.get(cursor + 1) != Some(&b' ') {
            return;
        }
        let start = skip_blanks(bytes, cursor + 2);
        let rest = &bytes[start..bytes.len().min(start + 512)];
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        if let Some(found) = literal::at(bytes, start) {
            push(found, Syntax::Quoted, values);
        } else if end > 0 && !rest[..end].iter().any(|b| matches!(b, b' ' | b':' | b'=' | b'{' | b'[')) {
            values.push(Value { span: start..start + end, syntax: Syntax::Bare, dropped: None });
        }
        cursor = skip_space(&bytes[..bytes.len().min(start + end + 80)], start + end);
    }
}

/// The literals of a list, a tuple or a mapping's values: `["a", "b"]`, `{0: "a"}`, `{"a", "b"}`.
fn list(bytes: &[u8], at: usize, syntax: Syntax, values: &mut Vec<Value>) {
    let limit = bytes.len().min(at + 1024);
    let window = &bytes[..limit];
    let mut cursor = at;
    for _ in 0..MOST_ELEMENTS {
        cursor = skip_space(window, cursor);
        // `value: "a"`
        let named = window[cursor.min(limit)..].strip_prefix(b"value:").map_or(0, |_| b"value:".len());
        cursor = if named > 0 { skip_space(window, cursor + named) } else { cursor };
        // `0: "a"`
        let digits = window[cursor.min(limit)..].iter().take(6).take_while(|b| b.is_ascii_digit()).count();
        if digits > 0 && matches!(window.get(cursor + digits), Some(b':')) {
            cursor = skip_space(window, cursor + digits + 1);
        }
        let Some(found) = literal::at(window, cursor) else { return };
        let next = skip_space(window, found.end);
        let after = window.get(next).copied();
        if matches!(after, Some(b':')) || matches!(after, Some(b'=')) {
            return;
        }
        push(found, syntax, values);
        if after != Some(b',') {
            return;
        }
        cursor = next + 1;
    }
}

/// Callees that turn a literal into the same value in another type, beside those that say so (`decode`, `string`).
#[rustfmt::skip]
const WRAPPERS: &[&[u8]] = &[
    b"str", b"from", b"some", b"of", b"secretstr", b"secret", b"bytearray", b"unhexlify", b"hex", b"atob",
    b"btoa", b"parse", b"valueof", b"new", b"text", b"quote", b"ptr", b"pointer", b"tochararray", b"box",
    b"just", b"literal", b"value", b"utf8", b"raw", b"sensitive", b"password", b"token", b"key", b"apikey",
    b"credential", b"uuid", b"secretkeyspec", b"b", b"s", b"u", b"h", b"to", b"hextobin", b"hex2bin",
    b"pack", b"into", b"default", b"field", b"strdup", b"cow", b"arc", b"rc", b"wrap", b"objectid", b"bin",
    b"buffer", b"data", b"array", b"parsehex", b"fromstr", b"byte", b"encrypt", b"pbkdf2",
];

/// Callees that look a value up by its first argument; a second one is the default.
#[rustfmt::skip]
const LOOKUPS: &[&[u8]] = &[
    b"getenv", b"get", b"env", b"fetch", b"getproperty", b"getstring", b"getordefault", b"getvalue",
    b"config", b"lookup", b"param", b"envor", b"getattr", b"setting", b"option", b"optional", b"environ",
    b"read", b"getenvordefault", b"variable", b"pop", b"value", b"input",
];

/// Finds the literal of an expression on the same line: in a wrapper (`new String("x")`), as the default of a
/// look-up (`getenv("X", "x")`), after `||`, `??`, `or`, `?` and `:`, or converted by a method.
fn expression(bytes: &[u8], at: usize, syntax: Syntax, values: &mut Vec<Value>) {
    let window = &bytes[..bytes.len().min(at + EXPRESSION)];
    let mut place = Place::default();
    let mut cursor = at;
    while let Some(&byte) = window.get(cursor) {
        match byte {
            b'"' | b'\'' | b'`' => {
                // A quote right after a word opens something else: `password=x" -d '…'`.
                let closes = place.after_word || ends_word(&window[at..cursor]);
                let found = if closes { None } else { literal::at(bytes, cursor) };
                let Some(found) = found else { return };
                if !place.skip {
                    return push(found, syntax, values);
                }
                cursor = found.end.max(cursor + 1);
                continue;
            }
            // `new[] { "x" }`, `[]string{"x"}`.
            b'{' => return list(bytes, cursor + 1, syntax, values),
            b if is_word_byte(b) => {
                let len = window[cursor..].iter().take_while(|b| is_word_byte(**b)).count();
                // A prefix belongs to its literal: `b"x"`, `r'x'`.
                if len <= 2
                    && !place.skip
                    && matches!(window.get(cursor + len), Some(b'"' | b'\''))
                    && let Some(found) = literal::at(bytes, cursor)
                {
                    return push(found, syntax, values);
                }
                place.pass_word(window, cursor..cursor + len);
                cursor += len;
                continue;
            }
            _ => {
                if !place.pass_mark(window, cursor) {
                    return;
                }
            }
        }
        cursor += 1;
    }
}

/// True if a word ends here with a mark that opens no string in any language: `"password=Kettle-41!", "x"`.
fn ends_word(before: &[u8]) -> bool {
    matches!(before, [.., word, b'!' | b'~' | b'^' | b'*'] if is_word_byte(*word))
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Where in an expression the reader is.
#[derive(Default)]
struct Place {
    /// The next literal is no value: an index, the argument of an unknown call, the name that is looked up.
    skip: bool,
    /// Inside a look-up, before its default.
    lookup: bool,
    /// Only blanks since the last word.
    after_word: bool,
    /// The last word.
    word: Range<usize>,
}

impl Place {
    fn pass_word(&mut self, window: &[u8], word: Range<usize>) {
        self.word = word;
        self.after_word = true;
        if matches!(
            &window[self.word.clone()],
            b"or" | b"else" | b"return" | b"new" | b"await" | b"SecureString"
        ) {
            *self = Self { word: self.word.clone(), ..Self::default() };
        }
    }

    /// Takes in a byte that is neither quote nor word; false if the expression ends there.
    fn pass_mark(&mut self, window: &[u8], at: usize) -> bool {
        let last = &window[self.word.clone()];
        match window[at] {
            b'(' => {
                // `decode("x")`: the last word before the parenthesis is the callee.
                let callee = callee(last);
                self.lookup = LOOKUPS.contains(&callee.as_slice());
                self.skip = self.lookup || !callee.is_empty() && !is_wrapper(&callee);
            }
            b'[' => self.skip = true,
            b'|' | b'?' | b',' if self.lookup || window[at] != b',' => {
                *self = Self { word: self.word.clone(), ..Self::default() };
            }
            b':' => self.skip &= window.get(at + 1) == Some(&b':') || window[at - 1] == b':',
            // `CharField(default="x")`
            b'=' if matches!(last, b"default" | b"value") && window.get(at + 1) != Some(&b'=') => {
                self.skip = false;
            }
            // Another argument, another name, a comment: the expression is over.
            b',' | b'}' | b'=' | b'\n' | b'\r' | b';' | b'#' => return false,
            _ => {}
        }
        self.after_word &= matches!(window[at], b' ' | b'\t');
        true
    }
}

/// True if a call of this callee gives its literal argument back in another form.
fn is_wrapper(callee: &[u8]) -> bool {
    WRAPPERS.contains(&callee)
        || [&b"decode"[..], b"encode", b"base64", b"bytes", b"string", b"fromhex"]
            .iter()
            .any(|part| memchr::memmem::find(callee, part).is_some())
}

/// A callee's name without case and underscores.
fn callee(word: &[u8]) -> Vec<u8> {
    word.iter().filter(|b| b.is_ascii_alphanumeric()).take(32).map(u8::to_ascii_lowercase).collect()
}
