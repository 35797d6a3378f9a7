//! `loopin demo`: the whole login on a provider built into the program.

use std::{
    cell::Cell,
    future::pending,
    io::{self, Write},
    pin::pin,
    time::Duration,
};

use loopin::{ErrorKind, Kept, Login, Pending, Token, TokenFile, browser::Browser, demo};

use crate::{
    again::Again,
    args::DemoArgs,
    failure::{Context, Failure},
    how::How,
    interactive::nobody_is_there,
    report::Report,
    runtime::block_on,
    session::Session,
    terminal::Terminal,
};

pub(crate) fn run(args: &DemoArgs, terminal: Terminal) -> Result<(), Failure> {
    if args.serve {
        block_on(serve(args, terminal))?
    } else {
        block_on(log_in(args, terminal))?
    }
}

/// Keeps the provider up, for anyone's tests of their own Makefile, until a signal ends it.
async fn serve(args: &DemoArgs, terminal: Terminal) -> Result<(), Failure> {
    let server = demo::Server::start(args.person.port.unwrap_or(0))
        .await
        .map_err(|e| failed(e, args))?;
    let mut stdout = io::stdout();
    let written = writeln!(
        stdout,
        "# client_secrets.txt: {}\n{}",
        server.client_secrets(),
        server.provider_toml()
    );
    let closed =
        |e: io::Error| Failure::new(ErrorKind::Local, format!("cannot write to stdout: {e}"));
    written.and_then(|()| stdout.flush()).map_err(closed)?;
    terminal.say("the demo's provider runs until Ctrl-C");
    terminal
        .aside("with what it printed in demo.toml, in another terminal: loopin setup ./demo.toml");
    pending().await
}

async fn log_in(args: &DemoArgs, terminal: Terminal) -> Result<(), Failure> {
    let failed = |error| failed(error, args);
    let file = TokenFile::new(&args.file.token_file).map_err(failed)?;
    let _lock = file.lock_login(Duration::ZERO).map_err(failed)?;
    let stored = file.load().map_err(failed)?;
    if stored.is_some_and(|token| token.provider() != Some(demo::PROVIDER)) {
        let message = format!(
            "{} holds a real token, and the demo overwrites none",
            file.path().display()
        );
        return Err(Failure::new(ErrorKind::Local, message)
            .hint("loopin demo --token-file demo-token.json"));
    }
    let server = demo::Server::start(0).await.map_err(failed)?;
    let provider = server.provider().map_err(failed)?;
    let (login, scopes) = (
        Login::new(provider.clone(), server.client()),
        provider.scopes(),
    );
    let again = Again::demo(&args.file.token_file);
    let session = Session {
        provider: &provider,
        file: &file,
        person: &args.person,
        terminal,
        again: &again,
    };

    // The URL goes to a browser; or, where there is none, to the demo itself.
    let (without_browser, no_browser) = oneshot::channel();
    let playing = Cell::new(false);
    let open = |pending: &Pending| {
        let browser = session.browser();
        let address = pending.url().to_owned();
        if is_headless(args, &browser) {
            session.tell_listening(pending);
            session.tell_browser(&Browser::None, pending);
            let _ = without_browser.send(address);
        } else {
            session.open(&browser, pending, move |reason| {
                terminal.say(reason);
                let _ = without_browser.send(address);
            });
        }
    };
    let mut person = pin!(async {
        let Ok(url) = no_browser.await else {
            return pending().await;
        };
        playing.set(true);
        demo::play_person(&server, &url, |step| terminal.say(step)).await
    });
    let place = file.path().display().to_string();
    let keep = async |token: &Token| file.save(token).map(|()| Kept::at(place));
    let mut login = pin!(session.log_in(login, &scopes, open, keep));
    let went_wrong = |why: String| {
        Failure::new(ErrorKind::Provider, format!("the demo went wrong: {why}"))
            .hint("a check of the login does not hold: please report it")
    };
    let token = tokio::select! {
        token = &mut login => {
            let token = token?;
            if playing.get() {
                person.await.map_err(went_wrong)?;
            }
            token
        }
        played = &mut person => {
            played.map_err(went_wrong)?;
            login.await?
        }
    };
    let report = Report {
        token: &token,
        how: How::Browser,
        provider: &provider,
        wanted: &scopes,
        file: file.path(),
    };
    report.tell(&again, terminal);
    Ok(())
}

/// Whether the demo plays the person itself: where it is told to, and where nobody could click. A browser that was
/// named, or `none`, is taken at its word.
fn is_headless(args: &DemoArgs, browser: &Browser) -> bool {
    let nobody = nobody_is_there().is_some() || *browser == Browser::None;
    args.headless || args.person.browser.is_none() && nobody
}

fn failed(error: loopin::Error, args: &DemoArgs) -> Failure {
    let again = Again::demo(&args.file.token_file);
    Context::new(&args.file.token_file, &again).failure(error)
}
