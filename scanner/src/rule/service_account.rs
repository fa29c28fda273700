//! The file of a Google Cloud service account's key: a JSON object, also when it stands escaped inside a string.
//!
//! Format: Google Cloud's documentation of service account credentials: `type`, `project_id`, `private_key_id`,
//! `private_key`, `client_email` and some addresses, all of them strings.

use std::ops::Range;

use memchr::{memchr, memrchr};
use serde_json::{Map, Value};

/// Bytes before and after a place in which the object is looked for; a file has some 2,400 bytes, escaped some 2,600.
pub(crate) const REACH: usize = 4096;

/// The object around `at`, with its braces: it has no others. `None` if an end is further away than [`REACH`].
pub(crate) fn object(text: &[u8], at: usize) -> Option<Range<usize>> {
    let floor = at.saturating_sub(REACH);
    let open = floor + memrchr(b'{', text.get(floor..at)?)?;
    let close = at + memchr(b'}', &text[at..text.len().min(at + REACH)])?;
    Some(open..close + 1)
}

/// Reads the object, escaped or not.
pub(crate) fn parse(object: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(object).ok().or_else(|| {
        // Inside a JSON string: the string's own escapes first.
        let string = [b"\"", object, b"\""].concat();
        let inner: String = serde_json::from_slice(&string).ok()?;
        serde_json::from_str(&inner).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_is_read_as_it_is_and_escaped() {
        let plain = "x = {\n  \"type\": \"service_account\",\n  \"k\": \"a\\nb\"\n}\n";
        let escaped = r#""{\"type\": \"service_account\", \"k\": \"a\\nb\"}""#;
        for text in [plain, escaped] {
            let at = text.find("service").expect("it is there");
            let found = object(text.as_bytes(), at).and_then(|object| parse(&text.as_bytes()[object]));
            let json = found.expect("an object");
            assert_eq!(json["k"], "a\nb", "{text}");
        }
        assert_eq!(object(b"service", 3), None);
        assert_eq!(parse(b"{type}"), None);
    }
}
