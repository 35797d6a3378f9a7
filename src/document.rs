use std::{collections::BTreeMap, io};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Value, value::RawValue};

use crate::{Account, Scopes, Token, object::Plain, printable, token::unix_time};

/// Members of other programs, letter by letter: a number may have more digits than any type keeps.
pub(crate) type Members = BTreeMap<String, Box<RawValue>>;

/// The names of ours.
const OURS: [&str; 11] = [
    "access_token",
    "refresh_token",
    "expires_at",
    "token_type",
    "scope",
    "requested_scope",
    "resource",
    "provider",
    "client_id",
    "account",
    "loopin_replaces",
];

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
    pub(crate) expires_at: Option<u64>,
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
        deserialize_with = "texts",
        skip_serializing_if = "Vec::is_empty"
    )]
    resource: Vec<String>,
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
    pub(crate) account: Option<StoredAccount>,
    /// In the recovery folder: the digest of the refresh token whose successor this is.
    #[serde(
        default,
        rename = "loopin_replaces",
        deserialize_with = "text",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) replaces: Option<String>,
    #[serde(flatten, skip_deserializing)]
    pub(crate) rest: Members,
}

/// Equal if the id is: people change their names.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredAccount {
    #[serde(deserialize_with = "identifier")]
    id: String,
    #[serde(default)]
    name: String,
}

impl PartialEq for StoredAccount {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Document {
    /// Why it is none is told without quoting it: the parser's own words could hold a token.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let reason = |e: serde_json::Error| {
            let fault = if e.is_data() {
                "this is not what a token file holds"
            } else {
                "not valid JSON"
            };
            format!("line {}: {fault}", e.line())
        };
        let mut document: Document = serde_json::from_str(text).map_err(reason)?;
        document.rest = serde_json::from_str(text).map_err(reason)?;
        document
            .rest
            .retain(|name, _| !OURS.contains(&name.as_str()));
        if document.access_token.is_none() && document.refresh_token.is_none() {
            return Err("it has neither access_token nor refresh_token".into());
        }
        Ok(document)
    }

    pub(crate) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    pub(crate) fn of(token: &Token, rest: Members) -> Self {
        let account = token.account.clone();
        Document {
            access_token: Some(token.access_token().to_owned()),
            refresh_token: token.refresh_token().map(str::to_owned),
            expires_at: token.expires_at,
            token_type: Some(token.token_type.clone()),
            scope: token.scope.as_ref().map(Scopes::to_string),
            requested_scope: token.requested_scope.as_ref().map(Scopes::to_string),
            resource: token.resource.clone(),
            provider: token.provider.clone(),
            client_id: token.client_id.clone(),
            account: account.map(|Account { id, name }| StoredAccount { id, name }),
            replaces: None,
            rest,
        }
    }

    pub(crate) fn into_token(self) -> Token {
        let scopes = |text: String| Scopes::parse(&text, ' ');
        Token {
            access_token: SecretString::from(self.access_token.unwrap_or_default()),
            token_type: self.token_type.unwrap_or_else(|| "Bearer".into()),
            expires_at: self.expires_at,
            refresh_token: self
                .refresh_token
                .filter(|token| !token.is_empty())
                .map(Into::into),
            scope: self.scope.map(scopes),
            requested_scope: self.requested_scope.map(scopes),
            resource: self.resource,
            provider: self.provider,
            client_id: self.client_id,
            account: self.account.map(|StoredAccount { id, name }| Account {
                name: printable(&name, 200),
                id,
            }),
        }
    }
}

/// A text, a number as text, a list joined by spaces; anything else is as good as absent.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Plain::deserialize(deserializer)?.0 {
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

/// A list of texts; a text is a list of one.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match Plain::deserialize(deserializer)?.0 {
        Value::String(text) => vec![text],
        Value::Array(texts) => texts
            .iter()
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    })
}

/// What is no time that can be read is past: a refresh, or a login, mends it.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Plain::deserialize(deserializer)?.0 {
        Value::Null => None,
        value => Some(unix_time(&value).unwrap_or(0)),
    })
}

fn account<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<StoredAccount>, D::Error> {
    Ok(serde_json::from_value(Plain::deserialize(deserializer)?.0).ok())
}

fn identifier<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer)?.ok_or_else(|| Error::custom("not an identifier"))
}
