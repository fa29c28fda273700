//! Encodings and checksums inside tokens, used both to prove tokens and to build examples of them.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest, Sha256};

use crate::value::hex;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
pub(crate) const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Decoding base58 is quadratic; the longest key in it has 112 characters.
const MAX_BASE58: usize = 128;

/// Tokens are cut from texts: padding may be gone.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Standard and URL-safe Base64, with or without padding, canonical (no stray trailing bits).
pub(crate) fn base64_decode(text: &[u8]) -> Option<Vec<u8>> {
    let url_safe = text.iter().any(|b| matches!(b, b'-' | b'_'));
    let alphabet = if url_safe { &URL_SAFE } else { &STANDARD };
    GeneralPurpose::new(alphabet, LENIENT).decode(text).ok()
}

/// What `%` and two hexadecimal digits stand for, put in (RFC 3986, 2.1). `None` if a `%` stands before anything else.
pub(crate) fn percent_decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'%' {
            let (digits, tail) = tail.split_at_checked(2)?;
            let digits = digits.iter().try_fold(0, |sum, &b| Some(sum << 4 | hex::digit(b)?))?;
            decoded.push(digits);
            rest = tail;
        } else {
            decoded.push(byte);
            rest = tail;
        }
    }
    Some(decoded)
}

/// Standard Base64 with padding.
pub(crate) fn base64_encode(bytes: &[u8]) -> String {
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new()).encode(bytes)
}

/// URL-safe Base64 without padding.
pub(crate) fn base64url_encode(bytes: &[u8]) -> String {
    GeneralPurpose::new(&URL_SAFE, GeneralPurposeConfig::new().with_encode_padding(false)).encode(bytes)
}

/// CRC-32 of `body` in base 62 (digits, upper, lower), six characters with leading zeros.
pub(crate) fn crc32_base62(body: &[u8]) -> String {
    in_base(crc32fast::hash(body), BASE62, 6)
}

/// CRC-32 of `body` in base 36, seven characters with leading zeros.
pub(crate) fn crc32_base36(body: &[u8]) -> String {
    in_base(crc32fast::hash(body), BASE36, 7)
}

/// CRC-16 with the polynomial 0x1021 from 0 (XMODEM's).
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    let shift = |crc: u16, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
    bytes.iter().fold(0, |crc, &byte| (0..8).fold(crc ^ u16::from(byte) << 8, shift))
}

/// Base32 of RFC 4648 without padding.
pub(crate) fn base32_encode(bytes: &[u8]) -> String {
    to_five_bits(bytes).into_iter().map(|five| char::from(BASE32[usize::from(five)])).collect()
}

/// What [`base32_encode`] encodes; bits that fill no byte are dropped.
pub(crate) fn base32_decode(text: &[u8]) -> Option<Vec<u8>> {
    let (mut pending, mut bits) = (0_u32, 0);
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    for c in text {
        let five = BASE32.iter().position(|digit| digit == c)?;
        pending = pending << 5 | five as u32;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((pending >> bits) as u8);
            pending &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

/// `number` in base 36 with leading zeros.
pub(crate) fn base36(number: usize, width: usize) -> String {
    in_base(u32::try_from(number).unwrap_or(u32::MAX), BASE36, width)
}

/// CRC-32 of `body`, least significant byte first, as eight hex digits.
pub(crate) fn crc32_hex_le(body: &[u8]) -> String {
    hex::encode(&crc32fast::hash(body).to_le_bytes())
}

fn in_base(mut number: u32, digits: &[u8], width: usize) -> String {
    let mut reversed = Vec::with_capacity(width);
    while number > 0 || reversed.len() < width {
        reversed.push(digits[number as usize % digits.len()]);
        number /= digits.len() as u32;
    }
    reversed.iter().rev().map(|&digit| char::from(digit)).collect()
}

/// Lower-case Bech32 (BIP 173) of `data` under the human-readable part `hrp`.
pub(crate) fn bech32_encode(hrp: &str, data: &[u8]) -> String {
    let mut values = to_five_bits(data);
    let mut checked = expand(hrp.as_bytes());
    checked.extend(&values);
    checked.extend([0; 6]);
    let sum = polymod(&checked) ^ 1;
    values.extend((0..6).map(|at| (sum >> (5 * (5 - at)) & 31) as u8));
    let data: String = values.iter().map(|&value| char::from(BECH32[usize::from(value)])).collect();
    format!("{hrp}1{data}")
}

/// True if `text` (all lower or all upper case) is Bech32 under `hrp` with the right checksum.
pub(crate) fn bech32_is_valid(hrp: &str, text: &[u8]) -> bool {
    if text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase) {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let Some(data) = lower.strip_prefix(hrp.as_bytes()).and_then(|rest| rest.strip_prefix(b"1")) else {
        return false;
    };
    let mut checked = expand(hrp.as_bytes());
    for byte in data {
        let Some(value) = BECH32.iter().position(|c| c == byte) else {
            return false;
        };
        checked.push(value as u8);
    }
    data.len() >= 6 && polymod(&checked) == 1
}

fn expand(hrp: &[u8]) -> Vec<u8> {
    hrp.iter().map(|b| b >> 5).chain([0]).chain(hrp.iter().map(|b| b & 31)).collect()
}

fn polymod(values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.iter().fold(1, |sum, &value| {
        let top = sum >> 25;
        let sum = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        (0..5).filter(|bit| top >> bit & 1 == 1).fold(sum, |sum, bit| sum ^ GENERATOR[bit])
    })
}

fn to_five_bits(data: &[u8]) -> Vec<u8> {
    let mut values = Vec::with_capacity(data.len() * 8 / 5 + 1);
    let (mut pending, mut bits) = (0u32, 0);
    for &byte in data {
        pending = pending << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            values.push((pending >> bits & 31) as u8);
        }
        pending &= (1 << bits) - 1;
    }
    if bits > 0 {
        values.push((pending << (5 - bits) & 31) as u8);
    }
    values
}

/// Base58 with Bitcoin's double SHA-256 checksum.
pub(crate) fn base58check_encode(payload: &[u8]) -> String {
    let mut bytes = payload.to_vec();
    bytes.extend(double_sha256(payload));
    let zeros = bytes.iter().take_while(|&&b| b == 0).count();
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    digits.extend(std::iter::repeat_n(0, zeros));
    digits.iter().rev().map(|&digit| char::from(BASE58[usize::from(digit)])).collect()
}

/// The payload, if `text` is Base58 with a right checksum. Texts over 128 characters are none.
pub(crate) fn base58check_decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > MAX_BASE58 {
        return None;
    }
    let mut bytes: Vec<u8> = Vec::new();
    for c in text {
        let mut carry = BASE58.iter().position(|digit| digit == c)? as u32;
        for byte in &mut bytes {
            carry += u32::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            bytes.push(carry as u8);
        }
    }
    bytes.extend(std::iter::repeat_n(0, text.iter().take_while(|&&c| c == b'1').count()));
    bytes.reverse();
    let payload = bytes.len().checked_sub(4)?;
    let sum = bytes.split_off(payload);
    (double_sha256(&bytes).as_slice() == sum).then_some(bytes)
}

fn double_sha256(payload: &[u8]) -> Vec<u8> {
    Sha256::digest(Sha256::digest(payload))[..4].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_has_its_published_check_value() {
        // CRC-32/ISO-HDLC of "123456789" is cbf43926.
        assert_eq!(crc32_hex_le(b"123456789"), "2639f4cb");
        assert_eq!(crc32_base36(b"123456789"), "1kl8mjq");
        assert_eq!(in_base(61, BASE62, 6), "00000z");
        assert_eq!(base36(36, 2), "10");
    }

    #[test]
    fn crc16_has_its_published_check_value() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
    }

    #[test]
    fn base32_agrees_with_the_specification() {
        // RFC 4648's own test vectors.
        for (bytes, text) in [(&b""[..], ""), (b"f", "MY"), (b"foob", "MZXW6YQ"), (b"foobar", "MZXW6YTBOI")] {
            assert_eq!(base32_encode(bytes), text);
            assert_eq!(base32_decode(text.as_bytes()).as_deref(), Some(bytes));
        }
        assert_eq!(base32_decode(b"MZ1W"), None);
    }

    #[test]
    fn bech32_agrees_with_the_specification() {
        // BIP 173's own test vectors.
        assert!(bech32_is_valid("a", b"A12UEL5L"));
        assert!(bech32_is_valid("a", b"a12uel5l"));
        assert!(!bech32_is_valid("a", b"A12uEL5L"));
        assert!(!bech32_is_valid("a", b"a12uel5m"));
        let made = bech32_encode("test", &[7; 32]);
        assert!(bech32_is_valid("test", made.as_bytes()));
    }

    #[test]
    fn base58check_round_trips_and_finds_errors() {
        for payload in [&b"\0\0\x01\x02"[..], &[0xff; 33], b""] {
            let text = base58check_encode(payload);
            assert_eq!(base58check_decode(text.as_bytes()).as_deref(), Some(payload));
        }
        // The payload of Bitcoin's genesis address is version 0 and 20 bytes.
        let address = base58check_decode(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa").expect("a valid address");
        assert_eq!((address.len(), address[0]), (21, 0));
        assert_eq!(base58check_decode(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"), None);
        assert_eq!(base58check_decode(&[b'2'; 5000]), None);
        assert_eq!(base58check_decode(b""), None);
    }

    #[test]
    fn both_base64_alphabets_decode_with_and_without_padding() {
        for text in ["-_8=", "-_8", "+/8=", "+/8"] {
            assert_eq!(base64_decode(text.as_bytes()).as_deref(), Some(&[0xfb, 0xff][..]), "{text}");
        }
        assert_eq!(base64_decode(b"+_8="), None);
        assert_eq!(base64url_encode(&[0xfb, 0xff]), "-_8");
        assert_eq!(base64_encode(&[0xfb, 0xff]), "+/8=");
    }
}
