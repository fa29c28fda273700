//! What the bytes of a key are, read strictly and to the end: PKCS#1 (RFC 8017), PKCS#8 with and without encryption
//! (RFC 5208, 5958, 8018), SEC1 (RFC 5915), DSA as OpenSSL writes it, and the public structures that people paste in their
//! place (RFC 5280).
//!
//! Reading to the end is a proof: random bytes, cut keys and keys of which letters were changed do not pass. An RSA key
//! must also be one: its modulus is the product of its primes.

use super::der::{self, BIT_STRING, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE};

/// How a key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// In the clear.
    Private,
    /// Under a passphrase.
    Encrypted,
    /// The public half, or a certificate of it: no secret.
    Public,
}

/// What key material says about itself. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// How it is kept.
    pub sort: Sort,
    /// `PKCS#8`, `OpenSSH` …
    pub format: &'static str,
    /// Algorithm and size: `RSA, 2048 bits`, `EC, P-256`, `Ed25519`.
    pub algorithm: Option<String>,
    /// The cipher that hides it.
    pub cipher: Option<String>,
    /// How the cipher's key is made of the passphrase.
    pub derivation: Option<String>,
    /// The comment or user id in it, as written.
    pub comment: Option<String>,
    /// The structure was read to its end and is right.
    pub is_proven: bool,
}

impl Form {
    /// One that was read to its end.
    pub(super) fn proven(sort: Sort, format: &'static str) -> Self {
        Self { sort, format, algorithm: None, cipher: None, derivation: None, comment: None, is_proven: true }
    }

    pub(super) fn of(self, algorithm: impl Into<Option<String>>) -> Self {
        Self { algorithm: algorithm.into(), ..self }
    }
}

/// The form of a DER structure; none if it is no key, or not all of one.
pub(super) fn of_der(bytes: &[u8]) -> Option<Form> {
    let mut top = der::sequence(bytes)?;
    match top.tag()? {
        INTEGER => numbered(top),
        SEQUENCE => {
            let head = top.sequence()?;
            match top.tag()? {
                OCTET_STRING => encrypted(head, top),
                BIT_STRING => public_key(head, top),
                SEQUENCE => signed(head, top),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What begins with a number: a version, or the modulus of a public key.
fn numbered(mut top: Reader<'_>) -> Option<Form> {
    let (mut public, all) = (top, top);
    let modulus = public.unsigned()?;
    if let Some(exponent) = public.unsigned()
        && public.is_empty()
    {
        let genuine = modulus.len() >= 64 && exponent.last().is_some_and(|last| last % 2 == 1);
        return genuine.then(|| Form::proven(Sort::Public, "PKCS#1").of(rsa_name(modulus)));
    }
    let version = top.small()?;
    match (version, top.tag()?) {
        (0 | 1, SEQUENCE) => pkcs8(version, top),
        (1, OCTET_STRING) => sec1(all, None).map(|name| Form::proven(Sort::Private, "SEC1").of(name)),
        (0, INTEGER) => rsa(all)
            .map(|name| Form::proven(Sort::Private, "PKCS#1").of(name))
            .or_else(|| dsa(top).map(|name| Form::proven(Sort::Private, "DSA").of(name))),
        _ => None,
    }
}

/// The content of an `RSAPrivateKey`: version 0 and eight numbers.
fn rsa(mut key: Reader<'_>) -> Option<String> {
    if key.small()? != 0 {
        return None;
    }
    let mut next = || key.unsigned();
    let (modulus, exponent) = (next()?, next()?);
    next()?;
    let (p, q) = (next()?, next()?);
    for _ in 0..3 {
        next()?;
    }
    let odd = exponent.last().is_some_and(|last| last % 2 == 1);
    (key.is_empty() && odd && is_product(modulus, p, q)).then(|| rsa_name(modulus))
}

/// The five numbers of a DSA key: p, q, g, y and the private x.
fn dsa(mut key: Reader<'_>) -> Option<String> {
    let mut numbers = [&[][..]; 5];
    for number in &mut numbers {
        *number = key.unsigned()?;
    }
    let [p, q, g, y, x] = numbers;
    let sized = p.len() >= 64 && (20..=32).contains(&q.len());
    let small = g.len() <= p.len() && y.len() <= p.len() && x.len() <= q.len() && !x.is_empty();
    (key.is_empty() && sized && small).then(|| format!("DSA, {} bits", bits(p)))
}

/// The content of an `ECPrivateKey`, on `curve` if what is around it names one.
fn sec1(mut key: Reader<'_>, curve: Option<&[u8]>) -> Option<String> {
    if key.small()? != 1 {
        return None;
    }
    let scalar = key.take(OCTET_STRING)?;
    let inner = key.take(0xa0).map(|parameters| Reader::new(parameters).take(OID).unwrap_or_default());
    let point = key.take(0xa1).map(|point| Reader::new(point).take(BIT_STRING));
    if !key.is_empty() || point == Some(None) {
        return None;
    }
    let known = curve.or(inner).and_then(|oid| CURVES.iter().find(|(known, ..)| *known == oid));
    match known {
        Some((_, name, length)) => (scalar.len() == *length).then(|| format!("EC, {name}")),
        // Its parameters in full, or another curve.
        None => ((20..=72).contains(&scalar.len()) && (inner.is_some() || curve.is_some()))
            .then(|| "EC".to_owned()),
    }
}

fn pkcs8(version: u8, mut key: Reader<'_>) -> Option<Form> {
    let mut algorithm = key.sequence()?;
    let oid = algorithm.take(OID)?;
    let secret = key.take(OCTET_STRING)?;
    key.take(0xa0);
    if version == 1 {
        key.take(0x81);
    }
    if !key.is_empty() || oid.is_empty() || secret.is_empty() {
        return None;
    }
    let mut inside = Reader::new(secret);
    let name = match oid {
        RSA | RSA_PSS => rsa(inside.sequence()?)?,
        EC => sec1(inside.sequence()?, algorithm.take(OID))?,
        DSA => {
            let p = algorithm.sequence()?.unsigned()?;
            inside.unsigned()?;
            format!("DSA, {} bits", bits(p))
        }
        _ => match RAW.iter().find(|(known, ..)| *known == oid) {
            Some((_, name, length)) => {
                (inside.take(OCTET_STRING)?.len() == *length).then(|| (*name).to_owned())?
            }
            None => return Some(Form::proven(Sort::Private, "PKCS#8")),
        },
    };
    Some(Form::proven(Sort::Private, "PKCS#8").of(name))
}

/// An `EncryptedPrivateKeyInfo`: a scheme with its parameters, and the encrypted bytes.
fn encrypted(mut scheme: Reader<'_>, mut rest: Reader<'_>) -> Option<Form> {
    let oid = scheme.take(OID)?;
    let length = rest.take(OCTET_STRING)?.len();
    if !rest.is_empty() || length < 32 || !(oid.starts_with(PKCS5) || oid.starts_with(PKCS12_PBE)) {
        return None;
    }
    let mut form = Form::proven(Sort::Encrypted, "PKCS#8");
    if oid == PBES2 {
        let mut parameters = scheme.sequence()?;
        let (mut derivation, mut cipher) = (parameters.sequence()?, parameters.sequence()?);
        let name = |table: &[(&[u8], &str)], oid: &[u8]| {
            table.iter().find(|(known, _)| *known == oid).map(|(_, name)| (*name).to_owned())
        };
        form.derivation = name(DERIVATIONS, derivation.take(OID)?);
        form.cipher = name(CIPHERS, cipher.take(OID)?);
    } else {
        // The old schemes: RC2, RC4 or DES under a digest of the passphrase.
        form.cipher = Some("PBES1".to_owned());
    }
    Some(form)
}

/// A `SubjectPublicKeyInfo`.
fn public_key(mut algorithm: Reader<'_>, mut rest: Reader<'_>) -> Option<Form> {
    let oid = algorithm.take(OID)?;
    let key = rest.take(BIT_STRING)?;
    (rest.is_empty() && !oid.is_empty() && key.len() > 1)
        .then(|| Form::proven(Sort::Public, "SubjectPublicKeyInfo"))
}

/// A certificate, a request for one, a list of revoked ones: content, algorithm, signature.
fn signed(mut content: Reader<'_>, mut rest: Reader<'_>) -> Option<Form> {
    let oid = rest.sequence()?.take(OID)?;
    let signature = rest.take(BIT_STRING)?;
    content.any()?;
    (rest.is_empty() && !oid.is_empty() && signature.len() > 1).then(|| Form::proven(Sort::Public, "X.509"))
}

/// `RSA, 2048 bits`.
pub(super) fn rsa_name(modulus: &[u8]) -> String {
    format!("RSA, {} bits", bits(modulus))
}

/// Bits of a number, the most significant byte first.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    number.get(zeros).map_or(0, |first| (number.len() - zeros) * 8 - first.leading_zeros() as usize)
}

/// True if `n` is `p` times `q`, counted modulo 2^61 - 1: numbers of which a letter was changed pass once in 10^18 times.
pub(super) fn is_product(n: &[u8], p: &[u8], q: &[u8]) -> bool {
    const MODULUS: u128 = (1 << 61) - 1;
    let rest = |number: &[u8]| number.iter().fold(0, |sum, &b| (sum << 8 | u128::from(b)) % MODULUS);
    let long = |number: &[u8], least: usize| bits(number) >= least;
    long(n, 256) && long(p, 64) && long(q, 64) && rest(n) == rest(p) * rest(q) % MODULUS
}

// Contents of object identifiers.
pub(super) const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const RSA_PSS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
pub(super) const EC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
pub(super) const ED25519: &[u8] = b"\x2b\x65\x70";
const DSA: &[u8] = b"\x2a\x86\x48\xce\x38\x04\x01";
/// The arc of PKCS#5, and of the schemes of PKCS#12.
const PKCS5: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05";
const PKCS12_PBE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01";
const PBES2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";

/// Curves, and the bytes of a number of theirs.
const CURVES: &[(&[u8], &str, usize)] = &[
    (b"\x2a\x86\x48\xce\x3d\x03\x01\x07", "P-256", 32),
    (b"\x2b\x81\x04\x00\x22", "P-384", 48),
    (b"\x2b\x81\x04\x00\x23", "P-521", 66),
    (b"\x2b\x81\x04\x00\x0a", "secp256k1", 32),
    (b"\x2b\x81\x04\x00\x21", "P-224", 28),
    (b"\x2a\x86\x48\xce\x3d\x03\x01\x01", "P-192", 24),
    (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07", "brainpoolP256r1", 32),
    (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b", "brainpoolP384r1", 48),
    (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d", "brainpoolP512r1", 64),
    (b"\x2a\x81\x1c\xcf\x55\x01\x82\x2d", "SM2", 32),
];

/// Algorithms whose keys are so many bytes (RFC 8410).
const RAW: &[(&[u8], &str, usize)] = &[
    (b"\x2b\x65\x6e", "X25519", 32),
    (b"\x2b\x65\x6f", "X448", 56),
    (ED25519, "Ed25519", 32),
    (b"\x2b\x65\x71", "Ed448", 57),
];

const DERIVATIONS: &[(&[u8], &str)] = &[
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c", "PBKDF2"),
    (b"\x2b\x06\x01\x04\x01\xda\x47\x04\x0b", "scrypt"),
];

const CIPHERS: &[(&[u8], &str)] = &[
    (b"\x60\x86\x48\x01\x65\x03\x04\x01\x02", "AES-128-CBC"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x01\x16", "AES-192-CBC"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a", "AES-256-CBC"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x01\x06", "AES-128-GCM"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x01\x2e", "AES-256-GCM"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x03\x07", "DES-EDE3-CBC"),
    (b"\x2b\x0e\x03\x02\x07", "DES-CBC"),
];
