//! The keys with which an OpenID provider signs, and what it publishes of them (RFC 7517).

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use rcgen::{KeyPair, PKCS_ED25519, PKCS_RSA_SHA256};
use serde_json::{Value, json};

#[derive(Clone)]
pub struct Key {
    algorithm: Algorithm,
    private: EncodingKey,
    /// What the provider publishes.
    pub jwk: Value,
    /// The public half as many programs keep it, in a text.
    public: String,
}

/// It takes some time to make one.
static RSA: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap());

impl Key {
    pub fn es256() -> Key {
        let pair = KeyPair::generate().unwrap();
        let (x, y) = pair.public_key_raw()[1..].split_at(32);
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y) });
        let private = EncodingKey::from_ec_der(pair.serialized_der());
        Key::new(Algorithm::ES256, private, jwk, &pair)
    }

    pub fn ed25519() -> Key {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let x = encoded(pair.public_key_raw());
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
        let private = EncodingKey::from_ed_der(pair.serialized_der());
        Key::new(Algorithm::EdDSA, private, jwk, &pair)
    }

    /// The same key each time.
    pub fn rs256() -> Key {
        // What PKCS #8 and RFC 8017 put around the key of 2048 bits itself.
        let (private, n) = (&RSA.serialized_der()[26..], &RSA.public_key_raw()[9..265]);
        let jwk = json!({ "kty": "RSA", "n": encoded(n), "e": "AQAB" });
        let private = EncodingKey::from_rsa_der(private);
        Key::new(Algorithm::RS256, private, jwk, &RSA)
    }

    fn new(algorithm: Algorithm, private: EncodingKey, jwk: Value, pair: &KeyPair) -> Key {
        let mut key = Key {
            algorithm,
            private,
            jwk,
            public: pair.public_key_pem(),
        };
        key.jwk["use"] = "sig".into();
        key.jwk["alg"] = key.name().into();
        key
    }

    /// Under this `kid`.
    pub fn named(mut self, kid: &str) -> Key {
        self.jwk["kid"] = kid.into();
        self
    }

    /// The JOSE header of what it signs.
    pub fn header(&self) -> Value {
        let mut header = json!({ "typ": "JWT", "alg": self.name() });
        if let Some(kid) = self.jwk.get("kid") {
            header["kid"] = kid.clone();
        }
        header
    }

    /// The JWT (RFC 7519) of this payload, signed as the header says: by nobody, with the public key for a shared
    /// secret, or as it should be.
    pub fn sign(&self, header: &Value, payload: &str) -> String {
        let signed = format!("{}.{}", encoded(header.to_string()), encoded(payload));
        let signature = match header["alg"].as_str() {
            Some("HS256") => sign_with_secret(signed.as_bytes(), self.public.as_bytes()),
            Some(alg) if alg.eq_ignore_ascii_case("none") => String::new(),
            _ => crypto::sign(signed.as_bytes(), &self.private, self.algorithm).unwrap(),
        };
        format!("{signed}.{signature}")
    }

    fn name(&self) -> String {
        format!("{:?}", self.algorithm)
    }
}

/// HS256 with this secret.
pub fn sign_with_secret(signed: &[u8], secret: &[u8]) -> String {
    crypto::sign(signed, &EncodingKey::from_secret(secret), Algorithm::HS256).unwrap()
}

/// The same token, signed by nobody who could.
pub fn with_another_signature(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    format!("{signed}.{first}{}", &signature[1..])
}

pub fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation, decode};

    use super::*;

    /// Whether somebody who reads the published key believes what is signed.
    fn fits(key: &Key, token: &str) -> bool {
        let jwk = serde_json::from_value(key.jwk.clone()).unwrap();
        let mut validation = Validation::new(key.algorithm);
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        decode::<Value>(token, &DecodingKey::from_jwk(&jwk).unwrap(), &validation).is_ok()
    }

    #[test]
    fn what_is_signed_fits_the_key_that_is_published() {
        for key in [Key::es256(), Key::ed25519(), Key::rs256()] {
            let token = key.sign(&key.header(), "{}");
            assert!(fits(&key, &token), "{token}");
            assert!(!fits(&key, &with_another_signature(&token)));
        }
    }
}
