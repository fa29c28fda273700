//! A rule's regular expression, compiled when it is first needed.
//!
//! Besides regex syntax a pattern may name fragments: `{bind}` is what stands between the end of a name and its value
//! in all the languages that people configure things in, `{end}` the end of a token. They are written once here.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

/// The rest of the name (`_api_key`, `.token`, `Secret`), its closing quote or bracket (or the brackets of an array in
/// C), one binding sign or a space, perhaps with a type before it (`: &str =`, ` string =`), and the value's opening
/// quote.
macro_rules! bind {
    () => {
        concat!(
            r#"[0-9A-Za-z_.\-]{0,40}"#,
            r#"(?:\\?["'`\])]{0,3}|\[[0-9]{0,4}\])[ \t]{0,8}"#,
            r#"(?:=>|:=|\?=|\|\||=|:|,|\(|>|[ \t]|:?[ \t]{0,2}(?:&(?:'static[ \t])?)?[A-Za-z]{2,12}[ \t]{0,2}=)"#,
            r#"[ \t]{0,8}[\[(]?(?:[a-zA-Z]{0,2}\\?["'`]{1,3})?"#,
        )
    };
}

/// What may stand between a provider's name and its secret beside [`bind`], where a second name says that it is one:
/// a block, an argument list or a YAML section (`acme: { apiKey: `), the `value` of a name, a query, a header; or a
/// second argument (`Acme("id", "`).
macro_rules! within {
    () => {
        concat!(
            r#"[0-9A-Za-z_.\-]{0,40}["'`]?(?:[ \t]{0,4}(?:=>|[:=])?[ \t]{0,4}(?:\(?\{|\()(?:[^(){}]{0,160}?[\s,])?"#,
            r#"|:[ \t]{0,4}\r?\n[ \t]{1,24}(?:[^\r\n]{0,80}\r?\n[ \t]{1,24})?)"#,
            r#"["']?(?:[0-9A-Za-z_.\-]{0,24}(?i:key|token|secret|password|auth)|pat)["']?[ \t]{0,4}(?:=>|:=|[:=])"#,
            r#"[ \t]{0,4}["'`]?"#,
            r#"|[0-9A-Za-z_.\-]{0,40}["']?[ \t]{0,4},?\s{0,40}["']?[Vv]alue["']?[ \t]{0,4}[:=][ \t]{0,4}["'`]?"#,
            r#"|[^\s"'<>`]{0,90}[?&](?:amp;)?[A-Za-z_\-]{0,12}(?:[Kk]ey|[Tt]oken|secret)="#,
            r#"|[^\r\n]{0,120}?(?:\\\r?\n[^\r\n]{0,80}?)?(?i:authorization|x-api-key|api-key|x-auth-token)["']?[:=,]"#,
            r#"[ \t]{0,2}["']?(?i:(?:bearer|token|basic|apikey|api-key|key)[ ])?"#,
            r#"|[0-9A-Za-z_.\-]{0,40}\(["'`][^"'`\r\n]{0,80}["'`],[ \t]{0,2}["'`]"#,
        )
    };
}

/// Fragments by name. A brace after nothing to repeat is an error in a regex, so no pattern can mean anything else.
const FRAGMENTS: &[(&str, &str)] = &[
    // Before the secret itself. A companion (an id, an account) stands at its own name only.
    ("{bind}(?<secret>", concat!("(?:", bind!(), "|", within!(), ")(?<secret>")),
    ("{bind}", bind!()),
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
        ] {
            assert_eq!(secret(&pattern, text), Some(value), "{text}");
        }
        for text in [
            "acme and then 0a1b2c3d",
            "acme\n0a1b2c3d",
            "acme = 0a1b2c3d4e",
            "acme = 0a1b2c3d-aa",
            "acme is 0a1b2c3d",
        ] {
            assert_eq!(secret(&pattern, text), None, "{text}");
        }
    }

    #[test]
    fn bind_reaches_the_members_of_what_the_provider_names() {
        let pattern = Pattern::new("(?i:acme){bind}(?<secret>[0-9a-f]{8}){end}");
        let value = "0a1b2c3d";
        for text in [
            "\"acme\": {\n  \"apiKey\": \"0a1b2c3d\"",
            "acme:\n  region: eu\n  api_key: 0a1b2c3d\n",
            "provider \"acme\" {\n  token = \"0a1b2c3d\"\n}",
            "acme = AcmeClient(timeout=3, api_key=\"0a1b2c3d\")",
            "new acme.Client({ url: 'https://a', secret: '0a1b2c3d' })",
            "- name: ACME_API_KEY\n  value: \"0a1b2c3d\"",
            "{\"name\": \"ACME_API_KEY\", \"value\": \"0a1b2c3d\"}",
            "acme('app1', '0a1b2c3d')",
            "GET https://api.acme.io/v1/x?q=1&api_key=0a1b2c3d",
            "curl https://acme.io/v1 -H 'Authorization: Bearer 0a1b2c3d'",
            "curl https://acme.io/v1 \\\n  -H \"X-Api-Key: 0a1b2c3d\"",
        ] {
            assert_eq!(secret(&pattern, text), Some(value), "{text}");
        }
        for text in [
            "acme:\n  commit: 0a1b2c3d\n",
            "acme: { appId: '0a1b2c3d' }",
            "acme: {}\nother: { apiKey: '0a1b2c3d' }",
            "Acme(api_key=load())\nsha = \"0a1b2c3d\"",
            "https://acme.io/?page=0a1b2c3d",
        ] {
            assert_eq!(secret(&pattern, text), None, "{text}");
        }
        let companion = Pattern::new("(?i:acme_id){bind}(?<id>[0-9a-f]{8})");
        assert!(!companion.regex().is_match(b"acme_id: { key: '0a1b2c3d' }"));
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
