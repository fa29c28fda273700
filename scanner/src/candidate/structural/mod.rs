//! Places where the syntax itself wants a credential: URL user-info, connection strings, headers, flags, SQL,
//! password files, directives, positional arguments, rows of tables and CSV files, defaults of flags and variables.
//!
//! Each detector wakes at an anchor of the prefilter and reads a bounded stretch around it ([`reach`]). A value that
//! certainly is not there (empty, `${X}`, a form) is recorded as dropped; everything else is the judge's question.
//! Names bound to values (`password = …`) belong to `candidate::assign`, tokens with a prefix to provider rules.

mod absent;
pub(crate) mod basic;
mod browser;
mod call;
mod column;
mod command;
mod connection;
mod copy;
mod declare;
mod digest;
mod directive;
mod fallback;
mod flag;
mod grid;
mod header;
mod insert;
pub(crate) mod known_file;
mod login_file;
mod query;
mod reach;
mod record;
mod reversible;
#[cfg(test)]
mod sample;
mod sql;
mod table;
mod url;

use std::ops::Range;

use super::Syntax;
use super::hit::{CodeDetector, Hit, Text};
use super::negative;
use crate::reason::Reason;

pub use table::Tables;

/// All structural detectors; the engine wakes each at its own anchors.
pub const DETECTORS: &[CodeDetector] = &[
    url::DETECTOR,
    url::ENCODED,
    url::CONDA,
    query::DETECTOR,
    connection::KEY_VALUE,
    connection::DRIVER_DSN,
    connection::ORACLE,
    basic::SCHEME,
    basic::DOCKER_AUTH,
    header::BEARER,
    header::AUTHORIZATION,
    header::CUSTOM,
    flag::DETECTOR,
    command::DETECTOR,
    command::PIPELINE,
    command::DIALOGUE,
    command::NET_USE,
    declare::DETECTOR,
    fallback::DETECTOR,
    insert::DETECTOR,
    copy::DETECTOR,
    grid::RULED,
    sql::STATEMENT,
    sql::IDENTIFIED,
    sql::FUNCTION,
    login_file::NETRC,
    login_file::NPMRC,
    digest::DETECTOR,
    digest::NAMED,
    directive::DETECTOR,
    directive::JAAS,
    reversible::FILEZILLA,
    reversible::MARKED,
    reversible::CISCO,
    reversible::UNATTEND,
    browser::DETECTOR,
    browser::FILL_IN,
    record::SECRET_TYPE,
    record::RANDOM_PASSWORD,
    call::DETECTOR,
    call::CURL_OPTION,
    call::WITHOUT_BRACKETS,
    call::OMNIAUTH,
];

/// Records `span` under `rule`; values that are not there are recorded as dropped.
fn push(
    text: Text<'_>,
    hits: &mut Vec<Hit>,
    rule: &'static str,
    span: Range<usize>,
    key: Option<Range<usize>>,
    syntax: Syntax,
) {
    if span.is_empty() {
        return;
    }
    let value = &text.bytes[span.clone()];
    let prose = text.path.is_prose() || text.path.example;
    let named = key.clone().is_some_and(|key| absent::is_sample_login(&text.bytes[key], value, prose));
    let dropped = if named { Some(Reason::Placeholder) } else { absent::of(value) };
    hits.push(Hit { dropped, ..Hit::new(rule, span, key, syntax) });
}

/// Records `span`, a string of code or SQL that a name says is a credential; what the cheap negatives know is recorded
/// as dropped.
fn push_named(
    text: Text<'_>,
    hits: &mut Vec<Hit>,
    rule: &'static str,
    span: Range<usize>,
    name: Range<usize>,
    syntax: Syntax,
) {
    if span.is_empty() {
        return;
    }
    let (value, key) = (&text.bytes[span.clone()], &text.bytes[name.clone()]);
    let dropped = negative::of_value(value, Some(key), Syntax::Quoted, text);
    hits.push(Hit { dropped, ..Hit::new(rule, span, Some(name), syntax) });
}

/// The first column of a table, as a detector's anchors.
const fn names<T, const N: usize>(table: &[(&'static str, T)]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut n = 0;
    while n < N {
        names[n] = table[n].0;
        n += 1;
    }
    names
}
