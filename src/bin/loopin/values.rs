//! How the values of options are written.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

pub(crate) fn parameter(text: &str) -> Result<(String, String), String> {
    let expected = "expected NAME=VALUE";
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or(expected)?;
    Ok((name.to_owned(), value.to_owned()))
}

/// RFC 6749 §3.3: printable ASCII without `"` and `\\`; spaces separate.
pub(crate) fn scope(text: &str) -> Result<String, String> {
    let is_token = |c: char| c == ' ' || c.is_ascii_graphic() && c != '"' && c != '\\';
    match text.chars().find(|c| !is_token(*c)) {
        Some(odd) => Err(format!("a scope has no {odd:?}")),
        None => Ok(text.to_owned()),
    }
}

/// `90`, `90s`, `5m`, `1h 30m`, `200ms`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map(Duration::from_secs);
    let friendly = || {
        text.parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|duration| duration.try_into().ok())
    };
    seconds
        .ok()
        .or_else(friendly)
        .ok_or_else(|| "expected a duration such as 90s, 5m or 1h".to_owned())
}

/// Where to listen instead of at the redirect URI.
#[derive(Clone, Copy)]
pub(crate) struct Listen {
    pub(crate) ip: IpAddr,
    pub(crate) port: Option<u16>,
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => SocketAddr::new(self.ip, port).fmt(f),
            None => self.ip.fmt(f),
        }
    }
}

/// `0.0.0.0`, `0.0.0.0:5000`, `[::]:5000`. Port 0 would be one that nobody was told of.
pub(crate) fn listen(text: &str) -> Result<Listen, String> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let whole = text
        .parse::<SocketAddr>()
        .map(|there| (there.ip(), Some(there.port())));
    let (ip, port) = whole
        .or_else(|_| bare.parse().map(|ip| (ip, None)))
        .map_err(|_| "expected an IP address, with a port or without, such as 0.0.0.0:5000")?;
    match port {
        Some(0) => Err(
            "port 0 is one that nobody can know; leave it out to take the redirect URI's".into(),
        ),
        port => Ok(Listen { ip, port }),
    }
}

/// Stands for a word that looks like a secret.
pub(crate) const NOT_REPEATED: &str = "...";

/// The way out for who has written one where others can read it.
pub(crate) const NEW_SECRET: &str =
    "make a new secret, if this one was real; then save it by: loopin setup";

/// Whether this is rather what stands in a file than the name of one.
pub(crate) fn looks_secret(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_~".contains(c);
    let is_long = name.len() >= 20;
    let has_digit = name.contains(|c: char| c.is_ascii_digit());
    name.contains(',') || is_long && has_digit && name.chars().all(is_word)
}

/// The name of an environment variable, as every shell takes it.
pub(crate) fn variable_name(text: &str) -> Result<String, String> {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_name =
        text.starts_with(is_letter) && text.chars().all(|c| is_letter(c) || c.is_ascii_digit());
    if is_name {
        Ok(text.to_owned())
    } else {
        Err("expected a variable's name: letters, digits and _".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("90", 90),
            ("90s", 90),
            ("5m", 300),
            ("1h 30m", 5400),
            ("0", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        assert!(
            ["", "-5s", "x", "5 parsecs"]
                .iter()
                .all(|text| duration(text).is_err())
        );
    }
}
