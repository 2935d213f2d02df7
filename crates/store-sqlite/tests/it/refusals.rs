//! Files that cannot be used: the error says why, and the file is left as it was.

use std::{fs, path::Path};

use runledger_store::StoreError;
use runledger_store_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::files::files_after_a_crash;

/// The error of opening this file, which must leave the file and its folder as they were.
fn refusal(path: &Path) -> StoreError {
    let before = fs::read(path).ok();
    let error = SqliteStore::open(path).err();
    let error = error.unwrap_or_else(|| panic!("{} was opened", path.display()));
    assert_eq!(fs::read(path).ok(), before);
    for suffix in ["-wal", "-shm", "-journal"] {
        let beside = format!("{}{suffix}", path.display());
        assert!(!Path::new(&beside).exists(), "{beside} was created");
    }
    error
}

/// Sets the version of a file's schema without leaving a log.
fn set_version(path: &Path, version: i32) {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "user_version", version).unwrap();
    connection.pragma_update(None, "journal_mode", "DELETE").unwrap();
}

#[test]
fn a_file_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(refusal(&path), StoreError::Foreign { .. }));
    for content in ["dear diary, ".repeat(1000), "x".to_owned()] {
        fs::write(&path, content).unwrap();
        assert!(matches!(refusal(&path), StoreError::Foreign { .. }));
    }
}

/// Opening a named pipe would wait for a writer.
#[cfg(unix)]
#[test]
fn what_is_not_a_regular_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.db");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let socket = folder.path().join("socket.db");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (path, expected) in [
        (&*pipe, "a named pipe"),
        (folder.path(), "a directory"),
        (&*socket, "a socket"),
        (Path::new("/dev/null"), "a device"),
    ] {
        for error in [SqliteStore::open(path).err(), SqliteStore::serve(path).err()] {
            let error = error.unwrap();
            assert!(matches!(error, StoreError::NotAFile { kind, .. } if kind == expected));
        }
    }
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("newer.db");
    drop(SqliteStore::open(&path).unwrap());
    set_version(&path, 1000);
    let error = refusal(&path);
    assert!(matches!(error, StoreError::NewerSchema { found: 1000, .. }), "{error}");
    assert!(error.to_string().contains("newer.db"), "{error}");
}

#[test]
fn a_newer_schema_that_only_the_log_states_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    drop(SqliteStore::open(&path).unwrap());
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 1000).unwrap();
    let copy = files_after_a_crash(folder.path());
    let (path, log) = (copy.path().join("runs.db"), copy.path().join("runs.db-wal"));
    let before = (fs::read(&path).unwrap(), fs::read(&log).unwrap());
    let error = SqliteStore::open(&path).err().unwrap();
    assert!(matches!(error, StoreError::NewerSchema { found: 1000, .. }), "{error}");
    assert_eq!((fs::read(&path).unwrap(), fs::read(&log).unwrap()), before);
    assert_eq!(fs::read_dir(copy.path()).unwrap().count(), 2, "a file was created");
}

#[test]
fn a_damaged_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.db");
    drop(SqliteStore::open(&path).unwrap());
    let whole = fs::read(&path).unwrap();
    let length = whole.len();
    for length in [100, 200, 4095, 4096, 8192, length / 2, length - 4096, length - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(matches!(refusal(&path), StoreError::Damaged { .. }), "{length}");
    }
    let mut overwritten = whole.clone();
    overwritten[100..4096].fill(0xA5);
    fs::write(&path, &overwritten).unwrap();
    assert!(matches!(refusal(&path), StoreError::Damaged { .. }));
    for version in [-1, 0] {
        fs::write(&path, &whole).unwrap();
        set_version(&path, version);
        assert!(matches!(refusal(&path), StoreError::Damaged { .. }), "{version}");
    }
}

/// A new file would take over the log of the one that was moved.
#[test]
fn a_log_without_its_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let store = SqliteStore::open(&path).unwrap();
    fs::rename(&path, folder.path().join("moved.db")).unwrap();
    assert!(matches!(SqliteStore::open(&path).err(), Some(StoreError::Orphaned { .. })));
    assert!(!path.exists());
    drop(store);
}

#[test]
fn an_empty_file_is_a_new_database() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(SqliteStore::open(file.path()).is_ok());
}
