use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use crate::{Error, digest::sha256};

/// The code verifier of one authorization request (RFC 7636 §4.1): 256 random bits.
pub(crate) struct CodeVerifier(SecretString);

impl CodeVerifier {
    pub(crate) fn generate() -> Result<Self, Error> {
        Ok(CodeVerifier(random()?.into()))
    }

    /// The code challenge by the method `S256` (RFC 7636 §4.2), the only one used.
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(sha256(self.secret()))
    }

    pub(crate) fn secret(&self) -> &str {
        self.0.expose_secret()
    }
}

/// 256 random bits from the system, as 43 characters of base64url: for the code verifier and for `state`.
pub(crate) fn random() -> Result<String, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| Error::Random(e.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = CodeVerifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        assert_eq!(
            verifier.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn a_thousand_verifiers_are_different_and_of_the_allowed_form() {
        let verifiers: HashSet<String> = (0..1000).map(|_| random().unwrap()).collect();
        assert_eq!(verifiers.len(), 1000);
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        assert!(
            verifiers
                .iter()
                .all(|v| (43..=128).contains(&v.len()) && v.chars().all(unreserved))
        );
    }
}
