//! Runs outside validators and linters, in pinned versions, on the checked-in documents.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::Result;
use clap::Parser;
use tools_support::{command::run, machine::ensure_debian, packages::Packages, workspace};

const PYTHON_PACKAGES: &[&str] = &["openapi-spec-validator==0.9.0"];
const NODE_PACKAGES: &[&str] = &["@redocly/cli@2.77.0", "@stoplight/spectral-cli@6.16.3"];
const INSTALL: &str = "cargo xtask validators --install";

/// Run outside validators and linters on openapi.json and openapi-3.0.json
#[derive(Parser)]
#[command(bin_name = "cargo xtask validators")]
struct Arguments {
    /// Install what is missing: Debian packages as root; PyPI and npm packages into target/
    #[arg(long)]
    install: bool,
}

fn main() -> ExitCode {
    let Arguments { install } = Arguments::parse();
    run_all(install, &workspace::root()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run_all(install: bool, root: &Path) -> Result<ExitCode> {
    let validators = Validators::new(root);
    validators.ensure(install)?;
    let mut failed = 0;
    for (name, mut command) in validators.commands() {
        println!("== {name}");
        if let Err(error) = run(&mut command) {
            println!("{name}: {error:#}");
            failed += 1;
        }
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Validators {
    root: PathBuf,
    python: Packages,
    node: Packages,
}

impl Validators {
    fn new(root: &Path) -> Self {
        let folder = root.join("target/validators");
        Self {
            root: root.to_owned(),
            python: Packages::python(PYTHON_PACKAGES, folder.join("python")),
            node: Packages::node(NODE_PACKAGES, folder.join("node")),
        }
    }

    fn ensure(&self, install: bool) -> Result<()> {
        ensure_debian(install)?;
        self.python.ensure(INSTALL, install)?;
        self.node.ensure(INSTALL, install)
    }

    /// A name and a command for each validator and document.
    fn commands(&self) -> Vec<(&'static str, Command)> {
        let spec_validator = |file: &str| {
            let program = self.python.program("openapi-spec-validator");
            self.command(program, &["--validation-errors", "all", file])
        };
        let spectral = |file: &str| {
            let ruleset = ["--ruleset", "tests/validators/spectral.yaml"];
            let arguments = [&["lint", file, "--fail-severity", "hint"], &ruleset[..]].concat();
            self.command(self.node.program("spectral"), &arguments)
        };
        let config = ["--config", "tests/validators/redocly.yaml", "--max-problems", "1000"];
        let redocly = [&["lint", "openapi.json"], &config[..]].concat();
        let redocly = self.command(self.node.program("redocly"), &redocly);
        vec![
            ("openapi-spec-validator, 3.1", spec_validator("openapi.json")),
            ("openapi-spec-validator, 3.0", spec_validator("openapi-3.0.json")),
            ("Redocly recommended-strict, 3.1", redocly),
            ("Spectral oas, 3.1", spectral("openapi.json")),
            // No Redocly for 3.0: it requires a license URL, which an SPDX expression of two
            // licenses does not have.
            ("Spectral oas, 3.0", spectral("openapi-3.0.json")),
        ]
    }

    fn command(&self, program: PathBuf, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).args(arguments);
        // They check local files and need no network.
        command.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
        command
    }
}
