//! Variables that stay with this process.

use std::ffi::OsStr;

/// Whether a variable, by how its name ends, holds a client secret or a refresh token: programs started from here do
/// without both.
///
/// ```
/// use loopin::is_secret_variable;
///
/// assert!(is_secret_variable("STRAVA_CLIENT_SECRET".as_ref()));
/// assert!(is_secret_variable("strava_refresh_token".as_ref()));
/// assert!(!is_secret_variable("STRAVA_ACCESS_TOKEN".as_ref()));
/// ```
pub fn is_secret_variable(name: &OsStr) -> bool {
    ends_with(name, &["CLIENT_SECRET", "REFRESH_TOKEN"])
}

/// A browser needs no access token either.
pub(crate) fn is_kept_from_browser(name: &OsStr) -> bool {
    is_secret_variable(name) || ends_with(name, &["ACCESS_TOKEN"])
}

/// In whatever case: on Windows all mean the same.
fn ends_with(name: &OsStr, ends: &[&str]) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    ends.iter().any(|end| name.ends_with(end))
}
