//! Digests of passwords in the form that each scheme documents: the right alphabet and length, random content.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::rng::{BASE62, DIGITS, HEX, Rng};
use super::value::Maker;

/// The alphabet of crypt(3).
const CRYPT: &str = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const UPPER_HEX: &str = "0123456789ABCDEF";

/// Generators by the name that templates use.
pub(crate) const TABLE: &[Maker] = &[
    ("descrypt", |rng| format!("{}{}", rng.chars("abcdefghkm", 2), rng.chars(CRYPT, 11))),
    ("md5crypt", |rng| format!("$1${}${}", rng.chars(CRYPT, 8), rng.chars(CRYPT, 22))),
    ("sha256crypt", |rng| format!("$5$rounds=5000${}${}", rng.chars(CRYPT, 16), rng.chars(CRYPT, 43))),
    ("yescrypt", |rng| format!("$y$j9T${}${}", rng.chars(CRYPT, 22), rng.chars(CRYPT, 43))),
    ("bcrypt_2a", |rng| format!("$2a$10${}", rng.chars(CRYPT, 53))),
    ("argon2id", |rng| format!("$argon2id$v=19$m=65536,t=4,p=1${}", pair(rng, 16, 32))),
    ("phpass", |rng| format!("$P$B{}", rng.chars(CRYPT, 30))),
    ("phpass_h", |rng| format!("$H$9{}", rng.chars(CRYPT, 30))),
    ("drupal7", |rng| format!("$S$D{}", rng.chars(CRYPT, 51))),
    ("django_pbkdf2", |rng| {
        format!("pbkdf2_sha256$870000${}${}", rng.chars(BASE62, 22), STANDARD.encode(rng.bytes(32)))
    }),
    ("django_argon2", |rng| format!("argon2$argon2id$v=19$m=102400,t=2,p=8${}", pair(rng, 16, 32))),
    ("werkzeug", |rng| format!("pbkdf2:sha256:600000${}${}", rng.chars(BASE62, 16), rng.chars(HEX, 64))),
    ("mysql_native", |rng| format!("*{}", rng.chars(UPPER_HEX, 40))),
    ("pg_md5", |rng| format!("md5{}", rng.chars(HEX, 32))),
    ("scram", |rng| {
        let part = |bytes: Vec<u8>| STANDARD.encode(bytes);
        format!("SCRAM-SHA-256$4096:{}${}:{}", part(rng.bytes(16)), part(rng.bytes(32)), part(rng.bytes(32)))
    }),
    ("mssql", |rng| format!("0x0200{}", rng.chars(UPPER_HEX, 136))),
    ("aspnet", |rng| {
        STANDARD
            .encode([&[1, 0, 0, 0, 1, 0, 0, 0x27, 0x10, 0, 0, 0, 0x10], rng.bytes(48).as_slice()].concat())
    }),
    ("ssha", |rng| format!("{{SSHA}}{}", STANDARD.encode(rng.bytes(28)))),
    ("sha_b64", |rng| format!("{{SHA}}{}", STANDARD.encode(rng.bytes(20)))),
    ("nthash", |rng| rng.chars(UPPER_HEX, 32)),
    ("tomcat_digest", |rng| format!("{}$1${}", rng.chars(HEX, 32), rng.chars(HEX, 64))),
    ("grub", |rng| {
        format!("grub.pbkdf2.sha512.10000.{}.{}", rng.chars(UPPER_HEX, 128), rng.chars(UPPER_HEX, 128))
    }),
    ("cisco5", |rng| format!("$1${}${}", rng.chars(CRYPT, 4), rng.chars(CRYPT, 22))),
    ("cisco8", |rng| format!("$8${}${}", rng.chars(CRYPT, 14), rng.chars(CRYPT, 43))),
    ("cisco9", |rng| format!("$9${}${}", rng.chars(CRYPT, 14), rng.chars(CRYPT, 43))),
    ("digits80", |rng| rng.chars(DIGITS, 80)),
];

/// Salt and digest in Base64 without padding, as the PHC string format has them.
fn pair(rng: &mut Rng, salt: usize, digest: usize) -> String {
    format!("{}${}", STANDARD_NO_PAD.encode(rng.bytes(salt)), STANDARD_NO_PAD.encode(rng.bytes(digest)))
}
