//! Passwords in connection strings: ODBC and `ADO.NET` lists, Azure keys, libpq, Go's `MySQL` DSN, Oracle's `user/pass@host`.

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push, reach};

const RULE: &str = "connection-string-password";

/// `Server=…;Pwd=…;`, `AccountKey=…`, `host=… password=…`.
pub(super) const KEY_VALUE: CodeDetector = CodeDetector {
    anchors: &[
        "password=",
        "password =",
        "pwd=",
        "pwd =",
        "pass=",
        "passwd=",
        "accountkey=",
        "sharedaccesskey=",
        "sharedsecretvalue=",
        "sharedaccesssignature=",
    ],
    binary: false,
    find: key_value,
};

/// `user:password@tcp(host:3306)/db`.
pub(super) const DRIVER_DSN: CodeDetector =
    CodeDetector { anchors: &["@tcp(", "@unix(", "@tcp4(", "@tcp6("], binary: false, find: driver_dsn };

/// `jdbc:oracle:thin:user/password@host`, `sqlplus user/password@host`, `connect user/password@host` in a script.
pub(super) const ORACLE: CodeDetector = CodeDetector {
    anchors: &[
        "oracle:thin:",
        "oracle:oci:",
        "sqlplus ",
        "sqlldr ",
        "expdp ",
        "impdp ",
        "rman target ",
        "userid=",
        "connect ",
    ],
    binary: false,
    find: oracle,
};

/// Neighbours that make a `;` list a connection string.
const PEERS: [&[u8]; 20] = [
    b"server=",
    b"server =",
    b"data source=",
    b"data source =",
    b"host=",
    b"uid=",
    b"uid =",
    b"user id=",
    b"user id =",
    b"userid=",
    b"user=",
    b"user =",
    b"username=",
    b"initial catalog",
    b"database=",
    b"dbname=",
    b"driver=",
    b"dsn=",
    b"endpoint=",
    b"accountname=",
];

fn key_value(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let name_end =
        anchor.start + bytes[anchor.clone()].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let key = reach::skip_back(bytes, name_end, reach::is_word)..name_end;
    let left = reach::line_start(bytes, key.start).max(key.start.saturating_sub(400));
    let start = reach::blanks(bytes, anchor.end);
    let right = reach::line_end(bytes, anchor.end).min(anchor.end + 400);
    let Some(separator) = separator(bytes, left..key.start, start..right) else { return };
    let stops: &[u8] = if separator == b';' { b";" } else { b")],&<>" };
    let Some(value) = list_value(bytes, start, right, stops, separator == b';') else { return };
    push(text, hits, RULE, value, Some(key), Syntax::Field);
}

/// The byte between the list's members, if this is one: `;` (ODBC), or a blank (libpq).
fn separator(bytes: &[u8], left: Range<usize>, right: Range<usize>) -> Option<u8> {
    let has_peer =
        |side: &Range<usize>| PEERS.iter().any(|peer| reach::find(bytes, side.clone(), peer).is_some());
    let before = reach::skip_back(bytes, left.end, |b| b == b' ');
    let mark = if before > left.start { reach::before(bytes, before) } else { b'\n' };
    let azure = mark == b';' || bytes[right.clone()].contains(&b';');
    if (mark == b';' || matches!(mark, b'"' | b'\'' | b'=' | b'\n' | b':') && azure)
        && (has_peer(&left) || has_peer(&right))
    {
        return Some(b';');
    }
    // libpq: `host=h user=u password=p`, two peers, no semicolon between.
    // `f(host=h, password=p)` has commas: arguments, not a list. Attributes of an element are none either.
    let blank = mark != b',' && before < left.end || mark == b'"' || mark == b'\'';
    let peers = |side: &Range<usize>| {
        [&b"host="[..], b"dbname=", b"port=", b"sslmode=", b"user="]
            .iter()
            .filter(|peer| reach::find(bytes, side.clone(), peer).is_some())
            .count()
    };
    let element = bytes[left.clone()].trim_ascii_start().starts_with(b"<");
    (blank && !element && peers(&left) + peers(&right) >= 2).then_some(b' ')
}

/// The member's value: to the separator, a quote or the line's end; quoted values and `{…}` as ODBC has them.
fn list_value(bytes: &[u8], start: usize, right: usize, stops: &[u8], blanks: bool) -> Option<Range<usize>> {
    if let Some(literal) = reach::quoted(bytes, start).filter(|literal| !literal.span.is_empty()) {
        // `"…;Password=" + password`: the quote closes the string, it does not open the value.
        let closes = matches!(
            bytes.get(reach::blanks(bytes, start + 1)),
            Some(b'+' | b'.' | b'&' | b',' | b')' | b';')
        );
        return (!closes && literal.end <= right + 1).then_some(literal.span);
    }
    // Braces that are no form to fill in: `{a;b}`.
    if bytes.get(start) == Some(&b'{')
        && let Some(close) = bytes[start..right.max(start)].iter().position(|b| *b == b'}').map(|n| start + n)
        && bytes[start..close].contains(&b';')
    {
        return Some(start + 1..close);
    }
    let end = bytes[start..right.max(start)]
        .iter()
        .position(|b| {
            stops.contains(b) || matches!(b, b'"' | b'\'' | b'`') || !blanks && b.is_ascii_whitespace()
        })
        .map_or(right, |n| start + n);
    // `&quot;` in XML ends the value, and so does an escaped quote.
    let end = reach::find(bytes, start..end.max(start), b"&quot").unwrap_or(end);
    let end = if end > start && bytes[end - 1] == b'\\' { end - 1 } else { end };
    (end > start).then(|| reach::trim(bytes, start..end)).filter(|span| span.len() <= reach::VALUE)
}

fn driver_dsn(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let start = reach::skip_back(bytes, anchor.start, |b| {
        !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'' | b'`' | b'(' | b',')
    });
    let Some(colon) = bytes[start..anchor.start].iter().position(|&b| b == b':').map(|n| start + n) else {
        return;
    };
    // `DSN=user:pass@tcp(…)` and `mysql://user:pass@tcp(…)` are read from the user on.
    let from = bytes[start..colon].iter().rposition(|&b| b == b'=').map_or(start, |n| start + n + 1);
    if bytes[colon..].starts_with(b"://") {
        return;
    }
    push(text, hits, RULE, colon + 1..anchor.start, Some(from..colon), Syntax::Field);
}

fn oracle(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    // `connect` is a word of English, too: a statement begins its line.
    let line = reach::blanks(bytes, reach::line_start(bytes, anchor.start));
    if bytes[anchor.start].eq_ignore_ascii_case(&b'c') && (line != anchor.start || text.path.is_prose()) {
        return;
    }
    let mut start = anchor.end;
    while bytes.get(start) == Some(&b'-') {
        start = reach::blanks(bytes, reach::skip(bytes, start, |b| !b.is_ascii_whitespace()));
    }
    let start = start + reach::quote_width(bytes, start);
    let slash = reach::skip(bytes, start, |b| reach::is_word(b) || b"$#{}&.".contains(&b));
    if bytes.get(slash) != Some(&b'/') || slash == start {
        return;
    }
    let Some(rest) = reach::bare(bytes, slash + 1, b";)") else { return };
    let Some(at) = memchr::memrchr(b'@', &bytes[rest.span.clone()]) else { return };
    push(text, hits, RULE, slash + 1..slash + 1 + at, Some(start..slash), Syntax::Field);
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn lists_with_a_peer_are_connection_strings() {
        check(
            &KEY_VALUE,
            RULE,
            &[
                ("cs = \"Server=db;Database=x;User Id=sa;Pass~word=PWD1;\"", &["PWD1"]),
                ("\"Driver={ODBC 17};Server=db;Uid=sa;P~wd=PWD1\"", &["PWD1"]),
                ("\"Driver={ODBC 17};Server=db;Uid=sa;P~wd={a;PWD1};\"", &["a;PWD1"]),
                ("Data Source = db; Pass~word = PWD1; Encrypt=no", &["PWD1"]),
                ("<add connectionString=\"pass~word=PWD1;server=db\"/>", &["PWD1"]),
                ("AccountName=x;Account~Key=TOK1==;EndpointSuffix=core", &["TOK1=="]),
                ("Endpoint=sb:~//x/;SharedAccessKeyName=k;SharedAccess~Key=TOK1=", &["TOK1="]),
                ("conn = \"host=db user=app pass~word=PWD1 dbname=x\"", &["PWD1"]),
                ("'host=db port=5432 pass~word=\\'PWD1\\''", &["PWD1"]),
                ("Server=db;Pass~word=&quot;PWD1&quot;;", &["PWD1"]),
            ],
        );
    }

    #[test]
    fn a_name_alone_is_no_connection_string() {
        check(
            &KEY_VALUE,
            RULE,
            &[
                ("pass~word=PWD1", &[]),
                ("export DB_PASS~WORD=PWD1", &[]),
                ("f(user, pass~word=PWD1)", &[]),
                ("f(host=h, user=u, pass~word=PWD1)", &[]),
                ("<a host=\"h\" user=\"u\" pass~word=\"PWD1\" />", &[]),
                ("\"Server=db;Pass~word=\" + password + \";\"", &[]),
                ("Server=db;Pass~word=;Database=x", &[]),
            ],
        );
        check_dropped(
            &KEY_VALUE,
            &["Server=db;P~wd={0};Uid=sa", "Server=db;P~wd=${PW};", "host=h user=u pass~word=%s"],
        );
    }

    #[test]
    fn driver_and_oracle_forms_are_found() {
        check(
            &DRIVER_DSN,
            RULE,
            &[
                ("\"root:PWD1@t~cp(db:3306)/x\"", &["PWD1"]),
                ("DSN=root:PWD1@t~cp(h)/x", &["PWD1"]),
                ("root@t~cp(h)", &[]),
            ],
        );
        check(
            &ORACLE,
            RULE,
            &[
                ("jdbc:oracle:~thin:scott/PWD1@~//db:1521/x", &["PWD1"]),
                ("sqlplus~ -s scott/PWD1@db", &["PWD1"]),
                ("  connect~ scott/PWD1@db;", &["PWD1"]),
                ("impdp user~id=scott/PWD1@db", &["PWD1"]),
                ("we connect~ team/lead@corp", &[]),
                ("sqlplus~ / as sysdba", &[]),
                ("jdbc:oracle:~thin:@db:1521:x", &[]),
            ],
        );
    }
}
