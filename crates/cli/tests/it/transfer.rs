//! `runledger import`, `export`, `check` and `backup` as their user meets them.

use std::{fs, io::Read, process::Stdio};

use program_harness::{Folder, Server, write_history};

/// What two servers must answer alike.
const REQUESTS: [&str; 6] = [
    "/v1/executions",
    "/v1/executions?limit=100&page=3",
    "/v1/executions?status=FAILED&limit=100",
    "/v1/executions?status=RUNNING",
    "/v1/executions?workflow_id=never",
    "/v1/executions?page=100000",
];

#[test]
fn bad_lines_are_named_good_ones_kept_and_a_copy_answers_alike() {
    let folder = Folder::new();
    let file = folder.path("runs.ndjson");
    write_history(&file, 1500);
    let good = fs::read_to_string(&file).unwrap();
    let (first, rest) = good.split_once('\n').unwrap();
    fs::write(&file, format!("{first}\n\nnonsense\n{rest}{{\"id\":\"no more\"}}")).unwrap();

    let import = ["import", "runs.ndjson", "--tenant", "acme"];
    let call = folder.call(&import);
    assert_eq!(call.code, Some(3), "{call:?}");
    assert_eq!(call.stdout, "1502 runs: 1500 recorded, 0 updated, 0 unchanged, 2 rejected\n");
    let expected = "line 3: must be one JSON value: expected ident at column 2\n\
                    line 1503: workflow_id must be given\n";
    assert_eq!(call.stderr, expected);
    let again = folder.call(&import);
    assert_eq!(again.stdout, "1502 runs: 0 recorded, 0 updated, 1500 unchanged, 2 rejected\n");

    // Over HTTP, into another tenant's ledger.
    let (key, other) = (folder.key("acme"), folder.key("other"));
    let server = Server::start(&folder, &[]);
    let call = folder.call(&["import", "runs.ndjson", "--url", &server.url, "--key", &other]);
    assert_eq!(call.stdout, "1502 runs: 1500 recorded, 0 updated, 0 unchanged, 2 rejected\n");
    assert_eq!(call.stderr, expected);

    let local = folder.call(&["export", "--tenant", "acme"]).done().stdout;
    let remote = folder.call(&["export", "--url", &server.url, "--key", &other]).done().stdout;
    assert!(local == remote && local.lines().count() == 1500);
    fs::write(folder.path("copy.ndjson"), &local).unwrap();
    let copy = Folder::new();
    fs::copy(folder.path("copy.ndjson"), copy.path("copy.ndjson")).unwrap();
    copy.call(&["import", "copy.ndjson", "--tenant", "acme"]).done();
    let copied = copy.key("acme");
    let copying = Server::start(&copy, &[]);
    for path in REQUESTS {
        assert_eq!(server.get(path, &key), copying.get(path, &copied), "{path}");
    }
    for line in local.lines().step_by(50) {
        let run: serde_json::Value = serde_json::from_str(line).unwrap();
        let path = format!("/v1/executions/{}", run["id"].as_str().unwrap());
        let (status, body) = copying.get(&path, &copied);
        assert_eq!((status, &*body), (200, line));
    }
}

#[test]
fn an_export_is_what_its_filters_say() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 500);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let all = folder.call(&["export", "--tenant", "acme"]).done().stdout;
    let workflow = serde_json::from_str::<serde_json::Value>(all.lines().next().unwrap()).unwrap();
    let workflow = workflow["workflow_id"].as_str().unwrap();
    let words = ["export", "--tenant", "acme", "--workflow", workflow, "--status", "SUCCEEDED"];
    let some = folder.call(&words).done().stdout;
    let expected: Vec<_> = all
        .lines()
        .filter(|line| {
            let run: serde_json::Value = serde_json::from_str(line).unwrap();
            run["workflow_id"] == workflow && run["status"] == "SUCCEEDED"
        })
        .collect();
    assert!(!expected.is_empty() && some.lines().eq(expected));

    let call = folder.call(&["export", "--tenant", "nobody"]);
    assert!(
        call.code == Some(1) && call.stderr.contains("there is no tenant \"nobody\""),
        "{call:?}"
    );
    assert_eq!(folder.call(&["export", "--tenant", "acme", "--status", "failed"]).code, Some(2));
    let call = folder.call(&["export"]);
    assert!(call.code == Some(1) && call.stderr.contains("no ledger is named"), "{call:?}");
}

#[test]
fn whoever_reads_an_export_may_stop() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 2000);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let mut export = folder.program(&["export", "--tenant", "acme"]).spawn().unwrap();
    let mut stdout = export.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1000]).unwrap();
    drop(stdout);
    let ended = export.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(0), &b""[..]));
}

#[test]
fn an_import_finds_the_size_of_bodies_that_the_server_takes() {
    let folder = Folder::new();
    let key = folder.key("acme");
    write_history(&folder.path("runs.ndjson"), 200);
    let runs = fs::read_to_string(folder.path("runs.ndjson")).unwrap();
    let too_large = runs.lines().filter(|line| line.len() > 7_000).count();
    let server = Server::start(&folder, &["--body-limit", "8KiB"]);
    let mut import = folder.program(&["import", "-", "--url", &server.url]);
    import.env("RUNLEDGER_KEY", &key).stdin(fs::File::open(folder.path("runs.ndjson")).unwrap());
    let call = program_harness::call(&mut import);
    let recorded = server.json("/v1/executions", &key)["total"].as_u64().unwrap() as usize;
    assert!(recorded >= 200 - too_large && recorded > 100, "{recorded} of 200: {call:?}");
    assert!(call.stdout.contains(&format!("{recorded} recorded")), "{call:?}");
    assert_eq!(call.code, Some(if recorded == 200 { 0 } else { 3 }), "{call:?}");
}

#[test]
fn plain_http_needs_no_certificates_of_authorities() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let mut export = folder.program(&["export", "--url", &server.url, "--key", &key]);
    export.env("SSL_CERT_FILE", folder.path("none.pem")).env("SSL_CERT_DIR", folder.path("none"));
    program_harness::call(&mut export).done();
}

#[test]
fn what_is_typed_wins_over_the_environment() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 3);
    for variables in
        [vec!["RUNLEDGER_KEY"], vec!["RUNLEDGER_URL"], vec!["RUNLEDGER_URL", "RUNLEDGER_KEY"]]
    {
        for words in [["import", "runs.ndjson"].as_slice(), ["export"].as_slice()] {
            let mut command = folder.program(&[words, &["--tenant", "acme"]].concat());
            let set = variables.iter().map(|name| (name, "http://127.0.0.1:1"));
            program_harness::call(command.envs(set)).done();
        }
    }
    let call = folder.call(&["export", "--url", "http://127.0.0.1:1"]);
    assert!(call.code == Some(1) && call.stderr.contains("both required"), "{call:?}");
}

#[test]
fn what_is_no_file_of_runs_is_told_as_such() {
    let folder = Folder::new();
    let import = |name: &str| folder.call(&["import", name, "--tenant", "acme"]);
    write_history(&folder.path("runs.ndjson"), 2);
    let runs = fs::read_to_string(folder.path("runs.ndjson")).unwrap();
    fs::write(folder.path("marked"), format!("\u{FEFF}{runs}")).unwrap();
    import("marked").done();
    fs::write(folder.path("zipped"), [0x1F, 0x8B, 8, 0, b'\n', 1]).unwrap();
    let call = import("zipped");
    assert!(call.code == Some(1) && call.stderr.contains("zcat FILE"), "{call:?}");
    let call = import(".");
    assert!(call.code == Some(1) && call.stderr.contains("is a directory"), "{call:?}");
    fs::write(folder.path("words"), "{}\n{\"workflow_id\" 1}\n").unwrap();
    let call = import("words");
    assert_eq!(call.code, Some(3), "{call:?}");
    let said = "line 1: workflow_id must be given\n\
        line 2: must be one JSON value: expected `:` at column 16\n";
    assert_eq!(call.stderr, said);
}

#[test]
fn servers_that_cannot_be_used_are_told_as_such() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 2);
    let import = |url: &str, key: &str| {
        let call = folder.call(&["import", "runs.ndjson", "--url", url, "--key", key]);
        assert_eq!(call.code, Some(1), "{call:?}");
        assert!(!call.stderr.contains(key), "{call:?}");
        call.stderr
    };
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let said = import(&server.url, "unknown-key");
    assert!(said.contains("401 Unauthorized: Unauthorized: Invalid or expired API key"), "{said}");
    let said = import(&format!("{}/elsewhere", server.url), &key);
    assert!(said.contains("There is no endpoint at this path"), "{said}");
    let said = import("ftp://127.0.0.1", "unknown-key");
    assert!(said.contains("must be an HTTP or HTTPS address"), "{said}");
}

#[test]
fn a_state_that_would_wake_a_finished_run_is_a_bad_line() {
    let folder = Folder::new();
    let run = |status: &str| {
        format!(
            "{{\"id\":\"a\",\"workflow_id\":\"w\",\"version_id\":\"v\",\"version_display_name\":\"\",\"type\":\"TEST\",\
             \"status\":\"{status}\",\"created_at\":\"2025-01-04T12:00:00Z\"}}\n"
        )
    };
    let lines = ["PENDING", "RUNNING", "SUCCEEDED", "RUNNING"].map(run).concat();
    fs::write(folder.path("runs.ndjson"), lines).unwrap();
    let call = folder.call(&["import", "runs.ndjson", "--tenant", "acme"]);
    assert_eq!(call.stdout, "4 runs: 1 recorded, 2 updated, 0 unchanged, 1 rejected\n");
    assert!(call.stderr.starts_with("line 4: The run has finished as SUCCEEDED"), "{call:?}");
}

#[test]
fn a_database_is_checked_mended_and_backed_up() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 300);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    assert_eq!(folder.call(&["check"]).done().stdout, "runledger.db: no faults\n");

    let server = Server::start(&folder, &[]);
    folder.call(&["backup", "backup.db"]).done();
    let call = folder.call(&["backup", "backup.db"]);
    assert!(call.code == Some(1) && call.stderr.contains("nothing is overwritten"), "{call:?}");
    assert_eq!(folder.call(&["check", "--database", "backup.db"]).code, Some(0));
    let exports = ["runledger.db", "backup.db"]
        .map(|file| folder.call(&["export", "--tenant", "acme", "--database", file]).done().stdout);
    assert!(exports[0] == exports[1] && exports[0].lines().count() == 300);

    let call = folder.call(&["backup", "no/such.db"]);
    assert!(call.code == Some(1) && call.stderr.contains("There is no folder no"), "{call:?}");
    fs::write(folder.path("cut.db"), &fs::read(folder.path("backup.db")).unwrap()[..20_000])
        .unwrap();
    let call = folder.call(&["check", "--database", "cut.db"]);
    assert!(call.code == Some(1) && call.stderr.contains("Restore a backup"), "{call:?}");
    fs::write(folder.path("empty.db"), "").unwrap();
    let call = folder.call(&["check", "--database", "empty.db"]);
    assert!(call.code == Some(1) && call.stderr.contains("or an empty file"), "{call:?}");

    let breaking = rusqlite::Connection::open(folder.path("runledger.db")).unwrap();
    breaking.execute("UPDATE run_count SET n = n + 1 WHERE grain = 0", []).unwrap();
    drop(breaking);
    let call = folder.call(&["check"]);
    assert_eq!(call.code, Some(3), "{call:?}");
    assert!(call.stdout.contains("is 301 but there are 300 runs (repairable)"), "{call:?}");
    let call = folder.call(&["check", "--repair"]);
    assert!(call.code == Some(1) && call.stderr.contains("is being served"), "{call:?}");
    drop(server);
    let call = folder.call(&["check", "--repair"]);
    assert!(call.code == Some(0) && call.stdout.ends_with("no faults\n"), "{call:?}");
}

#[test]
fn a_terminal_is_not_needed_and_a_pipe_suffices() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 10);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let mut export = folder.program(&["export", "--tenant", "acme"]).spawn().unwrap();
    let mut import = folder.program(&["import", "-", "--tenant", "b", "--database", "b.db"]);
    import.stdin(Stdio::from(export.stdout.take().unwrap()));
    assert!(program_harness::call(&mut import).done().stdout.contains("10 recorded"));
    assert!(export.wait().unwrap().success());
}

#[test]
fn the_command_line_wins_over_the_environment() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 5);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let key = folder.key("other");
    let server = Server::start(&folder, &[]);
    let count = |words: &[&str], variables: &[(&str, &str)]| {
        let mut export = folder.program(&[&["export"], words].concat());
        let call = program_harness::call(export.envs(variables.iter().copied()));
        (call.code, call.stdout.lines().count(), call.stderr)
    };
    let (url, key) = (("RUNLEDGER_URL", server.url.as_str()), ("RUNLEDGER_KEY", key.as_str()));
    let tenant = ("RUNLEDGER_TENANT", "acme");
    assert_eq!(count(&["--tenant", "acme"], &[url, key]), (Some(0), 5, String::new()));
    let typed = ["--url", url.1, "--key", key.1];
    assert_eq!(count(&typed, &[tenant]), (Some(0), 0, String::new()), "the other one is empty");
    assert_eq!(count(&["--url", url.1], &[tenant, key]), (Some(0), 0, String::new()));
    for (code, _, said) in
        [count(&[&["--tenant", "acme"], &typed[..]].concat(), &[]), count(&[], &[tenant, url, key])]
    {
        assert!(code == Some(2) && said.contains("cannot be used together"), "{said}");
    }
}
