//! `runledger exec`.

use std::{
    fs,
    process::{Command, Output},
};

use program_harness::{Call, Folder, Server, call, signal};
use serde_json::Value;

/// A folder with a key, and a server.
pub struct Environment {
    pub folder: Folder,
    pub key: String,
    pub server: Server,
}

impl Environment {
    pub fn new() -> Self {
        let folder = Folder::new();
        let key = folder.key("acme");
        let server = Server::start(&folder, &[]);
        Self { folder, key, server }
    }

    /// A command that runs a shell script and records it.
    pub fn exec(&self, workflow: &str, script: &str) -> Command {
        exec(&self.folder, &self.server.url, &self.key, workflow, script)
    }

    /// The only run of a workflow.
    pub fn run_of(&self, workflow: &str) -> Value {
        run_of(&self.server, &self.key, workflow)
    }
}

/// A command that runs a shell script and records it.
pub fn exec(folder: &Folder, url: &str, key: &str, workflow: &str, script: &str) -> Command {
    let mut command = folder.program(&["exec", "--workflow", workflow, "--", "sh", "-c", script]);
    command.env("RUNLEDGER_URL", url).env("RUNLEDGER_KEY", key);
    command
}

/// The only run of a workflow.
pub fn run_of(server: &Server, key: &str, workflow: &str) -> Value {
    let list = server.json(&format!("/v1/executions?workflow_id={workflow}"), key);
    assert_eq!(list["total"], 1, "{list}");
    server.json(&format!("/v1/executions/{}", list["items"][0]["id"].as_str().unwrap()), key)
}

#[test]
fn the_run_has_the_outcome_of_the_command() {
    let environment = Environment::new();
    for (workflow, script, code, status, step_status, error) in [
        ("good", "echo out; echo warning >&2", 0, "SUCCEEDED", "SUCCEEDED", Value::Null),
        ("bad", "echo oops >&2; exit 7", 7, "FAILED", "FAILED", "oops\n(exit code 7)".into()),
        ("silent", "exit 1", 1, "FAILED", "FAILED", "exit code 1".into()),
        ("crashed", "kill -9 $$", 137, "FAILED", "FAILED", "ended by signal 9, SIGKILL".into()),
    ] {
        let outcome = if workflow == "crashed" { "CRASHED".into() } else { Value::Null };
        let call = call(&mut environment.exec(workflow, script));
        assert_eq!(call.code, Some(code), "{call:?}");
        let run = environment.run_of(workflow);
        assert_eq!((&run["status"], &run["type"]), (&status.into(), &"COMMAND".into()), "{run}");
        let step = &run["steps"][0];
        assert_eq!((&step["status"], &step["step_name"]), (&step_status.into(), &"sh".into()));
        assert_eq!((&step["error"], &step["outcome"]), (&error, &outcome));
        assert_eq!(run["outcome"], outcome);
        assert!(run["duration"].is_number() && run["finished_at"].is_string(), "{run}");
        if workflow == "good" {
            assert_eq!((&*call.stdout, &*call.stderr), ("out\n", "warning\n"));
        }
    }
}

#[test]
fn a_command_that_cannot_be_run_is_a_failed_run() {
    let Environment { folder, key, server } = Environment::new();
    fs::write(folder.path("not-executable"), "").unwrap();
    for (workflow, command, code) in
        [("missing", "no-such-command", 127), ("not-executable", "./not-executable", 126)]
    {
        let options = ["--workflow", workflow, "--url", &server.url, "--key", &key];
        let call = folder.call(&[&["exec"], &options[..], &["--", command]].concat());
        assert_eq!(call.code, Some(code), "{call:?}");
        assert!(call.stderr.contains(&format!("cannot run {command}")), "{call:?}");
        assert_eq!(run_of(&server, &key, workflow)["status"], "FAILED");
    }
}

#[test]
fn a_run_is_visible_while_its_command_runs_and_signals_are_forwarded() {
    let environment = Environment::new();
    let script = "trap 'kill $!; echo stopping >&2; exit 5' TERM; sleep 1000 & wait";
    let process = environment.exec("long", script).spawn().unwrap();
    let path = "/v1/executions?workflow_id=long&status=RUNNING";
    environment.server.wait_until(path, &environment.key, |list| list["total"] == 1);
    signal(process.id(), "TERM");
    let Output { status, stderr, .. } = process.wait_with_output().unwrap();
    assert_eq!((status.code(), &*stderr), (Some(5), &b"stopping\n"[..]));
    let run = environment.run_of("long");
    assert_eq!(run["status"], "FAILED");
    assert_eq!(run["steps"][0]["error"], "stopping\n(exit code 5)");
}

#[test]
fn a_signal_that_is_ignored_from_the_start_stays_ignored() {
    let environment = Environment::new();
    for signal in ["HUP", "INT", "TERM"] {
        let script = format!("kill -{signal} $PPID $$; exit 5");
        let exec = environment.exec(signal, &script);
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("trap '' {signal}; exec \"$@\"")).arg("sh");
        // Without `env` and its option, which would undo the trap.
        shell.args(exec.get_args().skip(1));
        shell.current_dir(environment.folder.path("."));
        for (name, value) in exec.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        let call = call(&mut shell);
        assert_eq!(call.code, Some(5), "{call:?}");
        assert_eq!(environment.run_of(signal)["status"], "FAILED");
    }
}

#[test]
fn a_command_that_ends_by_a_signal_which_was_passed_on_is_cancelled() {
    let environment = Environment::new();
    let handler = "trap 'kill $!; exit 143' TERM; sleep 1000 & wait";
    for (workflow, script) in [("default", "exec sleep 1000"), ("handler", handler)] {
        let process = environment.exec(workflow, script).spawn().unwrap();
        let path = format!("/v1/executions?workflow_id={workflow}&status=RUNNING");
        environment.server.wait_until(&path, &environment.key, |list| list["total"] == 1);
        signal(process.id(), "TERM");
        assert_eq!(process.wait_with_output().unwrap().status.code(), Some(143));
        let run = environment.run_of(workflow);
        assert_eq!(
            (&run["status"], &run["steps"][0]["status"]),
            (&"CANCELLED".into(), &"FAILED".into())
        );
    }
}

#[test]
fn the_command_gets_the_key_only_if_asked() {
    let environment = Environment::new();
    let print = "echo ${RUNLEDGER_KEY-none} $RUNLEDGER_URL";
    let mut exec = environment.exec("without", print);
    let url = &environment.server.url;
    assert_eq!(call(&mut exec).done().stdout, format!("none {url}\n"));
    let mut exec = environment.exec("with", print);
    let expected = format!("{} {url}\n", environment.key);
    assert_eq!(call(exec.env("RUNLEDGER_KEEP_KEY", "true")).done().stdout, expected);
}

#[test]
fn arguments_and_standard_output_are_recorded_only_if_asked() {
    let environment = Environment::new();
    let script = "echo out; echo err >&2; seq 1 1000";
    call(&mut environment.exec("without", script)).done();
    let metadata = &environment.run_of("without")["steps"][0]["metadata"];
    assert_eq!(metadata.as_object().unwrap().keys().collect::<Vec<_>>(), ["pid"]);
    let mut exec = environment.exec("with", script);
    exec.envs([("RUNLEDGER_RECORD_ARGUMENTS", "true"), ("RUNLEDGER_RECORD_OUTPUT", "true")]);
    let Call { stdout, stderr, .. } = call(&mut exec).done();
    assert!(stdout.starts_with("out\n1\n2\n") && stdout.ends_with("\n1000\n"));
    assert_eq!(stderr, "err\n");
    let metadata = &environment.run_of("with")["steps"][0]["metadata"];
    assert_eq!(metadata["command"], format!("sh -c '{script}'"));
    let end = metadata["stdout"].as_str().unwrap();
    assert!(end.len() == 1024 && end.ends_with("\n999\n1000"), "{end}");
}

#[test]
fn a_command_whose_copied_output_is_closed_ends() {
    let environment = Environment::new();
    let mut exec = environment.exec("yes", "exec yes");
    let mut process = exec.env("RUNLEDGER_RECORD_OUTPUT", "true").spawn().unwrap();
    drop(process.stdout.take());
    let status = process.wait().unwrap();
    assert_eq!(status.code(), Some(128 + 13), "SIGPIPE ended it");
    assert_eq!(environment.run_of("yes")["outcome"], "CRASHED");
}

#[test]
fn a_run_has_the_timeout_of_its_heartbeats() {
    let environment = Environment::new();
    call(&mut environment.exec("default", "true")).done();
    assert_eq!(environment.run_of("default")["heartbeat_timeout"], 180);
    let mut none = environment.exec("none", "true");
    call(none.env("RUNLEDGER_HEARTBEAT_TIMEOUT", "0s")).done();
    assert_eq!(environment.run_of("none").get("heartbeat_timeout"), None);
    let mut invalid = environment.exec("invalid", "true");
    let invalid = call(invalid.env("RUNLEDGER_HEARTBEAT_TIMEOUT", "31days"));
    assert!(invalid.code == Some(2) && invalid.stderr.contains("such as 3min"), "{invalid:?}");
}

#[test]
fn a_command_without_dashes_gets_a_hint() {
    let folder = Folder::new();
    for (arguments, line) in [
        (&["backup.sh", "--full"][..], "runledger exec --workflow NAME -- backup.sh --full"),
        (&["--workflow", "w", "sh", "-c", "a b"], "runledger exec --workflow w -- sh -c 'a b'"),
        (&["sh", "--", "x"], "runledger exec --workflow NAME -- sh -- x"),
    ] {
        let call = folder.call(&[&["exec"], arguments].concat());
        assert!(call.code == Some(2) && call.stderr.contains(line), "{call:?}");
    }
    let call = folder.call(&["exec", "--workflw", "w", "--", "true"]);
    assert!(call.code == Some(2) && call.stderr.contains("'--workflow'"), "{call:?}");
    let call = folder.call(&["exec", "--", "sh", "-c", "echo $0", "--"]);
    assert_eq!((call.code, &*call.stdout), (Some(0), "--\n"), "{call:?}");
}

#[test]
fn input_and_output_are_passed_through_unchanged() {
    let environment = Environment::new();
    let file = environment.folder.path("bytes");
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    fs::write(&file, &bytes).unwrap();
    let mut command = environment.exec("cat", "cat; cat bytes >&2; exit 1");
    command.stdin(fs::File::open(&file).unwrap());
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(stdout == bytes && stderr == bytes && status.code() == Some(1));
    let run = environment.run_of("cat");
    let error = run["steps"][0]["error"].as_str().unwrap();
    assert_eq!(error.chars().count(), 65_536);
    assert!(error.ends_with("(exit code 1)") && !error.contains('\0'));
}

#[test]
fn a_process_left_behind_can_still_write_to_standard_error() {
    let environment = Environment::new();
    // The process outlives the command, and writes once the run is recorded.
    let pipe = environment.folder.path("go");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let script = "(read line < go; echo late >&2) & exit 0";
    let process = environment.exec("daemon", script).spawn().unwrap();
    let path = "/v1/executions?status=SUCCEEDED";
    environment.server.wait_until(path, &environment.key, |list| list["total"] == 1);
    fs::write(&pipe, "go\n").unwrap();
    let Output { status, stderr, .. } = process.wait_with_output().unwrap();
    assert_eq!((status.code(), &*stderr), (Some(0), &b"late\n"[..]));
}

#[test]
fn the_command_runs_without_a_server() {
    let folder = Folder::new();
    let unnamed = folder.call(&["exec", "--workflow", "w", "--", "sh", "-c", "echo hi; exit 4"]);
    assert_eq!((unnamed.code, &*unnamed.stdout), (Some(4), "hi\n"));
    assert!(unnamed.stderr.contains("not recorded: --url and --key"), "{unnamed:?}");
    // Neither the server nor the spool directory can be used.
    fs::write(folder.path("file"), "").unwrap();
    let mut command = exec(&folder, "http://127.0.0.1:1", "a-key", "w", "exit 4");
    let unreachable = call(command.env("RUNLEDGER_SPOOL", folder.path("file")));
    assert_eq!(unreachable.code, Some(4), "{unreachable:?}");
    assert!(unreachable.stderr.contains("not stored either"), "{unreachable:?}");
    assert_eq!(folder.call(&["exec", "--workflow", "w"]).code, Some(2));
}

#[test]
fn the_command_runs_if_messages_cannot_be_written() {
    let folder = Folder::new();
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let mut unnamed = folder.program(&["exec", "--workflow", "w", "--", "sh", "-c", "exit 4"]);
    assert_eq!(call(unnamed.stderr(full())).code, Some(4));
    let mut unreachable = exec(&folder, "http://127.0.0.1:1", "a-key", "w", "exit 4");
    assert_eq!(call(unreachable.stderr(full())).code, Some(4));
}

#[test]
fn the_command_runs_with_invalid_options() {
    let Environment { folder, key, server } = Environment::new();
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
        let call = call(&mut command);
        assert!(call.code == Some(4) && call.stderr.contains("not recorded: "), "{call:?}");
    }
    let call = call(&mut exec(&folder, &server.url, "unknown-key", "w", "exit 4"));
    assert_eq!(call.code, Some(4), "{call:?}");
    assert!(call.stderr.contains("401") && call.stderr.contains("with this key"), "{call:?}");
    assert!(call.stderr.contains("runledger spool send --all"), "{call:?}");
}
