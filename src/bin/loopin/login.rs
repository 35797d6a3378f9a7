//! `loopin login`: makes sure that the token file is good.

use crate::{
    again::Again,
    args::LoginArgs,
    failure::Failure,
    good::good_token,
    guard::look_around,
    how::{Asker, How},
    report::Report,
    terminal::Terminal,
};

pub(crate) fn run(args: &LoginArgs, terminal: Terminal) -> Result<(), Failure> {
    let wanted = &args.wanted;
    let good = good_token(wanted, Asker::Login { force: args.force }, terminal)?;
    let report = Report {
        token: &good.token,
        how: good.how,
        provider: good.provider()?,
        wanted: &good.scopes,
        file: &wanted.stored.file.token_file,
    };
    report.tell(&Again::of(wanted), terminal);
    if good.how == How::Browser {
        look_around(report.file, terminal);
    }
    if args.json {
        report.print_json()?;
    }
    Ok(())
}
