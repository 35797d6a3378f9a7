//! The providers that are built in, as data.

use std::collections::BTreeSet;
use std::sync::mpsc::channel;

use loopin::{Client, Login, Pending, Provider};
use toml::Table;
use url::Url;

use crate::support::*;

/// What a scope that changes something is called.
const CHANGES: [&str; 14] = [
    "write", "manage", "modify", "edit", "create", "update", "delete", "admin", "send", "post",
    "upload", "moderate", "sudo", "full",
];

fn presets() -> impl Iterator<Item = (String, Table)> {
    let files = preset_files().into_iter();
    files.map(|(id, text)| (id, toml::from_str(&text).unwrap()))
}

fn text<'a>(preset: &'a Table, key: &str) -> &'a str {
    let value = preset.get(key).and_then(toml::Value::as_str);
    value.unwrap_or_else(|| panic!("no {key} in {preset:?}"))
}

fn redirect_uri(preset: &Table) -> Url {
    Url::parse(text(preset, "redirect_uri")).unwrap()
}

#[test]
fn every_preset_states_its_source() {
    for (id, preset) in presets() {
        let source = text(&preset, "source");
        assert!(source.starts_with("https://"), "{id}: {source}");
        let when = ", read 20";
        assert!(source.contains(when), "{id}: {source}");
        let is_honest = source.ends_with("; not tried against the live service");
        assert!(is_honest, "{id}: {source}");
        assert_eq!(Provider::preset(&id).unwrap().source(), Some(source));
    }
}

#[test]
fn what_nobody_could_confirm_is_marked_in_one_way() {
    for (id, text) in preset_files() {
        let comments = text.lines().filter_map(|line| line.split_once('#'));
        let doubts = comments.filter(|(_, comment)| comment.to_lowercase().contains("unverified"));
        for (_, comment) in doubts {
            assert!(comment.starts_with(" unverified: "), "{id}: {comment}");
        }
    }
}

#[test]
fn every_preset_says_where_an_app_is_made_and_a_grant_is_ended() {
    for (id, preset) in presets() {
        for key in ["app_page", "account_page"] {
            let page = text(&preset, key);
            assert!(
                Url::parse(page).unwrap().scheme() == "https",
                "{id}: {page}"
            );
        }
    }
}

/// Where the provider has no field for it, it compares at most the host.
#[test]
fn every_preset_names_the_redirect_uri_to_register() {
    for (id, preset) in presets() {
        let mut uri = redirect_uri(&preset);
        let mut uris = vec![uri.to_string()];
        uri.set_port(None).unwrap();
        uris.push(uri.to_string());
        let form = preset["app_form"].as_array().unwrap();
        let mut values = form.iter().map(|field| field["value"].as_str().unwrap());
        let is_named = values.any(|value| uris.iter().any(|uri| uri == value));
        let is_any = preset.get("redirect_port").and_then(toml::Value::as_str) == Some("any");
        let mut fields = form.iter().map(|field| field["field"].as_str().unwrap());
        let has_a_field = fields.any(|name| name.contains("Redirect") || name.contains("callback"));
        assert!(is_named || is_any && !has_a_field, "{id}: {form:?}");
    }
}

/// RFC 8252 §8.10: an answer at another one's path is nobody's.
#[test]
fn every_preset_has_a_redirect_path_of_its_own() {
    let paths = presets().map(|(_, preset)| redirect_uri(&preset).path().to_owned());
    let paths: Vec<String> = paths.collect();
    let different: BTreeSet<&String> = paths.iter().collect();
    assert_eq!(different.len(), paths.len(), "{paths:?}");
    for (id, preset) in presets() {
        let host = redirect_uri(&preset).host_str().unwrap().to_owned();
        assert!(["127.0.0.1", "localhost"].contains(&&*host), "{id}: {host}");
    }
}

#[test]
fn no_preset_asks_for_a_scope_that_changes_anything() {
    for (id, _) in presets() {
        let scopes = Provider::preset(&id).unwrap().scopes().to_string();
        assert!(!scopes.is_empty(), "{id} asks for nothing");
        let mut words = scopes.split(|c: char| !c.is_ascii_alphabetic());
        let change = words.find(|word| CHANGES.contains(&word.to_lowercase().as_str()));
        assert_eq!(change, None, "{id}: {scopes}");
    }
}

#[test]
fn no_two_presets_have_the_same_variables() {
    let prefixes = presets().map(|(_, preset)| text(&preset, "env_prefix").to_owned());
    let prefixes: Vec<String> = prefixes.collect();
    let different: BTreeSet<&String> = prefixes.iter().collect();
    assert_eq!(different.len(), prefixes.len(), "{prefixes:?}");
}

/// The URL at the provider itself. It is opened by nobody, and nobody else is asked anything.
fn url_of(text: &str) -> Url {
    let here = "http://127.0.0.1:9/";
    let elsewhere = ["token_endpoint", "jwks_uri"];
    let lines = text.lines().map(|line| match line.split_once(" = ") {
        Some((key, _)) if elsewhere.contains(&key) => format!("{key} = \"{here}\"\n"),
        // No test has a port that is its own.
        Some(("redirect_port", _)) => String::new(),
        _ => format!("{line}\n"),
    });
    let provider = Provider::from_toml(&lines.collect::<String>(), "acme").unwrap();
    let login = Login::new(provider, Client::with_secret("123456", "secret")).port(0);
    let (open, opened) = channel();
    let show = move |login: Pending| open.send(login.url().to_owned()).unwrap();
    let embedder = Embedder::new();
    let task = embedder.0.spawn(login.run(show, in_memory));
    let url = opened.recv().unwrap();
    task.abort();
    Url::parse(&url).unwrap()
}

#[test]
fn the_url_of_every_preset_says_each_thing_once() {
    for (id, file) in preset_files() {
        let (url, preset) = (url_of(&file), toml::from_str::<Table>(&file).unwrap());
        let (endpoint, _) = url.as_str().split_once('?').unwrap();
        assert_eq!(endpoint, text(&preset, "authorization_endpoint"));
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let names: BTreeSet<&String> = pairs.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), pairs.len(), "{url}");
        assert!(pairs.iter().all(|(_, value)| !value.is_empty()), "{url}");
        let value = |name: &str| {
            let pair = pairs.iter().find(|(known, _)| known == name);
            pair.map_or("", |(_, value)| value)
        };
        let uri = Url::parse(value("redirect_uri")).unwrap();
        let registered = redirect_uri(&preset);
        assert_eq!(
            (uri.host(), uri.path()),
            (registered.host(), registered.path())
        );
        assert_eq!(value("response_type"), "code", "{id}");
        assert_eq!(value("code_challenge_method"), "S256", "{id}");
        assert!(value("state").len() >= 22, "{id}");
        let parameter = preset.get("scope_parameter").and_then(toml::Value::as_str);
        let separator = preset.get("scope_separator").and_then(toml::Value::as_str);
        let scopes = value(parameter.unwrap_or("scope")).replace(separator.unwrap_or(" "), " ");
        assert_eq!(scopes, Provider::preset(&id).unwrap().scopes().to_string());
    }
}
