//! What known programs are called, and where each takes its password.

use std::ops::Range;

use super::super::reach;
use super::own;

/// Finds the value among the words of a command.
type Grammar = fn(bytes: &[u8], words: &[Range<usize>]) -> Option<Range<usize>>;

/// How a program takes the secret.
#[derive(Clone, Copy)]
pub(super) enum Form {
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
    /// A grammar of its own.
    Own(Grammar),
}

/// Programs that take the secret alike.
pub(super) struct Program {
    /// Their names as the prefilter sees them: a blank follows on a line, a quote in an argument list.
    pub(super) anchors: &'static [&'static str],
    pub(super) rule: &'static str,
    pub(super) forms: &'static [Form],
}

pub(super) const FLAG: &str = "shell-flag-password";
pub(super) const CURL: &str = "curl-user";

/// Least length of a user name that is taken for a key when no password follows.
const KEY: usize = 16;

#[rustfmt::skip]
pub(super) const PROGRAMS: &[Program] = &[
    Program {
        anchors: &[
            "mysql ", "mysql\"", "mysql'", "mysqldump ", "mysqldump\"", "mysqldump'", "mysqladmin ", "mysqladmin\"",
            "mysqladmin'", "mysqlimport ", "mariadb ", "mariadb\"", "mariadb'", "mariadb-dump ", "mariadb-admin ",
        ],
        rule: FLAG,
        forms: &[Form::Joined(b"-p")],
    },
    Program {
        anchors: &["sshpass ", "sshpass\"", "sshpass'"],
        rule: FLAG,
        forms: &[Form::Next(b"-p"), Form::Joined(b"-p")],
    },
    Program { anchors: &["redis-cli ", "redis-cli\"", "redis-cli'"], rule: FLAG, forms: &[Form::Next(b"-a")] },
    Program {
        anchors: &[
            "mongo ", "mongosh ", "mongosh\"", "mongosh'", "mongodump ", "mongorestore ", "docker login",
            "docker\", \"login\"", "docker', 'login'", "podman login", "helm registry login", "az login", "oc login",
            "cf login", "cypher-shell ", "psexec ", "rdesktop ", "evil-winrm ", "useradd ", "usermod ",
        ],
        rule: FLAG,
        forms: &[Form::Next(b"-p")],
    },
    Program {
        anchors: &["curl ", "curl\"", "curl'"],
        rule: CURL,
        forms: &[
            Form::Login(b"-u", b':'), Form::Login(b"--user", b':'), Form::Login(b"--proxy-user", b':'),
            Form::Login(b"-U", b':'),
        ],
    },
    Program { anchors: &["http "], rule: CURL, forms: &[Form::Login(b"-a", b':'), Form::Login(b"--auth", b':')] },
    Program { anchors: &["lftp "], rule: CURL, forms: &[Form::Login(b"-u", b','), Form::Login(b"--user", b',')] },
    Program {
        anchors: &["ldapsearch ", "ldapadd ", "ldapmodify ", "ldapdelete ", "ldapwhoami "],
        rule: FLAG,
        forms: &[Form::Next(b"-w")],
    },
    Program { anchors: &["smbclient ", "rpcclient "], rule: FLAG, forms: &[Form::Login(b"-U", b'%')] },
    Program {
        anchors: &["sqlcmd ", "sqlcmd\"", "sqlcmd'", "bcp ", "osql ", "isql "],
        rule: FLAG,
        forms: &[Form::Next(b"-P"), Form::Joined(b"-P")],
    },
    Program { anchors: &["htpasswd ", "htpasswd\"", "htpasswd'"], rule: FLAG, forms: &[Form::Own(own::htpasswd)] },
    Program { anchors: &["net user "], rule: FLAG, forms: &[Form::Positional(1)] },
    Program { anchors: &["plink ", "pscp "], rule: FLAG, forms: &[Form::Next(b"-pw")] },
    Program {
        anchors: &["zip ", "unzip ", "ipmitool ", "ipmitool\"", "ipmitool'", "mosquitto_pub ", "mosquitto_sub "],
        rule: FLAG,
        forms: &[Form::Next(b"-P")],
    },
    Program { anchors: &["7z a ", "7z x ", "rar a ", "unrar x "], rule: FLAG, forms: &[Form::Joined(b"-hp"), Form::Joined(b"-p")] },
    Program {
        anchors: &["openssl ", "openssl\"", "openssl'"],
        rule: FLAG,
        forms: &[
            Form::Tagged(b"-passin", b"pass:"), Form::Tagged(b"-passout", b"pass:"), Form::Tagged(b"-pass", b"pass:"),
            Form::Tagged(b"-password", b"pass:"), Form::Next(b"-k"), Form::Own(own::openssl_passwd),
        ],
    },
    Program { anchors: &["ssh-keygen ", "ssh-keygen\"", "ssh-keygen'"], rule: FLAG, forms: &[Form::Next(b"-N")] },
    Program { anchors: &["snmpwalk "], rule: FLAG, forms: &[Form::Next(b"-A"), Form::Next(b"-X")] },
    Program {
        anchors: &["rabbitmqctl add_user ", "rabbitmqctl change_password ", "wpa_passphrase "],
        rule: FLAG,
        forms: &[Form::Positional(1)],
    },
    Program { anchors: &["xfreerdp "], rule: FLAG, forms: &[Form::Joined(b"/p:")] },
];

const COUNT: usize = {
    let mut count = 0;
    let mut n = 0;
    while n < PROGRAMS.len() {
        count += PROGRAMS[n].anchors.len();
        n += 1;
    }
    count
};

/// The names of all programs.
pub(super) const ANCHORS: [&str; COUNT] = {
    let mut anchors = [""; COUNT];
    let (mut filled, mut n) = (0, 0);
    while n < PROGRAMS.len() {
        let mut m = 0;
        while m < PROGRAMS[n].anchors.len() {
            anchors[filled] = PROGRAMS[n].anchors[m];
            filled += 1;
            m += 1;
        }
        n += 1;
    }
    anchors
};

impl Form {
    pub(super) fn values(self, bytes: &[u8], words: &[Range<usize>]) -> Vec<Range<usize>> {
        let after = |flag: &'static [u8]| {
            words
                .windows(2)
                .filter(move |pair| is_flag(&bytes[pair[0].clone()], flag))
                .map(|pair| pair[1].clone())
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
                    !matches!(
                        &bytes[value.clone()],
                        b"ort" | b"rotocol" | b"ass" | b"assword" | b"w" | b"ipe"
                    )
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
            Self::Own(grammar) => grammar(bytes, words).into_iter().collect(),
        }
    }
}

/// The flag itself, or a cluster of curl's switches that ends with it (`-su`, `-kXu` is none).
fn is_flag(word: &[u8], flag: &[u8]) -> bool {
    word == flag
        || flag == b"-u"
            && matches!(word, [b'-', switches @ .., b'u'] if switches.iter().all(|b| b"sSkLvfigGN#".contains(b)))
}

/// The part of `login` after the separator; the part before it if that is long enough to be a key and nothing, or a
/// filler, follows: `-u KEY:` and `-u KEY:x` are how many services take one.
pub(super) fn split(bytes: &[u8], login: Range<usize>, separator: u8) -> Option<Range<usize>> {
    let inside = &bytes[login.clone()];
    // `${USER:-x}:pass`: the braces belong to the user.
    let skip = if inside.starts_with(b"${") { inside.iter().position(|&b| b == b'}')? } else { 0 };
    let at = inside[skip..].iter().position(|&b| b == separator)? + skip;
    let value = login.start + at + 1..login.end;
    let filled = !matches!(&bytes[value.clone()], b"" | b"x" | b"X");
    if !filled && at >= KEY && inside[..at].iter().all(|b| b.is_ascii_alphanumeric() || b"_-.+/=".contains(b))
    {
        return Some(login.start..login.start + at);
    }
    (!value.is_empty() && !bytes[value.clone()].starts_with(b"//")).then_some(value)
}

/// `value` without quotes around it.
fn unquote(bytes: &[u8], value: Range<usize>) -> Range<usize> {
    reach::quoted(bytes, value.start)
        .filter(|literal| literal.end == value.end)
        .map_or(value, |literal| literal.span)
}
