//! The outside judges of the contract's files: tools of others, in pinned versions, kept under `target/`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// From PyPI.
const PYTHON_PACKAGES: &[&str] = &["openapi-spec-validator==0.9.0"];
/// From npm.
const NODE_PACKAGES: &[&str] = &["@redocly/cli@2.77.0", "@stoplight/spectral-cli@6.16.3"];

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
        if python && node {
            return Ok(());
        }
        if !install {
            bail!("the validators are not installed; type: cargo xtask test --install");
        }
        ensure_system_tools()?;
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
            self.command(self.python.join("bin/openapi-spec-validator"), &["--errors", "all", file])
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
        let spectral = [
            "lint",
            "openapi.json",
            "--ruleset",
            "tests/validators/spectral.yaml",
            "--fail-severity",
            "hint",
        ];
        vec![
            ("openapi-spec-validator, 3.1", spec_validator("openapi.json")),
            ("openapi-spec-validator, 3.0", spec_validator("openapi-3.0.json")),
            ("Redocly recommended-strict", node("redocly", &redocly)),
            ("Spectral oas", node("spectral", &spectral)),
        ]
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

/// Python with venv, Node and npm: Debian's packages, installed when root.
fn ensure_system_tools() -> Result<()> {
    let checks: [(&[&str], &str); 3] = [
        (&["python3", "-c", "import ensurepip, venv"], "python3-venv"),
        (&["node", "--version"], "nodejs"),
        (&["npm", "--version"], "npm"),
    ];
    let works = |words: &[&str]| {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let missing: Vec<_> =
        checks.iter().filter(|(words, _)| !works(words)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    println!("installing Debian packages: {packages}");
    let installed = run(Command::new("apt-get").args(["update", "--quiet"])).and_then(|()| {
        run(Command::new("apt-get").args(["install", "--yes", "--quiet"]).args(&missing))
    });
    installed.with_context(|| {
        format!("missing on this machine; as root, type: apt-get install {packages}")
    })
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{program} cannot be started"))?;
    if status.success() { Ok(()) } else { bail!("{program}: {status}") }
}
