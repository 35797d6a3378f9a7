use std::{io, path::Path};

use loopin::{Error, ErrorKind, Provider};

/// Why the program ends without what was asked for, and the way out.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) hints: Vec<String>,
    pub(crate) code: u8,
}

/// What hints can name.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) provider: Option<&'a Provider>,
    pub(crate) token_file: &'a Path,
    /// The command that asks for the same again.
    pub(crate) again: &'a str,
}

impl Failure {
    pub(crate) const USAGE: u8 = 2;

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Failure {
            message: message.into(),
            hints: Vec::new(),
            code: Self::USAGE,
        }
    }

    pub(crate) fn of(error: Error, context: Context<'_>) -> Self {
        Failure {
            message: error.to_string(),
            hints: hints(&error, context),
            code: code(error.kind()),
        }
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Failure {
            message: message.into(),
            hints: Vec::new(),
            code: code(kind),
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// The exit codes, as `--help` and the README list them.
fn code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Usage => Failure::USAGE,
        ErrorKind::LoginNeeded => 3,
        ErrorKind::Denied => 4,
        ErrorKind::Temporary => 5,
        ErrorKind::Provider => 6,
        ErrorKind::Local => 7,
        ErrorKind::TimedOut => 8,
        _ => 1,
    }
}

/// The ways out. Each names an option, a command or a page that exists.
fn hints(error: &Error, context: Context<'_>) -> Vec<String> {
    let Context {
        provider,
        token_file,
        again,
    } = context;
    let app_page = provider
        .and_then(Provider::app_page)
        .map(|page| format!(" at {page}"))
        .unwrap_or_default();
    let file = token_file.display();
    let hint = match error {
        Error::ProviderFile { .. } => {
            let presets: Vec<_> = Provider::presets().collect();
            format!("built in: {}; a provider file is named by its path: --provider ./acme.toml", presets.join(", "))
        }
        Error::ClientSecrets { .. } => {
            format!("save the app's id and secret{app_page} on one line: client_id,client_secret")
        }
        Error::NoClientSecret { .. } => {
            "name the file that has both, client_id,client_secret on one line, by --client-secrets".into()
        }
        Error::RedirectUri { .. } => "for example: --redirect-uri http://127.0.0.1:5000/authorization".into(),
        Error::Parameter { name } => match name.as_str() {
            "scope" => "use --scope".into(),
            "redirect_uri" => "use --redirect-uri".into(),
            "client_id" => "use --client-id".into(),
            _ => "leave it out of --param".into(),
        },
        Error::GrantRefused { .. } => format!("ask for a new one: {again}"),
        Error::Denied { .. } => format!("to be asked again: {again}"),
        Error::ScopesMissing { .. } => format!("to be asked again: {again}; or do without --require-scopes"),
        Error::Unreachable { .. } => format!("check the network, then: {again}"),
        Error::NoAnswer { .. } => format!("the code may be spent; to start anew: {again}"),
        Error::Unavailable { retry_after: Some(after), .. } => format!("in {} s: {again}", after.as_secs()),
        Error::Unavailable { .. } | Error::Locked { .. } => format!("later: {again}"),
        Error::Refused { code, .. } if code == "invalid_scope" => "check --scope against what the app may ask for".into(),
        Error::Refused { .. } => format!("check the app's settings{app_page}, its redirect URI above all"),
        Error::ClientRejected { .. } => {
            format!("compare the client id and the client secret (not an access token) with those{app_page}")
        }
        Error::Protocol { .. } | Error::WrongIssuer { .. } => {
            "if the provider file is yours, check its endpoints; nothing was stored".into()
        }
        Error::Untrusted { .. } => {
            "check this machine's clock; a company's own root certificates are named by SSL_CERT_FILE".into()
        }
        Error::AccountUnknown { .. } => "do without --account".into(),
        Error::Listen { source, .. } => match source.kind() {
            io::ErrorKind::AddrInUse => "end the program that holds the port, or choose another one by --port".into(),
            _ => "choose another port by --port; 0 is any free one".into(),
        },
        Error::File { .. } => format!("check the folder and its permissions, or name another file than {file} by --token-file"),
        Error::NotATokenFile { .. } => "it is left as it is; move it away, or name another file by --token-file".into(),
        Error::OtherProvider { .. } => {
            return vec![
                "to keep both, name another file by --token-file".into(),
                format!("to replace it: {again} --force"),
            ];
        }
        Error::OtherAccount { saved: Some(saved), .. } => {
            return vec![
                format!("to use it: --token-file {}", saved.display()),
                format!("to replace the account in {file}: {again} --switch-account"),
            ];
        }
        Error::OtherAccount { saved: None, .. } => {
            "nothing was stored; one file is one account: --token-file, --account, --switch-account".into()
        }
        Error::TimedOut { .. } => {
            return vec![
                format!("to take more time: {again} --timeout 30m"),
                "if no browser appeared: run it again, and open by hand the address that it prints".into(),
            ];
        }
        _ => return Vec::new(),
    };
    vec![hint]
}
