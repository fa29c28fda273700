//! RSA keys of .NET in XML (`RSA.ToXmlString`): `<RSAKeyValue>` with `<D>` is private, without it public.

use std::ops::Range;

use memchr::memmem;

use super::form::{self, Form, Sort};
use crate::candidate::hit::{Hit, Text};
use crate::reason::Reason;
use crate::rule::codec;

pub(super) const ANCHORS: &[&str] = &["<rsakeyvalue>"];

const OPEN: &[u8] = b"<RSAKeyValue>";
const CLOSE: &[u8] = b"</RSAKeyValue>";
/// Bytes of the element; a key of 16,384 bits has 13 KiB.
const LONGEST: usize = 16 * 1024;

pub(super) fn find(text: Text<'_>, anchor: Range<usize>, hits: &mut Vec<Hit>) {
    if text.bytes[anchor.clone()] != *OPEN {
        return;
    }
    let Some((inner, form)) = inspect(text.bytes, anchor.start) else { return };
    let dropped = match &form {
        Some(_) => None,
        None if member(&text.bytes[inner.clone()], b"D").is_some() => Some(Reason::Placeholder),
        None => Some(Reason::PublicMaterial),
    };
    let is_proven = super::proves(form.as_ref());
    hits.push(Hit { is_proven, ..super::block(super::PRIVATE_KEY, anchor, Some(inner), dropped) });
}

/// What the key at `start` is.
pub(super) fn form(text: &[u8], start: usize) -> Option<Form> {
    inspect(text, start)?.1
}

/// What is in the element at `start`, and its form if it is a private key.
fn inspect(text: &[u8], start: usize) -> Option<(Range<usize>, Option<Form>)> {
    let from = start + OPEN.len();
    let window = text.get(from..)?;
    let window = &window[..window.len().min(LONGEST)];
    let window = &window[..memmem::find(window, OPEN).unwrap_or(window.len())];
    let inner = &window[..memmem::find(window, CLOSE)?];
    let number = |name: &[u8]| member(inner, name).filter(|number| !number.is_empty());
    let form = match (number(b"Modulus"), number(b"D")) {
        (Some(modulus), Some(exponent)) if modulus.len() >= 32 && exponent.len() >= 32 => {
            let primes = number(b"P").zip(number(b"Q"));
            let is_proven = primes.is_some_and(|(p, q)| form::is_product(&modulus, &p, &q));
            let form = Form::proven(Sort::Private, "RSAKeyValue").of(form::rsa_name(&modulus));
            Some(Form { is_proven, ..form })
        }
        _ => None,
    };
    Some((from..from + inner.len(), form))
}

/// The number of this name; empty if it is no Base64.
fn member(inner: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let open = [b"<", name, b">"].concat();
    let start = memmem::find(inner, &open)? + open.len();
    let length = memchr::memchr(b'<', &inner[start..])?;
    let digits: Vec<u8> =
        inner[start..start + length].iter().filter(|b| !b.is_ascii_whitespace()).copied().collect();
    Some(codec::base64_decode(&digits).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen_in;
    use super::super::{PRIVATE_KEY, describe, samples};
    use super::*;

    #[test]
    fn a_key_of_dot_net_is_private_by_its_exponent() {
        let whole = samples::xml();
        assert_eq!(seen_in(&format!("var k = \"{whole}\";")), [(PRIVATE_KEY, None)]);
        let form = describe(whole.as_bytes(), 0).expect("a key");
        assert_eq!((form.is_proven, form.algorithm.as_deref()), (true, Some("RSA, 512 bits")));
        let end = whole.find("<D>").expect("an exponent");
        let public = format!("{}</RSAKeyValue>", &whole[..end]);
        assert_eq!(seen_in(&public), [(PRIVATE_KEY, Some(Reason::PublicMaterial))]);
        let form = whole.replace("<D>", "<D>…");
        assert_eq!(seen_in(&form), [(PRIVATE_KEY, Some(Reason::Placeholder))]);
        assert_eq!(seen_in("<RSAKeyValue> is an element"), []);
    }
}
