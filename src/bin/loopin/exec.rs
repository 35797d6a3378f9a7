//! `loopin exec -- CMD`: becomes that command, with a good access token in its environment.

use std::{
    env,
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    process::Command,
};

use loopin::is_secret_variable;

use crate::{
    args::ExecArgs,
    exit::Exit,
    failure::Failure,
    how::Asker,
    terminal::Terminal,
    token::{usable_token, variable},
    writer,
};

pub(crate) fn run(args: &ExecArgs, terminal: Terminal) -> Result<(), Failure> {
    let [program, arguments @ ..] = args.command.as_slice() else {
        return Ok(());
    };
    let mut command = Command::new(program);
    command.args(arguments);
    give_token(args, &mut command, terminal).map_err(Failure::before_exec)?;
    writer::drain();
    become_it(command).map_err(|error| {
        let name = Path::new(program).display();
        let not_found = || Failure::new(Exit::NotFound, format!("{name}: command not found"));
        match error.kind() {
            io::ErrorKind::NotFound => not_found(),
            // The system also says so of a folder of PATH that may not be searched.
            io::ErrorKind::PermissionDenied if is_nowhere(program) => not_found(),
            _ => Failure::new(Exit::NotExecutable, format!("{name}: {error}")),
        }
    })
}

fn is_nowhere(program: &OsStr) -> bool {
    let is_in = |folder: PathBuf| folder.join(program).exists();
    let path = env::var_os("PATH").unwrap_or_default();
    let has_folder = Path::new(program).components().count() > 1;
    !has_folder && !env::split_paths(&path).any(is_in)
}

/// The token goes into the environment, and client secrets and refresh tokens out of it, whosever they are. Other access
/// tokens may be meant for the command.
fn give_token(args: &ExecArgs, command: &mut Command, terminal: Terminal) -> Result<(), Failure> {
    if args.wanted.stored.client_secrets.as_deref() == Some(Path::new("-")) {
        let message = "--client-secrets - would read the command's own stdin";
        return Err(Failure::usage(message).hint("name a file"));
    }
    let asker = Asker::Command {
        may_log_in: args.login,
        prints: false,
    };
    let good = usable_token(&args.wanted, asker, terminal)?;
    for (name, _) in env::vars_os().filter(|(name, _)| is_secret_variable(name)) {
        command.env_remove(name);
    }
    let name = args.variable.clone().map_or_else(|| variable(&good), Ok)?;
    command.env(name, good.token.access_token());
    Ok(())
}

/// The same process: signals, terminal, exit code and make's jobserver are the command's own.
#[cfg(unix)]
fn become_it(mut command: Command) -> io::Result<()> {
    crate::core_file::restore();
    Err(std::os::unix::process::CommandExt::exec(&mut command))
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> io::Result<()> {
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(1));
}
