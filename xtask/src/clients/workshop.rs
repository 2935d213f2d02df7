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
        let python = self.variables.get("VIRTUAL_ENV").map(Path::new);
        if python.is_some_and(|python| !python.join("bin/pip").exists()) {
            return false;
        }
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
            tools_support::command::run(Command::new("python3").args(["-m", "venv"]).arg(python))?;
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
        let path = self.log(stage);
        let log = File::create(&path).with_context(|| path.display().to_string())?;
        for line in lines {
            let mut command = self.command(line);
            command
                .stdout(log.try_clone()?)
                .stderr(log.try_clone()?)
                .envs(variables.iter().copied());
            let status = command.status().context("`timeout` and `bash` are needed")?;
            if !status.success() {
                bail!("$ {line}\n{}\n({status})", ending(&self.said(stage)));
            }
        }
        Ok(self.said(stage))
    }

    /// All that was printed when the stage was last gone through.
    pub fn said(&self, stage: &str) -> String {
        fs::read(self.log(stage))
            .map_or_else(|_| String::new(), |said| String::from_utf8_lossy(&said).into_owned())
    }

    /// Where that is kept.
    pub fn log(&self, stage: &str) -> PathBuf {
        self.folder.join(format!(".{stage}.log"))
    }

    /// The command that types a line.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new("timeout");
        // In the foreground, so that Ctrl-C ends the line, too.
        command.args([
            "--foreground",
            "--kill-after=10",
            LONGEST,
            "bash",
            "-e",
            "-o",
            "pipefail",
            "-c",
            line,
        ]);
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
        for file in &files {
            // The names of all, so that a folder never holds a file that the set-up has lost.
            wanted += &format!("\n== {}\n", file.file_name().unwrap_or_default().display());
            if file.is_file() && is_read_by_installers(file) {
                wanted += &fs::read_to_string(file)?;
            }
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
pub fn ending(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::manifest;

    /// A workspace with one set-up, whose files and lines are these.
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
    fn lines_are_typed_beside_the_set_ups_files_and_nothing_old_is_generated() {
        let root = workspace(
            "install = ['touch fetched']\n\
             generate = ['mkdir generated', 'cp openapi.json generated/client']\n\
             run = ['export GONE=1', 'test -z \"$GONE\"', 'bash scenario.sh; echo $WHO']\n",
        );
        let set_ups = manifest::all(root.path()).unwrap();
        let workshop = Workshop::new(&set_ups[0], root.path());
        assert!(!workshop.is_installed());
        workshop.install().unwrap();
        for _ in 0..2 {
            workshop.lay_out().unwrap();
            workshop.type_lines("generate", &set_ups[0].generate, &[]).unwrap();
        }
        let printed = workshop.type_lines("run", &set_ups[0].run, &[("WHO", "me")]).unwrap();
        assert_eq!(printed, "ok\nme\n");
        assert!(workshop.is_installed() && workshop.folder.join("fetched").exists());

        let folder = root.path().join("tests/clients/bash-none");
        fs::write(folder.join("scenario.sh"), "echo other").unwrap();
        assert!(workshop.is_installed(), "the program decides about nothing");
        fs::write(folder.join("package.json"), "{\"dependencies\": {}}").unwrap();
        assert!(!workshop.is_installed());
        workshop.install().unwrap();
        assert!(workshop.is_installed());
        fs::rename(folder.join("scenario.sh"), folder.join("renamed.sh")).unwrap();
        assert!(!workshop.is_installed(), "the old one must not stay");
    }

    #[test]
    fn a_failure_is_told_in_the_tools_own_words() {
        let root = workspace(
            "generate = ['true', 'echo cannot resolve >&2; exit 7', 'touch late']\nrun = ['true']\n",
        );
        let set_ups = manifest::all(root.path()).unwrap();
        let workshop = Workshop::new(&set_ups[0], root.path());
        workshop.install().unwrap();
        let error =
            workshop.type_lines("generate", &set_ups[0].generate, &[]).unwrap_err().to_string();
        assert_eq!(error, "$ echo cannot resolve >&2; exit 7\ncannot resolve\n(exit status: 7)");
        assert!(!workshop.folder.join("late").exists());
    }

    #[test]
    fn a_set_up_that_says_too_little_or_too_much_is_refused() {
        for (lines, reason) in [
            ("run = ['true']", "no `generate`"),
            ("generate = ['true']", "`remarks` does not say why"),
            ("kind = 'tool'", "no `run`"),
            ("generate = ['true']\nrun = ['true']\ncompiles = []", "unknown field `compiles`"),
        ] {
            let root = workspace(lines);
            let Err(error) = manifest::all(root.path()) else { panic!("{lines} was taken") };
            assert!(format!("{error:#}").contains(reason), "{error:#}");
        }
    }
}
