//! `runledger serve` as its user meets it.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
};

use program_harness::{Folder, Server};

#[test]
fn it_says_where_it_is_and_how_to_make_the_first_key() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    assert!(
        server.ready_line.starts_with("Serving runledger.db at http://127.0.0.1:"),
        "{}",
        server.ready_line
    );
    assert!(server.ready_line.ends_with("valid keys: 0\n"), "{}", server.ready_line);
    assert_eq!(server.get("/healthz", "").0, 200);
    assert_eq!(server.get("/readyz", "").0, 200);
    assert_eq!(server.get("/docs/", "").0, 200);
    assert_eq!(server.get("/v1/executions", "none").0, 401);
    assert_eq!(server.stop(), Some(0));
    assert!(!folder.path("runledger.db-wal").exists(), "closed tidily");

    let mut empty = folder.program(&["serve", "--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut said = Vec::new();
    let mut stdout = empty.stdout.take().unwrap();
    while !said.ends_with(b"runledger.db\n") {
        let mut byte = [0];
        stdout.read_exact(&mut byte).unwrap();
        said.push(byte[0]);
    }
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("runledger keys create --tenant NAME --database runledger.db"), "{said}");
    program_harness::signal(empty.id(), "INT");
    assert_eq!(empty.wait().unwrap().code(), Some(0));
}

#[test]
fn it_refuses_what_it_cannot_serve_with_a_reason_and_a_remedy() {
    let folder = Folder::new();
    let refused = |words: &[&str], reason: &str| {
        let call = folder.call(&[&["serve", "--listen", "127.0.0.1:0"], words].concat());
        assert_eq!(call.code, Some(1), "{call:?}");
        assert!(call.stderr.starts_with("error: ") && call.stderr.contains(reason), "{call:?}");
        assert_eq!(call.stdout, "");
    };
    let server = Server::start(&folder, &[]);
    refused(&[], "runledger.db is being served by another process. Stop that one first");
    drop(server);
    // A killed server leaves its mark and its log; neither is in the way.
    assert_eq!(Server::start(&folder, &[]).stop(), Some(0));

    fs::write(folder.path("foreign.db"), "not to be lost").unwrap();
    refused(&["--database", "foreign.db"], "foreign.db is not a Runledger database");
    assert_eq!(fs::read_to_string(folder.path("foreign.db")).unwrap(), "not to be lost");
    let whole = fs::read(folder.path("runledger.db")).unwrap();
    fs::write(folder.path("torn.db"), &whole[..whole.len() / 2]).unwrap();
    refused(&["--database", "torn.db"], "torn.db is damaged");
    refused(&["--database", "no/such/folder.db"], "cannot be made");
    refused(&["--body-limit", "1"], "--body-limit must be from 1KiB to 1GiB");
    refused(&["--request-timeout", "0s"], "--request-timeout must be longer than 0 and at most 1d");
    refused(&["--body-timeout", "2days"], "--body-timeout must be longer than 0 and at most 1d");
    fs::write(folder.path("empty.pem"), "").unwrap();
    refused(
        &["--tls-cert", "empty.pem", "--tls-key", "empty.pem"],
        "empty.pem cannot be used for TLS",
    );

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let call = folder.call(&["serve", "--listen", &address]);
    assert!(call.stderr.contains("in use by another program"), "{call:?}");
    for words in [
        &["--listen", "localhost"][..],
        &["--cors-origin", "https://a.example/path"],
        &["--cors-origin", "*"],
        &["--tls-cert", "empty.pem"],
        &["--rate-limit", "0"],
        &["--log", "xml"],
    ] {
        let call = folder.call(&[&["serve"], words].concat());
        assert_eq!(call.code, Some(2), "{call:?}");
        assert!(call.stderr.contains(words[0]) || call.stderr.contains("--tls-key"), "{call:?}");
    }
}

#[test]
fn its_log_names_requests_and_no_keys() {
    for (format, line) in [("text", "status=200"), ("json", "\"status\":200")] {
        let folder = Folder::new();
        let key = folder.key("acme");
        let server = Server::start(&folder, &["--log", format]);
        server.json("/v1/executions?limit=1", &key);
        server.get(&format!("/v1/executions/{key}"), &key);
        assert_eq!(server.stop(), Some(0));
        let log = fs::read_to_string(folder.path("serve.log")).unwrap();
        assert!(log.contains(line) && log.contains("/v1/executions/{id}"), "{log}");
        assert!(!log.contains(&key[3..]) && !log.contains('\u{1b}'), "{log}");
        if format == "json" {
            for line in log.lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
            }
        }
    }
}

#[test]
fn options_come_from_the_environment_and_the_limits_hold() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let mut command = folder.program(&["serve"]);
    for (name, value) in [
        ("RUNLEDGER_LISTEN", "127.0.0.1:0"),
        ("RUNLEDGER_BODY_LIMIT", "2KiB"),
        ("RUNLEDGER_RATE_LIMIT", "1"),
        ("RUNLEDGER_LOG_LEVEL", "off"),
    ] {
        command.env(name, value);
    }
    let log = folder.path("serve.log");
    command.stderr(std::fs::File::create(&log).unwrap());
    let server = Server::started(&log, command.spawn().unwrap());
    let large = "x".repeat(3000);
    let url = format!("{}/v1/executions/a", server.url);
    assert_eq!(program_harness::request(&url, "PUT", &key, &large).0, 413);
    assert_eq!(program_harness::request(&url, "PUT", &key, &large).0, 429);
}

#[test]
fn the_first_signal_waits_for_what_was_asked_and_the_second_does_not() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let mut server = Server::start(&folder, &[]);
    let mut asking = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    let head = format!(
        "PUT /v1/executions/a HTTP/1.1\r\nHost: a\r\nAuthorization: Token {key}\r\nContent-Type: application/json\r\n\
         Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    );
    asking.write_all(head.as_bytes()).unwrap();
    // The request is under way from here on.
    asking.read_exact(&mut [0; 25]).unwrap();
    server.signal("TERM");
    let port = server.url.rsplit(':').next().unwrap();
    while TcpStream::connect(format!("127.0.0.1:{port}")).is_ok() {
        std::thread::yield_now();
    }
    assert!(server.process.try_wait().unwrap().is_none(), "it waits");
    server.signal("TERM");
    // It would be told that its body takes too long if it were waited for.
    let mut answer = String::new();
    let _ = asking.read_to_string(&mut answer);
    assert_eq!(answer, "");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_closed_terminal_stops_it_in_order_unless_that_is_ignored() {
    let folder = Folder::new();
    folder.key("acme");
    let mut server = Server::start(&folder, &[]);
    server.signal("HUP");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
    assert!(!folder.path("runledger.db-wal").exists(), "it has closed the database");

    let mut nohup = Command::new("sh");
    nohup.arg("-c").arg("trap '' HUP; exec \"$0\" serve --listen 127.0.0.1:0");
    let log = folder.path("serve.log");
    nohup.arg(folder.program(&[]).get_program()).current_dir(folder.path(""));
    nohup.stdout(Stdio::piped()).stderr(fs::File::create(&log).unwrap());
    let server = Server::started(&log, nohup.spawn().unwrap());
    server.signal("HUP");
    // A server that stops answers the first few.
    for _ in 0..100 {
        assert_eq!(server.get("/healthz", "").0, 200);
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn it_speaks_tls_and_our_own_commands_do() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    fs::write(folder.path("cert.pem"), made.cert.pem()).unwrap();
    fs::write(folder.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let server = Server::start(&folder, &["--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.ready_line);
    fs::write(folder.path("runs.ndjson"), "").unwrap();
    program_harness::write_history(&folder.path("runs.ndjson"), 20);
    let words = ["import", "runs.ndjson", "--url", &server.url, "--key", &key];
    let mut import = folder.program(&words);
    let call = program_harness::call(import.env("SSL_CERT_FILE", folder.path("cert.pem"))).done();
    assert!(call.stdout.contains("20 recorded"), "{call:?}");
    // A certificate that nobody vouches for is refused.
    let call = folder.call(&["export", "--url", &server.url, "--key", &key]);
    assert_eq!(call.code, Some(1));
    assert!(call.stderr.contains("certificate"), "{call:?}");
}
