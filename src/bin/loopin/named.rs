//! From what `--provider` says to a provider.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use loopin::{Error, Provider};

use crate::values::{NOT_REPEATED, looks_secret};

/// The one that is meant where nobody names one.
pub(crate) const DEFAULT_PROVIDER: &str = "strava";

/// A preset by its name, the user's own after the built-in ones; an issuer by its URL; a provider file by its path.
pub(crate) fn provider(name: &str) -> Result<Provider, Error> {
    if name.contains("://") {
        return Provider::from_issuer(name);
    }
    let own = own_preset(name);
    let is_file = || name.ends_with(".toml") || own.is_some() || Path::new(name).exists();
    if looks_secret(name) && !is_file() {
        return Err(Error::UnknownProvider {
            name: NOT_REPEATED.into(),
            reason: "this looks like a secret, and no option or variable takes one there".into(),
        });
    }
    if name.contains(['/', '\\']) || name.ends_with(".toml") {
        return Provider::from_file(name);
    }
    match own {
        Some(path) if !is_preset(name) => Provider::from_file(path),
        _ => Provider::preset(name),
    }
}

pub(crate) fn is_preset(name: &str) -> bool {
    Provider::presets().any(|preset| preset == name)
}

/// What `--provider` knows by name: the built-in ones, then the user's own that do not have the name of one of those.
pub(crate) fn names() -> Vec<String> {
    let entries = own_presets().and_then(|folder| fs::read_dir(folder).ok());
    let entries = entries.into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let names = names.filter_map(|name| Some(name.strip_suffix(".toml")?.to_owned()));
    let mut own: Vec<_> = names.filter(|name| !is_preset(name)).collect();
    own.sort();
    Provider::presets().map(str::to_owned).chain(own).collect()
}

/// Where the user's own presets are (XDG Base Directory Specification).
fn own_presets() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).map(PathBuf::from);
    let configuration = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    let configuration = configuration.or_else(|| Some(variable("HOME")?.join(".config")))?;
    Some(configuration.join("loopin").join("providers"))
}

fn own_preset(name: &str) -> Option<PathBuf> {
    let path = own_presets()?.join(format!("{name}.toml"));
    path.is_file().then_some(path)
}
