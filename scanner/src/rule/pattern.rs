//! A rule's regular expression, compiled when it is first needed.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

/// A regular expression over bytes (Unicode off), compiled on first use: start-up must not pay for 400 of them.
#[derive(Debug)]
pub struct Pattern {
    source: String,
    regex: OnceLock<Regex>,
}

impl Pattern {
    /// Takes the source; `rule::load` has checked that it compiles, or will when rules come from a user.
    pub fn new(source: &str) -> Self {
        Self { source: source.to_owned(), regex: OnceLock::new() }
    }

    /// The source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Compiles without keeping, to report an error where the rule is read.
    pub fn compile(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.source).unicode(false).multi_line(true).build()
    }

    /// The compiled form. The secret is the group named `secret`, or the whole match.
    ///
    /// # Panics
    /// If the source does not compile; the loader has compiled rules from users, a test those of this crate.
    pub fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            self.compile().expect("patterns are compiled once when rules are loaded or tested")
        })
    }
}
