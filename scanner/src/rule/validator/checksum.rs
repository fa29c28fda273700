//! Tokens that carry a checksum of themselves.

use super::super::codec;
use super::proven;
use crate::candidate::Proof;

/// GitHub and npm: after the prefix 30 characters and six of checksum. Tokens of other lengths are newer or older
/// forms without this checksum.
pub(super) fn crc32_base62(secret: &[u8]) -> Proof {
    let Some(at) = secret.iter().position(|&b| b == b'_') else {
        return Proof::None;
    };
    let body = &secret[at + 1..];
    if body.len() != 36 {
        return Proof::None;
    }
    let (random, sum) = body.split_at(30);
    proven(codec::crc32_base62(random).as_bytes() == sum)
}

/// GitLab's `PREFIX payload . version . length(2) crc(7)`, and the form without a version that came before it.
/// The checksum covers all before it, the prefix included.
pub(super) fn gitlab_routable(secret: &[u8]) -> Proof {
    let Some(tail) = memchr::memrchr(b'.', secret) else {
        return Proof::None;
    };
    if secret.len() - tail - 1 != 9 {
        return Proof::None;
    }
    let (checked, sum) = secret.split_at(secret.len() - 7);
    if codec::crc32_base36(checked).as_bytes() == sum {
        return Proof::Valid;
    }
    // An instance may set a prefix of its own, which ends nowhere; only the default one is known to be whole.
    if secret.starts_with(b"glpat-") { Proof::Invalid } else { Proof::None }
}

/// Grafana's `glsa_`, 32 characters, `_`, eight hex digits.
pub(super) fn grafana_crc(secret: &[u8]) -> Proof {
    let Some(at) = memchr::memrchr(b'_', secret) else {
        return Proof::None;
    };
    proven(codec::crc32_hex_le(&secret[..at]).as_bytes() == &secret[at + 1..])
}

pub(super) fn bech32(hrp: &str, secret: &[u8]) -> Proof {
    proven(codec::bech32_is_valid(hrp, secret))
}

/// BIP 32: 78 bytes of payload, the key behind a zero byte.
pub(super) fn extended_key(secret: &[u8]) -> Proof {
    proven(codec::base58check_decode(secret).is_some_and(|payload| payload.len() == 78))
}

/// A private key of 32 bytes after the network's byte, perhaps marked as compressed.
pub(super) fn wallet_key(secret: &[u8]) -> Proof {
    proven(codec::base58check_decode(secret).is_some_and(|payload| match payload.len() {
        33 => true,
        34 => payload[33] == 1,
        _ => false,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn github_tokens_of_other_lengths_prove_nothing() {
        assert_eq!(crc32_base62(b"ghs_short"), Proof::None);
        assert_eq!(crc32_base62(b"no-prefix"), Proof::None);
    }

    #[test]
    fn gitlab_tokens_without_a_checksum_prove_nothing() {
        assert_eq!(gitlab_routable(&[&b"glpat-"[..], &[b'a'; 20]].concat()), Proof::None);
        let old_form = concat!("glpat-", "abcdefghijklmnopqrstuvwxyzab.0s");
        let sum = codec::crc32_base36(old_form.as_bytes());
        assert_eq!(gitlab_routable(format!("{old_form}{sum}").as_bytes()), Proof::Valid);
        assert_eq!(gitlab_routable(format!("{old_form}0000000").as_bytes()), Proof::Invalid);
        assert_eq!(gitlab_routable(format!("x{old_form}0000000").as_bytes()), Proof::None);
    }

    #[test]
    fn a_wallet_key_has_32_bytes() {
        let key = |length: usize| codec::base58check_encode(&vec![0x80; length]);
        assert_eq!(wallet_key(key(33).as_bytes()), Proof::Valid);
        assert_eq!(wallet_key(key(21).as_bytes()), Proof::Invalid);
        assert_eq!(wallet_key(key(34).as_bytes()), Proof::Invalid);
    }
}
