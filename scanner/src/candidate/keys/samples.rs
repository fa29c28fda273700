//! Keys for tests, one of each sort, always the same.

use crate::rule::codec::base64_encode;
use crate::rule::forge;
use crate::rule::random::SplitMix64;

pub(super) use crate::rule::forge::{folded, string};

fn random() -> SplitMix64 {
    SplitMix64::new(11)
}

pub(super) fn base64(bytes: &[u8]) -> String {
    base64_encode(bytes)
}

pub(super) fn pkcs1() -> Vec<u8> {
    forge::pkcs1(&mut random())
}

pub(super) fn pkcs8_rsa() -> Vec<u8> {
    forge::pkcs8_rsa(&mut random())
}

pub(super) fn pkcs8_ec() -> Vec<u8> {
    forge::pkcs8_ec(&mut random())
}

pub(super) fn pkcs8_ed25519() -> Vec<u8> {
    forge::pkcs8_ed25519(&mut random())
}

pub(super) fn sec1() -> Vec<u8> {
    forge::sec1(&mut random())
}

pub(super) fn encrypted() -> Vec<u8> {
    forge::encrypted(&mut random())
}

pub(super) fn public() -> Vec<u8> {
    forge::public(&mut random())
}

pub(super) fn pkcs12() -> Vec<u8> {
    forge::pkcs12(&mut random())
}

pub(super) fn openssh(comment: &str) -> Vec<u8> {
    forge::openssh(comment, &mut random())
}

pub(super) fn pgp(user: &str) -> Vec<u8> {
    forge::pgp(user, &mut random())
}

pub(super) fn xml() -> String {
    forge::xml(&mut random())
}

pub(super) fn putty(version: u8, end: &str) -> String {
    forge::putty(version, end, &mut random())
}

pub(super) fn armoured(label: &str, bytes: &[u8]) -> String {
    forge::armoured(label, bytes, "\n")
}
