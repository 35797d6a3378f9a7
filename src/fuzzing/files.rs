//! What files hold.

use super::{MARK, can_be_asked, quotes_nothing, read};
use crate::{Client, document::Document};

/// The client's id and secret: the secret shows itself nowhere, and neither does any of what is no client.
pub fn client_secrets(bytes: &[u8]) {
    match Client::from_reader(bytes, "ACME", "client_secrets.txt") {
        Ok(client) => {
            assert!(client.has_secret() && !client.id().is_empty());
            let public = Client::public(client.id());
            assert_eq!(format!("{client:?}"), format!("{public:?}"));
        }
        Err(error) => quotes_nothing(&error),
    }
}

/// A `token.json`: it is written again as it was read, with all that is not ours.
pub fn token_file(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(reason) => return assert!(!reason.contains(MARK), "{reason}"),
    };
    let theirs = |document: &Document| format!("{:?}", document.rest);
    let rest = document.rest.clone();
    let written = document.to_bytes().unwrap();
    let again = Document::parse(str::from_utf8(&written).unwrap()).unwrap();
    assert_eq!(theirs(&again), theirs(&document));
    assert_eq!(again.to_bytes().unwrap(), written);
    let token = again.into_token();
    let mut other = token.clone();
    other.access_token = "another".into();
    other.refresh_token = token.refresh_token().map(|_| "another".into());
    assert_eq!(format!("{token:?}"), format!("{other:?}"));
    let of_token = Document::of(&token, rest).to_bytes().unwrap();
    let again = Document::parse(str::from_utf8(&of_token).unwrap()).unwrap();
    assert_eq!(theirs(&again), theirs(&document));
    let same = again.into_token();
    assert_eq!(same.access_token(), token.access_token());
    assert_eq!(same.refresh_token(), token.refresh_token());
    assert_eq!(format!("{same:?}"), format!("{token:?}"));
}

/// A provider file: what it describes can be asked, and is described by its own text.
pub fn provider_file(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let provider = match read(text) {
        Ok(provider) => provider,
        Err(error) => return assert!(!error.to_string().contains(char::is_control), "{error:?}"),
    };
    assert!(read(provider.toml()).is_ok());
    if provider.is_discovered() {
        can_be_asked(&provider);
    }
}
