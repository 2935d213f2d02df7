//! The options of import and export that name a ledger.

use std::{fs, os::unix::fs::PermissionsExt};

use program_harness::{Folder, Server, call, write_history};

const UNREACHABLE_URL: &str = "http://127.0.0.1:1";

#[test]
fn a_tenant_on_the_command_line_overrides_a_server_in_the_environment() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 3);
    for names in [&["RUNLEDGER_KEY"][..], &["RUNLEDGER_URL"], &["RUNLEDGER_URL", "RUNLEDGER_KEY"]] {
        for command in [&["import", "runs.ndjson"][..], &["export"]] {
            let mut program = folder.program(&[command, &["--tenant", "acme"]].concat());
            call(program.envs(names.iter().map(|name| (name, UNREACHABLE_URL)))).done();
        }
    }
}

#[test]
fn a_database_on_the_command_line_overrides_a_server_in_the_environment() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 3);
    let variables = ["RUNLEDGER_URL", "RUNLEDGER_KEY"].map(|name| (name, UNREACHABLE_URL));
    let import = |more: &[(&str, &str)]| {
        let mut import = folder.program(&["import", "runs.ndjson", "--database", "typed.db"]);
        call(import.envs(variables).envs(more.iter().copied()))
    };
    let without_tenant = import(&[]);
    assert_eq!(without_tenant.code, Some(2), "{without_tenant:?}");
    assert!(without_tenant.stderr.contains("--tenant NAME"), "{without_tenant:?}");
    let created = "Created the database typed.db.\nCreated the tenant \"acme\".\n";
    assert_eq!(import(&[("RUNLEDGER_TENANT", "acme")]).done().stderr, created);
    assert_eq!(import(&[("RUNLEDGER_TENANT", "acme")]).done().stderr, "", "it is announced once");
    let typed = ["--database", "typed.db", "--url", UNREACHABLE_URL, "--key", "k"];
    let both = folder.call(&[&["export"], &typed[..]].concat());
    assert!(both.code == Some(2) && both.stderr.contains("cannot be used together"), "{both:?}");
    assert!(both.stderr.contains("together\n\nUsage: runledger export "), "{both:?}");
}

#[test]
fn the_command_line_takes_precedence_over_the_environment() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 5);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    let empty_key = folder.key("empty");
    let server = Server::start(&folder, &[]);
    let export = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut export = folder.program(&[&["export"], arguments].concat());
        let call = call(export.envs(variables.iter().copied()));
        (call.code, call.stdout.lines().count(), call.stderr)
    };
    let url = ("RUNLEDGER_URL", server.url.as_str());
    let key = ("RUNLEDGER_KEY", empty_key.as_str());
    let tenant = ("RUNLEDGER_TENANT", "acme");
    assert_eq!(export(&["--tenant", "acme"], &[url, key]), (Some(0), 5, String::new()));
    let remote = ["--url", url.1, "--key", key.1];
    assert_eq!(export(&remote, &[tenant]), (Some(0), 0, String::new()));
    assert_eq!(export(&["--url", url.1], &[tenant, key]), (Some(0), 0, String::new()));
    let both = [&["--tenant", "acme"], &remote[..]].concat();
    let in_environment = [&[tenant, url, key][..], &[tenant, url]].map(|both| export(&[], both));
    for (code, _, message) in [&[export(&both, &[])][..], &in_environment].concat() {
        assert!(code == Some(2) && message.contains("cannot be used together"), "{message}");
    }
}

#[test]
fn a_key_can_be_in_a_file() {
    let folder = Folder::new();
    let (key, other_key) = (folder.key("acme"), folder.key("other"));
    let server = Server::start(&folder, &[]);
    write_history(&folder.path("runs.ndjson"), 5);
    folder.call(&["import", "runs.ndjson", "--tenant", "acme"]).done();
    fs::write(folder.path("key"), format!("{key}\n")).unwrap();
    fs::write(folder.path("other-key"), &other_key).unwrap();
    let set_mode = |file: &str, mode| {
        fs::set_permissions(folder.path(file), fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode("key", 0o640);
    set_mode("other-key", 0o600);
    let export = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut export = folder.program(&[&["export", "--url", &server.url], arguments].concat());
        let call = call(export.envs(variables.iter().copied()));
        (call.code, call.stdout.lines().count(), call.stderr)
    };
    let done = |lines| (Some(0), lines, String::new());
    assert_eq!(export(&["--key-file", "key"], &[]), done(5));
    assert_eq!(export(&[], &[("RUNLEDGER_KEY_FILE", "key")]), done(5));
    // The command line takes precedence over the environment, and there the key over the file.
    let (key_variable, file_variable) = (("RUNLEDGER_KEY", &*key), ("RUNLEDGER_KEY_FILE", "key"));
    assert_eq!(export(&["--key-file", "other-key"], &[key_variable, file_variable]), done(0));
    assert_eq!(export(&["--key", &other_key], &[file_variable]), done(0));
    let variables = [key_variable, ("RUNLEDGER_KEY_FILE", "other-key")];
    assert_eq!(export(&[], &variables), done(5));
    let (code, _, message) = export(&["--key", &key, "--key-file", "key"], &[]);
    assert!(code == Some(2) && message.contains("cannot be used together"), "{message}");

    set_mode("key", 0o644);
    let (code, lines, warning) = export(&["--key-file", "key"], &[]);
    assert_eq!((code, lines), (Some(0), 5));
    assert!(warning.starts_with("runledger: warning: every user"), "{warning}");
    assert!(warning.ends_with("chmod 600 key\n") && !warning.contains(&key), "{warning}");

    fs::write(folder.path("empty"), "\n").unwrap();
    fs::write(folder.path("lines"), format!("{key}\n{other_key}\n")).unwrap();
    fs::write(folder.path("binary"), [0x80, 0xff]).unwrap();
    for (file, expected, reason) in [
        ("missing", 1, "cannot be read: No such file"),
        ("binary", 1, "cannot be read: stream did not contain valid UTF-8"),
        ("empty", 2, "is empty"),
        ("lines", 2, "must contain one line"),
        ("/dev/zero", 2, "has an invalid character"),
    ] {
        let (code, _, message) = export(&["--key-file", file], &[]);
        assert!(code == Some(expected) && message.contains(reason), "{message}");
        assert!(message.contains(file) && !message.contains(&key), "{message}");
    }
}

#[test]
fn a_ledger_must_be_named() {
    let folder = Folder::new();
    let call = folder.call(&["export"]);
    assert_eq!(call.code, Some(2), "{call:?}");
    assert!(call.stderr.starts_with("error: no ledger is named"), "{call:?}");
    let call = folder.call(&["export", "--url", UNREACHABLE_URL]);
    assert!(call.code == Some(2) && call.stderr.contains("both required"), "{call:?}");
    folder.key("acme");
    let call = folder.call(&["export", "--tenant", "other"]);
    assert_eq!(call.code, Some(1), "{call:?}");
    let expected = "error: there is no tenant \"other\" in runledger.db\nIts tenants: acme\n";
    assert_eq!(call.stderr, expected);
}

#[test]
fn the_message_about_a_server_names_the_cause() {
    let folder = Folder::new();
    write_history(&folder.path("runs.ndjson"), 2);
    let import = |url: &str, key: &str| {
        let call = folder.call(&["import", "runs.ndjson", "--url", url, "--key", key]);
        assert_eq!(call.code, Some(if url.starts_with("http") { 1 } else { 2 }), "{call:?}");
        assert!(!call.stderr.contains(key), "{call:?}");
        call.stderr
    };
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let message = import(&server.url, "unknown-key");
    let expected = "401 Unauthorized: Invalid or expired API key";
    assert!(message.contains(expected) && message.contains("runledger keys list"), "{message}");
    let message = import(&format!("{}/v1", server.url), &key);
    assert!(message.contains("no endpoint at this path"), "{message}");
    assert!(message.contains("without /v1"), "{message}");
    let scoped = ["keys", "create", "--tenant", "acme", "--scope", "read"];
    let message = import(&server.url, folder.call(&scoped).done().stdout.trim());
    assert!(message.contains("403 Forbidden") && message.contains("--scope both"), "{message}");
    let message = import("ftp://127.0.0.1", "unknown-key");
    assert!(message.contains("must be an HTTP or HTTPS address"), "{message}");
}

#[test]
fn plain_http_needs_no_ca_certificates() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let server = Server::start(&folder, &[]);
    let mut export = folder.program(&["export", "--url", &server.url, "--key", &key]);
    export.env("SSL_CERT_FILE", folder.path("none.pem")).env("SSL_CERT_DIR", folder.path("none"));
    call(&mut export).done();
}
