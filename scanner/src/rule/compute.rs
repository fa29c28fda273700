//! The computed parts of recipes: checksums and encodings that make an example pass its validator.

use super::codec;
use super::forge::{self, Forged};
use super::random::SplitMix64;
use crate::value::hex;

/// A part whose text is computed. The documentation of the names is in `docs/rules.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Computed {
    Crc32Base62,
    GrafanaCrc,
    GitlabTail,
    AwsKeyId,
    Base64Bytes(usize),
    Base64UrlBytes(usize),
    Base64Json,
    Base64UrlJson,
    Uuid,
    Jwt,
    PypiMacaroon,
    GcpServiceAccount,
    DiscordId,
    AgeKey,
    NostrKey,
    ExtendedKey,
    WalletKey,
    Forged(Forged),
}

/// Names of the parts; the ones that take a count say how many bytes they encode.
const NAMES: &[(&str, Computed)] = &[
    ("crc32_base62", Computed::Crc32Base62),
    ("grafana_crc", Computed::GrafanaCrc),
    ("gitlab_tail", Computed::GitlabTail),
    ("aws_key_id", Computed::AwsKeyId),
    ("base64_bytes", Computed::Base64Bytes(0)),
    ("base64url_bytes", Computed::Base64UrlBytes(0)),
    ("base64_json", Computed::Base64Json),
    ("base64url_json", Computed::Base64UrlJson),
    ("uuid", Computed::Uuid),
    ("jwt", Computed::Jwt),
    ("pypi_macaroon", Computed::PypiMacaroon),
    ("gcp_service_account", Computed::GcpServiceAccount),
    ("discord_id", Computed::DiscordId),
    ("age_key", Computed::AgeKey),
    ("nostr_key", Computed::NostrKey),
    ("extended_key", Computed::ExtendedKey),
    ("wallet_key", Computed::WalletKey),
];

impl Computed {
    /// The part called `name`; `count` must be there exactly if the part takes one. The six of
    /// `{crc32_base62:6}` may be written, because it reads well beside counted classes.
    pub(super) fn parse(name: &str, count: Option<usize>) -> Option<Self> {
        let forged = || {
            let forged = forge::NAMES.iter().find(|(known, _)| *known == name);
            forged.map(|(_, forged)| Self::Forged(*forged))
        };
        let own = NAMES.iter().find(|(known, _)| *known == name).map(|(_, part)| *part);
        let part = own.or_else(forged)?;
        match (part, count) {
            (Self::Base64Bytes(_), Some(count)) => Some(Self::Base64Bytes(count)),
            (Self::Base64UrlBytes(_), Some(count)) => Some(Self::Base64UrlBytes(count)),
            (Self::Base64Bytes(_) | Self::Base64UrlBytes(_), None) => None,
            (Self::Crc32Base62, Some(6)) | (_, None) => Some(part),
            (_, Some(_)) => None,
        }
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name).chain(forge::NAMES.iter().map(|(name, _)| *name))
    }
}

/// The text of `part`. `head` is the secret so far, `last` the generated part before this one.
pub(super) fn make(part: Computed, head: &str, last: &str, random: &mut SplitMix64) -> String {
    match part {
        Computed::Crc32Base62 => codec::crc32_base62(last.as_bytes()),
        Computed::GrafanaCrc => codec::crc32_hex_le(head.trim_end_matches('_').as_bytes()),
        Computed::GitlabTail => {
            let length = codec::base36(last.len(), 2);
            let checked = format!("{head}{length}");
            length + &codec::crc32_base36(checked.as_bytes())
        }
        Computed::AwsKeyId => aws_key_id(random),
        Computed::Base64Bytes(count) => codec::base64_encode(&random.bytes(count)),
        Computed::Base64UrlBytes(count) => codec::base64url_encode(&random.bytes(count)),
        Computed::Base64Json => codec::base64_encode(small_json(random).as_bytes()),
        Computed::Base64UrlJson => codec::base64url_encode(small_json(random).as_bytes()),
        Computed::Uuid => uuid(random),
        Computed::Jwt => jwt(random),
        Computed::PypiMacaroon => pypi_macaroon(random),
        Computed::GcpServiceAccount => gcp_service_account(random),
        Computed::DiscordId => {
            let snowflake = 175_928_847_299_117_063 + (random.next_u64() >> 4);
            codec::base64url_encode(snowflake.to_string().as_bytes())
        }
        Computed::AgeKey => codec::bech32_encode("age-secret-key-", &random.bytes(32)).to_uppercase(),
        Computed::NostrKey => codec::bech32_encode("nsec", &random.bytes(32)),
        Computed::ExtendedKey => {
            // Version of a private main-net key, then depth, parent, index, chain code, and 0 before the key.
            let mut payload = vec![0x04, 0x88, 0xad, 0xe4];
            payload.extend(random.bytes(41));
            payload.push(0);
            payload.extend(random.bytes(32));
            codec::base58check_encode(&payload)
        }
        Computed::Forged(forged) => forge::make(forged, random),
        Computed::WalletKey => {
            let mut payload = vec![0x80];
            payload.extend(random.bytes(32));
            payload.push(1);
            codec::base58check_encode(&payload)
        }
    }
}

/// Sixteen Base32 characters that hold a twelve-digit account id behind the marker bit of the newer key ids.
fn aws_key_id(random: &mut SplitMix64) -> String {
    let account = random.next_u64() % 1_000_000_000_000;
    let low = random.next_u64() & ((1 << 39) - 1);
    let bits = 1u128 << 79 | u128::from(account) << 39 | u128::from(low);
    (0..16).map(|at| char::from(codec::BASE32[(bits >> (75 - 5 * at) & 31) as usize])).collect()
}

fn small_json(random: &mut SplitMix64) -> String {
    format!(
        "{{\"o\":\"{}\",\"n\":\"stack-{}\",\"k\":\"{}\",\"m\":{{\"r\":\"eu\"}}}}",
        random.below(900_000) + 100_000,
        random.below(9000) + 1000,
        hex::encode(&random.bytes(16)),
    )
}

fn uuid(random: &mut SplitMix64) -> String {
    let mut bytes = random.bytes(16);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::encode(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn jwt(random: &mut SplitMix64) -> String {
    let header = codec::base64url_encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = format!(
        "{{\"sub\":\"{}\",\"iat\":{}}}",
        random.below(1_000_000_000),
        1_700_000_000 + random.below(50_000_000)
    );
    let claims = codec::base64url_encode(claims.as_bytes());
    format!("{header}.{claims}.{}", codec::base64url_encode(&random.bytes(32)))
}

/// The binary macaroon version 2: location `pypi.org`, an identifier, a signature.
fn pypi_macaroon(random: &mut SplitMix64) -> String {
    let mut bytes = vec![2, 1, 8];
    bytes.extend(b"pypi.org");
    let id = uuid(random);
    bytes.extend([2, id.len() as u8]);
    bytes.extend(id.as_bytes());
    let caveat = b"[1,2]";
    bytes.extend([0, 2, caveat.len() as u8]);
    bytes.extend(caveat);
    bytes.extend([0, 0, 6, 32]);
    bytes.extend(random.bytes(32));
    codec::base64url_encode(&bytes)
}

fn gcp_service_account(random: &mut SplitMix64) -> String {
    let json = format!(
        "{{\n  \"type\": \"service_account\",\n  \"project_id\": \"project-{}\",\n  \"private_key_id\": \"{}\",\n  \
         \"client_id\": \"{}\"\n}}\n",
        random.below(90_000) + 10_000,
        hex::encode(&random.bytes(20)),
        random.next_u64(),
    );
    codec::base64_encode(json.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_and_makes_text() {
        for name in Computed::names() {
            let part = Computed::parse(name, None).or_else(|| Computed::parse(name, Some(9)));
            let made = make(part.expect("a known part"), "glsa_x_", "abc", &mut SplitMix64::new(1));
            assert!(!made.is_empty() && made.is_ascii(), "{name}");
        }
        assert_eq!(Computed::parse("crc32_base62", Some(6)), Some(Computed::Crc32Base62));
        assert_eq!(Computed::parse("crc32_base62", Some(5)), None);
        assert_eq!(Computed::parse("base64_bytes", None), None);
        assert_eq!(Computed::parse("nothing", None), None);
    }

    #[test]
    fn the_checksums_are_the_documented_ones() {
        // The body and checksum of an expired token that its owner published to explain the format.
        let body = concat!("zQWBuTSOoRi4A9s", "pHcVY5ncnsDkxkJ");
        assert_eq!(make(Computed::Crc32Base62, "", body, &mut SplitMix64::new(0)), "0mLq17");
        assert_eq!(uuid(&mut SplitMix64::new(0)).len(), 36);
    }
}
