use std::{env, path::PathBuf, time::Duration};

use clap::{
    Arg, Args as ClapArgs, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
    builder::{NonEmptyStringValueParser, Resettable, StyledStr},
};

const EXIT_CODES: &str = "\
Exit codes:
  0  ok                     4  the person refused         8  nobody came back in time
  1  a bug                  5  try again later
  2  wrong usage            6  the provider's fault
  3  a login is needed      7  file, disk, port, account
A signal ends the program by that signal.";

/// Log a person in through their own browser, and keep the token.
#[derive(Parser)]
#[command(name = "loopin", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Tell on stderr what happens; -vv tells more
    #[arg(short, long, global = true, display_order = 100, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Say only what the person must know: the address to open, warnings and errors
    #[arg(short, long, global = true, display_order = 101)]
    pub(crate) quiet: bool,
}

impl Args {
    /// Reads the command line. An empty variable (`LOOPIN_PORT=`, as a Makefile exports it) is an absent one.
    pub(crate) fn parse_command_line() -> Result<Self, clap::Error> {
        let is_empty = |arg: &Arg| {
            arg.get_env()
                .is_some_and(|name| env::var_os(name).is_some_and(|v| v.is_empty()))
        };
        let without = |arg: Arg| {
            if is_empty(&arg) {
                arg.env(Resettable::Reset)
            } else {
                arg
            }
        };
        let command = Self::command().mut_subcommands(|subcommand| subcommand.mut_args(without));
        Self::from_arg_matches(&command.try_get_matches()?)
    }

    pub(crate) fn help() -> StyledStr {
        Self::command().render_help()
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make sure that token.json is good: by the browser if need be
    #[command(after_help = EXIT_CODES)]
    Login(Box<LoginArgs>),

    /// Try the whole login on a provider built into the program: no account, no secrets, no internet
    #[command(after_help = EXIT_CODES)]
    Demo(DemoArgs),

    /// Open a URL in the system's browser; the program calls this itself
    #[command(hide = true)]
    OpenBrowser { url: String },
}

#[derive(ClapArgs)]
pub(crate) struct LoginArgs {
    /// A built-in provider's name, or the path of a provider file [default: what token.json names, else strava]
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

    /// Ask for these scopes; repeatable [default: the provider's read-only ones]
    #[arg(long, value_name = "S", value_parser = scope, env = "LOOPIN_SCOPE", hide_env_values = true)]
    pub(crate) scope: Vec<String>,

    /// Fewer scopes granted than asked for is an error, not a warning
    #[arg(long)]
    pub(crate) require_scopes: bool,

    /// Whose token it must be
    #[arg(
        long,
        value_name = "ID", value_parser = NonEmptyStringValueParser::new(),
        env = "LOOPIN_ACCOUNT",
        hide_env_values = true
    )]
    pub(crate) account: Option<String>,

    /// Let another account replace the stored one
    #[arg(long)]
    pub(crate) switch_account: bool,

    /// Go to the browser even if the token is good, and be asked again there
    #[arg(long)]
    pub(crate) force: bool,

    /// Host, port and path registered at the provider [default: the provider's]
    #[arg(
        long,
        value_name = "URI",
        env = "LOOPIN_REDIRECT_URI",
        hide_env_values = true
    )]
    pub(crate) redirect_uri: Option<String>,

    /// One more authorization parameter; repeatable
    #[arg(long, value_name = "K=V", value_parser = parameter, env = "LOOPIN_PARAM", hide_env_values = true)]
    pub(crate) param: Vec<(String, String)>,

    /// May a browser login be started? auto: outside CI, with a terminal or a graphical session
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        env = "LOOPIN_INTERACTIVE",
        hide_env_values = true
    )]
    pub(crate) interactive: Interactive,

    #[command(flatten)]
    pub(crate) person: PersonArgs,
}

/// Where the token goes, and how the person is met.
#[derive(ClapArgs)]
pub(crate) struct PersonArgs {
    /// The token; one file is one account
    #[arg(
        long,
        value_name = "PATH",
        default_value = "token.json",
        env = "LOOPIN_TOKEN_FILE",
        hide_env_values = true
    )]
    pub(crate) token_file: PathBuf,

    /// Which browser; none prints the address only [default: $BROWSER, then the system's]
    #[arg(
        long,
        value_name = "CMD",
        env = "LOOPIN_BROWSER",
        hide_env_values = true
    )]
    pub(crate) browser: Option<String>,

    /// The redirect URI's port and no other; 0 is any free one
    #[arg(long, value_name = "N", env = "LOOPIN_PORT", hide_env_values = true)]
    pub(crate) port: Option<u16>,

    /// How long to wait for the person: 90s, 5m, 1h
    #[arg(long, value_name = "DUR", default_value = "5m", value_parser = duration, env = "LOOPIN_TIMEOUT", hide_env_values = true)]
    pub(crate) timeout: Duration,
}

#[derive(ClapArgs)]
pub(crate) struct DemoArgs {
    /// Open no browser: the demo plays the person itself
    #[arg(long, conflicts_with = "serve")]
    pub(crate) headless: bool,

    /// Keep the demo's provider running and print its provider file; --port is then the provider's
    #[arg(long)]
    pub(crate) serve: bool,

    #[command(flatten)]
    pub(crate) person: PersonArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Interactive {
    Auto,
    Always,
    Never,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let expected = "expected NAME=VALUE";
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or(expected)?;
    Ok((name.to_owned(), value.to_owned()))
}

/// RFC 6749 §3.3: printable ASCII without `"` and `\\`; spaces separate.
fn scope(text: &str) -> Result<String, String> {
    let is_token = |c: char| c == ' ' || c.is_ascii_graphic() && c != '"' && c != '\\';
    match text.chars().find(|c| !is_token(*c)) {
        Some(odd) => Err(format!("a scope has no {odd:?}")),
        None => Ok(text.to_owned()),
    }
}

/// `90`, `90s`, `5m`, `1h 30m`, `200ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map(Duration::from_secs);
    let friendly = || {
        text.parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|duration| duration.try_into().ok())
    };
    seconds
        .ok()
        .or_else(friendly)
        .ok_or_else(|| "expected a duration such as 90s, 5m or 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_option_with_a_value_has_its_variable() {
        for command in Args::command().get_subcommands() {
            for option in command
                .get_arguments()
                .filter(|a| !a.is_positional() && a.get_action().takes_values())
            {
                let variable = format!("LOOPIN_{}", option.get_id().as_str().to_uppercase());
                assert_eq!(
                    option.get_env().and_then(|name| name.to_str()),
                    Some(variable.as_str())
                );
            }
        }
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("90", 90),
            ("90s", 90),
            ("5m", 300),
            ("1h 30m", 5400),
            ("0", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        assert!(
            ["", "-5s", "x", "5 parsecs"]
                .iter()
                .all(|text| duration(text).is_err())
        );
    }
}
