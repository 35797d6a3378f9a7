//! `loopin providers`: what is built in, and what there is to know of one provider.

use std::path::Path;

use crate::{
    again::Again,
    args::ProvidersArgs,
    failure::{Context, Failure},
    named,
    output::print,
    runtime::block_on,
    shell::quoted,
};

pub(crate) fn run(args: &ProvidersArgs) -> Result<(), Failure> {
    match &args.provider {
        None => print(list()),
        Some(name) => print(show(name)?),
    }
}

/// A line for each: its name, and where it redirects to.
fn list() -> String {
    let names = named::names();
    let width = names.iter().map(|name| name.chars().count()).max();
    let line = |name: &String| {
        let about = match named::provider(name) {
            Ok(provider) => provider.redirect_uri().to_owned(),
            Err(error) => error.to_string(),
        };
        format!("{name:<0$}  {about}\n", width.unwrap_or_default())
    };
    names.iter().map(line).map(|line| plain(&line)).collect()
}

/// What to register there, how to log in then, and the provider file that says all that is known of it.
fn show(name: &str) -> Result<String, Failure> {
    let again = Again::of_file(Path::new("token.json"));
    let failed = |error| Context::new(Path::new("token.json"), &again).failure(error);
    let provider = named::provider(name).map_err(failed)?;
    let provider = block_on(provider.discovered())?.map_err(failed)?;
    let mut lines = vec![match provider.app_page() {
        Some(page) => format!("# What to register at {page}:"),
        None => format!("# What to register at {}:", provider.name()),
    }];
    for (field, value) in provider.app_form() {
        lines.push(format!("#   {field}: {value}"));
    }
    let name = quoted(name);
    let login = format!("loopin login --provider {name}");
    lines.push(match provider.client_id() {
        Some(_) => format!("# Then: {login}"),
        None if provider.requires_client_secret() => {
            format!("# Then: loopin setup {name} && {login}")
        }
        None => {
            format!("# Then: {login} --client-id ID (with a secret, first: loopin setup {name})")
        }
    });
    lines.push(String::new());
    lines.extend(provider.toml().lines().map(str::to_owned));
    Ok(lines.iter().map(|line| plain(line) + "\n").collect())
}

/// A line of somebody else's file, without what could steer a terminal.
fn plain(line: &str) -> String {
    let clean = line.strip_suffix('\n').unwrap_or(line);
    let end = &line[clean.len()..];
    let clean = clean
        .split('\t')
        .map(|part| loopin::printable(part, usize::MAX));
    clean.collect::<Vec<_>>().join("\t") + end
}
