//! The files that the checks read.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};

/// A text file of the tree.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path relative to the root of the workspace, with `/` between its parts.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// What follows the last dot of the path; empty where there is none.
    pub fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

/// Every text file that git tracks, or would track, below the root; in the order of their paths.
///
/// # Errors
/// Fails where git cannot list the files, or one of them cannot be read.
pub fn source_files(root: &Path) -> Result<Vec<SourceFile>> {
    let listing = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .context("git cannot be started")?;
    ensure!(listing.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listing.stderr));
    let mut files = Vec::new();
    for path in String::from_utf8(listing.stdout)?.split_terminator('\0') {
        // A file that is deleted in the work tree is still listed.
        let Ok(bytes) = fs::read(root.join(path)) else { continue };
        // Pictures are not text.
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(SourceFile { path: path.to_owned(), text });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}
