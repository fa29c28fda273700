//! Why something was decided: every verdict and every dropped candidate has one of these names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The reason of a verdict or of a drop. The kebab-case name is part of the JSON contract; add, never rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    // Reasons to report.
    /// The token has its provider's prefix, alphabet and length.
    ProviderFormat,
    /// The token's checksum or inner structure was recomputed and is right.
    ChecksumValid,
    /// An unencrypted private key.
    PrivateKey,
    /// A private key that needs a passphrase.
    EncryptedPrivateKey,
    /// A store of keys or passwords, behind a password of its own.
    KeyStore,
    /// The value stands where the syntax wants a credential (URL user-info, `Authorization`, `curl -u` …).
    CredentialPosition,
    /// The name says credential and the value looks random.
    RandomValue,
    /// The name says credential and the value looks like a password that a person chose.
    HumanPassword,
    /// A well-known default, dummy or test credential in use.
    WeakCredential,
    /// Hidden by a public method that anybody can undo (Base64, a fixed key).
    Reversible,
    /// A long random string without a name that says credential.
    HighEntropy,
    /// The language model's probability is above the threshold.
    ModelAlert,

    // Reasons not to report.
    /// The language model's probability is below the threshold.
    ModelSafe,
    /// The score of the rules is below the threshold.
    LowScore,
    /// Stands for a value that the reader must fill in (`YOUR_API_KEY`, `<token>`, `xxxx`, `changeme` in docs).
    Placeholder,
    /// Filled in at run time (`${X}`, `{{ x }}`, `%s`, `$(cmd)`).
    Template,
    /// Code that reads a value (`os.environ[…]`, `config.password`, a call, an identifier).
    Reference,
    /// The name of a type, a constant, an enum member or a keyword of the language.
    TypeOrKeyword,
    /// Text for people: a label, a message, a translation.
    NaturalText,
    /// A path, a file name, a URL without user-info, a host, an e-mail address.
    PathOrUrl,
    /// A digest or checksum in a place for digests.
    Hash,
    /// A UUID, an id, a version, a date, a number.
    Identifier,
    /// Public by design: public keys, certificates, publishable keys.
    PublicMaterial,
    /// Text is the key's own name again (`password: password`).
    SameAsName,
    /// Empty, too short, or one repeated character.
    TooWeakToBeSecret,
    /// Lock file, source map, minified, vendored or generated content.
    GeneratedContent,
    /// Encoded image, font or other media.
    EncodedMedia,
    /// Encrypted already (Ansible vault, SOPS, sealed secret, git-crypt).
    EncryptedValue,
    /// The token has the right prefix, but its checksum is wrong.
    ChecksumInvalid,
    /// A digest of a password (`$2y$`, `{SSHA}`): a finding of its own kind only where rules ask for it.
    PasswordHash,
}

impl Reason {
    /// One sentence for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::ProviderFormat => "matches the provider's documented token format",
            Self::ChecksumValid => "its checksum or inner structure is right, so it was issued, not typed",
            Self::PrivateKey => "an unencrypted private key",
            Self::EncryptedPrivateKey => "a private key protected by a passphrase",
            Self::KeyStore => "a store of keys or passwords behind a password of its own",
            Self::CredentialPosition => "stands where the syntax wants a credential",
            Self::RandomValue => "the name says credential and the value looks random",
            Self::HumanPassword => "the name says credential and the value looks like a chosen password",
            Self::WeakCredential => "a default, dummy or test credential in use",
            Self::Reversible => "hidden by a public method: anybody can read it",
            Self::HighEntropy => "a long random string",
            Self::ModelAlert => "the language model takes it for a credential",
            Self::ModelSafe => "the language model takes it for harmless",
            Self::LowScore => "too little speaks for a credential",
            Self::Placeholder => "a placeholder to be filled in",
            Self::Template => "filled in at run time",
            Self::Reference => "code that reads a value, not a value",
            Self::TypeOrKeyword => "a type, constant or keyword",
            Self::NaturalText => "text for people",
            Self::PathOrUrl => "a path, URL or address without credentials",
            Self::Hash => "a digest in a place for digests",
            Self::Identifier => "an identifier, version, date or number",
            Self::PublicMaterial => "public by design",
            Self::SameAsName => "repeats its own name",
            Self::TooWeakToBeSecret => "empty, too short or one repeated character",
            Self::GeneratedContent => "lock file, minified or generated content",
            Self::EncodedMedia => "encoded image, font or other media",
            Self::EncryptedValue => "encrypted already",
            Self::ChecksumInvalid => "has the prefix, but its checksum is wrong",
            Self::PasswordHash => "a digest of a password",
        }
    }

    /// The kebab-case name.
    pub fn name(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|v| v.as_str().map(str::to_owned))
            .expect("a unit variant is a string")
    }
}
