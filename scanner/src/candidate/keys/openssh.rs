//! Keys of SSH programs by their own structure: OpenSSH's (its `PROTOCOL.key`) and SSH2's (ssh.com).
//!
//! OpenSSH: the bytes `openssh-key-v1\0`, cipher, derivation of its key, the public key, and the private part, which
//! begins with the same number twice, so that a wrong passphrase shows. SSH2: a magic number, a length, the key type
//! and the cipher's name.

use super::form::{self, Form, Sort};

const MAGIC: &[u8] = b"openssh-key-v1\0";
/// Magic number of an SSH2 private key.
const SSH2_MAGIC: &[u8] = &[0x3f, 0x6f, 0xf9, 0xeb];
/// Types of public keys in use.
const TYPES: &[&[u8]] = &[
    b"ssh-ed25519",
    b"ssh-rsa",
    b"ssh-dss",
    b"ecdsa-sha2-nistp256",
    b"ecdsa-sha2-nistp384",
    b"ecdsa-sha2-nistp521",
    b"sk-ssh-ed25519@openssh.com",
    b"sk-ecdsa-sha2-nistp256@openssh.com",
];

/// The form of a key; not proven if it is cut or was changed, none if it is of another format.
pub(super) fn form(key: &[u8]) -> Option<Form> {
    if let Some(rest) = key.strip_prefix(MAGIC) {
        return openssh(rest).or_else(|| Some(unproven("OpenSSH", Fields(rest).string()?)));
    }
    if let Some(rest) = key.strip_prefix(SSH2_MAGIC) {
        let mut fields = Fields(rest.get(4..)?);
        fields.string()?;
        return Some(unproven("SSH2", fields.string()?));
    }
    public(key)
}

/// A key of which only the cipher's name could be read.
fn unproven(format: &'static str, cipher: &[u8]) -> Form {
    let form = Form { is_proven: false, ..Form::proven(Sort::Private, format) };
    if cipher == b"none" { form } else { under(form, cipher) }
}

fn under(form: Form, cipher: &[u8]) -> Form {
    let is_name = cipher.len() <= 64 && cipher.iter().all(u8::is_ascii_graphic);
    let cipher = is_name.then(|| String::from_utf8_lossy(cipher).into_owned());
    Form { sort: Sort::Encrypted, cipher, ..form }
}

fn openssh(rest: &[u8]) -> Option<Form> {
    let mut fields = Fields(rest);
    let (cipher, derivation) = (fields.string()?, fields.string()?);
    fields.string()?;
    let count = fields.number()?;
    let (public, private) = (fields.string()?, fields.string()?);
    // With an AEAD cipher its tag follows.
    if count != 1 || !(fields.0.is_empty() || fields.0.len() == 16) {
        return None;
    }
    let form = Form::proven(Sort::Private, "OpenSSH").of(algorithm(public)?);
    if cipher == b"none" {
        let comment = plain(private, Fields(public).string()?)?;
        return Some(Form { comment: Some(comment).filter(|text| !text.is_empty()), ..form });
    }
    let derivation = (derivation == b"bcrypt").then(|| "bcrypt".to_owned());
    let whole = !private.is_empty() && private.len().is_multiple_of(8);
    whole.then(|| Form { derivation, ..under(form, cipher) })
}

/// Reads a private part that is not encrypted, to its end. Its comment.
fn plain(private: &[u8], sort: &[u8]) -> Option<String> {
    let mut fields = Fields(private);
    if fields.number()? != fields.number()? || fields.string()? != sort {
        return None;
    }
    let strings = match sort {
        b"ssh-ed25519" => 2,
        b"ssh-rsa" => {
            let mut numbers = [&[][..]; 6];
            for number in &mut numbers {
                *number = fields.string()?;
            }
            let [modulus, _, _, _, p, q] = numbers;
            if !form::is_product(modulus, p, q) {
                return None;
            }
            0
        }
        b"ssh-dss" => 5,
        [b's', b'k', b'-', rest @ ..] => {
            // Public key and application, with a curve before them or without; then a byte of flags.
            for _ in 0..2 + usize::from(rest.starts_with(b"ecdsa")) {
                fields.string()?;
            }
            fields.take(1)?;
            2
        }
        _ => 3,
    };
    for _ in 0..strings {
        fields.string()?;
    }
    let comment = fields.string()?;
    let padded = fields.0.iter().zip(1_usize..).all(|(&byte, number)| usize::from(byte) == number);
    padded.then(|| String::from_utf8_lossy(comment).into_owned())
}

/// A public key where a private one should be.
fn public(key: &[u8]) -> Option<Form> {
    let mut fields = Fields(key);
    let sort = fields.string()?;
    if !TYPES.contains(&sort) {
        return None;
    }
    while !fields.0.is_empty() {
        fields.string()?;
    }
    Some(Form::proven(Sort::Public, "OpenSSH").of(algorithm(key)))
}

/// Algorithm and size of a public key.
pub(super) fn algorithm(public: &[u8]) -> Option<String> {
    let mut fields = Fields(public);
    let sort = fields.string()?;
    if !TYPES.contains(&sort) {
        return None;
    }
    Some(match sort {
        b"ssh-ed25519" => "Ed25519".to_owned(),
        b"ssh-rsa" => {
            fields.string()?;
            form::rsa_name(fields.string()?)
        }
        b"ssh-dss" => "DSA".to_owned(),
        [b's', b'k', b'-', ..] => format!("{}, on a security key", String::from_utf8_lossy(sort)),
        _ => format!("EC, P-{}", String::from_utf8_lossy(&sort[sort.len() - 3..])),
    })
}

/// Strings with their length in four bytes before them (RFC 4251, 5).
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4).and_then(|digits| Some(u32::from_be_bytes(digits.try_into().ok()?)))
    }

    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let (before, count) = (*self, self.number()?);
        let string = usize::try_from(count).ok().and_then(|count| self.take(count));
        if string.is_none() {
            *self = before;
        }
        string
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn the_named_cipher_decides_of_a_cut_key() {
        let string = samples::string;
        let openssh = |cipher: &[u8]| [MAGIC.to_vec(), string(cipher)].concat();
        let ssh2 = |cipher: &[u8]| {
            [SSH2_MAGIC.to_vec(), vec![0, 0, 1, 0], string(b"if-modn"), string(cipher)].concat()
        };
        for (head, expected) in [
            (openssh(b"none"), Some(Sort::Private)),
            (openssh(b"aes256-ctr"), Some(Sort::Encrypted)),
            (ssh2(b"none"), Some(Sort::Private)),
            (ssh2(b"3des-cbc"), Some(Sort::Encrypted)),
            (b"openssh-key-v1\0\xff\xff\xff\xffaes".to_vec(), None),
            (Vec::new(), None),
        ] {
            let form = form(&head);
            assert_eq!(form.as_ref().map(|form| form.sort), expected, "{head:?}");
            assert!(form.is_none_or(|form| !form.is_proven));
        }
    }

    #[test]
    fn a_whole_key_says_what_it_is() {
        let form = form(&samples::openssh("me@kestrel")).expect("a key");
        assert_eq!((form.sort, form.is_proven), (Sort::Private, true));
        assert_eq!(form.algorithm.as_deref(), Some("Ed25519"));
        assert_eq!(form.comment.as_deref(), Some("me@kestrel"));
    }

    #[test]
    fn a_changed_or_cut_key_is_not_proven() {
        let whole = samples::openssh("me");
        let at = whole.len() - samples::string(b"me").len() - 70;
        let changed = |at: usize| {
            let mut key = whole.clone();
            key[at] ^= 1;
            key
        };
        // Where the number stands twice, and in the padding.
        let check = whole.windows(8).position(|pair| pair == [7; 8]).expect("the number twice");
        for key in
            [changed(check), changed(whole.len() - 1), whole[..at].to_vec(), [&whole[..], b"x"].concat()]
        {
            assert!(!form(&key).expect("its cipher can be read").is_proven);
        }
    }

    #[test]
    fn a_public_key_is_known() {
        let public = [samples::string(b"ssh-ed25519"), samples::string(&[7; 32])].concat();
        assert_eq!(form(&public).map(|form| form.sort), Some(Sort::Public));
        assert_eq!(form(&public[..40]), None);
    }
}
