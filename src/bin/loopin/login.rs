//! `loopin login`: makes sure that the token file is good.

use crate::{
    again::Again,
    args::LoginArgs,
    failure::Failure,
    good::good_token,
    guard::look_around,
    how::{Asker, How},
    output::print_json,
    report::{Report, tell},
    terminal::Terminal,
};

pub(crate) fn run(args: &LoginArgs, terminal: Terminal) -> Result<(), Failure> {
    let wanted = &args.wanted;
    let good = good_token(wanted, Asker::Login { force: args.force }, terminal)?;
    let (provider, file) = (good.provider()?, &wanted.stored.file.token_file);
    let again = Again::of(wanted);
    let token = (&good.token, good.how);
    tell(terminal, token, provider.name(), &good.scopes, file, &again);
    if good.how == How::Browser {
        look_around(file, terminal);
    }
    if args.json {
        print_json(&Report::of(&good.token, provider.id(), file, good.how))?;
    }
    Ok(())
}
