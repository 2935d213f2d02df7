//! `runledger export`.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read},
};

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
fn runs_that_are_deleted_meanwhile_are_left_out() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 2000);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let mut export = folder.program(&["export", "--tenant", "acme"]).spawn().unwrap();
    // The pipe is too small for all runs, so that the export waits for its reader.
    let mut lines = BufReader::new(export.stdout.take().unwrap());
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    folder.call(&["prune", "--before", "0s", "--include-unfinished"]).done();
    let rest: BTreeSet<_> = lines.lines().map(|line| id(&line.unwrap())).collect();
    let exported = 1 + rest.len();
    let ended = export.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(0), &b""[..]));
    assert!((1..2000).contains(&exported), "{exported}");
}

#[test]
fn a_run_that_no_url_can_name_is_skipped_and_reported() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 50);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    // Earlier versions recorded such ids.
    let connection = rusqlite::Connection::open(folder.path("runledger.db")).unwrap();
    let newest = "SELECT pk FROM run ORDER BY created_at DESC, id DESC LIMIT 1";
    // The stored form of the id `..`.
    let update = format!("UPDATE run SET id = x'030400' WHERE pk = ({newest})");
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

/// Writes runs `r0000` and so on to a file, one for each minute from 2025-01-04T00:00:00Z on.
fn write_minutes(folder: &Folder, file: &str, runs: std::ops::Range<u32>, status: &str) {
    let line = |minute: u32| {
        let (day, hour, minute_of_hour) = (4 + minute / 1440, minute / 60 % 24, minute % 60);
        format!(
            "{{\"id\":\"r{minute:04}\",\"workflow_id\":\"w\",\"version_id\":\"v\",\
             \"version_display_name\":\"\",\"type\":\"TEST\",\"status\":\"{status}\",\
             \"created_at\":\"2025-01-{day:02}T{hour:02}:{minute_of_hour:02}:00Z\"}}\n"
        )
    };
    fs::write(folder.path(file), runs.map(line).collect::<String>()).unwrap();
}

fn id(line: &str) -> String {
    serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned()
}

/// The ledger of tenant acme, locally and on a server.
fn both_ways<'a>(server: &'a Server, key: &'a str) -> [Vec<&'a str>; 2] {
    [vec!["--tenant", "acme"], vec!["--url", &server.url, "--key", key]]
}

#[test]
fn a_range_of_time_several_states_and_a_limit_select_the_runs() {
    let folder = Folder::new();
    for (file, runs, status) in [
        ("a.ndjson", 0..100, "FAILED"),
        ("b.ndjson", 100..250, "CANCELLED"),
        ("c.ndjson", 250..400, "SUCCEEDED"),
    ] {
        write_minutes(&folder, file, runs, status);
        folder.call(&["import", file, "--tenant", "acme"]).done();
    }
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    for source in both_ways(&server, &key) {
        let export = |options: &[&str]| {
            let call = folder.call(&[&["export"], &source[..], options].concat()).done();
            call.stdout.lines().map(id).collect::<Vec<_>>()
        };
        let expected = |minutes: std::ops::Range<u32>| {
            minutes.rev().map(|minute| format!("r{minute:04}")).collect::<Vec<_>>()
        };
        assert_eq!(export(&["--since", "2025-01-04T01:00:00Z"]), expected(60..400));
        assert_eq!(export(&["--until", "2025-01-04T03:00:00+01:00"]), expected(0..120));
        let range = ["--since", "2025-01-04", "--until", "2025-01-04T00:03:00Z"];
        assert_eq!(export(&range), expected(0..3));
        assert_eq!(export(&["--since", "24h"]), expected(0..0), "the runs are older");
        assert_eq!(export(&["--until", "24h"]), expected(0..400));
        assert_eq!(export(&["--status", "FAILED,CANCELLED"]), expected(0..250));
        let repeated = ["--status", "FAILED", "--status", "CANCELLED"];
        assert_eq!(export(&repeated), expected(0..250));
        assert_eq!(export(&["--status", "FAILED,FAILED"]), expected(0..100));
        assert_eq!(export(&["--status", "FAILED,all"]), expected(0..400));
        assert_eq!(export(&["--limit", "150"]), expected(250..400));
        let all = ["--status", "FAILED,CANCELLED", "--since", "2025-01-04T01:00:00Z"];
        assert_eq!(export(&[&all[..], &["--limit", "3"]].concat()), expected(247..250));
    }
}

#[test]
fn an_invalid_range_or_limit_is_an_error_that_says_what_is_expected() {
    let folder = Folder::new();
    folder.key("acme");
    let export =
        |options: &[&str]| folder.call(&[&["export", "--tenant", "acme"], options].concat());
    for option in ["--since", "--until"] {
        let call = export(&[option, "yesterday"]);
        assert_eq!(call.code, Some(2), "{call:?}");
        let expected = "must be an age such as 24h, a date such as 2025-01-04 or an RFC 3339 time";
        assert!(call.stderr.contains(expected), "{call:?}");
    }
    let call = export(&["--since", "2025-01-05", "--until", "2025-01-05"]);
    assert_eq!(call.code, Some(2), "{call:?}");
    assert!(call.stderr.contains("--until (2025-01-05T00:00:00Z) must be later than --since"));
    for limit in ["0", "-1", "many"] {
        assert_eq!(export(&["--limit", limit]).code, Some(2), "{limit}");
    }
    assert_eq!(export(&["--status", "FAILED,failed"]).code, Some(2));
}

#[test]
fn runs_that_stay_in_a_status_are_written_once_while_others_leave_it() {
    let folder = Folder::new();
    // Many more than fit into the buffers between the export and this test, so that the export
    // cannot get to its end before the newest runs are finished.
    write_minutes(&folder, "running.ndjson", 0..4000, "RUNNING");
    write_minutes(&folder, "finished.ndjson", 3400..4000, "SUCCEEDED");
    write_minutes(&folder, "running-again.ndjson", 4000..4300, "RUNNING");
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    for (round, source) in both_ways(&server, &key).into_iter().enumerate() {
        let tenant = format!("tenant-{round}");
        let key = folder.key(&tenant);
        let import = |file: &str| folder.call(&["import", file, "--tenant", &tenant]).done();
        import("running.ndjson");
        let source = source.iter().map(|&option| match option {
            "acme" => tenant.as_str(),
            option if option.starts_with("rl_") => key.as_str(),
            option => option,
        });
        let arguments = ["export", "--status", "RUNNING"].into_iter().chain(source);
        let mut export = folder.program(&arguments.collect::<Vec<_>>()).spawn().unwrap();
        let mut lines = BufReader::new(export.stdout.take().unwrap()).lines();
        let mut ids = vec![id(&lines.next().unwrap().unwrap())];
        import("finished.ndjson");
        import("running-again.ndjson");
        ids.extend(lines.map(|line| id(&line.unwrap())));
        assert!(export.wait().unwrap().success());
        assert!(ids.is_sorted_by(|a, b| a > b), "newest first, and none twice");
        let stayed = ids.iter().filter(|id| ***id < *"r3400").count();
        assert_eq!(stayed, 3400, "of {}", ids.len());
        assert!(ids.len() < 4000, "the export was at its end before the runs were finished");
    }
}
