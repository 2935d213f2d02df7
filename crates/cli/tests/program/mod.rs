//! The real program in a folder of its own, and its server, as their users meet them.

// Each test file uses a part of this.
#![allow(dead_code)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

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
        let mut command = Command::new(env!("CARGO_BIN_EXE_runledger"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("RUNLEDGER_") {
                command.env_remove(name);
            }
        }
        command.args(words).current_dir(self.0.path()).env("HOME", self.0.path());
        command.env_remove("XDG_STATE_HOME").stdin(Stdio::null());
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

/// Runs a command to its end.
pub fn call(command: &mut Command) -> Call {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Call { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// A running `runledger serve`; it is stopped when this is dropped.
pub struct Server {
    /// Its process.
    pub child: Child,
    /// Where it is.
    pub url: String,
    /// What it said when it was ready.
    pub said: String,
}

impl Server {
    /// Serves `runledger.db` of this folder on a free port.
    pub fn start(folder: &Folder, words: &[&str]) -> Self {
        Self::start_at(folder, "127.0.0.1:0", words)
    }

    /// Serves `runledger.db` of this folder at this address.
    pub fn start_at(folder: &Folder, address: &str, words: &[&str]) -> Self {
        let mut command = folder.program(&[&["serve", "--listen", address], words].concat());
        command.stderr(std::fs::File::create(folder.path("serve.log")).unwrap());
        Self::started(folder, command.spawn().unwrap())
    }

    /// Waits until a server that was started in this folder says that it listens.
    pub fn started(folder: &Folder, mut child: Child) -> Self {
        let mut said = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        let url = said.split_once(" at ").and_then(|(_, rest)| rest.split_once(' '));
        let Some((url, _)) = url else {
            panic!("{said}{}", std::fs::read_to_string(folder.path("serve.log")).unwrap())
        };
        Self { url: url.to_owned(), child, said }
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

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Stops it as a service manager does; answers its exit code.
    pub fn stop(mut self) -> Option<i32> {
        self.signal("TERM");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Sends a process a signal.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(sent.unwrap().success());
}

/// Sends a request over plain HTTP: the status and the body.
pub fn request(url: &str, method: &str, key: &str, body: &str) -> (u16, String) {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Token {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
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
