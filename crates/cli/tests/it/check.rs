//! `runledger check`.

use std::{fs, path::Path};

use program_harness::{Folder, Server, write_history};

use crate::failed_run::failed_run;

#[test]
fn a_wrong_count_is_found_beside_a_server_and_repaired_without_one() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 300);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    assert_eq!(folder.call(&["check"]).done().stdout, "runledger.db: no faults\n");

    let server = Server::start(&folder, &[]);
    let connection = rusqlite::Connection::open(folder.path("runledger.db")).unwrap();
    connection.execute("UPDATE run_block SET runs = runs + 1 WHERE level = 0", []).unwrap();
    drop(connection);
    let call = folder.call(&["check"]);
    assert_eq!(call.code, Some(3), "{call:?}");
    let (fault, _) = call.stdout.split_once('\n').unwrap();
    assert!(fault.starts_with("fault: the counts of tenant 1"), "{call:?}");
    assert!(fault.ends_with(" (repairable without loss)"), "{call:?}");
    let command = "runledger check --repair --database runledger.db\n";
    assert!(call.stdout.ends_with(command), "{call:?}");
    let served = folder.call(&["check", "--repair"]);
    assert!(served.code == Some(1) && served.stderr.contains("served"), "{served:?}");
    drop(server);
    let call = folder.call(&["check", "--repair"]).done();
    assert!(call.stdout.contains(fault), "{call:?}");
    let done = "Rebuilt the indexes and the counts.\nrunledger.db: repaired, no faults\n";
    assert!(call.stdout.ends_with(done), "{call:?}");
    assert_eq!(folder.call(&["check"]).done().stdout, "runledger.db: no faults\n");
}

/// Overwrites 40 bytes in the middle of this text in a file.
fn overwrite(file: &Path, text: &str) {
    let mut bytes = fs::read(file).unwrap();
    let start = bytes.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
    bytes[start + 20..start + 60].fill(0xff);
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_damaged_error_text_is_found_its_run_is_named_and_the_others_are_saved() {
    let folder = Folder::new();
    let error = "the connection was closed before the response was complete: ".repeat(3);
    let lines = [("a", "short"), ("b", &error), ("c", "short")];
    let lines: String = lines.map(|(id, error)| failed_run(id, error)).concat();
    fs::write(folder.path("runs.ndjson"), lines).unwrap();
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    folder.call(&["backup", "copy.db"]).done();
    let copy = fs::read(folder.path("copy.db")).unwrap();
    overwrite(&folder.path("runledger.db"), &error);

    let call = folder.call(&["check"]);
    assert_eq!(call.code, Some(3), "{call:?}");
    let fault = "fault: run \"b\" of tenant \"acme\" cannot be read: a value is not one that";
    assert!(call.stdout.starts_with(fault), "{call:?}");
    assert_eq!(folder.call(&["export", "--tenant", "acme"]).code, Some(1));
    let call = folder.call(&["backup", "--replace", "copy.db"]);
    assert_eq!(call.code, Some(1), "{call:?}");
    assert!(call.stderr.contains("damaged: run \"b\" of tenant \"acme\""), "{call:?}");
    assert!(fs::read(folder.path("copy.db")).unwrap() == copy, "the older copy is kept");

    let server = Server::start(&folder, &[]);
    assert_eq!(folder.call(&["check", "--repair"]).code, Some(1), "it is served");
    drop(server);
    let call = folder.call(&["check", "--repair"]);
    assert_eq!(call.code, Some(3), "{call:?}");
    let report = "lost: run \"b\" of tenant \"acme\"\n\
                  Saved 2 runs into a new database; 1 run lost.\n";
    assert!(call.stdout.contains(report), "{call:?}");
    assert!(folder.path("runledger.db.damaged").exists());
    folder.call(&["check"]).done();
    assert_eq!(folder.call(&["export", "--tenant", "acme"]).done().stdout.lines().count(), 2);
    folder.call(&["backup", "--replace", "copy.db"]).done();
    assert!(fs::read(folder.path("copy.db")).unwrap() != copy);
}

#[test]
fn a_file_that_is_not_a_whole_database_has_a_fault() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 300);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let whole = fs::read(folder.path("runledger.db")).unwrap();
    let half = whole.len() / 2;
    fs::write(folder.path("cut.db"), &whole[..half]).unwrap();
    let call = folder.call(&["check", "--database", "cut.db"]);
    assert_eq!(call.code, Some(3), "{call:?}");
    assert!(call.stdout.contains("Restore a backup"), "{call:?}");
    let call = folder.call(&["check", "--repair", "--database", "cut.db"]);
    assert_eq!(call.code, Some(3), "{call:?}");
    assert!(call.stdout.contains("lost: run \"run_"), "{call:?}");
    assert_eq!(fs::read(folder.path("cut.db.damaged")).unwrap().len(), half, "{call:?}");
    folder.call(&["check", "--database", "cut.db"]).done();
    // Too little for the names of the tables.
    fs::write(folder.path("start.db"), &whole[..20_000]).unwrap();
    let call = folder.call(&["check", "--repair", "--database", "start.db"]);
    assert!(call.code == Some(1) && call.stderr.contains("nothing can be saved"), "{call:?}");
    assert_eq!(fs::read(folder.path("start.db")).unwrap(), &whole[..20_000]);
    fs::write(folder.path("empty.db"), "").unwrap();
    let call = folder.call(&["check", "--database", "empty.db"]);
    assert!(call.code == Some(1) && call.stderr.contains("empty"), "{call:?}");
}
