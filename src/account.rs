//! Whose token it is, in the words of providers.

use serde_json::Value;

use crate::{Account, object::text, provider_data::AccountMembers, untrusted::printable};

/// No longer than an OpenID Connect `sub` may be (Core §2).
const MAX_ID: usize = 255;
const MAX_NAME: usize = 100;

/// By the provider's own members.
pub(crate) fn account(members: &AccountMembers, found: &Value) -> Option<Account> {
    let text = |pointer: &String| text(found.pointer(pointer)?);
    let id = text(&members.id).filter(|id| is_id(id))?;
    let name = members
        .name
        .iter()
        .filter_map(text)
        .map(|part| printable(&part, MAX_NAME).trim().to_owned());
    let name: Vec<String> = name.filter(|part| !part.is_empty()).collect();
    Some(Account {
        id,
        name: name.join(" "),
    })
}

/// By the claims of a verified id_token (OpenID Connect Core §2).
pub(crate) fn signed_account(claims: &Value) -> Option<Account> {
    let sub = claims["sub"].as_str().filter(|sub| is_id(sub))?;
    Some(Account {
        id: sub.to_owned(),
        name: claimed_name(claims),
    })
}

/// What people call an account, by the claims of OpenID Connect Core §5.1; empty if it has none of them.
pub(crate) fn claimed_name(claims: &Value) -> String {
    let claim = |name: &&str| {
        let text = printable(claims[*name].as_str()?, MAX_NAME)
            .trim()
            .to_owned();
        Some(text).filter(|text| !text.is_empty())
    };
    let names = ["name", "preferred_username", "email"];
    names.iter().find_map(claim).unwrap_or_default()
}

/// An id is compared, so it is never altered; one that could steer a terminal is none.
fn is_id(id: &str) -> bool {
    !id.is_empty() && printable(id, MAX_ID) == id
}
