//! The contents of the archive, from which the Debian package takes its files as well.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use tools_support::command::run;

/// The program, and the package that it belongs to.
pub const PROGRAM: &str = "runledger";
/// Files of the workspace, and the folder that each is copied to.
const FILES: &[(&str, &str)] = &[
    ("README.md", ""),
    ("CHANGELOG.md", ""),
    ("LICENSE-APACHE", ""),
    ("LICENSE-MIT", ""),
    ("openapi.json", ""),
    ("docs/operating.md", "docs"),
    ("packaging/systemd/runledger.service", "systemd"),
    ("packaging/systemd/runledger.default", "systemd"),
];
/// Shells, and the name that each expects of a file of completions.
const COMPLETIONS: &[(&str, &str)] =
    &[("bash", PROGRAM), ("zsh", "_runledger"), ("fish", "runledger.fish")];

/// A folder of contents.
pub struct Contents(PathBuf);

impl Contents {
    /// Creates an empty folder; deletes an earlier one.
    ///
    /// # Errors
    /// Where that is not possible.
    pub fn create(folder: PathBuf) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Copies the program, and lets it write its completions and manual pages.
    ///
    /// # Errors
    /// Where the program fails, or a file cannot be written.
    pub fn add_program(&self, binary: &Path) -> Result<()> {
        let program = self.0.join("bin").join(PROGRAM);
        fs::create_dir_all(self.0.join("bin"))?;
        fs::copy(binary, &program).with_context(|| binary.display().to_string())?;
        for (shell, file) in COMPLETIONS {
            let output = Command::new(&program).args(["completions", shell]).output()?;
            ensure!(output.status.success(), "the program wrote no completions for {shell}");
            self.write(&format!("completions/{shell}/{file}"), &String::from_utf8(output.stdout)?)?;
        }
        run(Command::new(&program).arg("man").arg(self.0.join("man/man1")))
    }

    /// Copies files of the workspace.
    ///
    /// # Errors
    /// Where one cannot be read or written.
    pub fn add_files(&self, root: &Path) -> Result<()> {
        for (file, folder) in FILES {
            let from = root.join(file);
            let text = fs::read_to_string(&from)
                .with_context(|| format!("{} cannot be read", from.display()))?;
            let name = from.file_name().unwrap_or_default();
            self.write(&Path::new(folder).join(name).to_string_lossy(), &text)?;
        }
        Ok(())
    }

    /// Writes a file of this text.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, file: &str, text: &str) -> Result<()> {
        let file = self.0.join(file);
        fs::create_dir_all(file.parent().context("a file has a folder")?)?;
        fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))
    }
}
