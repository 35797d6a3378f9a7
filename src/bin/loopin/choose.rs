//! From options, environment and files to a provider and a client.

use std::{env, io, path::Path};

use loopin::{Client, Error, Provider, Scopes, Token, demo};

use crate::{
    failure::Failure,
    guard::warn_of_readers,
    named::{DEFAULT_PROVIDER, is_preset, provider},
    options::{DEFAULT_SECRETS, StoredArgs},
    runtime::block_on,
    shell::quoted,
    terminal::Terminal,
    values::looks_secret,
};

/// A provider, and whether this very command named it.
pub(crate) struct Chosen {
    pub(crate) provider: Provider,
    named: bool,
}

/// An id and a secret, and where they stand.
pub(crate) struct Source<'a> {
    pub(crate) origin: String,
    pub(crate) file: Option<&'a Path>,
    pub(crate) client: Client,
}

impl Chosen {
    /// The provider that the command names, else the one that the token file names, else Strava.
    pub(crate) fn new(args: &StoredArgs, stored: Option<&Token>) -> Result<Self, Error> {
        let from_file = stored
            .and_then(Token::provider)
            .filter(|id| *id != demo::PROVIDER);
        let name = args
            .provider
            .as_deref()
            .or(from_file)
            .unwrap_or(DEFAULT_PROVIDER);
        Ok(Chosen {
            provider: provider(name)?,
            named: args.provider.is_some(),
        })
    }

    /// Learns from the issuer what only that knows.
    pub(crate) fn discover(&mut self) -> Result<Result<(), Error>, Failure> {
        // No runtime is started for what is known.
        if self.provider.is_discovered() {
            return Ok(Ok(()));
        }
        Ok(block_on(self.provider.discovered())?.map(|provider| self.provider = provider))
    }

    /// The scopes that the command names.
    pub(crate) fn scopes(&self, named: &[String]) -> Scopes {
        Scopes::parse(&named.join(" "), self.provider.scope_separator())
    }

    /// The client: an option's file, else the environment, else the default file, else the provider's own public
    /// one, else the public one that the token was issued to. Id and secret come from one source; `--client-id` picks
    /// the source that has it.
    pub(crate) fn client(
        &self,
        args: &StoredArgs,
        stored: Option<&Token>,
        terminal: Terminal,
    ) -> Result<Option<Client>, Error> {
        let sources = self.sources(args)?;
        let files = sources.iter().filter_map(|source| source.file);
        files.for_each(|file| warn_of_readers(file, terminal));
        Ok(self.pick(&sources, args, stored))
    }

    /// Where an id and a secret are; the first is taken.
    pub(crate) fn sources<'a>(&self, args: &'a StoredArgs) -> Result<Vec<Source<'a>>, Error> {
        let prefix = self.prefix();
        let mut sources = Vec::new();
        if let Some(path) = &args.client_secrets {
            return Ok(vec![read_secrets(path, prefix)?]);
        }
        sources.extend(self.client_from_environment()?.map(|client| Source {
            origin: format!("{prefix}_CLIENT_ID"),
            file: None,
            client,
        }));
        let path = Path::new(DEFAULT_SECRETS);
        if path.is_file() {
            sources.push(read_secrets(path, prefix)?);
        } else if path.exists() {
            return Err(Error::ClientSecrets {
                origin: DEFAULT_SECRETS.into(),
                reason: "it is not a regular file".into(),
            });
        }
        Ok(sources)
    }

    /// The client that is taken.
    pub(crate) fn pick(
        &self,
        sources: &[Source<'_>],
        args: &StoredArgs,
        stored: Option<&Token>,
    ) -> Option<Client> {
        let issued_to = stored
            .filter(|token| token.provider() == Some(self.provider.id()))
            .and_then(Token::client_id)
            .filter(|_| !self.provider.requires_client_secret());
        let own = || self.provider.client_id().or(issued_to).map(Client::public);
        let first = || sources.first().map(|source| source.client.clone());
        let Some(id) = &args.client_id else {
            return first().or_else(own);
        };
        if let Some(picked) = sources.iter().find(|source| source.client.id() == id) {
            return Some(picked.client.clone());
        }
        // The variable is meant for providers without one of their own, and only if the command names them.
        let is_variable = env::var("LOOPIN_CLIENT_ID").is_ok_and(|variable| variable == *id);
        if is_variable && (self.provider.env_prefix().is_some() || !self.named) {
            return first().or_else(own);
        }
        Some(Client::public(id))
    }

    /// What is wrong with using this client here; known before anybody is troubled.
    pub(crate) fn check(&self, client: Option<Client>) -> Result<Client, Failure> {
        let provider = &self.provider;
        // A provider that only a file in this folder names must not draw a secret to somebody's server.
        let is_unnamed = !is_preset(provider.id()) && !self.named;
        // These variables are for whichever provider the command names.
        let is_meant =
            provider.env_prefix().is_none() && env::var_os("LOOPIN_CLIENT_SECRET").is_some();
        let has_secret = client.as_ref().is_some_and(Client::has_secret);
        if is_unnamed && (has_secret || is_meant) {
            return Err(Failure::usage(format!(
                "the token file names the provider {}",
                provider.id()
            ))
            .hint(format!(
                "if it is yours, and is to get the client's secret, name it: --provider {}",
                quoted(provider.id())
            )));
        }
        let page = provider
            .app_page()
            .map(|page| format!(" at {page}"))
            .unwrap_or_default();
        let Some(client) = client else {
            let wanted = if provider.requires_client_secret() {
                "client id and secret"
            } else {
                "client id"
            };
            let failure = Failure::usage(format!("no {wanted} for {}", provider.name())).hint(
                format!("to register an app{page}, step by step: {}", self.setup()),
            );
            let prefix = self.prefix();
            return Err(if provider.requires_client_secret() {
                failure
                    .hint(format!(
                        "or save client_id,client_secret as one line in {DEFAULT_SECRETS}"
                    ))
                    .hint(format!(
                        "or set {prefix}_CLIENT_ID and {prefix}_CLIENT_SECRET"
                    ))
            } else {
                failure
                    .hint("or name a client without a secret by --client-id")
                    .hint(format!(
                        "or set {prefix}_CLIENT_ID, and {prefix}_CLIENT_SECRET if it has a secret"
                    ))
            });
        };
        check_id(provider, client)
    }

    /// The command that sets it up.
    fn setup(&self) -> String {
        match self.provider.id() {
            DEFAULT_PROVIDER => "loopin setup".into(),
            id => format!("loopin setup {}", quoted(id)),
        }
    }

    fn prefix(&self) -> &str {
        prefix(&self.provider)
    }

    fn client_from_environment(&self) -> Result<Option<Client>, Error> {
        if self.provider.env_prefix().is_none() && !self.named {
            return Ok(None);
        }
        let names = ["CLIENT_ID", "CLIENT_SECRET"].map(|name| format!("{}_{name}", self.prefix()));
        let value = |name: &String| {
            env::var(name)
                .ok()
                .map(|v| v.trim().to_owned())
                .filter(|v| !v.is_empty())
        };
        match (value(&names[0]), value(&names[1])) {
            (None, None) => Ok(None),
            (Some(id), Some(secret)) => Ok(Some(Client::with_secret(id, secret))),
            (Some(id), None) if !self.provider.requires_client_secret() => {
                Ok(Some(Client::public(id)))
            }
            (id, _) => {
                let (set, unset) = if id.is_some() { (0, 1) } else { (1, 0) };
                let reason = format!("it is set, and {} is not: both or none", names[unset]);
                Err(Error::ClientSecrets {
                    origin: names[set].clone(),
                    reason,
                })
            }
        }
    }
}

/// The file that an id and a secret are read from, if it is one.
pub(crate) fn secrets_file(args: &StoredArgs) -> Option<&Path> {
    let path = args.client_secrets.as_deref();
    let path = path.unwrap_or(Path::new(DEFAULT_SECRETS));
    path.is_file().then_some(path)
}

/// What the names of its variables begin with.
pub(crate) fn prefix(provider: &Provider) -> &str {
    provider.env_prefix().unwrap_or("LOOPIN")
}

/// What the provider's data tells of client ids (RFC 6749 §2.2).
pub(crate) fn check_id(provider: &Provider, client: Client) -> Result<Client, Failure> {
    if provider.accepts_client_id(client.id()) {
        return Ok(client);
    }
    let name = provider.name();
    let page = provider
        .app_page()
        .map(|page| format!(" at {page}"))
        .unwrap_or_default();
    let is_secret = provider.looks_like_client_secret(client.id()) || looks_secret(client.id());
    let guess = if is_secret {
        "; this looks like a secret"
    } else {
        ""
    };
    Err(Failure::usage(format!(
        "this is no client id of {name}: it is a number there{guess}"
    ))
    .hint(format!(
        "client id first, then the secret: client_id,client_secret; both stand{page}"
    )))
}

fn read_secrets<'a>(path: &'a Path, prefix: &str) -> Result<Source<'a>, Error> {
    if path == Path::new("-") {
        return Ok(Source {
            origin: "stdin".into(),
            file: None,
            client: Client::from_reader(io::stdin(), prefix, "stdin")?,
        });
    }
    if looks_secret(&path.to_string_lossy()) && !path.exists() {
        // Never echoed: it looks like the secret itself.
        let reason = "takes the name of a file, not what is in it".into();
        return Err(Error::ClientSecrets {
            origin: "--client-secrets".into(),
            reason,
        });
    }
    Ok(Source {
        origin: path.display().to_string(),
        file: Some(path),
        client: Client::from_file(path, prefix)?,
    })
}
