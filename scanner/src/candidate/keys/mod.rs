//! Key material: armoured keys (PEM in all its forms, OpenSSH, SSH2, PGP, `PuTTY`), JSON Web Keys, key files of service
//! accounts, key stores.
//!
//! A key is one finding. Armoured: at its header line, with the body as `material`; a header without a body is
//! dropped. Certificates, public keys and encrypted messages are dropped too, so that their bodies are covered and no
//! other detector reports a piece of them. Nothing is decrypted and no key is used.
//!
//! What is under a label decides, where it can be read: [`Form`] is a structure that was read to its end. A body that is cut,
//! changed or of an unknown form stays a key, unproven; only what certainly is public is dropped.
//!
//! Work is bounded by a body's length, and bodies end where the next armour begins, so a text costs linear time.

mod armour;
mod bare;
mod body;
mod der;
mod form;
mod java;
mod jwk;
mod nkey;
mod openssh;
mod pgp;
mod pkcs12;
mod public;
mod putty;
#[cfg(test)]
mod samples;
mod service_account;
mod signify;
mod store;
mod wrapped;
mod xml;

use std::ops::Range;

use super::Syntax;
use super::hit::{CodeDetector, Hit};
use crate::reason::Reason;

pub use form::{Form, Sort};
pub use store::find_keystore;

/// Detectors of key material, all of which run on binary content as well.
pub const DETECTORS: &[CodeDetector] = &[
    CodeDetector { anchors: armour::ANCHORS, binary: true, find: armour::find },
    CodeDetector { anchors: wrapped::ANCHORS, binary: true, find: wrapped::find },
    CodeDetector { anchors: bare::ANCHORS, binary: true, find: bare::find },
    CodeDetector { anchors: xml::ANCHORS, binary: true, find: xml::find },
    CodeDetector { anchors: signify::ANCHORS, binary: true, find: signify::find },
    CodeDetector { anchors: putty::ANCHORS, binary: true, find: putty::find },
    CodeDetector { anchors: service_account::ANCHORS, binary: true, find: service_account::find },
    CodeDetector { anchors: jwk::ANCHORS, binary: true, find: jwk::find },
    CodeDetector { anchors: nkey::ANCHORS, binary: true, find: nkey::find },
    CodeDetector { anchors: public::ANCHORS, binary: true, find: public::find },
];

const PRIVATE_KEY: &str = "private-key";
const ENCRYPTED: &str = "encrypted-private-key";
const PGP: &str = "pgp-private-key";
const PUTTY: &str = "putty-private-key";
const JWK: &str = "jwk-private-key";
const NKEY: &str = "nats-nkey-seed";
const KEYSTORE: &str = "pkcs12-keystore";
const KEEPASS: &str = "keepass-database";
/// Before `private-key` in the alphabet: of two rules that see one key, the first is reported.
const GCP: &str = "gcp-service-account-key";

/// A block with a header: `span` is the header, `material` the body.
fn block(
    rule: &'static str,
    span: Range<usize>,
    material: Option<Range<usize>>,
    dropped: Option<Reason>,
) -> Hit {
    Hit { material, dropped, ..Hit::new(rule, span, None, Syntax::Block) }
}

/// True if there is a form and it was read to its end.
fn proves(form: Option<&Form>) -> bool {
    form.is_some_and(|form| form.is_proven)
}

/// The body of the armoured key that `text` begins with.
pub fn body(text: &[u8]) -> Option<Range<usize>> {
    armour::inspect(text, 0)?.material
}

/// What the key whose finding begins at `start` says about itself; none for sorts of keys that say nothing.
///
/// Cost: bounded by the key.
pub fn describe(text: &[u8], start: usize) -> Option<Form> {
    let rest = text.get(start..)?;
    match rest {
        [b'-', ..] => armour::inspect(text, start)?.form,
        [b'P', b'u', b'T', b'T', b'Y', ..] => putty::form(text, start),
        [b'<', ..] => xml::form(text, start),
        _ if rest.starts_with(wrapped::BEGIN) => wrapped::form(text, start),
        [b'R', b'W', ..] => signify::form(rest),
        _ if start == 0 => store::form(text).or_else(|| bare::form(text, start)),
        _ => bare::form(text, start),
    }
}

#[cfg(test)]
mod tests;
