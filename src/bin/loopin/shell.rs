//! Words of the commands that are advised, as a shell takes them.

use std::path::Path;

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    shlex::try_quote(word).unwrap_or_default().into_owned()
}

/// A file's name as a command takes it for one, whatever its first character means there.
pub(crate) fn file_word(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_alphanumeric() || "./_".contains(c));
    let before = if is_plain { "" } else { "./" };
    quoted(&format!("{before}{name}"))
}

/// The command that makes a file its owner's alone.
pub(crate) fn chmod(path: &Path) -> String {
    format!("chmod 600 {}", file_word(&path.to_string_lossy()))
}
