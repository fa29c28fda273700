//! Objects whose members say together what one of them holds: `{"value": "x", "type": "secret"}` (Postman),
//! `{"bcrypt_hash": …, "result": "x"}` (Terraform's `random_password`).

use std::ops::Range;

use super::super::Syntax;
use super::super::hit::{CodeDetector, Hit, Text};
use super::{push, reach};

/// How far an object is followed from the member that tells, in bytes each way.
const OBJECT: usize = 768;

/// A variable of a Postman environment that is shown as dots.
pub(super) const SECRET_TYPE: CodeDetector = CodeDetector {
    anchors: &["\"type\": \"secret\"", "\"type\":\"secret\""],
    binary: false,
    find: secret_type,
};

/// The attributes of a `random_password` in a Terraform state.
pub(super) const RANDOM_PASSWORD: CodeDetector =
    CodeDetector { anchors: &["\"bcrypt_hash\""], binary: false, find: random_password };

fn secret_type(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let object = object(text.bytes, &anchor);
    let Some(value) = member(text.bytes, &object, b"\"value\"") else { return };
    // A schema's property of that type has no key.
    if let Some(key) = member(text.bytes, &object, b"\"key\"") {
        push(text, hits, "generic-secret", value, Some(key), Syntax::Field);
    }
}

fn random_password(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    let object = object(text.bytes, &anchor);
    if let Some(value) = member(text.bytes, &object, b"\"result\"") {
        // The type stands before the object; what it says is the value's name.
        let floor = object.start.saturating_sub(OBJECT);
        let kind = memchr::memmem::rfind(&text.bytes[floor..object.start], b"random_password");
        let key = kind.map(|at| floor + at..floor + at + b"random_password".len());
        push(text, hits, "generic-password", value, key, Syntax::Field);
    }
}

/// The object around a member, as far as it is looked at; objects inside it are not told from it.
fn object(bytes: &[u8], member: &Range<usize>) -> Range<usize> {
    let floor = member.start.saturating_sub(OBJECT);
    let roof = bytes.len().min(member.end + OBJECT);
    let start = memchr::memrchr(b'{', &bytes[floor..member.start]).map_or(floor, |n| floor + n + 1);
    let end = memchr::memchr(b'}', &bytes[member.end..roof]).map_or(roof, |n| member.end + n);
    start..end
}

/// The string that a member holds. `name` is in quotes and lower case.
fn member(bytes: &[u8], object: &Range<usize>, name: &[u8]) -> Option<Range<usize>> {
    let at = reach::find(bytes, object.clone(), name)? + name.len();
    let colon = reach::space(bytes, at);
    let value =
        (bytes.get(colon) == Some(&b':')).then(|| reach::quoted(bytes, reach::space(bytes, colon + 1)))??;
    (value.end <= object.end).then_some(value.span)
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn members_name_one_another() {
        check(
            &SECRET_TYPE,
            "generic-secret",
            &[
                ("{ \"key\": \"session\", \"value\": \"TOK1\", \"type\"~: \"secret\" }", &["TOK1"]),
                ("{ \"key\": \"session\", \"value\": \"\", \"type\"~: \"secret\" }", &[]),
                ("{ \"value\": \"TOK1\", \"type\"~: \"secret\" }", &[]),
                ("{ \"key\": \"a\", \"value\": \"TOK1\" }, { \"type\"~: \"secret\" }", &[]),
            ],
        );
        check(
            &RANDOM_PASSWORD,
            "generic-password",
            &[
                ("{ \"bcrypt~_hash\": \"x\", \"id\": \"none\",\n \"result\": \"TOK1\" }", &["TOK1"]),
                (
                    "{ \"type\": \"random_password\", { \"bcrypt~_hash\": \"x\", \"result\": \"TOK1\" }",
                    &["TOK1"],
                ),
                ("{ \"bcrypt~_hash\": \"x\" }, { \"result\": \"TOK1\" }", &[]),
            ],
        );
    }
}
