//! The files of the contract: what they are made from, and how they are read and written.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
};

use anyhow::{Context, Result};
use runledger_contract::{downlevel, to_pretty};

/// A file of the contract.
pub struct File {
    /// Its path in the workspace.
    pub name: String,
    /// What it should hold.
    pub contents: String,
}

/// All files as the types and routes say them.
pub fn generated() -> Result<Vec<File>> {
    let document = runledger_server::openapi_document();
    Ok(vec![
        File { name: "openapi.json".into(), contents: to_pretty(&document) },
        File { name: "openapi-3.0.json".into(), contents: to_pretty(&downlevel(&document)?) },
    ])
}

/// What the file holds; nothing where it is not there.
pub fn checked_in(root: &Path, file: &File) -> Result<String> {
    match fs::read_to_string(root.join(&file.name)) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.name)),
    }
}

/// Makes the file hold what it should, and says whether it was written. It is never seen half written.
pub fn write_file(root: &Path, file: &File) -> Result<bool> {
    if checked_in(root, file)? == file.contents {
        return Ok(false);
    }
    let path = root.join(&file.name);
    let folder = path.parent().context("a file has a folder")?;
    fs::create_dir_all(folder)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(file.contents.as_bytes())?;
    // A temporary file is its owner's alone; a checked-in one is not.
    #[cfg(unix)]
    fs::set_permissions(temporary.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    temporary.persist(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(true)
}
