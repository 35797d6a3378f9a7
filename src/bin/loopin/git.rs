//! placeholder until merge
use std::path::Path;
pub(crate) fn is_work_tree(folder: &Path) -> bool {
    folder
        .canonicalize()
        .is_ok_and(|f| f.ancestors().any(|f| f.join(".git").exists()))
}
pub(crate) fn unignored(_folder: &Path, names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}
