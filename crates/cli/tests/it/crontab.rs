//! The crontab in docs/operating.md works as it is.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    process::Command,
};

use program_harness::{Folder, Server, call};

use crate::{exec::run_of, operating_manual::manual};

/// The directory in the crontab that has the program and the script.
const PROGRAMS: &str = "/usr/local/bin";
const URL: &str = "http://127.0.0.1:7400";
const KEY_FILE: &str = "/home/acme/.runledger-key";

/// The lines of the block that sets this variable.
fn block(manual: &str, variable: &str) -> Vec<String> {
    let mut blocks = manual.split("\n\n").filter(|block| block.starts_with("    "));
    let block = blocks.find(|block| block.contains(&format!("\n    {variable}=")));
    block.unwrap().lines().map(|line| line.trim_start().to_owned()).collect()
}

#[test]
fn the_crontab_of_the_manual_records_a_run() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    fs::write(folder.path("key"), format!("{key}\n")).unwrap();
    fs::set_permissions(folder.path("key"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(folder.path("bin")).unwrap();
    symlink(program_harness::path(), folder.path("bin/runledger")).unwrap();
    let script = folder.path("bin/backup.sh");
    fs::write(&script, "#!/bin/sh\necho \"$* as $LOGNAME\"; exit 7\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();

    let lines = block(&manual(), "RUNLEDGER_KEY_FILE").into_iter().map(|line| {
        line.replace(PROGRAMS, folder.path("bin").to_str().unwrap())
            .replace(URL, &server.url)
            .replace(KEY_FILE, folder.path("key").to_str().unwrap())
    });
    let (jobs, variables): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with("0 3 "));
    let [job] = &*jobs else { panic!("{jobs:?}") };
    let command = job.splitn(6, ' ').last().unwrap();
    // The environment that cron gives to a job.
    let mut cron = Command::new("/bin/sh");
    cron.arg("-c").arg(command).current_dir(folder.path("")).env_clear();
    cron.env("HOME", folder.path("")).env("LOGNAME", "acme").env("SHELL", "/bin/sh");
    cron.envs(variables.iter().map(|line| line.split_once('=').unwrap()));
    let call = call(&mut cron);
    assert_eq!((call.code, &*call.stdout, &*call.stderr), (Some(7), "--full as acme\n", ""));

    let run = run_of(&server, &key, "backup");
    assert_eq!((&run["status"], &run["triggered_by"]), (&"FAILED".into(), &"acme".into()));
    assert_eq!(run["version_display_name"], "backup.sh");
    assert!(run["metadata"]["host"].is_string(), "{run}");
}
