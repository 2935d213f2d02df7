//! `runledger list`, `show` and `tail`.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    os::unix::process::ExitStatusExt,
    process::{Child, ChildStdout},
};

use program_harness::{Folder, Server, request, signal};
use serde_json::{Value, json};

/// A run with a step that failed, if the run did.
pub fn run(id: &str, status: &str, created: &str) -> Value {
    let failed = json!({
        "id": "s2", "step_name": "copy", "step_type": "PIECE", "status": "FAILED",
        "created_at": created, "started_at": created, "finished_at": created,
        "error": "\u{1b}[31mno space\u{1b}[0m on disk\nsecond line",
    });
    json!({
        "id": id, "workflow_id": "backup", "version_id": "v", "version_display_name": "Nightly",
        "type": "TEST", "status": status, "created_at": created, "started_at": created,
        "steps": if status == "FAILED" { vec![failed] } else { Vec::new() },
    })
}

/// Imports the runs into the tenant acme of `runledger.db`.
pub fn import(folder: &Folder, runs: &[Value]) {
    let lines: String = runs.iter().map(|run| format!("{run}\n")).collect();
    fs::write(folder.path("runs.ndjson"), lines).unwrap();
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
}

/// Four runs, of which `b` and `d` failed.
fn ledger(folder: &Folder) {
    let runs = [("a", "SUCCEEDED", 1), ("b", "FAILED", 2), ("c", "RUNNING", 3), ("d", "FAILED", 4)];
    let time = |day| format!("2025-01-0{day}T12:00:00Z");
    import(folder, &runs.map(|(id, status, day)| run(id, status, &time(day))));
}

/// The last word of each line that does not begin with a space, without the headings.
fn ids(text: &str) -> Vec<&str> {
    let lines = text.lines().skip(1).filter(|line| !line.starts_with(' '));
    lines.map(|line| line.split_whitespace().next_back().unwrap()).collect()
}

#[test]
fn list_and_show_are_the_same_of_a_database_and_a_server() {
    let folder = Folder::new();
    ledger(&folder);
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    for source in [&["--tenant", "acme"][..], &["--url", &server.url, "--key", &key]] {
        let call = |arguments: &[&str]| folder.call(&[arguments, source].concat()).done().stdout;
        assert_eq!(ids(&call(&["list"])), ["d", "c", "b", "a"]);
        assert_eq!(ids(&call(&["list", "--limit", "2"])), ["d", "c"]);
        assert_eq!(ids(&call(&["list", "--status", "RUNNING,SUCCEEDED"])), ["c", "a"]);
        assert_eq!(ids(&call(&["list", "--until", "2025-01-02"])), ["a"]);
        assert_eq!(call(&["list", "--workflow", "other"]), "");
        let failed = call(&["list", "--failed"]);
        assert_eq!(ids(&failed), ["d", "b"]);
        assert_eq!(failed.matches("  copy: no space on disk\n").count(), 2, "{failed}");
        let json = call(&["list", "--failed", "--json"]);
        let runs = json.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let failed: Vec<_> = runs.filter(|run| run["status"] == "FAILED").collect();
        assert_eq!((failed.len(), json.lines().count()), (2, 2), "{json}");

        let shown = call(&["show", "b"]);
        assert!(shown.starts_with("✗ FAILED backup\n"), "{shown}");
        assert!(
            shown.contains("Failed step: copy\n  no space on disk\n  second line\n"),
            "{shown}"
        );
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        let json: Value = serde_json::from_str(&call(&["show", "b", "--json"])).unwrap();
        assert_eq!(json["steps"][0]["step_name"], "copy");
        let absent = folder.call(&[&["show", "absent"], source].concat());
        assert_eq!(absent.code, Some(1), "{absent:?}");
        assert!(absent.stderr.starts_with("error: there is no run \"absent\"\n"), "{absent:?}");
        assert!(absent.stderr.contains("runledger list --"), "{absent:?}");
        assert!(!absent.stderr.contains(&key), "{absent:?}");
    }
}

#[test]
fn what_an_engine_says_is_shown() {
    let folder = Folder::new();
    let mut timed_out = run("a", "FAILED", "2025-01-01T12:00:00Z");
    timed_out["status"] = json!("TIMED_OUT");
    timed_out["error"] = json!("longer than an hour");
    timed_out["metadata"] = json!({ "env": "prod" });
    timed_out["steps"][0]["parent_id"] = json!("s1");
    let outer = json!({ "id": "s1", "step_name": "loop", "status": "SKIPPED" });
    timed_out["steps"].as_array_mut().unwrap().push(outer);
    import(&folder, &[timed_out]);
    let list = folder.call(&["list", "--tenant", "acme"]).done().stdout;
    assert!(list.contains("\n✗ TIMED_OUT  backup "), "{list}");
    let shown = folder.call(&["show", "a", "--tenant", "acme"]).done().stdout;
    for part in [
        "✗ TIMED_OUT backup\n",
        "\nStatus        FAILED\n",
        "\nMetadata      env=prod\n",
        "\nError\n  longer than an hour\n",
        "\nSteps (2)\n- loop (SKIPPED)\n  ✗ copy ",
    ] {
        assert!(shown.contains(part), "{part:?}: {shown}");
    }
}

#[test]
fn every_attempt_can_be_shown() {
    let folder = Folder::new();
    let (first, mut second) =
        (run("a", "FAILED", "2025-01-01T12:00:00Z"), run("a", "SUCCEEDED", "2025-01-01T12:00:00Z"));
    second["attempt"] = json!(2);
    import(&folder, &[first, second]);
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    for source in [&["--tenant", "acme"][..], &["--url", &server.url, "--key", &key]] {
        let show = |options: &[&str]| folder.call(&[&["show", "a"], options, source].concat());
        let newest = show(&[]).done().stdout;
        assert!(newest.starts_with("✓ SUCCEEDED #2 backup\n"), "{newest}");
        assert!(newest.contains("\nAttempts\n  #1  ✗ FAILED "), "{newest}");
        let first = show(&["--attempt", "1"]).done().stdout;
        assert!(first.starts_with("✗ FAILED backup\n"), "{first}");
        assert!(first.contains("Failed step: copy\n"), "{first}");
        let absent = show(&["--attempt", "3"]);
        assert_eq!(absent.code, Some(1), "{absent:?}");
        assert!(absent.stderr.contains("no attempt 3 of the run \"a\""), "{absent:?}");
        assert_eq!(show(&["--attempt", "0"]).code, Some(2));
    }
}

#[test]
fn more_than_a_page_is_listed_newest_first() {
    let folder = Folder::new();
    let time = |n: i32| format!("2025-01-04T{:02}:{:02}:00Z", n / 60, n % 60);
    let runs = (0..250).map(|n| run(&format!("r{n}"), "RUNNING", &time(n)));
    import(&folder, &runs.collect::<Vec<_>>());
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    for source in [&["--tenant", "acme"][..], &["--url", &server.url, "--key", &key]] {
        for limit in [100, 101, 240, 1000] {
            let limit_text = limit.to_string();
            let arguments = [&["list", "--limit", &limit_text], source].concat();
            let list = folder.call(&arguments).done().stdout;
            let expected: Vec<_> = (0..250).rev().take(limit).map(|n| format!("r{n}")).collect();
            assert_eq!(ids(&list), expected, "{limit}");
        }
    }
}

#[test]
fn colors_are_shown_where_they_are_wanted() {
    let folder = Folder::new();
    ledger(&folder);
    let list = |variables: &[(&str, &str)]| {
        let mut list = folder.program(&["list", "--tenant", "acme"]);
        list.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        program_harness::call(list.envs(variables.iter().copied())).done().stdout
    };
    assert!(!list(&[]).contains('\u{1b}'), "it is not a terminal");
    assert!(list(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}[31m✗ FAILED\u{1b}[0m"));
    assert!(!list(&[("NO_COLOR", "1")]).contains('\u{1b}'));
}

/// A running `tail`. It is killed when this value is dropped.
struct Tail {
    process: Child,
    /// `None` once the reader is closed.
    lines: Option<Lines<BufReader<ChildStdout>>>,
    messages: Lines<BufReader<std::process::ChildStderr>>,
}

impl Tail {
    /// Starts it, and waits until it follows the changes.
    fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut process = folder.program(&[&["tail"], arguments].concat()).spawn().unwrap();
        let lines = Some(BufReader::new(process.stdout.take().unwrap()).lines());
        let messages = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut tail = Self { process, lines, messages };
        assert_eq!(tail.message(), "following the changes, with times in UTC; Ctrl-C ends");
        tail
    }

    fn line(&mut self) -> String {
        self.lines.as_mut().unwrap().next().unwrap().unwrap()
    }

    fn message(&mut self) -> String {
        self.messages.next().unwrap().unwrap()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn record(server: &Server, key: &str, run: &Value) {
    let url = format!("{}/v1/executions/{}", server.url, run["id"].as_str().unwrap());
    let (status, body) = request(&url, "PUT", key, &run.to_string());
    assert!(status < 300, "{status} {body}");
}

#[test]
fn tail_survives_a_restart_of_the_server_and_misses_nothing() {
    let folder = Folder::new();
    ledger(&folder);
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let address = server.address.to_string();
    let mut tail = Tail::start(&folder, &["--url", &server.url, "--key", &key, "--limit", "2"]);
    assert!(tail.line().ends_with("  c"));
    assert!(tail.line().ends_with("  d"));
    assert_eq!(tail.line().trim(), "copy: no space on disk");

    record(&server, &key, &run("e", "RUNNING", "2025-01-05T12:00:00Z"));
    assert!(tail.line().ends_with("  e"));
    assert_eq!(server.stop(), Some(0));
    let message = tail.message();
    assert!(message.starts_with("the server cannot be reached: "), "{message}");
    assert!(message.ends_with("; trying again"), "{message}");
    let time = "2025-01-05T12:00:00Z";
    import(&folder, &[run("e", "SUCCEEDED", time), run("f", "PENDING", time)]);
    let server = Server::start_at(&folder, &address, &[]);
    assert_eq!(tail.message(), "connected again");
    let meanwhile = [tail.line(), tail.line()];
    assert!(meanwhile[0].contains("SUCCEEDED") && meanwhile[0].ends_with("  e"), "{meanwhile:?}");
    assert!(meanwhile[1].contains("PENDING") && meanwhile[1].ends_with("  f"), "{meanwhile:?}");
    let url = format!("{}/v1/executions/f", server.url);
    assert_eq!(request(&url, "DELETE", &key, "").0, 204);
    assert_eq!(tail.line().trim(), "deleted: f");

    signal(tail.process.id(), "INT");
    assert_eq!(tail.process.wait().unwrap().signal(), Some(2), "a shell makes 130 of it");
}

#[test]
fn tail_follows_a_database_that_another_process_writes() {
    let folder = Folder::new();
    ledger(&folder);
    let follow = ["--tenant", "acme", "--failed", "--limit", "0", "--json"];
    let mut tail = Tail::start(&folder, &follow);
    let time = "2025-01-05T12:00:00Z";
    import(&folder, &[run("e", "SUCCEEDED", time), run("f", "FAILED", time)]);
    let change: Value = serde_json::from_str(&tail.line()).unwrap();
    assert_eq!((&change["id"], &change["run"]["status"]), (&json!("f"), &json!("FAILED")));
    assert_eq!(change["number"], 6);
}

#[test]
fn tail_ends_where_trying_again_is_in_vain() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let refused = folder.call(&["tail", "--url", &server.url, "--key", "unknown"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("401 Unauthorized"), "{refused:?}");
    let unreachable = folder.call(&["tail", "--url", "http://127.0.0.1:1", "--key", "k"]);
    assert_eq!(unreachable.code, Some(1), "{unreachable:?}");
    assert!(unreachable.stderr.contains("cannot be reached"), "{unreachable:?}");
}

#[test]
fn tail_ends_with_its_reader_although_nothing_changes() {
    let folder = Folder::new();
    ledger(&folder);
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    for source in [&["--tenant", "acme"][..], &["--url", &server.url, "--key", &key]] {
        let mut tail = Tail::start(&folder, &[source, &["--limit", "1"]].concat());
        assert!(tail.line().ends_with("  d"));
        tail.lines = None;
        assert_eq!(tail.process.wait().unwrap().code(), Some(0));
    }
}
