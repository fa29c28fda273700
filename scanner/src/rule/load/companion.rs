//! Reads the tables `[[rule.companion]]`.

use super::{Entry, LoadError, LoadProblem, Trust};
use crate::rule::Pattern;
use crate::rule::companion::{Companion, DEFAULT_LINES, MAX_LINES, Sought};

const COMPANION_KEYS: &[&str] = &["name", "rule", "pattern", "inside", "lines", "public", "key"];

impl Entry<'_, '_> {
    /// The rule's companions, in the file's order.
    pub(super) fn companions(&self, trust: Trust) -> Result<Vec<Companion>, LoadError> {
        let Some(list) = self.value("companion") else {
            return Ok(Vec::new());
        };
        const EXPECTED: &str = "an array of tables";
        let wrong = || self.reader.wrong_type("companion", EXPECTED, list);
        let mut companions = Vec::new();
        for item in list.get_ref().as_array().ok_or_else(wrong)? {
            let Some(table) = item.get_ref().as_table() else {
                return Err(self.reader.wrong_type("companion", EXPECTED, item));
            };
            companions.push(Entry { reader: self.reader, table, span: item.span() }.companion(trust)?);
        }
        Ok(companions)
    }

    fn companion(&self, trust: Trust) -> Result<Companion, LoadError> {
        self.only(COMPANION_KEYS)?;
        let named =
            [self.optional_text("rule")?, self.optional_text("pattern")?, self.optional_text("inside")?];
        let sought = match named {
            [Some(rule), None, None] => Sought::Rule(rule.to_owned()),
            [None, Some(_), None] => Sought::Around(self.expression("pattern", true, trust)?),
            [None, None, Some(_)] => Sought::Inside(self.expression("inside", true, trust)?),
            _ => return Err(self.reader.error(self.span.clone(), LoadProblem::CompanionSought)),
        };
        let key = self.value("key").map(|_| self.expression("key", false, trust)).transpose()?;
        Ok(Companion {
            name: self.text("name")?.to_owned(),
            sought,
            lines: self.lines()?,
            is_public: self.flag("public")?,
            key,
        })
    }

    /// An expression, which a user's file must have right at once.
    fn expression(&self, name: &'static str, has_id: bool, trust: Trust) -> Result<Pattern, LoadError> {
        let pattern = Pattern::new(self.text(name)?);
        if trust != Trust::Builtin {
            let regex = pattern.compile().map_err(|source| self.at(name, LoadProblem::Pattern { source }))?;
            if has_id && !regex.capture_names().flatten().any(|group| group == "id") {
                return Err(self.at(name, LoadProblem::CompanionGroup));
            }
        }
        Ok(pattern)
    }

    fn lines(&self) -> Result<u64, LoadError> {
        let Some(value) = self.value("lines") else {
            return Ok(DEFAULT_LINES);
        };
        let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
        number.filter(|lines| *lines <= MAX_LINES).ok_or_else(|| {
            self.at("lines", LoadProblem::OutOfRange { key: "lines", expected: "an integer from 0 to 20" })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Trust, load};
    use crate::rule::companion::Sought;

    const GOOD: &str = r#"
family = "acme"

[[rule]]
id = "acme-secret"
description = "Acme secret"
kind = "token"
severity = "error"
detector = "token"
keywords = ["acme_"]
pattern = 'acme_[0-9a-f]{32}'
remediation = "Revoke it"

[[rule.companion]]
name = "key id"
rule = "acme-key-id"

[[rule.companion]]
name = "account"
pattern = 'account=(?<id>[0-9]{8})'
lines = 2
public = true
key = '(?i)secret'
"#;

    #[test]
    fn companions_are_read_in_order() {
        let rules = load(GOOD, "acme.toml", Trust::User).expect("a good file");
        let [by_rule, by_pattern] = &rules[0].companions[..] else { panic!("two companions") };
        assert!(matches!(&by_rule.sought, Sought::Rule(id) if id == "acme-key-id"));
        assert_eq!((by_rule.lines, by_rule.is_public), (5, false));
        assert!(matches!(by_pattern.sought, Sought::Around(_)) && by_pattern.key.is_some());
        assert_eq!((by_pattern.lines, by_pattern.is_public), (2, true));
    }

    #[test]
    fn every_mistake_has_its_place_and_its_words() {
        for (from, to, line, words) in [
            ("rule = \"acme-key-id\"", "", 14, "a companion needs one of `rule`, `pattern` and `inside`"),
            (
                "name = \"key id\"",
                "pattern = 'x'",
                14,
                "a companion needs one of `rule`, `pattern` and `inside`",
            ),
            ("name = \"key id\"\n", "", 14, "`name` is missing"),
            ("(?<id>", "(?<ids>", 20, "the expression needs a group `id`"),
            ("{8})", "{8", 20, "unclosed"),
            ("lines = 2", "lines = 21", 21, "`lines` must be an integer from 0 to 20"),
            ("public = true", "publc = true", 22, "unknown key `publc`; did you mean `public`?"),
            ("[[rule.companion]]\nname = \"key id\"", "[rule.companion]\nname = \"key id\"", 14, ""),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let error =
                load(&GOOD.replacen(from, to, 1), "acme.toml", Trust::User).expect_err("a refused file");
            assert!(error.to_string().contains(words), "{error} should say {words}");
            assert!(error.line == line || words.is_empty(), "{error}");
        }
    }
}
