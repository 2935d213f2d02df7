//! The program, and calls of it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use tools_support::{command::cargo, workspace};

/// A temporary folder in which the program is called. It is deleted when this value is dropped.
pub struct Folder(tempfile::TempDir);

/// How a call of the program ended.
#[derive(Debug)]
pub struct Call {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Call {
    /// Returns the call itself.
    ///
    /// # Panics
    /// Where its exit code is not 0.
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }
}

impl Folder {
    /// Creates an empty folder.
    pub fn new() -> Self {
        Self::default()
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A command that calls the program in this folder with these arguments, isolated from the
    /// settings of the user who runs the test.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.current_dir(self.0.path()).env("HOME", self.0.path());
        command.env_remove("XDG_STATE_HOME");
        // `exec` gives up on a server that is slow on a machine that is busy with other tests.
        command.env("RUNLEDGER_END_TIMEOUT", "5min");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Calls the program with these arguments.
    pub fn call(&self, arguments: &[&str]) -> Call {
        call(&mut self.program(arguments))
    }

    /// Creates a key for this tenant in `runledger.db`, and returns its secret.
    pub fn key(&self, tenant: &str) -> String {
        self.call(&["keys", "create", "--tenant", tenant]).done().stdout.trim().to_owned()
    }
}

/// The program's file. In the integration tests of the package `runledger`, cargo has built it and
/// names it; elsewhere it is built here, in the profile of the test.
///
/// # Panics
/// Where it does not compile.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let built = std::env::var_os("CARGO_BIN_EXE_runledger").map(PathBuf::from);
        built.unwrap_or_else(build)
    })
}

/// A command that calls the program with these arguments, without any `RUNLEDGER_` variable of the
/// test's own environment.
pub fn program(arguments: &[&str]) -> Command {
    // A shell that runs the tests in the background makes them ignore Ctrl-C, which the programs
    // that they start would inherit.
    let mut command = Command::new("env");
    command.arg("--default-signal=HUP,INT,QUIT").arg(path());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("RUNLEDGER_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
///
/// # Panics
/// Where it cannot be started, or its output is not UTF-8.
pub fn call(command: &mut Command) -> Call {
    let Output { status, stdout, stderr } = command.output().expect("a process");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Call { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// Runs a command of the program on this database to its end.
///
/// # Panics
/// As [`call`] does.
pub fn on_database(arguments: &[&str], database: &Path) -> Call {
    call(program(arguments).arg("--database").arg(database))
}

/// Sends a signal to a process.
///
/// # Panics
/// Where there is no such process.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(sent.expect("kill").success(), "{name} was not sent to the process {process}");
}

fn build() -> PathBuf {
    let mut build = cargo();
    build.current_dir(workspace::root()).args(["build", "--quiet", "--package", "runledger"]);
    build.args(["--bin", "runledger", "--message-format", "json-render-diagnostics"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let output = build.stderr(Stdio::inherit()).output().expect("cargo");
    assert!(output.status.success(), "the program does not compile");
    let messages = String::from_utf8(output.stdout).expect("UTF-8");
    let messages = messages.lines().filter_map(|line| serde_json::from_str(line).ok());
    messages
        .filter_map(|message: serde_json::Value| Some(message["executable"].as_str()?.into()))
        .next_back()
        .expect("cargo names the program")
}
