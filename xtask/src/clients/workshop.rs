//! Where a set-up is tried: a folder under `target/` with its files and both documents, and the lines typed there.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::manifest::SetUp;

/// No line takes longer, in seconds; one that does is ended.
const LONGEST: &str = "900";
const DOCUMENTS: [&str; 2] = ["openapi.json", "openapi-3.0.json"];

/// The folder of one set-up.
pub struct Workshop<'a> {
    set_up: &'a SetUp,
    root: &'a Path,
    folder: PathBuf,
    variables: BTreeMap<&'static str, OsString>,
}

impl<'a> Workshop<'a> {
    /// The one under this workspace's `target/`. Nothing is made yet.
    pub fn new(set_up: &'a SetUp, root: &'a Path) -> Self {
        let clients = root.join("target/clients");
        let tools = clients.join("tools");
        let go = tools.join("go");
        let mut path = vec![go.clone()];
        let mut variables = BTreeMap::from([("GOBIN", go.into_os_string())]);
        if let Some(python) = python_environment(set_up) {
            let python = tools.join(python);
            path.insert(0, python.join("bin"));
            variables.insert("VIRTUAL_ENV", python.into_os_string());
        }
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        // A folder whose name has a colon cannot be on the PATH; cargo does not build there either.
        variables.insert("PATH", std::env::join_paths(path).unwrap_or_default());
        Self { set_up, root, folder: clients.join(&set_up.name), variables }
    }

    /// Whether everything that `install` fetches is here, as the set-up wants it now.
    pub fn is_installed(&self) -> bool {
        let stamp = fs::read_to_string(self.folder.join(".installed"));
        stamp.is_ok_and(|stamp| self.wanted().is_ok_and(|wanted| wanted == stamp))
    }

    /// Fetches what is not here.
    ///
    /// # Errors
    /// With what the failing line said.
    pub fn install(&self) -> Result<()> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        self.lay_out()?;
        if let Some(python) = self.variables.get("VIRTUAL_ENV").map(Path::new)
            && !python.join("bin/pip").exists()
        {
            crate::machine::run(Command::new("python3").args(["-m", "venv"]).arg(python))?;
        }
        self.type_lines("install", &self.set_up.install, &[])?;
        Ok(fs::write(self.folder.join(".installed"), self.wanted()?)?)
    }

    /// Puts the set-up's files and the documents into the folder, and takes away what was generated before.
    ///
    /// # Errors
    /// Where files cannot be written.
    pub fn lay_out(&self) -> Result<()> {
        let generated = self.folder.join("generated");
        if generated.exists() {
            fs::remove_dir_all(generated)?;
        }
        copy(&self.set_up.folder, &self.folder)?;
        for document in DOCUMENTS {
            fs::copy(self.root.join(document), self.folder.join(document))?;
        }
        Ok(())
    }

    /// Types lines one after another, each in a shell of its own; answers all that they printed.
    ///
    /// # Errors
    /// At the first line that fails, with what it said.
    pub fn type_lines(
        &self,
        stage: &str,
        lines: &[String],
        variables: &[(&str, &str)],
    ) -> Result<String> {
        let log = self.folder.join(format!(".{stage}.log"));
        let mut printed = String::new();
        for line in lines {
            let file = File::create(&log).with_context(|| log.display().to_string())?;
            let mut command = self.command(line);
            command.stdout(file.try_clone()?).stderr(file).envs(variables.iter().copied());
            let status = command.status().context("`timeout` and `bash` are needed")?;
            let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
            if !status.success() {
                bail!("$ {line}\n{}\n({status})", ending(&said));
            }
            printed += &said;
        }
        Ok(printed)
    }

    /// The command that types a line.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new("timeout");
        command.args(["--kill-after=10", LONGEST, "bash", "-e", "-o", "pipefail", "-c", line]);
        command.current_dir(&self.folder).stdin(Stdio::null()).envs(&self.variables);
        // They speak to people about themselves, and keep the machine waiting.
        command.env("npm_config_audit", "false").env("npm_config_fund", "false");
        command.env("npm_config_update_notifier", "false").env("npm_config_loglevel", "error");
        command.env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("PIP_QUIET", "1");
        // What cargo tells its own children is not for the clients' builds.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_") && name != "CARGO_HOME" {
                command.env_remove(&*name);
            }
        }
        command.env_remove("RUSTFLAGS").env_remove("CARGO");
        command
    }

    /// All that decides about what is fetched: the lines, and the files that they read.
    fn wanted(&self) -> Result<String> {
        let mut wanted = self.set_up.install.join("\n");
        let mut files: Vec<_> = fs::read_dir(&self.set_up.folder)?
            .map(|entry| entry.map(|it| it.path()))
            .collect::<Result<_, _>>()?;
        files.sort();
        for file in files.iter().filter(|file| file.is_file() && is_read_by_installers(file)) {
            wanted += &format!("\n== {}\n", file.file_name().unwrap_or_default().display());
            wanted += &fs::read_to_string(file)?;
        }
        Ok(wanted)
    }
}

/// Everything but the program and what is said about it.
fn is_read_by_installers(file: &Path) -> bool {
    let is = |name: &str| file.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case(name));
    !is("client") && !is("scenario")
}

/// What the virtual environment of a set-up is called; those that fetch the same share one.
fn python_environment(set_up: &SetUp) -> Option<String> {
    let lines = set_up.install.iter().filter_map(|line| line.strip_prefix("pip install "));
    let packages: Vec<_> = lines.collect();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let name = packages.join(" ").replace(|c| !is_plain(c), "_");
    (!name.is_empty()).then(|| format!("python-{name}"))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The last lines, which say what was wrong.
fn ending(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
