//! Longer words of messages, and those of what there may not be.

use std::path::Path;

pub(crate) const LOST: &str =
    "perhaps an earlier refresh was killed before it could save the new one";

pub(crate) fn through(proxy: Option<&str>) -> String {
    proxy.map_or_else(String::new, |proxy| format!(" through the proxy {proxy}"))
}

pub(crate) fn by_this_clock(is_own: bool) -> &'static str {
    if is_own {
        ", by this machine's clock"
    } else {
        ""
    }
}

pub(crate) fn saved_in(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| {
        format!("; that token is in {}", path.display())
    })
}
