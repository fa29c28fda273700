//! Key material: armoured keys (PEM in all its forms, OpenSSH, SSH2, PGP, `PuTTY`), JSON Web Keys, key files of service
//! accounts, key stores.
//!
//! A key is one finding. Armoured: at its header line, with the body as `material`; a header without a body is
//! dropped. Certificates, public keys and encrypted messages are dropped too, so that their bodies are covered and no
//! other detector reports a piece of them. Nothing is decrypted and no key is used; parsing goes as far as telling
//! encrypted keys from plain ones.
//!
//! Work is bounded by a body's length, and bodies end where the next armour begins, so a text costs linear time.

mod armour;
mod body;
mod cipher;
mod jwk;
mod nkey;
mod pgp;
mod public;
mod putty;
mod service_account;
mod store;
mod wrapped;

use std::ops::Range;

use super::Syntax;
use super::hit::{CodeDetector, Hit};
use crate::reason::Reason;

pub use store::find_keystore;

/// Detectors of key material, all of which run on binary content as well.
pub const DETECTORS: &[CodeDetector] = &[
    CodeDetector { anchors: armour::ANCHORS, binary: true, find: armour::find },
    CodeDetector { anchors: wrapped::ANCHORS, binary: true, find: wrapped::find },
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
    Hit { rule, span, key: None, material, syntax: Syntax::Block, dropped }
}

/// The body of the armoured key that `text` begins with.
pub fn body(text: &[u8]) -> Option<Range<usize>> {
    armour::inspect(text, 0)?.material
}

#[cfg(test)]
mod tests;
