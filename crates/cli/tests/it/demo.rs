//! `runledger demo` as its user meets it: the real program, its output, its exit code, its files.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
};

fn demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runledger"));
    for variable in ["RUNLEDGER_LISTEN", "RUNLEDGER_RUNS", "RUNLEDGER_DATABASE"] {
        command.env_remove(variable);
    }
    command.arg("demo").args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a demo that must not start; answers what it says on stderr.
fn refused(arguments: &[&str], code: i32) -> String {
    let Output { status, stdout, stderr } = demo(arguments).output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(code), "{stderr}");
    assert_eq!(String::from_utf8(stdout).unwrap(), "");
    stderr
}

/// A demo that is ready, and what it said; it is stopped when this is dropped.
struct Ready {
    child: Child,
    said: String,
}

impl Ready {
    fn start(command: &mut Command) -> Self {
        let mut ready = Self { child: command.spawn().unwrap(), said: String::new() };
        let mut stdout = BufReader::new(ready.child.stdout.take().unwrap());
        while stdout.read_line(&mut ready.said).unwrap() > 0 {
            if ready.said.lines().last().is_some_and(|line| line.starts_with("Ready.")) {
                return ready;
            }
        }
        let mut stderr = String::new();
        ready.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        panic!("it did not get ready:\n{}\n{stderr}", ready.said);
    }

    /// Sends each curl line that it printed; answers the bodies.
    fn try_all(&self) -> Vec<String> {
        let quoted = |line: &str| line.split('"').nth(1).unwrap().to_owned();
        let lines: Vec<_> = self.said.lines().collect();
        lines
            .windows(2)
            .filter(|pair| pair[0].starts_with("curl "))
            .map(|pair| get(&quoted(pair[0]), &quoted(pair[1])))
            .collect()
    }

    /// Stops it as a service manager does, so that it tidies up; answers its exit code.
    fn terminate(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        if cfg!(not(unix)) || !Command::new("kill").args(["-TERM", &id]).status().unwrap().success()
        {
            self.child.kill().unwrap();
        }
        self.child.wait().unwrap().code()
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.terminate();
        }
    }
}

fn get(url: &str, header: &str) -> String {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let request =
        format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n{header}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{url}: {answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn what_it_prints_works() {
    let ready = Ready::start(&mut demo(&["--listen", "127.0.0.1:0", "--runs", "300"]));
    assert!(!ready.said.contains(":0/"), "the real port: {}", ready.said);
    let answers = ready.try_all();
    assert_eq!(answers.len(), 7, "{}", ready.said);
    assert!(answers[0].contains("\"run_def456\""), "{}", answers[0]);
    assert!(answers[0].contains("\"total\":250,\"succeeded\":200,\"failed\":30"), "{}", answers[0]);
    assert!(answers[4].contains("\"step_exec_124\""), "{}", answers[4]);
    assert!(answers[5].contains("\"FAILED\""), "{}", answers[5]);
    assert!(answers[6].contains("publish_product_200"), "a run with hundreds of steps");
}

#[test]
fn options_come_from_the_environment_too() {
    let mut command = demo(&[]);
    command.env("RUNLEDGER_LISTEN", "127.0.0.1:0").env("RUNLEDGER_RUNS", "7");
    let ready = Ready::start(&mut command);
    assert!(ready.said.contains("the demo's tenant, 7 runs"), "{}", ready.said);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refused(&["--listen", &address], 1);
    assert!(said.starts_with("error: "), "{said}");
    assert!(said.contains(&taken.local_addr().unwrap().port().to_string()), "{said}");
    assert!(said.contains("in use") && said.contains("--listen"), "{said}");
}

#[test]
fn only_this_machine_can_reach_it() {
    let said = refused(&["--listen", "0.0.0.0:7400"], 1);
    assert!(said.starts_with("error: ") && said.contains("--listen 127.0.0.1:7400"), "{said}");
}

#[test]
fn a_file_that_holds_something_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("precious.db");
    fs::write(&file, "not to be lost").unwrap();
    let said = refused(&["--listen", "127.0.0.1:0", "--database", file.to_str().unwrap()], 1);
    assert!(said.starts_with("error: ") && said.contains("precious.db"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "not to be lost");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was put beside it");
}

#[test]
fn a_folder_or_a_missing_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let said =
        refused(&["--listen", "127.0.0.1:0", "--database", folder.path().to_str().unwrap()], 1);
    assert!(said.contains("is a directory"), "{said}");
    let missing = folder.path().join("missing").join("demo.db");
    let said = refused(&["--listen", "127.0.0.1:0", "--database", missing.to_str().unwrap()], 1);
    assert!(said.contains("cannot create"), "{said}");
}

#[test]
fn a_wrong_option_is_an_error_of_usage() {
    assert!(refused(&["--runs", "many"], 2).contains("--runs"));
}

#[cfg(unix)]
#[test]
fn a_named_database_stays_and_is_not_filled_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.db");
    fs::write(&file, "").unwrap();
    let arguments =
        ["--listen", "127.0.0.1:0", "--runs", "20", "--database", file.to_str().unwrap()];
    assert_eq!(Ready::start(&mut demo(&arguments)).terminate(), Some(0));
    let kept = fs::read(&file).unwrap();
    assert!(!kept.is_empty());
    assert!(refused(&arguments, 1).contains("not empty"));
    assert!(fs::read(&file).unwrap() == kept, "it was changed");
}

#[cfg(unix)]
#[test]
fn a_temporary_database_is_gone_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = demo(&["--listen", "127.0.0.1:0", "--runs", "20"]);
    let mut ready = Ready::start(command.env("TMPDIR", folder.path()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(ready.terminate(), Some(0));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
