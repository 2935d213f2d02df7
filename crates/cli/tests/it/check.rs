//! `runledger check`.

use std::fs;

use program_harness::{Folder, Server, write_history};

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
    assert!(fault.ends_with(" (repairable)"), "{call:?}");
    assert!(call.stdout.contains("stop the server and run `runledger check --repair`"), "{call:?}");
    let served = folder.call(&["check", "--repair"]);
    assert!(served.code == Some(1) && served.stderr.contains("served"), "{served:?}");
    drop(server);
    let call = folder.call(&["check", "--repair"]).done();
    assert!(call.stdout.contains(fault), "{call:?}");
    assert!(
        call.stdout.ends_with("Rebuilt the indexes and the counts.\nrunledger.db: no faults\n")
    );
}

#[test]
fn a_file_that_is_not_a_whole_database_is_an_error() {
    let folder = Folder::new();
    folder.key("acme");
    let whole = fs::read(folder.path("runledger.db")).unwrap();
    fs::write(folder.path("cut.db"), &whole[..20_000]).unwrap();
    let call = folder.call(&["check", "--database", "cut.db"]);
    assert_eq!(call.code, Some(1), "{call:?}");
    assert!(call.stderr.to_lowercase().contains("restore a backup"), "{call:?}");
    fs::write(folder.path("empty.db"), "").unwrap();
    let call = folder.call(&["check", "--database", "empty.db"]);
    assert!(call.code == Some(1) && call.stderr.contains("empty"), "{call:?}");
}
