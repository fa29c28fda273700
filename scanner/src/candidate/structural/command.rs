//! Credentials on the command lines of known programs, where the flag alone says nothing: `mysql -pX`,
//! `curl -u user:X`, `sshpass -p X`, `redis-cli -a X`, and passwords that a pipe hands over.

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push, reach};

/// How a program takes the secret.
#[derive(Clone, Copy)]
enum Form {
    /// `-p X`.
    Next(&'static [u8]),
    /// `-pX`, in one word.
    Joined(&'static [u8]),
    /// `-u user:X` or `-uuser:X`.
    Login(&'static [u8], u8),
    /// `pass:X` after a flag (openssl).
    Tagged(&'static [u8], &'static [u8]),
    /// The word of this number after the program that is not a flag, from 0.
    Positional(usize),
}

/// A program's name as the prefilter sees it, and its forms.
struct Program {
    anchor: &'static str,
    rule: &'static str,
    forms: &'static [Form],
}

const FLAG: &str = "shell-flag-password";
const CURL: &str = "curl-user";

const MYSQL: &[Form] = &[Form::Joined(b"-p")];
const MONGO: &[Form] = &[Form::Next(b"-p")];
const LDAP: &[Form] = &[Form::Next(b"-w")];
const DOCKER: &[Form] = &[Form::Next(b"-p")];

const PROGRAMS: &[Program] = &[
    Program { anchor: "mysql ", rule: FLAG, forms: MYSQL },
    Program { anchor: "mysqldump ", rule: FLAG, forms: MYSQL },
    Program { anchor: "mysqladmin ", rule: FLAG, forms: MYSQL },
    Program { anchor: "mysqlimport ", rule: FLAG, forms: MYSQL },
    Program { anchor: "mariadb ", rule: FLAG, forms: MYSQL },
    Program { anchor: "sshpass ", rule: FLAG, forms: &[Form::Next(b"-p"), Form::Joined(b"-p")] },
    Program { anchor: "redis-cli ", rule: FLAG, forms: &[Form::Next(b"-a")] },
    Program { anchor: "mongo ", rule: FLAG, forms: MONGO },
    Program { anchor: "mongosh ", rule: FLAG, forms: MONGO },
    Program { anchor: "mongodump ", rule: FLAG, forms: MONGO },
    Program { anchor: "mongorestore ", rule: FLAG, forms: MONGO },
    Program { anchor: "docker login", rule: FLAG, forms: DOCKER },
    Program { anchor: "podman login", rule: FLAG, forms: DOCKER },
    Program { anchor: "helm registry login", rule: FLAG, forms: DOCKER },
    Program { anchor: "az login", rule: FLAG, forms: DOCKER },
    Program { anchor: "oc login", rule: FLAG, forms: DOCKER },
    Program { anchor: "cf login", rule: FLAG, forms: DOCKER },
    Program {
        anchor: "curl ",
        rule: CURL,
        forms: &[
            Form::Login(b"-u", b':'),
            Form::Login(b"--user", b':'),
            Form::Login(b"--proxy-user", b':'),
            Form::Login(b"-U", b':'),
        ],
    },
    Program { anchor: "http ", rule: CURL, forms: &[Form::Login(b"-a", b':'), Form::Login(b"--auth", b':')] },
    Program { anchor: "ldapsearch ", rule: FLAG, forms: LDAP },
    Program { anchor: "ldapadd ", rule: FLAG, forms: LDAP },
    Program { anchor: "ldapmodify ", rule: FLAG, forms: LDAP },
    Program { anchor: "ldapwhoami ", rule: FLAG, forms: LDAP },
    Program { anchor: "smbclient ", rule: FLAG, forms: &[Form::Login(b"-U", b'%')] },
    Program { anchor: "rpcclient ", rule: FLAG, forms: &[Form::Login(b"-U", b'%')] },
    Program { anchor: "sqlcmd ", rule: FLAG, forms: &[Form::Next(b"-P"), Form::Joined(b"-P")] },
    Program { anchor: "bcp ", rule: FLAG, forms: &[Form::Next(b"-P"), Form::Joined(b"-P")] },
    Program { anchor: "htpasswd ", rule: FLAG, forms: &[Form::Positional(2)] },
    Program { anchor: "net user ", rule: FLAG, forms: &[Form::Positional(1)] },
    Program { anchor: "plink ", rule: FLAG, forms: &[Form::Next(b"-pw")] },
    Program { anchor: "pscp ", rule: FLAG, forms: &[Form::Next(b"-pw")] },
    Program { anchor: "zip ", rule: FLAG, forms: &[Form::Next(b"-P")] },
    Program { anchor: "7z a ", rule: FLAG, forms: &[Form::Joined(b"-p")] },
    Program { anchor: "7z x ", rule: FLAG, forms: &[Form::Joined(b"-p")] },
    Program {
        anchor: "openssl ",
        rule: FLAG,
        forms: &[
            Form::Tagged(b"-passin", b"pass:"),
            Form::Tagged(b"-passout", b"pass:"),
            Form::Tagged(b"-pass", b"pass:"),
            Form::Next(b"-k"),
        ],
    },
    Program { anchor: "ipmitool ", rule: FLAG, forms: &[Form::Next(b"-P")] },
    Program { anchor: "mosquitto_pub ", rule: FLAG, forms: &[Form::Next(b"-P")] },
    Program { anchor: "mosquitto_sub ", rule: FLAG, forms: &[Form::Next(b"-P")] },
    Program { anchor: "snmpwalk ", rule: FLAG, forms: &[Form::Next(b"-A"), Form::Next(b"-X")] },
    Program { anchor: "rabbitmqctl add_user ", rule: FLAG, forms: &[Form::Positional(1)] },
    Program { anchor: "rabbitmqctl change_password ", rule: FLAG, forms: &[Form::Positional(1)] },
    Program { anchor: "xfreerdp ", rule: FLAG, forms: &[Form::Joined(b"/p:")] },
];

const ANCHORS: [&str; PROGRAMS.len()] = {
    let mut anchors = [""; PROGRAMS.len()];
    let mut n = 0;
    while n < PROGRAMS.len() {
        anchors[n] = PROGRAMS[n].anchor;
        n += 1;
    }
    anchors
};

/// Command lines of known programs.
pub(super) const DETECTOR: CodeDetector = CodeDetector { anchors: &ANCHORS, binary: false, find };

/// `echo "user:X" | chpasswd`, `ConvertTo-SecureString "X"`, `"X" | ConvertTo-SecureString`, `echo X | … --password-stdin`.
pub(super) const PIPELINE: CodeDetector = CodeDetector {
    anchors: &["chpasswd", "convertto-securestring", "--password-stdin", "passwd --stdin", "sudo -s"],
    binary: false,
    find: pipeline,
};

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let called = bytes[anchor.clone()].to_ascii_lowercase();
    let Some(program) = PROGRAMS.iter().find(|program| program.anchor.as_bytes() == called) else { return };
    let lead = reach::before(bytes, anchor.start);
    if reach::is_word(lead) || matches!(lead, b'-' | b'.') {
        return;
    }
    let words = words(bytes, anchor.end);
    for form in program.forms {
        for span in form.values(bytes, &words) {
            let key = match form {
                Form::Login(_, separator) => user(bytes, &words, span.start, *separator),
                _ => None,
            };
            push(text, hits, program.rule, span, key, Syntax::Flag);
        }
    }
}

/// The part of a login before the separator that stands before `at`.
fn user(bytes: &[u8], words: &[Range<usize>], at: usize, separator: u8) -> Option<Range<usize>> {
    let word = words.iter().find(|word| word.start < at && at <= word.end)?;
    let end = at - 1;
    let start = bytes[word.start..end]
        .iter()
        .rposition(|b| matches!(b, b'=' | b'"' | b'\''))
        .map_or(word.start, |skip| word.start + skip + 1);
    (bytes[end] == separator && start < end).then_some(start..end)
}

impl Form {
    fn values(self, bytes: &[u8], words: &[Range<usize>]) -> Vec<Range<usize>> {
        let after = |flag: &'static [u8]| {
            words.windows(2).filter(move |pair| &bytes[pair[0].clone()] == flag).map(|pair| pair[1].clone())
        };
        let joined = |flag: &'static [u8]| {
            words
                .iter()
                .filter(move |word| bytes[(*word).clone()].starts_with(flag) && word.len() > flag.len())
                .map(move |word| word.start + flag.len()..word.end)
        };
        match self {
            Self::Next(flag) => after(flag).filter(|value| bytes[value.start] != b'-').collect(),
            Self::Joined(flag) => joined(flag)
                // Single-dash words that are other flags of these programs (`-port`, `-protocol`).
                .filter(|value| {
                    !matches!(&bytes[value.clone()], b"ort" | b"rotocol" | b"ass" | b"assword" | b"w")
                })
                .map(|value| unquote(bytes, value))
                .collect(),
            Self::Login(flag, separator) => {
                let tight = joined(flag).filter(|_| flag.len() == 2).map(|value| unquote(bytes, value));
                let long = joined(flag)
                    .filter(|value| flag.len() > 2 && bytes[value.start] == b'=')
                    .map(|value| unquote(bytes, value.start + 1..value.end));
                after(flag)
                    .chain(tight)
                    .chain(long)
                    .filter_map(|login| split(bytes, login, separator))
                    .collect()
            }
            Self::Tagged(flag, tag) => after(flag)
                .filter(|value| bytes[value.clone()].starts_with(tag))
                .map(|value| value.start + tag.len()..value.end)
                .collect(),
            Self::Positional(number) => words
                .iter()
                .filter(|word| !matches!(bytes[word.start], b'-' | b'/' | b'>'))
                .nth(number)
                .cloned()
                .into_iter()
                .collect(),
        }
    }
}

/// The part of `login` after the separator.
fn split(bytes: &[u8], login: Range<usize>, separator: u8) -> Option<Range<usize>> {
    let inside = &bytes[login.clone()];
    // `${USER:-x}:pass`: the braces belong to the user.
    let skip = if inside.starts_with(b"${") { inside.iter().position(|&b| b == b'}')? } else { 0 };
    let at = inside[skip..].iter().position(|&b| b == separator)? + skip;
    let value = login.start + at + 1..login.end;
    (at > 0 && !value.is_empty() && !bytes[value.clone()].starts_with(b"//")).then_some(value)
}

/// `value` without quotes around it.
fn unquote(bytes: &[u8], value: Range<usize>) -> Range<usize> {
    reach::quoted(bytes, value.start)
        .filter(|literal| literal.end == value.end)
        .map_or(value, |literal| literal.span)
}

/// The words of the command that begins at `at`: at most 40, to the end of the (continued) line, a pipe, or a quote
/// that was opened before the command. Whole-word quotes are removed.
fn words(bytes: &[u8], at: usize) -> Vec<Range<usize>> {
    let roof = bytes.len().min(at + 2 * reach::LINE);
    let mut found = Vec::new();
    let mut here = at;
    while here < roof && found.len() < 40 {
        match bytes[here] {
            b' ' | b'\t' => here += 1,
            b'\\' if bytes[here..roof].starts_with(b"\\\n") => here += 2,
            b'\\' if bytes[here..roof].starts_with(b"\\\r\n") => here += 3,
            b'\n' | b'\r' | b'|' | b';' | b')' => break,
            b'"' | b'\'' | b'\\' => match reach::quoted(bytes, here) {
                Some(literal) if literal.end <= roof => {
                    found.push(literal.span);
                    here = literal.end;
                }
                _ => break,
            },
            _ => {
                let end = word_end(bytes, here, roof);
                found.push(here..end);
                here = end.max(here + 1);
            }
        }
    }
    found
}

/// End of the unquoted word at `at`; a quoted part inside (`-p'x y'`, `--user="a:b"`) belongs to it.
fn word_end(bytes: &[u8], at: usize, roof: usize) -> usize {
    let mut here = at;
    while here < roof {
        match bytes[here] {
            b'"' | b'\'' => match reach::quoted(bytes, here) {
                Some(literal)
                    if here > at && !reach::is_word(bytes.get(literal.end).copied().unwrap_or(b' ')) =>
                {
                    here = literal.end;
                }
                _ => return here,
            },
            b'`' | b'|' | b';' | b')' | b'<' | b'>' => return if here == at { at + 1 } else { here },
            b'\\' => return here,
            b if b.is_ascii_whitespace() => return here,
            _ => here += 1,
        }
    }
    here
}

fn pipeline(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let start = reach::line_start(bytes, anchor.start);
    let end = reach::line_end(bytes, anchor.end);
    if continues_with_secure_string(bytes, &anchor) {
        // The argument, by position or after `-String`, or the string before the pipe.
        let mut at = reach::blanks(bytes, anchor.end);
        if reach::continues(bytes, at, b"-string ") {
            at = reach::blanks(bytes, at + 8);
        }
        let piped = || last_literal(bytes, start, anchor.start);
        if let Some(span) = reach::quoted(bytes, at).map(|literal| literal.span).or_else(piped) {
            push(text, hits, FLAG, span, None, Syntax::Argument);
        }
        return;
    }
    let Some(echo) = reach::find(bytes, start..anchor.start, b"echo ")
        .filter(|&echo| memchr::memchr(b'|', &bytes[echo..end]).is_some())
    else {
        return;
    };
    let mut at = reach::blanks(bytes, echo + 5);
    while matches!(bytes.get(at..at + 3), Some(b"-n " | b"-e ")) {
        at = reach::blanks(bytes, at + 3);
    }
    let Some(word) = reach::literal(bytes, at, b"|;") else { return };
    if bytes[anchor.clone()].eq_ignore_ascii_case(b"chpasswd") {
        if let Some(value) = split(bytes, word.span, b':') {
            push(text, hits, FLAG, value, None, Syntax::Flag);
        }
    } else {
        push(text, hits, FLAG, word.span, None, Syntax::Flag);
    }
}

fn continues_with_secure_string(bytes: &[u8], anchor: &Range<usize>) -> bool {
    reach::continues(bytes, anchor.start, b"convertto-securestring")
}

/// The string literal that ends right before the pipe before `end`.
fn last_literal(bytes: &[u8], start: usize, end: usize) -> Option<Range<usize>> {
    let pipe = reach::skip_back(bytes, end, |b| b == b' ').checked_sub(1).filter(|&at| bytes[at] == b'|')?;
    let close = reach::skip_back(bytes, pipe, |b| b == b' ').checked_sub(1)?;
    let quote = bytes[close];
    if close <= start || !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let open = memchr::memrchr(quote, &bytes[start..close])? + start;
    Some(open + 1..close)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_dropped};
    use super::*;

    #[test]
    fn known_programs_take_passwords_their_own_way() {
        check(
            &DETECTOR,
            FLAG,
            &[
                ("mysql~ -u root -pPWD1 -h db", &["PWD1"]),
                ("mysqldump~ -uroot -p'PWD1' x > f", &["PWD1"]),
                ("sshpass~ -p PWD1 ssh a@b", &["PWD1"]),
                ("sshpass~ -p 'PWD1' ssh", &["PWD1"]),
                ("redis-cli~ -h h -a PWD1 ping", &["PWD1"]),
                ("docker~ login -u a -p PWD1 reg", &["PWD1"]),
                ("openssl~ rsa -in k -passin pass:PWD1", &["PWD1"]),
                ("ldapsearch~ -x -w PWD1", &["PWD1"]),
                ("smbclient~ -U a%PWD1 host", &["PWD1"]),
                ("sqlcmd~ -S h -U sa -P PWD1", &["PWD1"]),
                ("htpasswd~ -cb f user PWD1", &["PWD1"]),
                ("net~ user bob PWD1 /add", &["PWD1"]),
                ("system(\"mysql~ -uroot -pPWD1 x\");", &["PWD1"]),
                ("mysql~ -u root \\\n  -pPWD1", &["PWD1"]),
            ],
        );
        check(
            &DETECTOR,
            CURL,
            &[
                ("curl~ -u admin:PWD1 h", &["PWD1"]),
                ("curl~ -X POST --user 'admin:PWD1' h", &["PWD1"]),
                ("curl~ --user=\"admin:PWD1\" h", &["PWD1"]),
                ("curl~ -uadmin:PWD1 h", &["PWD1"]),
                ("curl~ -u admin: h", &[]),
            ],
        );
    }

    #[test]
    fn flags_without_values_give_nothing() {
        check(
            &DETECTOR,
            FLAG,
            &[
                ("mysql~ -u root -p db", &[]),
                ("mysql~ -port 3306", &[]),
                ("redis-cli~ -a -h x", &[]),
                ("mymysql~ -pPWD1", &[]),
            ],
        );
        check_dropped(&DETECTOR, &["mysql~ -p$PW x", "curl~ -u ${U}:${P} h", "sshpass~ -p \"$PASS\" ssh"]);
    }

    #[test]
    fn pipelines_hand_passwords_over() {
        check(
            &PIPELINE,
            FLAG,
            &[
                ("echo \"root:PWD1\" | chpass~wd", &["PWD1"]),
                ("RUN echo 'root:PWD1' | chpass~wd", &["PWD1"]),
                ("$p = ConvertTo-~SecureString \"PWD1\" -AsPlainText -Force", &["PWD1"]),
                ("ConvertTo-~SecureString -String 'PWD1' -AsPlainText", &["PWD1"]),
                ("\"PWD1\" | ConvertTo-~SecureString -AsPlainText", &["PWD1"]),
                ("echo TOK1 | docker login --password~-stdin", &["TOK1"]),
                ("cat f | docker login --password~-stdin", &[]),
            ],
        );
    }
}
