//! Damage that a running server meets.

use std::fs;

use program_harness::{Folder, Server};

use crate::{failed_run::failed_run, wait};

/// Imports this many failed runs. The error of the nth is `error n: ` several thousand times.
fn import_failed_runs(folder: &Folder, count: usize) {
    let line = |number: usize| {
        failed_run(&format!("run {number}"), &format!("error {number}: ").repeat(5_000))
    };
    fs::write(folder.path("runs.ndjson"), (0..count).map(line).collect::<String>()).unwrap();
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
}

/// Damages a page in the middle of the error of this run: its beginning says which page is next.
fn damage_error(folder: &Folder, number: usize) {
    const PAGE_BYTES: usize = 4096;
    let file = folder.path("runledger.db");
    let mut bytes = fs::read(&file).unwrap();
    let text = format!("error {number}: ");
    let windows = bytes.windows(text.len()).enumerate();
    let found = windows.filter(|(_, window)| *window == text.as_bytes()).nth(2_500);
    let page = found.unwrap().0 / PAGE_BYTES * PAGE_BYTES;
    bytes[page..page + 4].fill(0xff);
    fs::write(file, bytes).unwrap();
}

/// Waits until the log of the server has this text.
fn wait_for_log(folder: &Folder, server: &Server, text: &str) {
    wait::until(text, || {
        server.get("/healthz", "");
        fs::read_to_string(folder.path("serve.log")).unwrap().contains(text)
    });
}

#[test]
fn damage_of_a_large_file_is_logged_while_it_is_served() {
    let folder = Folder::new();
    import_failed_runs(&folder, 400);
    let key = folder.key("acme");
    let length = fs::metadata(folder.path("runledger.db")).unwrap().len();
    assert!(length > 16 << 20, "a file of {length} bytes is checked before it is served");
    damage_error(&folder, 200);
    let server = Server::start(&folder, &[]);
    wait_for_log(&folder, &server, "runledger check --repair --database runledger.db");
    assert_eq!(server.json("/v1/executions?limit=1", &key)["total"], 400);
    assert_eq!(server.get("/v1/executions/run%20200", &key).0, 500);
    wait_for_log(&folder, &server, "the database is damaged");
    assert_eq!(server.get("/v1/executions/run%20399", &key).0, 200);
    assert_eq!(server.stop(), Some(0));
    let call = folder.call(&["check", "--repair"]);
    assert!(call.stdout.contains("lost: run \"run 200\" of tenant \"acme\""), "{call:?}");
    assert!(call.stdout.contains("Saved 399 runs into a new database; 1 run lost."), "{call:?}");
}
