//! `runledger serve` as a process of its own, on a file of its own.
#![allow(dead_code, unused_imports, reason = "each test file uses what it needs")]

mod connection;

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
};

pub use connection::{Answer, Connection};

/// A server that listens; it is killed where it is dropped before it has ended.
pub struct RealServer {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
    /// Held open: a server whose output is closed cannot write to it.
    _stdout: BufReader<ChildStdout>,
}

impl RealServer {
    /// Serves this file on a free port, and waits until it says so. What it logs is added to `FILE.log`.
    ///
    /// # Panics
    /// Where it does not start; the message has its log.
    pub fn start(database: &Path) -> Self {
        Self::started(database, serve(database).spawn().expect("a process"))
    }

    /// Waits until a server that was started on this file by [`serve`] says that it listens.
    pub fn started(database: &Path, mut process: Child) -> Self {
        let mut stdout = BufReader::new(process.stdout.take().expect("its output"));
        let mut said = String::new();
        let _ = stdout.read_line(&mut said);
        let address = said.split_once("http://").and_then(|(_, rest)| rest.split(' ').next());
        let Some(address) = address.and_then(|address| address.parse().ok()) else {
            let _ = process.kill();
            let _ = process.wait();
            panic!("it does not serve: {said:?}\n{}", log(database));
        };
        Self { address, process, _stdout: stdout }
    }

    /// A new connection to it.
    pub fn connect(&self) -> Connection {
        Connection::open(self.address).expect("a connection")
    }

    /// Its number among the machine's processes.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Whether it has not ended.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Ends it at once, as SIGKILL does.
    ///
    /// # Panics
    /// Where it had ended by itself.
    pub fn kill(mut self) {
        assert!(self.is_alive(), "it had ended by itself");
        self.process.kill().expect("it is killed");
        self.process.wait().expect("it has ended");
    }

    /// Tells it to end, as a service manager does, and waits until it has; answers its exit code.
    #[cfg(unix)]
    pub fn terminate(mut self) -> Option<i32> {
        let id = nix::unistd::Pid::from_raw(self.id() as i32);
        nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM).expect("it is told");
        self.process.wait().expect("it has ended").code()
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        // Where it has ended there is nothing to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The command that serves this file on a free port; what it logs is added to `FILE.log`.
pub fn serve(database: &Path) -> Command {
    let log = File::options().create(true).append(true).open(log_file(database)).expect("a log");
    let mut command = program(&["serve", "--listen", "127.0.0.1:0", "--log-level", "warn"]);
    command.arg("--database").arg(database).stdout(Stdio::piped()).stderr(log);
    command
}

/// What the servers of this file have logged.
pub fn log(database: &Path) -> String {
    std::fs::read_to_string(log_file(database)).unwrap_or_default()
}

/// Makes a key, and the file where there is none; answers the key's secret.
///
/// # Panics
/// Where it cannot be made.
pub fn make_key(database: &Path) -> String {
    let made = on_file(&["keys", "create", "--tenant", "one"], database);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).expect("a secret").trim().to_owned()
}

/// Holds `runledger check` to finding nothing wrong with the file.
///
/// # Panics
/// Where there is a fault; the message names it.
pub fn check(database: &Path) {
    let checked = on_file(&["check"], database);
    let (said, error) =
        (String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
    assert_eq!(checked.status.code(), Some(0), "{said}{error}");
}

/// Runs a command on this file to its end.
pub fn on_file(arguments: &[&str], database: &Path) -> Output {
    program(arguments).arg("--database").arg(database).output().expect("it runs")
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runledger"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("RUNLEDGER_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

fn log_file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".log");
    name.into()
}
