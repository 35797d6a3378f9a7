//! What is the owner's alone, and what is not.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

/// 0600 whatever the umask takes away.
#[cfg(unix)]
pub(crate) fn make_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
pub(crate) fn make_private(_file: &File) -> io::Result<()> {
    Ok(())
}

/// A folder, and those above it that are missing, for its owner alone.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file to read it, without waiting for anybody: a pipe may have taken its place.
pub(crate) fn open(path: &Path) -> io::Result<(File, fs::Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        rustix::fs::OFlags::NONBLOCK.bits() as i32,
    );
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// Whether a file can be renamed over, or be made, at this path.
pub(crate) fn check_replaceable(path: &Path) -> io::Result<()> {
    why_not_replaceable(path).map_or(Ok(()), |reason| Err(io::Error::other(reason)))
}

/// A container's single file is mounted at this very path; and `chattr` can forbid it.
#[cfg(target_os = "linux")]
fn why_not_replaceable(path: &Path) -> Option<&'static str> {
    use rustix::fs::{AtFlags, CWD, StatxAttributes as Attributes, StatxFlags, statx};
    let attributes = |path| {
        let found = statx(CWD, path, AtFlags::empty(), StatxFlags::empty());
        found.map_or(Attributes::empty(), |found| found.stx_attributes)
    };
    let (file, folder) = (attributes(path), attributes(path.parent()?));
    if file.contains(Attributes::MOUNT_ROOT) {
        return Some("it is mounted by itself, and cannot be replaced; mount its folder instead");
    }
    let fixed = Attributes::IMMUTABLE | Attributes::APPEND;
    if file.intersects(fixed) {
        return Some("it is immutable, or for appending only (lsattr shows that)");
    }
    let is_fixed = folder.intersects(fixed);
    is_fixed.then_some("its folder is immutable, or for appending only (lsattr -d shows that)")
}

#[cfg(not(target_os = "linux"))]
fn why_not_replaceable(_path: &Path) -> Option<&'static str> {
    None
}

/// Whether files can be made in this folder, and removed.
#[cfg(unix)]
pub(crate) fn check_writable(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

#[cfg(not(unix))]
pub(crate) fn check_writable(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether it belongs to the user who runs this program.
#[cfg(unix)]
pub(crate) fn is_ours(file: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(file) == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
pub(crate) fn is_ours(_file: &fs::Metadata) -> bool {
    true
}
