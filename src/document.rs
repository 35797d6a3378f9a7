use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Map, Value};

use crate::{Account, Scopes, Token};

/// The members of `token.json`; those that are not ours are in `rest`. Only the first two decide whether a document
/// is a token file: other programs write the rest in shapes of their own.
#[derive(Serialize, Deserialize)]
pub(crate) struct Document {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
    #[serde(
        default,
        deserialize_with = "seconds",
        skip_serializing_if = "Option::is_none"
    )]
    expires_at: Option<u64>,
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    token_type: Option<String>,
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    scope: Option<String>,
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    requested_scope: Option<String>,
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    provider: Option<String>,
    #[serde(
        default,
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    client_id: Option<String>,
    #[serde(
        default,
        deserialize_with = "account",
        skip_serializing_if = "Option::is_none"
    )]
    account: Option<StoredAccount>,
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct StoredAccount {
    #[serde(deserialize_with = "identifier")]
    id: String,
    #[serde(default)]
    name: String,
}

impl Document {
    pub(crate) fn of(token: &Token, rest: Map<String, Value>) -> Self {
        let account = token.account.clone();
        Document {
            access_token: Some(token.access_token().to_owned()),
            refresh_token: token.refresh_token().map(str::to_owned),
            expires_at: token.expires_at,
            token_type: Some(token.token_type.clone()),
            scope: token.scope.as_ref().map(Scopes::to_string),
            requested_scope: token.requested_scope.as_ref().map(Scopes::to_string),
            provider: token.provider.clone(),
            client_id: token.client_id.clone(),
            account: account.map(|Account { id, name }| StoredAccount { id, name }),
            rest,
        }
    }

    pub(crate) fn into_token(self) -> Token {
        let scopes = |text: String| Scopes::parse(&text, ' ');
        Token {
            access_token: SecretString::from(self.access_token.unwrap_or_default()),
            token_type: self.token_type.unwrap_or_else(|| "Bearer".into()),
            expires_at: self.expires_at,
            refresh_token: self.refresh_token.map(Into::into),
            scope: self.scope.map(scopes),
            requested_scope: self.requested_scope.map(scopes),
            provider: self.provider,
            client_id: self.client_id,
            account: self
                .account
                .map(|StoredAccount { id, name }| Account { id, name }),
        }
    }
}

/// A text, a number as text, a list joined by spaces; anything else is as good as absent.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(parts) => Some(
            parts
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(" "),
        ),
        _ => None,
    })
}

/// Unix seconds as people and Python write them: 1793456000, 1793456000.0, "1793456000". Before 1970 is long ago.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null => return Ok(None),
        _ => None,
    };
    number
        .map(|number: f64| Some(number as u64))
        .ok_or_else(|| Error::custom("not a time"))
}

fn account<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<StoredAccount>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

fn identifier<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer)?.ok_or_else(|| Error::custom("not an identifier"))
}
