//! The delivery of the runs of `runledger exec`, and `runledger spool`.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::Child,
    time::{Duration, SystemTime},
};

use program_harness::{Call, Folder, Server, call, request, signal};
use serde_json::Value;

use crate::{
    exec::{Environment, exec, run_of},
    wait,
};

/// The default spool directory.
const SPOOL: &str = ".local/state/runledger/spool";

/// The stored runs of all servers and keys: names of files, and contents.
fn stored(folder: &Folder) -> Vec<(String, String)> {
    files(&folder.path(SPOOL)).into_iter().filter(|(name, _)| name.ends_with(".json")).collect()
}

/// The files in the folders of this folder, with their contents. A file that is being written has
/// another name until it is complete, and may be gone when it is read.
fn files(spool: &Path) -> Vec<(String, String)> {
    let folders = fs::read_dir(spool).unwrap().map(|folder| folder.unwrap().path());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap());
    files
        .map(|file| file.unwrap().path())
        .filter_map(|file| Some((file.display().to_string(), fs::read_to_string(&file).ok()?)))
        .collect()
}

#[test]
fn a_run_that_cannot_be_delivered_is_stored_for_its_server_and_key() {
    let Environment { folder, key, server } = Environment::new();
    let other_key = folder.key("other");
    let (url, address) = (server.url.clone(), server.address.to_string());
    server.stop();
    for (workflow, key) in [("first", &key), ("second", &key), ("others", &other_key)] {
        let call = call(&mut exec(&folder, &url, key, workflow, "echo hi; exit 3"));
        assert_eq!((call.code, &*call.stdout), (Some(3), "hi\n"), "{call:?}");
        assert!(call.stderr.contains("stored in"), "{call:?}");
    }
    let stored = || stored(&folder);
    assert_eq!(stored().len(), 3);
    for (file, content) in files(&folder.path(SPOOL)) {
        assert!(!file.contains(&key) && !content.contains(&key), "{file}");
    }

    let server = Server::start_at(&folder, &address, &[]);
    let deliver = |key: &str, workflow: &str| {
        let Call { code, stderr, .. } = call(&mut exec(&folder, &url, key, workflow, "true"));
        assert_eq!((code, &*stderr), (Some(0), ""));
    };
    deliver(&key, "third");
    for workflow in ["first", "second"] {
        assert_eq!(run_of(&server, &key, workflow)["status"], "FAILED");
    }
    assert_eq!(stored().len(), 1, "the run of the other tenant needs its own key");
    assert_eq!(server.json("/v1/executions", &key)["total"], 3);
    deliver(&other_key, "fourth");
    assert_eq!(stored().len(), 0);
    assert_eq!(server.json("/v1/executions", &other_key)["total"], 2);
}

/// Ends the command of a run, which a killed `exec` leaves behind.
fn end_command(run: &Value) {
    let process = run["steps"][0]["metadata"]["pid"].as_str().unwrap();
    signal(process.parse().unwrap(), "KILL");
}

#[test]
fn a_silent_server_is_not_waited_for() {
    let folder = Folder::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut command = exec(&folder, &url, "a-key", "w", "exit 3");
    let call = call(command.env("RUNLEDGER_END_TIMEOUT", "2s"));
    assert_eq!(call.code, Some(3), "{call:?}");
    assert!(call.stderr.contains("no response within 2 s; stored in"), "{call:?}");
    let stored = stored(&folder);
    assert!(stored.len() == 1 && stored[0].1.contains("FAILED"), "{stored:?}");
}

#[test]
fn a_run_that_the_server_has_not_confirmed_is_known_after_a_kill() {
    let Environment { folder, key, server } = Environment::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut process: Child = exec(&folder, &url, &key, "killed", "exec sleep 1000")
        .env("RUNLEDGER_HEARTBEAT_TIMEOUT", "1s")
        .spawn()
        .unwrap();
    // The server does not respond to the first request.
    let _connection = silent.accept().unwrap();
    let (_, content) = stored(&folder).remove(0);
    process.kill().unwrap();
    process.wait().unwrap();
    let run: Value = serde_json::from_str(&content).unwrap();
    assert_eq!(run["status"], "RUNNING");
    end_command(&run);

    folder.call(&["spool", "send", "--all", "--url", &server.url, "--key", &key]).done();
    assert_eq!(stored(&folder), []);
    server.wait_until("/v1/executions?status=FAILED", &key, |list| list["total"] == 1);
    assert_eq!(run_of(&server, &key, "killed")["outcome"], "LOST");
}

#[test]
fn a_run_that_began_without_a_server_is_delivered_after_a_kill() {
    let Environment { folder, key, server } = Environment::new();
    let (url, address) = (server.url.clone(), server.address.to_string());
    server.stop();
    let mut process: Child =
        exec(&folder, &url, &key, "killed", "exec sleep 1000").spawn().unwrap();
    wait::until("the state is stored", || {
        folder.path(SPOOL).exists() && stored(&folder).iter().any(|(_, run)| run.contains("pid"))
    });
    let (_, content) = stored(&folder).remove(0);
    process.kill().unwrap();
    process.wait().unwrap();
    end_command(&serde_json::from_str(&content).unwrap());

    let server = Server::start_at(&folder, &address, &[]);
    call(&mut exec(&folder, &url, &key, "next", "true")).done();
    assert_eq!(run_of(&server, &key, "killed")["status"], "RUNNING");
    assert_eq!(stored(&folder), []);
}

#[test]
fn a_run_is_stored_before_its_command_starts() {
    let folder = Folder::new();
    let script = format!("cat {SPOOL}/*/*.running.json");
    for arguments in [&["--key", "a-key"][..], &["--key-file", "missing"]] {
        let mut exec = folder.program(&["exec", "--workflow", "w", "--url", "http://127.0.0.1:1"]);
        let exec = exec.args(arguments).args(["--", "sh", "-c", &script]);
        let call = call(exec);
        assert_eq!(call.code, Some(0), "{call:?}");
        let run: Value = serde_json::from_str(&call.stdout).unwrap();
        assert_eq!(run["workflow_id"], "w");
        fs::remove_dir_all(folder.path(SPOOL)).unwrap();
    }
}

#[test]
fn what_a_killed_process_was_writing_is_deleted_a_day_later() {
    let Environment { folder, key, server } = Environment::new();
    server.stop();
    let mut command = exec(&folder, "http://127.0.0.1:1", &key, "w", "true");
    call(&mut command);
    let queue = fs::read_dir(folder.path(SPOOL)).unwrap().next().unwrap().unwrap().path();
    let [old, new] = [".tmpold", ".tmpnew"].map(|name| queue.join(name));
    fs::write(&new, "{").unwrap();
    let two_days = Duration::from_secs(2 * 24 * 60 * 60);
    fs::File::create(&old).unwrap().set_modified(SystemTime::now() - two_days).unwrap();
    call(&mut command);
    assert!(!old.exists() && new.exists() && stored(&folder).len() == 2);
}

#[test]
fn a_server_that_is_away_is_one_line_before_the_error() {
    let folder = Folder::new();
    let url = "http://127.0.0.1:1";
    call(&mut exec(&folder, url, "a-key", "w", "true"));
    let send = folder.call(&["spool", "send", "--url", url, "--key", "a-key"]);
    assert_eq!(send.code, Some(1));
    let lines: Vec<_> = send.stderr.lines().collect();
    let [waits, error] = &*lines else { panic!("{send:?}") };
    assert!(waits.starts_with("the server cannot be reached: "), "{waits}");
    assert!(waits.ends_with("; trying again up to 5 times"), "{waits}");
    assert!(error.starts_with("error: the server cannot be reached: "), "{error}");
}

#[test]
fn the_end_of_a_run_replaces_its_start_in_the_spool_directory() {
    let folder = Folder::new();
    let pipe = folder.path("go");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut exec = exec(&folder, "http://127.0.0.1:1", "a-key", "w", "read line < go");
    let process = exec.spawn().unwrap();
    wait::until("the state is stored", || {
        folder.path(SPOOL).exists() && stored(&folder).len() == 1
    });
    fs::write(&pipe, "go\n").unwrap();
    assert!(process.wait_with_output().unwrap().status.success());
    let stored = stored(&folder);
    assert!(stored.len() == 1 && stored[0].1.contains("SUCCEEDED"), "{stored:?}");
}

#[test]
fn runs_are_sent_with_another_key_and_refused_ones_stay() {
    let Environment { folder, key, server } = Environment::new();
    let call_with = |key: &str, arguments: &[&str]| {
        let mut command = folder.program(&[&["spool"], arguments].concat());
        call(command.env("RUNLEDGER_URL", &server.url).env("RUNLEDGER_KEY", key))
    };
    let list = call_with(&key, &["list"]).done();
    assert!(list.stdout.is_empty() && list.stderr.starts_with("No runs wait"), "{list:?}");
    for workflow in ["first", "second", "third"] {
        call(&mut exec(&folder, &server.url, "rl_a_key_that_is_wrong_by_now", workflow, "true"));
    }
    // The server refuses a wrong number of steps.
    let (refused, content) = stored(&folder).pop().unwrap();
    fs::write(&refused, content.replace(r#""step_count":1"#, r#""step_count":2"#)).unwrap();
    let refused = Path::new(&refused).file_stem().unwrap().to_str().unwrap();

    let list = call_with(&key, &["list"]).done().stdout;
    let heading = format!("For {} with the key rl_a_ke…\nSTATUS ", server.url);
    assert!(list.starts_with(&heading) && list.lines().count() == 5, "{list}");
    assert!(!list.contains("rl_a_key"), "{list}");

    let others = call_with(&key, &["send"]).done();
    assert!(others.stderr.contains("3 more wait for another server or key"), "{others:?}");
    let wrong = call_with("rl_wrong", &["send", "--all"]);
    assert!(wrong.code == Some(1) && wrong.stderr.contains("401"), "{wrong:?}");
    let sent = call_with(&key, &["send", "--all"]);
    assert!(sent.code == Some(3) && sent.stderr.contains("Delivered: 2; refused: 1."), "{sent:?}");
    assert_eq!(sent.stdout.lines().count(), 2);
    assert!(sent.stderr.contains(&format!("{refused}: refused: ")), "{sent:?}");
    assert_eq!(server.json("/v1/executions", &key)["total"], 2);

    let list = call_with(&key, &["list"]).done().stdout;
    assert!(list.contains(&format!("{refused}\n  refused: ")), "{list}");
    assert!(list.contains("step_count"), "{list}");
    assert_eq!(call_with(&key, &["send", "--all"]).done().stdout, "");
    let again = call_with(&key, &["send", refused]);
    assert!(again.code == Some(3) && again.stderr.contains("step_count"), "{again:?}");
    let unknown = call_with(&key, &["send", "exec_unknown"]);
    assert!(unknown.code == Some(1) && unknown.stderr.contains("no run"), "{unknown:?}");
    assert_eq!(call_with(&key, &["send", "--all", refused]).code, Some(2));

    // Once the run is acceptable, it is sent if it is named.
    let files = files(&folder.path(SPOOL));
    let (path, content) = files.iter().find(|(name, _)| name.ends_with(".refused")).unwrap();
    fs::write(path, content.replace(r#""step_count":2"#, r#""step_count":1"#)).unwrap();
    assert_eq!(call_with(&key, &["send", refused]).done().stdout.lines().count(), 1);
    assert_eq!(call_with(&key, &["list"]).done().stdout, "");
}

#[test]
fn a_run_whose_key_cannot_be_read_is_stored_and_sent_with_another() {
    let Environment { folder, key, server } = Environment::new();
    fs::write(folder.path("empty"), "\n").unwrap();
    for (workflow, file) in [("empty", "empty"), ("missing", "missing"), ("folder", ".")] {
        let mut exec = exec(&folder, &server.url, "", workflow, "exit 3");
        let call = call(exec.env_remove("RUNLEDGER_KEY").env("RUNLEDGER_KEY_FILE", file));
        assert_eq!(call.code, Some(3), "{call:?}");
        assert!(call.stderr.contains("stored in") && call.stderr.contains(file), "{call:?}");
    }
    let files = stored(&folder);
    assert!(files.len() == 3 && files.iter().all(|(_, run)| run.contains("FAILED")), "{files:?}");

    let list = folder.call(&["spool", "list"]).done().stdout;
    assert!(list.contains(", without a key\nSTATUS ") && list.lines().count() == 5, "{list}");
    call(&mut exec(&folder, &server.url, &key, "other", "true")).done();
    assert_eq!(stored(&folder).len(), 3, "the key may be another tenant's");
    let send = ["spool", "send", "--all", "--url", &server.url, "--key", &key];
    folder.call(&send).done();
    for workflow in ["empty", "missing", "folder"] {
        assert_eq!(run_of(&server, &key, workflow)["status"], "FAILED");
    }
    assert_eq!(stored(&folder), []);
}

#[test]
fn concurrent_commands_and_deliveries_lose_and_duplicate_nothing() {
    let Environment { folder, key, server } = Environment::new();
    let (url, address) = (server.url.clone(), server.address.to_string());
    server.stop();
    let start = |workflow: &str, script: &str| exec(&folder, &url, &key, workflow, script).spawn();
    let storing: Vec<_> = (0..6).map(|_| start("stored", "exit 3").unwrap()).collect();
    storing.into_iter().for_each(|process| drop(process.wait_with_output()));
    assert_eq!(stored(&folder).len(), 6);

    let server = Server::start_at(&folder, &address, &[]);
    let mut processes: Vec<_> = (0..3).map(|_| start("direct", "true").unwrap()).collect();
    processes.extend((0..3).map(|_| {
        let mut send = folder.program(&["spool", "send", "--all", "--url", &url, "--key", &key]);
        send.spawn().unwrap()
    }));
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    for (workflow, total) in [("stored", 6), ("direct", 3)] {
        let list = server.json(&format!("/v1/executions?workflow_id={workflow}"), &key);
        assert_eq!(list["total"], total, "{list}");
    }
    assert_eq!(stored(&folder), []);
}

#[test]
fn the_run_of_a_killed_exec_ends_as_lost() {
    let Environment { folder, key, server } = Environment::new();
    let mut process = exec(&folder, &server.url, &key, "killed", "exec sleep 1000")
        .env("RUNLEDGER_HEARTBEAT_TIMEOUT", "1s")
        .spawn()
        .unwrap();
    let path = "/v1/executions?workflow_id=killed&status=RUNNING";
    server.wait_until(path, &key, |list| list["total"] == 1);
    process.kill().unwrap();
    process.wait().unwrap();
    server.wait_until("/v1/executions?status=FAILED", &key, |list| list["total"] == 1);
    let run = run_of(&server, &key, "killed");
    end_command(&run);
    assert_eq!(run["outcome"], "LOST");
    assert!(run["error"].as_str().unwrap().contains("1 s"), "{run}");
}

#[test]
fn a_run_that_the_server_does_not_have_any_more_is_recorded_again() {
    let Environment { folder, key, server } = Environment::new();
    let process = exec(&folder, &server.url, &key, "deleted", "exec sleep 1000")
        .env("RUNLEDGER_HEARTBEAT_TIMEOUT", "1s")
        .spawn()
        .unwrap();
    let path = "/v1/executions?workflow_id=deleted";
    server.wait_until(path, &key, |list| list["total"] == 1);
    let id = server.json(path, &key)["items"][0]["id"].as_str().unwrap().to_owned();
    let url = format!("{}/v1/executions/{id}", server.url);
    assert_eq!(request(&url, "DELETE", &key, "").0, 204);
    server.wait_until(path, &key, |list| list["total"] == 1);
    signal(process.id(), "TERM");
    assert_eq!(process.wait_with_output().unwrap().status.code(), Some(143));
    assert_eq!(run_of(&server, &key, "deleted")["status"], "CANCELLED");
}
