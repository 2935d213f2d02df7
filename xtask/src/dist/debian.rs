//! The Debian package, which cargo-deb makes of what stands in `crates/cli/Cargo.toml`.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use tools_support::command::{cargo, run};

/// From the crates' registry, kept under `target/tools`.
const CARGO_DEB: &str = "3.8.0";

/// Makes sure that cargo-deb is here in its pinned version; with `install` by installing it.
///
/// # Errors
/// Where it is missing and may not or cannot be installed; the message says what to type.
pub fn ensure(root: &Path, install: bool) -> Result<()> {
    let here = Command::new(program(root)).arg("--version").output();
    if here.is_ok_and(|output| output.stdout.ends_with(format!(" {CARGO_DEB}\n").as_bytes())) {
        return Ok(());
    }
    if !install {
        bail!("cargo-deb {CARGO_DEB} is missing; type: cargo xtask dist --deb --install");
    }
    let install = ["install", "--locked", "--force", "--version", CARGO_DEB, "cargo-deb", "--root"];
    run(cargo().current_dir(root).args(install).arg(root.join("target/tools")))
}

/// Makes the package of the contents that are in place; answers where it is.
///
/// # Errors
/// Where cargo-deb does not succeed.
pub fn package(root: &Path, to: &Path, version: Option<&str>) -> Result<PathBuf> {
    let mut command = Command::new(program(root));
    command.current_dir(root).args([
        "--package",
        "runledger",
        "--no-build",
        "--no-strip",
        "--quiet",
    ]);
    command.arg("--output").arg(to);
    if let Some(version) = version {
        command.args(["--deb-version", version]);
    }
    let output =
        command.stderr(Stdio::inherit()).output().context("cargo-deb cannot be started")?;
    anyhow::ensure!(output.status.success(), "cargo-deb: {}", output.status);
    // It says where the package is, and nothing else.
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

fn program(root: &Path) -> PathBuf {
    root.join("target/tools/bin/cargo-deb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_leave_nothing_is_installed_and_what_to_type_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let error = ensure(folder.path(), false).unwrap_err().to_string();
        assert!(error.ends_with("type: cargo xtask dist --deb --install"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
