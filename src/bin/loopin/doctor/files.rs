//! What lies in files: the provider, the client, the token; and who else may have them.

use std::{path::Path, time::SystemTime};

use loopin::{Client, Error, ErrorKind, Provider, Token, demo};

use super::{Finding, Mend};
use crate::{
    again::Again,
    choose::{Chosen, Source, secrets_file},
    failure::Failure,
    git::{self, Silence},
    guard::{Files, is_readable_by_others},
    ignore::{self, Rule, folder},
    named::is_preset,
    options::WantedArgs,
    plan::Plan,
    shell::chmod,
    times,
};

pub(super) fn provider(provider: &Provider) -> Finding {
    let from = match provider.id() {
        id if is_preset(id) => "built in",
        id if id.contains("://") => "by its metadata",
        id => id,
    };
    Finding::good("provider", format!("{} ({from})", provider.name()))
}

/// The client that a login would use, and what is wrong with it.
pub(super) fn client(
    chosen: &Chosen,
    args: &WantedArgs,
    token: Option<&Token>,
    failed: impl Fn(Error) -> Failure,
) -> (Option<Client>, Vec<Finding>) {
    const CHECK: &str = "client";
    let sources = match chosen.sources(&args.stored) {
        Ok(sources) => sources,
        Err(error) => return (None, vec![Finding::of(CHECK, failed(error))]),
    };
    let picked = chosen.pick(&sources, &args.stored, token);
    let client = match chosen.check(picked) {
        Ok(client) => client,
        Err(failure) => return (None, vec![Finding::of(CHECK, failure)]),
    };
    let provider = &chosen.provider;
    let name = provider.name();
    let mut findings = Vec::new();
    if provider.requires_client_secret() && !client.has_secret() {
        let error = Error::NoClientSecret {
            provider: name.to_owned(),
            client_id: client.id().to_owned(),
        };
        findings.push(Finding::of(CHECK, failed(error)));
    } else if provider.doubts_client_secret(&client) {
        let told = told(&client, &sources);
        let message = format!("{told}: the secret does not look like one of {name}");
        let mend = match provider.app_page() {
            Some(page) => format!("compare it with the app's at {page}"),
            None => "compare it with the app's".into(),
        };
        findings.push(Finding::bad(
            CHECK,
            ErrorKind::Usage,
            message,
            Mend::Advice(mend),
        ));
    } else {
        findings.push(Finding::good(CHECK, told(&client, &sources)));
    }
    let files = sources.iter().filter_map(|source| source.file);
    let open = files.filter(|file| is_readable_by_others(file));
    findings.extend(open.map(|file| readable(CHECK, file)));
    (Some(client), findings)
}

/// The client's id, where it is from, and which other sources come after that.
fn told(client: &Client, sources: &[Source<'_>]) -> String {
    let mut told = format!("id {}", client.id());
    if !client.has_secret() {
        told += ", without a secret";
    }
    if let Some(source) = sources.iter().find(|source| source.client == *client) {
        told += &format!(", from {}", source.origin);
    }
    for other in sources.iter().filter(|source| source.client != *client) {
        let what = if other.client.id() == client.id() {
            "another secret"
        } else {
            other.client.id()
        };
        told += &format!("; {} has {what}, which is not used", other.origin);
    }
    told
}

/// What git would publish, or has.
pub(super) fn published(
    args: &WantedArgs,
    provider: Option<&Provider>,
    again: &Again,
) -> Vec<Finding> {
    const CHECK: &str = "git";
    let bad =
        |message: String, mend| Finding::bad(CHECK, ErrorKind::Local, message, Mend::Command(mend));
    let token = &args.stored.file.token_file;
    let files = Files {
        token,
        secrets: secrets_file(&args.stored),
        provider,
        again,
    };
    let folders = [Some(token.as_path()), files.secrets];
    let folders = folders.into_iter().flatten().map(folder);
    let mut trees = folders
        .filter(|folder| git::is_work_tree(folder))
        .peekable();
    if trees.peek().is_none() {
        return vec![Finding::good(CHECK, "no work tree here")];
    }
    match trees.find_map(|folder| git::answers(folder).err()) {
        Some(Silence::NoGit) => {
            let message = "a work tree, but no git here that could be asked";
            return vec![Finding::good(CHECK, message)];
        }
        Some(Silence::Refusal) => {
            let message = "this is a work tree, and git does not say what it would publish";
            return vec![bad(message.into(), "git status".into())];
        }
        None => {}
    }
    let leaks = files.leaks().into_iter();
    let mut findings: Vec<_> = leaks.map(|leak| bad(leak.message, leak.mend)).collect();
    findings.extend(to_be_published(token).map(|(message, mend)| bad(message, mend)));
    if findings.is_empty() {
        findings.push(Finding::good(
            CHECK,
            "would publish neither secret nor token",
        ));
    }
    findings
}

/// A token file that is not there yet, and what makes git ignore it.
fn to_be_published(path: &Path) -> Option<(String, String)> {
    let (name, folder) = (path.file_name()?.to_str()?, folder(path));
    if path.exists() || !git::is_work_tree(folder) || git::unignored(folder, &[name])?.is_empty() {
        return None;
    }
    let mend = ignore::command(folder, &Rule::of_token(name));
    Some((format!("git will not ignore {name}"), mend))
}

/// What the token file holds, and whether it can be replaced.
pub(super) fn token(
    plan: &Plan<'_>,
    stored: Option<&Token>,
    failed: impl Fn(Error) -> Failure,
) -> Vec<Finding> {
    const CHECK: &str = "token";
    let path = plan.file.path();
    let mut findings = Vec::new();
    let place = plan.file.check_place();
    match plan.check_owner() {
        Ok(()) if stored.is_none() && place.is_err() => {}
        Ok(()) => findings.push(Finding::good(CHECK, state(plan, stored))),
        Err(error) => findings.push(Finding::of(CHECK, failed(error))),
    }
    if is_readable_by_others(path) {
        findings.push(readable(CHECK, path));
    }
    if let Err(error) = place {
        findings.push(Finding::of(CHECK, failed(error)));
    }
    findings
}

fn state(plan: &Plan<'_>, stored: Option<&Token>) -> String {
    let name = plan.file.path().display();
    let Some(token) = stored else {
        return format!("{name} is not there yet: a login makes it");
    };
    if token.provider() == Some(demo::PROVIDER) {
        return format!("{name} is the demo's: a login replaces it");
    }
    let now = SystemTime::now();
    let account = token.account().map(|account| format!(" of {account}"));
    let whose = format!("{name}{}", account.unwrap_or_default());
    let by = match token.provider() {
        Some(_) => "",
        None => ", made by another program",
    };
    let left = token.expires_in(now);
    let has_expired = left.is_some_and(|left| left.is_zero());
    let life = if plan.valid(plan.args.min_ttl).is_some() {
        match left {
            Some(left) => format!("good for {}", times::life(left)),
            None => "good; it does not tell how long".into(),
        }
    } else if plan.is_refreshable() && has_expired {
        "expired, and will be refreshed".into()
    } else if plan.is_refreshable() {
        "will be refreshed: it does not live long enough".into()
    } else if let Some(why) = plan.obstacle() {
        format!("not what is asked for: {why}")
    } else {
        "expired: a login goes to the browser".into()
    };
    format!("{whose}{by}, {life}")
}

pub(super) fn readable(check: &'static str, path: &Path) -> Finding {
    let message = format!("others can read {}", path.display());
    Finding::bad(check, ErrorKind::Local, message, Mend::Command(chmod(path)))
}
