//! The keys of a provider file: RFC 8414's names, and those for how a provider departs from the RFCs.

use std::{collections::BTreeMap, num::NonZeroU64};

use serde::Deserialize;

use crate::{endpoint::Endpoint, issuer::Issuer, redirect_uri::RedirectUri};

/// The parameter's name in RFC 6749 §3.3.
pub(crate) const SCOPE: &str = "scope";

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    pub(crate) name: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) app_page: Option<String>,
    /// What somebody needs to make an app there.
    pub(crate) app_requires: Option<String>,
    /// What to type where on that page.
    #[serde(default)]
    pub(crate) app_form: Vec<FormField>,
    pub(crate) account_page: Option<String>,
    pub(crate) issuer: Option<Issuer>,
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
    pub(crate) authorization_endpoint: Option<Endpoint>,
    pub(crate) token_endpoint: Option<Endpoint>,
    pub(crate) revocation_endpoint: Option<Endpoint>,
    pub(crate) userinfo_endpoint: Option<Endpoint>,
    #[serde(default)]
    pub(crate) userinfo_method: UserinfoMethod,
    /// With it, id_tokens are verified; without it, they are ignored.
    pub(crate) jwks_uri: Option<Endpoint>,
    pub(crate) token_endpoint_auth_method: Option<ClientAuthMethod>,
    pub(crate) token_endpoint_auth_methods_supported: Option<Vec<ClientAuthMethod>>,
    pub(crate) revocation_endpoint_auth_method: Option<RevocationAuthMethod>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_id_format: Option<ClientIdFormat>,
    pub(crate) client_secret_format: Option<ClientSecretFormat>,
    pub(crate) max_access_token_lifetime: Option<NonZeroU64>,
    #[serde(default)]
    pub(crate) redirect_uri: RedirectUri,
    #[serde(default)]
    pub(crate) redirect_port: RedirectPort,
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) scopes_supported: Vec<String>,
    #[serde(default = "space")]
    pub(crate) scope_separator: char,
    /// Where answers separate scopes by something else than requests.
    pub(crate) granted_scope_separator: Option<char>,
    #[serde(default = "scope")]
    pub(crate) scope_parameter: String,
    pub(crate) env_prefix: Option<String>,
    #[serde(default)]
    pub(crate) authorization_parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) force_parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) account: AccountMembers,
    /// JSON pointer to what the token endpoint's answer has of a token, if that is not the answer itself.
    pub(crate) token_root: Option<String>,
    /// The `token_type` by which this provider means Bearer.
    pub(crate) bearer_token_type: Option<String>,
    #[serde(default)]
    pub(crate) token_errors: TokenErrors,
}

/// A field of the page where apps are registered, and what to type there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormField {
    pub(crate) field: String,
    pub(crate) value: String,
}

/// How the client authenticates at the token endpoint (RFC 6749 §2.3.1; names of RFC 7591 §2).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientAuthMethod {
    ClientSecretBasic,
    ClientSecretPost,
    None,
}

impl From<ClientAuthMethod> for RevocationAuthMethod {
    fn from(method: ClientAuthMethod) -> Self {
        match method {
            ClientAuthMethod::ClientSecretBasic => RevocationAuthMethod::ClientSecretBasic,
            ClientAuthMethod::ClientSecretPost => RevocationAuthMethod::ClientSecretPost,
            ClientAuthMethod::None => RevocationAuthMethod::None,
        }
    }
}

/// How the revocation endpoint wants to be asked: by the client (RFC 7009 §2.1), or with nothing but the access token
/// itself as a bearer token.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RevocationAuthMethod {
    ClientSecretBasic,
    ClientSecretPost,
    None,
    Bearer,
}

/// How the userinfo endpoint is asked (OpenID Connect Core §5.3.1 allows both).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum UserinfoMethod {
    #[default]
    #[serde(rename = "GET")]
    Get,
    #[serde(rename = "POST")]
    Post,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientIdFormat {
    Digits,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientSecretFormat {
    /// 40 hexadecimal digits.
    Hex40,
}

/// Whether the redirect URI's port may differ from the registered one (RFC 8252 §7.3 says that it may).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RedirectPort {
    Any,
    Exact,
    /// The file does not say: no other port is taken unasked, and any that is asked for.
    #[default]
    #[serde(skip)]
    Unknown,
}

/// Where an account stands: JSON pointers (RFC 6901). `token_answer` finds it in the token endpoint's answer;
/// without that, the userinfo endpoint is asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AccountMembers {
    pub(crate) token_answer: Option<String>,
    pub(crate) id: String,
    pub(crate) name: Vec<String>,
}

/// The claims of OpenID Connect Core §5.1.
impl Default for AccountMembers {
    fn default() -> Self {
        AccountMembers {
            token_answer: None,
            id: "/sub".into(),
            name: vec!["/name".into()],
        }
    }
}

/// A provider's own errors, translated into the words of RFC 6749 §5.2.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TokenErrors {
    /// JSON pointer to the error object, or to a list of them; the answer itself, unless told otherwise.
    pub(crate) list: String,
    /// The members that, joined by `/`, make the key into `codes`.
    pub(crate) key: Vec<String>,
    pub(crate) codes: BTreeMap<String, String>,
}

impl Default for TokenErrors {
    fn default() -> Self {
        TokenErrors {
            list: String::new(),
            key: vec!["error".into()],
            codes: BTreeMap::new(),
        }
    }
}

fn space() -> char {
    ' '
}

fn scope() -> String {
    SCOPE.into()
}
