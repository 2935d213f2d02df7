//! docs/operating.md states what the program does.

use std::{fs, net::TcpListener, path::Path, time::Duration};

use program_harness::{Folder, Server};
use runledger_server::Settings;

/// A document of this repository.
fn document(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The operating manual.
pub fn manual() -> String {
    document("docs/operating.md")
}

/// The beginning of the row of the limits table that states this limit.
fn limit_row(limit: &str, value: &str, option: &str) -> String {
    format!("| {limit} | {value} | {option} |")
}

fn mebibytes(bytes: usize) -> String {
    assert_eq!(bytes % (1 << 20), 0);
    format!("{} MiB", bytes >> 20)
}

fn seconds(duration: Duration) -> String {
    assert_eq!(duration.subsec_nanos(), 0);
    format!("{} s", duration.as_secs())
}

/// A number with a comma before each group of three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    groups.map(|group| String::from_utf8_lossy(group).into_owned()).collect::<Vec<_>>().join(",")
}

#[test]
fn the_limits_are_those_of_the_server() {
    let settings = Settings::default();
    let at_least = |bytes| format!("{}, at least `--body-limit`", mebibytes(bytes));
    let header = format!("64 KiB, 200 fields, {}", seconds(settings.header_timeout));
    let manual = manual();
    for row in [
        limit_row("Open connections", &grouped(settings.max_connections), ""),
        limit_row("Idle connections", &grouped(settings.max_idle_connections), ""),
        limit_row("Header section of a request", &header, ""),
        limit_row(
            "Size of a request body, after decompression",
            &mebibytes(settings.max_body_bytes),
            "`--body-limit`",
        ),
        limit_row(
            "Size of a run as `getExecution` returns it",
            &mebibytes(settings.max_body_bytes),
            "`--body-limit`",
        ),
        limit_row(
            "Time between two parts of a request body",
            &seconds(settings.body_timeout),
            "`--body-timeout`",
        ),
        limit_row(
            "Time to receive a request body",
            &seconds(settings.request_timeout),
            "`--request-timeout`",
        ),
        limit_row(
            "Time to receive and process a request",
            &seconds(2 * settings.request_timeout),
            "twice `--request-timeout`",
        ),
        limit_row(
            "Request bodies in memory, in total",
            &at_least(settings.max_buffered_body_bytes),
            "",
        ),
        limit_row(
            "Response bodies over 64 KiB in memory, in total",
            &at_least(settings.max_buffered_response_bytes),
            "",
        ),
        limit_row("Requests in progress", &grouped(settings.max_concurrent_requests), ""),
        limit_row(
            "Streams of changes (`GET /v1/events`)",
            &grouped(settings.max_event_streams),
            "`--max-event-streams`",
        ),
        limit_row(
            "Streams of changes with one key",
            &grouped(settings.max_event_streams_per_key),
            "`--max-event-streams-per-key`",
        ),
        limit_row(
            "Recent responses in memory, in total",
            &mebibytes(settings.max_cached_response_bytes),
            "`--response-cache`",
        ),
        limit_row("Requests per second and key, and burst", "unlimited", "`--rate-limit`"),
        limit_row("Runs in a batch", &grouped(runledger_model::limits::MAX_BATCH_RUNS), ""),
        limit_row("Steps in a run", &grouped(runledger_model::limits::MAX_STEPS), ""),
    ] {
        let row = row.replace("|  |", "| |");
        assert!(manual.contains(&row), "{row}");
    }
    assert_eq!(settings.rate_limit, None);
}

#[test]
fn every_command_has_valid_arguments() {
    let mut commands = 0;
    for path in ["README.md", "docs/operating.md", "packaging/Containerfile"] {
        for line in document(path).replace("\\\n", " ").lines() {
            for command in commands_of(line) {
                let folder = Folder::new();
                let call = folder.call(&command.iter().map(|word| &**word).collect::<Vec<_>>());
                assert_eq!(call.code, Some(0), "{path}: {line}: {call:?}");
                commands += 1;
            }
        }
    }
    assert!(commands > 20, "only {commands} commands were found");
}

/// The arguments of each call of the program in a line, with `--help` added, so that they are
/// parsed and nothing is done.
fn commands_of(line: &str) -> Vec<Vec<String>> {
    // The only substitution in the documents is one word to the shell.
    let line = line.replace("$(date +", "$(date-+");
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let commands = [
        "demo", "serve", "keys", "list", "show", "tail", "import", "export", "exec", "spool",
        "prune", "check", "backup", "man",
    ];
    let is_call = |pair: &[&str]| {
        pair[0].trim_start_matches(['`', '/', '"']).ends_with("runledger")
            && commands.contains(&pair[1].trim_end_matches('`'))
    };
    let mut calls = Vec::new();
    for index in (1..words.len()).filter(|&index| is_call(&words[index - 1..=index])) {
        let mut arguments = Vec::new();
        for word in &words[index..] {
            if ["|", ">", "&", "&&", "--", "#"].contains(word) {
                break;
            }
            arguments.push(word.trim_end_matches(['`', ',', '.', ')', ':', ';']).to_owned());
            if word.contains('`') {
                break;
            }
        }
        calls.push([arguments, vec!["--help".to_owned()]].concat());
    }
    calls
}

#[test]
fn the_configuration_file_has_every_variable_of_the_server_with_its_default() {
    let file = document("packaging/systemd/runledger.default");
    let help = Folder::new().call(&["serve", "--help"]).done().stdout;
    let options = help.split("\nExamples:").next().unwrap();
    let mut variables = 0;
    for option in options.split("\n      --").skip(1) {
        let part = |start: &str, end: &str| {
            let rest = option.split_once(start)?.1;
            Some(rest.split_once(end)?.0.to_owned())
        };
        let variable = part("[env: ", "=").unwrap();
        if variable == "RUNLEDGER_DATABASE" {
            // The unit sets it.
            continue;
        }
        let value = part("[default: ", "]").unwrap_or_default();
        assert!(file.contains(&format!("\n#{variable}={value}")), "{variable}={value}");
        variables += 1;
    }
    assert!(variables >= 10, "{variables}");
}

#[test]
fn the_exit_codes_are_those_of_the_help() {
    let help = Folder::new().call(&["--help"]).done().stdout;
    let codes = help.split("\nExit codes:\n").nth(1).unwrap();
    let codes = codes.lines().filter_map(|line| line.strip_prefix("  ")?.split_once("  "));
    let rows: Vec<_> = codes.map(|(code, meaning)| format!("| {code} | {meaning} |")).collect();
    assert_eq!(rows.len(), 4, "{rows:?}");
    let manual = manual();
    for row in rows {
        assert!(manual.contains(&row), "{row}");
    }
}

/// A message of the troubleshooting table, with its variable parts replaced: the beginning of a
/// row.
fn expect_row(message: &str, replacements: &[(&str, &str)]) {
    let mut row = message.lines().next().unwrap().trim_start_matches("error: ").to_owned();
    for (value, placeholder) in replacements {
        row = row.replace(value, placeholder);
    }
    let manual = manual();
    let messages = manual.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let is_there = messages.map(|(message, _)| message).any(|message| row.contains(message));
    assert!(is_there, "no row has this message: {row}");
}

#[test]
fn the_messages_of_the_troubleshooting_table_are_those_of_the_program() {
    let folder = Folder::new();
    let key = folder.key("acme");
    let file = ("runledger.db", "FILE");
    let error_of = |arguments: &[&str]| {
        let call = folder.call(arguments);
        assert_eq!(call.code, Some(1), "{call:?}");
        call.stderr
    };
    let serve =
        |arguments: &[&str]| error_of(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
    let server = Server::start(&folder, &[]);
    expect_row(&serve(&[]), &[file]);
    let export = |key| error_of(&["export", "--url", &server.url, "--key", key]);
    expect_row(&export("unknown"), &[]);
    let url = server.url.clone();
    drop(server);
    let unreachable =
        folder.call(&["exec", "--url", &url, "--key", &key, "--workflow", "w", "--", "true"]);
    expect_row(&unreachable.stderr, &[]);
    let unnamed = folder.call(&["exec", "--workflow", "w", "--", "true"]);
    expect_row(&unnamed.stderr, &[]);

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    expect_row(&error_of(&["serve", "--listen", &address]), &[(&address, "ADDRESS")]);
    fs::write(folder.path("foreign.db"), "foreign").unwrap();
    expect_row(&serve(&["--database", "foreign.db"]), &[("foreign.db", "FILE")]);
    let whole = fs::read(folder.path("runledger.db")).unwrap();
    fs::write(folder.path("cut.db"), &whole[..whole.len() / 2]).unwrap();
    expect_row(&serve(&["--database", "cut.db"]), &[("cut.db", "FILE")]);
    expect_row(&serve(&["--database", "missing/a.db"]), &[("missing/a.db-serving", "FILE")]);
    expect_row(&error_of(&["keys", "list", "--database", "no.db"]), &[("no.db", "FILE")]);
    fs::write(folder.path("lost.db-wal"), "log").unwrap();
    expect_row(&serve(&["--database", "lost.db"]), &[("lost.db", "FILE")]);
    fs::copy(folder.path("runledger.db"), folder.path("newer.db")).unwrap();
    let newer = rusqlite::Connection::open(folder.path("newer.db")).unwrap();
    newer.pragma_update(None, "user_version", 1000).unwrap();
    drop(newer);
    expect_row(&serve(&["--database", "newer.db"]), &[("newer.db", "FILE")]);
    fs::write(folder.path("a.pem"), "").unwrap();
    expect_row(&serve(&["--tls-cert", "a.pem", "--tls-key", "a.pem"]), &[("a.pem", "FILE")]);
}
