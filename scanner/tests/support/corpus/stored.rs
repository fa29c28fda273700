//! Values of particular formats: keys and tokens of a documented length, and encrypted blobs that are no leak.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::rng::{BASE62, BASE64URL, DIGITS, HEX};
use super::value::Maker;

const UPPER_HEX: &str = "0123456789ABCDEF";

/// Generators by the name that templates use.
pub(crate) const TABLE: &[Maker] = &[
    // Secrets.
    ("anaconda_keyword", |rng| {
        format!("{}-{}", rng.chars("abcdefghijklmnopqrstuvwxyz", 2), super::harmless::uuid(rng))
    }),
    ("b2_key", |rng| format!("K002{}", rng.chars(BASE62, 27))),
    ("base62_13", |rng| rng.chars(BASE62, 13)),
    ("base62_16", |rng| rng.chars(BASE62, 16)),
    ("base62_20", |rng| rng.chars(BASE62, 20)),
    ("base64url_22", |rng| rng.chars(BASE64URL, 22)),
    ("base64url_74", |rng| rng.chars(BASE64URL, 74)),
    ("digits39", |rng| rng.chars(DIGITS, 39)),
    ("django_key", |rng| rng.chars("abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)", 50)),
    ("gitlab_runner", |rng| format!("{}{}", concat!("GR", "1348941"), rng.chars(BASE64URL, 20))),
    ("google_access", |rng| format!("{}{}", concat!("ya", "29.a0"), rng.chars(BASE64URL, 180))),
    ("google_refresh", |rng| format!("{}{}", concat!("1/", "/0"), rng.chars(BASE64URL, 100))),
    ("hex128", |rng| rng.chars(HEX, 128)),
    ("hex128_upper", |rng| rng.chars(UPPER_HEX, 128)),
    ("hex64_upper", |rng| rng.chars(UPPER_HEX, 64)),
    ("hexpair", |rng| format!("{}:{}", rng.chars(HEX, 8), rng.chars(HEX, 8))),
    ("openvpn_static", |rng| {
        let lines: Vec<String> = (0..16).map(|_| rng.chars(HEX, 32)).collect();
        let mark = |side| format!("-----{side} OpenVPN Static {} V1-----", "key");
        format!("{}\n{}\n{}", mark("BEGIN"), lines.join("\n"), mark("END"))
    }),
    ("ses_smtp", |rng| STANDARD.encode([&[4], rng.bytes(32).as_slice()].concat())),
    ("wp_salt", |rng| {
        rng.chars(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!@#$%^&*()-_ []{}<>~`+=,.;:/?|",
            64,
        )
    }),
    // Ids and encrypted text.
    ("base32_32", |rng| rng.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32)),
    ("base64_12", |rng| STANDARD.encode(rng.bytes(12))),
    ("base64_16", |rng| STANDARD.encode(rng.bytes(16))),
    ("base64_24", |rng| STANDARD.encode(rng.bytes(24))),
    ("base64_44", |rng| STANDARD.encode(rng.bytes(32))),
    ("base64_long", |rng| STANDARD.encode(rng.bytes(96))),
    ("consumer_id", |rng| rng.chars(BASE62, 18)),
    ("dpapi", |rng| {
        let head = [0x01, 0, 0, 0, 0xd0, 0x8c, 0x9d, 0xdf, 0x01, 0x15, 0xd1, 0x11, 0x8c, 0x7a, 0, 0xc0];
        let tail = [0x4f, 0xc2, 0x97, 0xeb, 0x01, 0, 0, 0];
        STANDARD.encode([&head[..], &tail, rng.bytes(180).as_slice()].concat())
    }),
    ("es_id", |rng| rng.chars(BASE64URL, 20)),
    ("eyaml", |rng| STANDARD.encode([&[0x30, 0x82, 0x01, 0x8d], rng.bytes(397).as_slice()].concat())),
    ("guid", |rng| format!("{{{}}}", super::harmless::uuid(rng))),
    ("hex_long", |rng| rng.chars(HEX, 128)),
    ("hex_upper_long", |rng| rng.chars(UPPER_HEX, 400)),
    ("jenkins_encrypted", |rng| {
        let head = [1, 0, 0, 0, 16, 0, 0, 0, 32];
        format!("{{{}}}", STANDARD.encode([&head, rng.bytes(48).as_slice()].concat()))
    }),
    ("maven_encrypted", |rng| format!("{{{}}}", STANDARD.encode(rng.bytes(48)))),
    ("rails_encrypted", |rng| {
        let part = |bytes: Vec<u8>| STANDARD.encode(bytes);
        format!("{}--{}--{}", part(rng.bytes(300)), part(rng.bytes(12)), part(rng.bytes(16)))
    }),
    ("tf_private", |rng| {
        let id = super::harmless::uuid(rng);
        URL_SAFE_NO_PAD.encode(format!("{{\"{id}\":{{\"create\":2400000000000,\"delete\":3600000000000}}}}"))
    }),
];
