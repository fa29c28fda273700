//! Tests that drive a browser: `page.fill('#password', 'x')`, `getByLabel('Password').fill('x')`,
//! `find_element(By.ID, "password").send_keys("x")`, `cy.get('#password').type('x')`, `fill_in 'Password', with: 'x'`.
//!
//! What names the field is the first of two arguments, or what the call stands on: the statement to the left.

use std::ops::Range;

use super::super::Syntax;
use super::super::assign::rule_of_name;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push_named, reach};

const RULE: &str = "generic-password";
/// How far to the left of a call its field is looked for, in bytes.
const STATEMENT: usize = 160;
/// Keys that are pressed after the text: Cypress writes them into it.
const PRESSED: &[u8] = b"{enter}";

/// Calls that type a text into a field.
pub(super) const DETECTOR: CodeDetector = CodeDetector {
    anchors: &[
        ".fill(",
        ".type(",
        ".send_keys(",
        ".sendkeys(",
        ".presssequentially(",
        ".settext(",
        ".setvalue(",
        ".typetext(",
        ".entertext(",
    ],
    binary: false,
    find,
};

/// Capybara's `fill_in`.
pub(super) const FILL_IN: CodeDetector =
    CodeDetector { anchors: &["fill_in ", "fill_in("], binary: false, find: fill_in };

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let (arguments, _) = reach::arguments(bytes, anchor.end);
    let mut strings = arguments.iter().filter_map(|argument| reach::string_argument(bytes, argument));
    let Some(first) = strings.next().filter(|first| first.start <= anchor.end + 2) else { return };
    if let Some(second) = strings.next()
        && let Some(field) = field(bytes, &first)
    {
        return record(text, second, field, hits);
    }
    let floor = reach::line_start(bytes, anchor.start).max(anchor.start.saturating_sub(STATEMENT));
    let left = &bytes[floor..anchor.start];
    let start = left.iter().rposition(|b| *b == b';').map_or(floor, |at| floor + at + 1);
    if let Some(field) = field(bytes, &(start..anchor.start)) {
        record(text, first, field, hits);
    }
}

fn fill_in(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let Some(label) = reach::quoted(bytes, reach::blanks(bytes, anchor.end)) else { return };
    let Some(field) = field(bytes, &label.span) else { return };
    let roof = reach::line_end(bytes, label.end).min(label.end + STATEMENT);
    let Some(with) = reach::find(bytes, label.end..roof, b"with") else { return };
    let at = reach::skip(bytes, with + 4, |b| matches!(b, b' ' | b':' | b'=' | b'>'));
    if let Some(value) = reach::quoted(bytes, at) {
        record(text, value.span, field, hits);
    }
}

/// The last word of a selector, a label or an expression that alone says credential: `password` in `#password`,
/// `input[type=password]`, `By.id("user_password")`, `passwordField`.
fn field(bytes: &[u8], span: &Range<usize>) -> Option<Range<usize>> {
    let mut end = span.end;
    while end > span.start {
        let word_end =
            bytes[span.start..end].iter().rposition(|b| reach::is_word(*b) || *b == b'-')? + span.start + 1;
        let start = bytes[span.start..word_end]
            .iter()
            .rposition(|b| !(reach::is_word(*b) || *b == b'-'))
            .map_or(span.start, |at| span.start + at + 1);
        if names_password(&bytes[start..word_end]) {
            return Some(start..word_end);
        }
        end = start;
    }
    None
}

/// `password`, `user_password`, `passwordField`, `pw_input`; not `password-hint`.
fn names_password(word: &[u8]) -> bool {
    const FIELDS: [&[u8]; 5] = [b"field", b"input", b"box", b"element", b"textbox"];
    let lower = word.to_ascii_lowercase();
    let stem =
        FIELDS.iter().find_map(|end| lower.strip_suffix(*end)).map_or(word, |stem| &word[..stem.len()]);
    let stem = stem.strip_suffix(b"_").or_else(|| stem.strip_suffix(b"-")).unwrap_or(stem);
    !stem.is_empty() && rule_of_name(stem) == Some(RULE)
}

fn record(text: Text<'_>, value: Range<usize>, field: Range<usize>, hits: &mut Vec<Hit>) {
    let inside = &text.bytes[value.clone()];
    let typed = inside.strip_suffix(PRESSED).unwrap_or(inside).len();
    push_named(text, hits, RULE, value.start..value.start + typed, field, Syntax::Argument);
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn texts_of_password_fields_are_found() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("await page.fi~ll('#password', 'PWD1');", &["PWD1"]),
                ("await page.getByLabel('Password').fi~ll('PWD1');", &["PWD1"]),
                ("page.locator('input[name=\"user_password\"]').fi~ll(\"PWD1\")", &["PWD1"]),
                ("cy.get('input[type=password]').clear().ty~pe('PWD1{enter}')", &["PWD1"]),
                ("driver.find_element(By.ID, \"passwd\").send_~keys(\"PWD1\", Keys.ENTER)", &["PWD1"]),
                ("passwordField.sendK~eys(\"PWD1\");", &["PWD1"]),
            ],
        );
        check(
            &FILL_IN,
            RULE,
            &[
                ("fill_i~n 'Password', with: 'PWD1'", &["PWD1"]),
                ("fill_i~n('user[password]', with: \"PWD1\")", &["PWD1"]),
            ],
        );
    }

    #[test]
    fn other_fields_give_none() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("page.fi~ll('#user', 'PWD1')", &[]),
                ("page.fi~ll('#password', password)", &[]),
                ("login('#password'); search.fi~ll('PWD1')", &[]),
                ("page.locator('#password-hint').fi~ll('PWD1')", &[]),
                ("array.fi~ll(0)", &[]),
            ],
        );
        check(&FILL_IN, RULE, &[("fill_i~n 'Search', with: 'PWD1'", &[])]);
    }
}
