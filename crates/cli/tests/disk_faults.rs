//! What a server does whose disk is full, or whose file is read-only, deleted, held by another process or overwritten:
//! it says so, goes on reading where it can, loses nothing that it acknowledged, and goes on when that is over.
//!
//! All of it needs no privileges, and is real: the files, the processes and what the system answers them.
#![cfg(unix)]

mod program;

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

use program::{Answer, Server, check, log, log_file, make_key, serve};
use rlimit::Resource;
use rusqlite::Connection;
use serde_json::json;

/// A user who is not root, for whom permissions hold; on most systems it is called `nobody`.
const NOBODY: u32 = 65_534;

/// A served file with some runs in it.
struct Served {
    folder: tempfile::TempDir,
    server: Server,
    connection: program::Connection,
    key: String,
    /// The numbers of the runs that were acknowledged.
    acknowledged: Vec<u32>,
    next: u32,
}

impl Served {
    /// With ten runs.
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

    /// The file that SQLite keeps beside it, or itself.
    fn file(&self, suffix: &str) -> PathBuf {
        self.folder.path().join(format!("runs.db{suffix}"))
    }

    /// Records one more run, of some kilobytes; it is noted where it was acknowledged.
    fn record(&mut self) -> Answer {
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
        let answer = connection.answer().unwrap();
        if matches!(answer.status, 200 | 201) {
            self.acknowledged.push(number);
        }
        answer
    }

    fn get(&mut self, path: &str) -> Answer {
        self.connection.get(path, &self.key).unwrap()
    }

    /// All that was acknowledged is there, and no more.
    fn expect_reads(&mut self) {
        for number in self.acknowledged.clone() {
            let run = self.get(&format!("/v1/executions/run{number}"));
            assert_eq!(run.status, 200, "run{number}");
            assert_eq!(run.json()["steps"][0]["error"].as_str().unwrap().len(), 8000);
        }
        let list = self.get("/v1/executions?limit=1").json();
        assert_eq!(list["total"], self.acknowledged.len());
    }

    /// No file of the server's may become larger than this, as on a disk without room.
    fn limit_files(&self, bytes: u64) {
        let id = self.server.id() as i32;
        rlimit::prlimit(id, Resource::FSIZE, Some((bytes, u64::MAX)), None).unwrap();
    }

    /// Recording fails as something that broke.
    fn expect_broken(&mut self) {
        let answer = self.record();
        assert_eq!((answer.status, &answer.json()["code"]), (500, &json!("INTERNAL_ERROR")));
        self.expect_not_ready();
    }

    fn expect_not_ready(&mut self) {
        let ready = self.get("/readyz");
        assert_eq!(ready.status, 503, "{}", String::from_utf8_lossy(&ready.body));
        assert!(ready.header("retry-after").is_some() && ready.json()["error"].is_string());
        assert_eq!(self.get("/healthz").status, 200, "it lives even so");
    }

    /// Recording works, and all that was acknowledged is there.
    fn expect_all_well(&mut self) {
        let answer = self.record();
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        assert_eq!(self.get("/readyz").status, 200);
        self.expect_reads();
    }

    /// Kills the server; what it left must be without a fault, and hold all that was acknowledged.
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
fn on_a_full_disk_reads_go_on_and_recording_goes_on_once_there_is_room() {
    for room in [0, 1, 30_000, 100_000] {
        let mut served = Served::new();
        let lengths = ["", "-wal"].map(|suffix| fs::metadata(served.file(suffix)).unwrap().len());
        let most = lengths.into_iter().max().unwrap();
        served.limit_files(most + room);
        // It is full at the latest when so many bytes have been recorded.
        let refused = (0..=room / 8000).find(|_| served.record().status == 500);
        assert!(refused.is_some(), "{room}: nothing was refused");
        served.expect_not_ready();
        served.expect_reads();
        served.limit_files(u64::MAX);
        served.expect_all_well();
        served.expect_nothing_lost();
    }
}

#[test]
fn what_is_written_into_a_deleted_file_is_not_acknowledged() {
    for suffix in ["", "-wal", "-shm"] {
        let mut served = Served::new();
        fs::remove_file(served.file(suffix)).unwrap();
        served.expect_broken();
        served.expect_reads();
        // Nor where a new file has taken its place.
        fs::write(served.file(suffix), "another").unwrap();
        served.expect_broken();
        served.expect_reads();
        let log = log(&served.file(""));
        assert!(log.contains(&format!("runs.db{suffix} is not where it was")), "{log}");
    }
}

#[test]
fn a_file_that_was_moved_away_serves_again_once_it_is_back() {
    for suffix in ["", "-wal", "-shm"] {
        let mut served = Served::new();
        let (here, there) = (served.file(suffix), served.folder.path().join("elsewhere"));
        fs::rename(&here, &there).unwrap();
        served.expect_broken();
        served.expect_reads();
        fs::rename(&there, &here).unwrap();
        served.expect_all_well();
        served.expect_nothing_lost();
    }
}

#[test]
fn nobody_makes_a_new_file_in_the_place_of_one_whose_log_is_there() {
    let mut served = Served::new();
    let (here, there) = (served.file(""), served.folder.path().join("elsewhere"));
    fs::rename(&here, &there).unwrap();
    for words in [["keys", "create", "--tenant", "other"].as_slice(), ["serve"].as_slice()] {
        let refused = program::on_file(words, &here);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains("Put that one back"), "{said}");
        assert!(!here.exists());
    }
    fs::rename(&there, &here).unwrap();
    served.expect_all_well();
    served.expect_nothing_lost();
}

#[test]
fn while_another_process_holds_the_file_reads_go_on_and_recordings_may_be_repeated() {
    let mut served = Served::new();
    let holder = Connection::open(served.file("")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = served.record();
    assert_eq!(answer.status, 503, "{}", String::from_utf8_lossy(&answer.body));
    assert!(answer.header("retry-after").is_some());
    assert!(answer.json()["error"].as_str().unwrap().contains("in use by another process"));
    served.expect_not_ready();
    served.expect_reads();
    holder.execute_batch("ROLLBACK").unwrap();
    served.expect_all_well();
    served.expect_nothing_lost();
}

#[test]
fn a_file_that_is_overwritten_does_not_bring_the_server_down() {
    for garbage in ["", &"not a database ".repeat(10_000)] {
        let mut served = Served::new();
        // So that the runs stand in the file that will be overwritten.
        let other = Connection::open(served.file("")).unwrap();
        other.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
        drop(other);
        served.expect_reads();
        fs::write(served.file(""), garbage).unwrap();
        for number in 0..10 {
            for path in [format!("/v1/executions/run{number}"), "/v1/executions".to_owned()] {
                let answer = served.get(&path);
                assert!(matches!(answer.status, 200 | 404 | 500), "{}", answer.head);
                assert!(answer.status != 500 || answer.json()["code"] == "INTERNAL_ERROR");
            }
            let answer = served.record();
            assert!(matches!(answer.status, 201 | 500), "{}", answer.head);
        }
        assert_eq!(served.get("/healthz").status, 200);
        assert!(!log(&served.file("")).contains("panicked"), "{}", log(&served.file("")));
    }
}

#[test]
fn what_cannot_be_written_to_is_not_served_and_the_reason_is_told() {
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

/// A folder that belongs to the user who serves from it: to [`NOBODY`] where these tests run as root, for whom
/// nothing is read-only.
struct Owned(tempfile::TempDir);

impl Owned {
    fn new() -> Self {
        let owned = Self(tempfile::tempdir().unwrap());
        // A copy that another user can reach, too.
        fs::copy(env!("CARGO_BIN_EXE_runledger"), owned.0.path().join("runledger")).unwrap();
        owned.set_mode(owned.0.path(), 0o755);
        owned.own(owned.0.path());
        owned
    }

    fn user(&self) -> Option<u32> {
        let root = fs::metadata(self.0.path().join("runledger")).unwrap().uid() == 0;
        root.then_some(NOBODY)
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
        let template = serve(path);
        let mut command = Command::new(self.0.path().join("runledger"));
        command.args(template.get_args()).stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        if let Some(user) = self.user() {
            command.uid(user).gid(user);
        }
        command
    }

    fn expect_refused(&self, path: &Path, reason: &str) {
        let mut process = self.serve(path).spawn().unwrap();
        // It says nothing on standard output, or that it serves.
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
