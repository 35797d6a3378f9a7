//! What is in a JWT that a key signed (RFC 7515 §5.2), in the algorithms of RFC 7518 §3.3 to §3.5 and RFC 8037 §3.1.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm,
    jwk::{AlgorithmParameters, EllipticCurve},
};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

/// Its payload; `None` if this key did not sign it, or cannot have. The header is the caller's to read.
pub(crate) fn payload(
    jwt: &str,
    algorithm: Algorithm,
    key: &AlgorithmParameters,
) -> Option<Vec<u8>> {
    let (message, signature) = jwt.rsplit_once('.')?;
    verify(message.as_bytes(), &decoded(signature)?, algorithm, key)?;
    let (_, payload) = message.rsplit_once('.')?;
    decoded(payload)
}

fn verify(
    message: &[u8],
    signature: &[u8],
    algorithm: Algorithm,
    key: &AlgorithmParameters,
) -> Option<()> {
    match key {
        AlgorithmParameters::RSA(key) => {
            let key = RsaPublicKeyComponents {
                n: decoded(&key.n)?,
                e: decoded(&key.e)?,
            };
            key.verify(rsa(algorithm)?, message, signature).ok()
        }
        AlgorithmParameters::EllipticCurve(key) => {
            let (x, y) = (decoded(&key.x)?, decoded(&key.y)?);
            let (parameters, length) = match (algorithm, &key.curve) {
                (Algorithm::ES256, EllipticCurve::P256) => (&ECDSA_P256_SHA256_FIXED, 32),
                (Algorithm::ES384, EllipticCurve::P384) => (&ECDSA_P384_SHA384_FIXED, 48),
                _ => return None,
            };
            // Each as long as the field (RFC 7518 §6.2.1.2): else bytes of one could be taken for the other's.
            if x.len() != length || y.len() != length {
                return None;
            }
            // The point, uncompressed (SEC 1 §2.3.3).
            let point = [&[4], x.as_slice(), &y].concat();
            UnparsedPublicKey::new(parameters, point)
                .verify(message, signature)
                .ok()
        }
        AlgorithmParameters::OctetKeyPair(key)
            if (algorithm, &key.curve) == (Algorithm::EdDSA, &EllipticCurve::Ed25519) =>
        {
            let key = UnparsedPublicKey::new(&ED25519, decoded(&key.x)?);
            key.verify(message, signature).ok()
        }
        _ => None,
    }
}

/// Keys of 2048 bits and more (RFC 7518 §3.3, §3.5).
fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::RS256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ES256: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

    fn p256(x: &str, y: &str) -> AlgorithmParameters {
        let key = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
        serde_json::from_value(key).unwrap()
    }

    #[test]
    fn the_example_of_rfc_7515_is_signed_and_nothing_else() {
        let key = p256(X, Y);
        let payload = payload(ES256, Algorithm::ES256, &key).unwrap();
        assert!(payload.starts_with(br#"{"iss":"joe""#));
        let changed = ES256.replacen(".eyJ", ".eyK", 1);
        assert_eq!(super::payload(&changed, Algorithm::ES256, &key), None);
        for other in [Algorithm::ES384, Algorithm::RS256, Algorithm::EdDSA] {
            assert_eq!(super::payload(ES256, other, &key), None);
        }
    }

    #[test]
    fn the_example_of_rfc_8037_is_signed() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
        let key = serde_json::from_value(key).unwrap();
        let jwt = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let payload = payload(jwt, Algorithm::EdDSA, &key);
        assert_eq!(payload.unwrap(), b"Example of Ed25519 signing");
    }

    #[test]
    fn a_coordinate_has_its_own_length() {
        let point = [decoded(X).unwrap(), decoded(Y).unwrap()].concat();
        let (x, y) = point.split_at(31);
        let [x, y] = [x, y].map(|part| URL_SAFE_NO_PAD.encode(part));
        assert_eq!(payload(ES256, Algorithm::ES256, &p256(&x, &y)), None);
    }
}
