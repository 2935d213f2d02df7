//! The real program in a folder of its own, and its server, as their users meet them.
#![allow(dead_code, unused_imports, reason = "each test file uses what it needs")]

mod connection;
mod server;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

pub use connection::{Answer, Connection};
pub use server::{Server, check, log, log_file, make_key, on_file, serve};

/// A folder in which the program is called; it is gone in the end.
pub struct Folder(tempfile::TempDir);

/// What a call of the program came to.
#[derive(Debug)]
pub struct Call {
    /// Its exit code.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Call {
    /// The same; it must have done all.
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

impl Folder {
    /// A new one.
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The program, to be called here with these words and without any setting of ours.
    pub fn program(&self, words: &[&str]) -> Command {
        let mut command = program(words);
        command.current_dir(self.0.path()).env("HOME", self.0.path());
        command.env_remove("XDG_STATE_HOME");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Calls the program.
    pub fn call(&self, words: &[&str]) -> Call {
        call(&mut self.program(words))
    }

    /// Makes a key of this tenant in `runledger.db`.
    pub fn key(&self, tenant: &str) -> String {
        self.call(&["keys", "create", "--tenant", tenant]).done().stdout.trim().to_owned()
    }
}

/// The program, to be called with these words and without any setting of ours.
pub fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runledger"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("RUNLEDGER_") {
            command.env_remove(name);
        }
    }
    command.args(words).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn call(command: &mut Command) -> Call {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Call { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// Sends a process a signal.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(sent.unwrap().success());
}

/// Sends a request over plain HTTP, on a connection of its own: the status and the body.
pub fn request(url: &str, method: &str, key: &str, body: &str) -> (u16, String) {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut connection = Connection::open(host.parse().unwrap()).unwrap();
    connection.send(method, &format!("/{path}"), key, body.as_bytes()).unwrap();
    let answer = connection.answer().unwrap();
    (answer.status, String::from_utf8(answer.body).unwrap())
}

/// A file of so many generated runs, one a line.
pub fn write_history(path: &Path, runs: usize) {
    let now = runledger_model::Timestamp::now();
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    for run in runledger_sample::history(7, runs, now) {
        serde_json::to_writer(&mut file, &run).unwrap();
        file.write_all(b"\n").unwrap();
    }
    file.flush().unwrap();
}
