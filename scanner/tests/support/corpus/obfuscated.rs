//! Secrets as programs write them that hide them from a glance: reversible for whoever knows the program.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::human;
use super::rng::{HEX, Rng};
use super::value::Maker;

/// Generators by the name that templates use.
pub(crate) const TABLE: &[Maker] = &[
    ("winscp", winscp),
    // An initialisation vector and AES-CTR under the key that rclone publishes: random bytes to whoever looks.
    ("rclone", |rng| {
        let length = rng.between(24, 40);
        URL_SAFE_NO_PAD.encode(rng.bytes(length))
    }),
    ("firefox", |rng| {
        // SDR (DER): key id, 3DES-CBC with its vector, the encrypted text.
        let mut der = vec![0x30, 0x42, 0x04, 0x10, 0xf8];
        der.extend([0; 14]);
        der.extend([
            0x01, 0x30, 0x14, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07, 0x04, 0x08,
        ]);
        der.extend(rng.bytes(8));
        der.extend([0x04, 0x18]);
        der.extend(rng.bytes(24));
        STANDARD.encode(der)
    }),
    // The scheme's mark and characters of its alphabet; Junos pads the rest.
    ("juniper9", |rng| {
        format!("$9${}", rng.chars("QzF3n6/9CAtpu0O1BIREhcSyrleKvMW8LXxNs7-dVbwY2g4oaJGUDjiHkqmPf5T", 24))
    }),
    ("hex16", |rng| rng.chars(HEX, 16)),
    ("hex16_upper", |rng| rng.chars("0123456789ABCDEF", 16)),
    ("hex_pairs8", |rng| rng.bytes(8).iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(",")),
    ("base64_60", |rng| STANDARD.encode(rng.bytes(60))),
    ("base64_gpp", |rng| STANDARD.encode(rng.bytes(32)).trim_end_matches('=').to_owned()),
];

/// WinSCP's simple encoding (`SimpleEncryptChar`): each byte is inverted and combined with 0xA3. Flag, length and shift
/// come first, then filler, then user, host and password.
fn winscp(rng: &mut Rng) -> String {
    let text = format!("deployweb1.kestrel-labs.io{}", human::ascii(rng));
    let shift = rng.below(12);
    let mut bytes = vec![0xff, 0, text.len() as u8, shift as u8];
    bytes.extend(rng.bytes(shift));
    bytes.extend(text.bytes());
    bytes.iter().map(|byte| format!("{:02X}", !(byte ^ 0xa3))).collect()
}

/// Cisco's type 7: the place in the key, then each byte combined with the key from there.
pub(crate) fn cisco7(text: &str) -> String {
    const KEY: &[u8] = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";
    let place = text.len() % 16;
    let body: String = text
        .bytes()
        .enumerate()
        .map(|(at, byte)| format!("{:02X}", byte ^ KEY[(place + at) % KEY.len()]))
        .collect();
    format!("{place:02}{body}")
}

/// IntelliJ's `PasswordUtil`: each UTF-16 unit combined with 0xDFAA, four digits each.
pub(crate) fn intellij(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("{:04x}", unit ^ 0xdfaa)).collect()
}

/// Windows setup's hidden password: Base64 of UTF-16 with the name of the setting at the end.
pub(crate) fn unattend(text: &str) -> String {
    let bytes: Vec<u8> =
        format!("{text}AdministratorPassword").encode_utf16().flat_map(u16::to_le_bytes).collect();
    STANDARD.encode(bytes)
}
