//! Rules as data: what a detector looks for and what a report says about it.

mod builtin;

pub mod address;
pub mod check;
pub(crate) mod codec;
pub mod companion;
mod compute;
pub mod example;
pub mod fact;
pub(crate) mod forge;
mod load;
mod pattern;
pub(crate) mod random;
pub(crate) mod service_account;
mod set;
pub mod template;
pub mod validator;

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::Severity;

#[cfg(test)]
pub(crate) use load::RULE_KEYS as KEYS;
pub use load::{DEFAULT_REACH, LoadError, LoadProblem, MAX_REACH};
pub use pattern::Pattern;
pub(crate) use random::SplitMix64;
pub use set::RuleSet;
pub use template::Template;
pub use validator::Validator;

/// What sort of secret a rule finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A password or passphrase.
    Password,
    /// An API key, client secret or signing secret.
    ApiKey,
    /// An access, refresh, session or bearer token.
    Token,
    /// A private or symmetric key.
    PrivateKey,
    /// Credentials inside a URL or a connection string.
    ConnectionString,
    /// A user name and password together (Basic, netrc, pgpass).
    Login,
    /// A webhook URL that authenticates whoever knows it.
    Webhook,
    /// A digest of a password.
    PasswordHash,
    /// Something random that no name explains.
    Generic,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Password => "password",
            Self::ApiKey => "api-key",
            Self::Token => "token",
            Self::PrivateKey => "private-key",
            Self::ConnectionString => "connection-string",
            Self::Login => "login",
            Self::Webhook => "webhook",
            Self::PasswordHash => "password-hash",
            Self::Generic => "generic",
        })
    }
}

/// How a rule's candidates are found. The order is the order of specificity: of several detectors that see the
/// same span, the greatest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Detector {
    /// A long random string without a name.
    Entropy,
    /// A name that says credential, bound to a value.
    Assignment,
    /// A place where the syntax wants a credential: URL user-info, headers, connection strings, shell flags, netrc …
    Structural,
    /// A provider's token that needs the provider's name near it (no prefix of its own).
    Keyword,
    /// A provider's token with a prefix, alphabet and length of its own. Decided by its rule.
    Token,
    /// Key material in armour or by magic bytes. Decided by its rule.
    Key,
}

impl fmt::Display for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Entropy => "entropy",
            Self::Assignment => "assignment",
            Self::Structural => "structural",
            Self::Keyword => "keyword",
            Self::Token => "token",
            Self::Key => "key",
        })
    }
}

impl Detector {
    /// True if candidates of this detector are decided by the rule alone and can only be demoted as placeholder.
    pub fn is_structured(self) -> bool {
        matches!(self, Self::Token | Self::Key)
    }
}

/// One rule. Built by `rule::load` from TOML; immutable afterwards.
#[derive(Debug)]
pub struct Rule {
    /// Stable, kebab-case, unique: `github-personal-access-token`.
    pub id: String,
    /// The provider file's stem (`github`), part of fingerprints: renaming a rule does not change them.
    pub family: String,
    /// The provider's name for people; empty for generic rules.
    pub provider: String,
    /// What it is, one sentence without a full stop.
    pub description: String,
    /// Sort of secret.
    pub kind: Kind,
    /// Severity of a leak found outside tests and examples.
    pub severity: Severity,
    /// How candidates are found.
    pub detector: Detector,
    /// Lower-case strings of which at least one stands in or near every match; anchors of the prefilter.
    pub keywords: Vec<String>,
    /// Finds the secret around a keyword; none for detectors written in code.
    pub pattern: Option<Pattern>,
    /// Bytes before and after a keyword hit in which the pattern is searched ([`DEFAULT_REACH`], more for long tokens).
    pub reach: usize,
    /// Least Shannon entropy of the secret, in bits per byte.
    pub min_entropy: Option<f32>,
    /// Checksum or structure of the format.
    pub validator: Option<Validator>,
    /// Made to be published, in pages and apps: recognised, so that no other rule takes it for a secret, and never
    /// reported.
    pub publishable: bool,
    /// Where and how to revoke, one or two sentences.
    pub remediation: String,
    /// URLs of the provider's documentation.
    pub references: Vec<String>,
    /// How examples are built (`rule::example`).
    pub examples: Vec<example::Recipe>,
    /// Recipes of strings that look alike and must not match.
    pub near_misses: Vec<example::Recipe>,
    /// How the provider is asked whether the token is live, if the user wants that (`--verify`).
    pub verify: Option<Template>,
    /// What stands near the secret and belongs to it.
    pub companions: Vec<companion::Companion>,
    /// Where it is written, for those who check rules.
    pub place: Place,
}

/// A place in a rule file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file as it was given; of a builtin one, its name.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: usize,
}

impl Rule {
    /// A rule that looks for nothing: what stands for one whose pattern is not at hand (a report that is read in again),
    /// and what samples are made of. An error in severity.
    pub fn bare(id: &str, kind: Kind, detector: Detector) -> Self {
        Self {
            id: id.to_owned(),
            family: String::new(),
            provider: String::new(),
            description: String::new(),
            kind,
            severity: Severity::Error,
            detector,
            keywords: Vec::new(),
            pattern: None,
            reach: DEFAULT_REACH,
            min_entropy: None,
            validator: None,
            publishable: false,
            remediation: String::new(),
            references: Vec::new(),
            examples: Vec::new(),
            near_misses: Vec::new(),
            verify: None,
            companions: Vec::new(),
            place: Place::default(),
        }
    }

    /// A rule for tests of other modules.
    #[cfg(test)]
    pub(crate) fn for_test(id: &str, kind: Kind, detector: Detector) -> Arc<Self> {
        Arc::new(Self {
            family: "test".to_owned(),
            description: "a test rule".to_owned(),
            remediation: "revoke it".to_owned(),
            ..Self::bare(id, kind, detector)
        })
    }
}
