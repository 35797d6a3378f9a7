use secrecy::SecretString;
use subtle::ConstantTimeEq;
use url::Url;

use crate::{
    Error, Provider, Scopes,
    issuer::Issuer,
    pkce::{CodeVerifier, random},
    query::{decoded, single, values},
};

/// An authorization request under way (RFC 6749 §4.1.1), bound to this run by `state` and the code verifier.
pub(crate) struct AuthorizationRequest {
    url: Url,
    state: String,
    pub(crate) code_verifier: CodeVerifier,
    pub(crate) redirect_uri: String,
    /// Binds an id_token to this run (OpenID Connect Core §3.1.2.1), where one will be verified.
    pub(crate) nonce: Option<String>,
    /// How long ago the person may have been asked who they are, in seconds (OpenID Connect Core §3.1.2.1).
    pub(crate) max_age: Option<u64>,
    issuer: Option<Issuer>,
    issuer_required: bool,
}

/// What is asked for, and for whom.
pub(crate) struct Asked<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) scopes: &'a Scopes,
    /// RFC 8707 §2.
    pub(crate) resource: &'a [String],
    /// These go into the URL beside ours; of two with one name the later one counts.
    pub(crate) parameters: &'a [(String, String)],
}

impl AuthorizationRequest {
    pub(crate) fn new(asked: &Asked<'_>) -> Result<Self, Error> {
        let (provider, redirect_uri, scopes) = (asked.provider, asked.redirect_uri, asked.scopes);
        let (state, code_verifier) = (random()?, CodeVerifier::generate()?);
        let verifies = provider.id_token_issuer(scopes);
        let nonce = verifies.map(|_| random()).transpose()?;
        let scope = scopes.join(provider.scope_separator());
        // A refresh token for an absent person needs their word each time (OpenID Connect Core §11), unless the provider's
        // data, or the caller, says what it needs.
        let lasts = scopes.has("openid") && scopes.has("offline_access");
        let prompt = lasts.then(|| ("prompt".to_owned(), "consent".to_owned()));
        let challenge = code_verifier.challenge();
        let ours = [
            ("client_id", asked.client_id),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            (&provider.data.scope_parameter, &scope),
            ("state", &state),
            ("nonce", nonce.as_deref().unwrap_or_default()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let mut url = provider.authorization_endpoint()?.clone();
        // The endpoint's own query is kept, and no parameter is there twice (RFC 6749 §3.1): the later one counts.
        let own = url.query_pairs().into_owned();
        let ours = ours.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut query: Vec<(String, String)> = Vec::new();
        let theirs = asked.parameters.iter().cloned();
        for (name, value) in own.chain(prompt).chain(theirs).chain(ours) {
            match query.iter_mut().find(|(known, _)| *known == name) {
                Some(known) => known.1 = value,
                None => query.push((name, value)),
            }
        }
        query.retain(|(_, value)| !value.is_empty());
        let max_age = query.iter().find(|(name, _)| name == "max_age");
        let max_age = max_age.map(|(name, seconds)| {
            let unreadable = |_| Error::Parameter { name: name.clone() };
            seconds.parse().map_err(unreadable)
        });
        let max_age = max_age.transpose()?;
        let resource = asked.resource.iter().map(|uri| ("resource", uri));
        url.query_pairs_mut()
            .clear()
            .extend_pairs(query)
            .extend_pairs(resource);
        Ok(AuthorizationRequest {
            url,
            state,
            code_verifier,
            nonce,
            max_age,
            redirect_uri: redirect_uri.to_owned(),
            issuer: provider.data.issuer.clone(),
            issuer_required: provider.data.authorization_response_iss_parameter_supported,
        })
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Reads the query of a redirect. Only one with exactly this request's `state` and exactly one of `code` and
    /// `error` is the answer; anything else (`None`) could come from any web page and is forgotten.
    pub(crate) fn answer(&self, query: &str) -> Option<AuthorizationResponse> {
        let state = single(query, "state")??;
        if !bool::from(state.as_bytes().ct_eq(self.state.as_bytes())) {
            return None;
        }
        let (code, error) = (single(query, "code")?, single(query, "error")?);
        if code.is_some() == error.is_some() {
            return None;
        }
        // RFC 9207 §2.4: compared before code or error is believed.
        let issuer_matches = match (single(query, "iss"), &self.issuer) {
            (Some(Some(iss)), Some(issuer)) => issuer.is(&iss),
            (Some(None), _) => !self.issuer_required,
            (Some(Some(_)), None) => true,
            (None, _) => false,
        };
        Some(match (code, error) {
            _ if !issuer_matches => AuthorizationResponse::WrongIssuer,
            (Some(code), _) => AuthorizationResponse::Code {
                code: code.into(),
                scope: values(query, "scope").next().and_then(decoded),
            },
            (None, error) => AuthorizationResponse::Error {
                error: error.unwrap_or_default(),
            },
        })
    }
}

/// What the provider answered through the browser (RFC 6749 §4.1.2).
pub(crate) enum AuthorizationResponse {
    /// The code, and the granted scope where the provider tells it here.
    Code {
        code: SecretString,
        scope: Option<String>,
    },
    /// An error code, not yet checked.
    Error { error: String },
    /// The answer of another authorization server (RFC 9207).
    WrongIssuer,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secrecy::ExposeSecret;
    use url::form_urlencoded;

    fn encoded(text: &str) -> String {
        form_urlencoded::byte_serialize(text.as_bytes()).collect()
    }

    fn request(issuer: Option<&str>, required: bool) -> AuthorizationRequest {
        let mut provider = Provider::preset("strava").unwrap();
        provider.data.issuer = issuer.map(|issuer| issuer.to_owned().try_into().unwrap());
        provider.data.authorization_response_iss_parameter_supported = required;
        let uri = "http://127.0.0.1:5000/authorization";
        let parameters = [("approval_prompt".to_owned(), "auto".to_owned())];
        AuthorizationRequest::new(&Asked {
            provider: &provider,
            client_id: "123",
            redirect_uri: uri,
            scopes: &provider.scopes(),
            resource: &[],
            parameters: &parameters,
        })
        .unwrap()
    }

    /// `STATE` stands for the request's own state.
    fn answer(request: &AuthorizationRequest, query: &str) -> &'static str {
        match request.answer(&query.replace("STATE", &request.state)) {
            None => "ignored",
            Some(AuthorizationResponse::Code { .. }) => "code",
            Some(AuthorizationResponse::Error { .. }) => "error",
            Some(AuthorizationResponse::WrongIssuer) => "wrong issuer",
        }
    }

    #[test]
    fn the_url_is_the_one_that_strava_documents() {
        let request = request(None, false);
        let url = request.url().as_str().replace(&request.state, "STATE");
        let url = url.replace(&request.code_verifier.challenge(), "CHALLENGE");
        assert_eq!(
            url,
            "https://www.strava.com/oauth/authorize?approval_prompt=auto&client_id=123\
             &redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fauthorization&response_type=code\
             &scope=read_all%2Cprofile%3Aread_all%2Cactivity%3Aread_all&state=STATE\
             &code_challenge=CHALLENGE&code_challenge_method=S256"
        );
    }

    #[test]
    fn the_endpoints_own_query_survives_and_no_parameter_is_there_twice_or_empty() {
        let text = "authorization_endpoint = 'https://as.example/authorize?tenant=a&x=%26&state=old&state=older&e='\n\
                    token_endpoint = 'https://as.example/token'";
        let provider = Provider::from_toml(text, "acme").unwrap();
        let twice = [
            ("p".to_owned(), "1".to_owned()),
            ("p".to_owned(), "2".to_owned()),
        ];
        let request = AuthorizationRequest::new(&Asked {
            provider: &provider,
            client_id: "id",
            redirect_uri: "http://127.0.0.1/",
            scopes: &Scopes::default(),
            resource: &["https://a.example/".into(), "https://b.example/".into()],
            parameters: &twice,
        })
        .unwrap();
        let pairs: Vec<(String, String)> = request.url().query_pairs().into_owned().collect();
        let values = |name: &str| {
            pairs
                .iter()
                .filter(|(k, _)| k == name)
                .map(|(_, v)| v.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(values("tenant"), ["a"]);
        assert_eq!(values("x"), ["&"]);
        assert_eq!(values("p"), ["2"]);
        assert_eq!(
            values("resource"),
            ["https://a.example/", "https://b.example/"]
        );
        assert_eq!(values("state"), [request.state.as_str()]);
        assert!(values("e").is_empty() && values("scope").is_empty());
    }

    #[test]
    fn only_the_right_state_and_exactly_one_of_code_and_error_are_an_answer() {
        let request = request(None, false);
        for (query, expected) in [
            ("code=c&state=STATE", "code"),
            ("state=STATE&code=c&foo=1&foo=2&session_state=x", "code"),
            ("error=access_denied&state=STATE", "error"),
            ("", "ignored"),
            ("code=c", "ignored"),
            ("code=c&state=", "ignored"),
            ("code=c&state=x", "ignored"),
            ("code=c&state=STATEx", "ignored"),
            ("code=c&state=STATE&state=STATE", "ignored"),
            ("code=c&state=x&state=STATE", "ignored"),
            ("code=c&st%61te=x&state=STATE", "ignored"),
            ("error=access_denied", "ignored"),
            ("error=access_denied&state=x", "ignored"),
            ("code=c&error=e&state=STATE", "ignored"),
            ("code=a&code=b&state=STATE", "ignored"),
            ("code=&state=STATE", "ignored"),
            ("state=STATE", "ignored"),
            ("code=a%00&state=STATE", "ignored"),
            ("code=a%0d%0ab&state=STATE", "ignored"),
            ("code=%ff&state=STATE", "ignored"),
        ] {
            assert_eq!(answer(&request, query), expected, "{query}");
        }
    }

    #[test]
    fn the_issuer_is_compared_before_anything_is_believed() {
        let (promised, known, unknown) = (
            request(Some("https://as"), true),
            request(Some("https://as"), false),
            request(None, false),
        );
        for (request, query, expected) in [
            (&promised, "code=c&state=STATE&iss=https%3A%2F%2Fas", "code"),
            (&promised, "code=c&state=STATE", "wrong issuer"),
            (
                &promised,
                "code=c&state=STATE&iss=https%3A%2F%2Fas%2F",
                "wrong issuer",
            ),
            (
                &promised,
                "error=x&state=STATE&iss=https%3A%2F%2Fevil",
                "wrong issuer",
            ),
            (
                &promised,
                "code=c&state=STATE&iss=https%3A%2F%2Fas&iss=https%3A%2F%2Fas",
                "wrong issuer",
            ),
            (&known, "code=c&state=STATE", "code"),
            (
                &known,
                "code=c&state=STATE&iss=https%3A%2F%2Fevil",
                "wrong issuer",
            ),
            (&unknown, "code=c&state=STATE&iss=https%3A%2F%2Fas", "code"),
            (
                &promised,
                "code=c&state=x&iss=https%3A%2F%2Fevil",
                "ignored",
            ),
        ] {
            assert_eq!(answer(request, query), expected, "{query}");
        }
    }

    proptest! {
        #[test]
        fn a_code_is_decoded_exactly_once(code in "[^\\p{C}]{1,40}", scope in "[^\\p{C}]{1,20}") {
            let request = request(None, false);
            let query = format!("scope={}&state={}&code={}", encoded(&scope), request.state, encoded(&code));
            match request.answer(&query) {
                Some(AuthorizationResponse::Code { code: read, scope: told }) => {
                    prop_assert_eq!(read.expose_secret(), code.as_str());
                    prop_assert_eq!(told, Some(scope));
                }
                _ => prop_assert!(false, "not an answer"),
            }
        }

        #[test]
        fn no_query_without_the_state_is_an_answer(query in "[ -~]{0,80}") {
            prop_assert!(request(None, false).answer(&query).is_none());
        }
    }
}
