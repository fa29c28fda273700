//! Base64 of data that is no secret: images, protocol buffers, fonts, compressed data, certificates, public keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::range;
use crate::synth::random::Random;

/// See [`super::make`]: `png:120` and so on, with the bytes before encoding.
pub(super) fn make(name: &str, argument: &str, random: &mut Random) -> Option<String> {
    let head: &[u8] = match name {
        "png" => b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0",
        "gif" => b"GIF89a\x01\0\x01\0\x80\0\0",
        "jpeg" => b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01",
        "woff" => b"wOF2\0\x01\0\0\0\0",
        "gzip" => b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
        "wasm" => b"\0asm\x01\0\0\0\x01",
        "pdf" => b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        // DER: SEQUENCE { SEQUENCE { OID rsaEncryption, NULL }, BIT STRING …
        "spki" => b"\x30\x81\x9f\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\0\x03\x81\x8d\0",
        "x509" => b"\x30\x82\x03\x1d\x30\x82\x02\x05\xa0\x03\x02\x01\x02\x02\x14",
        "sshrsa" => b"\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01\0\0\x01\x01\0",
        "sshed" => b"\0\0\0\x0bssh-ed25519\0\0\0 ",
        "pb" => return protobuf(argument, random),
        _ => return None,
    };
    let (least, most) = range(argument)?;
    let count = random.between(least, most.min(4096));
    let body = random.bytes(count);
    Some(STANDARD.encode([head, &body].concat()))
}

/// A protocol buffer of short strings and small numbers.
fn protobuf(argument: &str, random: &mut Random) -> Option<String> {
    let (least, most) = range(argument)?;
    let wanted = random.between(least, most.min(4096));
    let mut bytes = Vec::new();
    let mut field = 1_u8;
    while bytes.len() < wanted {
        if random.chance(60) {
            let length = random.between(4, 12);
            bytes.push(field << 3 | 2);
            bytes.push(length as u8);
            bytes.extend((0..length).map(|_| b'a' + random.below(26) as u8));
        } else {
            bytes.push(field << 3);
            bytes.push(random.below(128) as u8);
        }
        field = field % 14 + 1;
    }
    Some(STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_begins_as_its_kind_does() {
        let mut random = Random::new(&["binary"]);
        for (name, start) in
            [("png", "iVBORw0KGgo"), ("gif", "R0lGOD"), ("jpeg", "/9j/4"), ("sshrsa", "AAAAB3NzaC1yc2E")]
        {
            let text = make(name, "60", &mut random).expect("a part");
            assert!(text.starts_with(start), "{name}: {text}");
        }
        let pb = STANDARD.decode(make("pb", "80", &mut random).expect("a part")).expect("base64");
        assert!(pb.len() >= 80);
    }
}
