//! What the server does where its disk or its file fails under it: clear errors, reads that go on, recovery without a
//! restart, and nothing lost of what was acknowledged.

mod program;

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use program::{Folder, Server, request};

fn run(error: &str) -> String {
    format!(
        "{{\"workflow_id\":\"w\",\"version_id\":\"v\",\"version_display_name\":\"\",\"type\":\"TEST\",\"status\":\"FAILED\",\
         \"created_at\":\"2025-01-04T12:00:00Z\",\"steps\":[{{\"id\":\"s\",\"step_name\":\"s\",\"step_type\":\"PIECE\",\
         \"status\":\"FAILED\",\"created_at\":\"2025-01-04T12:00:00Z\",\"error\":\"{error}\"}}]}}"
    )
}

fn put(server: &Server, key: &str, id: &str, error: &str) -> u16 {
    let (status, body) =
        request(&format!("{}/v1/executions/{id}", server.url), "PUT", key, &run(error));
    if status >= 400 {
        assert!(body.starts_with("{\"error\":\""), "{body}");
    }
    status
}

/// A shell's command that becomes the server, of which `before` is done first.
fn serve_in_shell(folder: &Folder, before: &str) -> Command {
    let mut shell = Command::new("sh");
    let program = folder.program(&[]);
    let script = format!("{before} \"$0\" serve --listen 127.0.0.1:0");
    shell.arg("-c").arg(script).arg(program.get_program()).current_dir(folder.path(""));
    shell.stdin(Stdio::null()).stdout(Stdio::piped());
    shell.stderr(fs::File::create(folder.path("serve.log")).unwrap());
    shell
}

#[test]
fn a_full_disk_refuses_what_it_cannot_keep_and_recovers() {
    let folder = Folder::new();
    let key = folder.key("acme");
    // Files end at a size, as they do on a full disk. Only the soft limit: it is lifted below.
    let before = "trap '' XFSZ; exec prlimit --fsize=400000:unlimited";
    let server = Server::started(&folder, serve_in_shell(&folder, before).spawn().unwrap());
    let long = "x".repeat(20_000);
    let mut taken = 0;
    let refused = loop {
        match put(&server, &key, &format!("run{taken}"), &long) {
            201 => taken += 1,
            status => break status,
        }
        assert!(taken < 1000, "the disk is never full");
    };
    assert_eq!(refused, 500);
    assert!(taken > 3, "{taken}");
    // It writes next to nothing, for which there may be room for a while.
    assert!((0..200).any(|_| server.get("/readyz", "").0 == 503));
    assert_eq!(server.json("/v1/executions", &key)["total"], taken, "reads go on");

    let id = server.child.id().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &id, "--fsize=unlimited"]).status();
    assert!(lifted.unwrap().success());
    assert_eq!(put(&server, &key, "after", &long), 201);
    assert_eq!(server.get("/readyz", "").0, 200);
    for n in 0..taken {
        let run = server.json(&format!("/v1/executions/run{n}"), &key);
        assert_eq!(run["steps"][0]["error"], long.as_str(), "run{n}");
    }
    assert_eq!(server.json("/v1/executions", &key)["total"], taken + 1);
    assert_eq!(server.stop(), Some(0));
    folder.call(&["check"]).done();
}

#[test]
fn a_file_that_is_gone_takes_nothing_more_until_it_is_back() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    assert_eq!(put(&server, &key, "before", ""), 201);
    let (path, elsewhere) = (folder.path("runledger.db"), folder.path("elsewhere.db"));
    fs::rename(&path, &elsewhere).unwrap();
    assert_eq!(
        put(&server, &key, "lost", ""),
        500,
        "it would be written to a file that nobody finds"
    );
    assert_eq!(server.get("/readyz", "").0, 503);
    assert_eq!(server.get("/healthz", "").0, 200);
    assert_eq!(server.get("/v1/executions/before", &key).0, 200, "reads go on");
    fs::write(&path, "another file").unwrap();
    assert_eq!(put(&server, &key, "lost", ""), 500);
    fs::rename(&elsewhere, &path).unwrap();
    assert_eq!(put(&server, &key, "after", ""), 201);
    assert_eq!(server.get("/readyz", "").0, 200);
    assert_eq!(server.json("/v1/executions", &key)["total"], 2);
    server.stop();
    folder.call(&["check"]).done();
}

#[test]
fn a_file_that_another_process_holds_is_waited_for_and_then_told() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let other = rusqlite::Connection::open(folder.path("runledger.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(put(&server, &key, "refused", ""), 503);
    assert_eq!(server.get("/v1/executions/refused", &key).0, 404, "reads go on");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(put(&server, &key, "after", ""), 201);
    server.stop();
    folder.call(&["check"]).done();
}

#[test]
fn a_file_or_a_folder_that_cannot_be_written_is_refused() {
    let folder = Folder::new();
    folder.key("acme");
    let set = |name: &str, mode: u32| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(folder.path(name), mode).unwrap();
    };
    // Root may write anywhere, unless this is taken from it.
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let before = if is_root { "exec setpriv --bounding-set=-dac_override" } else { "exec" };
    for (name, mode, whole) in [("runledger.db", 0o444, 0o644), ("", 0o555, 0o755)] {
        let kept = fs::read(folder.path("runledger.db")).unwrap();
        fs::File::create(folder.path("serve.log")).unwrap();
        let mut shell = serve_in_shell(&folder, before);
        set(name, mode);
        let mut server = shell.stderr(Stdio::piped()).spawn().unwrap();
        // A server that starts all the same says so here, and would otherwise go on.
        let mut said = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut said).unwrap();
        if !said.is_empty() {
            server.kill().unwrap();
        }
        let ended = server.wait_with_output().unwrap();
        set(name, whole);
        assert_eq!(said, "");
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.starts_with("error: ") && said.contains("writable"), "{said}");
        assert!(fs::read(folder.path("runledger.db")).unwrap() == kept);
    }
}
