//! Every error's hints name options and commands that exist.

use std::path::PathBuf;

use clap::{CommandFactory, Parser};
use loopin::Account;

use super::*;
use crate::args::Args;

fn every_error() -> Vec<Error> {
    let (name, path) = (|| "Acme".to_owned(), || PathBuf::from("my token.json"));
    let account = || Account {
        id: "1".into(),
        name: "Ada".into(),
    };
    let file = |action, kind: io::ErrorKind| Error::File {
        action,
        path: path(),
        error: kind.into(),
    };
    let listen = |kind: io::ErrorKind| Error::Listen {
        address: "127.0.0.1:1".into(),
        redirect_uri: Some("http://127.0.0.1:1/".into()),
        error: kind.into(),
    };
    let parameter = |name: &str| Error::Parameter { name: name.into() };
    let unreachable = |proxy| Error::Unreachable {
        host: name(),
        proxy,
        reason: name(),
    };
    let unavailable = |retry_after| Error::Unavailable {
        provider: name(),
        reason: "status 503".into(),
        retry_after,
    };
    let refused = |code: &str| Error::Refused {
        provider: name(),
        code: code.into(),
    };
    let other_account = |saved| {
        Error::from(AccountError::LoggedIn {
            account: account(),
            wanted: "2".into(),
            saved,
        })
    };
    let full = || Box::new(file("write", io::ErrorKind::StorageFull));
    vec![
        Error::ProviderFile {
            origin: name(),
            reason: name(),
        },
        Error::ClientSecrets {
            origin: name(),
            reason: name(),
        },
        Error::NoClientSecret {
            provider: name(),
            client_id: "1".into(),
        },
        RedirectError::Uri {
            uri: name(),
            reason: "no URL",
        }
        .into(),
        RedirectError::NoCertificate { uri: name() }.into(),
        RedirectError::UselessCertificate { uri: name() }.into(),
        RedirectError::Certificate {
            origin: name(),
            reason: name(),
        }
        .into(),
        RedirectError::AnyPort {
            provider: name(),
            uri: name(),
        }
        .into(),
        Error::Resource { uri: name() },
        Error::Metadata {
            issuer: name(),
            reason: name(),
        },
        Error::IdToken {
            provider: name(),
            reason: name(),
            by_own_clock: false,
        },
        parameter("scope"),
        parameter("redirect_uri"),
        parameter("client_id"),
        parameter("state"),
        Error::GrantRefused {
            provider: name(),
            grant: "refresh token",
        },
        Error::GrantLost { provider: name() },
        Error::TokenRefused { provider: name() },
        Error::NoToken { path: path() },
        Error::NoRefreshToken { path: path() },
        Error::OtherClient {
            path: path(),
            stored: "1".into(),
            wanted: "2".into(),
        },
        Error::Denied { provider: name() },
        Error::ScopesMissing {
            provider: name(),
            missing: "read".into(),
        },
        Error::NotAProxy {
            variable: "HTTPS_PROXY",
        },
        unreachable(None),
        unreachable(Some(name())),
        Error::NoAnswer {
            host: name(),
            reason: name(),
        },
        spent("refresh token"),
        spent("authorization code"),
        Error::UnknownProvider {
            name: name(),
            reason: name(),
        },
        unavailable(None),
        unavailable(Some(Duration::from_secs(60))),
        Error::Locked { path: path() },
        refused("invalid_scope"),
        refused("unauthorized_client"),
        Error::EndpointRefused {
            provider: name(),
            endpoint: "userinfo endpoint",
            code: name(),
        },
        Error::ClientRejected { provider: name() },
        Error::Protocol {
            provider: name(),
            reason: name(),
        },
        Error::WrongIssuer { provider: name() },
        Error::Untrusted {
            host: name(),
            reason: name(),
        },
        AccountError::Refreshed {
            provider: name(),
            account: account(),
            saved: path(),
        }
        .into(),
        Error::NoEndpoint {
            provider: name(),
            endpoint: "userinfo_endpoint",
        },
        Error::UnusableToken,
        AccountError::Unknown {
            provider: name(),
            wanted: "1".into(),
        }
        .into(),
        listen(io::ErrorKind::AddrInUse),
        listen(io::ErrorKind::PermissionDenied),
        listen(io::ErrorKind::AddrNotAvailable),
        file("write", io::ErrorKind::StorageFull),
        file("open", io::ErrorKind::PermissionDenied),
        file("read", io::ErrorKind::PermissionDenied),
        Error::NotATokenFile {
            path: path(),
            reason: name(),
        },
        Error::ForeignFile { path: path() },
        Error::OtherProvider {
            path: path(),
            stored: name(),
            wanted: name(),
        },
        AccountError::Stored {
            path: path(),
            stored: account(),
            wanted: "2".into(),
        }
        .into(),
        other_account(None),
        other_account(Some(path())),
        Error::SavedElsewhere {
            error: full(),
            saved: path(),
        },
        Error::NotSaved { error: full() },
        Error::not_kept("the keyring is locked"),
        Error::RevokedOnly {
            provider: name(),
            error: full(),
        },
        Error::Random("none".into()),
        Error::TimedOut {
            after: Duration::from_secs(60),
            redirect_uri: name(),
        },
    ]
}

/// Whether a command line that a hint names would be understood.
#[track_caller]
fn check(hint: &str) {
    let command = hint.rsplit_once(": ").map_or(hint, |(_, command)| command);
    if command.starts_with("loopin ") {
        let words = shlex::split(command).unwrap();
        assert!(Args::try_parse_from(words).is_ok(), "{hint}");
    }
    let mut all = Args::command();
    all.build();
    let options = all
        .get_subcommands()
        .flat_map(|command| command.get_arguments());
    let options: Vec<_> = options.filter_map(|option| option.get_long()).collect();
    let words = hint.split([' ', ',', ';', '=']);
    for word in words.filter_map(|word| word.strip_prefix("--")) {
        assert!(options.contains(&word), "{hint}");
    }
}

#[test]
fn every_hint_names_what_exists() {
    let path = Path::new("my token.json");
    let again = Again::of_file(path);
    let provider = Provider::preset(Provider::presets().next().unwrap()).unwrap();
    let context = Context::new(path, &again).at(&provider);
    for error in every_error() {
        let failure = context.failure(error);
        let is_bare = failure.hints.is_empty() && !failure.message.contains("random");
        assert!(!is_bare, "{} has no way out", failure.message);
        failure.hints.iter().for_each(|hint| check(hint));
    }
}

fn spent(grant: &'static str) -> Error {
    let error = Box::new(Error::UnusableToken);
    Error::MaybeSpent { error, grant }
}
