//! Columns of tables that are named like a credential, and what stands in their rows.
//!
//! Digests of passwords are findings of their own kind, by the column's name where nothing in them says what they are;
//! those with the mark of a scheme have their own detector.

use std::ops::Range;

use super::super::Syntax;
use super::super::assign;
use super::super::hit::{Hit, Text};
use super::{digest, push_named, sql};
use crate::value::digest::{has_plain_form, is_plain};

/// The rule of a column of a SQL table that is named like a password.
pub(super) const SQL: &str = "sql-password";

/// The rule of a column of tokens.
const TOKEN: &str = "generic-token";

/// A column named like a credential.
#[derive(Debug)]
pub(super) struct Column {
    /// Its number among the statement's columns, from 0.
    pub(super) at: usize,
    name: Range<usize>,
    rule: &'static str,
    is_password: bool,
}

impl Column {
    /// The column that is written as `bytes[name]`; none if its name says nothing. `password` is the rule of passwords.
    fn of(bytes: &[u8], at: usize, name: &Range<usize>, password: &'static str) -> Option<Self> {
        let inside = &bytes[name.clone()];
        let mark = |b: &u8| matches!(b, b'`' | b'"' | b'[' | b']' | b'\'' | b'\\' | b'*');
        let start = name.start + inside.iter().position(|b| !mark(b))?;
        let end = name.start + inside.iter().rposition(|b| !mark(b))? + 1;
        let rule = match assign::rule_of_name(&bytes[start..end]) {
            Some("generic-password") => password,
            Some(rule) => rule,
            None => assign::names_password_digest(&bytes[start..end]).then_some(digest::RULE)?,
        };
        Some(Self { at, name: start..end, rule, is_password: rule == password })
    }

    /// Those among `names`, the columns of a statement, that say something.
    pub(super) fn all(bytes: &[u8], names: &[Range<usize>], password: &'static str) -> Vec<Self> {
        names.iter().enumerate().filter_map(|(at, name)| Self::of(bytes, at, name, password)).collect()
    }

    /// True for a column of passwords, false for one of tokens, keys or digests.
    pub(super) fn is_password(&self) -> bool {
        self.is_password
    }

    /// Records the value of one row.
    pub(super) fn push(&self, text: Text<'_>, span: Range<usize>, hits: &mut Vec<Hit>) {
        let value = &text.bytes[span.clone()];
        if (self.is_password || self.rule == digest::RULE) && (is_plain(value) || sql::is_digest(value)) {
            let (key, syntax) = (Some(self.name.clone()), Syntax::Field);
            hits.push(Hit::new(digest::RULE, span, key, syntax));
        } else if self.rule != digest::RULE && !is_digest(value, self.rule == TOKEN) {
            push_named(text, hits, self.rule, span, self.name.clone(), Syntax::Field);
        }
    }
}

/// What a hash function gives, with the mark of a scheme or in a column of something else than passwords. A token of
/// hexadecimal digits (Django REST framework's) is as long as a digest.
fn is_digest(value: &[u8], is_token: bool) -> bool {
    let marked = digest::DETECTOR
        .anchors
        .iter()
        .any(|mark| value.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark.as_bytes())));
    // `$scheme$…`, known or not.
    let modular = value.first() == Some(&b'$')
        && value
            .iter()
            .skip(1)
            .take(12)
            .position(|b| !b.is_ascii_alphanumeric())
            .is_some_and(|at| value[at + 1] == b'$');
    let body = value.strip_prefix(b"*").or_else(|| value.strip_prefix(b"0x")).unwrap_or(value);
    marked || modular || !is_token && has_plain_form(body)
}
