//! `loopin doctor`: everything that a login needs, looked at without changing anything.

mod files;
mod machine;
mod network;

use std::io;

use clap::builder::styling::Style;
use loopin::{Client, TokenFile};
use serde::Serialize;

use crate::{
    again::Again,
    args::DoctorArgs,
    choose::Chosen,
    exit::Exit,
    failure::{Context, Failure},
    layout::{GREEN, PLAIN, RED, advice, is_unicode, prose, width_of, with_command},
    options::WantedArgs,
    output::{print, print_json},
    plan::{Plan, is_real},
    terminal::Terminal,
};

/// What one look showed.
#[derive(Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    message: String,
    mend: Option<Mend>,
    #[serde(skip)]
    exit: Option<Exit>,
}

/// What mends it.
#[derive(Serialize)]
#[serde(untagged)]
enum Mend {
    Command(String),
    /// In words, as hints are; a command may end them.
    Advice(String),
}

impl Finding {
    fn good(check: &'static str, message: impl Into<String>) -> Self {
        Finding {
            check,
            ok: true,
            message: message.into(),
            mend: None,
            exit: None,
        }
    }

    fn bad(
        check: &'static str,
        exit: impl Into<Exit>,
        message: impl Into<String>,
        mend: impl Into<Option<Mend>>,
    ) -> Self {
        Finding {
            check,
            ok: false,
            message: message.into(),
            mend: mend.into(),
            exit: Some(exit.into()),
        }
    }

    /// What a command would say.
    fn of(check: &'static str, failure: Failure) -> Self {
        let mend = failure.hints.into_iter().next().map(Mend::Advice);
        Finding::bad(check, failure.exit, failure.message, mend)
    }
}

pub(crate) fn run(args: &DoctorArgs, _terminal: Terminal) -> Result<(), Failure> {
    let findings = look(&args.wanted)?;
    let bad: Vec<_> = findings.iter().filter_map(|finding| finding.exit).collect();
    if args.json {
        #[derive(Serialize)]
        struct Document<'a> {
            ok: bool,
            checks: &'a [Finding],
        }
        let ok = bad.is_empty();
        let checks = &findings;
        print_json(&Document { ok, checks })?;
    } else {
        let lines: Vec<_> = findings.iter().map(lines).collect();
        print(lines.concat())?;
    }
    let Some(first) = bad.first() else {
        return Ok(());
    };
    let (bad, all) = (bad.len(), findings.len());
    Err(Failure::new(
        *first,
        format!("{bad} of {all} checks failed"),
    ))
}

/// One look after the other; what cannot be told without an earlier one is left out.
fn look(args: &WantedArgs) -> Result<Vec<Finding>, Failure> {
    let again = Again::of(args);
    let path = &args.stored.file.token_file;
    let context = Context::new(path, &again);
    let failed = |error| context.failure(error);
    let file = TokenFile::new(path);
    let stored = file
        .as_ref()
        .ok()
        .and_then(|file| file.load().ok())
        .flatten();
    let token = stored.clone().filter(is_real);
    let mut findings = Vec::new();

    let mut chosen = match Chosen::new(&args.stored, token.as_ref()) {
        Ok(chosen) => chosen,
        Err(error) => {
            findings.push(Finding::of("provider", failed(error)));
            findings.extend(files::published(args, None, &again));
            return Ok(findings);
        }
    };
    let discovered = chosen.discover()?;
    let provider = chosen.provider.clone();
    let failed = |error| context.at(&provider).failure(error);
    let is_known = discovered.is_ok();
    findings.push(match discovered {
        Ok(()) => files::provider(&provider),
        Err(error) => Finding::of("provider", failed(error)),
    });
    let (client, found) = files::client(&chosen, args, token.as_ref(), failed);
    findings.extend(found);
    findings.extend(files::published(args, Some(&provider), &again));

    let mut does_without = false;
    match &file {
        Ok(file) => {
            let known = Ok(client.clone());
            let plan = Plan::with_client(args, file, token, chosen, known).for_login(false);
            does_without = plan.valid(args.min_ttl).is_some() || plan.is_refreshable();
            findings.extend(match file.load() {
                Ok(stored) => files::token(&plan, stored.as_ref(), failed),
                Err(error) => vec![Finding::of("token", failed(error))],
            });
            let login = plan.login(client.unwrap_or_else(|| Client::public("")));
            findings.extend(machine::listener(login, args, failed)?);
        }
        Err(_) => findings.extend(file.err().map(|e| Finding::of("token", failed(e)))),
    }

    findings.push(machine::browser(args));
    findings.push(machine::person(args, does_without, &again));
    if is_known {
        findings.extend(network::look(&provider, failed)?);
    }
    Ok(findings)
}

/// A mark, the check's name, the fact; below, what mends it.
fn lines(finding: &Finding) -> String {
    const MEND: (&str, Style) = ("  mend:", PLAIN);
    let width = width_of(io::stdout());
    let mark = match (finding.ok, is_unicode()) {
        (true, true) => ("✓", GREEN),
        (false, true) => ("✗", RED),
        (true, false) => ("ok", GREEN),
        (false, false) => ("no", RED),
    };
    let clean = |text: &str| loopin::printable(text, usize::MAX);
    let text = format!("{:<9}{}", finding.check, clean(&finding.message));
    let mend = finding.mend.as_ref().map(|mend| match mend {
        Mend::Command(command) => with_command(&[MEND], "", &clean(command), width),
        Mend::Advice(text) => advice(&[MEND], &clean(text), width),
    });
    let mend = mend.map(|mend| format!("{mend}\n")).unwrap_or_default();
    format!("{}\n{mend}", prose(&[mark], &text, width))
}
