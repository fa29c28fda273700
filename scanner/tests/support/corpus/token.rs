//! Tokens in the documented formats of their providers, with a right checksum where the format has one.
//!
//! Written from the providers' documentation and independent of the rule engine's own example generator, so that it
//! is a second opinion. Prefixes are put together from parts: no line of this file looks like a token.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::rng::{BASE62, BASE64URL, DIGITS, HEX, LOWER36, Rng};
use super::value::Maker;

const UPPER36: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Generators by the name that templates use.
pub(crate) const TABLE: &[Maker] = &[
    ("github_pat", |rng| base62_crc(rng, concat!("gh", "p_"))),
    ("github_oauth", |rng| base62_crc(rng, concat!("gh", "o_"))),
    ("github_app", |rng| base62_crc(rng, concat!("gh", "s_"))),
    ("github_fine", |rng| {
        format!("{}{}_{}", concat!("github", "_pat_"), rng.chars(BASE62, 22), rng.chars(BASE62, 59))
    }),
    ("npm_token", |rng| base62_crc(rng, concat!("np", "m_"))),
    ("gitlab_pat", |rng| format!("{}{}", concat!("gl", "pat-"), rng.chars(BASE64URL, 20))),
    ("aws_key_id", |rng| format!("{}{}", concat!("AK", "IA"), rng.chars(BASE32, 16))),
    ("aws_secret", |rng| STANDARD.encode(rng.bytes(30))),
    ("slack_bot", |rng| {
        format!(
            "{}{}-{}-{}",
            concat!("xo", "xb-"),
            rng.between(100_000_000_000, 999_999_999_999),
            rng.between(1_000_000_000_000, 9_999_999_999_999),
            rng.chars(BASE62, 24)
        )
    }),
    ("slack_webhook", |rng| {
        format!(
            "{}/services/T{}/B{}/{}",
            concat!("https://hooks.", "slack.com"),
            rng.chars(UPPER36, 10),
            rng.chars(UPPER36, 10),
            rng.chars(BASE62, 24)
        )
    }),
    ("stripe_live", |rng| format!("{}{}", concat!("sk_", "live_"), rng.chars(BASE62, 24))),
    ("stripe_restricted", |rng| format!("{}51{}", concat!("rk_", "live_"), rng.chars(BASE62, 97))),
    ("google_api", |rng| format!("{}{}", concat!("AI", "zaSy"), rng.chars(BASE64URL, 33))),
    ("google_oauth_secret", |rng| format!("{}{}", concat!("GOC", "SPX-"), rng.chars(BASE64URL, 28))),
    ("sendgrid", |rng| {
        format!("{}{}.{}", concat!("S", "G."), rng.chars(BASE64URL, 22), rng.chars(BASE64URL, 43))
    }),
    ("twilio_key", |rng| format!("{}{}", concat!("S", "K"), rng.chars(HEX, 32))),
    ("mailgun", |rng| format!("{}{}", concat!("key", "-"), rng.chars(HEX, 32))),
    ("openai_project", |rng| {
        format!(
            "{}{}{}{}",
            concat!("sk-", "proj-"),
            rng.chars(BASE64URL, 74),
            concat!("T3Blb", "kFJ"),
            rng.chars(BASE64URL, 74)
        )
    }),
    ("anthropic", |rng| format!("{}{}AA", concat!("sk-", "ant-", "api03-"), rng.chars(BASE64URL, 93))),
    ("huggingface", |rng| format!("{}{}", concat!("h", "f_"), rng.chars(LETTERS, 34))),
    ("pypi", pypi),
    ("digitalocean", |rng| format!("{}{}", concat!("dop", "_v1_"), rng.chars(HEX, 64))),
    ("shopify", |rng| format!("{}{}", concat!("shp", "at_"), rng.chars(HEX, 32))),
    ("telegram", |rng| {
        format!("{}:{}{}", rng.between(1_000_000_000, 7_999_999_999), "AA", rng.chars(BASE64URL, 33))
    }),
    ("discord_bot", |rng| {
        let id = rng.between(100_000_000_000_000_000, 999_999_999_999_999_999).to_string();
        format!("{}.G{}.{}", URL_SAFE_NO_PAD.encode(id), rng.chars(BASE64URL, 5), rng.chars(BASE64URL, 38))
    }),
    ("discord_webhook", |rng| {
        format!(
            "{}/webhooks/{}/{}",
            concat!("https://disc", "ord.com/api"),
            rng.between(100_000_000_000_000_000, 999_999_999_999_999_999),
            rng.chars(BASE64URL, 68)
        )
    }),
    ("grafana_service", grafana_service),
    ("vault_service", |rng| format!("{}CAESI{}", concat!("hv", "s."), rng.chars(BASE64URL, 90))),
    ("terraform_cloud", |rng| {
        format!("{}{}{}", rng.chars(BASE62, 14), concat!(".atlas", "v1."), rng.chars(BASE62, 67))
    }),
    ("databricks", |rng| format!("{}{}", concat!("dap", "i"), rng.chars(HEX, 32))),
    ("linear", |rng| format!("{}{}", concat!("lin_", "api_"), rng.chars(BASE62, 40))),
    ("doppler", |rng| format!("{}{}", concat!("dp.", "pt."), rng.chars(BASE62, 43))),
    ("postman", |rng| format!("{}{}-{}", concat!("PM", "AK-"), rng.chars(HEX, 24), rng.chars(HEX, 34))),
    ("newrelic", |rng| format!("{}{}", concat!("NR", "AK-"), rng.chars(UPPER36, 27))),
    ("azure_storage", |rng| STANDARD.encode(rng.bytes(64))),
    ("azure_client_secret", |rng| {
        format!(
            "{}{}{}{}",
            rng.chars(BASE62, 3),
            rng.chars(DIGITS, 1),
            concat!("Q", "~"),
            rng.chars(BASE64URL, 34)
        )
    }),
    ("dynatrace", |rng| {
        format!("{}{}.{}", concat!("dt0", "c01."), rng.chars(BASE32, 24), rng.chars(BASE32, 64))
    }),
    ("rubygems", |rng| format!("{}{}", concat!("ruby", "gems_"), rng.chars(HEX, 48))),
    ("crates_io", |rng| format!("{}{}", concat!("c", "io"), rng.chars(BASE62, 32))),
    ("dockerhub", |rng| format!("{}{}", concat!("dckr", "_pat_"), rng.chars(BASE64URL, 27))),
    ("figma", |rng| format!("{}{}", concat!("fi", "gd_"), rng.chars(BASE64URL, 40))),
    ("age_secret", age_secret),
    ("sentry_user", |rng| format!("{}{}", concat!("sntr", "yu_"), rng.chars(HEX, 64))),
    ("square", |rng| format!("{}{}", concat!("sq0", "csp-"), rng.chars(BASE64URL, 43))),
    ("notion", |rng| format!("{}{}{}", concat!("nt", "n_"), rng.chars(DIGITS, 11), rng.chars(BASE62, 35))),
    ("cloudflare_keyword", |rng| rng.chars(BASE64URL, 40)),
    ("datadog_keyword", |rng| rng.chars(HEX, 32)),
    ("heroku_keyword", super::harmless::uuid),
    ("circleci_keyword", |rng| rng.chars(HEX, 40)),
    ("okta_keyword", |rng| format!("00{}", rng.chars(BASE64URL, 40))),
    ("algolia_keyword", |rng| rng.chars(HEX, 32)),
    ("zendesk_keyword", |rng| rng.chars(LOWER36, 40)),
];

/// CRC-32 (IEEE 802.3, reflected), bit by bit.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}

/// `value` in base 62, six digits wide.
pub(crate) fn base62(mut value: u32) -> String {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62.as_bytes()[(value % 62) as usize];
        value /= 62;
    }
    String::from_utf8_lossy(&digits).into_owned()
}

/// GitHub's and npm's form: 30 random characters, then their CRC-32 in base 62.
fn base62_crc(rng: &mut Rng, prefix: &str) -> String {
    let body = rng.chars(BASE62, 30);
    format!("{prefix}{body}{}", base62(crc32(body.as_bytes())))
}

/// Grafana: CRC-32 of everything before the last underscore, little-endian, in hexadecimal.
fn grafana_service(rng: &mut Rng) -> String {
    let head = format!("{}{}", concat!("gl", "sa_"), rng.chars(BASE62, 32));
    // Printed as a number, little-endian bytes come out in the order of the swapped one.
    format!("{head}_{:08x}", crc32(head.as_bytes()).swap_bytes())
}

/// A `PyPI` token: a prefix and a version 2 macaroon for the location `pypi.org`.
fn pypi(rng: &mut Rng) -> String {
    let mut macaroon = vec![2, 1, 8];
    macaroon.extend(b"pypi.org");
    macaroon.extend([2, 36]);
    macaroon.extend(super::harmless::uuid(rng).bytes());
    macaroon.extend([0, 2, 44]);
    macaroon.extend(br#"[2,"a84f6e8c-3f5b-44f0-a1f4-6a8c4a5e7d21"]  "#);
    macaroon.extend([0, 0, 6, 32]);
    macaroon.extend(rng.bytes(32));
    format!("{}{}", concat!("py", "pi-"), URL_SAFE_NO_PAD.encode(macaroon))
}

/// An age identity: bech32 (BIP 173) of 32 random bytes, upper case.
fn age_secret(rng: &mut Rng) -> String {
    const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let prefix = concat!("age-secret", "-key-");
    let bytes = rng.bytes(32);
    // 256 bits in groups of five, the last padded with zeros.
    let mut groups: Vec<u8> = (0..52)
        .map(|group| {
            (0..5).fold(0, |acc, bit| {
                let at = group * 5 + bit;
                let set = bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
                acc << 1 | u8::from(set)
            })
        })
        .collect();
    let mut all: Vec<u8> =
        prefix.bytes().map(|byte| byte >> 5).chain([0]).chain(prefix.bytes().map(|b| b & 31)).collect();
    all.extend(&groups);
    all.extend([0; 6]);
    let sum = bech32_polymod(&all) ^ 1;
    groups.extend((0..6).map(|at| (sum >> (5 * (5 - at)) & 31) as u8));
    let data: String = groups.iter().map(|group| char::from(ALPHABET[usize::from(*group)])).collect();
    format!("{prefix}1{data}").to_uppercase()
}

/// The checksum function of BIP 173 over five-bit groups.
pub(crate) fn bech32_polymod(groups: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    groups.iter().fold(1, |sum: u32, group| {
        let top = sum >> 25;
        let shifted = (sum & 0x01ff_ffff) << 5 ^ u32::from(*group);
        GENERATOR
            .iter()
            .enumerate()
            .filter(|(bit, _)| top >> bit & 1 == 1)
            .fold(shifted, |acc, (_, generator)| acc ^ generator)
    })
}
