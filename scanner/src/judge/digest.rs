//! SHA-256 of models and of the descriptions that must match between training and inference.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use crate::value::hex;

/// SHA-256 of `bytes`, in hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes))
}

/// SHA-256 of all that `reader` gives, in hexadecimal. Reads in pieces of 1 MiB.
pub fn sha256_hex_of(mut reader: impl Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(hex::encode(&hash.finalize())),
            Ok(n) => hash.update(&piece[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_equal_the_published_test_vector() {
        let digest = sha256_hex(b"abc");
        assert!(digest.starts_with("ba7816bf8f01") && digest.ends_with("f20015ad") && digest.len() == 64);
        assert_eq!(sha256_hex_of(&b"abc"[..]).expect("memory"), digest);
    }
}
