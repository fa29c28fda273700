//! Names that are about a secret, but name none: its length, its field, its type, its public half.

use crate::candidate::assign::name::Words;
use crate::reason::Reason;

/// A word after the credential word that makes the name something about it, by reason.
#[rustfmt::skip]
const AFTER: &[(Reason, &[&[u8]])] = &[
    (
        Reason::Identifier,
        &[
            b"id", b"ids", b"uuid", b"guid", b"arn", b"version", b"name", b"names", b"alias", b"index",
            b"number", b"count", b"length", b"len", b"size", b"limit", b"max", b"min", b"expiry",
            b"expires", b"expire", b"expiration", b"expired", b"ttl", b"lifetime", b"timeout", b"age",
            b"duration", b"interval", b"days", b"hours", b"minutes", b"seconds", b"created", b"updated",
            b"date", b"at", b"usage", b"bits", b"rounds", b"iterations", b"retries", b"attempts", b"issuer",
            b"audience", b"position", b"offset", b"rotation", b"status", b"state", b"level", b"policy",
            b"scope", b"scopes", b"time", b"within", b"secs", b"millis", b"username", b"user", b"email",
            b"owner", b"realm", b"host", b"port", b"domain", b"region", b"fingerprint", b"thumbprint",
            b"keyid", b"tag", b"allowlist", b"whitelist", b"denylist", b"blocklist", b"blacklist",
        ],
    ),
    (
        Reason::TypeOrKeyword,
        &[
            b"type", b"types", b"kind", b"format", b"class", b"enum", b"method", b"mode", b"strategy",
            b"provider", b"algorithm", b"algo", b"alg", b"encoder", b"encoding", b"validator",
            b"validation", b"enabled", b"disabled", b"required", b"optional", b"flag", b"flow", b"grant",
            b"charset", b"hasher", b"generator", b"manager", b"service", b"handler", b"helper", b"factory",
            b"builder", b"store", b"storage", b"backend", b"adapter", b"plugin", b"module", b"interface",
            b"spec", b"schema", b"regex", b"pattern", b"mask", b"separator", b"delimiter", b"cmd",
            b"command", b"callback", b"func", b"function", b"middleware", b"strength", b"complexity",
            b"mechanism", b"scheme", b"version", b"mgmt", b"management", b"algorithms", b"supported", b"usages", b"ops", b"operations", b"parser",
            b"lexer", b"alphabet", b"characters", b"chars", b"stream", b"iterator", b"listener", b"event", b"action", b"test", b"tests",
        ],
    ),
    (
        Reason::PathOrUrl,
        &[
            b"file", b"files", b"path", b"paths", b"dir", b"directory", b"folder", b"url", b"uri", b"urls",
            b"endpoint", b"link", b"location", b"filename", b"filepath", b"server", b"page", b"route",
            b"ref", b"reference", b"refs", b"src", b"source", b"href",
        ],
    ),
    (
        Reason::NaturalText,
        &[
            b"label", b"labels", b"title", b"hint", b"hints", b"text", b"message", b"messages", b"msg",
            b"error", b"errors", b"description", b"desc", b"prompt", b"placeholder", b"help", b"tooltip",
            b"caption", b"header", b"warning", b"info", b"fail", b"failed", b"failure", b"success",
            b"mismatch", b"changed", b"reminder", b"question", b"subject", b"notice", b"instructions",
            b"empty", b"forgotten", b"forgot",
        ],
    ),
    (
        Reason::Reference,
        &[
            b"field", b"fields", b"input", b"param", b"params", b"parameter", b"parameters", b"var",
            b"variable", b"attr", b"attribute", b"property", b"prop", b"column", b"col", b"key", b"keys",
            b"prefix", b"suffix", b"element", b"selector", b"button", b"btn", b"form", b"box", b"view",
            b"widget", b"textbox", b"dialog", b"modal", b"icon", b"link", b"config", b"options",
            b"settings", b"getter", b"setter", b"option", b"env", b"envvar", b"table", b"row", b"entry",
            b"cache", b"map", b"template", b"wrapper", b"screen", b"panel", b"controller", b"component",
            b"activity", b"layout", b"css", b"style", b"ui", b"dlg", b"tab", b"menu", b"item", b"checkbox",
            b"exists", b"changes", b"needed", b"visible", b"used", b"valid", b"resolver", b"extractor",
            b"filter", b"interceptor", b"color", b"colour", b"colors", b"background", b"border",
        ],
    ),
    (
        Reason::Hash,
        &[
            b"hash", b"hashes", b"digest", b"checksum", b"md", b"sha", b"crc", b"fingerprint", b"hashed", b"rev",
            b"revision", b"commit",
        ],
    ),
];

/// A word before the credential word that makes it something else.
#[rustfmt::skip]
const BEFORE: &[(Reason, &[&[u8]])] = &[
    (
        Reason::PublicMaterial,
        &[b"public", b"publishable", b"pub", b"verify", b"verifying", b"publickey", b"site"],
    ),
    (
        Reason::TypeOrKeyword,
        &[
            b"is", b"has", b"use", b"uses", b"enable", b"enabled", b"disable", b"disabled", b"allow",
            b"allowed", b"require", b"required", b"requires", b"needs", b"show", b"hide", b"toggle", b"can",
            b"should", b"skip", b"ignore", b"without", b"no", b"only",
        ],
    ),
    (Reason::Reference, &[b"from", b"pull", b"existing"]),
    (
        Reason::Identifier,
        &[
            b"max", b"min", b"num", b"count", b"total", b"eos", b"bos", b"pad", b"unk", b"sep", b"cls",
            b"special", b"stop", b"start", b"end", b"next", b"page", b"continuation", b"sync", b"nr",
            b"cursor", b"lexer", b"mask",
        ],
    ),
];

/// Words between `key` and what it opens: keys of tables, caches and keyboards.
#[rustfmt::skip]
const PLAIN_KEYS: &[&[u8]] = &[
    b"foreign", b"primary", b"partition", b"sort", b"cache", b"map", b"dict", b"row", b"column", b"index",
    b"unique", b"composite", b"translation", b"message", b"lookup", b"shortcut", b"hot", b"arrow", b"enter",
    b"press", b"pressed", b"down", b"up", b"left", b"right", b"object", b"config", b"setting", b"option",
    b"query", b"param", b"field", b"form", b"group", b"routing", b"bucket", b"json", b"yaml", b"item",
    b"event", b"order", b"parent", b"child", b"label", b"node", b"public", b"state", b"i", b"registry",
    b"tab", b"page", b"home", b"escape", b"esc", b"backspace", b"delete", b"function", b"modifier", b"meta",
    b"ctrl", b"alt", b"shift", b"data", b"metadata", b"natural", b"surrogate", b"context", b"attribute",
    b"property", b"env", b"variable", b"title", b"name", b"locale", b"idempotency",
];

/// As [`of_words`], for a name whose deciding word is not known: the last word that is not about something else.
pub(super) fn of_all_words(words: &Words) -> Option<Reason> {
    const HEADS: &[&[u8]] = &[
        b"password",
        b"passwd",
        b"pwd",
        b"pass",
        b"passphrase",
        b"secret",
        b"secrets",
        b"token",
        b"tokens",
        b"key",
        b"keys",
        b"auth",
        b"credential",
        b"credentials",
        b"apikey",
        b"login",
    ];
    let head = (0..words.len()).rev().find(|&at| HEADS.contains(&words.get(at)))?;
    of_words(words, head, false)
}

/// The reason why these words name no credential. `head` is the index of the deciding word; `called` is true if
/// the name is a callee.
pub(in crate::candidate) fn of_words(words: &Words, head: usize, called: bool) -> Option<Reason> {
    let credential = words.get(head);
    let last = words.len() - 1;
    // `key_id` of an access key is half of a credential; providers' rules know the other cases.
    let access_key_id =
        credential == b"key" && head > 0 && matches!(words.get(head - 1), b"access" | b"secret");
    for at in head + 1..=last {
        let word = words.get(at);
        if access_key_id && word == b"id" {
            continue;
        }
        if word == b"code" && credential == b"pass" || word == b"word" || word == b"phrase" {
            continue;
        }
        if let Some((reason, _)) = AFTER.iter().find(|(_, list)| list.contains(&word)) {
            return Some(*reason);
        }
    }
    let first = (0..words.len()).find(|&at| words.part(at) == words.part(last)).unwrap_or(0);
    if called
        && matches!(
            words.get(first),
            b"get"
                | b"find"
                | b"delete"
                | b"remove"
                | b"fetch"
                | b"read"
                | b"load"
                | b"lookup"
                | b"query"
                | b"print"
                | b"log"
                | b"select"
                | b"parse"
                | b"is"
                | b"has"
                | b"on"
                | b"reset"
                | b"forgot"
                | b"request"
                | b"prompt"
                | b"ask"
                | b"input"
                | b"show"
        )
    {
        return Some(Reason::Reference);
    }
    let before = (head > 0).then(|| words.get(head - 1));
    if let Some(word) = before {
        let tokenish = credential.starts_with(b"token");
        let keyish = credential == b"key" || credential == b"keys";
        // Rails: `active_record.encryption.primary_key`.
        let of_table = !words.any(&[b"encryption"]);
        if keyish && of_table && PLAIN_KEYS.contains(&word) && !matches!(word, b"public") {
            return Some(Reason::Identifier);
        }
        for (reason, list) in BEFORE {
            if list.contains(&word)
                && match reason {
                    Reason::PublicMaterial => keyish || tokenish && matches!(word, b"public"),
                    Reason::Identifier => tokenish,
                    // `from_secret: name`, `imagePullSecret: name`, `existingSecret: name` name a stored secret.
                    Reason::Reference => credential.starts_with(b"secret"),
                    _ => head == 1,
                }
            {
                return Some(*reason);
            }
        }
    }
    // `data-sitekey` of a challenge, `publickey`.
    if words.any(&[b"sitekey", b"publickey", b"pubkey"]) {
        return Some(Reason::PublicMaterial);
    }
    // `publicKeyToken` of an assembly.
    if words.any(&[b"public", b"publishable"]) && (credential == b"token" || credential == b"key") {
        return Some(Reason::PublicMaterial);
    }
    if words.any(&[b"encrypted", b"hashed"]) && credential != b"private" {
        return Some(Reason::EncryptedValue).filter(|_| words.any(&[b"encrypted"]));
    }
    (credential == b"nonce").then_some(Reason::PublicMaterial)
}

#[cfg(test)]
mod tests {
    use crate::candidate::assign::name::Words;
    use crate::candidate::negative::of_name;
    use crate::reason::Reason;

    #[test]
    fn names_about_a_secret_have_a_reason() {
        for (name, reason) in [
            ("password_length", Reason::Identifier),
            ("token_type", Reason::TypeOrKeyword),
            ("passwordField", Reason::Reference),
            ("secret_name", Reason::Identifier),
            ("key_id", Reason::Identifier),
            ("PASSWORD_LABEL", Reason::NaturalText),
            ("private_key_path", Reason::PathOrUrl),
            ("public_key", Reason::PublicMaterial),
            ("publishableKey", Reason::PublicMaterial),
            ("publicKeyToken", Reason::PublicMaterial),
            ("max_tokens", Reason::Identifier),
            ("use_password", Reason::TypeOrKeyword),
            ("foreign_key", Reason::Identifier),
            ("Idempotency-Key", Reason::Identifier),
            ("password_hash", Reason::Hash),
            ("token_expires_at", Reason::Identifier),
            ("passwordBorderColor", Reason::Reference),
            ("lexer_token", Reason::Identifier),
            ("token_rev", Reason::Hash),
            ("existingSecret", Reason::Reference),
            ("wpa_key_mgmt", Reason::TypeOrKeyword),
        ] {
            assert_eq!(of_name(name.as_bytes()), Some(reason), "{name}");
        }
        assert_eq!(super::of_words(&Words::of(b"publickey"), 0, false), Some(Reason::PublicMaterial));
    }

    #[test]
    fn names_of_credentials_have_none() {
        for name in [
            "password",
            "DB_PASSWORD",
            "secret_key_base",
            "aws_access_key_id",
            "password_confirmation",
            "tokenValue",
            "author",
            "",
        ] {
            assert_eq!(of_name(name.as_bytes()), None, "{name}");
        }
    }
}
