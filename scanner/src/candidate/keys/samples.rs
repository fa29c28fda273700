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

/// A PKCS#12 store without a digest: one part of this sort, with bags of these sorts.
pub(super) fn pkcs12_of(part: &[u8], bags: &[&[u8]]) -> Vec<u8> {
    let sequence = |parts: &[Vec<u8>]| forge::der(0x30, &parts.concat());
    let clear = |content: &[u8]| forge::der(0xa0, &forge::der(4, content));
    let bag = |sort: &&[u8]| sequence(&[forge::der(6, sort), forge::der(0xa0, &random().bytes(900))]);
    let bags = sequence(&bags.iter().map(bag).collect::<Vec<_>>());
    let parts = sequence(&[sequence(&[forge::der(6, part), clear(&bags)])]);
    let data = forge::der(6, b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01");
    sequence(&[vec![2, 1, 3], sequence(&[data, clear(&parts)])])
}

/// A store of Java's with an entry of each kind (1: a key, 2: a trusted certificate) of 1,000 bytes and some.
pub(super) fn java(kinds: &[u8]) -> Vec<u8> {
    let mut random = random();
    let mut store = vec![0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2];
    store.extend((kinds.len() as u32).to_be_bytes());
    for &kind in kinds {
        store.extend([&[0, 0, 0, kind, 0, 1, b'a'][..], &[0; 8]].concat());
        if kind == 2 {
            store.extend([0, 5, b'X', b'.', b'5', b'0', b'9']);
        }
        store.extend(string(&random.bytes(1000)));
        if kind == 1 {
            store.extend([0; 4]);
        }
    }
    [store, random.bytes(20)].concat()
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
