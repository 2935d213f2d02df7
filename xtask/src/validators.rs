//! The outside judges of the contract's files, and the browser's driver: tools of others, in pinned versions, kept
//! under `target/`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use tools_support::{command::run, machine::ensure_debian};

/// From PyPI.
const PYTHON_PACKAGES: &[&str] = &["openapi-spec-validator==0.9.0"];
/// From npm.
const NODE_PACKAGES: &[&str] =
    &["@redocly/cli@2.77.0", "@stoplight/spectral-cli@6.16.3", "playwright-core@1.65.1"];

/// Where the judges are and what they judge.
pub struct Validators {
    root: PathBuf,
    python: PathBuf,
    node: PathBuf,
}

impl Validators {
    /// The judges of the workspace in this folder.
    pub fn new(root: &Path) -> Self {
        let tools = root.join("target/validators");
        Self { root: root.to_owned(), python: tools.join("python"), node: tools.join("node") }
    }

    /// Makes sure that all of them are here; with `install` by fetching what is not.
    ///
    /// # Errors
    /// Where something is missing and may not or cannot be installed; the message says what to type.
    pub fn ensure(&self, install: bool) -> Result<()> {
        let python = stamp(&self.python) == PYTHON_PACKAGES.join("\n");
        let node = stamp(&self.node) == NODE_PACKAGES.join("\n");
        ensure_debian(install)?;
        if python && node {
            return Ok(());
        }
        if !install {
            let missing = [(python, PYTHON_PACKAGES), (node, NODE_PACKAGES)];
            let missing = missing.iter().filter(|(here, _)| !here).flat_map(|(_, names)| *names);
            let missing: Vec<_> = missing.copied().collect();
            bail!("missing: {}; type: cargo xtask test --install", missing.join(", "));
        }
        if !python {
            self.install_python()?;
        }
        if !node {
            self.install_node()?;
        }
        Ok(())
    }

    /// One command for each judge and document, with a name for people.
    pub fn commands(&self) -> Vec<(&'static str, Command)> {
        let spec_validator = |file: &str| {
            let program = self.python.join("bin/openapi-spec-validator");
            self.command(program, &["--validation-errors", "all", file])
        };
        let node = |program: &str, arguments: &[&str]| {
            self.command(self.node.join("node_modules/.bin").join(program), arguments)
        };
        let redocly = [
            "lint",
            "openapi.json",
            "--config",
            "tests/validators/redocly.yaml",
            "--max-problems",
            "1000",
        ];
        let spectral = |file: &str| {
            let ruleset = ["--ruleset", "tests/validators/spectral.yaml"];
            node("spectral", &[&["lint", file, "--fail-severity", "hint"], &ruleset[..]].concat())
        };
        vec![
            ("openapi-spec-validator, 3.1", spec_validator("openapi.json")),
            ("openapi-spec-validator, 3.0", spec_validator("openapi-3.0.json")),
            ("Redocly recommended-strict, 3.1", node("redocly", &redocly)),
            ("Spectral oas, 3.1", spectral("openapi.json")),
            // Redocly wants the licence's address in 3.0, which an expression of two licences does not have.
            ("Spectral oas, 3.0", spectral("openapi-3.0.json")),
        ]
    }

    /// Where Node finds what npm installed.
    pub fn node_modules(&self) -> PathBuf {
        self.node.join("node_modules")
    }

    fn command(&self, program: PathBuf, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).args(arguments);
        // They judge files on this machine; nothing of it is anybody else's business.
        command.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
        command
    }

    fn install_python(&self) -> Result<()> {
        start_over(&self.python)?;
        run(Command::new("python3").args(["-m", "venv"]).arg(&self.python))?;
        let pip = self.python.join("bin/pip");
        run(Command::new(pip)
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(PYTHON_PACKAGES))?;
        fs::write(self.python.join("installed"), PYTHON_PACKAGES.join("\n"))?;
        Ok(())
    }

    fn install_node(&self) -> Result<()> {
        start_over(&self.node)?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix"]);
        run(npm.arg(&self.node).args(NODE_PACKAGES))?;
        fs::write(self.node.join("installed"), NODE_PACKAGES.join("\n"))?;
        Ok(())
    }
}

/// What the folder was last filled with, whole.
fn stamp(folder: &Path) -> String {
    fs::read_to_string(folder.join("installed")).unwrap_or_default()
}

fn start_over(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_leave_nothing_is_installed_and_what_to_type_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let error = Validators::new(folder.path()).ensure(false).unwrap_err().to_string();
        assert!(error.contains("missing"), "{error}");
        assert!(error.contains("type: cargo xtask test --install"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
