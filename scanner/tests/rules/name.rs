//! What a sample's secret is bound to, and the spellings of that name.

/// Words of a name that say nothing about whose secret it is.
const PLAIN: &[&str] = &[
    "access",
    "api",
    "app",
    "auth",
    "authorization",
    "bearer",
    "client",
    "code",
    "config",
    "creds",
    "env",
    "id",
    "key",
    "pat",
    "pass",
    "password",
    "primary",
    "production",
    "pwd",
    "sas",
    "secret",
    "sk",
    "t",
    "token",
    "url",
    "user",
    "value",
    "x",
];

/// A name as words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    words: Vec<String>,
    /// As it was written.
    text: String,
    verbatim: bool,
}

impl Name {
    /// Splits at signs and at humps: `acmeApi_KEY` has three words.
    pub(crate) fn new(text: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut last = ' ';
        for c in text.chars() {
            if !c.is_ascii_alphanumeric() {
                last = ' ';
                continue;
            }
            let hump = c.is_ascii_uppercase() && last.is_ascii_lowercase();
            match words.last_mut() {
                Some(word) if last != ' ' && !hump => word.push(c.to_ascii_lowercase()),
                _ => words.push(c.to_ascii_lowercase().to_string()),
            }
            last = c;
        }
        Self { words, text: text.to_owned(), verbatim: false }
    }

    /// The name in the one spelling that it has.
    pub(crate) fn verbatim(self) -> Self {
        Self { verbatim: true, ..self }
    }

    /// The name with the family before it, unless it says already whose secret it is.
    pub(crate) fn of_family(self, family: &str) -> Self {
        let told = self.words.iter().any(|word| !PLAIN.contains(&word.as_str()));
        if told {
            return self;
        }
        let mut words = Self::new(family).words;
        words.extend(self.words);
        Self { words, ..self }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub(crate) fn snake(&self) -> String {
        self.spelt(|words| words.join("_"))
    }

    pub(crate) fn upper(&self) -> String {
        self.spelt(|words| words.join("_").to_ascii_uppercase())
    }

    pub(crate) fn kebab(&self) -> String {
        self.spelt(|words| words.join("-"))
    }

    pub(crate) fn camel(&self) -> String {
        self.spelt(|words| {
            let (first, rest) =
                words.split_first().map_or(("", words), |(first, rest)| (first.as_str(), rest));
            first.to_owned() + &capitals(rest)
        })
    }

    pub(crate) fn pascal(&self) -> String {
        self.spelt(capitals)
    }

    fn spelt(&self, spelling: impl Fn(&[String]) -> String) -> String {
        if self.verbatim { self.text.clone() } else { spelling(&self.words) }
    }
}

fn capitals(words: &[String]) -> String {
    words.iter().map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}

#[test]
fn names_are_split_and_spelt() {
    let name = Name::new("acmeApi_KEY");
    assert_eq!((name.snake(), name.camel()), ("acme_api_key".to_owned(), "acmeApiKey".to_owned()));
    assert_eq!((name.upper(), name.pascal()), ("ACME_API_KEY".to_owned(), "AcmeApiKey".to_owned()));
    assert_eq!(Name::new("apiKey").of_family("acme").kebab(), "acme-api-key");
    assert_eq!(Name::new("ACME_KEY").of_family("other").snake(), "acme_key");
}
