//! Disk faults: a full disk, and a database that is read-only, deleted, moved, locked by another
//! process or overwritten. The server reports the fault, continues to read where that is possible,
//! loses nothing that it acknowledged, and records again when the fault is over.
//!
//! Files, processes and the system's errors are real, and no test needs privileges.
#![cfg(unix)]

use std::{
    fs::{self, Permissions},
    io::Read,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use program_harness::{
    Response, Server, call, check, log, log_file, make_key, on_database, program, serve,
};
use rlimit::Resource;
use rusqlite::Connection;
use serde_json::json;

/// The id of an unprivileged user, to whom file permissions apply.
const UNPRIVILEGED: u32 = 65_534;

/// A database with some runs, and its server.
struct Served {
    folder: tempfile::TempDir,
    server: Server,
    connection: program_harness::Connection,
    key: String,
    /// The numbers of the acknowledged runs.
    acknowledged: Vec<u32>,
    next: u32,
}

impl Served {
    /// A database with ten runs.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let key = make_key(&path);
        let server = Server::on_file(&path);
        let connection = server.connect();
        let mut served =
            Self { folder, server, connection, key, acknowledged: Vec::new(), next: 0 };
        for _ in 0..10 {
            assert_eq!(served.record().status, 201);
        }
        served.expect_reads();
        served
    }

    /// The database file or, with a suffix, a file that SQLite keeps beside it.
    fn file(&self, suffix: &str) -> PathBuf {
        self.folder.path().join(format!("runs.db{suffix}"))
    }

    /// Records one more run of 8 kB, and remembers it where it is acknowledged.
    fn record(&mut self) -> Response {
        let number = self.next;
        self.next += 1;
        let run = json!({
            "workflow_id": "w", "version_id": "v", "version_display_name": "", "type": "TEST",
            "status": "FAILED", "created_at": "2025-01-04T12:00:00Z",
            "steps": [{ "id": "s", "step_name": "s", "step_type": "PIECE", "status": "FAILED",
                        "created_at": "2025-01-04T12:00:00Z", "error": "x".repeat(8000) }],
        });
        let path = format!("/v1/executions/run{number}");
        let (connection, key) = (&mut self.connection, &self.key);
        connection.send("PUT", &path, key, run.to_string().as_bytes()).unwrap();
        let response = connection.response().unwrap();
        if matches!(response.status, 200 | 201) {
            self.acknowledged.push(number);
        }
        response
    }

    fn get(&mut self, path: &str) -> Response {
        self.connection.get(path, &self.key).unwrap()
    }

    /// Asserts that exactly the acknowledged runs can be read.
    fn expect_reads(&mut self) {
        for number in self.acknowledged.clone() {
            let run = self.get(&format!("/v1/executions/run{number}"));
            assert_eq!(run.status, 200, "run{number}");
            assert_eq!(run.json()["steps"][0]["error"].as_str().unwrap().len(), 8000);
        }
        let list = self.get("/v1/executions?limit=1").json();
        assert_eq!(list["total"], self.acknowledged.len());
    }

    /// Limits the size of every file of the server, which then sees what a full disk shows.
    fn limit_files(&self, bytes: u64) {
        let id = self.server.id() as i32;
        rlimit::prlimit(id, Resource::FSIZE, Some((bytes, u64::MAX)), None).unwrap();
    }

    /// Asserts that recording fails with an internal error.
    fn expect_internal_error(&mut self) {
        let response = self.record();
        assert_eq!((response.status, &response.json()["code"]), (500, &json!("INTERNAL_ERROR")));
        self.expect_not_ready();
    }

    fn expect_not_ready(&mut self) {
        let ready = self.get("/readyz");
        assert_eq!(ready.status, 503, "{}", String::from_utf8_lossy(&ready.body));
        assert!(ready.header("retry-after").is_some() && ready.json()["error"].is_string());
        assert_eq!(self.get("/healthz").status, 200, "the process is alive");
    }

    /// Asserts that recording works, and that exactly the acknowledged runs can be read.
    fn expect_recovered(&mut self) {
        let response = self.record();
        assert_eq!(response.status, 201, "{}", String::from_utf8_lossy(&response.body));
        assert_eq!(self.get("/readyz").status, 200);
        self.expect_reads();
    }

    /// Ends the server with SIGKILL, and asserts that the database has no fault and every
    /// acknowledged run.
    fn expect_nothing_lost(mut self) {
        let path = self.file("");
        self.server.kill();
        check(&path);
        self.server = Server::on_file(&path);
        self.connection = self.server.connect();
        self.expect_reads();
        assert!(!log(&path).contains("panicked"), "{}", log(&path));
    }
}

#[test]
fn on_a_full_disk_reading_continues_and_recording_resumes_once_there_is_space() {
    for spare_bytes in [0, 1, 30_000, 100_000] {
        let mut served = Served::new();
        let lengths = ["", "-wal"].map(|suffix| fs::metadata(served.file(suffix)).unwrap().len());
        let largest = lengths.into_iter().max().unwrap();
        served.limit_files(largest + spare_bytes);
        // It is full at the latest when the spare bytes have been recorded.
        let refused = (0..=spare_bytes / 8000).find(|_| served.record().status == 500);
        assert!(refused.is_some(), "{spare_bytes}: nothing was refused");
        served.expect_not_ready();
        served.expect_reads();
        served.limit_files(u64::MAX);
        served.expect_recovered();
        served.expect_nothing_lost();
    }
}

#[test]
fn a_recording_into_a_deleted_file_is_not_acknowledged() {
    for suffix in ["", "-wal", "-shm"] {
        let mut served = Served::new();
        fs::remove_file(served.file(suffix)).unwrap();
        served.expect_internal_error();
        served.expect_reads();
        // The same holds where another file has taken its place.
        fs::write(served.file(suffix), "another").unwrap();
        served.expect_internal_error();
        served.expect_reads();
        let log = log(&served.file(""));
        assert!(log.contains(&format!("runs.db{suffix} is not where it was")), "{log}");
    }
}

#[test]
fn a_database_that_was_moved_away_is_served_again_once_it_is_back() {
    for suffix in ["", "-wal", "-shm"] {
        let mut served = Served::new();
        let (here, there) = (served.file(suffix), served.folder.path().join("elsewhere"));
        fs::rename(&here, &there).unwrap();
        served.expect_internal_error();
        served.expect_reads();
        fs::rename(&there, &here).unwrap();
        served.expect_recovered();
        served.expect_nothing_lost();
    }
}

#[test]
fn no_database_is_created_beside_the_log_of_another_one() {
    let mut served = Served::new();
    let (here, there) = (served.file(""), served.folder.path().join("elsewhere"));
    fs::rename(&here, &there).unwrap();
    for command in [["keys", "create", "--tenant", "other"].as_slice(), ["serve"].as_slice()] {
        let refused = on_database(command, &here);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("Put that database back"), "{refused:?}");
        assert!(!here.exists());
    }
    fs::rename(&there, &here).unwrap();
    served.expect_recovered();
    served.expect_nothing_lost();
}

#[test]
fn while_another_process_locks_the_database_reading_continues_and_recording_is_a_503() {
    let mut served = Served::new();
    let other = Connection::open(served.file("")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let response = served.record();
    assert_eq!(response.status, 503, "{}", String::from_utf8_lossy(&response.body));
    assert!(response.header("retry-after").is_some());
    assert!(response.json()["error"].as_str().unwrap().contains("in use by another process"));
    served.expect_not_ready();
    served.expect_reads();
    other.execute_batch("ROLLBACK").unwrap();
    served.expect_recovered();
    served.expect_nothing_lost();
}

#[test]
fn a_database_that_is_overwritten_does_not_end_the_server() {
    for garbage in ["", &"not a database ".repeat(10_000)] {
        let mut served = Served::new();
        // Moves the runs from the log into the file that will be overwritten.
        let other = Connection::open(served.file("")).unwrap();
        other.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
        drop(other);
        served.expect_reads();
        fs::write(served.file(""), garbage).unwrap();
        for number in 0..10 {
            for path in [format!("/v1/executions/run{number}"), "/v1/executions".to_owned()] {
                let response = served.get(&path);
                assert!(matches!(response.status, 200 | 404 | 500), "{}", response.header_section);
                assert!(response.status != 500 || response.json()["code"] == "INTERNAL_ERROR");
            }
            let response = served.record();
            assert!(matches!(response.status, 201 | 500), "{}", response.header_section);
        }
        assert_eq!(served.get("/healthz").status, 200);
        assert!(!log(&served.file("")).contains("panicked"), "{}", log(&served.file("")));
    }
}

#[test]
fn a_database_that_cannot_be_written_is_not_served_and_the_error_says_why() {
    let folder = Owned::new();
    let path = folder.0.path().join("runs.db");
    make_key(&path);
    folder.own(&path);
    folder.set_mode(&path, 0o444);
    folder.expect_refused(&path, "writable for this user");
    folder.set_mode(&path, 0o644);
    folder.set_mode(folder.0.path(), 0o555);
    folder.expect_refused(&path, "writable");
    folder.set_mode(folder.0.path(), 0o755);
    Server::started(&log_file(&path), folder.serve(&path).spawn().unwrap());
}

#[test]
fn a_database_that_cannot_be_written_is_read_beside_its_server() {
    let folder = Owned::new();
    let path = folder.0.path().join("runs.db");
    make_key(&path);
    folder.own(&path);
    let server = Server::started(&log_file(&path), folder.serve(&path).spawn().unwrap());
    let files = ["", "-wal", "-shm"].map(|suffix| format!("{}{suffix}", path.display()));
    files.iter().for_each(|file| folder.set_mode(Path::new(file), 0o444));
    let copy = folder.0.path().join("copy.db");
    let commands: [&[&str]; 5] = [
        &["keys", "list"],
        &["export", "--tenant", "one"],
        &["check"],
        &["prune", "--before", "90d", "--dry-run"],
        &["backup", copy.to_str().unwrap()],
    ];
    let calls = || commands.map(|command| call(folder.program(command).arg(&path)));
    for call in calls() {
        call.done();
    }
    fs::remove_file(&copy).unwrap();
    assert_eq!(server.stop(), Some(0));
    // Without a server, reading writes to the files beside the database.
    folder.set_mode(folder.0.path(), 0o555);
    for call in calls() {
        assert_eq!(call.code, Some(1), "{call:?}");
        assert!(call.stderr.contains("Run the command as the owner"), "{call:?}");
    }
    folder.set_mode(folder.0.path(), 0o755);
}

/// A folder owned by the user who serves from it. That is [`UNPRIVILEGED`] where the tests run as
/// root, to whom file permissions do not apply.
struct Owned(tempfile::TempDir);

impl Owned {
    fn new() -> Self {
        let owned = Self(tempfile::tempdir().unwrap());
        // A copy of the program that the other user can execute.
        fs::copy(program_harness::path(), owned.0.path().join("runledger")).unwrap();
        owned.set_mode(owned.0.path(), 0o755);
        owned.own(owned.0.path());
        owned
    }

    fn user(&self) -> Option<u32> {
        let root = fs::metadata(self.0.path().join("runledger")).unwrap().uid() == 0;
        root.then_some(UNPRIVILEGED)
    }

    fn own(&self, path: &Path) {
        if self.user().is_some() {
            chown(path, self.user(), self.user()).unwrap();
        }
    }

    fn set_mode(&self, path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn serve(&self, path: &Path) -> Command {
        self.as_user(&serve(path))
    }

    /// A command that takes the path of the database as its last argument.
    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = self.as_user(&program(arguments));
        command.arg("--database");
        command
    }

    /// The same command, called by the user.
    fn as_user(&self, template: &Command) -> Command {
        let mut command = Command::new(self.0.path().join("runledger"));
        // Without the option of `env` and the program that it calls.
        command.args(template.get_args().skip(2)).stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        if let Some(user) = self.user() {
            command.uid(user).gid(user);
        }
        command
    }

    fn expect_refused(&self, path: &Path, reason: &str) {
        let mut process = self.serve(path).spawn().unwrap();
        // Standard output ends where it refuses; where it serves, it prints a line.
        let mut serving = [0];
        let served = process.stdout.as_mut().unwrap().read(&mut serving).unwrap();
        if served > 0 {
            process.kill().unwrap();
        }
        let refused = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!((served, refused.status.code()), (0, Some(1)), "{said}");
        assert!(said.starts_with("error: ") && said.contains(reason), "{said}");
    }
}
