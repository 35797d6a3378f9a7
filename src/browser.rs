//! Opening a URL in a browser, or saying that it could not be.

use std::{
    env,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use tracing::info;
use url::Url;

use crate::{endpoint::is_https_or_loopback, secret_variable::is_kept_from_browser};

/// What opens a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Browser {
    /// The system's default browser; under WSL, the one of the Windows around it.
    System,
    /// Commands to try in turn, each a program with its arguments; `%s` is the URL, which comes last without it.
    /// No shell reads them, and the URL is one argument.
    Commands(Vec<String>),
    /// None: the person opens the URL.
    None,
}

/// What opens the browser of the Windows around WSL: `ShellExecute` without a shell between, wherever it is mounted.
const WINDOWS: [&str; 3] = [
    "rundll32.exe url.dll,FileProtocolHandler",
    "/mnt/c/Windows/System32/rundll32.exe url.dll,FileProtocolHandler",
    "wslview",
];

impl Browser {
    /// The browser of this session: what `$BROWSER` names (several commands separated by `:`), else the system's
    /// default, else none, if there is no graphical session that it could appear in.
    pub fn from_environment() -> Self {
        let named = env::var("BROWSER").unwrap_or_default();
        // A path has colons of its own on Windows.
        let separator = if cfg!(windows) { '\0' } else { ':' };
        let commands = named
            .split(separator)
            .filter(|command| !command.trim().is_empty());
        let commands: Vec<String> = commands.map(str::to_owned).collect();
        if !commands.is_empty() {
            Browser::Commands(commands)
        } else if is_graphical() {
            Browser::System
        } else {
            Browser::None
        }
    }

    /// Opens the URL; does not wait. Only https URLs, and http ones of this machine, are opened. That something was
    /// started does not mean that a person sees the page; `on_failure` hears why nothing was started or, on another
    /// thread, that what was started ended with an error.
    ///
    /// A command runs in a process group of its own, with null streams and without secrets in its environment. The
    /// system's browser is opened by [`open_in_system_browser`] on another thread, and has none of that: a program that
    /// wants it for that one too starts itself by [`open_with`], and calls that function there.
    pub fn open(&self, url: &str, on_failure: impl FnOnce(String) + Send + 'static) {
        let commands = match self {
            Browser::System if is_wsl() => &WINDOWS.map(str::to_owned)[..],
            Browser::System => return open_on_a_thread(url.to_owned(), on_failure),
            Browser::Commands(commands) => commands,
            Browser::None => &[],
        };
        let started = openable(url).and_then(|_| first_of(commands, url));
        watch(started, on_failure);
    }

    /// The program that will be started: the first of the commands that this machine has, by its name.
    pub fn program(&self) -> Option<String> {
        let Browser::Commands(commands) = self else {
            return None;
        };
        let words = commands
            .iter()
            .filter_map(|command| arguments(command, "").ok());
        let mut programs = words.map(|words| PathBuf::from(&words[0]));
        let found = programs.find(|program| is_there(program))?;
        Some(found.file_name()?.to_string_lossy().into_owned())
    }
}

/// Opens the URL by this program: its words, and the URL as the last one. It is started as a command of
/// [`Browser::open`].
pub fn open_with(
    program: &[OsString],
    url: &str,
    on_failure: impl FnOnce(String) + Send + 'static,
) {
    let words = program.iter().cloned().chain([url.into()]).collect();
    watch(openable(url).and_then(|_| spawn(words)), on_failure);
}

/// Tells why nothing was started, or that it ended with an error.
fn watch(started: io::Result<Child>, on_failure: impl FnOnce(String) + Send + 'static) {
    let mut child = match started {
        Ok(child) => child,
        Err(e) => return on_failure(format!("the browser could not be started: {e}")),
    };
    // Somebody has to take the child's exit status, and the flow must not wait for it.
    let _ = thread::Builder::new().spawn(move || match child.wait() {
        Ok(status) if status.success() => {}
        Ok(status) => on_failure(format!("the browser command ended with {status}")),
        Err(e) => on_failure(e.to_string()),
    });
}

/// A text browser returns only when its person leaves it.
fn open_on_a_thread(url: String, on_failure: impl FnOnce(String) + Send + 'static) {
    let _ = thread::Builder::new().spawn(move || {
        if let Err(e) = open_in_system_browser(&url) {
            on_failure(format!("the browser could not be started: {e}"));
        }
    });
}

/// The first of these commands that can be started.
fn first_of(commands: &[String], url: &str) -> io::Result<Child> {
    let mut last = Err(io::Error::new(io::ErrorKind::NotFound, "there is none"));
    for command in commands {
        last = arguments(command, url).and_then(spawn);
        if last.is_ok() {
            break;
        }
    }
    last
}

/// Opens the URL in the system's default browser, whose opener shares this process's streams, environment and process
/// group. Blocks until the opener returned.
///
/// # Errors
///
/// The opener's error, if no browser is installed; a URL that must not be opened.
pub fn open_in_system_browser(url: &str) -> io::Result<()> {
    openable(url).and_then(|url| webbrowser::open(url.as_str()))
}

/// What may be given to a program that opens it.
fn openable(url: &str) -> io::Result<Url> {
    let refused = || {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "only https and loopback URLs are opened",
        )
    };
    Url::parse(url)
        .ok()
        .filter(is_https_or_loopback)
        .ok_or_else(refused)
}

/// Whether a browser window could appear before the person: with a display, under WSL, and always on macOS and Windows but
/// over SSH.
pub fn is_graphical() -> bool {
    cfg!(any(windows, target_os = "macos")) && !is_set("SSH_CONNECTION")
        || is_wsl()
        || is_set("DISPLAY")
        || is_set("WAYLAND_DISPLAY")
}

/// Whether this is Linux inside Windows, whose browser then is the person's.
pub fn is_wsl() -> bool {
    is_set("WSL_DISTRO_NAME") || is_set("WSL_INTEROP")
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Whether this program could be started.
fn is_there(program: &Path) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_path = program.components().count() > 1;
    match is_path {
        true => program.is_file(),
        false => env::split_paths(&path).any(|folder| folder.join(program).is_file()),
    }
}

fn arguments(command: &str, url: &str) -> io::Result<Vec<OsString>> {
    let invalid = || {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "the command's quotes do not match",
        )
    };
    // A path may have spaces in it.
    let is_program = Path::new(command).is_file();
    let words = if is_program {
        Some(vec![command.to_owned()])
    } else {
        shlex::split(command)
    };
    let mut words = words
        .filter(|words| !words.is_empty())
        .ok_or_else(invalid)?;
    if words.iter().any(|word| word.contains("%s")) {
        words
            .iter_mut()
            .for_each(|word| *word = word.replace("%s", url));
    } else {
        words.push(url.to_owned());
    }
    Ok(words.into_iter().map(OsString::from).collect())
}

fn spawn(words: Vec<OsString>) -> io::Result<Child> {
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for (name, _) in env::vars_os().filter(|(name, _)| is_kept_from_browser(name)) {
        command.env_remove(name);
    }
    // Ctrl-C is for us, not for the browser.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", words[0].display()));
    let child = command.spawn().map_err(named)?;
    info!(program = %words[0].display(), "a browser was started");
    Ok(child)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &str) -> Vec<String> {
        let words = arguments(command, "https://as.example/?a=1&b=%20c").unwrap();
        words
            .into_iter()
            .map(|word| word.into_string().unwrap())
            .collect()
    }

    #[test]
    fn the_url_is_one_argument_wherever_it_stands() {
        let url = "https://as.example/?a=1&b=%20c";
        assert_eq!(words("firefox"), ["firefox", url]);
        assert_eq!(
            words("open -a 'Google Chrome'"),
            ["open", "-a", "Google Chrome", url]
        );
        assert_eq!(words("x --app=%s %s"), ["x", &format!("--app={url}"), url]);
        assert!(arguments("x 'y", url).is_err());
    }

    #[test]
    fn other_urls_reach_no_opener() {
        for url in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "http://as.example/",
            "--flag",
            "x",
        ] {
            assert!(openable(url).is_err(), "{url}");
            let sh = Browser::Commands(vec!["sh -c 'exit 1' %s".into()]);
            let (tell, why) = std::sync::mpsc::channel();
            sh.open(url, move |reason| tell.send(reason).unwrap());
            assert!(why.recv().unwrap().contains("only https"), "{url}");
        }
        assert!(openable("http://127.0.0.1:5000/").is_ok());
    }
}
