//! What the fuzzers of `tests/fuzz` call, each with bytes that anybody could send. What has to hold for all of them is
//! asserted here; the tests run the seeds through it.

mod answers;
mod files;
mod redirect;

pub use answers::{id_token, metadata, token_response};
pub use files::{client_secrets, provider_file, token_file};
pub use redirect::{callback, query};

use std::{fmt::Debug, sync::LazyLock};

use url::Url;

use crate::{
    Error, Provider,
    authorization::{Asked, AuthorizationRequest},
    endpoint::{Endpoint, is_https_or_loopback},
};

/// Stands in the seeds where a secret would.
const MARK: &str = "mark-secret";

const ISSUER: &str = "https://as.example";
const CLIENT_ID: &str = "acme-client";
const ENDPOINTS: &str = r#"
authorization_endpoint = "https://as.example/authorize"
token_endpoint = "https://as.example/token"
redirect_uri = "http://127.0.0.1:0/authorization"
redirect_port = "any"
scopes = ["read"]
"#;

static ACME: LazyLock<Provider> = LazyLock::new(|| read(ENDPOINTS).unwrap());

/// The same of an issuer that names itself in every redirect.
static NAMED: LazyLock<Provider> = LazyLock::new(|| {
    let promised = "authorization_response_iss_parameter_supported = true";
    read(&format!("issuer = \"{ISSUER}\"\n{promised}\n{ENDPOINTS}")).unwrap()
});

static ALL: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    let presets = Provider::presets().map(|name| Provider::preset(name).unwrap());
    presets.chain([ACME.clone()]).collect()
});

fn read(text: &str) -> Result<Provider, Error> {
    Provider::from_toml(text, "./acme.toml")
}

/// A URL to open, with all that protects a login in it exactly once, whatever the provider's own parameters are.
fn can_be_asked(provider: &Provider) {
    let data = &provider.data;
    let own = data.authorization_parameters.clone().into_iter();
    let own: Vec<_> = own.chain(data.force_parameters.clone()).collect();
    // Only a max_age that is no number is refused here.
    let Ok(request) = request_with(provider, provider.redirect_uri(), &own) else {
        return assert!(own.iter().any(|(name, _)| name == "max_age"));
    };
    let url = request.url();
    assert!(is_https_or_loopback(url), "{url}");
    for endpoint in endpoints(provider) {
        assert!(is_https_or_loopback(endpoint), "{endpoint}");
    }
    let redirect_uri = provider.redirect_uri();
    for (name, value) in [
        ("client_id", CLIENT_ID),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(parameter(url, name), value);
    }
    assert_eq!(parameter(url, "state").len(), 43);
    assert_eq!(parameter(url, "code_challenge").len(), 43);
}

fn endpoints(provider: &Provider) -> impl Iterator<Item = &Url> {
    let data = &provider.data;
    let all = [
        &data.authorization_endpoint,
        &data.token_endpoint,
        &data.revocation_endpoint,
        &data.userinfo_endpoint,
        &data.jwks_uri,
    ];
    all.into_iter().flatten().map(Endpoint::url)
}

fn quotes_nothing(error: &(impl ToString + Debug)) {
    let said = error.to_string();
    assert!(!said.contains(char::is_control), "{said:?}");
    assert!(
        !said.contains(MARK) && !format!("{error:?}").contains(MARK),
        "{said}"
    );
}

fn request(provider: &Provider, redirect_uri: &str) -> AuthorizationRequest {
    request_with(provider, redirect_uri, &[]).unwrap()
}

fn request_with(
    provider: &Provider,
    redirect_uri: &str,
    parameters: &[(String, String)],
) -> Result<AuthorizationRequest, Error> {
    AuthorizationRequest::new(&Asked {
        provider,
        client_id: CLIENT_ID,
        redirect_uri,
        scopes: &provider.scopes(),
        resource: &[],
        parameters,
    })
}

/// The only value of this parameter.
fn parameter(url: &Url, name: &str) -> String {
    let mut values = url.query_pairs().filter(|(key, _)| key == name);
    let (value, other) = (values.next(), values.next());
    assert!(other.is_none(), "{name} is there twice");
    value.unwrap().1.into_owned()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn run_seeds(name: &str, target: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds");
        let seeds = fs::read_dir(folder.join(name)).unwrap();
        let seeds = seeds.map(|seed| fs::read(seed.unwrap().path()).unwrap());
        assert!(seeds.inspect(|seed| target(seed)).count() > 1, "{name}");
    }

    #[test]
    fn every_seed_of_the_fuzzers_is_survived() {
        run_seeds("callback", callback);
        run_seeds("query", query);
        run_seeds("token_response", token_response);
        run_seeds("metadata", metadata);
        run_seeds("id_token", id_token);
        run_seeds("client_secrets", client_secrets);
        run_seeds("token_file", token_file);
        run_seeds("provider_file", provider_file);
    }
}
