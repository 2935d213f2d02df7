//! `runledger serve` as a process of its own.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use serde_json::Value;

use super::{Connection, Folder, program, request, signal};

/// A server that listens; it is killed where it is dropped before it has ended.
pub struct Server {
    /// Its process.
    pub process: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// The same as a URL, without a slash at its end.
    pub url: String,
    /// What it said when it was ready.
    pub said: String,
    /// Held open: a server whose output is closed cannot write to it.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Serves `runledger.db` of this folder on a free port; what it logs stands in `serve.log`.
    pub fn start(folder: &Folder, words: &[&str]) -> Self {
        Self::start_at(folder, "127.0.0.1:0", words)
    }

    /// The same at this address.
    pub fn start_at(folder: &Folder, address: &str, words: &[&str]) -> Self {
        let mut command = folder.program(&[&["serve", "--listen", address], words].concat());
        let log = folder.path("serve.log");
        command.stderr(File::create(&log).unwrap());
        Self::started(&log, command.spawn().unwrap())
    }

    /// Serves this file on a free port; what it logs is added to `FILE.log`.
    pub fn on_file(database: &Path) -> Self {
        Self::started(&log_file(database), serve(database).spawn().unwrap())
    }

    /// Waits until a server that was started, and logs to this file, says that it listens.
    ///
    /// # Panics
    /// Where it does not start; the message has its log.
    pub fn started(log: &Path, mut process: Child) -> Self {
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut said = String::new();
        let _ = stdout.read_line(&mut said);
        let url = said.split_once(" at ").and_then(|(_, rest)| rest.split(' ').next());
        let address = url.and_then(|url| url.split_once("://")?.1.parse().ok());
        let (Some(url), Some(address)) = (url.map(str::to_owned), address) else {
            let _ = process.kill();
            let _ = process.wait();
            panic!("it does not serve: {said:?}\n{}", std::fs::read_to_string(log).unwrap());
        };
        Self { process, address, url, said, _stdout: stdout }
    }

    /// A new connection to it.
    pub fn connect(&self) -> Connection {
        Connection::open(self.address).unwrap()
    }

    /// `GET` with this key: the status and the body.
    pub fn get(&self, path: &str, key: &str) -> (u16, String) {
        request(&format!("{}{path}", self.url), "GET", key, "")
    }

    /// `GET` with this key, which must be answered.
    pub fn json(&self, path: &str, key: &str) -> Value {
        let (status, body) = self.get(path, key);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Waits until it is true of what this is answered with.
    pub fn wait_until(&self, path: &str, key: &str, is_so: impl Fn(&Value) -> bool) {
        while !is_so(&self.json(path, key)) {
            std::thread::yield_now();
        }
    }

    /// Its number among the machine's processes.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Whether it has not ended.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// Stops it as a service manager does; answers its exit code.
    pub fn stop(mut self) -> Option<i32> {
        self.signal("TERM");
        self.process.wait().unwrap().code()
    }

    /// Ends it at once, as SIGKILL does.
    ///
    /// # Panics
    /// Where it had ended by itself.
    pub fn kill(mut self) {
        assert!(self.is_alive(), "it had ended by itself");
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Where it has ended there is nothing to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The command that serves this file on a free port; what it logs is added to `FILE.log`.
pub fn serve(database: &Path) -> Command {
    let log = File::options().create(true).append(true).open(log_file(database)).unwrap();
    let mut command = program(&["serve", "--listen", "127.0.0.1:0", "--log-level", "warn"]);
    command.arg("--database").arg(database).stdout(Stdio::piped()).stderr(log);
    command
}

/// What the servers of this file have logged.
pub fn log(database: &Path) -> String {
    std::fs::read_to_string(log_file(database)).unwrap_or_default()
}

/// The file that [`serve`] logs to.
pub fn log_file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".log");
    name.into()
}

/// Makes a key, and the file where there is none; answers the key's secret.
pub fn make_key(database: &Path) -> String {
    let made = on_file(&["keys", "create", "--tenant", "one"], database);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// Holds `runledger check` to finding nothing wrong with the file.
pub fn check(database: &Path) {
    let checked = on_file(&["check"], database);
    let (said, error) =
        (String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
    assert_eq!(checked.status.code(), Some(0), "{said}{error}");
}

/// Runs a command on this file to its end.
pub fn on_file(words: &[&str], database: &Path) -> Output {
    program(words).arg("--database").arg(database).output().unwrap()
}
