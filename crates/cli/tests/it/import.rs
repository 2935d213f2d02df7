//! `runledger import`.

use std::{fs, io::Write, process::Stdio};

use flate2::{Compression, write::GzEncoder};
use program_harness::{Folder, Server, call, write_history};
use serde_json::Value;

/// Requests to which two servers with the same runs must respond alike.
const REQUESTS: [&str; 6] = [
    "/v1/executions",
    "/v1/executions?limit=100&page=3",
    "/v1/executions?status=FAILED&limit=100",
    "/v1/executions?status=RUNNING",
    "/v1/executions?workflow_id=never",
    "/v1/executions?page=100000",
];

/// Writes 1500 valid lines, with an empty and an invalid one after the first, and an invalid one at
/// the end.
fn write_mixed_lines(folder: &Folder, name: &str) {
    let file = folder.path(name);
    write_history(&file, 1500);
    let valid = fs::read_to_string(&file).unwrap();
    let (first, rest) = valid.split_once('\n').unwrap();
    fs::write(&file, format!("{first}\n\nnonsense\n{rest}{{\"id\":\"incomplete\"}}")).unwrap();
}

const CREATED: &str = "Created the database runledger.db.\nCreated the tenant \"acme\".\n";

const MIXED_LINES_REJECTED: &str = "\
line 3: must be one JSON value: expected ident at column 2
line 1503: workflow_id must be given
";

#[test]
fn valid_lines_are_recorded_and_the_others_are_reported() {
    let folder = Folder::new();
    write_mixed_lines(&folder, "runs.ndjson");
    let import = ["import", "runs.ndjson", "--tenant", "acme"];
    let first = folder.call(&import);
    assert_eq!(first.code, Some(3), "{first:?}");
    assert_eq!(first.stdout, "1502 runs: 1500 recorded, 0 updated, 0 unchanged, 2 rejected\n");
    assert_eq!(first.stderr, format!("{CREATED}{MIXED_LINES_REJECTED}"));
    let second = folder.call(&import);
    assert_eq!(second.stdout, "1502 runs: 0 recorded, 0 updated, 1500 unchanged, 2 rejected\n");

    let key = folder.key("remote");
    let server = Server::start(&folder, &[]);
    let remote = folder.call(&["import", "runs.ndjson", "--url", &server.url, "--key", &key]);
    assert_eq!((remote.code, remote.stdout), (Some(3), first.stdout));
    assert_eq!(remote.stderr, MIXED_LINES_REJECTED);
}

#[test]
fn an_imported_export_is_the_same_ledger() {
    let (folder, copy) = (Folder::new(), Folder::new());
    write_history(&folder.path("runs.ndjson"), 1500);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let local = folder.call(&["export", "--tenant", "acme"]).done().stdout;
    let remote = folder.call(&["export", "--url", &server.url, "--key", &key]).done().stdout;
    assert!(local == remote && local.lines().count() == 1500);

    fs::write(copy.path("copy.ndjson"), &local).unwrap();
    copy.call(&["import", "copy.ndjson", "--tenant", "acme"]).done();
    let copy_key = copy.key("acme");
    let copy_server = Server::start(&copy, &[]);
    for path in REQUESTS {
        assert_eq!(server.get(path, &key), copy_server.get(path, &copy_key), "{path}");
    }
    for line in local.lines().step_by(50) {
        let run: serde_json::Value = serde_json::from_str(line).unwrap();
        let path = format!("/v1/executions/{}", run["id"].as_str().unwrap());
        assert_eq!(copy_server.get(&path, &copy_key), (200, line.to_owned()));
    }
}

#[test]
fn an_export_can_be_piped_into_an_import() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 10);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let mut export = folder.program(&["export", "--tenant", "acme"]).spawn().unwrap();
    let mut import = folder.program(&["import", "-", "--tenant", "b", "--database", "b.db"]);
    import.stdin(Stdio::from(export.stdout.take().unwrap()));
    assert!(call(&mut import).done().stdout.contains("10 recorded"));
    assert!(export.wait().unwrap().success());
}

#[test]
fn a_batch_that_is_too_large_for_the_server_is_divided() {
    let folder = Folder::new();
    let key = folder.key("acme");
    write_history(&folder.path("runs.ndjson"), 200);
    let runs = fs::read_to_string(folder.path("runs.ndjson")).unwrap();
    // A run becomes a little larger or smaller when it is sent.
    let may_be_too_large = runs.lines().filter(|line| line.len() > 7_000).count();
    let server = Server::start(&folder, &["--body-limit", "8KiB"]);
    let mut import = folder.program(&["import", "-", "--url", &server.url]);
    import.env("RUNLEDGER_KEY", &key).stdin(fs::File::open(folder.path("runs.ndjson")).unwrap());
    let call = call(&mut import);
    let recorded = server.json("/v1/executions", &key)["total"].as_u64().unwrap() as usize;
    assert!(recorded >= 200 - may_be_too_large && recorded > 100, "{recorded} of 200: {call:?}");
    assert!(call.stdout.contains(&format!("{recorded} recorded")), "{call:?}");
    assert_eq!(call.code, Some(if recorded == 200 { 0 } else { 3 }), "{call:?}");
}

#[test]
fn a_final_state_is_not_replaced() {
    let folder = Folder::new();
    let line = |status: &str| {
        let run = serde_json::json!({
            "id": "a", "workflow_id": "w", "version_id": "v", "version_display_name": "",
            "type": "TEST", "status": status, "created_at": "2025-01-04T12:00:00Z",
        });
        format!("{run}\n")
    };
    let lines = ["PENDING", "RUNNING", "SUCCEEDED", "RUNNING"].map(line).concat();
    fs::write(folder.path("runs.ndjson"), lines).unwrap();
    let first = folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    assert_eq!(first.stdout, "4 runs: 1 recorded, 2 updated, 1 unchanged, 0 rejected\n");
    let again = folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    assert_eq!(again.stdout, "4 runs: 0 recorded, 0 updated, 4 unchanged, 0 rejected\n");
    let exported = folder.call(&["export", "--tenant", "acme"]).done().stdout;
    assert!(exported.contains("\"status\":\"SUCCEEDED\""), "{exported}");
}

#[test]
fn all_attempts_of_a_run_are_exported_and_imported() {
    let (folder, copy) = (Folder::new(), Folder::new());
    let line = |attempt: i32, status: &str| {
        let run = serde_json::json!({
            "id": "a", "workflow_id": "w", "version_id": "v", "version_display_name": "",
            "type": "TEST", "status": status, "created_at": "2025-01-04T12:00:00Z",
            "attempt": attempt,
        });
        format!("{run}\n")
    };
    let lines = [line(1, "FAILED"), line(2, "RUNNING"), line(4, "SUCCEEDED")].concat();
    fs::write(folder.path("runs.ndjson"), lines).unwrap();
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let local = folder.call(&["export", "--tenant", "acme"]).done().stdout;
    let remote = folder.call(&["export", "--url", &server.url, "--key", &key]).done().stdout;
    assert_eq!((local.lines().count(), &local), (3, &remote));
    let matching = folder.call(&["export", "--tenant", "acme", "--status", "SUCCEEDED"]).done();
    assert_eq!(matching.stdout, local.lines().last().unwrap().to_owned() + "\n");

    fs::write(copy.path("copy.ndjson"), &local).unwrap();
    let copy_key = copy.key("acme");
    let copy_server = Server::start(&copy, &[]);
    for expected in ["1 recorded, 2 updated, 0 unchanged", "0 recorded, 0 updated, 3 unchanged"] {
        let access = ["--url", &copy_server.url, "--key", &copy_key];
        let imported = copy.call(&[&["import", "copy.ndjson"], &access[..]].concat()).done();
        assert!(imported.stdout.contains(expected), "{imported:?}");
    }
    for path in ["/v1/executions/a", "/v1/executions/a?attempt=1", "/v1/executions/a?attempt=2"] {
        assert_eq!(server.get(path, &key), copy_server.get(path, &copy_key), "{path}");
    }
    assert_eq!(copy_server.json("/v1/executions", &copy_key)["total"], 1);
}

#[test]
fn a_repeated_import_of_several_states_of_a_run_changes_nothing() {
    let folder = Folder::new();
    let lines = line("a", "").replace("FAILED", "RUNNING") + &line("a", "");
    fs::write(folder.path("runs.ndjson"), lines).unwrap();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let import =
        |source: &[&str]| folder.call(&[&["import", "runs.ndjson"], source].concat()).done();
    let first = import(&["--tenant", "acme"]);
    assert_eq!(first.stdout, "2 runs: 1 recorded, 1 updated, 0 unchanged, 0 rejected\n");
    for source in [&["--tenant", "acme"][..], &["--url", &server.url, "--key", &key]] {
        let again = import(source);
        assert_eq!(again.stdout, "2 runs: 0 recorded, 0 updated, 2 unchanged, 0 rejected\n");
        assert_eq!(again.stderr, "");
    }
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 2);
    let runs = fs::read_to_string(folder.path("runs.ndjson")).unwrap();
    fs::write(folder.path("marked"), format!("\u{FEFF}{runs}")).unwrap();
    folder.call(&["import", "marked", "--tenant", "acme"]).done();
}

#[test]
fn input_that_cannot_be_imported_is_an_error_with_a_hint() {
    let folder = Folder::new();
    let import = |name: &str| folder.call(&["import", name, "--tenant", "acme"]);
    for (content, expected) in [
        (&[0x1F, 0x8B, 8, 0, b'\n', 1][..], "the input cannot be read: "),
        (&[0x28, 0xB5, 0x2F, 0xFD, 0], "zstdcat FILE | runledger import -"),
        (b"\xFF\xFE{\0}\0", "iconv -f UTF-16 -t UTF-8 FILE | runledger import -"),
        (b"id,workflow_id,status\na,w,FAILED\n", "csv.DictReader(sys.stdin)"),
    ] {
        fs::write(folder.path("other"), content).unwrap();
        let call = import("other");
        assert!(call.code == Some(1) && call.stderr.contains(expected), "{call:?}");
        assert!(call.stderr.starts_with("error: nothing was imported: "), "{call:?}");
        assert!(!folder.path("runledger.db").exists());
    }
    let call = import(".");
    assert!(call.code == Some(1) && call.stderr.contains("is a directory"), "{call:?}");
    let call = import("missing");
    assert!(call.code == Some(1) && call.stderr.contains("cannot read missing"), "{call:?}");
}

#[test]
fn the_reason_for_rejecting_a_line_names_the_column() {
    let folder = Folder::new();
    fs::write(folder.path("runs.ndjson"), "{}\n{\"workflow_id\" 1}\n").unwrap();
    let call = folder.call(&["import", "runs.ndjson", "--tenant", "acme"]);
    assert_eq!(call.code, Some(3), "{call:?}");
    let expected = "line 1: workflow_id must be given\n\
                    line 2: must be one JSON value: expected `:` at column 16\n";
    assert_eq!(call.stderr, expected);
}

#[test]
fn objects_on_several_lines_arrays_and_gzip_are_read() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 300);
    let runs = fs::read_to_string(folder.path("runs.ndjson")).unwrap();
    let runs: Vec<Value> = runs.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let pretty = runs.iter().map(|run| format!("{run:#}\n")).collect::<String>();
    let array = serde_json::to_string(&runs).unwrap();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(pretty.as_bytes()).unwrap();
    let forms = [
        ("array", array.into_bytes()),
        ("pretty-array", format!("{:#}\n", Value::from(runs)).into_bytes()),
        ("gzip", gzip.finish().unwrap()),
        ("pretty", pretty.into_bytes()),
    ];
    folder.call(&["import", "runs.ndjson", "--tenant", "lines"]).done();
    let expected = folder.call(&["export", "--tenant", "lines"]).done().stdout;
    for (name, content) in forms {
        fs::write(folder.path(name), content).unwrap();
        let call = folder.call(&["import", name, "--tenant", name]).done();
        assert!(call.stdout.starts_with("300 runs: 300 recorded, "), "{name}: {call:?}");
        assert!(folder.call(&["export", "--tenant", name]).done().stdout == expected, "{name}");
    }
}

#[test]
fn an_array_that_is_cut_off_is_an_error() {
    let folder = Folder::new();
    let [a, b] = ["a", "b"].map(|id| line(id, ""));
    fs::write(folder.path("cut.json"), format!("[{a},{b}")).unwrap();
    let call = folder.call(&["import", "cut.json", "--tenant", "acme"]);
    assert_eq!((call.code, &*call.stdout), (Some(1), ""), "{call:?}");
    assert!(call.stderr.contains("it ends within an array"), "{call:?}");
    assert!(call.stderr.contains("2 recorded"), "{call:?}");
    let hint = "so that the rest is missing\nOnce the cause is fixed, repeat the command; ";
    assert!(call.stderr.contains(hint), "{call:?}");
    fs::write(folder.path("whole.json"), format!("[{a},{b}]")).unwrap();
    let call = folder.call(&["import", "whole.json", "--tenant", "acme"]).done();
    assert!(call.stdout.contains("2 unchanged"), "{call:?}");
}

#[test]
fn an_input_without_valid_runs_creates_nothing() {
    let folder = Folder::new();
    fs::write(folder.path("runs.ndjson"), line("a", ",\"host\":1")).unwrap();
    let import = ["import", "runs.ndjson", "--tenant", "acme", "--strict"];
    let call = folder.call(&import);
    assert_eq!((call.code, &*call.stderr), (Some(3), "line 1: unknown fields: host\n"));
    let call = folder.call(&[&import[..], &["--dry-run"]].concat());
    assert_eq!(call.stdout, "1 run: 0 valid, 1 rejected; nothing was recorded\n");
    assert!(!folder.path("runledger.db").exists());
    let call = folder.call(&["import", "runs.ndjson", "--strict"]);
    assert!(call.code == Some(2) && call.stderr.contains("no ledger is named"), "{call:?}");
}

#[test]
fn faults_are_told_in_the_words_of_an_import() {
    let folder = Folder::new();
    let run = line("a", "");
    let list = format!("{{\"items\":[{}],\"total\":1}}\n", run.trim_end());
    fs::write(folder.path("runs.ndjson"), list + &run.replace("\"id\":\"a\",", "")).unwrap();
    let call = folder.call(&["import", "runs.ndjson", "--tenant", "acme", "--dry-run"]);
    assert_eq!(call.code, Some(3), "{call:?}");
    assert!(call.stderr.contains("line 1: the object is no run; "), "{call:?}");
    assert!(call.stderr.contains("jq -c '.items[]' FILE | runledger import -"), "{call:?}");
    assert!(call.stderr.contains("line 2: id must be given\n"), "{call:?}");
}

#[test]
fn faults_in_an_array_name_the_elements() {
    let folder = Folder::new();
    let (good, bad) = (line("a", ""), line("a", "").replace("\"id\":\"a\",", ""));
    let runs = [&bad, &good, "{\"data\":[{}]}", &bad, "5"].map(str::trim_end);
    fs::write(folder.path("runs.json"), format!("[{}]", runs.join(","))).unwrap();
    let call = folder.call(&["import", "runs.json", "--tenant", "acme"]);
    assert!(call.stdout.starts_with("5 runs: 1 recorded, "), "{call:?}");
    assert!(call.stderr.contains("\nelements 1, 4: id must be given\n"), "{call:?}");
    assert!(call.stderr.contains("\nelement 3: the object is no run; "), "{call:?}");
    assert!(call.stderr.contains("\nelement 5: "), "{call:?}");
}

#[test]
fn the_command_for_csv_makes_runs_of_its_rows() {
    let folder = Folder::new();
    let csv = "id,workflow_id,status,duration,attempt,step_count,created_at\n\
               a,w,FAILED,1.5,2,0,2025-01-04T12:00:00Z\nb,w,FAILED,None,,,\n";
    fs::write(folder.path("FILE"), csv).unwrap();
    let call = folder.call(&["import", "FILE", "--tenant", "acme"]);
    let program = call.stderr.split_once("python3 -c '").unwrap().1.split_once('\'').unwrap().0;
    let mut python = std::process::Command::new("python3");
    python.arg("-c").arg(program).stdin(fs::File::open(folder.path("FILE")).unwrap());
    fs::write(folder.path("runs.ndjson"), python.output().unwrap().stdout).unwrap();
    let call = folder.call(&["import", "runs.ndjson", "--tenant", "acme"]);
    assert!(call.stderr.contains("line 2: duration must be a number, not \"None\""), "{call:?}");
    let run = folder.call(&["show", "a", "--tenant", "acme", "--json"]).done().stdout;
    assert!(run.contains("\"duration\":1.5") && run.contains("\"attempt\":2"), "{run}");
}

/// A run with this addition to its fields.
fn line(id: &str, addition: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"workflow_id\":\"w\",\"version_id\":\"v\",\"type\":\"TEST\",\
         \"version_display_name\":\"\",\"status\":\"FAILED\",\
         \"created_at\":\"2025-01-04T12:00:00Z\"{addition}}}\n"
    )
}

#[test]
fn unknown_fields_are_counted_or_refused() {
    let folder = Folder::new();
    let lines = [line("a", ",\"host\":\"x\""), line("b", ""), line("c", ",\"host\":1,\"Steps\":2")];
    fs::write(folder.path("runs.ndjson"), lines.concat()).unwrap();
    let strict = folder.call(&["import", "runs.ndjson", "--tenant", "acme", "--strict"]);
    assert_eq!(strict.code, Some(3), "{strict:?}");
    let expected = "line 1: unknown fields: host\nline 3: unknown fields: Steps, host\n";
    assert_eq!(strict.stderr, format!("{CREATED}{expected}"));
    let call = folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let ignored = "ignored fields that the API does not know: host (in 2 runs), Steps (in 1 run)\n";
    assert_eq!(call.stderr, ignored);
    assert_eq!(call.stdout, "3 runs: 2 recorded, 0 updated, 1 unchanged, 0 rejected\n");
}

#[test]
fn a_dry_run_checks_and_records_nothing() {
    let folder = Folder::new();
    write_mixed_lines(&folder, "runs.ndjson");
    let call = folder.call(&["import", "runs.ndjson", "--tenant", "acme", "--dry-run"]);
    assert_eq!((call.code, &*call.stderr), (Some(3), MIXED_LINES_REJECTED));
    assert_eq!(call.stdout, "1502 runs: 1500 valid, 2 rejected; nothing was recorded\n");
    assert!(!folder.path("runledger.db").exists());
}

#[test]
fn equal_faults_are_told_once() {
    let folder = Folder::new();
    let lines: String = (0..1234).map(|n| line(&n.to_string(), ",\"duration\":\"1\"")).collect();
    fs::write(folder.path("runs.ndjson"), lines).unwrap();
    let call = folder.call(&["import", "runs.ndjson", "--tenant", "acme"]);
    assert_eq!(call.code, Some(3), "{call:?}");
    let expected = "lines 1, 2, 3 and 1,231 more: duration must be a number, not \"1\"\n";
    assert_eq!(call.stderr, expected);
}

#[test]
fn a_run_that_no_server_would_return_is_rejected() {
    let folder = Folder::new();
    let text = "x".repeat(60_000);
    let step = |n: usize| {
        format!(
            "{{\"id\":\"{n}\",\"step_name\":\"s\",\"step_type\":\"PIECE\",\"status\":\"FAILED\",\
             \"created_at\":\"2025-01-04T12:00:00Z\",\"error\":\"{text}\"}}"
        )
    };
    let steps = (0..400).map(step).collect::<Vec<_>>().join(",");
    let large = line("large", &format!(",\"steps\":[{steps}]"));
    fs::write(folder.path("runs.ndjson"), large + &line("small", "")).unwrap();
    let import = |options: &[&str]| {
        folder.call(&[&["import", "runs.ndjson", "--tenant", "acme"], options].concat())
    };
    let call = import(&[]);
    assert_eq!(call.code, Some(3), "{call:?}");
    assert!(call.stderr.contains("line 1: the run has 23.0 MiB as JSON"), "{call:?}");
    assert_eq!(call.stdout, "2 runs: 1 recorded, 0 updated, 0 unchanged, 1 rejected\n");
    let call = import(&["--body-limit", "32MiB"]).done();
    assert_eq!(call.stdout, "2 runs: 1 recorded, 0 updated, 1 unchanged, 0 rejected\n");
}
