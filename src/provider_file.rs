//! A provider's data out of TOML. What is wrong with it is told with the line, or with the key; and for a word that is
//! nearly right with the right one.

use std::{collections::BTreeMap, path::Path};

use serde::de::IgnoredAny;

use crate::{
    Scopes, endpoint,
    issuer::Issuer,
    parameter::check_parameter,
    provider_data::{Data, SCOPE},
    untrusted::printable,
};

/// What a provider's own errors can mean: words that make a difference to what is done then, and those that only say more
/// (RFC 6749 §5.2, RFC 6750 §3.1, RFC 8628 §3.5, RFC 8707 §2).
const CODES: [&str; 12] = [
    "invalid_grant",
    "invalid_client",
    "invalid_token",
    "temporarily_unavailable",
    "server_error",
    "slow_down",
    "invalid_request",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
    "access_denied",
];

/// How much two words have to be alike (Jaro-Winkler) for one to be a misspelling of the other.
const ALIKE: f64 = 0.8;

/// What a provider file describes, or why it does not.
pub(crate) fn read(text: &str) -> Result<Data, String> {
    let data: Data = toml::from_str(text).map_err(|e| {
        let before = &text.as_bytes()[..e.span().map_or(0, |span| span.start).min(text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line}: {}", reason(e.message()))
    })?;
    check(&data)?;
    Ok(data)
}

/// The same, completed by these keys where it has none of its own; and the text of both.
pub(crate) fn completed(text: &str, told: &[(&str, String)]) -> Result<(Data, String), String> {
    let own: BTreeMap<String, IgnoredAny> =
        toml::from_str(text).map_err(|e| e.message().to_owned())?;
    let has_own = |name: &str| {
        // One or the other says how clients authenticate.
        own.contains_key(name)
            || name == "token_endpoint_auth_methods_supported"
                && own.contains_key("token_endpoint_auth_method")
    };
    let told = told.iter().filter(|(name, _)| !has_own(name));
    let lines = told.map(|(name, value)| format!("{name} = {value}\n"));
    let text = lines.collect::<String>() + text;
    let data = read(&text)?;
    match (&data.authorization_endpoint, &data.token_endpoint) {
        (Some(_), Some(_)) => Ok((data, text)),
        (None, _) => Err("it names no authorization_endpoint".into()),
        (_, None) => Err("it names no token_endpoint".into()),
    }
}

/// What it is called if it does not say: its file's name, or the issuer.
pub(crate) fn name_of(id: &str) -> String {
    let stem = Path::new(id).file_stem().filter(|_| !id.contains("://"));
    stem.map_or_else(|| id.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

fn check(data: &Data) -> Result<(), String> {
    let has_both = data.authorization_endpoint.is_some() && data.token_endpoint.is_some();
    let can_be_asked = |issuer: &Issuer| issuer.url().is_some();
    if !has_both && !data.issuer.as_ref().is_some_and(can_be_asked) {
        return Err(
            "authorization_endpoint and token_endpoint are wanted, or an issuer that tells them"
                .into(),
        );
    }
    if data.jwks_uri.is_some() && data.issuer.is_none() {
        return Err("jwks_uri: an id_token cannot be verified without an issuer".into());
    }
    if data.authorization_response_iss_parameter_supported && data.issuer.is_none() {
        return Err(
            "authorization_response_iss_parameter_supported: there is no issuer to compare with"
                .into(),
        );
    }
    check_pointers(data)?;
    check_pages(data)?;
    let codes = data.token_errors.codes.values();
    if let Some(odd) = codes
        .into_iter()
        .find(|code| !CODES.contains(&code.as_str()))
    {
        return Err(format!(
            "token_errors: {odd:?} is none of {}",
            CODES.join(", ")
        ));
    }
    let is_id = |id: &String| !id.is_empty() && !id.contains(char::is_control);
    if data.client_id.as_ref().is_some_and(|id| !is_id(id)) {
        return Err("client_id: it is empty, or has a character that none has".into());
    }
    let parameter = &data.scope_parameter;
    if parameter.is_empty() || parameter != SCOPE && check_parameter(parameter, SCOPE).is_err() {
        return Err(format!(
            "scope_parameter: {parameter:?} is another parameter's name, or none"
        ));
    }
    let methods = data.token_endpoint_auth_methods_supported.as_deref();
    if methods.is_some() && data.token_endpoint_auth_method.is_some() {
        return Err("token_endpoint_auth_method and token_endpoint_auth_methods_supported exclude each other".into());
    }
    if methods.is_some_and(<[_]>::is_empty) {
        return Err("token_endpoint_auth_methods_supported: there is none".into());
    }
    for name in data
        .authorization_parameters
        .keys()
        .chain(data.force_parameters.keys())
    {
        check_parameter(name, parameter).map_err(|e| e.to_string())?;
    }
    for scope in &data.scopes {
        let is_one = Scopes::parse(scope, data.scope_separator).to_string() == *scope;
        if !is_one || scope.is_empty() || scope.contains(' ') {
            return Err(format!("{scope:?} is not one scope"));
        }
    }
    match &data.env_prefix {
        Some(prefix) if !is_variable_name(prefix) => Err(format!(
            "env_prefix: {prefix:?} cannot begin a variable's name"
        )),
        _ => Ok(()),
    }
}

/// They are opened in a browser, as endpoints are; but may have a fragment.
fn check_pages(data: &Data) -> Result<(), String> {
    let pages = [
        ("app_page", &data.app_page),
        ("account_page", &data.account_page),
    ];
    for (key, page) in pages {
        let page = page.as_deref().unwrap_or("https://none/");
        let (page, fragment) = page.split_once('#').unwrap_or((page, ""));
        for part in [page, &format!("https://none/{fragment}")] {
            endpoint::check(part, "a page").map_err(|reason| format!("{key}: {reason}"))?;
        }
    }
    Ok(())
}

/// JSON pointers are empty, or begin with a slash (RFC 6901 §3).
fn check_pointers(data: &Data) -> Result<(), String> {
    let account = &data.account;
    let mut all = vec![
        ("account.id", &account.id),
        ("token_errors.list", &data.token_errors.list),
    ];
    all.extend(account.name.iter().map(|name| ("account.name", name)));
    all.extend(
        account
            .token_answer
            .iter()
            .map(|at| ("account.token_answer", at)),
    );
    all.extend(data.token_root.iter().map(|root| ("token_root", root)));
    let is_odd = |(_, pointer): &&(&str, &String)| !pointer.is_empty() && !pointer.starts_with('/');
    match all.iter().find(is_odd) {
        Some((key, odd)) => Err(format!(
            "{key}: {odd:?} is no JSON pointer: those begin with a slash"
        )),
        None => Ok(()),
    }
}

/// What every shell takes for the name of a variable: it is printed for them to be evaluated.
fn is_variable_name(name: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|b| is_letter(b) || b.is_ascii_digit())
}

/// The parser's words. Of the words that it expects in another one's place only the nearest is of use.
fn reason(message: &str) -> String {
    const FOR_PEOPLE: [(&str, &str); 6] = [
        ("struct FormField", "a table"),
        ("struct AccountMembers", "a table"),
        ("struct TokenErrors", "a table"),
        ("a map", "a table"),
        ("a sequence", "a list"),
        ("a nonzero u64", "a number above 0"),
    ];
    // Of an enum in a number's place.
    let message = message.replace("wanted string or table", "expected a text");
    let message = FOR_PEOPLE
        .iter()
        .fold(one_line(&message), |message, (theirs, ours)| {
            message.replace(&format!("expected {theirs}"), &format!("expected {ours}"))
        });
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (Some((wrong, _)), Some(word)) = (message.split_once(", expected "), quoted.next()) else {
        return message;
    };
    match nearest(word, quoted) {
        Some(right) => format!("{wrong}; did you mean `{right}`?"),
        None => message,
    }
}

/// A parser's message on one line, without what would steer a terminal: it may quote the file.
fn one_line(message: &str) -> String {
    printable(&message.replace('\n', ", "), usize::MAX)
}

/// Which of the words this was meant to be, perhaps.
pub(crate) fn nearest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let alike = |right: &&str| strsim::jaro_winkler(word, right);
    let nearest = words.max_by(|a, b| alike(a).total_cmp(&alike(b)));
    nearest.filter(|right| alike(right) >= ALIKE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINTS: &str = "authorization_endpoint = 'https://as.example/authorize'\ntoken_endpoint = 'https://as.example/token'\n";

    #[test]
    fn an_error_names_the_line_and_the_word_that_was_meant() {
        for (lines, expected) in [
            (
                "token_endpiont = 'x'",
                "line 3: unknown field `token_endpiont`; did you mean `token_endpoint`?",
            ),
            (
                "token_endpoint_auth_method = 'client_secret_bassic'",
                "line 3: unknown variant `client_secret_bassic`; did you mean `client_secret_basic`?",
            ),
            (
                "\nscopes = 'read'",
                "line 4: invalid type: string \"read\", expected a list",
            ),
            (
                "[account]\nsub = '/id'",
                "line 4: unknown field `sub`, expected one of `token_answer`, `id`, `name`",
            ),
        ] {
            let error = read(&format!("{ENDPOINTS}{lines}")).unwrap_err();
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for (lines, expected) in [
            ("jwks_uri = 'https://as.example/jwks'", "without an issuer"),
            (
                "token_endpoint_auth_methods_supported = []",
                "there is none",
            ),
            (
                "token_endpoint_auth_method = 'none'\ntoken_endpoint_auth_methods_supported = ['none']",
                "exclude",
            ),
            (
                "authorization_response_iss_parameter_supported = true",
                "no issuer",
            ),
            ("token_root = 'authed_user'", "no JSON pointer"),
            ("scope_parameter = 'state'", "another parameter's name"),
            ("scope_parameter = ''", "or none"),
            ("client_id = ''", "client_id"),
            (
                "app_page = 'https://as.example/$(id)'",
                "a page's URL has no '$'",
            ),
            ("account_page = 'javascript:alert(1)'", "a page"),
            ("[token_errors.codes]\nbad = 'invalid_grannt'", "none of"),
            ("scopes = ['a b']", "not one scope"),
            ("[authorization_parameters]\nstate = 'x'", "\"state\""),
        ] {
            let error = read(&format!("{ENDPOINTS}{lines}")).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        assert!(read("name = 'Acme'").unwrap_err().contains("an issuer"));
    }
}
