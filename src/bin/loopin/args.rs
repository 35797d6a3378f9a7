//! The command line.

use std::{env, ffi::OsString, path::PathBuf, time::Duration};

use clap::{
    Arg, Args as ClapArgs, CommandFactory, FromArgMatches, Parser, Subcommand,
    builder::{NonEmptyStringValueParser, PossibleValuesParser, Resettable},
    error::ErrorKind,
};
use clap_complete::Shell;

use crate::{
    help_texts::{COMMANDS, EXEC_CODES, EXIT_CODES_IN_SHORT, overview, topics},
    options::{FileArgs, Format, LogFormat, PersonArgs, StoredArgs, WantedArgs},
    values::{duration, variable_name},
};

/// Log a person in through their own browser, and keep the token.
#[derive(Parser)]
#[command(
    name = "loopin",
    version,
    after_help = EXIT_CODES_IN_SHORT,
    disable_help_subcommand = true
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Tell on stderr what happens; -vv tells more
    #[arg(short, long, global = true, display_order = 100, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Say only what the person must know: the address to open, warnings and errors
    #[arg(short, long, global = true, display_order = 101)]
    pub(crate) quiet: bool,

    /// How to tell on stderr what happens: for people, or one JSON object on each line
    #[arg(
        long,
        value_name = "F",
        default_value = "text",
        global = true,
        display_order = 102,
        env = "LOOPIN_LOG_FORMAT",
        hide_env_values = true
    )]
    pub(crate) log_format: LogFormat,
}

impl Args {
    /// Reads these words, the program's name first. An empty variable (`LOOPIN_PORT=`, as a Makefile exports it) is an
    /// absent one.
    pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
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
        let mut command = Self::command();
        if is_any_variable_empty() {
            // All options have to be there to be changed.
            command.build();
            command = command.mut_args(without);
            command = command.mut_subcommands(|subcommand| subcommand.mut_args(without));
        }
        let words: Vec<_> = words.into_iter().collect();
        let matches = match command.try_get_matches_from_mut(&words) {
            // Laid out only for whoever reads it.
            Err(e) if e.kind() == ErrorKind::DisplayHelp => command
                .override_help(overview())
                .try_get_matches_from(words),
            matches => matches,
        };
        Self::from_arg_matches(&matches?)
    }
}

fn is_any_variable_empty() -> bool {
    // Some systems do not tell capitals apart.
    let is_ours = |name: OsString| name.to_string_lossy().to_uppercase().starts_with("LOOPIN_");
    env::vars_os().any(|(name, value)| value.is_empty() && is_ours(name))
}

// The options of the other commands are not made: that would be a quarter of what `token` takes. Those of a command are made
// last, so that a doc comment at their struct would take the place of the command's own.
#[derive(Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Register an app at the provider, step by step, and save its id and secret
    #[command(after_help = EXIT_CODES_IN_SHORT)]
    Setup(SetupArgs),

    /// Make sure that token.json is good: by a refresh, or by the browser, if need be
    #[command(after_help = EXIT_CODES_IN_SHORT)]
    Login(Box<LoginArgs>),

    /// Print a good access token; refresh it if need be
    #[command(after_help = EXIT_CODES_IN_SHORT)]
    Token(Box<TokenArgs>),

    /// Run a command with a good access token in its environment
    #[command(after_help = EXEC_CODES)]
    Exec(Box<ExecArgs>),

    /// Refresh the token now
    #[command(after_help = EXIT_CODES_IN_SHORT)]
    Refresh(RefreshArgs),

    /// Show what is stored; asks nobody
    #[command(after_help = EXIT_CODES_IN_SHORT)]
    Status(StatusArgs),

    /// Ask the provider whose token it is
    #[command(after_help = EXIT_CODES_IN_SHORT)]
    Whoami(WhoamiArgs),

    /// End the login everywhere: revoke the token at the provider, then remove token.json
    #[command(after_help = EXIT_CODES_IN_SHORT)]
    Logout(LogoutArgs),

    /// Check everything that a login needs; changes nothing
    #[command(after_help = EXIT_CODES_IN_SHORT)]
    Doctor(Box<DoctorArgs>),

    /// List the built-in providers; or show one, an issuer or a provider file: what to register, and its data
    #[command(after_help = EXIT_CODES_IN_SHORT)]
    Providers(ProvidersArgs),

    /// Try the whole login on a provider built into the program: no account, no secrets, no internet
    #[command(after_help = EXIT_CODES_IN_SHORT)]
    Demo(DemoArgs),

    /// Show what a command or an exit code means, or a Makefile to begin with
    Help(HelpArgs),

    /// Print the script by which a shell completes command lines
    Completions {
        /// Of this shell
        shell: Shell,
    },

    /// Print the manual page of the program, or of one of its commands
    Man(ManArgs),
}

#[derive(ClapArgs)]
pub(crate) struct HelpArgs {
    /// A command, or exit-codes, or makefile
    #[arg(value_parser = PossibleValuesParser::new(topics().collect::<Vec<_>>()), hide_possible_values = true)]
    pub(crate) topic: Option<String>,
}

#[derive(ClapArgs)]
pub(crate) struct ManArgs {
    /// One of the commands
    #[arg(value_parser = PossibleValuesParser::new(COMMANDS), hide_possible_values = true)]
    pub(crate) command: Option<String>,
}

#[derive(ClapArgs)]
pub(crate) struct SetupArgs {
    /// A built-in provider's name, an issuer's URL, or the path of a provider file [default: strava]
    #[arg(env = "LOOPIN_PROVIDER", hide_env_values = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) provider: Option<String>,

    /// Where to save id and secret
    #[arg(
        long,
        value_name = "PATH",
        default_value = "client_secrets.txt",
        env = "LOOPIN_CLIENT_SECRETS",
        hide_env_values = true
    )]
    pub(crate) client_secrets: PathBuf,

    #[command(flatten)]
    pub(crate) file: FileArgs,

    /// Which browser opens the provider's page; none prints the address only [default: $BROWSER, then the system's]
    #[arg(
        long,
        value_name = "CMD",
        env = "LOOPIN_BROWSER",
        hide_env_values = true
    )]
    pub(crate) browser: Option<String>,

    /// Replace id and secret that are there already
    #[arg(long)]
    pub(crate) force: bool,

    /// Do not offer to log in: a recipe does that next
    #[arg(long)]
    pub(crate) no_login: bool,
}

#[derive(ClapArgs)]
pub(crate) struct LoginArgs {
    /// Go to the browser even if the token is good, and be asked again there
    #[arg(long)]
    pub(crate) force: bool,

    /// Print the result as JSON, without secrets
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) wanted: WantedArgs,
}

#[derive(ClapArgs)]
pub(crate) struct TokenArgs {
    /// How to print it: header is for curl -H @-, env for eval in a shell
    #[arg(
        long,
        value_name = "F",
        default_value = "raw",
        env = "LOOPIN_FORMAT",
        hide_env_values = true
    )]
    pub(crate) format: Format,

    /// Log in by the browser if there is no other way
    #[arg(long)]
    pub(crate) login: bool,

    #[command(flatten)]
    pub(crate) wanted: WantedArgs,
}

#[derive(ClapArgs)]
pub(crate) struct ExecArgs {
    /// The variable that holds the access token [default: the provider's, such as STRAVA_ACCESS_TOKEN]
    #[arg(
        long = "as", id = "as",
        value_name = "NAME", value_parser = variable_name,
        env = "LOOPIN_AS",
        hide_env_values = true
    )]
    pub(crate) variable: Option<String>,

    /// Log in by the browser if there is no other way
    #[arg(long)]
    pub(crate) login: bool,

    #[command(flatten)]
    pub(crate) wanted: WantedArgs,

    /// The command and its arguments
    #[arg(value_name = "CMD", required = true, trailing_var_arg = true)]
    pub(crate) command: Vec<OsString>,
}

#[derive(ClapArgs)]
pub(crate) struct RefreshArgs {
    /// Print the result as JSON, without secrets
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) stored: StoredArgs,
}

#[derive(ClapArgs)]
pub(crate) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) file: FileArgs,
}

#[derive(ClapArgs)]
pub(crate) struct WhoamiArgs {
    /// How long the token must still live: 60s, 5m, 1h
    #[arg(long, value_name = "DUR", default_value = "60s", value_parser = duration, env = "LOOPIN_MIN_TTL", hide_env_values = true)]
    pub(crate) min_ttl: Duration,

    #[command(flatten)]
    pub(crate) stored: StoredArgs,
}

#[derive(ClapArgs)]
pub(crate) struct LogoutArgs {
    /// Only remove token.json; the provider is not told, and the grant lives on there
    #[arg(long)]
    pub(crate) local: bool,

    #[command(flatten)]
    pub(crate) stored: StoredArgs,
}

// The options of the login that is looked at.
#[derive(ClapArgs)]
pub(crate) struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) wanted: WantedArgs,
}

#[derive(ClapArgs)]
pub(crate) struct ProvidersArgs {
    /// A built-in provider's name, an issuer's URL, or the path of a provider file
    #[arg(value_name = "P", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) provider: Option<String>,
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
    pub(crate) file: FileArgs,

    #[command(flatten)]
    pub(crate) person: PersonArgs,
}

#[cfg(test)]
#[path = "args_tests.rs"]
mod tests;
