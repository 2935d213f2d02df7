//! `runledger serve`.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
};

use program_harness::{Folder, Server, call, signal, write_history};

use crate::wait;

#[test]
fn the_ready_line_names_the_database_and_the_url() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let line = &server.ready_line;
    assert!(line.starts_with("Serving runledger.db at http://127.0.0.1:"), "{line}");
    assert!(line.ends_with("valid keys: 0\n"), "{line}");
    assert_eq!(server.get("/healthz", "").0, 200);
    assert_eq!(server.get("/readyz", "").0, 200);
    assert_eq!(server.get("/docs/", "").0, 200);
    assert_eq!(server.get("/v1/executions", "none").0, 401);
    assert_eq!(server.stop(), Some(0));
    assert!(!folder.path("runledger.db-wal").exists(), "the database was not closed");
}

#[test]
fn metrics_are_served_where_they_are_asked_for() {
    let folder = Folder::new();
    let page = |server: &Server| server.get("/metrics", "");
    let server = Server::start(&folder, &[]);
    assert!(page(&server).1.contains("\nrunledger_build_info{version=\""));
    assert_eq!(server.stop(), Some(0));
    let server = Server::start(&folder, &["--metrics", "off"]);
    assert_eq!(page(&server).0, 404);
    assert_eq!(server.stop(), Some(0));
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let server = Server::start(&folder, &["--metrics", &free]);
    assert_eq!(page(&server).0, 404);
    let elsewhere =
        |path: &str| program_harness::request(&format!("http://{free}{path}"), "GET", "", "");
    assert!(elsewhere("/metrics").1.contains("\nrunledger_write_queue_length 0\n"));
    assert_eq!(elsewhere("/v1/executions").0, 404);
    // A connection to the metrics does not delay the shutdown.
    let idle = TcpStream::connect(&free).unwrap();
    assert_eq!(server.stop(), Some(0));
    drop(idle);
    assert!(!folder.path("runledger.db-wal").exists(), "the database was not closed");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    expect_error(&folder, &["--metrics", &taken], "such as --metrics 127.0.0.1:");
}

#[test]
fn without_a_valid_key_the_second_line_says_how_to_create_one() {
    let folder = Folder::new();
    let mut process = folder.program(&["serve", "--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut stdout = BufReader::new(process.stdout.take().unwrap());
    let [mut ready, mut hint] = [String::new(), String::new()];
    stdout.read_line(&mut ready).unwrap();
    stdout.read_line(&mut hint).unwrap();
    let expected = "runledger keys create --tenant NAME --database runledger.db\n";
    assert!(hint.ends_with(expected), "{ready}{hint}");
    signal(process.id(), "INT");
    assert_eq!(process.wait().unwrap().code(), Some(0));
}

/// Asserts that a server with these arguments does not start, and that its error message has this
/// text.
fn expect_error(folder: &Folder, arguments: &[&str], text: &str) {
    expect_exit(1, folder, arguments, text);
}

/// Asserts the same, and this exit code.
fn expect_exit(code: i32, folder: &Folder, arguments: &[&str], text: &str) {
    let call = folder.call(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
    assert_eq!((call.code, &*call.stdout), (Some(code), ""), "{call:?}");
    assert!(call.stderr.starts_with("error: ") && call.stderr.contains(text), "{call:?}");
}

#[test]
fn a_database_is_served_by_one_process_only() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    expect_error(&folder, &[], "served by another process");
    drop(server);
    // The files that a killed server leaves behind do not prevent the next one.
    assert_eq!(Server::start(&folder, &[]).stop(), Some(0));
}

#[test]
fn a_file_that_is_not_a_whole_database_is_refused_and_not_changed() {
    let folder = Folder::new();
    fs::write(folder.path("foreign.db"), "precious").unwrap();
    expect_error(&folder, &["--database", "foreign.db"], "foreign.db is not a Runledger database");
    assert_eq!(fs::read_to_string(folder.path("foreign.db")).unwrap(), "precious");
    folder.key("acme");
    let whole = fs::read(folder.path("runledger.db")).unwrap();
    fs::write(folder.path("cut.db"), &whole[..whole.len() / 2]).unwrap();
    expect_error(&folder, &["--database", "cut.db"], "cut.db is damaged");
    expect_error(&folder, &["--database", "no/such/folder.db"], "no/such");
}

#[test]
fn the_message_about_an_invalid_option_names_it() {
    let folder = Folder::new();
    expect_exit(2, &folder, &["--body-limit", "1"], "--body-limit must be from 1KiB to 1GiB");
    for (option, value) in [("--request-timeout", "0s"), ("--body-timeout", "2days")] {
        let message = format!("{option} must be longer than 0 and at most 1d");
        expect_exit(2, &folder, &[option, value], &message);
    }
    fs::write(folder.path("empty.pem"), "").unwrap();
    let tls = ["--tls-cert", "empty.pem", "--tls-key", "empty.pem"];
    expect_error(&folder, &tls, "empty.pem cannot be used for TLS");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let call = folder.call(&["serve", "--listen", &address]);
    assert_eq!(call.code, Some(1), "{call:?}");
    assert!(call.stderr.contains(&format!("{address} is already in use")), "{call:?}");
    for arguments in [
        &["--listen", "localhost"][..],
        &["--cors-origin", "https://a.example/path"],
        &["--cors-origin", "*"],
        &["--tls-cert", "empty.pem"],
        &["--rate-limit", "0"],
        &["--body-limit", "16XB"],
        &["--response-cache", "16XB"],
        &["--max-event-streams", "x"],
        &["--log-format", "xml"],
    ] {
        let call = folder.call(&[&["serve"], arguments].concat());
        assert_eq!(call.code, Some(2), "{call:?}");
        assert!(
            call.stderr.contains(arguments[0]) || call.stderr.contains("--tls-key"),
            "{call:?}"
        );
    }
}

#[test]
fn the_log_names_requests_and_no_keys() {
    for (arguments, text) in [
        (["--log-format", "text"], "status=200"),
        (["--log-format", "json"], "\"status\":200"),
        // The former name of the option.
        (["--log", "json"], "\"status\":200"),
    ] {
        let folder = Folder::new();
        let key = folder.key("acme");
        let server = Server::start(&folder, &arguments);
        server.json("/v1/executions?limit=1", &key);
        server.get(&format!("/v1/executions/{key}"), &key);
        assert_eq!(server.stop(), Some(0));
        let log = fs::read_to_string(folder.path("serve.log")).unwrap();
        assert!(log.contains(text) && log.contains("/v1/executions/{id}"), "{log}");
        assert!(!log.contains(&key[3..]) && !log.contains('\u{1b}'), "{log}");
        if arguments[1] == "json" {
            for line in log.lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
            }
        }
    }
}

#[test]
fn a_log_that_cannot_be_written_does_not_fail_requests() {
    let folder = Folder::new();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = folder.program(&["serve", "--listen", "127.0.0.1:0"]);
    let server = Server::started(&folder.path("serve.log"), command.stderr(full).spawn().unwrap());
    for _ in 0..2 {
        assert_eq!(server.get("/healthz", "").0, 200);
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_first_signal_waits_for_requests_in_progress_and_the_second_does_not() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let mut server = Server::start(&folder, &[]);
    let mut client = TcpStream::connect(server.address).unwrap();
    let header_section = format!(
        "PUT /v1/executions/a HTTP/1.1\r\n\
         Host: a\r\n\
         Authorization: Token {key}\r\n\
         Content-Type: application/json\r\n\
         Content-Length: 2\r\n\
         Expect: 100-continue\r\n\r\n"
    );
    client.write_all(header_section.as_bytes()).unwrap();
    // Once the server has responded 100 (Continue), the request is in progress.
    client.read_exact(&mut [0; 25]).unwrap();
    server.signal("TERM");
    let address = server.address;
    wait::until("connections are refused", || TcpStream::connect(address).is_err());
    assert!(server.is_alive(), "it did not wait for the request");
    server.signal("TERM");
    // If it had waited longer, the response would be a 408.
    let mut response = String::new();
    let _ = client.read_to_string(&mut response);
    assert_eq!(response, "");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}

/// A server that `launcher` starts: a command that ends with the call of the program.
fn started_by(launcher: &mut Command, folder: &Folder) -> Server {
    let log = folder.path("serve.log");
    launcher.current_dir(folder.path("")).stdout(Stdio::piped());
    Server::started(&log, launcher.stderr(File::create(&log).unwrap()).spawn().unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn sighup_stops_the_server() {
    let folder = Folder::new();
    folder.key("acme");
    let mut env = Command::new("env");
    // The tests themselves may run under nohup.
    env.arg("--default-signal=HUP").arg(program_harness::path());
    let mut server = started_by(env.args(["serve", "--listen", "127.0.0.1:0"]), &folder);
    server.signal("HUP");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
    assert!(!folder.path("runledger.db-wal").exists(), "the database was not closed");
}

#[test]
fn sighup_is_ignored_under_nohup() {
    let folder = Folder::new();
    let mut nohup = Command::new("sh");
    nohup.arg("-c").arg("trap '' HUP; exec \"$0\" serve --listen 127.0.0.1:0");
    let server = started_by(nohup.arg(program_harness::path()), &folder);
    server.signal("HUP");
    // A server that is stopping still responds to the first few requests.
    for _ in 0..100 {
        assert_eq!(server.get("/healthz", "").0, 200);
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn https_works_with_a_trusted_certificate_only() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certified = rcgen::generate_simple_self_signed(names).unwrap();
    fs::write(folder.path("cert.pem"), certified.cert.pem()).unwrap();
    fs::write(folder.path("key.pem"), certified.signing_key.serialize_pem()).unwrap();
    let server = Server::start(&folder, &["--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.ready_line);
    write_history(&folder.path("runs.ndjson"), 20);
    let arguments = ["import", "runs.ndjson", "--url", &server.url, "--key", &key];
    let mut import = folder.program(&arguments);
    let trusted = call(import.env("SSL_CERT_FILE", folder.path("cert.pem"))).done();
    assert!(trusted.stdout.contains("20 recorded"), "{trusted:?}");
    let untrusted = folder.call(&["export", "--url", &server.url, "--key", &key]);
    assert_eq!(untrusted.code, Some(1));
    assert!(untrusted.stderr.contains("certificate"), "{untrusted:?}");
}
