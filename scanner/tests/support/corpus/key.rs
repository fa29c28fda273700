//! Private keys in every armour. The outer structure is right (DER headers, OpenSSH magic, PGP packet tag), the numbers
//! inside are random: no key works anywhere. Armour lines are put together from parts.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::rng::{HEX, Rng};
use super::value::Maker;

/// Generators by the name that templates use. All but `jwk` and `pem_oneline` are of several lines.
pub(crate) const TABLE: &[Maker] = &[
    ("pem_rsa", |rng| armour("RSA PRIVATE", "", &rsa_der(rng))),
    ("pem_ec", |rng| armour("EC PRIVATE", "", &ec_der(rng))),
    ("pem_dsa", |rng| {
        armour("DSA PRIVATE", "", &sized(rng, &[0x30, 0x82, 0x01, 0xbb, 0x02, 0x01, 0x00], 447))
    }),
    ("pem_pkcs8", |rng| armour("PRIVATE", "", &pkcs8_der(rng))),
    ("pem_pkcs8_small", |rng| armour("PRIVATE", "", &ed25519_der(rng))),
    ("pem_openssh", |rng| armour("OPENSSH PRIVATE", "", &openssh(rng))),
    ("pem_encrypted", |rng| {
        let head = [
            0x30, 0x82, 0x05, 0x2d, 0x30, 0x57, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05,
            0x0d,
        ];
        armour("ENCRYPTED PRIVATE", "", &sized(rng, &head, 1329))
    }),
    ("pem_proc_type", |rng| {
        let iv = rng.chars(HEX, 32).to_uppercase();
        armour(
            "RSA PRIVATE",
            &format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,{iv}\n\n"),
            &rng.bytes(1200),
        )
    }),
    ("pgp_private", pgp),
    ("putty", putty),
    ("jwk", jwk),
    ("pem_oneline", |rng| armour("PRIVATE", "", &pkcs8_der(rng)).replace('\n', "\\n")),
];

/// The armour of RFC 7468: base64 in lines of 64.
fn armour(label: &str, headers: &str, body: &[u8]) -> String {
    format!(
        "-----BEGIN {label} KEY-----\n{headers}{}\n-----END {label} KEY-----",
        wrap(&STANDARD.encode(body))
    )
}

fn wrap(text: &str) -> String {
    text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n")
}

/// `head` followed by random bytes up to `length`.
fn sized(rng: &mut Rng, head: &[u8], length: usize) -> Vec<u8> {
    let mut out = head.to_vec();
    out.extend(rng.bytes(length - head.len()));
    out
}

/// PKCS #1: SEQUENCE, version 0, a 2048-bit modulus, the exponent 65537, the rest random.
fn rsa_der(rng: &mut Rng) -> Vec<u8> {
    let mut out = vec![0x30, 0x82, 0x04, 0xa4, 0x02, 0x01, 0x00, 0x02, 0x82, 0x01, 0x01, 0x00];
    let mut modulus = rng.bytes(256);
    modulus[0] |= 0x80;
    out.extend(modulus);
    out.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
    let mut rest = 1192 - out.len();
    // d, then the two primes, their exponents and the coefficient: INTEGERs that end where the SEQUENCE ends.
    for length in [256, 129, 129, 128, 129] {
        out.extend(integer(rng, length));
        rest -= length + if length > 255 { 4 } else { 3 };
    }
    out.extend(integer(rng, rest - if rest - 3 > 127 { 3 } else { 2 }));
    out
}

/// A DER INTEGER of `length` content bytes, positive.
fn integer(rng: &mut Rng, length: usize) -> Vec<u8> {
    let mut out = match length {
        0..128 => vec![0x02, length as u8],
        128..256 => vec![0x02, 0x81, length as u8],
        _ => vec![0x02, 0x82, (length >> 8) as u8, length as u8],
    };
    let mut content = rng.bytes(length);
    content[0] = content[0] & 0x3f | 1;
    out.extend(content);
    out
}

/// PKCS #8: version 0, rsaEncryption, and a PKCS #1 key in an OCTET STRING.
fn pkcs8_der(rng: &mut Rng) -> Vec<u8> {
    let inner = rsa_der(rng);
    let algorithm =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let length = 3 + algorithm.len() + 4 + inner.len();
    let mut out = vec![0x30, 0x82, (length >> 8) as u8, length as u8, 0x02, 0x01, 0x00];
    out.extend(algorithm);
    out.extend([0x04, 0x82, (inner.len() >> 8) as u8, inner.len() as u8]);
    out.extend(inner);
    out
}

fn ed25519_der(rng: &mut Rng) -> Vec<u8> {
    sized(
        rng,
        &[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20],
        48,
    )
}

/// SEC 1 on P-256: version 1, 32 bytes, the curve's OID, the public point.
fn ec_der(rng: &mut Rng) -> Vec<u8> {
    let mut out = vec![0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20];
    out.extend(rng.bytes(32));
    out.extend([0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    out.extend([0xa1, 0x44, 0x03, 0x42, 0x00, 0x04]);
    out.extend(rng.bytes(64));
    out
}

/// `openssh-key-v1`, no cipher, one Ed25519 key.
fn openssh(rng: &mut Rng) -> Vec<u8> {
    fn string(out: &mut Vec<u8>, content: &[u8]) {
        out.extend((content.len() as u32).to_be_bytes());
        out.extend(content);
    }
    let public = rng.bytes(32);
    let mut blob = Vec::new();
    string(&mut blob, b"ssh-ed25519");
    string(&mut blob, &public);

    let check = rng.bytes(4);
    let mut private = [check.as_slice(), check.as_slice()].concat();
    string(&mut private, b"ssh-ed25519");
    string(&mut private, &public);
    string(&mut private, &[rng.bytes(32), public].concat());
    string(&mut private, b"deploy@build-7");
    private.extend((1..).take((8 - private.len() % 8) % 8));

    let mut out = b"openssh-key-v1\0".to_vec();
    string(&mut out, b"none");
    string(&mut out, b"none");
    string(&mut out, b"");
    out.extend(1_u32.to_be_bytes());
    string(&mut out, &blob);
    string(&mut out, &private);
    out
}

fn pgp(rng: &mut Rng) -> String {
    // Tag 5 (secret key), old format, two-byte length, version 4.
    let mut packet = vec![0x95, 0x03, 0x98, 0x04];
    packet.extend((rng.between(1_600_000_000, 1_750_000_000) as u32).to_be_bytes());
    packet.extend([1, 0x08, 0x00]);
    packet.extend(rng.bytes(0x398 - 8));
    let sum = packet.iter().fold(0x00b7_04ce_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 16, |crc, _| {
            let shifted = crc << 1;
            if shifted & 0x0100_0000 == 0 { shifted } else { shifted ^ 0x0186_4cfb }
        })
    });
    format!(
        "-----BEGIN PGP {0} KEY BLOCK-----\n\n{1}\n={2}\n-----END PGP {0} KEY BLOCK-----",
        concat!("PRI", "VATE"),
        wrap(&STANDARD.encode(&packet)),
        STANDARD.encode(&sum.to_be_bytes()[1..]),
    )
}

fn putty(rng: &mut Rng) -> String {
    format!(
        "{}: ssh-ed25519\nEncryption: none\nComment: deploy\nPublic-Lines: 2\n{}\nPrivate-Lines: 1\n{}\nPrivate-MAC: {}",
        concat!("PuTTY-User-Key", "-File-3"),
        wrap(&STANDARD.encode(sized(rng, b"\0\0\0\x0bssh-ed25519\0\0\0\x20", 51))),
        STANDARD.encode(sized(rng, b"\0\0\0\x20", 36)),
        rng.chars(HEX, 64),
    )
}

fn jwk(rng: &mut Rng) -> String {
    let mut part = || URL_SAFE_NO_PAD.encode(rng.bytes(32));
    format!(
        r#"{{"kty": "EC", "crv": "P-256", "use": "sig", "kid": "signing-2024", "x": "{}", "y": "{}", "d": "{}"}}"#,
        part(),
        part(),
        part()
    )
}
