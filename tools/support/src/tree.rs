//! A copy of the working tree that a test may change.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::command::{cargo, run};

/// A copy of the workspace under `target/trees`, with one commit on the branch `main`. All copies
/// share one target folder, which is kept from one call to the next.
pub struct Tree {
    /// The copy's folder.
    pub path: PathBuf,
    target: PathBuf,
}

impl Tree {
    /// Copies the files that git tracks or would track. A file whose contents are already the same
    /// is not written again, so that cargo does not compile it again.
    ///
    /// # Errors
    /// Where git fails, or a file cannot be read or written.
    pub fn copy(root: &Path, name: &str) -> Result<Self> {
        let trees = root.join("target/trees");
        let tree = Self { path: trees.join(name), target: trees.join("target") };
        fs::create_dir_all(&tree.path)?;
        let git = tree.path.join(".git");
        if git.exists() {
            fs::remove_dir_all(git)?;
        }
        let wanted = listed(root)?;
        remove_others(&tree.path, &wanted)?;
        for file in wanted {
            copy_if_different(&root.join(&file), &tree.path.join(&file))?;
        }
        let author = ["-c", "user.name=Test", "-c", "user.email=test@localhost"];
        for line in ["init --quiet --initial-branch main", "add --all", "commit --quiet -m Copy"] {
            let mut git = Command::new("git");
            run(git.current_dir(&tree.path).args(author).args(line.split(' ')))?;
        }
        Ok(tree)
    }

    /// Cargo with these arguments, separated by single spaces, in the copy.
    pub fn cargo(&self, arguments: &str) -> Command {
        let mut command = cargo();
        command.current_dir(&self.path).args(arguments.split(' '));
        self.set_environment(&mut command);
        command
    }

    /// Sets the environment of a command that runs in the copy: the copies' target folder, and no
    /// trace of the workspace that was copied.
    pub fn set_environment(&self, command: &mut Command) {
        command.env("CARGO_TARGET_DIR", &self.target).env_remove("CARGO_MANIFEST_DIR");
    }
}

/// The files that git would commit, as paths relative to the workspace.
fn listed(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let output = git.output().context("git cannot be started")?;
    if !output.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let names = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
    let names = names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
    // A deleted file is listed until its deletion is committed.
    Ok(names.filter(|name| root.join(name).is_file()).collect())
}

fn remove_others(copy: &Path, wanted: &BTreeSet<PathBuf>) -> Result<()> {
    for file in files(copy)? {
        if !wanted.contains(file.strip_prefix(copy)?) {
            fs::remove_file(&file)?;
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn copy_if_different(from: &Path, to: &Path) -> Result<()> {
    let contents = fs::read(from)?;
    if fs::read(to).is_ok_and(|existing| existing == contents) {
        return Ok(());
    }
    fs::create_dir_all(to.parent().context("a file has a folder")?)?;
    Ok(fs::write(to, contents)?)
}
