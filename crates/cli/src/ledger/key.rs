//! An API key as the user gives it.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::{screen::shell_word, usage::bail_usage};

/// The greatest size of a file with a key, in bytes: a wrong path must not fill the memory.
const MAX_FILE_BYTES: u64 = 4096;

/// An API key, or the file that contains it.
pub enum Key {
    /// The key itself.
    Secret(String),
    /// A file that contains the key.
    File(PathBuf),
}

impl Key {
    /// The key itself, without the spaces and the line break around it.
    ///
    /// # Errors
    /// If the file cannot be read, or does not contain one line of text. The message does not
    /// contain its content.
    pub fn secret(&self) -> anyhow::Result<String> {
        let path = match self {
            Self::Secret(secret) => return Ok(secret.clone()),
            Self::File(path) => path,
        };
        let content = read(path).with_context(|| format!("{self} cannot be read"))?;
        let secret = content.trim();
        match secret.lines().count() {
            1 => Ok(secret.to_owned()),
            0 => bail_usage!("{self} is empty; it must contain an API key"),
            _ => bail_usage!("{self} must contain one line, which is an API key"),
        }
    }

    /// A warning if every user of the machine can read the file of the key.
    pub fn warning(&self) -> Option<String> {
        let Self::File(path) = self else { return None };
        is_public(path).then(|| {
            let name = path.to_string_lossy();
            format!(
                "warning: every user of this machine can read the API key in {name}; protect it: \
                 chmod 600 {}",
                shell_word(&name)
            )
        })
    }
}

/// Whether every user of the machine can read the file. A group may be meant to.
#[cfg(unix)]
fn is_public(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path);
    metadata.is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_public(_: &Path) -> bool {
    false
}

fn read(path: &Path) -> io::Result<String> {
    let mut content = String::new();
    File::open(path)?.take(MAX_FILE_BYTES).read_to_string(&mut content)?;
    Ok(content)
}

/// Names the option. The key itself is never printed.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(_) => f.write_str("--key (or RUNLEDGER_KEY)"),
            Self::File(path) => write!(f, "--key-file (or RUNLEDGER_KEY_FILE) {}", path.display()),
        }
    }
}
