//! The environment of a client or tool: a folder under `target/clients` with its files and both
//! documents, in which its lines are run.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::manifest::Manifest;

/// The time limit of a line in seconds; no line takes nearly as long.
const MAX_SECONDS: &str = "900";
/// The end of a failing tool's output that is shown.
const MAX_LINES: usize = 60;
const DOCUMENTS: [&str; 2] = ["openapi.json", "openapi-3.0.json"];

/// The environment of one client or tool.
pub struct Environment<'a> {
    /// Its manifest.
    pub manifest: &'a Manifest,
    root: &'a Path,
    folder: PathBuf,
    variables: BTreeMap<&'static str, OsString>,
}

impl<'a> Environment<'a> {
    /// The environment under this workspace's `target/`; creates nothing.
    pub fn new(manifest: &'a Manifest, root: &'a Path) -> Self {
        let clients = root.join("target/clients");
        let tools = clients.join("tools");
        let go = tools.join("go");
        let mut path = vec![go.clone()];
        let mut variables = BTreeMap::from([("GOBIN", go.into_os_string())]);
        if let Some(python) = python_environment(manifest) {
            let python = tools.join(python);
            path.insert(0, python.join("bin"));
            variables.insert("VIRTUAL_ENV", python.into_os_string());
        }
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        // A folder with a colon in its name cannot be on the PATH; cargo cannot build there either.
        variables.insert("PATH", std::env::join_paths(path).unwrap_or_default());
        Self { manifest, root, folder: clients.join(&manifest.name), variables }
    }

    /// Whether everything that `install` fetches is there, for the manifest as it is now.
    pub fn is_installed(&self) -> bool {
        let python = self.variables.get("VIRTUAL_ENV").map(Path::new);
        if python.is_some_and(|python| !python.join("bin/pip").exists()) {
            return false;
        }
        let installed = fs::read_to_string(self.folder.join(".installed"));
        installed.is_ok_and(|installed| self.wanted().is_ok_and(|wanted| wanted == installed))
    }

    /// Creates the folder anew, and runs the lines of `install`.
    ///
    /// # Errors
    /// Where a line fails, with its output.
    pub fn install(&self) -> Result<()> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        self.copy_files()?;
        if let Some(python) = self.variables.get("VIRTUAL_ENV").map(Path::new)
            && !python.join("bin/pip").exists()
        {
            tools_support::command::run(Command::new("python3").args(["-m", "venv"]).arg(python))?;
        }
        self.run_lines("install", &self.manifest.install, &[])?;
        Ok(fs::write(self.folder.join(".installed"), self.wanted()?)?)
    }

    /// Copies the client's files and the documents into the folder, and deletes `generated/`.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn copy_files(&self) -> Result<()> {
        let generated = self.folder.join("generated");
        if generated.exists() {
            fs::remove_dir_all(generated)?;
        }
        copy(&self.manifest.folder, &self.folder)?;
        for document in DOCUMENTS {
            fs::copy(self.root.join(document), self.folder.join(document))?;
        }
        Ok(())
    }

    /// Runs lines one after another, each in a shell of its own; returns their output.
    ///
    /// # Errors
    /// At the first line that fails, with its output.
    pub fn run_lines(
        &self,
        stage: &str,
        lines: &[String],
        variables: &[(&str, &str)],
    ) -> Result<String> {
        let path = self.log(stage);
        let log = File::create(&path).with_context(|| path.display().to_string())?;
        for line in lines {
            let mut command = self.command(line);
            command.stdout(log.try_clone()?).stderr(log.try_clone()?);
            command.envs(variables.iter().copied());
            let status = command.status().context("`timeout` and `bash` are needed")?;
            if !status.success() {
                bail!("$ {line}\n{}\n({status})", last_lines(&self.output(stage)));
            }
        }
        Ok(self.output(stage))
    }

    /// The output of the stage's last run.
    pub fn output(&self, stage: &str) -> String {
        let bytes = fs::read(self.log(stage)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The file that the stage's output goes to.
    pub fn log(&self, stage: &str) -> PathBuf {
        self.folder.join(format!(".{stage}.log"))
    }

    /// The command that runs a line.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new("timeout");
        // In the foreground, so that Ctrl-C also reaches the line.
        command.args(["--foreground", "--kill-after=10", MAX_SECONDS]);
        command.args(["bash", "-e", "-o", "pipefail", "-c", line]);
        command.current_dir(&self.folder).stdin(Stdio::null()).envs(&self.variables);
        // No advertisements, and no requests that only serve the package managers.
        command.env("npm_config_audit", "false").env("npm_config_fund", "false");
        command.env("npm_config_update_notifier", "false").env("npm_config_loglevel", "error");
        command.env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("PIP_QUIET", "1");
        // Variables that cargo sets for its own children would change the clients' builds.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_") && name != "CARGO_HOME" {
                command.env_remove(&*name);
            }
        }
        command.env_remove("RUSTFLAGS").env_remove("CARGO");
        command
    }

    /// Everything that decides what is installed: the lines, and the files that they read.
    fn wanted(&self) -> Result<String> {
        let mut wanted = self.manifest.install.join("\n");
        let mut files: Vec<_> = fs::read_dir(&self.manifest.folder)?
            .map(|entry| entry.map(|it| it.path()))
            .collect::<Result<_, _>>()?;
        files.sort();
        for file in &files {
            // With all names, so that a deleted file does not remain in the folder.
            wanted += &format!("\n== {}\n", file.file_name().unwrap_or_default().display());
            if file.is_file() && is_read_by_installers(file) {
                wanted += &fs::read_to_string(file)?;
            }
        }
        Ok(wanted)
    }
}

/// The last lines of an output, where tools say what is wrong.
pub fn last_lines(output: &str) -> String {
    let lines: Vec<_> = output.lines().collect();
    lines[lines.len().saturating_sub(MAX_LINES)..].join("\n")
}

/// Whether the file can decide what is installed; the program in its two parts and the manifest
/// cannot.
fn is_read_by_installers(file: &Path) -> bool {
    let is = |name: &str| file.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case(name));
    !is("client") && !is("scenario") && !is("live")
}

/// The name of the virtual environment; clients that install the same packages share one.
fn python_environment(manifest: &Manifest) -> Option<String> {
    let lines = manifest.install.iter().filter_map(|line| line.strip_prefix("pip install "));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;

    /// A workspace with one client, whose manifest ends with these lines.
    fn workspace(lines: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("tests/clients/bash-none");
        fs::create_dir_all(&folder).unwrap();
        for document in DOCUMENTS {
            fs::write(root.path().join(document), "{}").unwrap();
        }
        let head =
            "language = 'Bash'\ngenerator = 'none'\nversion = '1'\ndocument = 'openapi.json'\n";
        fs::write(folder.join("client.toml"), format!("{head}{lines}")).unwrap();
        fs::write(folder.join("package.json"), "{}").unwrap();
        fs::write(folder.join("scenario.sh"), "echo ok").unwrap();
        root
    }

    #[test]
    fn lines_run_beside_the_clients_files_and_generated_is_deleted_before() {
        let root = workspace(
            "install = ['touch fetched']\n\
             generate = ['mkdir generated', 'cp openapi.json generated/client']\n\
             run = ['export GONE=1', 'test -z \"$GONE\"', 'bash scenario.sh; echo $NAME']\n",
        );
        let manifests = manifest::all(root.path()).unwrap();
        let environment = Environment::new(&manifests[0], root.path());
        assert!(!environment.is_installed());
        environment.install().unwrap();
        for _ in 0..2 {
            environment.copy_files().unwrap();
            environment.run_lines("generate", &manifests[0].generate, &[]).unwrap();
        }
        let output = environment.run_lines("run", &manifests[0].run, &[("NAME", "value")]).unwrap();
        assert_eq!(output, "ok\nvalue\n");
        assert!(environment.is_installed() && environment.folder.join("fetched").exists());

        let folder = root.path().join("tests/clients/bash-none");
        fs::write(folder.join("scenario.sh"), "echo other").unwrap();
        assert!(environment.is_installed(), "the program does not decide what is installed");
        fs::write(folder.join("package.json"), "{\"dependencies\": {}}").unwrap();
        assert!(!environment.is_installed());
        environment.install().unwrap();
        assert!(environment.is_installed());
        fs::rename(folder.join("scenario.sh"), folder.join("renamed.sh")).unwrap();
        assert!(!environment.is_installed(), "the old file would remain");
    }

    #[test]
    fn an_error_contains_the_line_and_its_output() {
        let root = workspace(
            "generate = ['true', 'echo cannot resolve >&2; exit 7', 'touch late']\n\
             run = ['true']\n",
        );
        let manifests = manifest::all(root.path()).unwrap();
        let environment = Environment::new(&manifests[0], root.path());
        environment.install().unwrap();
        let error =
            environment.run_lines("generate", &manifests[0].generate, &[]).unwrap_err().to_string();
        assert_eq!(error, "$ echo cannot resolve >&2; exit 7\ncannot resolve\n(exit status: 7)");
        assert!(!environment.folder.join("late").exists());
    }

    #[test]
    fn an_incomplete_or_unknown_manifest_is_an_error() {
        for (lines, reason) in [
            ("run = ['true']", "a client needs `generate`"),
            ("generate = ['true']", "`remarks` does not say why"),
            ("kind = 'tool'", "a tool needs `run`"),
            ("generate = ['true']\nrun = ['true']\ncompiles = []", "unknown field `compiles`"),
        ] {
            let root = workspace(lines);
            let Err(error) = manifest::all(root.path()) else { panic!("{lines}: no error") };
            assert!(format!("{error:#}").contains(reason), "{error:#}");
        }
    }
}
