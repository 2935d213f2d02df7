//! `runledger export`.

use std::io::Read;

use program_harness::{Folder, Server, write_history};
use serde_json::Value;

#[test]
fn filters_select_the_runs() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 500);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let all = folder.call(&["export", "--tenant", "acme"]).done().stdout;
    let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let first = parse(all.lines().next().unwrap());
    let workflow = first["workflow_id"].as_str().unwrap();
    let filters = ["--workflow", workflow, "--status", "SUCCEEDED"];
    let arguments = [&["export", "--tenant", "acme"], &filters[..]].concat();
    let selected = folder.call(&arguments).done().stdout;
    let matches = |line: &&str| {
        let run = parse(line);
        run["workflow_id"] == workflow && run["status"] == "SUCCEEDED"
    };
    let expected: Vec<_> = all.lines().filter(matches).collect();
    assert!(!expected.is_empty() && selected.lines().eq(expected));
    let invalid = ["export", "--tenant", "acme", "--status", "failed"];
    assert_eq!(folder.call(&invalid).code, Some(2), "statuses are case-sensitive");
}

#[test]
fn a_reader_that_closes_the_pipe_is_not_an_error() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 2000);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let mut export = folder.program(&["export", "--tenant", "acme"]).spawn().unwrap();
    let mut stdout = export.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1000]).unwrap();
    drop(stdout);
    let output = export.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
}

#[test]
fn a_run_that_no_url_can_name_is_skipped_and_reported() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 50);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    // Earlier versions recorded such ids.
    let connection = rusqlite::Connection::open(folder.path("runledger.db")).unwrap();
    let newest = "SELECT pk FROM run ORDER BY created_at DESC, id DESC LIMIT 1";
    let update = format!("UPDATE run SET id = '..' WHERE pk = ({newest})");
    assert_eq!(connection.execute(&update, []).unwrap(), 1);
    drop(connection);
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let call = folder.call(&["export", "--url", &server.url, "--key", &key]);
    assert_eq!((call.code, call.stdout.lines().count()), (Some(3), 49), "{call:?}");
    assert_eq!(call.stderr, "skipped a run: the run id \"..\" cannot be part of a URL\n");
    let local = folder.call(&["export", "--tenant", "acme"]).done().stdout;
    assert_eq!(local.lines().count(), 50);
}
