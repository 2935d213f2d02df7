//! Whether a file can be a database: a regular file that has one name, in the directory in which
//! its log is kept.

use std::{fs, path::Path};

use runledger_store::{Result, StoreError};

/// Checks the kind, the number of names and the mount of a file, if there is one.
///
/// # Errors
/// [`StoreError::NotAFile`], [`StoreError::HardLinked`] and [`StoreError::Mounted`].
pub fn expect_suitable(path: &Path) -> Result<()> {
    // A file that cannot be examined cannot be read either, which has an error of its own.
    let Ok(found) = fs::metadata(path) else { return Ok(()) };
    let database = || path.display().to_string();
    if !found.is_file() {
        return Err(StoreError::NotAFile { file: database(), kind: kind(&found) });
    }
    match names(&found) {
        1 => {}
        names => return Err(StoreError::HardLinked { database: database(), names }),
    }
    if is_mount_point(path) {
        return Err(StoreError::Mounted { database: database() });
    }
    Ok(())
}

/// What kind of file this is, with an article.
#[cfg(unix)]
pub fn kind(found: &fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = found.file_type();
    if kind.is_dir() {
        "a directory"
    } else if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

/// What kind of file this is, with an article.
#[cfg(not(unix))]
pub fn kind(found: &fs::Metadata) -> &'static str {
    if found.is_dir() { "a directory" } else { "a device" }
}

#[cfg(unix)]
fn names(found: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(found)
}

#[cfg(not(unix))]
fn names(_: &fs::Metadata) -> u64 {
    1
}

/// Whether the file itself is mounted, such as by `docker run --volume FILE:FILE`. Its log would be
/// in another directory than that of a process which uses the file under its own name. Only Linux
/// tells.
fn is_mount_point(path: &Path) -> bool {
    let mounts = fs::read_to_string("/proc/self/mountinfo");
    let (Ok(mounts), Ok(path)) = (mounts, path.canonicalize()) else { return false };
    path.to_str().is_some_and(|path| mounts.lines().any(|line| mount_point(line) == path))
}

/// The mount point in a line of `mountinfo`: its fifth field, in which a backslash and three octal
/// digits stand for a space, tab, line feed or backslash.
fn mount_point(line: &str) -> String {
    let field = line.split(' ').nth(4).unwrap_or_default();
    let replaced = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    replaced.iter().fold(field.to_owned(), |field, (code, text)| field.replace(code, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_are_decoded() {
        let line = r"36 35 98:0 /mnt1 /a\040b/c\134d rw,noatime master:1 - ext3 /dev/root rw";
        assert_eq!(mount_point(line), r"/a b/c\d");
        assert_eq!(mount_point(""), "");
    }
}
