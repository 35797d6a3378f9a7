//! What a server would have to be asked at the very second, or with every algorithm, to show.

use super::*;

const NOW: u64 = 1_800_000_000;

/// With this claim at this time, in seconds from now; asked for nobody older than a minute.
fn checked(claim: &str, at: i64) -> Result<(), Fault> {
    let mut claims = serde_json::json!({
        "iss": "https://as.example", "aud": "client", "exp": NOW, "iat": NOW, "auth_time": NOW,
    });
    claims[claim] = NOW.saturating_add_signed(at).into();
    let issuer = Issuer::try_from("https://as.example".to_owned()).unwrap();
    let expected = Expected {
        client_id: "client",
        nonce: None,
        max_age: Some(60),
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    check(&claims, &issuer, &expected, now)
}

#[test]
fn times_are_compared_to_the_second() {
    // Clocks may differ by 300 s; an id_token is no older than 3600 s.
    for (claim, last, beyond) in [
        ("exp", -299, -300),
        ("nbf", 300, 301),
        ("nbf", -9999, 301),
        ("iat", 300, 301),
        ("iat", -3900, -3901),
        ("auth_time", -360, -361),
    ] {
        assert_eq!(checked(claim, last), Ok(()), "{claim} {last}");
        assert!(checked(claim, beyond).is_err(), "{claim} {beyond}");
    }
}

#[test]
fn the_access_token_is_hashed_as_the_signature_is() {
    // From the example of OpenID Connect Core §A.3; the digests of the longer ones are Python's.
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    for (algorithms, at_hash) in [
        ("ES256 RS256 PS256", "77QmUPtjPfzWtF2AnpK9RQ"),
        ("ES384 RS384 PS384", "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs"),
        (
            "RS512 PS512 EdDSA",
            "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM",
        ),
    ] {
        let claims = serde_json::json!({ "at_hash": at_hash });
        for algorithm in algorithms.split(' ') {
            let header = Header::new(algorithm.parse().unwrap());
            let fits = check_access_token(&claims, &header, token);
            assert_eq!(fits, Ok(()), "{algorithm}");
            let fits = check_access_token(&claims, &header, "another");
            assert!(fits.is_err(), "{algorithm}");
        }
    }
}
