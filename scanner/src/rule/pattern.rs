//! A rule's regular expression, compiled when it is first needed.
//!
//! Besides regex syntax a pattern may name fragments: `{bind}` is what stands between the end of a name and its value
//! in all the languages that people configure things in, `{end}` the end of a token. They are written once here.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

/// Fragments by name. A brace after nothing to repeat is an error in a regex, so no pattern can mean anything else.
const FRAGMENTS: &[(&str, &str)] = &[
    // The rest of the name (`_api_key`, `.token`, `Secret`) and its closing quote or bracket (or the brackets of an array in
    // C). Then one binding sign or a space, perhaps with a type before it (`: &str =`, ` string =`), and the value's opening
    // quote; or the arguments of a call up to the value (`::Client.new('id', secret: '`); or what makes a pair of name and
    // value (`", "value": "`); or the rest of an address up to a parameter (`.io/v1?id=1&api_key=`).
    (
        "{bind}",
        concat!(
            r#"[0-9A-Za-z_.\-]{0,40}"#,
            r#"(?:(?:\\?["'`\])]{0,3}|\[[0-9]{0,4}\])[ \t]{0,8}"#,
            r#"(?:=>|:=|\?=|\|\||=|:|,|\(|>|[ \t]|:?[ \t]{0,2}(?:&(?:'static[ \t])?)?[A-Za-z]{2,12}[ \t]{0,2}=)"#,
            r#"[ \t]{0,8}[\[(]?(?:[a-zA-Z]{0,2}\\?["'`]{1,3})?"#,
            r#"|["')]{0,2}(?:[.:][A-Za-z_.:]{1,24})?\([ \t]{0,2}\{?[ \t]{0,2}"#,
            r#"(?:(?:[A-Za-z_]{1,16}[:=][ \t]?)?["'][^"'\n]{0,64}["'],[ \t]{0,2}){0,2}"#,
            r#"(?:[A-Za-z_]{1,16}[ \t]?[:=][ \t]?)?["']"#,
            r#"|["']?,?[ \t\r]{0,2}\n?[ \t]{0,32}["']?[Vv]alue["']?[ \t]?[:=][ \t]?["']?"#,
            r#"|[^\s"'<>`]{0,90}[?&](?:amp;)?[A-Za-z_\-]{0,12}(?:[Kk]ey|[Tt]oken|secret)=)"#,
        ),
    ),
    // At the start of a line or after a sign that no Base64 text has: a long token's prefix stands in every blob.
    ("{start64}", r"(?:^|[^0-9A-Za-z_\-+/])"),
    // Not followed by a letter, a digit, `_` or `-`.
    ("{end}", r"(?:[^0-9A-Za-z_\-]|\z)"),
    // As `{end}`, nor by a sign of Base64.
    ("{end64}", r"(?:[^0-9A-Za-z_\-+/=]|\z)"),
];

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

    /// The source, with the names of fragments.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The source with its fragments put in: what is compiled.
    pub fn expanded(&self) -> Cow<'_, str> {
        FRAGMENTS.iter().fold(Cow::Borrowed(self.source.as_str()), |text, (name, fragment)| {
            if text.contains(name) { Cow::Owned(text.replace(name, fragment)) } else { text }
        })
    }

    /// Compiles without keeping, to report an error where the rule is read.
    pub fn compile(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.expanded()).unicode(false).multi_line(true).build()
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

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn secret<'t>(pattern: &Pattern, text: &'t str) -> Option<&'t str> {
        let found = pattern.regex().captures(text.as_bytes())?;
        std::str::from_utf8(found.name("secret")?.as_bytes()).ok()
    }

    #[test]
    fn bind_spans_the_ways_people_bind_values() {
        let pattern = Pattern::new("(?i:acme){bind}(?<secret>[0-9a-f]{8}){end}");
        let value = "0a1b2c3d";
        for text in [
            "ACME_API_KEY=0a1b2c3d",
            "export ACME_KEY='0a1b2c3d'",
            "acme.api-key: 0a1b2c3d\n",
            "\"acmeApiKey\": \"0a1b2c3d\",",
            "acme_key => \"0a1b2c3d\"",
            "acmeKey := `0a1b2c3d`",
            "os.environ['ACME_KEY'] = '0a1b2c3d'",
            "new AcmeClient(\"0a1b2c3d\")",
            "<acmeKey>0a1b2c3d</acmeKey>",
            "--acme-key 0a1b2c3d",
            "ENV ACME_KEY 0a1b2c3d",
            "key = get('ACME_KEY', \"0a1b2c3d\")",
            "{\\\"acme_key\\\":\\\"0a1b2c3d\\\"}",
            "b = acme(b'0a1b2c3d')",
            "pub const ACME_KEY: &str = \"0a1b2c3d\";",
            "static ACME_KEY: &'static str = \"0a1b2c3d\";",
            "export const acmeKey: string = '0a1b2c3d';",
            "let acmeKey:String=\"0a1b2c3d\"",
            "const acmeKey string = \"0a1b2c3d\"",
            "static const char ACME_KEY[] = \"0a1b2c3d\";",
            "char acme_key[33] = \"0a1b2c3d\";",
            "acme.Client('0a1b2c3d')",
            "Acme::Client.new('some-id', '0a1b2c3d')",
            "require('acme')('some-id', '0a1b2c3d');",
            "acme(id='7', key='0a1b2c3d')",
            "new Acme({ accessKey: '0a1b2c3d' })",
            "{ \"name\": \"ACME_KEY\", \"value\": \"0a1b2c3d\" }",
            "  \"name\": \"ACME_KEY\",\r\n  \"value\": \"0a1b2c3d\"",
            "- name: ACME_KEY\n  value: 0a1b2c3d\n",
            "GET https://api.acme.io/v1/x?q=1&api_key=0a1b2c3d",
        ] {
            assert_eq!(secret(&pattern, text), Some(value), "{text}");
        }
        for text in [
            "acme and then 0a1b2c3d",
            "acme\n0a1b2c3d",
            "acme = 0a1b2c3d4e",
            "acme = 0a1b2c3d-aa",
            "acme is 0a1b2c3d",
            "acme('some-id', other('0a1b2c3d'))",
            "acme('some', 'two', 'three', '0a1b2c3d')",
            "- name: ACME_KEY\n  other: 0a1b2c3d\n",
            "https://acme.io/?page=0a1b2c3d",
        ] {
            assert_eq!(secret(&pattern, text), None, "{text}");
        }
    }

    #[test]
    fn fragments_are_put_in_where_they_are_named() {
        let pattern = Pattern::new("a{3}{end64}");
        assert!(pattern.expanded().starts_with("a{3}(?:"));
        assert_eq!(pattern.source(), "a{3}{end64}");
        assert!(pattern.regex().is_match(b"aaa\""));
        assert!(!pattern.regex().is_match(b"aaa="));
    }
}
