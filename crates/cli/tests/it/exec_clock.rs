//! `runledger exec` while the clock of the system is set.

use std::{fs, path::PathBuf};

use program_harness::call;
use runledger_model::Timestamp;
use serde_json::Value;

use crate::exec::Environment;

#[test]
fn setting_the_clock_changes_no_duration() {
    let Some(library) = libfaketime() else {
        eprintln!("skipped, because libfaketime is missing; type: cargo xtask test --install");
        return;
    };
    let environment = Environment::new();
    let offset = environment.folder.path("offset");
    for (workflow, seconds) in [("back", "-3600"), ("forward", "+3600")] {
        fs::write(&offset, "+0\n").unwrap();
        // The command itself sets the clock.
        let mut command = environment.exec(workflow, &format!("echo {seconds} >offset"));
        command.env("LD_PRELOAD", &library).env("FAKETIME_TIMESTAMP_FILE", &offset);
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        call(&mut command).done();
        let run = environment.run_of(workflow);
        let by_clock = millis(&run["finished_at"]) - millis(&run["started_at"]);
        let duration = run["duration"].as_f64().unwrap();
        assert!(duration > 0.0 && duration < 3600.0, "{run}");
        assert_eq!(run["steps"][0]["duration"], run["duration"]);
        match workflow {
            "back" => assert!((0..3_600_000).contains(&by_clock), "{run}"),
            _ => assert!(by_clock >= 3_600_000, "{run}"),
        }
    }
}

/// The library that shifts the clock of one process.
fn libfaketime() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?;
    let mut files = folders.flatten().map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    files.find(|file| file.is_file())
}

fn millis(time: &Value) -> i64 {
    time.as_str().unwrap().parse::<Timestamp>().unwrap().millis()
}
