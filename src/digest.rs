//! Hashes (FIPS 180-4), and how they are written.

use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};

pub(crate) fn sha256(data: impl AsRef<[u8]>) -> [u8; 32] {
    hash(&SHA256, data)
}

pub(crate) fn sha384(data: impl AsRef<[u8]>) -> [u8; 48] {
    hash(&SHA384, data)
}

pub(crate) fn sha512(data: impl AsRef<[u8]>) -> [u8; 64] {
    hash(&SHA512, data)
}

fn hash<const N: usize>(algorithm: &'static Algorithm, data: impl AsRef<[u8]>) -> [u8; N] {
    let digest = digest(algorithm, data.as_ref());
    digest.as_ref().try_into().expect("it is as long as that")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
