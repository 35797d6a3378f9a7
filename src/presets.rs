use std::collections::BTreeMap;

use crate::{
    provider_data::Data,
    provider_file::{nearest, read},
};

/// The providers that are built in: what `--provider` and `token.json` call them, and their data.
pub(crate) const PRESETS: &[(&str, &str)] = &[
    ("discord", include_str!("providers/discord.toml")),
    ("dropbox", include_str!("providers/dropbox.toml")),
    ("github", include_str!("providers/github.toml")),
    ("gitlab", include_str!("providers/gitlab.toml")),
    ("google", include_str!("providers/google.toml")),
    ("microsoft", include_str!("providers/microsoft.toml")),
    ("slack", include_str!("providers/slack.toml")),
    ("spotify", include_str!("providers/spotify.toml")),
    ("strava", include_str!("providers/strava.toml")),
    ("twitch", include_str!("providers/twitch.toml")),
];

/// Those that could be expected here, and why they are not.
const NONE: &str = include_str!("providers/none.toml");

/// Why there is no built-in provider of this name.
pub(crate) fn why_none(name: &str) -> String {
    let known: BTreeMap<String, String> = toml::from_str(NONE).unwrap_or_default();
    let reason = known.get(name);
    let nearest = nearest(
        &name.to_lowercase(),
        PRESETS.iter().map(|(preset, _)| *preset),
    );
    match (reason, nearest) {
        (Some(reason), _) => reason.clone(),
        (None, Some(preset)) => format!("there is none of this name; did you mean {preset}?"),
        (None, None) => "there is no built-in provider of this name".into(),
    }
}

/// The built-in provider whose variables begin with this, on systems that do not tell capitals apart, too.
pub(crate) fn of_variables(prefix: &str) -> Option<(&'static str, Data)> {
    let prefix = prefix.to_ascii_lowercase();
    // Most prefixes are in none of them, and reading them all takes a while.
    let presets = PRESETS.iter();
    let presets = presets.filter(|(_, text)| text.to_ascii_lowercase().contains(&prefix));
    let mut presets = presets.filter_map(|(name, text)| Some((*name, read(text).ok()?)));
    presets.find(|(_, data)| {
        let own = data.env_prefix.as_deref();
        own.is_some_and(|own| own.eq_ignore_ascii_case(&prefix))
    })
}
