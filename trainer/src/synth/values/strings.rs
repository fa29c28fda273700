//! Random strings, numbers, dates and addresses.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use super::range;
use crate::synth::random::Random;

const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";
const HEX_UPPER: &[u8] = b"0123456789ABCDEF";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER_DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const UPPER_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BASE62: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Crockford's Base32, of ULIDs.
const CROCKFORD: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// What password managers take when all signs are allowed, less quotes, backslash, backtick and angle brackets.
const SIGNED: &[u8] =
    b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789abcdefghijkmnopqrstuvwxyz!#%*+-=?@_.:,^~!@#$&()";
/// The milder set of most password generators.
const MILD: &[u8] =
    b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789abcdefghijkmnopqrstuvwxyz0123456789!@#-_.*";
/// Signs that people add.
const SIGNS: &[u8] = b"!!!!@@#$%&*?.-_+=,:^~";

/// `count` characters of an alphabet.
fn string(alphabet: &[u8], count: usize, random: &mut Random) -> String {
    (0..count).map(|_| char::from(alphabet[random.below(alphabet.len())])).collect()
}

/// See [`super::make`].
pub(super) fn make(name: &str, argument: &str, random: &mut Random) -> Option<String> {
    let alphabet = match name {
        "dec" => DIGITS,
        "hex" => HEX,
        "hexu" => HEX_UPPER,
        "low" => LOWER,
        "up" => UPPER,
        "lowd" => LOWER_DIGITS,
        "upd" => UPPER_DIGITS,
        "b62" => BASE62,
        "alpha" => LETTERS,
        "b58" => BASE58,
        "b32" => BASE32,
        "crock" => CROCKFORD,
        "sym" => SIGNED,
        "mild" => MILD,
        "sign" => SIGNS,
        _ => return special(name, argument, random),
    };
    let (least, most) = range(argument)?;
    let count = random.between(least, most.min(4096));
    Some(string(alphabet, count, random))
}

fn special(name: &str, argument: &str, random: &mut Random) -> Option<String> {
    // Base64 parts count bytes before encoding.
    let encoding = match name {
        "b64" => Some(STANDARD),
        "b64n" => Some(STANDARD_NO_PAD),
        "b64u" => Some(URL_SAFE_NO_PAD),
        "b64up" => Some(URL_SAFE),
        _ => None,
    };
    if let Some(encoding) = encoding {
        let (least, most) = range(argument)?;
        let count = random.between(least, most.min(4096));
        return Some(encoding.encode(random.bytes(count)));
    }
    Some(match name {
        "int" => {
            let (least, most) = range(argument)?;
            random.between(least, most).to_string()
        }
        // Zero-padded to the width of the upper bound.
        "num" => {
            let (least, most) = range(argument)?;
            let width = most.to_string().len();
            format!("{:0width$}", random.between(least, most))
        }
        "uuid" => uuid(random),
        "date" => format!(
            "{}-{:02}-{:02}",
            random.between(2008, 2026),
            random.between(1, 12),
            random.between(1, 28)
        ),
        "time" => {
            format!("{:02}:{:02}:{:02}", random.between(0, 23), random.between(0, 59), random.between(0, 59))
        }
        "ip" => match random.below(3) {
            0 => format!("10.{}.{}.{}", random.below(256), random.below(256), random.between(1, 254)),
            1 => format!("192.168.{}.{}", random.below(256), random.between(1, 254)),
            _ => format!("172.{}.{}.{}", random.between(16, 31), random.below(256), random.between(1, 254)),
        },
        "mac" => (0..6).map(|_| string(HEX, 2, random)).collect::<Vec<_>>().join(":"),
        // Groups of an alphabet joined by dashes: `groups:5x5`.
        "groups" => {
            let (count, length) = argument.split_once('x')?;
            let (count, length) = (count.parse::<usize>().ok()?, length.parse::<usize>().ok()?);
            (0..count.min(16))
                .map(|_| string(UPPER_DIGITS, length.min(16), random))
                .collect::<Vec<_>>()
                .join("-")
        }
        _ => return None,
    })
}

/// A version 4 UUID, lower case.
fn uuid(random: &mut Random) -> String {
    let hex = string(HEX, 30, random);
    let variant = char::from(b"89ab"[random.below(4)]);
    format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..30])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_their_lengths() {
        let mut random = Random::new(&["strings"]);
        for (name, argument, length) in [
            ("hex", "40", 40),
            ("b64", "32", 44),
            ("b64u", "32", 43),
            ("uuid", "", 36),
            ("date", "", 10),
            ("groups", "5x5", 29),
            ("num", "1-12", 2),
        ] {
            assert_eq!(make(name, argument, &mut random).expect("a part").len(), length, "{name}");
        }
        assert!(make("hex", "x", &mut random).is_none());
        assert!(make("nothing", "3", &mut random).is_none());
    }

    #[test]
    fn uuids_are_of_version_four() {
        let mut random = Random::new(&["uuid"]);
        let uuid = make("uuid", "", &mut random).expect("a part");
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(matches!(uuid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
