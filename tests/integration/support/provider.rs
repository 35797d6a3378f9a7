//! The provider file through which the program learns of the scripted server.

use std::collections::BTreeMap;

/// A provider file: single keys that a test may replace, and the tables after them.
#[derive(Clone)]
pub struct ProviderFile {
    keys: BTreeMap<String, String>,
    tables: String,
}

const STRAVA_TABLES: &str = r#"
[authorization_parameters]
approval_prompt = "auto"

[force_parameters]
approval_prompt = "force"

[account]
token_answer = "/athlete"
id = "/id"
name = ["/firstname", "/lastname"]

[token_errors]
list = "/errors"
key = ["resource", "field", "code"]

[token_errors.codes]
"AuthorizationCode/code/invalid" = "invalid_grant"
"AuthorizationCode//expired" = "invalid_grant"
"RefreshToken/refresh_token/invalid" = "invalid_grant"
"Application/client_id/invalid" = "invalid_client"
"Application//invalid" = "invalid_client"
"#;

const STANDARD_TABLES: &str = r#"
[account]
id = "/sub"
name = ["/name"]
"#;

impl ProviderFile {
    pub fn like_strava(server: &str) -> ProviderFile {
        let provider = ProviderFile::new(server, STRAVA_TABLES)
            .with("token_endpoint_auth_method", r#""client_secret_post""#)
            .with(
                "revocation_endpoint_auth_method",
                r#""client_secret_basic""#,
            )
            .with("redirect_port", r#""any""#)
            .with("scope_separator", r#"",""#);
        provider.with("scopes", r#"["read", "activity:read_all"]"#)
    }

    pub fn standard(server: &str) -> ProviderFile {
        let provider = ProviderFile::new(server, STANDARD_TABLES)
            .with("token_endpoint_auth_method", r#""client_secret_basic""#);
        provider.with("scopes", r#"["profile", "data.read"]"#)
    }

    /// Where everything else is asked for.
    pub fn of_an_issuer(issuer: &str) -> ProviderFile {
        let provider = ProviderFile {
            keys: BTreeMap::new(),
            tables: String::new(),
        };
        provider.with("issuer", &format!("{issuer:?}"))
    }

    fn new(server: &str, tables: &str) -> ProviderFile {
        let provider = ProviderFile {
            keys: BTreeMap::new(),
            tables: tables.to_owned(),
        };
        let url = |path| format!(r#""{server}{path}""#);
        provider
            .with("name", r#""Acme""#)
            .with("authorization_endpoint", &url("/oauth/authorize"))
            .with("token_endpoint", &url("/oauth/token"))
            .with("revocation_endpoint", &url("/oauth/revoke"))
            .with("userinfo_endpoint", &url("/athlete"))
            .with("env_prefix", r#""ACME""#)
    }

    /// Sets a key to a value in TOML's notation.
    pub fn set(&mut self, key: &str, value: &str) {
        self.keys.insert(key.to_owned(), value.to_owned());
    }

    fn with(mut self, key: &str, value: &str) -> ProviderFile {
        self.set(key, value);
        self
    }

    pub fn text(&self) -> String {
        let keys: String = self
            .keys
            .iter()
            .map(|(key, value)| format!("{key} = {value}\n"))
            .collect();
        keys + &self.tables
    }
}
