//! The Debian package, which cargo-deb builds from the metadata in `crates/cli/Cargo.toml`.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use tools_support::packages::Packages;

const CARGO_PACKAGES: &[&str] = &["cargo-deb@3.8.0"];

/// cargo-deb in its pinned version.
pub struct CargoDeb(Packages);

impl CargoDeb {
    /// Finds it; with `install`, installs it where it is missing.
    ///
    /// # Errors
    /// Where it is missing and may not or cannot be installed; the message says what to type.
    pub fn ensure(root: &Path, install: bool) -> Result<Self> {
        let packages = Packages::cargo(CARGO_PACKAGES, root.join("target/tools/cargo-deb"));
        packages.ensure("cargo xtask dist --deb --install", install)?;
        Ok(Self(packages))
    }

    /// Builds the package of the collected contents; returns its path.
    ///
    /// # Errors
    /// Where cargo-deb fails.
    pub fn package(&self, root: &Path, to: &Path, version: Option<&str>) -> Result<PathBuf> {
        let mut command = Command::new(self.0.program("cargo-deb"));
        command.current_dir(root).args(["--package", "runledger"]);
        command.args(["--no-build", "--no-strip", "--quiet", "--output"]).arg(to);
        if let Some(version) = version {
            command.args(["--deb-version", version]);
        }
        let output = command.stderr(Stdio::inherit()).output();
        let output = output.context("cargo-deb cannot be started")?;
        ensure!(output.status.success(), "cargo-deb: {}", output.status);
        // Its output is the path of the package.
        Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
    }
}
