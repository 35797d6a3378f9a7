use crate::Error;

/// The parameters that make the flow safe or carry its answer; nobody else may set them.
const OURS: [&str; 17] = [
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "code",
    "error",
    "iss",
    "request",
    "request_uri",
    "resource",
    "client_secret",
    "code_verifier",
];

/// Refuses a parameter that the login sets itself; `scope` may have a name of its own.
pub(crate) fn check_parameter(name: &str, scope_parameter: &str) -> Result<(), Error> {
    if OURS.contains(&name) || name == scope_parameter {
        return Err(Error::Parameter {
            name: name.to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_the_flow_itself_are_not_the_callers() {
        assert!(
            check_parameter("state", "scope").is_err()
                && check_parameter("resource", "scope").is_err()
        );
        assert!(
            check_parameter("prompt", "scope").is_ok() && check_parameter("own", "own").is_err()
        );
    }
}
