//! `runledger prune`, and the deletion of old runs by `runledger serve`.

use std::{fmt::Write, fs, ops::Range, process::Output};

use program_harness::{Folder, Server, signal};

use crate::wait;

/// Lines of runs of a workflow in a state, one for each number, a minute apart.
fn lines(workflow: &str, status: &str, day: &str, numbers: Range<u32>) -> String {
    let mut lines = String::new();
    for number in numbers {
        let (hour, minute) = (number / 60 % 24, number % 60);
        let line = format!(
            "{{\"id\":\"{workflow} {status} {day} {number}\",\"workflow_id\":\"{workflow}\",\
             \"version_id\":\"v\",\"version_display_name\":\"\",\"type\":\"TEST\",\
             \"status\":\"{status}\",\"created_at\":\"{day}T{hour:02}:{minute:02}:00Z\"}}"
        );
        writeln!(lines, "{line}").unwrap();
    }
    lines
}

fn import(folder: &Folder, tenant: &str, lines: &str) {
    fs::write(folder.path("runs.ndjson"), lines).unwrap();
    folder.call(&["import", "runs.ndjson", "--tenant", tenant]).done();
}

/// Old and newer runs of two workflows in three states: 120 for each tenant.
fn ledger(folder: &Folder) {
    for tenant in ["acme", "other"] {
        let runs = ["w", "x"].map(|workflow| {
            let runs = [("SUCCEEDED", 0..10), ("FAILED", 10..20), ("PAUSED", 20..30)].map(
                |(status, numbers)| {
                    ["2024-01-01", "2025-01-01"]
                        .map(|day| lines(workflow, status, day, numbers.clone()))
                        .concat()
                },
            );
            runs.concat()
        });
        import(folder, tenant, &runs.concat());
    }
}

/// The number of the tenant's runs that match.
fn count(folder: &Folder, tenant: &str, filters: &[&str]) -> usize {
    let arguments = [&["export", "--tenant", tenant], filters].concat();
    folder.call(&arguments).done().stdout.lines().count()
}

#[test]
fn a_dry_run_counts_what_is_then_deleted() {
    let folder = Folder::new();
    ledger(&folder);
    let arguments = ["prune", "--before", "2024-06-01", "--keep-failed", "2024-01-01T00:15:00Z"];
    let planned = folder.call(&[&arguments[..], &["--dry-run"]].concat()).done().stdout;
    assert_eq!(
        planned,
        "TENANT  RUNS\n\
         acme      30\n\
         other     30\n\
         Would delete 60 finished runs created before 2024-06-01T00:00:00Z, failed ones before \
         2024-01-01T00:15:00Z\n"
    );
    assert_eq!(count(&folder, "acme", &[]), 120);
    let deleted = folder.call(&arguments).done().stdout;
    assert!(deleted.starts_with("60 runs deleted, "), "{deleted}");
    for tenant in ["acme", "other"] {
        let old = |status| count(&folder, tenant, &["--until", "2024-06-01", "--status", status]);
        assert_eq!(["SUCCEEDED", "FAILED", "PAUSED"].map(old), [0, 10, 20]);
        assert_eq!(count(&folder, tenant, &[]), 90);
    }
    folder.call(&["check"]).done();
    let again = folder.call(&arguments).done().stdout;
    assert!(again.starts_with("0 runs deleted, "), "{again}");
}

#[test]
fn options_select_tenants_workflows_and_unfinished_runs() {
    let folder = Folder::new();
    ledger(&folder);
    let prune = |arguments: &[&str]| {
        folder.call(&[&["prune", "--before", "2024-06-01"], arguments].concat()).done()
    };
    prune(&["--tenant", "acme", "--workflow", "w"]);
    assert_eq!([count(&folder, "acme", &[]), count(&folder, "other", &[])], [100, 120]);
    prune(&["--tenant", "acme", "--include-unfinished"]);
    assert_eq!([count(&folder, "acme", &[]), count(&folder, "other", &[])], [60, 120]);
    prune(&["--tenant", "acme", "--tenant", "other"]);
    assert_eq!([count(&folder, "acme", &[]), count(&folder, "other", &[])], [60, 80]);
}

#[test]
fn contradictions_delete_nothing() {
    let folder = Folder::new();
    ledger(&folder);
    for (arguments, code, message) in [
        (&["--before", "2999-01-01"][..], 2, "must not be in the future"),
        (&["--before", "90d", "--keep-failed", "30d"], 2, "must not be later than --before"),
        (&["--before", "1d", "--tenant", "unknown"], 1, "there is no tenant \"unknown\""),
        (&["--before", "1d", "--workflow", "unknown"], 1, "runs of the workflow \"unknown\""),
        (&["--before", "1d", "--workflow", ""], 2, "--workflow must have 1 to 255 characters"),
    ] {
        let call = folder.call(&[&["prune"], arguments].concat());
        assert_eq!(call.code, Some(code), "{call:?}");
        assert!(call.stderr.contains(message), "{call:?}");
    }
    assert_eq!(folder.call(&["prune"]).code, Some(2), "--before is required");
    assert_eq!(count(&folder, "acme", &[]), 120);
}

#[test]
fn a_schedule_that_is_incomplete_or_nearly_empties_the_ledger_is_refused() {
    let folder = Folder::new();
    for (arguments, code, message) in [
        (&["--prune-keep-failed", "9d"][..], 2, "--prune-before <AGE>"),
        (&["--prune-every", "5m"], 2, "--prune-before <AGE>"),
        (&["--prune-at", "03:30"], 2, "--prune-before <AGE>"),
        (&["--prune-before", "9d", "--prune-at", "03:30", "--prune-every", "2h"], 2, "cannot be"),
        (&["--prune-before", "6m"], 2, "must be 1d to 1000y, and is 6m"),
        (&["--prune-before", "0s"], 2, "must be 1d to 1000y, and is 0s"),
        (&["--prune-before", "999999999999d"], 2, "must be 1d to 1000y"),
        (&["--prune-before", "2025-01-01"], 2, "must be an age such as 90d"),
        (&["--prune-before", "90d", "--prune-keep-failed", "9d"], 2, "must not be shorter"),
        (&["--prune-before", "90d", "--prune-every", "0s"], 2, "must be at least 1s"),
    ] {
        let call = folder.call(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
        assert_eq!(call.code, Some(code), "{call:?}");
        assert!(call.stderr.contains(message), "{call:?}");
    }
    assert!(!folder.path("runledger.db").exists());
}

#[test]
fn an_interrupted_deletion_says_what_was_deleted() {
    let folder = Folder::new();
    let runs = 6000;
    import(&folder, "acme", &lines("w", "SUCCEEDED", "2025-01-01", 0..runs));
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let prune = folder.program(&["prune", "--before", "1d"]).spawn().unwrap();
    let list = "/v1/executions?limit=1";
    server.wait_until(list, &key, |list| list["total"].as_u64().unwrap() < u64::from(runs));
    signal(prune.id(), "INT");
    let Output { status, stdout, stderr } = prune.wait_with_output().unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("error: interrupted"), "{stderr}");
    let deleted: u64 =
        stdout.split_once(" runs deleted").unwrap().0.replace(',', "").parse().unwrap();
    let left = server.json(list, &key)["total"].as_u64().unwrap();
    assert!(deleted > 0 && left > 0, "{deleted} {left}");
    assert_eq!(deleted + left, u64::from(runs));
    folder.call(&["check"]).done();
}

#[test]
fn a_server_deletes_old_runs_after_its_start() {
    let folder = Folder::new();
    ledger(&folder);
    let key = folder.key("acme");
    let arguments = ["--prune-before", "400d", "--prune-every", "1s"];
    let server = Server::start(&folder, &arguments);
    let is_pruned = || server.json("/v1/executions?limit=1", &key)["total"] == 40;
    wait::until("the old runs are deleted", is_pruned);
    // A deletion at an interval finds what was recorded since.
    import(&folder, "acme", &lines("late", "SUCCEEDED", "2024-01-01", 0..10));
    wait::until("the runs that were recorded since are deleted", is_pruned);
    // The first deletion may find some of them, too.
    wait::until("both deletions are logged", || {
        let log = fs::read_to_string(folder.path("serve.log")).unwrap();
        let announced = log.find("will be deleted").unwrap();
        let lines = log[announced..].lines().filter(|line| line.contains("old runs deleted"));
        let runs = lines.map(|line| line.split_once("runs=").unwrap().1.split_once(' ').unwrap().0);
        runs.map(|runs| runs.parse::<u32>().unwrap()).sum::<u32>() == 170
    });
    assert_eq!(server.stop(), Some(0));
    assert_eq!([count(&folder, "acme", &[]), count(&folder, "other", &[])], [40, 40]);
}
