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
