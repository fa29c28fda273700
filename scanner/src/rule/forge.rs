//! Builds key material for examples and tests: right in structure, so that it is proven, and the key of nothing.
//!
//! The factors of a modulus are random numbers and no primes; exponents and points belong to nothing.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::codec::{base32_encode, base64_encode, crc16};
use super::random::SplitMix64;
use crate::value::hex;

/// What can be built as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forged {
    PrivateKeyPem,
    PrivateKeyLine,
    PrivateKeyBase64,
    EncryptedKeyPem,
    EncryptedKeyBase64,
    PublicKeyPem,
    OpensshKeyPem,
    PgpKey,
    PgpPublicKey,
    PuttyKey,
    Pkcs12Base64,
    KeepassBase64,
    NkeySeed,
    BasicLogin,
}

/// Names in recipes; the documentation is in `docs/rules.md`.
pub(super) const NAMES: &[(&str, Forged)] = &[
    ("private_key_pem", Forged::PrivateKeyPem),
    ("private_key_line", Forged::PrivateKeyLine),
    ("private_key_base64", Forged::PrivateKeyBase64),
    ("encrypted_key_pem", Forged::EncryptedKeyPem),
    ("encrypted_key_base64", Forged::EncryptedKeyBase64),
    ("public_key_pem", Forged::PublicKeyPem),
    ("openssh_key_pem", Forged::OpensshKeyPem),
    ("pgp_key", Forged::PgpKey),
    ("pgp_public_key", Forged::PgpPublicKey),
    ("putty_key", Forged::PuttyKey),
    ("pkcs12_base64", Forged::Pkcs12Base64),
    ("keepass_base64", Forged::KeepassBase64),
    ("nkey_seed", Forged::NkeySeed),
    ("basic_login", Forged::BasicLogin),
];

/// The text of one.
pub(super) fn make(forged: Forged, random: &mut SplitMix64) -> String {
    const PRIVATE: &str = "PRIVATE KEY";
    const PGP: &str = "PGP PRIVATE KEY BLOCK";
    match forged {
        Forged::PrivateKeyPem => armoured(PRIVATE, &pkcs8_rsa(random), "\n"),
        Forged::PrivateKeyLine => armoured(PRIVATE, &pkcs8_rsa(random), "\\n"),
        Forged::PrivateKeyBase64 => base64_encode(&pkcs8_ec(random)),
        Forged::EncryptedKeyPem => armoured("ENCRYPTED PRIVATE KEY", &encrypted(random), "\n"),
        Forged::EncryptedKeyBase64 => base64_encode(&encrypted(random)),
        Forged::PublicKeyPem => armoured(PRIVATE, &public(random), "\n"),
        Forged::OpensshKeyPem => armoured("OPENSSH PRIVATE KEY", &openssh("ada@kestrel", random), "\n"),
        Forged::PgpKey => armoured(PGP, &pgp("Ada <ada@kestrel.io>", random), "\n"),
        Forged::PgpPublicKey => armoured(PGP, &pgp_public("Ada <ada@kestrel.io>", random), "\n"),
        Forged::PuttyKey => putty(3, "\n", random),
        Forged::Pkcs12Base64 => base64_encode(&pkcs12(random)),
        Forged::KeepassBase64 => {
            let signatures = [0x03, 0xd9, 0xa2, 0x9a, 0x67, 0xfb, 0x4b, 0xb5];
            base64_encode(&[&signatures[..], &[0, 0, 4, 0], &random.bytes(240)].concat())
        }
        Forged::NkeySeed => nkey_seed(random),
        Forged::BasicLogin => base64_encode(format!("deploy:{}", hex::encode(&random.bytes(9))).as_bytes()),
    }
}

/// A user's seed of NATS: two bytes of roles, 32 of seed, a CRC-16 (XMODEM's), in Base32.
fn nkey_seed(random: &mut SplitMix64) -> String {
    let mut raw = vec![0x95, 0x00];
    raw.extend(random.bytes(32));
    raw.extend(crc16(&raw).to_le_bytes());
    base32_encode(&raw)
}

const RSA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
#[cfg(test)]
const ED25519: &[u8] = &[6, 3, 0x2b, 0x65, 0x70];
const NULL: &[u8] = &[5, 0];

/// A value of DER with this tag.
pub(crate) fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        0..=0x7f => vec![tag, length as u8],
        0x80..=0xff => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, content.to_vec()].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, &parts.concat())
}

/// A number of DER, which is not negative.
fn integer(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number[0] >= 0x80 { &[0] } else { &[] };
    der(2, &[sign, number].concat())
}

/// A modulus of twice as many bytes, its factors, and a number of its size that is no exponent.
struct Numbers {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    factors: [Vec<u8>; 2],
}

impl Numbers {
    fn new(bytes: usize, random: &mut SplitMix64) -> Self {
        let mut factor = || {
            let mut digits = random.bytes(bytes);
            // The product has all its bits, and is odd.
            digits[0] |= 0xc0;
            digits[bytes - 1] |= 1;
            digits
        };
        let factors = [factor(), factor()];
        let modulus = product(&factors[0], &factors[1]);
        let mut exponent = random.bytes(2 * bytes);
        exponent[0] = exponent[0] & 0x3f | 0x20;
        Self { modulus, exponent, factors }
    }
}

/// Long multiplication; the most significant byte stands first.
fn product(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut digits = vec![0_u8; a.len() + b.len()];
    for (shift, &one) in a.iter().rev().enumerate() {
        let mut carry = 0_u32;
        for (at, &other) in b.iter().rev().chain([&0]).enumerate() {
            let place = digits.len() - 1 - shift - at;
            let sum = u32::from(digits[place]) + u32::from(one) * u32::from(other) + carry;
            digits[place] = sum as u8;
            carry = sum >> 8;
            if place == 0 {
                break;
            }
        }
    }
    digits
}

/// An `RSAPrivateKey` of PKCS#1 with 2048 bits.
pub(crate) fn pkcs1(random: &mut SplitMix64) -> Vec<u8> {
    let Numbers { modulus, exponent, factors: [p, q] } = Numbers::new(128, random);
    let numbers = [&modulus, &vec![1, 0, 1], &exponent, &p, &q, &p, &q, &q];
    let numbers: Vec<Vec<u8>> = numbers.into_iter().map(|number| integer(number)).collect();
    sequence(&[&[2, 1, 0], &numbers.concat()])
}

/// The same in PKCS#8.
pub(crate) fn pkcs8_rsa(random: &mut SplitMix64) -> Vec<u8> {
    sequence(&[&[2, 1, 0], &sequence(&[RSA, NULL]), &der(4, &pkcs1(random))])
}

/// A number and a point of P-256, as SEC1 has them; inside PKCS#8 the curve stands outside.
fn ec(curve: &[u8], random: &mut SplitMix64) -> Vec<u8> {
    let scalar = der(4, &random.bytes(32));
    let point = der(0xa1, &der(3, &[&[0, 4][..], &random.bytes(64)].concat()));
    let curve = if curve.is_empty() { Vec::new() } else { der(0xa0, curve) };
    sequence(&[&[2, 1, 1], &scalar, &curve, &point])
}

/// An `ECPrivateKey` of P-256.
#[cfg(test)]
pub(crate) fn sec1(random: &mut SplitMix64) -> Vec<u8> {
    ec(P256, random)
}

/// The same in PKCS#8.
pub(crate) fn pkcs8_ec(random: &mut SplitMix64) -> Vec<u8> {
    sequence(&[&[2, 1, 0], &sequence(&[EC, P256]), &der(4, &ec(&[], random))])
}

/// An Ed25519 key in PKCS#8.
#[cfg(test)]
pub(crate) fn pkcs8_ed25519(random: &mut SplitMix64) -> Vec<u8> {
    sequence(&[&[2, 1, 0], &sequence(&[ED25519]), &der(4, &der(4, &random.bytes(32)))])
}

/// The public half of an RSA key.
pub(crate) fn public(random: &mut SplitMix64) -> Vec<u8> {
    let key = sequence(&[&integer(&Numbers::new(128, random).modulus), &integer(&[1, 0, 1])]);
    sequence(&[&sequence(&[RSA, NULL]), &der(3, &[&[0][..], &key].concat())])
}

/// Encrypted PKCS#8: PBES2 with PBKDF2 and AES-256-CBC.
pub(crate) fn encrypted(random: &mut SplitMix64) -> Vec<u8> {
    let pbes2 = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0d];
    let pbkdf2 = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0c];
    let aes = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2a];
    let derivation = sequence(&[pbkdf2, &sequence(&[&der(4, &random.bytes(16)), &integer(&[8, 0])])]);
    let cipher = sequence(&[aes, &der(4, &random.bytes(16))]);
    let scheme = sequence(&[pbes2, &sequence(&[&derivation, &cipher])]);
    sequence(&[&scheme, &der(4, &random.bytes(1232))])
}

/// The outline of a PKCS#12 store.
pub(crate) fn pkcs12(random: &mut SplitMix64) -> Vec<u8> {
    let data = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let contents = sequence(&[data, &der(0xa0, &der(4, &random.bytes(1500)))]);
    let digest = sequence(&[&der(4, &random.bytes(20)), &der(4, &random.bytes(8))]);
    sequence(&[&[2, 1, 3], &contents, &digest])
}

/// A string of SSH: its length in four bytes before it.
pub(crate) fn string(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u32).to_be_bytes()[..], text].concat()
}

/// An Ed25519 key of OpenSSH that is not encrypted.
pub(crate) fn openssh(comment: &str, random: &mut SplitMix64) -> Vec<u8> {
    let (sort, point) = (string(b"ssh-ed25519"), random.bytes(32));
    let public = [sort.clone(), string(&point)].concat();
    let secret = string(&[random.bytes(32), point.clone()].concat());
    // The number that stands twice.
    let check = vec![7; 8];
    let mut private = [check, sort, string(&point), secret, string(comment.as_bytes())].concat();
    private.extend((1..=8).take((8 - private.len() % 8) % 8));
    let head = [b"openssh-key-v1\0".to_vec(), string(b"none"), string(b"none"), string(b"")].concat();
    [head, vec![0, 0, 0, 1], string(&public), string(&private)].concat()
}

/// An Ed25519 key of OpenPGP, version 4, that is not encrypted, and whose it is.
pub(crate) fn pgp(user: &str, random: &mut SplitMix64) -> Vec<u8> {
    let head = [4, 0x65, 0x4a, 0x10, 0, 22, 9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1];
    let point = [vec![1, 7, 0x40], random.bytes(32)].concat();
    let mut secret = [vec![0, 255], random.bytes(32)].concat();
    secret[2] = 0x5a;
    let sum = secret.iter().fold(0_u16, |sum, &byte| sum.wrapping_add(u16::from(byte)));
    let key = [&head[..], &point, &[0], &secret, &sum.to_be_bytes()].concat();
    // Old packets, as GnuPG writes them: a secret key, a user id.
    let packet = |tag: u8, body: &[u8]| [&[tag, body.len() as u8], body].concat();
    [packet(0x94, &key), packet(0xb4, user.as_bytes())].concat()
}

/// The public half of one.
fn pgp_public(user: &str, random: &mut SplitMix64) -> Vec<u8> {
    let whole = pgp(user, random);
    // The secret part: its usage, 36 bytes of number and sum, 37 in all.
    let key = &whole[2..2 + usize::from(whole[1]) - 37];
    [&[0x98, key.len() as u8], key, &whole[2 + usize::from(whole[1])..]].concat()
}

/// An RSA key of .NET.
#[cfg(test)]
pub(crate) fn xml(random: &mut SplitMix64) -> String {
    let Numbers { modulus, exponent, factors: [p, q] } = Numbers::new(32, random);
    let members =
        [("Modulus", &modulus), ("Exponent", &vec![1, 0, 1]), ("D", &exponent), ("P", &p), ("Q", &q)];
    let members: String =
        members.iter().map(|(name, number)| format!("<{name}>{}</{name}>", base64_encode(number))).collect();
    format!("<RSAKeyValue>{members}</RSAKeyValue>")
}

/// A key file of PuTTY, version 2 (RSA) or 3 (Ed25519), that is not encrypted, with these line breaks.
pub(crate) fn putty(version: u8, end: &str, random: &mut SplitMix64) -> String {
    let (sort, public, private) = if version == 2 {
        let Numbers { modulus, exponent, factors: [p, q] } = Numbers::new(128, random);
        let number = |number: &[u8]| string(&[&[0], number].concat());
        let public = [string(b"ssh-rsa"), string(&[1, 0, 1]), number(&modulus)].concat();
        ("ssh-rsa", public, [number(&exponent), number(&p), number(&q), number(&q)].concat())
    } else {
        let public = [string(b"ssh-ed25519"), string(&random.bytes(32))].concat();
        ("ssh-ed25519", public, string(&random.bytes(32)))
    };
    let comment = "me@kestrel";
    let mut mac = Hmac::<Sha256>::new_from_slice(&[]).expect("HMAC takes a key of any length");
    for part in [sort.as_bytes(), b"none", comment.as_bytes(), &public, &private] {
        mac.update(&string(part));
    }
    let mac = hex::encode(&mac.finalize().into_bytes());
    let lines = |bytes: &[u8]| (base64_encode(bytes).len().div_ceil(64), folded(&base64_encode(bytes), end));
    let ((count, public), (private_count, private)) = (lines(&public), lines(&private));
    [
        format!("PuTTY-User-Key-File-{version}: {sort}"),
        "Encryption: none".to_owned(),
        format!("Comment: {comment}"),
        format!("Public-Lines: {count}"),
        public,
        format!("Private-Lines: {private_count}"),
        private,
        format!("Private-MAC: {mac}"),
        String::new(),
    ]
    .join(end)
}

/// Base64 on lines of 64 characters.
pub(crate) fn folded(text: &str, end: &str) -> String {
    let lines = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line));
    lines.collect::<Vec<_>>().join(end)
}

/// Bytes under a label.
pub(crate) fn armoured(label: &str, bytes: &[u8], end: &str) -> String {
    let body = folded(&base64_encode(bytes), end);
    format!("-----BEGIN {label}-----{end}{body}{end}-----END {label}-----{end}")
}
