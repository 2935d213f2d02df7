//! `runledger backup`.

use std::fs;

use program_harness::{Folder, Server, write_history};

#[test]
fn a_backup_of_a_served_database_is_a_whole_copy() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 300);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let _server = Server::start(&folder, &[]);
    let call = folder.call(&["backup", "backup.db"]).done();
    assert!(call.stdout.starts_with("Wrote backup.db ("), "{call:?}");
    folder.call(&["check", "--database", "backup.db"]).done();
    let [original, copy] = ["runledger.db", "backup.db"]
        .map(|file| folder.call(&["export", "--tenant", "acme", "--database", file]).done().stdout);
    assert!(original == copy && original.lines().count() == 300);
}

#[test]
fn a_backup_overwrites_a_file_only_if_asked_to() {
    let folder = Folder::new();
    folder.key("acme");
    fs::write(folder.path("backup.db"), "precious").unwrap();
    let call = folder.call(&["backup", "backup.db"]);
    assert!(call.code == Some(1) && call.stderr.contains("backup.db"), "{call:?}");
    assert_eq!(fs::read_to_string(folder.path("backup.db")).unwrap(), "precious");
    let call = folder.call(&["backup", "missing/backup.db"]);
    assert!(call.code == Some(1) && call.stderr.contains("missing"), "{call:?}");
}

#[test]
fn a_backup_replaces_nothing_but_an_older_copy() {
    let folder = Folder::new();
    folder.key("acme");
    folder.call(&["backup", "copy.db"]).done();
    folder.call(&["backup", "--replace", "copy.db"]).done();
    let original = fs::read(folder.path("runledger.db")).unwrap();
    fs::create_dir(folder.path("folder")).unwrap();
    fs::write(folder.path("runs.ndjson"), "{}").unwrap();
    fs::write(folder.path("lost.db"), &original).unwrap();
    fs::write(folder.path("lost.db-wal"), "log").unwrap();
    fs::write(folder.path("gone.db-journal"), "log").unwrap();
    for (file, reason) in [
        ("runledger.db", "it is the database itself"),
        ("runledger.db-wal", "files with this ending belong to the database"),
        ("runledger.db-serving", "files with this ending belong to the database"),
        ("runledger.db.damaged-2", "files with this ending belong to the database"),
        ("folder", "it is a directory"),
        ("runs.ndjson", "it is not a Runledger database"),
        ("lost.db", "a log is beside it (-wal)"),
        ("gone.db", "a log is beside it (-journal)"),
    ] {
        let before = fs::read(folder.path(file)).ok();
        for arguments in [&["backup", "--replace", file][..], &["backup", file]] {
            let call = folder.call(arguments);
            assert_eq!(call.code, Some(1), "{call:?}");
            let exists_already = arguments.len() == 2 && call.stderr.contains("exists already");
            assert!(call.stderr.contains(reason) || exists_already, "{call:?}");
        }
        assert_eq!(fs::read(folder.path(file)).ok(), before, "{file}");
    }
    let other = Folder::new();
    other.key("acme");
    let _server = Server::start(&other, &[]);
    let served = other.path("runledger.db");
    let call = folder.call(&["backup", "--replace", served.to_str().unwrap()]);
    assert!(call.code == Some(1) && call.stderr.contains("is served by"), "{call:?}");
}
