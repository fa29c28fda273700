//! What belongs to a secret and stands near it: an id, a user name, a session token. Data of a rule; the driver looks.

use super::Pattern;

/// Lines between a secret and its companion, if the rule does not say more.
pub const DEFAULT_LINES: u64 = 5;
/// The most that a rule may ask for.
pub const MAX_LINES: u64 = 20;

/// A companion that a rule declares.
#[derive(Debug)]
pub struct Companion {
    /// What it is, for people: `access key id`.
    pub name: String,
    /// How it is found.
    pub sought: Sought,
    /// Lines between it and the secret at most; 0: on the same line.
    pub lines: u64,
    /// True if it may be shown whole.
    pub is_public: bool,
    /// Only of secrets that are bound to a name which this matches.
    pub key: Option<Pattern>,
}

/// How a companion is found.
#[derive(Debug)]
pub enum Sought {
    /// A finding of the rule of this id, which then is no finding by itself.
    Rule(String),
    /// The group `id` of this expression, in the lines around.
    Around(Pattern),
    /// The group `id` of this expression, in the text that the secret's Base64 holds.
    Inside(Pattern),
}
