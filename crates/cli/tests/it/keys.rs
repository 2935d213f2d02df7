//! `runledger keys`, beside a running server.

use program_harness::{Folder, Server, request};

use crate::wait;

#[test]
fn a_key_works_from_its_creation_until_it_is_revoked() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let note = "nightly jobs";
    let options = ["--tenant", "acme", "--expires", "90d", "--note", note];
    let created = folder.call(&[&["keys", "create"], &options[..]].concat()).done();
    let key = created.stdout.trim();
    assert!(key.len() == 35 && key.starts_with("rl_"), "{created:?}");
    let expected = "Created the tenant \"acme\".\nCreated key 1 of tenant acme; it expires";
    assert!(created.stderr.starts_with(expected), "{created:?}");
    assert_eq!(server.get("/v1/executions", key).0, 200, "a new key works at once");

    let list = folder.call(&["keys", "list"]).done().stdout;
    for text in ["acme", &key[..8], "both", "in 89 days", note] {
        assert!(list.contains(text), "{text}: {list}");
    }
    assert!(!list.contains(&key[8..]), "{list}");

    let revoked = folder.call(&["keys", "revoke", "1"]).done();
    assert!(revoked.stderr.contains("Revoked key 1"), "{revoked:?}");
    wait::until("the key is refused", || server.get("/v1/executions", key).0 != 200);
    let (status, body) = server.get("/v1/executions", key);
    assert_eq!((status, &*body), (401, r#"{"error":"Unauthorized: Invalid or expired API key"}"#));
    server.stop();
    let list = folder.call(&["keys", "list"]).done().stdout;
    assert!(list.contains("revoked") && list.contains(" s ago"), "its last use: {list}");
}

#[test]
fn a_scope_permits_its_operations_only() {
    let folder = Folder::new();
    let create = |scope| {
        let arguments = ["keys", "create", "--tenant", "acme", "--scope", scope];
        folder.call(&arguments).done().stdout.trim().to_owned()
    };
    let (read, write) = (create("read"), create("write"));
    let server = Server::start(&folder, &[]);
    assert_eq!(server.get("/v1/executions", &read).0, 200);
    assert_eq!(server.get("/v1/executions", &write).0, 403);
    let url = format!("{}/v1/executions/a", server.url);
    assert_eq!(request(&url, "PUT", &read, "{}").0, 403);
    assert_eq!(request(&url, "PUT", &write, "{}").0, 400);
}

#[test]
fn list_and_revoke_do_not_create_a_database() {
    let folder = Folder::new();
    for arguments in [&["keys", "list"][..], &["keys", "revoke", "1"]] {
        let call = folder.call(arguments);
        assert_eq!(call.code, Some(1), "{call:?}");
        assert!(call.stderr.starts_with("error: runledger.db does not exist"), "{call:?}");
    }
    assert!(!folder.path("runledger.db").exists());
}

#[test]
fn an_invalid_option_creates_nothing() {
    let folder = Folder::new();
    let expected: [(&[&str], i32, &str); 5] = [
        (&["--tenant", ""], 2, "--tenant must have 1 to 255 characters"),
        (&["--tenant", "a", "--expires", "0s"], 2, "--expires must be longer than 0"),
        (&["--tenant", "a", "--expires", "9999years"], 2, "--expires must be longer than 0"),
        (&["--tenant", "a", "--scope", "all"], 2, "[possible values: read, write, both]"),
        (&[], 2, "--tenant"),
    ];
    for (options, code, message) in expected {
        let call = folder.call(&[&["keys", "create"], options].concat());
        assert_eq!(call.code, Some(code), "{call:?}");
        assert!(call.stderr.contains(message), "{call:?}");
    }
    assert!(!folder.path("runledger.db").exists());
}

#[test]
fn a_key_that_does_not_exist_cannot_be_revoked() {
    let folder = Folder::new();
    folder.key("acme");
    let call = folder.call(&["keys", "revoke", "7"]);
    assert!(call.code == Some(1) && call.stderr.contains("there is no key 7"), "{call:?}");
}

#[test]
fn names_that_sqlite_gives_a_meaning_are_those_of_files() {
    let folder = Folder::new();
    for name in [":memory:", "file:runs.db", "file::memory:?cache=shared"] {
        folder.call(&["keys", "create", "--tenant", "acme", "--database", name]).done();
        assert!(folder.path(name).exists(), "{name}");
        let listed = folder.call(&["keys", "list", "--database", name]).done();
        assert!(listed.stdout.contains("acme"), "{listed:?}");
        let copy = format!("{name}.copy");
        folder.call(&["backup", "--database", name, &copy]).done();
        assert!(folder.path(&copy).exists(), "{copy}");
    }
    assert!(!folder.path("runs.db").exists());
}
