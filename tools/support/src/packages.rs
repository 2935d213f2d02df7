//! Tools from package registries in pinned versions, each set in a folder of its own.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Result, bail};

use crate::command::{cargo, run};

/// Where packages come from.
#[derive(Clone, Copy)]
enum Registry {
    /// PyPI, into a virtual environment.
    Python,
    /// npm, into `node_modules`.
    Node,
    /// crates.io, compiled.
    Cargo,
}

/// Packages that belong together.
pub struct Packages {
    registry: Registry,
    names: &'static [&'static str],
    folder: PathBuf,
}

impl Packages {
    /// Packages from PyPI, such as `name==1.2.3`, for this folder.
    pub fn python(names: &'static [&'static str], folder: PathBuf) -> Self {
        Self { registry: Registry::Python, names, folder }
    }

    /// Packages from npm, such as `name@1.2.3`, for this folder.
    pub fn node(names: &'static [&'static str], folder: PathBuf) -> Self {
        Self { registry: Registry::Node, names, folder }
    }

    /// Programs from crates.io, such as `name@1.2.3`, for this folder.
    pub fn cargo(names: &'static [&'static str], folder: PathBuf) -> Self {
        Self { registry: Registry::Cargo, names, folder }
    }

    /// Checks that exactly these packages are installed; with `install`, installs them. `command`
    /// is what the user can type for that.
    ///
    /// # Errors
    /// Where they are missing and may not or cannot be installed; the message says what to type.
    pub fn ensure(&self, command: &str, install: bool) -> Result<()> {
        if fs::read_to_string(self.stamp()).is_ok_and(|names| names == self.names.join("\n")) {
            return Ok(());
        }
        if !install {
            bail!("missing: {}; type: {command}", self.names.join(", "));
        }
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        fs::create_dir_all(&self.folder)?;
        self.install()?;
        Ok(fs::write(self.stamp(), self.names.join("\n"))?)
    }

    /// The path of a program of these packages.
    pub fn program(&self, name: &str) -> PathBuf {
        match self.registry {
            Registry::Python | Registry::Cargo => self.folder.join("bin").join(name),
            Registry::Node => self.folder.join("node_modules/.bin").join(name),
        }
    }

    /// The folder in which Node.js finds these packages.
    pub fn node_modules(&self) -> PathBuf {
        self.folder.join("node_modules")
    }

    /// A file that names what the folder contains; it is written last.
    fn stamp(&self) -> PathBuf {
        self.folder.join("installed")
    }

    fn install(&self) -> Result<()> {
        let folder = self.folder.as_path();
        match self.registry {
            Registry::Python => {
                run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
                let mut pip = Command::new(self.program("pip"));
                pip.args(["install", "--quiet", "--disable-pip-version-check"]);
                run(pip.args(self.names))
            }
            Registry::Node => {
                let mut npm = Command::new("npm");
                npm.args(["install", "--no-audit", "--no-fund", "--loglevel", "error"]);
                run(npm.arg("--prefix").arg(folder).args(self.names))
            }
            Registry::Cargo => {
                let mut install = cargo();
                install.args(["install", "--locked", "--quiet", "--root"]).arg(folder);
                // The workspace's target folder has the dependencies in other versions.
                install.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
                run(install.args(self.names))?;
                Ok(fs::remove_dir_all(folder.join("target"))?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_install_nothing_is_written_and_the_error_says_what_to_type() {
        let folder = std::env::temp_dir().join("no-such-folder-of-tools-support");
        for packages in [
            Packages::python(&["one==1"], folder.clone()),
            Packages::node(&["one==1"], folder.clone()),
            Packages::cargo(&["one==1"], folder.clone()),
        ] {
            let error = packages.ensure("the command", false).unwrap_err().to_string();
            assert_eq!(error, "missing: one==1; type: the command");
            assert!(!folder.exists());
        }
    }
}
