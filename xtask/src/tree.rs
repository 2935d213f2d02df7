//! A copy of the tree that may be changed, with a target folder that it keeps.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::machine::run;

/// A copy of the workspace under `target/trees`, with one commit on the branch `main`.
pub struct Tree {
    /// Where it is.
    pub path: PathBuf,
    target: PathBuf,
}

impl Tree {
    /// Copies what git knows and does not ignore. A file that is there as it should be is left alone, so that cargo does
    /// not compile it once more.
    ///
    /// # Errors
    /// Where git does not answer, or a file cannot be read or written.
    pub fn copy(root: &Path, name: &str) -> Result<Self> {
        let trees = root.join("target/trees");
        let tree = Self { path: trees.join(name), target: trees.join("target") };
        fs::create_dir_all(&tree.path)?;
        let git = tree.path.join(".git");
        if git.exists() {
            fs::remove_dir_all(git)?;
        }
        let wanted = listed(root)?;
        let mut there = Vec::new();
        files(&tree.path, &mut there)?;
        for file in there {
            if !wanted.contains(file.strip_prefix(&tree.path)?) {
                fs::remove_file(&file)?;
            }
        }
        for file in wanted {
            let contents = fs::read(root.join(&file))?;
            let copy = tree.path.join(&file);
            if !fs::read(&copy).is_ok_and(|there| there == contents) {
                fs::create_dir_all(copy.parent().context("a file has a folder")?)?;
                fs::write(&copy, contents)?;
            }
        }
        let author = ["-c", "user.name=Nobody", "-c", "user.email=nobody@localhost"];
        for words in ["init --quiet --initial-branch main", "add --all", "commit --quiet -m Copy"] {
            let mut git = Command::new("git");
            run(git.current_dir(&tree.path).args(author).args(words.split(' ')))?;
        }
        Ok(tree)
    }

    /// Cargo in this tree.
    pub fn cargo(&self, words: &str) -> Command {
        let mut command = crate::cargo();
        command.current_dir(&self.path).args(words.split(' '));
        self.dress(&mut command);
        command
    }

    /// Lets a command find this tree's target folder, and no other tree.
    pub fn dress(&self, command: &mut Command) {
        command.env("CARGO_TARGET_DIR", &self.target).env_remove("CARGO_MANIFEST_DIR");
    }
}

/// What git would commit, by its path in the workspace.
fn listed(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let output = git.output().context("git cannot be started")?;
    if !output.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let names = String::from_utf8(output.stdout).context("a file's name is no UTF-8")?;
    let names = names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
    // One that was deleted is listed until that is committed.
    Ok(names.filter(|name| root.join(name).is_file()).collect())
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    Ok(())
}
