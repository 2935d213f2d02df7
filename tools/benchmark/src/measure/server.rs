//! The program as a server, with the options that are measured.

use std::{fs::File, path::Path, process::Stdio};

use anyhow::{Context, Result};
use program_harness::{Server, log_file, program};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// Options with which no response is cached.
pub const WITHOUT_CACHE: &[&str] = &["--response-cache", "0"];
/// Options with which no response is cached and no request is logged.
pub const WITHOUT_LOG: &[&str] = &["--response-cache", "0", "--log-level", "off"];

/// Serves a database with the default settings but for these options. The log goes to a file.
///
/// # Panics
/// Where it does not start.
pub fn start(database: &Path, options: &[&str]) -> Server {
    let log = log_file(database);
    let mut command = program(&["serve", "--listen", "127.0.0.1:0"]);
    command.args(options).arg("--database").arg(database).stdout(Stdio::piped());
    command.stderr(File::create(&log).expect("a log"));
    Server::started(&log, command.spawn().expect("a process"))
}

/// A whole request. `fields` are further header fields, each with its line end.
pub fn request(method: &str, path: &str, key: &str, fields: &str, content: &[u8]) -> Vec<u8> {
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nhost: a\r\nauthorization: Token {key}\r\n{fields}");
    if !content.is_empty() {
        let length = content.len();
        request += &format!("content-type: application/json\r\ncontent-length: {length}\r\n");
    }
    request += "\r\n";
    [request.as_bytes(), content].concat()
}

/// The resident memory of a process, in bytes.
///
/// # Errors
/// Where there is no such process.
pub fn resident_bytes(process: u32) -> Result<u64> {
    let process = Pid::from_u32(process);
    let mut system = System::new()?;
    let memory = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[process]), true, memory);
    Ok(system.process(process).context("the server has ended")?.memory())
}
