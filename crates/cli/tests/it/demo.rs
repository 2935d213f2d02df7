//! `runledger demo`.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    process::{Child, Command},
};

use program_harness::{Folder, request, signal};

const ANY_PORT: &str = "127.0.0.1:0";

/// A demo that is ready. It is stopped when this value is dropped.
struct Demo {
    process: Child,
    output: String,
}

impl Demo {
    /// Starts the demo and reads its output until it is ready.
    fn start(command: &mut Command) -> Self {
        let mut demo = Self { process: command.spawn().unwrap(), output: String::new() };
        let mut stdout = BufReader::new(demo.process.stdout.take().unwrap());
        while stdout.read_line(&mut demo.output).unwrap() > 0 {
            if demo.output.lines().last().is_some_and(|line| line.starts_with("Ready.")) {
                return demo;
            }
        }
        let mut stderr = String::new();
        demo.process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        panic!("it did not become ready:\n{}\n{stderr}", demo.output);
    }

    /// Sends each request that the output shows, and returns the bodies of the responses.
    fn send_all(&self) -> Vec<String> {
        let quoted = |line: &str| line.split('"').nth(1).unwrap().to_owned();
        let lines: Vec<_> = self.output.lines().collect();
        let requests = lines.windows(2).filter(|pair| pair[0].starts_with("curl "));
        requests
            .map(|pair| {
                let (url, header) = (quoted(pair[0]), quoted(pair[1]));
                let key = header.strip_prefix("Authorization: Token ").unwrap();
                let (status, body) = request(&url, "GET", key, "");
                assert_eq!(status, 200, "{url}: {body}");
                body
            })
            .collect()
    }

    /// Stops the demo as a service manager does, and returns its exit code.
    fn stop(mut self) -> Option<i32> {
        signal(self.process.id(), "TERM");
        self.process.wait().unwrap().code()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // With SIGTERM it deletes its temporary directory.
        if let Ok(None) = self.process.try_wait() {
            signal(self.process.id(), "TERM");
            let _ = self.process.wait();
        }
    }
}

fn demo(folder: &Folder, arguments: &[&str]) -> Command {
    folder.program(&[&["demo", "--listen", ANY_PORT], arguments].concat())
}

/// Calls a demo that must not start, and returns its error message.
fn error_of(folder: &Folder, arguments: &[&str]) -> String {
    let call = folder.call(&[&["demo"], arguments].concat());
    assert_eq!((call.code, &*call.stdout), (Some(1), ""), "{call:?}");
    assert!(call.stderr.starts_with("error: "), "{call:?}");
    call.stderr
}

#[test]
fn every_printed_request_succeeds() {
    let demo = Demo::start(&mut demo(&Folder::new(), &["--runs", "300"]));
    assert!(!demo.output.contains(":0/"), "the real port: {}", demo.output);
    let bodies = demo.send_all();
    assert_eq!(bodies.len(), 7, "{}", demo.output);
    assert!(bodies[0].contains("\"run_def456\""), "{}", bodies[0]);
    assert!(bodies[0].contains("\"total\":250,\"succeeded\":200,\"failed\":30"), "{}", bodies[0]);
    assert!(bodies[4].contains("\"step_exec_124\""), "{}", bodies[4]);
    assert!(bodies[5].contains("\"FAILED\""), "{}", bodies[5]);
    assert!(bodies[6].contains("publish_product_200"), "a run with hundreds of steps");
}

#[test]
fn options_are_read_from_the_environment() {
    let folder = Folder::new();
    let mut command = folder.program(&["demo"]);
    command.env("RUNLEDGER_LISTEN", ANY_PORT).env("RUNLEDGER_RUNS", "7");
    let demo = Demo::start(&mut command);
    assert!(demo.output.contains("the demo's tenant, 7 runs"), "{}", demo.output);
}

#[test]
fn an_address_in_use_is_an_error_that_names_it() {
    let listener = TcpListener::bind(ANY_PORT).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let message = error_of(&Folder::new(), &["--listen", &address]);
    assert!(message.contains(&format!("{address} is already in use")), "{message}");
    assert!(message.contains("--listen"), "{message}");
}

#[test]
fn only_a_loopback_address_is_accepted() {
    let call = Folder::new().call(&["demo", "--listen", "0.0.0.0:7400"]);
    assert_eq!((call.code, &*call.stdout), (Some(2), ""), "{call:?}");
    assert!(call.stderr.contains("--listen 127.0.0.1:7400"), "{call:?}");
}

#[test]
fn an_existing_file_is_not_changed() {
    let folder = Folder::new();
    fs::write(folder.path("precious.db"), "precious").unwrap();
    let message = error_of(&folder, &["--listen", ANY_PORT, "--database", "precious.db"]);
    assert!(message.contains("precious.db exists and is not empty"), "{message}");
    assert_eq!(fs::read_to_string(folder.path("precious.db")).unwrap(), "precious");
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 1, "no file was created");
}

#[test]
fn files_of_an_earlier_database_are_not_changed() {
    let folder = Folder::new();
    fs::write(folder.path("demo.db-wal"), "precious").unwrap();
    let message = error_of(&folder, &["--listen", ANY_PORT, "--database", "demo.db"]);
    assert!(message.contains("demo.db-wal belongs to an earlier database"), "{message}");
    assert_eq!(fs::read_to_string(folder.path("demo.db-wal")).unwrap(), "precious");
}

#[test]
fn a_directory_or_a_file_in_a_missing_directory_is_refused() {
    let folder = Folder::new();
    let message = error_of(&folder, &["--listen", ANY_PORT, "--database", "."]);
    assert!(message.contains(". is a directory"), "{message}");
    let message = error_of(&folder, &["--listen", ANY_PORT, "--database", "missing/demo.db"]);
    assert!(message.contains("cannot create missing/demo.db"), "{message}");
}

#[test]
fn a_named_database_is_kept_and_not_filled_twice() {
    let folder = Folder::new();
    fs::write(folder.path("demo.db"), "").unwrap();
    let arguments = ["--runs", "20", "--database", "demo.db"];
    assert_eq!(Demo::start(&mut demo(&folder, &arguments)).stop(), Some(0));
    let kept = fs::read(folder.path("demo.db")).unwrap();
    assert!(!kept.is_empty());
    let message = error_of(&folder, &[&["--listen", ANY_PORT], &arguments[..]].concat());
    assert!(message.contains("is not empty"), "{message}");
    assert!(fs::read(folder.path("demo.db")).unwrap() == kept, "the file was changed");
}

#[test]
fn a_temporary_database_is_deleted_at_the_end() {
    let folder = Folder::new();
    let mut command = demo(&folder, &["--runs", "20"]);
    let demo = Demo::start(command.env("TMPDIR", folder.path("")));
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 1);
    assert_eq!(demo.stop(), Some(0));
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 0);
}
