//! Passwords in SQL statements that create or change users, and in the `PASSWORD('…')` function.

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push, reach};
use crate::value::digest;

const RULE: &str = "sql-password";
/// How far a statement is followed.
const STATEMENT_LEN: usize = 512;

/// `CREATE USER … PASSWORD 'x'` and relatives.
pub(super) const STATEMENT: CodeDetector = CodeDetector {
    anchors: &[
        "create user",
        "alter user",
        "create role",
        "alter role",
        "create login",
        "alter login",
        "create group",
        "create master key",
        "create database link",
        "create user mapping",
        "create application role",
        "set password",
        "change master to",
        "change replication source to",
        "master_password",
        "sp_addlogin",
        "sp_password",
    ],
    binary: false,
    find: statement,
};

/// `IDENTIFIED BY 'x'`.
pub(super) const IDENTIFIED: CodeDetector =
    CodeDetector { anchors: &["identified by", "identified with"], binary: false, find: identified };

/// `PASSWORD('x')`.
pub(super) const FUNCTION: CodeDetector = CodeDetector {
    anchors: &["password('", "password(\"", "password(\\\"", "password(\\'"],
    binary: false,
    find: function,
};

fn statement(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let roof = bytes.len().min(anchor.end + STATEMENT_LEN);
    let end = memchr::memchr(b';', &bytes[anchor.end..roof]).map_or(roof, |n| anchor.end + n);
    let head = &bytes[anchor.clone()];
    if head.eq_ignore_ascii_case(b"sp_addlogin") || head.eq_ignore_ascii_case(b"sp_password") {
        return procedure(text, anchor.end, hits);
    }
    // `SET PASSWORD FOR 'u'@'h' = 'x'`, `MASTER_PASSWORD = 'x'`: the word is the anchor's own.
    let own = head.to_ascii_lowercase().ends_with(b"password").then(|| anchor.end - 8);
    let Some(word) = own.or_else(|| reach::find(bytes, anchor.end..end, b"password")) else { return };
    if own.is_none()
        && (reach::is_word(reach::before(bytes, word)) && !reach::continues(bytes, word - 7, b"source_"))
        && !reach::continues(bytes, word.saturating_sub(7), b"master_")
    {
        return;
    }
    let mut at = reach::space(bytes, word + 8);
    if reach::continues(bytes, at, b"for ") {
        let Some(equals) = memchr::memchr(b'=', &bytes[at..end.max(at)]) else { return };
        at += equals;
    }
    if bytes.get(at) == Some(&b'=') {
        at = reach::space(bytes, at + 1);
    }
    let at = at + usize::from(bytes.get(at) == Some(&b'N') && bytes.get(at + 1) == Some(&b'\''));
    if let Some(value) = reach::quoted(bytes, at) {
        // `UPDATE t SET password = '…'` is a column, which holds digests without a mark as well.
        let column = own.is_some() && is_update(bytes, anchor.start);
        if column && digest::is_plain(&bytes[value.span.clone()]) {
            push(text, hits, super::digest::RULE, value.span, Some(word..word + 8), Syntax::Field);
        } else {
            record(text, value.span, word..word + 8, hits);
        }
    }
}

/// True if `UPDATE`, a table and nothing else stand before `at`.
fn is_update(bytes: &[u8], at: usize) -> bool {
    let blank = reach::skip_back(bytes, at, |b| b.is_ascii_whitespace());
    let table = reach::skip_back(bytes, blank, |b| reach::is_word(b) || b"`\".[]\\".contains(&b));
    let blank = reach::skip_back(bytes, table, |b| b.is_ascii_whitespace());
    table > blank && blank >= 6 && reach::continues(bytes, blank - 6, b"update")
}

/// `sp_addlogin 'user', 'password'`.
fn procedure(text: Text<'_>, at: usize, hits: &mut Vec<Hit>) {
    let (arguments, _) = reach::arguments(text.bytes, reach::blanks(text.bytes, at));
    let Some(argument) = arguments.get(1) else { return };
    let first_line = argument.start..argument.end.min(reach::line_end(text.bytes, argument.start));
    if let Some(literal) = reach::quoted(
        text.bytes,
        first_line.start + usize::from(text.bytes.get(first_line.start) == Some(&b'N')),
    ) {
        push(text, hits, RULE, literal.span, None, Syntax::Field);
    }
}

fn identified(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let mut at = reach::space(bytes, anchor.end);
    if bytes[anchor.clone()].to_ascii_lowercase().ends_with(b"with") {
        // `WITH plugin BY 'x'`, `WITH plugin AS 'digest'`.
        let plugin = reach::literal(bytes, at, b";").map_or(at, |literal| literal.end);
        at = reach::space(bytes, plugin);
        if !(reach::continues(bytes, at, b"by ") || reach::continues(bytes, at, b"as ")) {
            return;
        }
        at = reach::space(bytes, at + 3);
    }
    for word in [&b"password "[..], b"values "] {
        if reach::continues(bytes, at, word) {
            at = reach::space(bytes, at + word.len());
        }
    }
    let Some(value) = reach::literal(bytes, at, b";,)").filter(|_| bytes.get(at) != Some(&b'`')) else {
        return;
    };
    // Oracle takes the password bare; prose and concatenations go on differently.
    let bare = || {
        value.span.len() >= 4
            && bytes[value.span.clone()].iter().all(|&b| reach::is_word(b) || b"$#&{}".contains(&b))
            && in_statement(bytes, &anchor)
    };
    if value.quoted || bare() {
        record(text, value.span, anchor, hits);
    }
}

/// Bare values are taken only in a statement: `CREATE`, `ALTER` or `GRANT` before on the same or the previous line.
fn in_statement(bytes: &[u8], anchor: &Range<usize>) -> bool {
    let from = anchor.start.saturating_sub(160);
    [&b"create "[..], b"alter ", b"grant "]
        .iter()
        .any(|word| reach::find(bytes, from..anchor.start, word).is_some())
}

fn function(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let start = reach::skip_back(bytes, anchor.start, reach::is_word);
    let lead = reach::before(bytes, start);
    if start != anchor.start && !reach::continues(bytes, start, b"old_")
        || !matches!(lead, b' ' | b'=' | b',' | b'(' | b'\t')
    {
        return;
    }
    let line = reach::line_start(bytes, anchor.start)..anchor.start;
    let sql = [&b"set "[..], b"update ", b"values", b"insert ", b"identified", b"select "];
    if !sql.iter().any(|word| reach::find(bytes, line.clone(), word).is_some()) {
        return;
    }
    let open = anchor.start + 9;
    if let Some(value) =
        reach::quoted(bytes, open).filter(|value| bytes.get(reach::blanks(bytes, value.end)) == Some(&b')'))
    {
        record(text, value.span, anchor.start..anchor.start + 8, hits);
    }
}

fn record(text: Text<'_>, value: Range<usize>, key: Range<usize>, hits: &mut Vec<Hit>) {
    let rule = if is_digest(&text.bytes[value.clone()]) { super::digest::RULE } else { RULE };
    push(text, hits, rule, value, Some(key), Syntax::Field);
}

/// `*` and 40 hex digits (`MySQL`), `md5` and 32 (`PostgreSQL`), SCRAM verifiers, hex blobs of SQL Server and Oracle.
pub(super) fn is_digest(value: &[u8]) -> bool {
    let hex = |rest: &[u8]| rest.iter().all(u8::is_ascii_hexdigit);
    match value {
        [b'*', rest @ ..] => rest.len() == 40 && hex(rest),
        [b'm', b'd', b'5', rest @ ..] => rest.len() == 32 && hex(rest),
        [b'0', b'x', rest @ ..] => rest.len() >= 32 && hex(rest),
        [b'S', b':', rest @ ..] => rest.len() >= 40 && rest.iter().take(40).all(u8::is_ascii_hexdigit),
        _ => {
            value.starts_with(b"SCRAM-SHA-") || value.starts_with(b"$A$0") || value.len() == 16 && hex(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn statements_with_passwords_are_found() {
        check(
            &STATEMENT,
            RULE,
            &[
                ("CREATE~ USER app WITH ENCRYPTED PASS~WORD 'PWD1';", &["PWD1"]),
                ("alter~ user postgres\n  with pass~word 'PWD1'", &["PWD1"]),
                ("CREATE~ LOGIN x WITH PASSWORD = N'PWD1', CHECK_POLICY=OFF", &["PWD1"]),
                ("SET~ PASSWORD FOR 'u'@'h' = 'PWD1'", &["PWD1"]),
                ("SET~ PASSWORD = 'PWD1'", &["PWD1"]),
                ("CHANGE~ MASTER TO MASTER_HOST='h', MASTER~_PASSWORD='PWD1'", &["PWD1"]),
                ("psql -c \"CREATE~ ROLE a LOGIN PASS~WORD 'PWD1'\"", &["PWD1"]),
                ("CREATE~ USER a; -- password 'PWD1'", &[]),
                ("create~ users page, password_field 'PWD1'", &[]),
            ],
        );
    }

    #[test]
    fn a_digest_that_a_column_is_set_to_is_a_password_hash() {
        let digest = "5f4dcc3b5aa765d6".repeat(2);
        let text = format!("UPDATE users SET~ password='{digest}' WHERE id=1;");
        check(&STATEMENT, super::super::digest::RULE, &[(&text, &[&digest])]);
        let text = format!("ALTER~ USER bob SET~ PASSWORD = '{digest}'");
        check(&STATEMENT, RULE, &[(&text, &[&digest])]);
        check(&STATEMENT, RULE, &[("update `shop`.`users` set~ password = 'PWD1'", &["PWD1"])]);
    }

    #[test]
    fn identified_by_takes_a_literal() {
        check(
            &IDENTIFIED,
            RULE,
            &[
                ("GRANT ALL ON x.* TO 'a'@'%' IDENTIFIED~ BY 'PWD1';", &["PWD1"]),
                ("\"CREATE USER a IDENTIFIED~ BY \\\"PWD1\\\"\"", &["PWD1"]),
                ("CREATE USER a IDENTIFIED~ WITH mysql_native_password BY 'PWD1'", &["PWD1"]),
                ("CREATE USER scott IDENTIFIED~ BY walrus77;", &["walrus77"]),
                ("people identified~ by their name", &[]),
                ("'IDENTIFIED~ BY ' + pw", &[]),
            ],
        );
        check_dropped(&IDENTIFIED, &["IDENTIFIED~ BY '${PW}'", "IDENTIFIED~ BY '%s'"]);
    }

    #[test]
    fn digests_are_told_from_passwords() {
        let digest = format!("*{}", "0123456789ABCDEF0123".repeat(2));
        let line = format!("IDENTIFIED~ BY PASSWORD '{digest}'");
        check(&IDENTIFIED, super::super::digest::RULE, &[(&line, &[&digest])]);
    }

    #[test]
    fn the_function_counts_only_in_sql() {
        check(
            &FUNCTION,
            RULE,
            &[
                ("UPDATE mysql.user SET authentication_string=PASS~WORD('PWD1')", &["PWD1"]),
                ("$table->pass~word('PWD1')", &[]),
                ("set_pass~word('PWD1')", &[]),
            ],
        );
    }
}
