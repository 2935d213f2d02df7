//! Options from the environment.

use std::fs::{self, File};

use program_harness::{Folder, Server, call, request};

/// Starts a server with these environment variables.
fn serve(folder: &Folder, variables: &[(&str, &str)]) -> Server {
    let log = folder.path("serve.log");
    let mut command = folder.program(&["serve"]);
    command.env("RUNLEDGER_LISTEN", "127.0.0.1:0").envs(variables.iter().copied());
    command.stderr(File::create(&log).unwrap());
    Server::started(&log, command.spawn().unwrap())
}

#[test]
fn options_are_read_from_the_environment() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let server = serve(
        &folder,
        &[
            ("RUNLEDGER_BODY_LIMIT", "2KiB"),
            ("RUNLEDGER_RATE_LIMIT", "1"),
            ("RUNLEDGER_RESPONSE_CACHE", "0"),
            ("RUNLEDGER_MAX_EVENT_STREAMS", "0"),
            ("RUNLEDGER_LOG_LEVEL", "off"),
        ],
    );
    let url = format!("{}/v1/executions/a", server.url);
    let large = "x".repeat(3000);
    assert_eq!(request(&url, "PUT", &key, &large).0, 413);
    assert_eq!(request(&url, "PUT", &key, &large).0, 429);
    assert_eq!(fs::read_to_string(folder.path("serve.log")).unwrap(), "");
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let folder = Folder::new();
    folder.key("acme");
    let mut list = folder.program(&["keys", "list"]);
    assert!(call(list.env("RUNLEDGER_DATABASE", "")).done().stdout.contains("acme"));
    let mut check = folder.program(&["check"]);
    call(check.env("RUNLEDGER_REPAIR", "")).done();
    let names = ["CORS_ORIGIN", "RATE_LIMIT", "TLS_CERT", "TLS_KEY", "BODY_LIMIT", "LOG_FORMAT"];
    let names = names.map(|name| format!("RUNLEDGER_{name}"));
    let server = serve(&folder, &names.each_ref().map(|name| (&**name, "")));
    assert!(server.ready_line.starts_with("Serving runledger.db"), "{}", server.ready_line);
}

#[test]
fn the_variable_of_a_flag_is_a_usual_word() {
    let folder = Folder::new();
    folder.key("acme");
    let list = |value: &str| {
        call(folder.program(&["list", "--tenant", "acme"]).env("RUNLEDGER_JSON", value))
    };
    for value in ["1", "true", "yes", "0", "off"] {
        list(value).done();
    }
    assert_eq!(list("2").code, Some(2));
}

#[test]
fn the_former_name_of_a_variable_still_works_and_the_current_one_takes_precedence() {
    for (variables, is_json) in [
        (&[("RUNLEDGER_LOG", "json")][..], true),
        (&[("RUNLEDGER_LOG", "json"), ("RUNLEDGER_LOG_FORMAT", "")], true),
        (&[("RUNLEDGER_LOG", "json"), ("RUNLEDGER_LOG_FORMAT", "text")], false),
    ] {
        let folder = Folder::new();
        let server = serve(&folder, variables);
        server.get("/v1/executions", "unknown-key");
        assert_eq!(server.stop(), Some(0));
        let log = fs::read_to_string(folder.path("serve.log")).unwrap();
        assert!(log.contains("/v1/executions"), "{log}");
        assert_eq!(log.starts_with('{'), is_json, "{variables:?}: {log}");
    }
}
