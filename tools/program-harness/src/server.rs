//! `runledger serve` as a process of its own.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::{
    connection::{Connection, request},
    program::{Folder, on_database, program, signal},
};

/// How often [`Server::wait_until`] asks before it fails.
const MAX_REQUESTS: u32 = 100_000;

/// A server that accepts connections. It is killed when this value is dropped.
pub struct Server {
    /// Its process.
    pub process: Child,
    /// The address it listens on.
    pub address: SocketAddr,
    /// The same as a URL, without a trailing slash.
    pub url: String,
    /// The line it printed when it was ready.
    pub ready_line: String,
    /// Held open: a server whose standard output is closed cannot write to it.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Serves `runledger.db` of this folder on a free port; its log goes to `serve.log`.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start(folder: &Folder, arguments: &[&str]) -> Self {
        Self::start_at(folder, "127.0.0.1:0", arguments)
    }

    /// The same, listening on this address.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start_at(folder: &Folder, address: &str, arguments: &[&str]) -> Self {
        let arguments = [&["serve", "--listen", address], arguments].concat();
        let log = folder.path("serve.log");
        let mut command = folder.program(&arguments);
        command.stderr(File::create(&log).unwrap());
        Self::started(&log, command.spawn().unwrap())
    }

    /// Serves this database on a free port; its log is appended to `FILE.log`.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn on_file(database: &Path) -> Self {
        Self::started(&log_file(database), serve(database).spawn().unwrap())
    }

    /// Waits until a started server, which logs to this file, prints that it listens.
    ///
    /// # Panics
    /// Where it does not; the message contains its log.
    pub fn started(log: &Path, mut process: Child) -> Self {
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut ready_line = String::new();
        let _ = stdout.read_line(&mut ready_line);
        let url = ready_line.split_once(" at ").and_then(|(_, rest)| rest.split(' ').next());
        let address = url.and_then(|url| url.split_once("://")?.1.parse().ok());
        let (Some(url), Some(address)) = (url.map(str::to_owned), address) else {
            let _ = process.kill();
            let _ = process.wait();
            panic!("it does not serve: {ready_line:?}\n{}", std::fs::read_to_string(log).unwrap());
        };
        Self { process, address, url, ready_line, _stdout: stdout }
    }

    /// A new connection to it.
    ///
    /// # Panics
    /// Where the connection is refused.
    pub fn connect(&self) -> Connection {
        Connection::open(self.address).unwrap()
    }

    /// Sends a `GET` request with this key; returns the status and the body.
    pub fn get(&self, path: &str, key: &str) -> (u16, String) {
        request(&format!("{}{path}", self.url), "GET", key, "")
    }

    /// Sends a `GET` request with this key; returns the JSON body of its response.
    ///
    /// # Panics
    /// Where the status is not 200.
    pub fn json(&self, path: &str, key: &str) -> Value {
        let (status, body) = self.get(path, key);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Repeats a `GET` request until its response meets the condition.
    ///
    /// # Panics
    /// Where none of many responses does.
    pub fn wait_until(&self, path: &str, key: &str, condition: impl Fn(&Value) -> bool) {
        for _ in 0..MAX_REQUESTS {
            if condition(&self.json(path, key)) {
                return;
            }
            std::thread::yield_now();
        }
        panic!("{path}: not one of {MAX_REQUESTS} responses met the condition");
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Whether its process still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// Stops it with SIGTERM, as a service manager does; returns its exit code.
    pub fn stop(mut self) -> Option<i32> {
        self.signal("TERM");
        self.process.wait().unwrap().code()
    }

    /// Ends it with SIGKILL.
    ///
    /// # Panics
    /// Where it had ended before.
    pub fn kill(mut self) {
        assert!(self.is_alive(), "the server had ended by itself");
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Killing fails where it has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A command that serves this database on a free port; its log is appended to `FILE.log`.
///
/// # Panics
/// Where the log cannot be opened.
pub fn serve(database: &Path) -> Command {
    let log = File::options().create(true).append(true).open(log_file(database)).unwrap();
    let mut command = program(&["serve", "--listen", "127.0.0.1:0", "--log-level", "warn"]);
    command.arg("--database").arg(database).stdout(Stdio::piped()).stderr(log);
    command
}

/// Everything that the servers of this database have logged.
pub fn log(database: &Path) -> String {
    std::fs::read_to_string(log_file(database)).unwrap_or_default()
}

/// The file that [`serve`] logs to.
pub fn log_file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".log");
    name.into()
}

/// Creates a key, and the database where it does not exist; returns the key's secret.
///
/// # Panics
/// Where `runledger keys create` fails.
pub fn make_key(database: &Path) -> String {
    let created = on_database(&["keys", "create", "--tenant", "one"], database).done();
    created.stdout.trim().to_owned()
}

/// Asserts that `runledger check` finds no fault in this database.
///
/// # Panics
/// Where it finds one.
pub fn check(database: &Path) {
    on_database(&["check"], database).done();
}
