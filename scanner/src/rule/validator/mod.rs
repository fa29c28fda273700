//! Checksums and inner structure of token formats, proven offline.
//!
//! A validator sees the secret's bytes alone. It never says [`Proof::Invalid`] because a token is of an unknown
//! age or length: only a checksum that is wrong or an inner structure that contradicts the format is invalid.
//! What it cannot prove is [`Proof::None`].

mod aws;
mod checksum;
mod jwt;
mod macaroon;
mod structure;

pub use aws::account_id as aws_account_id;
pub use jwt::Jwt;
pub use macaroon::location as macaroon_location;

use crate::candidate::Proof;

/// A format's own proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Validator {
    /// GitHub's and npm's tokens: 30 characters and their CRC-32 in base 62.
    Crc32Base62,
    /// GitLab's routable tokens: length and CRC-32 in base 36 at the end.
    GitlabRoutable,
    /// Grafana's service account tokens: CRC-32 in hex.
    GrafanaCrc,
    /// An AWS access key id with a decodable account id.
    AwsKeyId,
    /// A JSON web token whose header is JSON and names an algorithm.
    Jwt,
    /// `PyPI`'s macaroon with its location.
    PypiMacaroon,
    /// A Base64 JSON object after a prefix (1Password, Grafana Cloud, Sentry).
    Base64Json,
    /// A GCP service account's JSON in Base64.
    GcpServiceAccount,
    /// Base64 of exactly 64 bytes (Azure storage and Cosmos DB).
    Base64Of64Bytes,
    /// Base64 of exactly 32 bytes (Azure SAS signatures and service bus keys).
    Base64Of32Bytes,
    /// An Azure shared access signature: 32 bytes of HMAC in Base64, percent-encoded or not.
    AzureSas,
    /// Slack's tokens: the numbered parts of each type.
    Slack,
    /// Stripe's secret keys: the account id inside long keys.
    Stripe,
    /// A Telegram bot's id and key.
    Telegram,
    /// A Discord bot's token: its snowflake in Base64.
    Discord,
    /// An age identity's Bech32 checksum.
    Age,
    /// A Nostr private key's Bech32 checksum.
    Nostr,
    /// A BIP 32 extended private key's Base58 checksum.
    ExtendedKey,
    /// A Bitcoin private key's Base58 checksum (wallet import format).
    WalletKey,
}

/// All validators by the name that rule files use; sorted.
const NAMES: &[(&str, Validator)] = &[
    ("age", Validator::Age),
    ("aws-key-id", Validator::AwsKeyId),
    ("azure-sas", Validator::AzureSas),
    ("base64-32-bytes", Validator::Base64Of32Bytes),
    ("base64-64-bytes", Validator::Base64Of64Bytes),
    ("base64-json", Validator::Base64Json),
    ("crc32-base62", Validator::Crc32Base62),
    ("discord", Validator::Discord),
    ("extended-key", Validator::ExtendedKey),
    ("gcp-service-account", Validator::GcpServiceAccount),
    ("gitlab-routable", Validator::GitlabRoutable),
    ("grafana-crc", Validator::GrafanaCrc),
    ("jwt", Validator::Jwt),
    ("nostr", Validator::Nostr),
    ("pypi-macaroon", Validator::PypiMacaroon),
    ("slack", Validator::Slack),
    ("stripe", Validator::Stripe),
    ("telegram", Validator::Telegram),
    ("wallet-key", Validator::WalletKey),
];

impl Validator {
    /// The validator that rule files call `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|&(_, validator)| validator)
    }

    /// The name in rule files.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, validator)| *validator == self).map_or("", |(name, _)| name)
    }

    /// All names; sorted.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// Recomputes the proof over the secret's bytes. Linear in their number (keys in Base58 are short), never panics.
    pub fn check(self, secret: &[u8]) -> Proof {
        match self {
            Self::Crc32Base62 => checksum::crc32_base62(secret),
            Self::GitlabRoutable => checksum::gitlab_routable(secret),
            Self::GrafanaCrc => checksum::grafana_crc(secret),
            Self::Age => checksum::bech32("age-secret-key-", secret),
            Self::Nostr => checksum::bech32("nsec", secret),
            Self::ExtendedKey => checksum::extended_key(secret),
            Self::WalletKey => checksum::wallet_key(secret),
            Self::AwsKeyId => aws::check(secret),
            Self::Jwt => jwt::check(secret),
            Self::PypiMacaroon => macaroon::check(secret),
            Self::Base64Json => structure::base64_json(secret),
            Self::GcpServiceAccount => structure::gcp_service_account(secret),
            Self::Base64Of64Bytes => structure::base64_of(64, secret),
            Self::Base64Of32Bytes => structure::base64_of(32, secret),
            Self::AzureSas => structure::azure_sas(secret),
            Self::Slack => structure::slack(secret),
            Self::Stripe => structure::stripe(secret),
            Self::Telegram => structure::telegram(secret),
            Self::Discord => structure::discord(secret),
        }
    }
}

/// `Valid` or `Invalid`.
fn proven(valid: bool) -> Proof {
    if valid { Proof::Valid } else { Proof::Invalid }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::example::Recipe;

    /// Each validator, a recipe it accepts, and which bytes of the example a flip must break.
    type Case = (&'static str, &'static str, fn(usize, usize) -> bool);

    const CASES: &[Case] = &[
        ("crc32-base62", "ghp_{base62:30}{crc32_base62:6}", |at, _| at >= 4),
        ("crc32-base62", "npm_{base62:30}{crc32_base62:6}", |at, _| at >= 4),
        ("gitlab-routable", "glpat-{base64url:36}.01.{gitlab_tail}", |at, _| (6..42).contains(&at)),
        ("grafana-crc", "glsa_{base62:32}_{grafana_crc}", |at, _| at >= 5 && at != 37),
        ("aws-key-id", "AKIA{aws_key_id}", |_, _| false),
        ("jwt", "{jwt}", |at, _| at < 10),
        ("pypi-macaroon", "pypi-{pypi_macaroon}", |at, _| (5..15).contains(&at)),
        ("base64-json", "ops_{base64url_json}", |at, _| (4..6).contains(&at)),
        ("gcp-service-account", "{gcp_service_account}", |at, _| at < 4),
        ("base64-64-bytes", "{base64_bytes:64}", |at, len| at >= len - 2),
        ("base64-32-bytes", "{base64_bytes:32}", |at, len| at == len - 1),
        ("azure-sas", "{base64_bytes:32}", |at, len| at == len - 1),
        ("discord", "{discord_id}.{base64url:6}.{base64url:38}", |at, _| at < 2),
        ("age", "{age_key}", |at, _| at >= 16),
        ("nostr", "{nostr_key}", |at, _| at >= 5),
        ("extended-key", "{extended_key}", |at, _| at >= 4),
        ("wallet-key", "{wallet_key}", |_, _| true),
    ];

    /// Another character of the same sort, so that only the checksum can notice.
    fn flip(byte: u8) -> u8 {
        match byte {
            b'2' => b'3',
            b'0'..=b'9' => b'2',
            b'q' => b'z',
            b'a'..=b'z' => b'q',
            b'Q' => b'Z',
            b'A'..=b'Z' => b'Q',
            b'-' => b'_',
            _ => b'-',
        }
    }

    #[test]
    fn what_recipes_build_is_valid_and_one_flipped_character_is_not() {
        for (name, recipe, breaks) in CASES {
            let validator = Validator::from_name(name).expect("a known validator");
            for seed in 0..20 {
                let secret = Recipe::new(recipe).build(seed).expect("a good recipe").secret().to_vec();
                assert_eq!(validator.check(&secret), Proof::Valid, "{name} {seed}");
                for at in (0..secret.len()).filter(|&at| breaks(at, secret.len())) {
                    let mut broken = secret.clone();
                    broken[at] = flip(broken[at]);
                    assert_eq!(validator.check(&broken), Proof::Invalid, "{name} {seed} {at}");
                }
            }
        }
    }

    #[test]
    fn names_are_sorted_and_round_trip() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, validator) in NAMES {
            assert_eq!(validator.name(), *name);
        }
        assert_eq!(Validator::from_name("nothing"), None);
    }

    #[test]
    fn no_input_makes_a_validator_panic() {
        let inputs: Vec<Vec<u8>> = (0..400)
            .map(|seed| {
                let mut random = crate::rule::random::SplitMix64::new(seed);
                let length = random.below(90);
                random.bytes(length)
            })
            .chain([b"".to_vec(), b"_".to_vec(), b"...".to_vec(), b"xoxb-".to_vec(), vec![b'A'; 5000]])
            .chain(
                ["pypi-AgE", "pypi-AgEI", "glpat-.01.zz", ":", "sk_live_", "ghp_", "..x"]
                    .map(|s| s.as_bytes().to_vec()),
            )
            .collect();
        for (_, validator) in NAMES {
            for input in &inputs {
                assert_ne!(validator.check(input), Proof::Valid, "{validator:?} {input:?}");
            }
        }
    }
}
