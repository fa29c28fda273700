//! Reads the packets of an `OpenPGP` key (RFC 9580, sections 4.2 and 5.5.3): whose it is, and how its secret part is
//! protected.
//!
//! A secret part in the clear ends with the sum of its bytes, which proves it.

use super::form::{Form, Sort};

/// How a secret key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protection {
    /// In the clear.
    Plain,
    /// Under a passphrase, with this cipher.
    Passphrase(u8),
    /// Not here: only a stub (`GnuPG` keeps the key elsewhere or on a card).
    Absent,
}

/// What was found out about a secret key.
#[derive(Debug)]
struct Secret {
    protection: Protection,
    algorithm: Option<String>,
    /// The packet was read to its end and is right.
    is_proven: bool,
}

/// What the forms of this module are named.
pub(super) const FORMAT: &str = "OpenPGP";

// Types of packets.
const SECRET_KEY: u8 = 5;
const PUBLIC_KEY: u8 = 6;
const SECRET_SUBKEY: u8 = 7;
const USER_ID: u8 = 13;

/// What the packets say; none if the first one is no key. What is cut is not proven, and counts as not encrypted where
/// nothing says so, which is the louder answer.
pub(super) fn form(key: &[u8]) -> Option<Form> {
    let mut rest = key;
    let (first, whole) = packet(&mut rest)?;
    if first == PUBLIC_KEY {
        let mut body = whole?;
        let genuine = public_part(&mut body).is_some() && body.is_empty();
        return genuine.then(|| Form::proven(Sort::Public, FORMAT));
    }
    if first != SECRET_KEY {
        return None;
    }
    let mut rest = key;
    let mut found: Option<Secret> = None;
    let mut comment = None;
    while let Some((kind, body)) = packet(&mut rest) {
        match kind {
            // The first one counts; of a stub the keys under it may be here all the same.
            SECRET_KEY | SECRET_SUBKEY
                if found.as_ref().is_none_or(|first| first.protection == Protection::Absent) =>
            {
                found = secret(body.unwrap_or(rest), body.is_some()).or(found);
            }
            USER_ID if comment.is_none() => {
                comment = body.map(|name| String::from_utf8_lossy(name).into_owned());
            }
            _ => {}
        }
        if body.is_none() {
            break;
        }
    }
    let unproven = || Form { is_proven: false, ..Form::proven(Sort::Private, FORMAT) };
    let Some(found) = found else { return Some(unproven()) };
    let form = Form { comment, is_proven: found.is_proven, ..Form::proven(Sort::Private, FORMAT) };
    let form = form.of(found.algorithm);
    Some(match found.protection {
        Protection::Plain => form,
        Protection::Absent => Form { sort: Sort::Public, is_proven: true, ..form },
        Protection::Passphrase(cipher) => {
            let name = CIPHERS.iter().find(|(known, _)| *known == cipher);
            Form { sort: Sort::Encrypted, cipher: name.map(|(_, name)| (*name).to_owned()), ..form }
        }
    })
}

/// Reads a secret key's packet, of which `is_whole` says if it is all there. None if its public part is not.
fn secret(body: &[u8], is_whole: bool) -> Option<Secret> {
    let mut rest = body;
    let (version, number, algorithm) = public_part(&mut rest)?;
    let usage = take(&mut rest, 1)?[0];
    let protection = match usage {
        0 => Protection::Plain,
        253..=255 => {
            // Versions 5 and 6 put a count before the parameters; the stub exists in version 4 only.
            let at = usize::from(version >= 5);
            let cipher = rest.get(at).copied().unwrap_or_default();
            match rest {
                [_, 101, _, mark @ ..] if version == 4 && mark.starts_with(b"GNU") => Protection::Absent,
                _ => Protection::Passphrase(cipher),
            }
        }
        cipher => Protection::Passphrase(cipher),
    };
    let is_proven = is_whole
        && match protection {
            Protection::Plain => plain_is_right(version, number, rest).is_some(),
            Protection::Passphrase(cipher) => (1..=13).contains(&cipher) && rest.len() >= 24,
            Protection::Absent => true,
        };
    Some(Secret { protection, algorithm, is_proven })
}

/// Reads the numbers of a secret part in the clear, and the sum after them.
fn plain_is_right(version: u8, algorithm: u8, part: &[u8]) -> Option<()> {
    let mut rest = part;
    match algorithm {
        1..=3 => skip_integers(4, &mut rest)?,
        16..=19 | 22 => skip_integers(1, &mut rest)?,
        25 | 27 => take(&mut rest, 32).map(|_| ())?,
        26 => take(&mut rest, 56).map(|_| ())?,
        28 => take(&mut rest, 57).map(|_| ())?,
        _ => return None,
    }
    if version == 6 {
        return rest.is_empty().then_some(());
    }
    let numbers = &part[..part.len() - rest.len()];
    let sum = numbers.iter().fold(0_u16, |sum, &byte| sum.wrapping_add(u16::from(byte)));
    (rest == sum.to_be_bytes()).then_some(())
}

/// Reads what comes before the secret part. Version, number of the algorithm, and its name.
fn public_part(rest: &mut &[u8]) -> Option<(u8, u8, Option<String>)> {
    let version = take(rest, 1)?[0];
    if !(3..=6).contains(&version) {
        return None;
    }
    take(rest, 4)?;
    if version == 3 {
        take(rest, 2)?;
    }
    let algorithm = take(rest, 1)?[0];
    if version >= 5 {
        take(rest, 4)?;
    }
    let before = *rest;
    skip_public_part(algorithm, rest)?;
    let bits = before.first_chunk::<2>().map_or(0, |digits| u16::from_be_bytes(*digits));
    let name = match algorithm {
        1..=3 => Some(format!("RSA, {bits} bits")),
        16 | 20 => Some(format!("Elgamal, {bits} bits")),
        17 => Some(format!("DSA, {bits} bits")),
        18 => Some("ECDH".to_owned()),
        19 => Some("ECDSA".to_owned()),
        22 | 27 => Some("Ed25519".to_owned()),
        25 => Some("X25519".to_owned()),
        26 => Some("X448".to_owned()),
        28 => Some("Ed448".to_owned()),
        _ => None,
    };
    Some((version, algorithm, name))
}

/// Takes the next packet: its type and its body. A body that is cut, or of a length that is not said before it, is none,
/// and what there is of it is left.
fn packet<'a>(rest: &mut &'a [u8]) -> Option<(u8, Option<&'a [u8]>)> {
    let (&tag, after) = rest.split_first()?;
    let number = |digits: &[u8]| digits.iter().fold(0_usize, |sum, &digit| sum << 8 | usize::from(digit));
    let (kind, width, length) = match tag {
        0xc0..=0xff => {
            let (width, length) = match *after {
                [first @ 0..=191, ..] => (1, usize::from(first)),
                [first @ 192..=223, second, ..] => {
                    (2, ((usize::from(first) - 192) << 8) + usize::from(second) + 192)
                }
                [255, ..] => (5, number(after.get(1..5)?)),
                _ => return None,
            };
            (tag & 0x3f, width, Some(length))
        }
        0x80..=0xbf => {
            let width = [1, 2, 4, 0][usize::from(tag & 3)];
            (tag >> 2 & 0x0f, width, (width > 0).then_some(number(after.get(..width)?)))
        }
        _ => return None,
    };
    *rest = after.get(width..)?;
    let body = length.and_then(|length| rest.split_at_checked(length));
    if let Some((_, after)) = body {
        *rest = after;
    }
    Some((kind, body.map(|(body, _)| body)))
}

const CIPHERS: &[(u8, &str)] = &[
    (1, "IDEA"),
    (2, "3DES"),
    (3, "CAST5"),
    (4, "Blowfish"),
    (7, "AES-128"),
    (8, "AES-192"),
    (9, "AES-256"),
    (10, "Twofish"),
    (11, "Camellia-128"),
    (12, "Camellia-192"),
    (13, "Camellia-256"),
];

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

fn skip_public_part(algorithm: u8, rest: &mut &[u8]) -> Option<()> {
    match algorithm {
        1..=3 => skip_integers(2, rest),
        16 | 20 => skip_integers(3, rest),
        17 => skip_integers(4, rest),
        18 => {
            skip_counted(rest)?;
            skip_integers(1, rest)?;
            skip_counted(rest)
        }
        19 | 22 => {
            skip_counted(rest)?;
            skip_integers(1, rest)
        }
        25 | 27 => take(rest, 32).map(|_| ()),
        26 => take(rest, 56).map(|_| ()),
        28 => take(rest, 57).map(|_| ()),
        _ => None,
    }
}

/// Skips a field with its length in one byte before it (a curve's name, key derivation parameters).
fn skip_counted(rest: &mut &[u8]) -> Option<()> {
    let count = usize::from(take(rest, 1)?[0]);
    take(rest, count).map(|_| ())
}

/// Skips integers with their length in bits in two bytes before them.
fn skip_integers(count: usize, rest: &mut &[u8]) -> Option<()> {
    for _ in 0..count {
        let bits = take(rest, 2)?;
        take(rest, usize::from(u16::from_be_bytes([bits[0], bits[1]])).div_ceil(8))?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    /// A version 4 Ed25519 key (algorithm 22) that ends with these bytes, in a packet whose length goes further.
    fn key(tail: &[u8]) -> Vec<u8> {
        let oid = [0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1];
        let point = [vec![1, 7], vec![0x40; 33]].concat();
        [&[0x94, 0x90, 4, 0, 0, 0, 0, 22, 9][..], &oid, &point, tail].concat()
    }

    fn sort(key: &[u8]) -> Option<(Sort, bool)> {
        form(key).map(|form| (form.sort, form.is_proven))
    }

    #[test]
    fn the_usage_octet_decides_of_a_cut_key() {
        for (tail, expected) in [
            (&[0, 0, 0xff][..], Sort::Private),
            (&[254, 7, 3, 8], Sort::Encrypted),
            (&[255, 101, 0, b'G', b'N', b'U', 1], Sort::Encrypted),
            (&[254, 101, 8], Sort::Encrypted),
            (&[], Sort::Private),
        ] {
            assert_eq!(sort(&key(tail)), Some((expected, false)), "{tail:?}");
        }
    }

    #[test]
    fn a_whole_key_says_whose_it_is() {
        let whole = samples::pgp("Ada <ada@kestrel.io>");
        let form = form(&whole).expect("a key");
        assert_eq!((form.sort, form.is_proven), (Sort::Private, true));
        assert_eq!(form.algorithm.as_deref(), Some("Ed25519"));
        assert_eq!(form.comment.as_deref(), Some("Ada <ada@kestrel.io>"));
        let mut changed = whole.clone();
        let last = changed.iter().rposition(|&byte| byte == 0x5a).expect("a byte of the number");
        changed[last] ^= 1;
        assert_eq!(sort(&changed), Some((Sort::Private, false)));
    }

    #[test]
    fn a_stub_holds_no_secret_but_a_key_under_it_may() {
        let stub = key(&[254, 0, 101, 2, b'G', b'N', b'U', 2]);
        let whole = [&[0x94, stub.len() as u8 - 2][..], &stub[2..]].concat();
        assert_eq!(sort(&whole), Some((Sort::Public, true)));
        let mut under = samples::pgp("x");
        under[0] = 0x9c;
        assert_eq!(sort(&[whole, under].concat()), Some((Sort::Private, true)));
    }

    #[test]
    fn other_packets_are_no_keys() {
        for cut in [&[][..], &[0x94], &[0x20; 40], &[0xb4, 1, b'x']] {
            assert_eq!(sort(cut), None, "{cut:x?}");
        }
        for cut in [&[0xc5, 0x10, 4][..], &[0x94, 5, 4, 0, 0, 0, 0, 1, 255, 255]] {
            assert_eq!(sort(cut), Some((Sort::Private, false)), "{cut:x?}");
        }
    }
}
