//! What a name means: which generic rule it speaks for, and how strongly.

use super::name::Words;

/// Rule ids of the assignment detector.
pub(super) const PASSWORD: &str = "generic-password";
pub(super) const SECRET: &str = "generic-secret";
pub(super) const API_KEY: &str = "generic-api-key";
pub(super) const TOKEN: &str = "generic-token";
pub(super) const CREDENTIAL: &str = "generic-credential";
pub(super) const PRIVATE_KEY: &str = "generic-private-key";

/// What a name says about the value that it is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    /// Id of the generic rule.
    pub rule: &'static str,
    /// True if the name alone makes any value worth a look; false (`key`, `auth`, `session`) if the value must
    /// look like a secret too.
    pub strong: bool,
    /// Index of the word that decides.
    pub head: usize,
}

/// Words that mean a password, whatever stands around them.
#[rustfmt::skip]
const PASSWORDS: &[&[u8]] = &[
    b"password", b"passwords", b"passwd", b"passwort", b"passphrase", b"passphrases", b"passcode", b"pwd",
    b"pswd", b"psw", b"pw", b"pass", b"passw", b"userpass", b"kennwort", b"senha", b"contrasena",
    "contraseña".as_bytes(), b"clave", b"motdepasse", b"mdp", b"wachtwoord", b"parola", b"haslo",
    "hasło".as_bytes(), b"sifre", "şifre".as_bytes(), b"heslo", b"jelszo", "jelszó".as_bytes(), b"lozinka",
    b"parool", b"salasana", b"losenord", "lösenord".as_bytes(), b"passord", b"adgangskode", b"pword",
    b"passwrd", b"pwrd", b"authtok",
];

/// Endings that make a run-together word mean a password (`dbpassword`); without a first letter that has two cases.
#[rustfmt::skip]
const PASSWORD_ENDINGS: &[&[u8]] = &[
    b"password", b"passwd", b"passwort", b"passphrase", b"pwd", b"passcode", b"pword", "密码".as_bytes(),
    "口令".as_bytes(), "ароль".as_bytes(), "パスワード".as_bytes(), "비밀번호".as_bytes(),
];

/// Words before `key` that make it an API key or a signing key.
#[rustfmt::skip]
const API_KEY_OWNERS: &[&[u8]] = &[
    b"api", b"access", b"app", b"application", b"client", b"consumer", b"service", b"account", b"shared",
    b"subscription", b"integration", b"auth", b"authorization", b"authentication", b"license", b"admin",
    b"server", b"user", b"secret", b"storage", b"webhook", b"developer", b"dev", b"bot", b"project",
    b"rest", b"write", b"read", b"ingest", b"deploy", b"sdk", b"merchant", b"pay", b"payment", b"sms",
    b"mail", b"email", b"maps", b"map", b"google", b"aws", b"azure", b"stripe", b"live", b"test", b"prod",
    b"production", b"instrumentation", b"sas", b"tenant", b"partner", b"customer",
];

/// Words before `key` that make it a private or symmetric key.
#[rustfmt::skip]
const PRIVATE_KEY_OWNERS: &[&[u8]] = &[
    b"private", b"priv", b"encryption", b"encrypt", b"crypto", b"crypt", b"cipher", b"decryption",
    b"decrypt", b"aes", b"des", b"rsa", b"dsa", b"ecdsa", b"ec", b"ed", b"hmac", b"symmetric", b"ssh",
    b"pgp", b"gpg", b"ssl", b"tls", b"wallet", b"master", b"host", b"seal", b"unseal", b"vapid", b"jwk",
    b"wireguard", b"wg", b"psk", b"preshared", b"kms", b"hex", b"gcm", b"cbc", b"chacha", b"salsa",
    b"blowfish", b"sm", b"wep", b"wpa", b"wifi", b"transport",
];

/// Words before `key` that make it a signing secret.
#[rustfmt::skip]
const SECRET_KEY_OWNERS: &[&[u8]] = &[
    b"secret", b"signing", b"sign", b"signature", b"jwt", b"cookie", b"session", b"csrf", b"flask",
    b"django", b"rails", b"salt", b"token", b"webhook", b"hash", b"security", b"validation",
];

/// Words that mean a token.
#[rustfmt::skip]
const TOKENS: &[&[u8]] = &[b"token", b"tokens", b"jwt", b"bearer", b"authtoken", b"accesstoken", b"pat"];
/// Endings that make a run-together word mean a token.
#[rustfmt::skip]
const TOKEN_ENDINGS: &[&[u8]] = &[b"token", b"tokens"];
/// Words that mean a secret.
#[rustfmt::skip]
const SECRETS: &[&[u8]] = &[b"secret", b"secrets", b"geheimnis", b"segredo", b"secreto", b"psk", b"pepper"];
/// Endings that make a run-together word mean a secret.
#[rustfmt::skip]
const SECRET_ENDINGS: &[&[u8]] = &[b"secret", b"secrets", b"secretkey", b"secretid"];
/// Run-together names of keys.
#[rustfmt::skip]
const API_KEY_ENDINGS: &[&[u8]] = &[
    b"apikey", b"apikeys", b"accesskey", b"accesskeys", b"appkey", b"authkey", b"skey", b"akey",
    b"licensekey", b"accountkey", b"clientkey", b"servicekey", b"userkey", b"consumerkey", b"sharedkey",
    b"devkey", b"accesskeyid",
];
/// Run-together names of private keys.
#[rustfmt::skip]
const PRIVATE_KEY_ENDINGS: &[&[u8]] = &[
    b"privatekey", b"privkey", b"encryptionkey", b"encryptkey", b"cipherkey", b"cryptokey", b"masterkey",
    b"aeskey", b"deskey", b"rsakey", b"hmackey", b"decryptkey", b"unsealkey", b"sshkey",
];
/// Run-together names of signing secrets.
#[rustfmt::skip]
const SECRET_KEY_ENDINGS: &[&[u8]] =
    &[b"signingkey", b"signkey", b"sessionkey", b"cookiekey", b"hashkey", b"jwtkey", b"secretkeybase"];

/// Words that mean a credential only if the value looks like one.
#[rustfmt::skip]
const WEAK_CREDENTIALS: &[&[u8]] = &[
    b"auth", b"credential", b"credentials", b"cred", b"creds", b"login", b"authorization", b"pin", b"otp",
    b"totp", b"salt", b"seed", b"mnemonic", b"cookie", b"session", b"sid", b"sessionid", b"csrf", b"xsrf",
    b"ticket", b"signature", b"sig", b"license", b"nonce", b"passkey", b"recovery", b"cert", b"identity",
    b"saslpassword", b"basic", b"apitoken", b"phpsessid", b"jsessionid", b"webhook",
];

/// Words before `code` that make it one that opens something.
#[rustfmt::skip]
const CODE_OWNERS: &[&[u8]] = &[
    b"door", b"alarm", b"access", b"unlock", b"lock", b"gate", b"pin",
];

/// True for a code that is typed on a keypad (`pin`, `pinCode`, `door_code`, `passcode`): a few digits are all of it.
pub(super) fn is_typed_code(words: &Words) -> bool {
    let Some(last) = words.len().checked_sub(1) else { return false };
    let before = |owners: &[&[u8]]| last > 0 && owners.contains(&words.get(last - 1));
    match words.get(last) {
        b"pin" | b"passcode" | b"doorcode" | b"accesscode" | b"alarmcode" => true,
        b"code" => before(CODE_OWNERS) || before(&[b"pass"]),
        _ => false,
    }
}

/// Words of digests and of the functions that make them, without digits.
const DIGESTS: &[&[u8]] = &[b"hash", b"hashes", b"hashed", b"digest", b"md", b"sha", b"bcrypt"];

/// True for the name of a password's digest (`password_md5`, `passwordHash`, `hashed_password`, `passwdsha1`); false for
/// names about one (`password_hash_algorithm`).
pub(super) fn is_password_digest(words: &Words) -> bool {
    // Most names: none of their words is a digest, and nothing else needs a look.
    if !words.iter().any(|word| ends(word, DIGESTS)) {
        return false;
    }
    let (mut password, mut digest) = (false, false);
    for at in 0..words.len() {
        let word = words.get(at);
        let joined =
            DIGESTS.iter().find_map(|ending| word.strip_suffix(*ending)).filter(|rest| !rest.is_empty());
        if strong(words, at) == Some(PASSWORD) {
            password = true;
        } else if joined.is_some_and(|rest| PASSWORDS.contains(&rest) || ends(rest, PASSWORD_ENDINGS)) {
            (password, digest) = (true, true);
        } else if DIGESTS.contains(&word) {
            digest = true;
        } else if password {
            return false;
        }
    }
    password && digest
}

/// What the name means, or `None` if it names no credential. The last credential word decides
/// (`token_secret` is a secret, `secret_token` a token); words after it are looked at by `negative::name`.
pub(super) fn of(words: &Words) -> Option<Meaning> {
    let mut weak: Option<Meaning> = None;
    for head in (0..words.len()).rev() {
        if let Some(rule) = strong(words, head) {
            // `secretProperties.setKey`: a vague word of the last part outweighs a clear one before the dot.
            let own = weak.filter(|meaning| words.part(meaning.head) > words.part(head));
            return Some(own.unwrap_or(Meaning { rule, strong: true, head }));
        }
        if weak.is_none()
            && let Some(rule) = hinted(words, head)
        {
            weak = Some(Meaning { rule, strong: false, head });
        }
    }
    weak
}

/// The rule of a word that alone (or with its neighbours) means a credential.
fn strong(words: &Words, head: usize) -> Option<&'static str> {
    let word = words.get(head);
    if PASSWORDS.contains(&word) || ends(word, PASSWORD_ENDINGS) {
        return Some(PASSWORD);
    }
    // Run-together names: a prefix of its own must remain before a short ending.
    if ends(word, &[b"pass", b"pw"]) && !is_pass_word(word) {
        return Some(PASSWORD);
    }
    if word == b"word" && head > 0 && words.get(head - 1) == b"pass"
        || word == b"phrase" && head > 0 && words.get(head - 1) == b"pass"
    {
        return Some(PASSWORD);
    }
    if word == b"passe" && head >= 2 && words.get(head - 1) == b"de" {
        return Some(PASSWORD);
    }
    if word == b"code" && head > 0 && words.get(head - 1) == b"pass" {
        return Some(PASSWORD);
    }
    if matches!(word, b"key" | b"keys" | b"schluessel") && head > 0 {
        return key_owner(words.get(head - 1)).or_else(|| {
            // `secret_access_key`, `private_rsa_key`: one word further back.
            (head > 1)
                .then(|| words.get(head - 2))
                .filter(|w| matches!(*w, b"secret" | b"private" | b"api"))
                .map(|_| SECRET)
        });
    }
    if ends(word, PRIVATE_KEY_ENDINGS) {
        return Some(PRIVATE_KEY);
    }
    if SECRETS.contains(&word) || ends(word, SECRET_ENDINGS) || ends(word, SECRET_KEY_ENDINGS) {
        return Some(SECRET);
    }
    if ends(word, API_KEY_ENDINGS) {
        return Some(API_KEY);
    }
    if TOKENS.contains(&word) || ends(word, TOKEN_ENDINGS) {
        return Some(TOKEN);
    }
    None
}

/// The rule of `<owner> key`.
fn key_owner(owner: &[u8]) -> Option<&'static str> {
    if PRIVATE_KEY_OWNERS.contains(&owner) {
        Some(PRIVATE_KEY)
    } else if SECRET_KEY_OWNERS.contains(&owner) {
        Some(SECRET)
    } else if API_KEY_OWNERS.contains(&owner) {
        Some(API_KEY)
    } else {
        None
    }
}

/// The rule of a word that means a credential only together with a value that looks like one.
fn hinted(words: &Words, head: usize) -> Option<&'static str> {
    let word = words.get(head);
    if matches!(word, b"key" | b"keys") || word.ends_with(b"key") && word.len() >= 5 && !is_key_word(word) {
        return Some(API_KEY);
    }
    if word.ends_with(b"auth") || word.ends_with(b"cred") || word.ends_with(b"creds") {
        return Some(CREDENTIAL);
    }
    if matches!(word, b"code" | b"doorcode" | b"accesscode" | b"alarmcode") && is_typed_code(words) {
        return Some(CREDENTIAL);
    }
    if word == b"api" && head + 1 == words.len() {
        return Some(API_KEY);
    }
    WEAK_CREDENTIALS.contains(&word).then_some(CREDENTIAL)
}

fn ends(word: &[u8], endings: &[&[u8]]) -> bool {
    endings.iter().any(|ending| word.ends_with(ending))
}

/// Words of the language that only end like a password's name.
fn is_pass_word(word: &[u8]) -> bool {
    const OTHERS: &[&[u8]] = &[
        b"bypass",
        b"compass",
        b"trespass",
        b"surpass",
        b"encompass",
        b"overpass",
        b"underpass",
        b"lowpass",
        b"highpass",
        b"bandpass",
        b"onepass",
        b"multipass",
        b"renderpass",
        b"repass",
        b"lastpass",
        b"keepass",
    ];
    word.len() < 4 || OTHERS.contains(&word)
}

/// Words of the language that only end in `key`.
fn is_key_word(word: &[u8]) -> bool {
    const OTHERS: &[&[u8]] = &[
        b"monkey", b"turkey", b"hockey", b"donkey", b"whiskey", b"jockey", b"hotkey", b"keykey", b"mickey",
        b"lackey", b"funkey", b"onkey", b"bykey", b"pkey", b"hkey", b"regkey",
    ];
    OTHERS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str) -> Option<(&'static str, bool)> {
        of(&Words::of(name.as_bytes())).map(|m| (m.rule, m.strong))
    }

    #[test]
    fn names_speak_for_rules() {
        for (name, expected) in [
            ("password", PASSWORD),
            ("DB_PASS", PASSWORD),
            ("dbpasswd", PASSWORD),
            ("rootpw", PASSWORD),
            ("mysqlPwd", PASSWORD),
            ("passWord", PASSWORD),
            ("mot_de_passe", PASSWORD),
            ("contraseña", PASSWORD),
            ("kennwort", PASSWORD),
            ("client_secret", SECRET),
            ("clientSecret", SECRET),
            ("SECRET_KEY_BASE", SECRET),
            ("signing-key", SECRET),
            ("token_secret", SECRET),
            ("apiKey", API_KEY),
            ("x-api-key", API_KEY),
            ("APIKEY", API_KEY),
            ("aws_access_key_id", API_KEY),
            ("accountKey", API_KEY),
            ("github_token", TOKEN),
            ("secretToken", TOKEN),
            ("accesstoken", TOKEN),
            ("private_key", PRIVATE_KEY),
            ("encryptionKey", PRIVATE_KEY),
            ("aesKey", PRIVATE_KEY),
        ] {
            assert_eq!(rule(name), Some((expected, true)), "{name}");
        }
    }

    #[test]
    fn vague_names_need_a_telling_value() {
        for (name, expected) in [
            ("key", API_KEY),
            ("mykey", API_KEY),
            ("auth", CREDENTIAL),
            ("credentials", CREDENTIAL),
            ("pin", CREDENTIAL),
            ("door_code", CREDENTIAL),
            ("alarmCode", CREDENTIAL),
            ("salt", CREDENTIAL),
            ("secretProperties.setKey", API_KEY),
        ] {
            assert_eq!(rule(name), Some((expected, false)), "{name}");
        }
    }

    #[test]
    fn other_words_are_no_credentials() {
        for name in [
            "bypass",
            "compass",
            "monkey",
            "author",
            "passenger",
            "tokenizer",
            "keyboard",
            "passport",
            "spin",
            "passed",
            "credit",
            "status_code",
            "doorCodeLength",
        ] {
            assert_eq!(rule(name), None, "{name}");
        }
    }
}
