//! Tells encrypted from plain SSH keys by the cipher that their own header names.
//!
//! OpenSSH's `PROTOCOL.key`: the bytes `openssh-key-v1\0`, then the cipher's name as a string. SSH2 (ssh.com):
//! a magic number, a length, the key type and the cipher's name.

/// Magic number of an SSH2 private key.
const SSH2_MAGIC: [u8; 4] = [0x3f, 0x6f, 0xf9, 0xeb];

/// True if the decoded beginning of a key names a cipher other than `none`; false if it names none or is cut.
pub(super) fn is_encrypted(head: &[u8]) -> bool {
    let name = if let Some(rest) = head.strip_prefix(b"openssh-key-v1\0") {
        string(rest).map(|(name, _)| name)
    } else if let Some(rest) = head.strip_prefix(&SSH2_MAGIC) {
        rest.get(4..).and_then(string).and_then(|(_, rest)| string(rest)).map(|(name, _)| name)
    } else {
        None
    };
    name.is_some_and(|name| name != b"none")
}

/// A string with its length in four bytes before it, and what follows.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::is_encrypted;

    fn string(text: &str) -> Vec<u8> {
        [&(text.len() as u32).to_be_bytes()[..], text.as_bytes()].concat()
    }

    #[test]
    fn the_named_cipher_decides() {
        let openssh = |cipher| [b"openssh-key-v1\0".to_vec(), string(cipher)].concat();
        let ssh2 =
            |cipher| [vec![0x3f, 0x6f, 0xf9, 0xeb, 0, 0, 1, 0], string("if-modn"), string(cipher)].concat();
        for (head, encrypted) in [
            (openssh("none"), false),
            (openssh("aes256-ctr"), true),
            (ssh2("none"), false),
            (ssh2("3des-cbc"), true),
            (b"openssh-key-v1\0\xff\xff\xff\xffaes".to_vec(), false),
            (Vec::new(), false),
        ] {
            assert_eq!(is_encrypted(&head), encrypted, "{head:?}");
        }
    }
}
