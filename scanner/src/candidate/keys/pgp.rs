//! Tells how the secret part of an `OpenPGP` key is protected (RFC 9580, sections 4.2 and 5.5.3).

/// How a secret key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// In the clear, or in a form that is not understood.
    Plain,
    /// Under a passphrase.
    Passphrase,
    /// Not here: only a stub (`GnuPG` keeps the key elsewhere or on a card).
    Absent,
}

/// Packet type of a secret key.
const SECRET_KEY: u8 = 5;

/// Reads the first packet of a key. What cannot be read counts as plain, which is the louder answer.
pub(super) fn protection(key: &[u8]) -> Protection {
    read(key).unwrap_or(Protection::Plain)
}

fn read(key: &[u8]) -> Option<Protection> {
    let mut rest = secret_key_packet(key)?;
    let version = take(&mut rest, 1)?[0];
    take(&mut rest, 4)?;
    if version == 3 {
        take(&mut rest, 2)?;
    }
    let algorithm = take(&mut rest, 1)?[0];
    if version >= 5 {
        take(&mut rest, 4)?;
    }
    skip_public_part(algorithm, &mut rest)?;
    Some(match take(&mut rest, 1)?[0] {
        0 => Protection::Plain,
        253..=255 => {
            // Versions 5 and 6 put a count before the parameters; the stub exists in version 4 only.
            let [_, kind, _, mark @ ..] = rest else { return Some(Protection::Passphrase) };
            if version == 4 && *kind == 101 && mark.starts_with(b"GNU") {
                Protection::Absent
            } else {
                Protection::Passphrase
            }
        }
        _ => Protection::Passphrase,
    })
}

/// The body of the first packet, if it is a secret key.
fn secret_key_packet(key: &[u8]) -> Option<&[u8]> {
    let (&tag, rest) = key.split_first()?;
    let (packet, length_bytes) = match tag {
        0xc0..=0xff => (
            tag & 0x3f,
            match rest.first()? {
                0..=191 => 1,
                192..=223 => 2,
                255 => 5,
                _ => return None,
            },
        ),
        0x80..=0xbf => (
            tag >> 2 & 0x0f,
            match tag & 3 {
                0 => 1,
                1 => 2,
                2 => 4,
                _ => 0,
            },
        ),
        _ => return None,
    };
    if packet == SECRET_KEY { rest.get(length_bytes..) } else { None }
}

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
    use super::*;

    /// A version 4 Ed25519 key (algorithm 22) that ends with these bytes.
    fn key(tail: &[u8]) -> Vec<u8> {
        let oid = [0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1];
        let point = [vec![1, 7], vec![0x40; 33]].concat();
        [&[0x94, 0x58, 4, 0, 0, 0, 0, 22, 9][..], &oid, &point, tail].concat()
    }

    #[test]
    fn the_usage_octet_decides() {
        for (tail, expected) in [
            (&[0, 0, 0xff][..], Protection::Plain),
            (&[254, 7, 3, 8], Protection::Passphrase),
            (&[255, 101, 0, b'G', b'N', b'U', 1], Protection::Passphrase),
            (&[254, 101, 8], Protection::Passphrase),
            (&[], Protection::Plain),
        ] {
            assert_eq!(protection(&key(tail)), expected, "{tail:?}");
        }
    }

    #[test]
    fn a_stub_holds_no_secret() {
        assert_eq!(protection(&key(&[254, 0, 101, 2, b'G', b'N', b'U', 2])), Protection::Absent);
    }

    #[test]
    fn other_packets_and_cut_keys_are_plain() {
        for cut in [&[][..], &[0x94], &[0xc6, 0x10, 4], &[0x20; 40], &[0x94, 5, 4, 0, 0, 0, 0, 1, 255, 255]] {
            assert_eq!(protection(cut), Protection::Plain);
        }
    }
}
