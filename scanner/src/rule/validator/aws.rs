//! AWS access key ids: sixteen Base32 characters after a four-letter type, with the account id in the first bits.

use super::super::codec::BASE32;
use super::proven;
use crate::candidate::Proof;

/// Account ids have twelve decimal digits.
const ACCOUNTS: u64 = 1_000_000_000_000;

/// The account that a key id belongs to. `None` for ids from before about 2019, which do not hold it, and for
/// everything that is not a key id.
pub fn account_id(key_id: &[u8]) -> Option<u64> {
    let bits = decode(key_id)?;
    // The first bit marks the newer form; the account is the next forty.
    let account = bits >> 39 & ((1 << 40) - 1);
    (bits >> 79 == 1).then_some(account as u64).filter(|&account| account < ACCOUNTS)
}

fn decode(key_id: &[u8]) -> Option<u128> {
    let body = key_id.get(4..).filter(|body| body.len() == 16)?;
    body.iter().try_fold(0u128, |bits, c| {
        let value = BASE32.iter().position(|digit| digit == c)?;
        Some(bits << 5 | value as u128)
    })
}

pub(super) fn check(key_id: &[u8]) -> Proof {
    match decode(key_id) {
        None => Proof::Invalid,
        Some(bits) if bits >> 79 == 0 => Proof::None,
        Some(_) => proven(account_id(key_id).is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_read_from_newer_ids_only() {
        // AWS's documentation uses this id everywhere; it has the older form.
        let documented = concat!("AKIA", "IOSFODNN7EXAMPLE");
        assert_eq!((account_id(documented.as_bytes()), check(documented.as_bytes())), (None, Proof::None));
        // An id of the newer form that was published, with its account, to explain it.
        let newer = concat!("ASIA", "QNZGKIQY56JQ7WML");
        assert_eq!(account_id(newer.as_bytes()), Some(29_608_264_753));
        assert_eq!(check(newer.as_bytes()), Proof::Valid);
    }

    #[test]
    fn other_characters_lengths_and_impossible_accounts_are_invalid() {
        for body in ["0000000000000000", "QNZGKIQY56JQ7WM", "7777777777777777", "QNZGKIQY56JQ7WM1"] {
            assert_eq!(check(format!("AKIA{body}").as_bytes()), Proof::Invalid, "{body}");
        }
        assert_eq!(check(b"AKI"), Proof::Invalid);
    }
}
