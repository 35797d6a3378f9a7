//! What only an answer at the very second, or of every algorithm, would show.

use super::*;

const NOW: u64 = 1_800_000_000;

/// With this claim at this time, in seconds from now.
fn checked(claim: &str, at: i64) -> Result<(), Fault> {
    checked_with(claim, NOW.saturating_add_signed(at).into())
}

/// Where the person has to have been asked within the last minute.
fn checked_with(claim: &str, value: Value) -> Result<(), Fault> {
    let mut claims = serde_json::json!({
        "iss": "https://as.example", "aud": "client", "exp": NOW, "iat": NOW, "auth_time": NOW,
    });
    claims[claim] = value;
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
        let beyond = checked(claim, beyond);
        assert!(matches!(beyond, Err(Fault::Untimely(_))), "{claim}");
    }
}

#[test]
fn what_is_no_time_is_not_a_matter_of_the_clock() {
    for claim in ["exp", "nbf", "iat", "auth_time"] {
        let odd = checked_with(claim, "yesterday".into());
        assert!(matches!(odd, Err(Fault::Wrong(_))), "{claim}");
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
