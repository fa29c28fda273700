//! Passwords that a program hides by a public method: whoever knows the program can read them.
//!
//! Where the method has a checkable form (WinSCP, IntelliJ, Cisco type 7, Base64 of a text), the value is decoded and must
//! give a text. Ciphers under a key that everybody has (rclone, VNC, Junos, group policies, mRemoteNG) are told by their
//! length and their place. What a key of the user's own protects is no leak: it is recorded as dropped.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{absent, push, reach};
use crate::reason::Reason;
use crate::value::hex;

pub(super) const RULE: &str = "reversible-password";
/// How far an element around a mark is followed, in bytes.
const ELEMENT: usize = 512;

const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
const BASE64URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);

/// A way of hiding a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Base64 of the password (FileZilla).
    Base64,
    /// Base64 of the password in UTF-16 (Windows setup).
    Utf16,
    /// WinSCP's simple encoding: <https://github.com/winscp/winscp/blob/master/source/core/Security.cpp>.
    WinScp,
    /// Each UTF-16 unit combined with 0xDFAA (IntelliJ's `PasswordUtil`).
    IntelliJ,
    /// Cisco's type 7.
    Cisco7,
    /// Junos' type 9.
    Junos9,
    /// AES-CTR under rclone's published key, behind its vector.
    Rclone,
    /// AES under the key that Microsoft published for group policies.
    GroupPolicy,
    /// DES under the fixed key of VNC: eight bytes, and a ninth of UltraVNC.
    Des,
    /// NSS' key store, which lies beside it (Firefox, Thunderbird).
    Nss,
    /// Base64 of a cipher text whose key is the program's own (mRemoteNG without a password).
    Base64Blob,
    /// Base64 of a cipher text whose key the user has in another file (Remmina): no leak.
    OwnKey,
}

/// FileZilla's `<Pass encoding="base64">`.
pub(super) const FILEZILLA: CodeDetector =
    CodeDetector { anchors: &["<pass encoding=\""], binary: false, find: filezilla };

/// Values that a mark before them tells.
pub(super) const MARKED: CodeDetector = CodeDetector { anchors: &MARKS, binary: false, find: marked };

/// `password 7 0822455D0A16`, `key 7 …`: the digit is the type.
pub(super) const CISCO: CodeDetector = CodeDetector {
    anchors: &["word 7 ", "key 7 ", "key-string 7 ", "secret 7 ", "md5 7 "],
    binary: false,
    find: cisco,
};

/// `<PlainText>false</PlainText>` after a value of Windows setup.
pub(super) const UNATTEND: CodeDetector =
    CodeDetector { anchors: &["<plaintext>"], binary: false, find: unattend };

/// What stands right before a value, and how it is hidden.
const MARKED_FORMS: &[(&str, Form)] = &[
    ("=a35c", Form::WinScp),
    ("=\"df", Form::IntelliJ),
    ("cpassword=\"", Form::GroupPolicy),
    ("\"encryptedpassword\":\"", Form::Nss),
    ("\"encryptedpassword\": \"", Form::Nss),
    ("userpassword:: ", Form::Base64),
    ("\"$9$", Form::Junos9),
    ("\"password\"=hex:", Form::Des),
    ("\"passwordviewonly\"=hex:", Form::Des),
];

const MARKS: [&str; MARKED_FORMS.len()] = super::names(MARKED_FORMS);

fn marked(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let mark = bytes[anchor.clone()].to_ascii_lowercase();
    let Some(&(_, form)) = MARKED_FORMS.iter().find(|(known, _)| known.as_bytes() == mark) else { return };
    // The mark of a form may be the value's own beginning.
    let start = anchor.start
        + match form {
            Form::WinScp | Form::Junos9 => 1,
            Form::IntelliJ => 2,
            _ => anchor.len(),
        };
    let end = reach::skip(bytes, start, |b| b.is_ascii_alphanumeric() || b"+/=$.-,".contains(&b));
    let name_end = anchor.start;
    let key = reach::skip_back(bytes, name_end, |b| reach::is_word(b) || b == b'-')..name_end;
    record(text, start..end, Some(key).filter(|key| !key.is_empty()), form, hits);
}

fn filezilla(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let roof = bytes.len().min(anchor.end + ELEMENT);
    let Some(open) = memchr::memchr(b'>', &bytes[anchor.end..roof]).map(|n| anchor.end + n + 1) else {
        return;
    };
    let Some(close) = memchr::memchr(b'<', &bytes[open..roof]).map(|n| open + n) else { return };
    let value = reach::trim(bytes, open..close);
    if value.is_empty() {
        return;
    }
    let key = Some(anchor.start + 1..anchor.start + 5);
    if reach::continues(bytes, anchor.end, b"base64\"") {
        record(text, value, key, Form::Base64, hits);
    } else if reach::continues(bytes, anchor.end, b"crypt\"") {
        // From the public key on: neither it nor the cipher text opens anything without the master password.
        dropped(anchor.end..close, Reason::EncryptedValue, hits);
    }
}

fn cisco(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let start = reach::blanks(text.bytes, anchor.end);
    let end = reach::skip(text.bytes, start, |b| b.is_ascii_hexdigit());
    if text.bytes.get(end).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'')) {
        record(text, start..end, None, Form::Cisco7, hits);
    }
}

/// The value before the mark: `<Value>…</Value>`, maybe after a line break.
fn unattend(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let bytes = text.bytes;
    let floor = anchor.start.saturating_sub(ELEMENT);
    let before = &bytes[floor..anchor.start];
    let Some(open) = memchr::memmem::rfind(before, b"<Value>").map(|n| floor + n + 7) else { return };
    let Some(close) = memchr::memchr(b'<', &bytes[open..anchor.start]).map(|n| open + n) else { return };
    let value = reach::trim(bytes, open..close);
    let named = reach::find(bytes, open.saturating_sub(160)..open, b"password>").is_some();
    if value.is_empty() || !named {
        return;
    }
    if reach::continues(bytes, anchor.end, b"false") {
        record(text, value, None, Form::Utf16, hits);
    } else {
        push(text, hits, "password-file-entry", value, None, Syntax::Markup);
    }
}

fn dropped(span: Range<usize>, reason: Reason, hits: &mut Vec<Hit>) {
    let rule = RULE;
    hits.push(Hit { dropped: Some(reason), ..Hit::new(rule, span, None, Syntax::Field) });
}

/// Records `value` if it is one of this form; what it hides may be a placeholder.
pub(super) fn record(
    text: Text<'_>,
    value: Range<usize>,
    key: Option<Range<usize>>,
    form: Form,
    hits: &mut Vec<Hit>,
) {
    if value.is_empty() || value.len() > reach::VALUE {
        return;
    }
    let dropped = match form.undo(&text.bytes[value.clone()]) {
        Undone::Text(plain) => absent::of(&plain),
        Undone::Hidden => None,
        Undone::Encrypted => Some(Reason::EncryptedValue),
        Undone::Not => return,
    };
    hits.push(Hit { dropped, ..Hit::new(RULE, value, key, Syntax::Field) });
}

/// What a value of some form is.
#[derive(Debug, PartialEq, Eq)]
enum Undone {
    /// The password.
    Text(Vec<u8>),
    /// Of the form; the cipher is not undone here.
    Hidden,
    /// Of the form, under a key that is not there.
    Encrypted,
    /// Not of the form.
    Not,
}

impl Form {
    fn undo(self, value: &[u8]) -> Undone {
        let text =
            |plain: Option<Vec<u8>>| plain.filter(|plain| is_text(plain)).map_or(Undone::Not, Undone::Text);
        let hidden = |is: bool| if is { Undone::Hidden } else { Undone::Not };
        match self {
            Self::Base64 => text(BASE64.decode(value).ok()),
            Self::Utf16 => text(BASE64.decode(value).ok().and_then(|bytes| utf16(&bytes))),
            Self::WinScp => text(winscp(value)),
            Self::IntelliJ => text(intellij(value)),
            Self::Cisco7 => text(cisco7(value)),
            Self::Junos9 => hidden(
                value.len() >= 8
                    && value.starts_with(b"$9$")
                    && !value[3..].iter().any(|b| matches!(b, b'$' | b'+' | b'=')),
            ),
            Self::Rclone => hidden(BASE64URL.decode(value).is_ok_and(|bytes| bytes.len() > 16)),
            Self::GroupPolicy => hidden(
                value.len() >= 20 && BASE64.decode(value).is_ok_and(|bytes| bytes.len().is_multiple_of(16)),
            ),
            Self::Des => hidden(is_des(value)),
            Self::Nss => hidden(
                BASE64
                    .decode(value)
                    .is_ok_and(|der| der.len() > 40 && der[0] == 0x30 && der[2..5] == [4, 16, 0xf8]),
            ),
            Self::Base64Blob => hidden(value.len() >= 24 && BASE64.decode(value).is_ok()),
            Self::OwnKey if BASE64.decode(value).is_ok() => Undone::Encrypted,
            Self::OwnKey => Undone::Not,
        }
    }
}

/// Printable UTF-8.
fn is_text(plain: &[u8]) -> bool {
    !plain.is_empty()
        && std::str::from_utf8(plain)
            .is_ok_and(|text| text.chars().all(|c| !c.is_control() && c != '\u{fffd}'))
}

/// Eight or nine bytes in hexadecimal digits, with or without commas between.
fn is_des(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_hexdigit()).count();
    let commas = value.iter().filter(|b| **b == b',').count();
    matches!((digits, commas), (16 | 18, 0) | (16, 7)) && digits + commas == value.len()
}

fn utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let text = String::from_utf16(&units).ok().filter(|_| bytes.len().is_multiple_of(2))?;
    // The name of the setting stands at the end.
    let plain = text.strip_suffix("AdministratorPassword").or_else(|| text.strip_suffix("Password"))?;
    Some(plain.as_bytes().to_vec())
}

/// Flag, zero, length, number of filler bytes, filler, then user, host and password.
fn winscp(value: &[u8]) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = hex::decode(value)?.iter().map(|byte| !(byte ^ 0xa3)).collect();
    let [0xff, _, length, filler, rest @ ..] = bytes.as_slice() else { return None };
    let start = usize::from(*filler);
    rest.get(start..start + usize::from(*length)).map(<[u8]>::to_vec)
}

fn intellij(value: &[u8]) -> Option<Vec<u8>> {
    let bytes = hex::decode(value).filter(|bytes| bytes.len().is_multiple_of(2) && bytes.len() >= 6)?;
    let units: Vec<u16> =
        bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]) ^ 0xdfaa).collect();
    String::from_utf16(&units).ok().map(String::into_bytes)
}

fn cisco7(value: &[u8]) -> Option<Vec<u8>> {
    const KEY: &[u8] = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";
    let (place, body) = value.split_at_checked(2)?;
    let place: usize = std::str::from_utf8(place).ok()?.parse().ok()?;
    let bytes = hex::decode(body).filter(|bytes| place < KEY.len() && bytes.len() >= 3)?;
    Some(bytes.iter().enumerate().map(|(at, byte)| byte ^ KEY[(place + at) % KEY.len()]).collect())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{check, check_in, hits, password};
    use super::*;

    fn encoded(plain: &str) -> Vec<(String, Form)> {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let mut scp = vec![0xff, 0, plain.len() as u8, 2, 9, 9];
        scp.extend(plain.bytes());
        let scp: Vec<u8> = scp.iter().map(|byte| !(byte ^ 0xa3)).collect();
        vec![
            (BASE64.encode(plain), Form::Base64),
            (BASE64.encode(utf16(&format!("{plain}Password"))), Form::Utf16),
            (hex::encode(&scp).to_uppercase(), Form::WinScp),
            (plain.encode_utf16().map(|unit| format!("{:04x}", unit ^ 0xdfaa)).collect(), Form::IntelliJ),
        ]
    }

    #[test]
    fn forms_are_undone() {
        for (value, form) in encoded(&password(0)) {
            assert_eq!(form.undo(value.as_bytes()), Undone::Text(password(0).into_bytes()), "{form:?}");
            assert_eq!(form.undo(b"Kettle"), Undone::Not, "{form:?}");
        }
        // A value of Cisco's own documentation.
        let published = ["0822", "455D0A16"].concat();
        assert_eq!(Form::Cisco7.undo(published.as_bytes()), Undone::Text(b"cisco".to_vec()));
        assert_eq!(Form::Cisco7.undo(b"99112233"), Undone::Not);
    }

    #[test]
    fn hidden_passwords_are_found_where_their_programs_write_them() {
        let [base64, utf16, scp, jet] = encoded(&password(1)).try_into().expect("four forms");
        for (path, text, value) in [
            ("sitemanager.xml", format!("<Pass encoding=\"base64\">{}</Pass>", base64.0), &base64.0),
            ("WinSCP.ini", format!("Password={}\n", scp.0), &scp.0),
            ("users.ldif", format!("uid: me\nuserPassword:: {}\n", base64.0), &base64.0),
            (".idea/webServers.xml", format!("<fileTransfer password=\"{}\" />", jet.0), &jet.0),
            (
                "unattend.xml",
                format!("<Password>\n <Value>{}</Value>\n <PlainText>false</PlainText>", utf16.0),
                &utf16.0,
            ),
        ] {
            let found: Vec<_> = [FILEZILLA, MARKED, UNATTEND]
                .iter()
                .flat_map(|detector| hits(detector, path, &text))
                .collect();
            assert_eq!(found.len(), 1, "{path}");
            assert_eq!((&text[found[0].span.clone()], found[0].rule), (value.as_str(), RULE), "{path}");
        }
    }

    #[test]
    fn what_a_master_password_protects_is_dropped() {
        let text = "<Pass encoding=\"crypt\" pubkey=\"QUJD\">R0hJSktM</Pass>";
        let found = hits(&FILEZILLA, "sitemanager.xml", text);
        assert_eq!((found.len(), found[0].dropped), (1, Some(Reason::EncryptedValue)));
    }

    #[test]
    fn plain_setup_passwords_are_entries() {
        check(
            &UNATTEND,
            "password-file-entry",
            &[
                ("<Password><Value>PWD1</Value><Plain~Text>true</PlainText>", &["PWD1"]),
                ("<Key><Value>PWD1</Value><Plain~Text>true</PlainText>", &[]),
            ],
        );
    }

    #[test]
    fn look_alikes_are_left_alone() {
        check_in(
            &MARKED,
            RULE,
            "a.xml",
            &[("x=\"df~2a\"", &[]), ("x=\"df~00aa11\"", &[]), ("c=a3~5cff", &[]), ("\"$9~$1$2\"", &[])],
        );
        check(&CISCO, RULE, &[("pass~word 7 days", &[]), ("pass~word 7 12", &[])]);
    }
}
