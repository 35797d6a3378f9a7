//! The options that several commands share.

use std::{path::PathBuf, time::Duration};

use clap::{Args as ClapArgs, ValueEnum, builder::NonEmptyStringValueParser};

use crate::values::{Listen, duration, listen, parameter, scope};

/// Where the client's id and secret are, unless an option says otherwise.
pub(crate) const DEFAULT_SECRETS: &str = "client_secrets.txt";

/// The heading of the options that matter once a browser is needed.
const BROWSER: &str = "If the browser is needed";

// What the token must be good for, and how a person may be asked for it.
#[derive(ClapArgs)]
pub(crate) struct WantedArgs {
    #[command(flatten)]
    pub(crate) stored: StoredArgs,

    /// These scopes must have been asked for; repeatable [default for a login: the provider's read-only ones]
    #[arg(long, value_name = "S", value_parser = scope, env = "LOOPIN_SCOPE", hide_env_values = true)]
    pub(crate) scope: Vec<String>,

    /// Fewer scopes granted than asked for is an error, not a warning
    #[arg(long)]
    pub(crate) require_scopes: bool,

    /// The API that the token is for, by its URI (RFC 8707); repeatable
    #[arg(
        long,
        value_name = "URI",
        env = "LOOPIN_RESOURCE",
        hide_env_values = true
    )]
    pub(crate) resource: Vec<String>,

    /// Whose token it must be
    #[arg(
        long,
        value_name = "ID", value_parser = NonEmptyStringValueParser::new(),
        env = "LOOPIN_ACCOUNT",
        hide_env_values = true
    )]
    pub(crate) account: Option<String>,

    /// How long the token must still live: 60s, 5m, 1h
    #[arg(long, value_name = "DUR", default_value = "60s", value_parser = duration, env = "LOOPIN_MIN_TTL", hide_env_values = true)]
    pub(crate) min_ttl: Duration,

    /// Let another account replace the stored one
    #[arg(long, help_heading = BROWSER)]
    pub(crate) switch_account: bool,

    /// Host, port and path registered at the provider [default: the provider's]
    #[arg(
        long,
        value_name = "URI",
        env = "LOOPIN_REDIRECT_URI",
        hide_env_values = true,
        help_heading = BROWSER
    )]
    pub(crate) redirect_uri: Option<String>,

    /// The certificate for a redirect URI that is https, and its chain, in PEM
    #[arg(
        long,
        value_name = "PATH",
        requires = "tls_key",
        env = "LOOPIN_TLS_CERT",
        hide_env_values = true,
        help_heading = BROWSER
    )]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The certificate's key, in PEM; the same file may hold it
    #[arg(
        long,
        value_name = "PATH",
        requires = "tls_cert",
        env = "LOOPIN_TLS_KEY",
        hide_env_values = true,
        help_heading = BROWSER
    )]
    pub(crate) tls_key: Option<PathBuf>,

    /// One more authorization parameter; repeatable
    #[arg(long, value_name = "K=V", value_parser = parameter, env = "LOOPIN_PARAM", hide_env_values = true, help_heading = BROWSER)]
    pub(crate) param: Vec<(String, String)>,

    /// May a browser login be started? auto: outside CI, with a terminal or a graphical session
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        env = "LOOPIN_INTERACTIVE",
        hide_env_values = true,
        help_heading = BROWSER
    )]
    pub(crate) interactive: Interactive,

    #[command(flatten)]
    pub(crate) person: PersonArgs,
}

// Where the token is, and how it is refreshed.
#[derive(ClapArgs)]
pub(crate) struct StoredArgs {
    #[command(flatten)]
    pub(crate) file: FileArgs,

    /// A built-in provider's name, an issuer's URL, or the path of a provider file [default: what token.json names, else
    /// strava]
    #[arg(
        long,
        value_name = "P", value_parser = NonEmptyStringValueParser::new(),
        env = "LOOPIN_PROVIDER",
        hide_env_values = true
    )]
    pub(crate) provider: Option<String>,

    /// The file with client_id,client_secret on one line; - is stdin [default: client_secrets.txt]
    #[arg(
        long,
        value_name = "PATH",
        env = "LOOPIN_CLIENT_SECRETS",
        hide_env_values = true
    )]
    pub(crate) client_secrets: Option<PathBuf>,

    /// The client id of a public client, or to pick one
    #[arg(
        long,
        value_name = "ID", value_parser = NonEmptyStringValueParser::new(),
        env = "LOOPIN_CLIENT_ID",
        hide_env_values = true
    )]
    pub(crate) client_id: Option<String>,
}

#[derive(ClapArgs)]
pub(crate) struct FileArgs {
    /// The token; one file is one account
    #[arg(
        long,
        value_name = "PATH",
        default_value = "token.json",
        env = "LOOPIN_TOKEN_FILE",
        hide_env_values = true
    )]
    pub(crate) token_file: PathBuf,
}

// How the person is met.
#[derive(ClapArgs)]
pub(crate) struct PersonArgs {
    /// Which browser; none prints the address only [default: $BROWSER, then the system's]
    #[arg(
        long,
        value_name = "CMD",
        env = "LOOPIN_BROWSER",
        hide_env_values = true,
        help_heading = BROWSER
    )]
    pub(crate) browser: Option<String>,

    /// The redirect URI's port and no other; 0 is any free one
    #[arg(
        long,
        value_name = "N",
        env = "LOOPIN_PORT",
        hide_env_values = true,
        help_heading = BROWSER
    )]
    pub(crate) port: Option<u16>,

    /// Listen here instead of on the redirect URI's host (and port); for containers: 0.0.0.0
    #[arg(
        long,
        value_name = "IP[:PORT]", value_parser = listen,
        env = "LOOPIN_LISTEN",
        hide_env_values = true,
        help_heading = BROWSER
    )]
    pub(crate) listen: Option<Listen>,

    /// Also take the address that the browser ended on from stdin [default: where no browser can be opened]
    #[arg(long, help_heading = BROWSER)]
    pub(crate) paste: bool,

    /// How long to wait for the person: 90s, 5m, 1h
    #[arg(long, value_name = "DUR", default_value = "5m", value_parser = duration, env = "LOOPIN_TIMEOUT", hide_env_values = true, help_heading = BROWSER)]
    pub(crate) timeout: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Interactive {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Raw,
    Header,
    Env,
    Json,
}
