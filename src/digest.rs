//! Hashes (FIPS 180-4).

use ring::digest::{SHA256, SHA384, SHA512, digest};

pub(crate) fn sha256(data: impl AsRef<[u8]>) -> [u8; 32] {
    let digest = digest(&SHA256, data.as_ref());
    digest.as_ref().try_into().expect("it has 256 bits")
}

pub(crate) fn sha384(data: impl AsRef<[u8]>) -> Vec<u8> {
    digest(&SHA384, data.as_ref()).as_ref().to_vec()
}

pub(crate) fn sha512(data: impl AsRef<[u8]>) -> Vec<u8> {
    digest(&SHA512, data.as_ref()).as_ref().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
