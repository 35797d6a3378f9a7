//! The commands that hints name, as a person would type them.

use std::path::{Path, PathBuf};

use crate::{
    named::{DEFAULT_PROVIDER, provider},
    options::{StoredArgs, WantedArgs},
    shell::quoted,
    values::looks_secret,
};

/// A login for the same token as this command's.
pub(crate) struct Again {
    pub(crate) command: String,
    /// The same, so that the provider asks once more what it may grant.
    pub(crate) asking: String,
    /// The command that forgets the token here.
    pub(crate) forgetting: String,
    /// The command that ends its login everywhere.
    pub(crate) ending: String,
}

impl Again {
    /// Without what only concerns one run.
    pub(crate) fn of(wanted: &WantedArgs) -> Self {
        let own = stored(&wanted.stored);
        let mut words = own.clone();
        let mut option = |name: &str, value: Option<String>| {
            words.extend(value.map(|value| option_with(name, &value)));
        };
        let scope = Some(wanted.scope.join(" ")).filter(|scope| !scope.is_empty());
        option("--scope", scope);
        for uri in &wanted.resource {
            option("--resource", Some(uri.clone()));
        }
        option("--account", wanted.account.clone());
        option("--redirect-uri", wanted.redirect_uri.clone());
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        option("--tls-cert", path(&wanted.tls_cert));
        option("--tls-key", path(&wanted.tls_key));
        option("--port", wanted.person.port.map(|port| port.to_string()));
        option(
            "--listen",
            wanted.person.listen.map(|listen| listen.to_string()),
        );
        option("--browser", wanted.person.browser.clone());
        for (name, value) in &wanted.param {
            option("--param", Some(format!("{name}={value}")));
        }
        if wanted.person.paste {
            words.push("--paste".into());
        }
        if wanted.require_scopes {
            words.push("--require-scopes".into());
        }
        Self::with(&words, &own, &wanted.stored.file.token_file)
    }

    pub(crate) fn of_stored(args: &StoredArgs) -> Self {
        let words = stored(args);
        Self::with(&words, &words, &args.file.token_file)
    }

    pub(crate) fn of_file(token_file: &Path) -> Self {
        let words: Vec<_> = option_for(token_file).into_iter().collect();
        Self::with(&words, &words, token_file)
    }

    pub(crate) fn demo(token_file: &Path) -> Self {
        let words: Vec<_> = option_for(token_file).into_iter().collect();
        let command = line("loopin demo", &words);
        Again {
            asking: command.clone(),
            forgetting: line("loopin logout", &words),
            ending: line("loopin logout", &words),
            command,
        }
    }

    /// `own` are those of the words that every command for this token takes.
    fn with(words: &[String], own: &[String], token_file: &Path) -> Self {
        let command = line("loopin login", words);
        let file: Vec<_> = option_for(token_file).into_iter().collect();
        Again {
            asking: format!("{command} --force"),
            forgetting: line("loopin logout --local", &file),
            ending: line("loopin logout", own),
            command,
        }
    }
}

fn stored(args: &StoredArgs) -> Vec<String> {
    let option = |name: &str, value: Option<&str>| value.map(|value| option_with(name, value));
    let secrets = args
        .client_secrets
        .as_ref()
        .map(|path| path.to_string_lossy())
        .filter(|path| !looks_secret(path));
    // It may be the secret that stands there.
    let named = args.provider.as_deref().unwrap_or(DEFAULT_PROVIDER);
    let is_secret = |id: &str| {
        provider(named).is_ok_and(|it| it.looks_like_client_secret(id) && !it.accepts_client_id(id))
    };
    let client_id = args.client_id.as_deref().filter(|id| !is_secret(id));
    [
        option("--provider", args.provider.as_deref()),
        option_for(&args.file.token_file),
        option("--client-secrets", secrets.as_deref()),
        option("--client-id", client_id),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn option_for(token_file: &Path) -> Option<String> {
    let is_default = token_file == Path::new("token.json");
    (!is_default).then(|| option_with("--token-file", &token_file.to_string_lossy()))
}

fn option_with(name: &str, value: &str) -> String {
    // A value that looks like an option would be taken for one.
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{between}{}", quoted(value))
}

fn line(command: &str, words: &[String]) -> String {
    let words = words.iter().map(|word| format!(" {word}"));
    command.to_owned() + &words.collect::<String>()
}
