//! Reads the table `[rule.verify]`.

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeInteger, DeValue};

use super::{Entry, LoadError, LoadProblem, Trust};
use crate::rule::Detector;
use crate::rule::companion::Companion;
use crate::rule::template::{AwsSignature, Condition, Method, Template};

const VERIFY_KEYS: &[&str] = &["method", "url", "headers", "basic", "body", "sign", "live", "dead"];
const SIGN_KEYS: &[&str] = &["scheme", "service", "region", "key_id", "session_token"];
/// The one scheme of signatures that there is.
const SCHEMES: &[(&str, ())] = &[("aws-sigv4", ())];
const CONDITION_KEYS: &[&str] = &["status", "present", "json", "contains"];
const METHODS: &[(&str, Method)] = &[("GET", Method::Get), ("POST", Method::Post)];

impl<'r, 'a> Entry<'r, 'a> {
    /// The rule's template, if it has one. A user's must be safe to use; those of this crate a test holds to it.
    pub(super) fn template(
        &self,
        detector: Detector,
        companions: &[Companion],
        trust: Trust,
    ) -> Result<Option<Template>, LoadError> {
        let Some(entry) = self.table("verify")? else {
            return Ok(None);
        };
        entry.only(VERIFY_KEYS)?;
        let method = match entry.value("method") {
            Some(_) => entry.one_of("method", METHODS)?,
            None => Method::Get,
        };
        let live = entry.table("live")?;
        let missing = || entry.reader.error(entry.span.clone(), LoadProblem::Missing { key: "live" });
        let template = Template {
            method,
            url: entry.text("url")?.to_owned(),
            headers: entry.headers()?,
            basic: entry.optional_text("basic")?.map(str::to_owned),
            body: entry.optional_text("body")?.map(str::to_owned),
            sign: entry.table("sign")?.map(|sign| sign.signature()).transpose()?,
            live: live.ok_or_else(missing)?.condition()?,
            dead: entry.table("dead")?.map(|dead| dead.condition()).transpose()?,
        };
        // Of a value that has no format of its own, what stands near it says whose it is.
        let is_paired = detector == Detector::Keyword && !template.companions().is_empty();
        if detector != Detector::Token && !is_paired {
            return Err(self.at("verify", LoadProblem::VerifyNeedsToken { detector }));
        }
        match template.faults(companions).into_iter().next() {
            Some(fault) if trust != Trust::Builtin => Err(self.at("verify", LoadProblem::Verify { fault })),
            _ => Ok(Some(template).filter(|_| !matches!(trust, Trust::Scanned | Trust::Configured))),
        }
    }

    /// The table of this key, if there is one.
    fn table(&self, key: &str) -> Result<Option<Entry<'r, 'a>>, LoadError> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let table =
            value.get_ref().as_table().ok_or_else(|| self.reader.wrong_type(key, "a table", value))?;
        Ok(Some(Entry { reader: self.reader, table, span: value.span() }))
    }

    fn headers(&self) -> Result<Vec<(String, String)>, LoadError> {
        let Some(entry) = self.table("headers")? else {
            return Ok(Vec::new());
        };
        let mut headers = Vec::new();
        for name in entry.table.keys() {
            let name: &str = name.get_ref();
            headers.extend(entry.optional_text(name)?.map(|value| (name.to_owned(), value.to_owned())));
        }
        headers.sort();
        Ok(headers)
    }

    fn signature(&self) -> Result<AwsSignature, LoadError> {
        self.only(SIGN_KEYS)?;
        self.one_of("scheme", SCHEMES)?;
        Ok(AwsSignature {
            service: self.text("service")?.to_owned(),
            region: self.text("region")?.to_owned(),
            key_id: self.text("key_id")?.to_owned(),
            session_token: self.optional_text("session_token")?.map(str::to_owned),
        })
    }

    fn condition(&self) -> Result<Condition, LoadError> {
        self.only(CONDITION_KEYS)?;
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
        let mut json = Vec::new();
        if let Some(entry) = self.table("json")? {
            for (pointer, value) in entry.table {
                let pointer: &str = pointer.get_ref();
                let values = match value.get_ref().as_array() {
                    Some(items) => {
                        items.iter().map(|item| entry.scalar(pointer, item)).collect::<Result<_, _>>()?
                    }
                    None => vec![entry.scalar(pointer, value)?],
                };
                json.push((pointer.to_owned(), values));
            }
            json.sort_by(|a: &(String, Vec<Value>), b| a.0.cmp(&b.0));
        }
        Ok(Condition {
            status: self.statuses()?,
            present: owned(self.texts("present")?),
            json,
            contains: owned(self.texts("contains")?),
        })
    }

    fn statuses(&self) -> Result<Vec<u16>, LoadError> {
        let Some(value) = self.value("status") else {
            return Ok(Vec::new());
        };
        let wrong = |value| self.reader.wrong_type("status", "an array of status codes", value);
        let items = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        let code = |item: &Spanned<DeValue<'_>>| {
            let number = item.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
            number.filter(|code| (100..600).contains(code))
        };
        items.iter().map(|item| code(item).ok_or_else(|| wrong(item))).collect()
    }

    /// What a member of an answer is compared with.
    fn scalar(&self, pointer: &str, value: &Spanned<DeValue<'_>>) -> Result<Value, LoadError> {
        let inner = value.get_ref();
        let integer = || inner.as_integer().map(DeInteger::as_str).and_then(|text| text.parse::<i64>().ok());
        if let Some(text) = inner.as_str() {
            Ok(Value::from(text))
        } else if let Some(flag) = inner.as_bool() {
            Ok(Value::from(flag))
        } else if let Some(number) = integer() {
            Ok(Value::from(number))
        } else {
            Err(self.reader.wrong_type(
                pointer,
                "a string, an integer, true, false or an array of them",
                value,
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{LoadError, load};
    use super::*;

    const GOOD: &str = r#"
family = "acme"

[[rule]]
id = "acme-token"
description = "Acme token"
kind = "token"
severity = "error"
detector = "token"
keywords = ["acme_"]
pattern = 'acme_[0-9a-f]{32}'
remediation = "Revoke it"

[rule.verify]
method = "POST"
url = "https://api.example.com/v1/me"
headers = { X-Key = "{{secret}}", Accept = "application/json" }
live = { status = [200], json = { "/ok" = true, "/type" = ["user", "bot"] }, present = ["/id"] }
dead = { status = [401, 200], json = { "/ok" = false } }
"#;

    fn template(text: &str) -> Result<Template, LoadError> {
        let rules = load(text, "acme.toml", Trust::User)?;
        Ok(rules[0].verify.clone().expect("a template"))
    }

    #[test]
    fn a_table_becomes_a_template() {
        let template = template(GOOD).expect("a good file");
        assert_eq!(template.method, Method::Post);
        assert_eq!(template.headers[1], ("X-Key".to_owned(), "{{secret}}".to_owned()));
        assert_eq!(
            template.live.json,
            [("/ok".to_owned(), vec![json!(true)]), ("/type".to_owned(), vec![json!("user"), json!("bot")])]
        );
        assert_eq!(template.dead.expect("given").status, [401, 200]);
    }

    /// The rule as one of keywords, which is asked about together with a companion.
    fn paired() -> String {
        let companion = "[[rule.companion]]\nname = \"key id\"\npattern = 'id=(?<id>[0-9]+)'\n";
        GOOD.replace("= \"token\"\nkeywords", "= \"keyword\"\nkeywords")
            .replace("\"{{secret}}\"", "\"{{key id}}:{{secret}}\"")
            + companion
    }

    #[test]
    fn a_request_names_the_companions_of_its_rule() {
        let names = |text: &str| {
            let template = template(text).expect("a good file");
            template.companions().into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(names(GOOD), [""; 0]);
        assert_eq!(names(&paired()), ["key id"]);
        let signed = paired().replace(
            "headers = { X-Key = \"{{key id}}:{{secret}}\"",
            "sign = { scheme = \"aws-sigv4\", service = \"sts\", region = \"x-1\", key_id = \"key id\" }\nheaders = { A = \"b\"",
        );
        assert_eq!(names(&signed), ["key id"]);
        for (text, words) in [
            (paired().replace("{{key id}}", "{{key_id}}"), "`{{key_id}}` is no placeholder"),
            (GOOD.replace("{{secret}}", "{{key id}}:{{secret}}"), "`{{key id}}` is no placeholder"),
            (paired().replace("{{key id}}:", ""), "only tokens of a format of their own"),
            (paired().replace("\"keyword\"", "\"structural\""), "only tokens of a format of their own"),
            (signed.replace("aws-sigv4", "aws-sigv2"), "unknown scheme `aws-sigv2`"),
            (signed.replace("key_id = \"key id\"", "key_id = \"id\""), "`id` is no placeholder"),
            (signed.replace("A = \"b\"", "A = \"{{secret}}\""), "has its placeholders there alone"),
        ] {
            let error = template(&text).expect_err(words);
            assert!(error.to_string().contains(words), "{error} should say {words}");
        }
    }

    #[test]
    fn every_mistake_has_its_own_words() {
        for (from, to, line, words) in [
            ("method =", "metod =", 15, "unknown key `metod`; did you mean `method`?"),
            ("\"POST\"", "\"PUT\"", 15, "unknown method `PUT`"),
            ("url = ", "body = ", 14, "`url` is missing"),
            ("\nlive", "\ndeed", 18, "unknown key `deed`; did you mean `dead`?"),
            ("status = [200]", "status = 200", 18, "`status` must be an array of status codes, not integer"),
            ("= true", "= 1.5", 18, "`/ok` must be a string, an integer, true, false or an array of them"),
            ("https://", "http://", 14, "is not safe to use: the url must be https"),
            ("= \"token\"\nkeywords", "= \"keyword\"\nkeywords", 14, "only tokens of a format of their own"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let error = template(&GOOD.replace(from, to)).expect_err(words);
            assert!(error.to_string().contains(words), "{error} should say {words}");
            assert_eq!(error.line, line, "{error}");
        }
    }
}
