//! The ways out of what can go wrong.

use std::{
    fs, io,
    path::Path,
    time::{Duration, SystemTime},
};

use loopin::{AccountError, Error, Provider, RedirectError, TokenFile};

use crate::{
    again::Again,
    failure::Context,
    named, no_port,
    shell::{chmod, quoted},
    times,
    values::{NEW_SECRET, NOT_REPEATED},
};

/// A provider that wants to be asked after more than this has no time in mind.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Each names an option, a command or a page that exists.
pub(crate) fn hints(error: &Error, context: Context<'_>) -> Vec<String> {
    let Context {
        provider,
        token_file,
        again: Again {
            command, asking, ..
        },
    } = context;
    let app_page = provider.and_then(Provider::app_page);
    let app_page = app_page
        .map(|page| format!(" at {page}"))
        .unwrap_or_default();
    let hint = match error {
        Error::ProviderFile { origin, .. } if origin.contains("://") => {
            "an issuer is named as its server writes it: --provider https://login.example.com".into()
        }
        Error::ProviderFile { origin, .. } if Path::new(origin).is_file() => {
            "mend the file; its keys, and what they mean, stand in the README under Other providers"
                .into()
        }
        Error::ProviderFile { origin: name, .. } | Error::UnknownProvider { name, .. }
            if is_host(name) =>
        {
            let address = quoted(&format!("https://{name}"));
            format!("an issuer is named by its URL: --provider {address}")
        }
        Error::UnknownProvider { name, .. } if name == NOT_REPEATED => NEW_SECRET.into(),
        Error::UnknownProvider { .. } => {
            let names = named::names().join(", ");
            format!("known by name: {names}; a provider file is named by its path: --provider ./acme.toml")
        }
        Error::ProviderFile { .. } => "to see what there is: loopin providers".into(),
        Error::ClientSecrets { origin, .. } if is_unreadable(Path::new(origin)) => {
            format!("to let yourself read it: {}", chmod(Path::new(origin)))
        }
        Error::ClientSecrets { origin, .. } if origin.contains("CLIENT_") => {
            "id and secret come from one place: set both variables, or name a file by --client-secrets".into()
        }
        Error::ClientSecrets { .. } => {
            format!(
                "it takes the app's id and secret{app_page} on one line: client_id,client_secret"
            )
        }
        Error::NoClientSecret { .. } => {
            "--client-secrets names the file that has both: client_id,client_secret on one line"
                .into()
        }
        Error::Redirect(RedirectError::Certificate { origin, .. })
            if is_unreadable(Path::new(origin)) =>
        {
            format!("to let yourself read it: {}", chmod(Path::new(origin)))
        }
        Error::Redirect(error) => no_port::instead(error, &app_page),
        Error::Resource { .. } => "as in --resource https://api.example.com/".into(),
        Error::Parameter { name } => match name.as_str() {
            "scope" => "use --scope".into(),
            "resource" => "use --resource".into(),
            "redirect_uri" => "use --redirect-uri".into(),
            "client_id" => "use --client-id".into(),
            "max_age" => "it is a whole number of seconds, as in --param max_age=300".into(),
            _ => "leave it out of --param".into(),
        },
        Error::GrantRefused { .. } | Error::GrantLost { .. } | Error::OtherClient { .. } => {
            format!("to ask for a new one: {command}")
        }
        Error::NoToken { .. } => format!("to log in: {command}"),
        Error::TokenRefused { .. } | Error::NoRefreshToken { .. } => {
            format!("to ask for a new one: {asking}")
        }
        Error::Denied { .. } => format!("to be asked again: {asking}"),
        Error::ScopesMissing { .. } => {
            format!("do without --require-scopes, or be asked again: {asking}")
        }
        Error::NotAProxy { variable } => {
            format!("it takes an address, as in {variable}=http://proxy.example.com:3128")
        }
        Error::Unreachable { proxy: Some(_), .. } => {
            "HTTPS_PROXY or ALL_PROXY names that proxy; NO_PROXY names hosts that are reached without one".into()
        }
        Error::Unreachable { .. } => "check the network, then run it again".into(),
        Error::MaybeSpent {
            grant: "refresh token",
            ..
        } => format!("run it again; if that is refused, start anew: {command}"),
        Error::MaybeSpent { .. } => format!("to start anew: {command}"),
        Error::NoAnswer { .. } => "run it again".into(),
        Error::Unavailable {
            retry_after: Some(after),
            ..
        } if !after.is_zero() && *after < DAY => {
            let now = SystemTime::now();
            format!(
                "run it again in {} ({})",
                times::life(*after),
                times::clock(now + *after, now)
            )
        }
        Error::Unavailable { .. } => "run it again later".into(),
        Error::Locked { path } => {
            let path = quoted(&path.to_string_lossy());
            format!(
                "run it again later; if that process does not go on, find and end it: fuser {path}"
            )
        }
        Error::Refused { code, .. } if code == "invalid_scope" => {
            "compare --scope with what the app may ask for".into()
        }
        Error::Refused { code, .. }
            if ["use_dpop_nonce", "invalid_dpop_proof"].contains(&code.as_str()) =>
        {
            format!(
                "it wants tokens that are bound to a key (DPoP, RFC 9449), which are not made here; turn that off for the app{app_page}"
            )
        }
        Error::Refused { code, .. } if code.starts_with("410") => {
            "that API is closed; the provider's documentation may name another".into()
        }
        Error::Refused { code, .. } if code == "invalid_target" => {
            "compare --resource with what the provider issues tokens for".into()
        }
        Error::EndpointRefused { .. } => {
            "to see what the token may do, and for how long: loopin status".into()
        }
        Error::NoEndpoint { .. } => "a provider file may name one".into(),
        Error::Account(error) => return account_hints(error, context),
        Error::UnusableToken => format!("to replace it: {asking}"),
        Error::ForeignFile { .. } => {
            "let its owner do it, or name a file of your own by --token-file".into()
        }
        Error::Refused { .. } => {
            return vec![
                format!(
                    "check the app's settings{app_page}; for a login, its redirect URI above all"
                ),
                format!("to start anew: {asking}"),
            ];
        }
        Error::ClientRejected { .. } => {
            format!(
                "compare client id and client secret (not an access token) with the app's{app_page}; one without a secret has to be a public client there"
            )
        }
        Error::Metadata { .. } => {
            "--provider takes the issuer exactly as its server writes it; or a provider file that names the endpoints".into()
        }
        Error::WrongIssuer { .. } => {
            "somebody else answered, or the issuer is not the one that was named; check --provider, or the provider file"
                .into()
        }
        Error::IdToken { by_own_clock: true, .. } => "check this machine's clock".into(),
        Error::Protocol { .. } | Error::IdToken { .. } => {
            "run it again later; if the provider file is yours, check its endpoints".into()
        }
        Error::Untrusted { .. } => {
            "check the address, this machine's clock, and that it has root certificates (ca-certificates); SSL_CERT_FILE names other ones"
                .into()
        }
        Error::Listen {
            address,
            redirect_uri,
            error,
        } => no_port::way_out(address, redirect_uri.as_deref(), error),
        Error::File { error, .. } if error.kind() == io::ErrorKind::StorageFull => {
            "make room on the disk, or name a file elsewhere by --token-file".into()
        }
        Error::File {
            action: "open",
            path,
            ..
        } => {
            let path = quoted(&path.to_string_lossy());
            format!("it must be a file of your own; once removed, it is made anew: rm {path}")
        }
        Error::File { .. } => "check the folder, or name a file elsewhere by --token-file".into(),
        Error::NotATokenFile { path, .. } => {
            let alone = "it is left as it is; move it away, or name another file by --token-file";
            let rescued = TokenFile::new(path).ok().and_then(|file| file.rescued_at());
            let rescued = rescued.map(|place| {
                let place = place.display();
                format!("once it is moved away, the next loopin command puts back the token that was saved in {place}")
            });
            return [alone.into()].into_iter().chain(rescued).collect();
        }
        Error::OtherProvider { .. } => {
            return vec![
                "to keep both, name another file by --token-file".into(),
                format!("to replace it: {asking}"),
            ];
        }
        Error::SavedElsewhere { .. } => {
            format!(
                "mend that; the next loopin command puts the token into {}",
                token_file.display()
            )
        }
        Error::RevokedOnly { .. } => {
            let path = quoted(&token_file.to_string_lossy());
            format!("its token is dead; to remove it by hand: rm {path}")
        }
        Error::NotSaved { .. } | Error::NotKept { .. } => format!("mend that, then: {command}"),
        Error::TimedOut { redirect_uri, .. } => {
            return vec![
                format!("to take more time: {command} --timeout 30m"),
                "if no browser appeared, run it again and open its address by hand".into(),
                format!("if the provider complained there of the redirect URI {redirect_uri}, compare the app's settings{app_page}{}", wanted_there(provider)),
            ];
        }
        _ => return Vec::new(),
    };
    vec![hint]
}

/// The same where it is not, or not known to be, the account that it should be.
fn account_hints(error: &AccountError, context: Context<'_>) -> Vec<String> {
    let token_file = context.token_file.display();
    let Again {
        command, asking, ..
    } = context.again;
    match error {
        AccountError::Unknown { .. } => vec!["nothing was stored; do without --account".into()],
        AccountError::Stored { .. } => vec![
            "to keep both, name another file by --token-file".into(),
            format!("to replace it: {command} --switch-account"),
        ],
        AccountError::LoggedIn { saved: None, .. } => vec![format!(
            "nothing was stored; log out at the provider, then: {asking}"
        )],
        AccountError::LoggedIn {
            saved: Some(saved), ..
        } => {
            let saved = quoted(&saved.to_string_lossy());
            vec![
                format!("to use it: --token-file {saved}"),
                format!("to replace {token_file}: {command} --switch-account"),
            ]
        }
        AccountError::Refreshed { .. } => vec![
            format!("{token_file} is left as it is"),
            format!("to let another account replace it: {command} --switch-account"),
        ],
        _ => Vec::new(),
    }
}

/// What the provider's form for apps has to say.
fn wanted_there(provider: Option<&Provider>) -> String {
    let Some(provider) = provider else {
        return String::new();
    };
    let wanted = |(field, value): (&str, &str)| format!("{field}: {value}");
    let wanted: Vec<_> = provider.app_form().into_iter().map(wanted).collect();
    format!(" ({})", wanted.join(", "))
}

/// Whether somebody may have meant `https://` before it.
fn is_host(provider: &str) -> bool {
    let host = provider.split('/').next().unwrap_or_default();
    let is_label = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
    let is_file = provider.ends_with(".toml") || host.starts_with('.');
    host.contains('.') && host.chars().all(is_label) && !is_file
}

/// A file that may not be opened, and not one with something else in it.
fn is_unreadable(path: &Path) -> bool {
    path.is_file()
        && fs::File::open(path).is_err_and(|e| e.kind() == io::ErrorKind::PermissionDenied)
}

#[cfg(test)]
#[path = "hints_tests.rs"]
mod tests;
