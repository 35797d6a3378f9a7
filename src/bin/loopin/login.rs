//! `loopin login`: makes sure that the token file is good.

use crate::{
    again::Again,
    args::LoginArgs,
    choose::secrets_file,
    failure::Failure,
    good::{Good, good_token},
    guard::{Files, look_around},
    how::Asker,
    report::Report,
    terminal::Terminal,
};

pub(crate) fn run(args: &LoginArgs, terminal: Terminal) -> Result<(), Failure> {
    let wanted = &args.wanted;
    let again = Again::of(wanted);
    let good = good_token(wanted, Asker::Login { force: args.force }, terminal);
    let provider = good.as_ref().ok().and_then(|good| good.provider().ok());
    let provider = provider.cloned();
    let done = good.and_then(|good| tell(args, &good, &again, terminal));
    // Whatever came of it: what is published is so without a new token as well.
    let files = Files {
        token: &wanted.stored.file.token_file,
        secrets: secrets_file(&wanted.stored),
        provider: provider.as_ref(),
        again: &again,
    };
    look_around(&files, terminal);
    done
}

fn tell(args: &LoginArgs, good: &Good, again: &Again, terminal: Terminal) -> Result<(), Failure> {
    let wanted = &args.wanted;
    let place = good.set_aside.as_ref();
    let place = place.unwrap_or(&wanted.stored.file.token_file);
    // Those of an issuer are known to itself; and to the token.
    let asked = good
        .token
        .requested_scope()
        .filter(|_| good.scopes.is_empty());
    let asked = asked.unwrap_or(&good.scopes).clone();
    let report = Report {
        token: &good.token,
        how: good.how,
        provider: good.provider()?,
        wanted: &asked,
        file: place,
    };
    report.tell(again, terminal);
    if args.json {
        report.print_json()?;
    }
    Ok(())
}
