//! `runledger exec` as its user meets it.

use std::{fs, process::Command};

use program_harness::{Call, Folder, Server};
use serde_json::Value;

/// `exec` of a shell's command, recorded with this server and key.
fn exec(folder: &Folder, server: &str, key: &str, workflow: &str, script: &str) -> Command {
    let mut command = folder.program(&["exec", "--workflow", workflow, "--", "sh", "-c", script]);
    command.env("RUNLEDGER_URL", server).env("RUNLEDGER_KEY", key);
    command
}

/// The one run of a workflow.
fn run_of(server: &Server, key: &str, workflow: &str) -> Value {
    let list = server.json(&format!("/v1/executions?workflow_id={workflow}"), key);
    assert_eq!(list["total"], 1, "{list}");
    server.json(&format!("/v1/executions/{}", list["items"][0]["id"].as_str().unwrap()), key)
}

#[test]
fn a_commands_end_is_its_own_and_the_ledger_tells_it() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    for (workflow, script, code, status, step_status, error) in [
        ("good", "echo out; echo warning >&2", 0, "SUCCEEDED", "SUCCEEDED", Value::Null),
        ("bad", "echo oops >&2; exit 7", 7, "FAILED", "FAILED", "oops\n(exit code 7)".into()),
        ("silent", "exit 1", 1, "FAILED", "FAILED", "exit code 1".into()),
        ("killed", "kill -9 $$", 137, "CANCELLED", "FAILED", "ended by signal 9".into()),
    ] {
        let call = program_harness::call(&mut exec(&folder, &server.url, &key, workflow, script));
        assert_eq!(call.code, Some(code), "{call:?}");
        let run = run_of(&server, &key, workflow);
        assert_eq!((&run["status"], &run["type"]), (&status.into(), &"COMMAND".into()), "{run}");
        let step = &run["steps"][0];
        assert_eq!((&step["status"], &step["step_name"]), (&step_status.into(), &"sh".into()));
        assert_eq!(step["error"], error);
        assert!(run["duration"].is_number() && run["finished_at"].is_string(), "{run}");
        if workflow == "good" {
            assert_eq!((&*call.stdout, &*call.stderr), ("out\n", "warning\n"));
        }
    }
    let words =
        ["exec", "--workflow", "none", "--url", &server.url, "--key", &key, "--", "no-such"];
    let call = folder.call(&words);
    assert!(call.code == Some(127) && call.stderr.contains("cannot run no-such"), "{call:?}");
    assert_eq!(run_of(&server, &key, "none")["status"], "FAILED");
    fs::write(folder.path("plain"), "no program").unwrap();
    let words = ["exec", "--workflow", "not", "--url", &server.url, "--key", &key, "--", "./plain"];
    assert_eq!(folder.call(&words).code, Some(126));
}

#[test]
fn a_run_is_seen_while_it_runs_and_gets_the_signals() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let script = "trap 'kill $!; echo stopping >&2; exit 5' TERM; sleep 1000 & wait";
    let running = exec(&folder, &server.url, &key, "long", script).spawn().unwrap();
    let path = "/v1/executions?workflow_id=long&status=RUNNING";
    server.wait_until(path, &key, |list| list["total"] == 1);
    program_harness::signal(running.id(), "TERM");
    let ended = running.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(5), &b"stopping\n"[..]));
    let run = run_of(&server, &key, "long");
    assert_eq!(
        (&run["status"], &run["steps"][0]["error"]),
        (&"FAILED".into(), &"stopping\n(exit code 5)".into())
    );
}

#[test]
fn bytes_pass_through_untouched() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    fs::write(folder.path("bytes"), &bytes).unwrap();
    let mut command = exec(&folder, &server.url, &key, "cat", "cat; cat bytes >&2; exit 1");
    command.stdin(fs::File::open(folder.path("bytes")).unwrap());
    let ended = command.output().unwrap();
    assert!(ended.stdout == bytes && ended.stderr == bytes && ended.status.code() == Some(1));
    let run = run_of(&server, &key, "cat");
    let error = run["steps"][0]["error"].as_str().unwrap();
    assert_eq!(error.chars().count(), 65_536);
    assert!(error.ends_with("(exit code 1)") && !error.contains('\0'));
}

#[test]
fn what_cannot_be_delivered_is_kept_for_its_own_server_and_key() {
    let folder = Folder::new();
    let (key, other) = (folder.key("acme"), folder.key("other"));
    let server = Server::start(&folder, &[]);
    let url = server.url.clone();
    let port = url.rsplit(':').next().unwrap().to_owned();
    server.stop();
    let kept = |workflow: &str, key: &str| -> Call {
        let call =
            program_harness::call(&mut exec(&folder, &url, key, workflow, "echo hi; exit 3"));
        assert_eq!((call.code, &*call.stdout), (Some(3), "hi\n"), "{call:?}");
        assert!(call.stderr.contains("stored in"), "{call:?}");
        call
    };
    kept("first", &key);
    kept("second", &key);
    kept("others", &other);
    let spool = folder.path(".local/state/runledger/spool");
    let files = || -> usize {
        let folders = fs::read_dir(&spool).unwrap();
        folders.map(|folder| fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    };
    assert_eq!(files(), 3);
    for (name, text) in names_and_texts(&spool) {
        assert!(!name.contains(&key) && !text.contains(&key), "{name}");
    }

    let server = Server::start_at(&folder, &format!("127.0.0.1:{port}"), &[]);
    let call = program_harness::call(&mut exec(&folder, &server.url, &key, "third", "true"));
    assert_eq!((call.code, &*call.stderr), (Some(0), ""));
    for workflow in ["first", "second"] {
        assert_eq!(run_of(&server, &key, workflow)["status"], "FAILED");
    }
    assert_eq!(files(), 1, "the other tenant's waits for its own key");
    assert_eq!(server.json("/v1/executions", &key)["total"], 3);
    program_harness::call(&mut exec(&folder, &server.url, &other, "fourth", "true"));
    assert_eq!((files(), &server.json("/v1/executions", &other)["total"]), (0, &2.into()));
}

fn names_and_texts(spool: &std::path::Path) -> Vec<(String, String)> {
    let folders = fs::read_dir(spool).unwrap().map(|folder| folder.unwrap().path());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap());
    files
        .map(|file| file.unwrap().path())
        .map(|file| (file.display().to_string(), fs::read_to_string(&file).unwrap()))
        .collect()
}

#[test]
fn a_command_runs_even_where_nothing_can_be_recorded() {
    let folder = Folder::new();
    let call = folder.call(&["exec", "--workflow", "w", "--", "sh", "-c", "echo done; exit 4"]);
    assert_eq!((call.code, &*call.stdout), (Some(4), "done\n"));
    assert!(call.stderr.contains("not recorded: --url and --key"), "{call:?}");
    fs::write(folder.path("file"), "").unwrap();
    let mut command = exec(&folder, "http://127.0.0.1:1", "a-key", "w", "exit 4");
    let call = program_harness::call(command.env("RUNLEDGER_SPOOL", folder.path("file")));
    assert!(call.code == Some(4) && call.stderr.contains("not stored either"), "{call:?}");
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    for (variable, value) in [
        ("RUNLEDGER_URL", "junk"),
        ("RUNLEDGER_URL", ""),
        ("RUNLEDGER_KEY", ""),
        ("RUNLEDGER_KEY", "a\nb"),
        ("RUNLEDGER_WORKFLOW", ""),
        ("RUNLEDGER_WORKFLOW", &"w".repeat(256)),
    ] {
        let mut command = folder.program(&["exec", "--", "sh", "-c", "exit 4"]);
        command.env("RUNLEDGER_URL", &server.url).env("RUNLEDGER_KEY", &key);
        command.env("RUNLEDGER_WORKFLOW", "w").env(variable, value);
        let call = program_harness::call(&mut command);
        assert!(call.code == Some(4) && call.stderr.contains("not recorded: "), "{call:?}");
    }
    let call = program_harness::call(&mut exec(&folder, &server.url, "another-key", "w", "exit 4"));
    assert!(call.code == Some(4), "{call:?}");
    assert!(call.stderr.contains("401") && call.stderr.contains("with this key"), "{call:?}");
    assert_eq!(folder.call(&["exec", "--workflow", "w"]).code, Some(2));
}

#[test]
fn what_a_command_leaves_behind_keeps_its_standard_error() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    // The child outlives its parent, waits until its run is recorded, and still has something to say.
    let path = folder.path("go");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let script = "(read line < go; echo late >&2) & exit 0";
    let running = exec(&folder, &server.url, &key, "daemon", script).spawn().unwrap();
    server.wait_until("/v1/executions?status=SUCCEEDED", &key, |list| list["total"] == 1);
    fs::write(&path, "go\n").unwrap();
    let ended = running.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(0), &b"late\n"[..]));
}
