//! Tokens without a checksum whose parts still have to fit together.

use super::super::codec::{base64_decode, percent_decode};
use super::proven;
use crate::candidate::Proof;

/// A JSON object in Base64 after the first `_` (and before a second one, as in Sentry's).
pub(super) fn base64_json(secret: &[u8]) -> Proof {
    let Some(at) = secret.iter().position(|&b| b == b'_') else {
        return Proof::Invalid;
    };
    // In URL-safe Base64 the body itself may hold a `_`.
    let whole = &secret[at + 1..];
    let body = whole.split(|&b| b == b'_').next().unwrap_or_default();
    proven(is_object(body) || is_object(whole))
}

fn is_object(text: &[u8]) -> bool {
    base64_decode(text).is_some_and(|json| serde_json::from_slice::<serde_json::Map<_, _>>(&json).is_ok())
}

/// The file of a service account in Base64. The end may be cut off, so only the beginning is looked at.
pub(super) fn gcp_service_account(secret: &[u8]) -> Proof {
    let whole = &secret[..secret.len().min(256) / 4 * 4];
    proven(base64_decode(whole).is_some_and(|json| {
        let tight: Vec<u8> = json.into_iter().filter(|b| !b.is_ascii_whitespace()).collect();
        tight.starts_with(br#"{"type":"service_account""#)
    }))
}

/// Canonical Base64 of this many bytes.
pub(super) fn base64_of(bytes: usize, secret: &[u8]) -> Proof {
    let length = bytes.div_ceil(3) * 4;
    proven(secret.len() == length && base64_decode(secret).is_some_and(|decoded| decoded.len() == bytes))
}

/// The signature of a shared access signature: HMAC-SHA256 in Base64, in a query or as it is.
pub(super) fn azure_sas(secret: &[u8]) -> Proof {
    proven(percent_decode(secret).is_some_and(|text| base64_of(32, &text) == Proof::Valid))
}

/// Slack's types: `xoxb-team-bot-secret`, `xoxp-team-user-id-secret`, `xapp-1-app-id-secret`.
pub(super) fn slack(secret: &[u8]) -> Proof {
    let parts: Vec<&[u8]> = secret.split(|&b| b == b'-').collect();
    let digits = |part: &[u8]| (9..=14).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    let hex = |part: &[u8], length: usize| part.len() == length && part.iter().all(u8::is_ascii_hexdigit);
    let valid = match parts.as_slice() {
        [b"xoxb", team, bot, key] => {
            digits(team) && digits(bot) && key.len() == 24 && key.iter().all(u8::is_ascii_alphanumeric)
        }
        [b"xoxp" | b"xoxs", team, user, id, key] => {
            digits(team) && digits(user) && digits(id) && hex(key, 32)
        }
        [b"xapp", b"1", app, id, key] => {
            app.starts_with(b"A") && app.len() >= 9 && digits(id) && hex(key, 64)
        }
        // Older and rotated types are opaque.
        _ => false,
    };
    if valid { Proof::Valid } else { Proof::None }
}

/// Stripe's long keys begin with `51` and the account; the short ones have 24 characters and no structure.
pub(super) fn stripe(secret: &[u8]) -> Proof {
    let Some(at) = memchr::memrchr(b'_', secret) else {
        return Proof::None;
    };
    let body = &secret[at + 1..];
    let long = body.len() == 99 && body.starts_with(b"51") && body.iter().all(u8::is_ascii_alphanumeric);
    if long { Proof::Valid } else { Proof::None }
}

/// A bot's number, `:`, and 35 characters whose first bits are a version of zero.
pub(super) fn telegram(secret: &[u8]) -> Proof {
    let Some(at) = secret.iter().position(|&b| b == b':') else {
        return Proof::None;
    };
    let (bot, key) = (&secret[..at], &secret[at + 1..]);
    let shaped = (8..=10).contains(&bot.len())
        && bot[0] != b'0'
        && bot.iter().all(u8::is_ascii_digit)
        && key.len() == 35;
    if shaped && key.starts_with(b"AA") { Proof::Valid } else { Proof::None }
}

/// The first part is the bot's number in Base64.
pub(super) fn discord(secret: &[u8]) -> Proof {
    let first = secret.split(|&b| b == b'.').next().unwrap_or_default();
    proven(
        base64_decode(first)
            .is_some_and(|id| (17..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::example::Recipe;

    fn built(recipe: &str) -> Vec<u8> {
        Recipe::new(recipe).build(5).expect("a good recipe").secret().to_vec()
    }

    #[test]
    fn slack_types_have_their_own_parts() {
        for recipe in [
            "xoxb-{digits:12}-{digits:13}-{base62:24}",
            "xoxp-{digits:12}-{digits:12}-{digits:13}-{hex:32}",
            "xapp-1-A{upper_digits:10}-{digits:13}-{hex:64}",
        ] {
            assert_eq!(slack(&built(recipe)), Proof::Valid, "{recipe}");
        }
        for recipe in
            ["xoxb-{base62:12}x-{digits:13}-{base62:24}", "xoxb-{digits:12}-{base62:24}", "xoxa-2-{hex:64}"]
        {
            assert_eq!(slack(&built(recipe)), Proof::None, "{recipe}");
        }
    }

    #[test]
    fn stripe_and_telegram_are_told_by_their_shape() {
        assert_eq!(stripe(&built("sk_live_51{base62:97}")), Proof::Valid);
        assert_eq!(stripe(&built("sk_live_{base62:24}")), Proof::None);
        assert_eq!(telegram(&built("1{digits:8}:AA{base64url:33}")), Proof::Valid);
        assert_eq!(telegram(&built("1{digits:8}:BA{base64url:33}")), Proof::None);
        assert_eq!(telegram(&built("0{digits:8}:AA{base64url:33}")), Proof::None);
    }

    #[test]
    fn a_signature_is_32_bytes_escaped_or_not() {
        let signature = String::from_utf8(built("{base64_bytes:32}")).expect("ASCII");
        let escaped = signature.replace('+', "%2B").replace('/', "%2f").replace('=', "%3D");
        assert_eq!(azure_sas(escaped.as_bytes()), Proof::Valid);
        assert_eq!(azure_sas(signature.as_bytes()), Proof::Valid);
        assert_eq!(azure_sas(&built("{base64_bytes:31}")), Proof::Invalid);
        assert_eq!(azure_sas(b"%3"), Proof::Invalid);
    }

    #[test]
    fn a_cut_service_account_is_still_recognised() {
        let whole = built("{gcp_service_account}");
        assert_eq!(gcp_service_account(&whole[..101]), Proof::Valid);
        assert_eq!(gcp_service_account(&built("{base64_json}")), Proof::Invalid);
    }

    #[test]
    fn json_is_found_with_and_without_a_tail() {
        assert_eq!(base64_json(&built("sntrys_{base64_json}_{base64:43}")), Proof::Valid);
        assert_eq!(base64_json(&built("ops_{base64url_json}")), Proof::Valid);
        assert_eq!(base64_json(b"ops"), Proof::Invalid);
    }
}
