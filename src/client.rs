use std::{fmt, fs::File, io::Read, path::Path};

use crate::{Error, object::Plain, read::read_text};
use secrecy::{ExposeSecret, SecretString};

/// Secrets are short; more than this is something else.
const MAX_FILE: u64 = 64 * 1024;

/// A client registered at a provider: its id and, unless it is a public client, its secret (RFC 6749 §2).
///
/// `Debug` shows the id. There is no other way to print it by mistake:
///
/// ```
/// # let client = loopin::Client::with_secret("123456", "s3cret");
/// assert_eq!(format!("{client:?}"), r#"Client { id: "123456", .. }"#);
/// ```
///
/// ```compile_fail,E0277
/// # let client = loopin::Client::with_secret("123456", "s3cret");
/// assert_eq!(format!("{client}"), r#"Client { id: "123456", .. }"#);
/// ```
#[derive(Clone)]
pub struct Client {
    id: String,
    secret: Option<SecretString>,
}

impl Client {
    /// A public client (RFC 6749 §2.1).
    pub fn public(id: impl Into<String>) -> Self {
        Client {
            id: id.into(),
            secret: None,
        }
    }

    /// A client with a secret.
    pub fn with_secret(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Client {
            id: id.into(),
            secret: Some(SecretString::from(secret.into())),
        }
    }

    /// Reads `client_id,client_secret` on one line, lines such as `STRAVA_CLIENT_ID=…` (where `STRAVA` is `prefix`;
    /// `LOOPIN` or none will do as well), or the JSON that Google's console exports. Errors call the text `origin`.
    ///
    /// ```
    /// use loopin::Client;
    ///
    /// let client = Client::parse("123456,s3cret", "STRAVA", "client_secrets.txt")?;
    /// assert_eq!(client.id(), "123456");
    /// assert!(!format!("{client:?}").contains("s3cret"));
    ///
    /// let error = Client::parse("s3cret", "STRAVA", "client_secrets.txt").unwrap_err().to_string();
    /// assert!(error.starts_with("client_secrets.txt: line 1: ") && !error.contains("s3cret"));
    /// # Ok::<(), loopin::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ClientSecrets`] with the line that is wrong, never with its text.
    pub fn parse(text: &str, prefix: &str, origin: &str) -> Result<Self, Error> {
        let error = |reason: String| Error::ClientSecrets {
            origin: origin.to_owned(),
            reason,
        };
        let text = text.trim_start_matches('\u{feff}');
        if text.contains('\0') {
            return Err(error("it is not a text file in UTF-8".into()));
        }
        let (id, secret) = if text.trim_start().starts_with('{') {
            from_json(text)
        } else {
            from_lines(text, prefix)
        }
        .map_err(error)?;
        match (id.is_empty(), secret.is_empty()) {
            (true, _) => Err(error("the client id is empty".into())),
            (_, true) => Err(error("the client secret is empty".into())),
            _ => Ok(Client::with_secret(id, secret)),
        }
    }

    /// Reads a file, or a pipe; the formats are those of [`Client::parse`].
    ///
    /// # Errors
    ///
    /// [`Error::ClientSecrets`] if it cannot be read or understood.
    pub fn from_file(path: impl AsRef<Path>, prefix: &str) -> Result<Self, Error> {
        let origin = path.as_ref().display().to_string();
        match File::open(path) {
            Ok(file) => Self::from_reader(file, prefix, &origin),
            Err(e) => Err(Error::ClientSecrets {
                origin,
                reason: e.to_string(),
            }),
        }
    }

    /// Reads from `source`, which errors call `origin`; the formats are those of [`Client::parse`].
    ///
    /// # Errors
    ///
    /// [`Error::ClientSecrets`] if it cannot be read or understood.
    pub fn from_reader(source: impl Read, prefix: &str, origin: &str) -> Result<Self, Error> {
        let text = read_text(source, MAX_FILE).map_err(|e| Error::ClientSecrets {
            origin: origin.to_owned(),
            reason: e.to_string(),
        })?;
        Self::parse(&text, prefix, origin)
    }

    /// The client id (RFC 6749 §2.2). It is not a secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it has a secret (a confidential client, RFC 6749 §2.1).
    pub fn has_secret(&self) -> bool {
        self.secret.is_some()
    }

    pub(crate) fn secret(&self) -> Option<&str> {
        self.secret.as_ref().map(ExposeSecret::expose_secret)
    }
}

/// Both the same client with the same secret.
impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.secret() == other.secret()
    }
}

impl Eq for Client {}

/// Without the secret.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

fn from_json(text: &str) -> Result<(String, String), String> {
    let Plain(document) =
        serde_json::from_str(text).map_err(|e| format!("line {}: not valid JSON", e.line()))?;
    let client = ["installed", "web"]
        .iter()
        .find_map(|kind| document.get(kind))
        .unwrap_or(&document);
    let member = |name: &str| {
        client[name]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| format!("the member {name} is missing"))
    };
    Ok((member("client_id")?, member("client_secret")?))
}

fn from_lines(text: &str, prefix: &str) -> Result<(String, String), String> {
    let (mut id, mut secret) = (None, None);
    for (number, line) in text
        .lines()
        .enumerate()
        .map(|(i, line)| (i + 1, line.trim()))
    {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|(key, _)| !key.contains(',')) else {
            if id.is_some() || secret.is_some() {
                return Err(format!(
                    "line {number}: nothing was expected after the client id and secret"
                ));
            }
            let (left, right) = line.split_once(',').ok_or_else(|| {
                format!("line {number}: expected client_id,client_secret on one line")
            })?;
            (id, secret) = (Some(unquoted(left)), Some(unquoted(right)));
            continue;
        };
        let key = key.trim_start_matches("export ").trim();
        let name = key
            .strip_prefix(prefix)
            .or_else(|| key.strip_prefix("LOOPIN"))
            .unwrap_or(key);
        let slot = match name.trim_start_matches('_').to_ascii_uppercase().as_str() {
            "CLIENT_ID" => &mut id,
            "CLIENT_SECRET" => &mut secret,
            _ => continue,
        };
        if slot.replace(unquoted(value)).is_some() {
            return Err(format!("line {number}: {key} is there twice"));
        }
    }
    let missing =
        |what: &str| format!("there is no {what}; expected client_id,client_secret on one line");
    Ok((
        id.ok_or_else(|| missing("client id"))?,
        secret.ok_or_else(|| missing("client secret"))?,
    ))
}

fn unquoted(value: &str) -> String {
    let value = value.trim();
    let inner = ['"', '\'']
        .iter()
        .find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
    inner.unwrap_or(value).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::Client;

    fn parse(text: &str) -> Result<(String, String), String> {
        let client =
            Client::parse(text, "STRAVA", "client_secrets.txt").map_err(|e| e.to_string())?;
        Ok((client.id().to_owned(), client.secret().unwrap().to_owned()))
    }

    #[test]
    fn the_formats_people_have_are_understood() {
        for text in [
            "123,abc",
            "123,abc\r\n",
            "\u{feff} 123 , abc \n\n",
            "# mine\n123,abc",
            "'123','abc'",
            "STRAVA_CLIENT_ID=123\nSTRAVA_CLIENT_SECRET=abc\nOTHER=x",
            "export STRAVA_CLIENT_ID='123'\nexport STRAVA_CLIENT_SECRET=\"abc\"",
            "client_id=123\nclient_secret=abc",
            "LOOPIN_CLIENT_ID=123\r\nLOOPIN_CLIENT_SECRET=abc",
            r#"{"installed": {"client_id": "123", "client_secret": "abc"}}"#,
            r#"{"client_id": "123", "client_secret": "abc"}"#,
        ] {
            assert_eq!(parse(text), Ok(("123".into(), "abc".into())), "{text:?}");
        }
    }

    #[test]
    fn a_secret_may_have_commas_and_equals_signs() {
        assert_eq!(parse("123,a,b=c").unwrap().1, "a,b=c");
        assert_eq!(
            parse("CLIENT_ID=123\nCLIENT_SECRET=a=b,c").unwrap().1,
            "a=b,c"
        );
    }

    #[test]
    fn errors_name_the_line_and_never_the_value() {
        for (text, expected) in [
            ("", "no client id"),
            ("mark-secret", "line 1"),
            ("123,", "secret is empty"),
            (",mark-secret", "id is empty"),
            ("123,mark-secret\n456,mark-secret", "line 2"),
            ("STRAVA_CLIENT_ID=1\nSTRAVA_CLIENT_ID=mark-secret", "line 2"),
            ("STRAVA_CLIENT_SECRET=mark-secret", "no client id"),
            ("{\"client_id\": \"mark-secret", "line 1"),
            ("1\x002,mark-secret", "UTF-8"),
            (
                "{\"client_secret\": \"mark-secret\"}",
                "client_id is missing",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
            assert!(!error.contains("mark-secret"), "{error}");
        }
    }

    #[test]
    fn debug_hides_the_secret() {
        let shown = format!("{:?}", Client::with_secret("123", "mark-secret"));
        assert!(shown.contains("123") && !shown.contains("mark-secret"));
    }
}
