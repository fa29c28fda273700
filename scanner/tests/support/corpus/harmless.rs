//! Values that look like secrets and are none: digests, ids, public keys, encoded media, encrypted text.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::rng::{BASE62, BASE64URL, DIGITS, HEX, Rng};
use super::value::Maker;

/// Generators by the name that templates use.
pub(crate) const TABLE: &[Maker] = &[
    ("uuid", uuid),
    ("md5", |rng| rng.chars(HEX, 32)),
    ("git_sha", |rng| rng.chars(HEX, 40)),
    ("short_sha", |rng| rng.chars(HEX, 8)),
    ("sha256", |rng| rng.chars(HEX, 64)),
    ("sha512", |rng| rng.chars(HEX, 128)),
    ("sri256", |rng| format!("sha256-{}", STANDARD.encode(rng.bytes(32)))),
    ("sri384", |rng| format!("sha384-{}", STANDARD.encode(rng.bytes(48)))),
    ("sri512", |rng| format!("sha512-{}", STANDARD.encode(rng.bytes(64)))),
    ("sri1", |rng| format!("sha1-{}", STANDARD.encode(rng.bytes(20)))),
    ("h1", |rng| format!("h1:{}", STANDARD.encode(rng.bytes(32)))),
    ("nix_hash", |rng| rng.chars("0123456789abcdfghijklmnpqrsvwxyz", 52)),
    ("digits6", |rng| rng.chars(DIGITS, 6)),
    ("digits10", |rng| rng.chars(DIGITS, 10)),
    ("etag", |rng| rng.chars(HEX, 32)),
    ("certificate", |rng| {
        pem(
            "CERTIFICATE",
            &[&[0x30, 0x82, 0x03, 0x55, 0x30, 0x82, 0x02, 0x3d], rng.bytes(850).as_slice()].concat(),
        )
    }),
    ("public_pem", |rng| {
        let head = [
            0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
            0x01,
        ];
        pem("PUBLIC KEY", &[&head, rng.bytes(277).as_slice()].concat())
    }),
    ("csr", |rng| {
        pem("CERTIFICATE REQUEST", &[&[0x30, 0x82, 0x02, 0x8a], rng.bytes(654).as_slice()].concat())
    }),
    ("pgp_public", |rng| {
        let body = STANDARD.encode([&[0x99, 0x01, 0x0d, 0x04], rng.bytes(620).as_slice()].concat());
        format!(
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{}\n={}\n-----END PGP PUBLIC KEY BLOCK-----",
            wrap(&body, 64),
            STANDARD.encode(rng.bytes(3))
        )
    }),
    ("ssh_ed25519", |rng| {
        format!(
            "ssh-ed25519 {}",
            STANDARD.encode([b"\0\0\0\x0bssh-ed25519\0\0\0\x20", rng.bytes(32).as_slice()].concat())
        )
    }),
    ("ssh_rsa", |rng| {
        let head = b"\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01\0\0\x01\x01\0";
        format!("ssh-rsa {}", STANDARD.encode([head, rng.bytes(256).as_slice()].concat()))
    }),
    ("known_host_hash", |rng| {
        format!("|1|{}|{}", STANDARD.encode(rng.bytes(20)), STANDARD.encode(rng.bytes(20)))
    }),
    ("ssh_fingerprint", |rng| format!("SHA256:{}", STANDARD.encode(rng.bytes(32)).trim_end_matches('='))),
    ("stripe_publishable", |rng| format!("{}{}", concat!("pk_", "live_"), rng.chars(BASE62, 24))),
    ("recaptcha_site", |rng| format!("6Ld{}", rng.chars(BASE64URL, 37))),
    ("mapbox_public", |rng| {
        format!(
            "{}{}.{}",
            "pk.",
            URL_SAFE_NO_PAD.encode(r#"{"u":"northwind","a":"clk2x8r0a0001"}"#),
            rng.chars(BASE64URL, 22)
        )
    }),
    ("firebase_app", |rng| format!("1:{}:web:{}", rng.chars(DIGITS, 12), rng.chars(HEX, 22))),
    ("png", |rng| {
        let head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x20\x08\x06\0\0\0";
        STANDARD.encode([head, rng.bytes(460).as_slice()].concat())
    }),
    ("woff2", |rng| STANDARD.encode([b"wOF2\0\x01\0\0", rng.bytes(900).as_slice()].concat())),
    ("svg", |rng| {
        STANDARD.encode(format!("<svg xmlns='http://www.w3.org/2000/svg' width='{}' height='24'><path d='M3 12h18M3 6h18M3 18h18'/></svg>", rng.between(16, 64)))
    }),
    ("vault_block", |rng| {
        let body = wrap(&rng.chars(DIGITS, 320), 80);
        format!("$ANSIBLE_VAULT;1.1;AES256\n{body}")
    }),
    ("sops", |rng| {
        format!(
            "ENC[AES256_GCM,data:{},iv:{},tag:{},type:str]",
            STANDARD.encode(rng.bytes(18)),
            STANDARD.encode(rng.bytes(32)),
            STANDARD.encode(rng.bytes(16))
        )
    }),
    ("sealed", |rng| format!("AgB{}", STANDARD.encode(rng.bytes(270)))),
    ("age_block", |rng| {
        let body =
            STANDARD.encode([b"age-encryption.org/v1\n-> X25519 ", rng.bytes(300).as_slice()].concat());
        format!("-----BEGIN AGE ENCRYPTED FILE-----\n{}\n-----END AGE ENCRYPTED FILE-----", wrap(&body, 64))
    }),
    ("age_recipient", |rng| format!("age1{}", rng.chars("qpzry9x8gf2tvdw0s3jn54khce6mua7l", 58))),
    ("minified", minified),
    ("source_map", |rng| {
        let segments: Vec<String> =
            (0..260).map(|_| rng.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZacegik", 4)).collect();
        segments.join(rng.pick(&[",", ";"]))
    }),
    ("aws_example_id", |_| concat!("AKIA", "IOSFODNN7", "EXAMPLE").to_owned()),
    ("aws_example_secret", |_| concat!("wJalrXUtnFEMI/K7MDENG", "/bPxRfiCY", "EXAMPLEKEY").to_owned()),
    ("masked_pat", |_| format!("{}{}", concat!("gh", "p_"), "x".repeat(36))),
    ("pem_header", |_| concat!("-----BEGIN RSA ", "PRIVATE KEY-----").to_owned()),
    ("hexdump", |rng| {
        rng.bytes(16).iter().map(|byte| format!("0x{byte:02x}")).collect::<Vec<_>>().join(", ")
    }),
];

/// A random (version 4) UUID.
pub(crate) fn uuid(rng: &mut Rng) -> String {
    format!(
        "{}-{}-4{}-{}{}-{}",
        rng.chars(HEX, 8),
        rng.chars(HEX, 4),
        rng.chars(HEX, 3),
        rng.chars("89ab", 1),
        rng.chars(HEX, 3),
        rng.chars(HEX, 12)
    )
}

fn pem(label: &str, body: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", wrap(&STANDARD.encode(body), 64))
}

fn wrap(text: &str, width: usize) -> String {
    text.as_bytes().chunks(width).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n")
}

/// One long line as bundlers write it, with the words that scanners look for.
fn minified(rng: &mut Rng) -> String {
    let mut out = String::from("!function(e,t){\"use strict\";");
    for _ in 0..60 {
        let (a, b) = (rng.chars("abcdefghijklmnopqrstuvwxyz", 1), rng.chars("nrtio", 1));
        let statement = match rng.below(7) {
            0 => format!("{a}.password=function(e){{return {b}({},\"password\")}};", rng.below(9999)),
            1 => format!(
                "var {a}={{token:{b}.token,secret:!0,key:\"{}\"}};",
                rng.pick(&["ArrowUp", "Enter", "Escape"])
            ),
            2 => format!("{a}.apiKey||({a}.apiKey={b}.getApiKey());"),
            3 => format!("{a}={b}({}),{a}.exports={{auth:\"auth\",passwd:{b}}};", rng.below(9999)),
            4 => format!("if(\"password\"===e.type||{a}.secretKey!={b}.token)return {b}.pass=null;"),
            5 => format!("{a}.p={b}.sort((e,t)=>e.key<t.key?-1:1),{a}.h=\"{}\";", rng.chars(HEX, 20)),
            _ => format!("const {{accessToken:{a},refreshToken:{b}}}=e.credentials;"),
        };
        out += &statement;
    }
    out + "}(window,document);"
}
