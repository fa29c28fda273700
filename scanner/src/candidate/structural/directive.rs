//! Directives of configuration files that name their password by position: `requirepass x`, `stats auth user:x`,
//! `snmp-server community x`, `username u password 0 x`, `ldap … credentials=x`.
//!
//! One table: the words that wake it, what must stand before them, how many words to pass over, how the value is written.
//! The words are also English, so a directive must stand where its grammar has it, and prose is left alone; the judge
//! decides.

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push, reach};

const RULE: &str = "generic-password";
/// The rule of what follows an equals sign: the assignment grammar reads there as well, and takes the name of a login and
/// its password for one value.
const ENTRY: &str = "password-file-entry";

/// Where the words must stand on their line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At its start.
    Start,
    /// After a line that begins so.
    After(&'static str),
}

/// How the value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    /// A word or a quoted text.
    Word,
    /// `user:password`.
    Login,
    /// `user:password` on each of the next lines that are indented further, to the first that is none.
    Logins,
}

/// A directive.
struct Directive {
    /// In lower case, to the byte before the value or the words before it.
    anchor: &'static str,
    place: Place,
    /// Words between the anchor and the value.
    skip: usize,
    value: Value,
}

const fn directive(anchor: &'static str, place: Place, skip: usize, value: Value) -> Directive {
    Directive { anchor, place, skip, value }
}

use Place::{After, Start};
use Value::{Login, Logins, Word};

const DIRECTIVES: &[Directive] = &[
    // Redis: https://redis.io/docs/latest/operate/oss_and_stack/management/config/
    directive("requirepass ", Start, 0, Word),
    directive("masterauth ", Start, 0, Word),
    directive(" on >", After("user "), 0, Word),
    // Kickstart: https://pykickstart.readthedocs.io/en/latest/kickstart-docs.html
    directive("rootpw --plaintext ", Start, 0, Word),
    // Preseeding: https://www.debian.org/releases/stable/amd64/apbs04.en.html
    directive("/root-password password ", After("d-i "), 0, Word),
    directive("/root-password-again password ", After("d-i "), 0, Word),
    directive("/user-password password ", After("d-i "), 0, Word),
    directive("/user-password-again password ", After("d-i "), 0, Word),
    directive("/passphrase password ", After("d-i "), 0, Word),
    directive("/passphrase-again password ", After("d-i "), 0, Word),
    // Cloud-init: https://cloudinit.readthedocs.io/en/latest/reference/modules.html#set-passwords
    directive("list: |", After("list: "), 0, Logins),
    // HAProxy: https://docs.haproxy.org/3.0/configuration.html
    directive("stats auth ", Start, 0, Login),
    directive("insecure-password ", After("user "), 0, Word),
    // Dovecot: https://doc.dovecot.org/2.3/configuration_manual/authentication/passwd_file/
    directive(":{plain}", After(""), 0, Word),
    // OpenLDAP: https://www.openldap.org/doc/admin26/slapdconfig.html
    directive(" credentials=", After("syncrepl "), 0, Word),
    // systemd: https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Credentials
    directive("setcredential=", Start, 0, Login),
    // Squid: https://www.squid-cache.org/Doc/config/cache_peer/
    directive(" login=", After("cache_peer "), 0, Login),
    // Kafka: https://docs.confluent.io/platform/current/schema-registry/security/index.html
    directive("basic.auth.user.info=", Start, 0, Login),
    // GRUB: https://www.gnu.org/software/grub/manual/grub/grub.html#password
    directive("superusers=", After("set "), 0, Logins),
    // IOS: https://www.cisco.com/c/en/us/td/docs/ios-xml/ios/security/a1/sec-a1-cr-book.html
    directive(" password 0 ", After("username "), 0, Word),
    directive(" secret 0 ", After("username "), 0, Word),
    directive(" password ", After("username "), 0, Word),
    directive("enable password ", Start, 0, Word),
    directive("enable secret ", Start, 0, Word),
    directive(" password 0 ", After("ppp "), 0, Word),
    directive("key-string ", Start, 0, Word),
    directive("snmp-server community ", Start, 0, Word),
    directive(" version 2c ", After("snmp-server host "), 0, Word),
    directive(" auth sha ", After("snmp-server "), 0, Word),
    directive(" auth md5 ", After("snmp-server "), 0, Word),
    directive(" priv aes ", After("snmp-server "), 1, Word),
    directive("crypto isakmp key ", Start, 0, Word),
    directive("message-digest-key ", After("ip ospf "), 2, Word),
    directive("ntp authentication-key ", Start, 2, Word),
    directive(" key ", After("radius-server host "), 0, Word),
    directive(" key ", After("tacacs-server host "), 0, Word),
    // Junos: https://www.juniper.net/documentation/us/en/software/junos/network-mgmt/
    directive("snmp { community ", Start, 0, Word),
    directive("set snmp community ", Start, 0, Word),
    // Net-SNMP: http://www.net-snmp.org/docs/man/snmpd.conf.html
    directive("rocommunity ", Start, 0, Word),
    directive("rwcommunity ", Start, 0, Word),
    directive("com2sec ", Start, 2, Word),
    directive("trapsink ", Start, 1, Word),
    directive("trap2sink ", Start, 1, Word),
    directive(" sha ", After("createuser "), 0, Word),
    directive(" md5 ", After("createuser "), 0, Word),
    directive(" aes ", After("createuser "), 0, Word),
    // FortiOS, whose key is the same everywhere: https://nvd.nist.gov/vuln/detail/CVE-2019-6693
    directive("set password enc ", Start, 0, Word),
    directive("set passwd enc ", Start, 0, Word),
    directive("set psksecret enc ", Start, 0, Word),
    // WildFly: https://docs.wildfly.org/34/WildFly_Elytron_Security.html
    directive("clear-text=", After("<credential-reference "), 0, Word),
    // Robot Framework: https://robotframework.org/SeleniumLibrary/SeleniumLibrary.html
    directive("input password ", Start, 1, Word),
    directive("password}  ", After("${"), 0, Word),
];

const ANCHORS: [&str; DIRECTIVES.len()] = {
    let mut anchors = [""; DIRECTIVES.len()];
    let mut n = 0;
    while n < DIRECTIVES.len() {
        anchors[n] = DIRECTIVES[n].anchor;
        n += 1;
    }
    anchors
};

/// All of the table.
pub(super) const DETECTOR: CodeDetector = CodeDetector { anchors: &ANCHORS, binary: false, find };

/// The users of a JAAS login module: `user_NAME="password"` up to the semicolon.
pub(super) const JAAS: CodeDetector =
    CodeDetector { anchors: &["plainloginmodule", "digestloginmodule"], binary: false, find: jaas };

fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    if text.path.is_prose() {
        return;
    }
    let line = reach::line_start(bytes, anchor.start);
    let words = &bytes[anchor.clone()];
    let found = DIRECTIVES.iter().find(|known| {
        known.anchor.as_bytes().eq_ignore_ascii_case(words) && stands(bytes, line, &anchor, known.place)
    });
    let Some(directive) = found else { return };
    match directive.value {
        Value::Word | Value::Login => {
            let mut at = reach::blanks(bytes, anchor.end);
            for _ in 0..directive.skip {
                let Some(word) = reach::literal(bytes, at, b"") else { return };
                at = reach::blanks(bytes, word.end);
            }
            let stops: &[u8] = if words.starts_with(b":{") { b":" } else { b"" };
            let Some(value) = reach::literal(bytes, at, stops) else { return };
            // `key 7 0822…`: the type of what follows; `reversible` and `digest` read it.
            if value.span.len() == 1 {
                return;
            }
            let rule = if words.ends_with(b"=") { ENTRY } else { RULE };
            if directive.value == Value::Login {
                login(text, rule, value.span, hits);
            } else {
                let name = reach::trim(bytes, anchor);
                push(text, hits, rule, value.span, Some(name), Syntax::Field);
            }
        }
        Value::Logins => logins(text, line, anchor.end, hits),
    }
}

fn stands(bytes: &[u8], line: usize, anchor: &Range<usize>, place: Place) -> bool {
    let start = reach::blanks(bytes, line);
    match place {
        Place::Start => start == anchor.start,
        Place::After(words) => start <= anchor.start && reach::continues(bytes, start, words.as_bytes()),
    }
}

fn login(text: Text<'_>, rule: &'static str, span: Range<usize>, hits: &mut Vec<Hit>) {
    let Some(colon) = memchr::memchr(b':', &text.bytes[span.clone()]).filter(|at| *at > 0) else { return };
    let user = span.start..span.start + colon;
    push(text, hits, rule, user.end + 1..span.end, Some(user), Syntax::Field);
}

/// `user:password` (cloud-init) or `password user x` (GRUB) on the lines that follow.
fn logins(text: Text<'_>, line: usize, from: usize, hits: &mut Vec<Hit>) {
    /// Most lines of such a list.
    const LINES: usize = 16;
    let bytes = text.bytes;
    let grub = bytes[line..from].ends_with(b"=");
    // `chpasswd:` stands on one of the lines before the list.
    if !grub && reach::find(bytes, line.saturating_sub(120)..line, b"chpasswd:").is_none() {
        return;
    }
    let indent = reach::blanks(bytes, line) - line;
    let mut at = reach::line_end(bytes, from);
    for _ in 0..LINES {
        at = reach::skip(bytes, at, |b| matches!(b, b'\r' | b'\n'));
        let start = reach::blanks(bytes, at);
        let end = reach::line_end(bytes, start);
        if start == end || !grub && start - at <= indent {
            return;
        }
        if !grub {
            login(text, RULE, reach::trim(bytes, start..end), hits);
        } else if reach::continues(bytes, start, b"password ") {
            let user = reach::literal(bytes, start + 9, b"");
            if let Some(value) =
                user.and_then(|user| reach::literal(bytes, reach::blanks(bytes, user.end), b""))
            {
                push(text, hits, RULE, value.span, Some(start..start + 8), Syntax::Field);
            }
        }
        at = end;
    }
}

fn jaas(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let roof = bytes.len().min(anchor.end + reach::LINE);
    let end = memchr::memchr(b';', &bytes[anchor.end..roof]).map_or(roof, |n| anchor.end + n);
    let mut at = anchor.end;
    while let Some(name) = reach::find(bytes, at..end, b"user_") {
        let name_end = reach::skip(bytes, name, |b| reach::is_word(b) || b == b'-').min(end);
        at = name_end;
        if bytes.get(name_end) == Some(&b'=')
            && let Some(value) = reach::quoted(bytes, name_end + 1)
        {
            push(text, hits, RULE, value.span, Some(name..name_end), Syntax::Field);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_in, hits};
    use super::*;

    #[test]
    fn directives_give_their_values() {
        check_in(
            &DETECTOR,
            RULE,
            "etc/a.conf",
            &[
                ("require~pass PWD1\n", &["PWD1"]),
                ("user a on~ >PWD1 ~* +@all\n", &["PWD1"]),
                ("root~pw --plaintext PWD1\n", &["PWD1"]),
                ("d-i passwd/root-pass~word password PWD1\n", &["PWD1"]),
                ("  stats~ auth admin:PWD1\n", &["PWD1"]),
                (" user b insecure-pass~word PWD1\n", &["PWD1"]),
                ("a@b.c:{PLA~IN}PWD1:1000:1000::/home\n", &["PWD1"]),
                ("username a privilege 15 pass~word 0 PWD1\n", &["PWD1"]),
                ("username a pass~word PWD1\n", &["PWD1"]),
                ("snmp-server comm~unity PWD1 RO 20\n", &["PWD1"]),
                ("snmp-server user a G v3 auth~ sha PWD1 priv~ aes 128 PWD2\n", &["PWD1", "PWD2"]),
                (" ip ospf message-digest-key~ 1 md5 PWD1\n", &["PWD1"]),
                ("radius-server host 10.0.0.8 key~ PWD1\n", &["PWD1"]),
                ("Input Pass~word    id=password    PWD1\n", &["PWD1"]),
                (" ppp chap pass~word 0 PWD1\n", &["PWD1"]),
                ("  key-str~ing PWD1\n", &["PWD1"]),
                ("snmp-server host 10.0.0.9 version~ 2c PWD1\n", &["PWD1"]),
                ("com2sec~ ro default PWD1\n", &["PWD1"]),
                ("trap2sink~ 10.0.0.1 PWD1\n", &["PWD1"]),
                ("trap2sink~ 10.0.0.1\nPWD1\n", &[]),
                ("createUser me SHA~ \"PWD1\" AES~ PWD2\n", &["PWD1", "PWD2"]),
                ("    set password ENC~ TOK1\n", &["TOK1"]),
                ("${PASS~WORD}    PWD1\n", &["PWD1"]),
                ("set super~users=\"root\"\npassword guest PWD1\nmenuentry x\n", &["PWD1"]),
                ("chpasswd:\n  list: ~|\n    root:PWD1\n    me:PWD2\n  expire: no\n", &["PWD1", "PWD2"]),
            ],
        );
    }

    #[test]
    fn what_follows_an_equals_sign_is_an_entry() {
        check_in(
            &DETECTOR,
            ENTRY,
            "etc/a.conf",
            &[
                ("syncrepl rid=1 creden~tials=PWD1 scope=sub\n", &["PWD1"]),
                ("SetCred~ential=db.password:PWD1\n", &["PWD1"]),
                ("cache_peer p parent 3128 0 login~=me:PWD1\n", &["PWD1"]),
                ("cache_peer p parent 3128 0 login~=PASSTHRU\n", &[]),
                ("<credential-reference clear-text~=\"PWD1\"/>", &["PWD1"]),
            ],
        );
    }

    #[test]
    fn other_lines_and_prose_give_none() {
        check(
            &DETECTOR,
            RULE,
            &[
                ("the community~ chose it\n", &[]),
                ("please require~pass PWD1\n", &[]),
                ("username a pass~word 7 0822455D\n", &[]),
                ("list: ~|\n  a:PWD1\n", &[]),
            ],
        );
        assert!(hits(&DETECTOR, "docs/a.md", "requirepass something-long1\n").is_empty());
    }

    #[test]
    fn users_of_a_login_module_are_found() {
        check(
            &JAAS,
            RULE,
            &[
                (
                    "PlainLogin~Module required\n username=\"a\"\n user_a=\"PWD1\"\n user_b=\"PWD2\";",
                    &["PWD1", "PWD2"],
                ),
                ("PlainLogin~Module required; user_a=\"PWD1\"", &[]),
            ],
        );
    }
}
