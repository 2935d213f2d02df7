//! `runledger keys` as its user meets it, beside a running server.

use program_harness::{Folder, Server};

#[test]
fn a_key_is_shown_once_and_works_until_it_is_revoked() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let note = "the nightly jobs";
    let words = ["keys", "create", "--tenant", "acme", "--expires", "90d", "--note", note];
    let created = folder.call(&words).done();
    let key = created.stdout.trim();
    assert!(key.len() == 35 && key.starts_with("rl_"), "{created:?}");
    assert!(created.stderr.contains("Created key 1 of tenant acme"), "{created:?}");
    assert_eq!(server.get("/v1/executions", key).0, 200, "a new key works at once");

    let listed = folder.call(&["keys", "list"]).done().stdout;
    for shown in ["acme", &key[..8], "both", "in 89 days", note] {
        assert!(listed.contains(shown), "{shown}: {listed}");
    }
    assert!(!listed.contains(&key[8..]), "{listed}");

    let revoked = folder.call(&["keys", "revoke", "1"]).done();
    assert!(revoked.stderr.contains("Revoked key 1"), "{revoked:?}");
    while server.get("/v1/executions", key).0 == 200 {
        std::thread::yield_now();
    }
    let (status, body) = server.get("/v1/executions", key);
    assert_eq!((status, &*body), (401, r#"{"error":"Unauthorized: Invalid or expired API key"}"#));
    server.stop();
    let listed = folder.call(&["keys", "list"]).done().stdout;
    assert!(listed.contains("revoked") && listed.contains(" s ago"), "its last use: {listed}");
}

#[test]
fn a_scope_is_all_that_a_key_may() {
    let folder = Folder::new();
    let make = |scope| {
        let words = ["keys", "create", "--tenant", "acme", "--scope", scope];
        folder.call(&words).done().stdout.trim().to_owned()
    };
    let (read, write) = (make("read"), make("write"));
    let server = Server::start(&folder, &[]);
    assert_eq!(server.get("/v1/executions", &read).0, 200);
    assert_eq!(server.get("/v1/executions", &write).0, 403);
    let url = format!("{}/v1/executions/a", server.url);
    assert_eq!(program_harness::request(&url, "PUT", &read, "{}").0, 403);
    assert_eq!(program_harness::request(&url, "PUT", &write, "{}").0, 400);
}

#[test]
fn mistakes_are_told_and_make_nothing() {
    let folder = Folder::new();
    for words in [&["keys", "list"][..], &["keys", "revoke", "1"]] {
        let call = folder.call(words);
        assert_eq!(call.code, Some(1), "{call:?}");
        assert!(call.stderr.contains("runledger.db does not exist"), "{call:?}");
    }
    let create = |words: &[&str]| folder.call(&[&["keys", "create"], words].concat());
    let expected = [
        (create(&["--tenant", ""]), 1, "--tenant must have 1 to 255 characters"),
        (create(&["--tenant", "a", "--expires", "0s"]), 1, "--expires must be longer than 0"),
        (
            create(&["--tenant", "a", "--expires", "9999years"]),
            1,
            "--expires must be longer than 0",
        ),
        (create(&["--tenant", "a", "--scope", "all"]), 2, "[possible values: read, write, both]"),
        (create(&[]), 2, "--tenant"),
    ];
    for (call, code, message) in expected {
        assert_eq!(call.code, Some(code), "{call:?}");
        assert!(call.stderr.contains(message), "{call:?}");
    }
    assert!(!folder.path("runledger.db").exists());
    folder.key("acme");
    let call = folder.call(&["keys", "revoke", "7"]);
    assert!(call.code == Some(1) && call.stderr.contains("there is no key 7"), "{call:?}");
}
