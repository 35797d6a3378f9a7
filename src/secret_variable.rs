//! Variables that stay with this process.

use std::ffi::OsStr;

/// Whether a variable of this name holds, by how it ends, what no program needs that is started here: the secret of a
/// client, or what access tokens are got with.
pub fn is_secret_variable(name: &OsStr) -> bool {
    ends_with(name, &["CLIENT_SECRET", "REFRESH_TOKEN"])
}

/// The same, or an access token.
pub(crate) fn is_token_variable(name: &OsStr) -> bool {
    is_secret_variable(name) || ends_with(name, &["ACCESS_TOKEN"])
}

/// In whatever case: on Windows all mean the same.
fn ends_with(name: &OsStr, ends: &[&str]) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    ends.iter().any(|end| name.ends_with(end))
}
