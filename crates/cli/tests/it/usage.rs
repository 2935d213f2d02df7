//! Invalid arguments: the message says what is expected, and the exit code is 2.

use program_harness::{Folder, call};

/// Arguments, and what the message says is expected.
const INVALID: [(&[&str], &str); 25] = [
    (&["keys", "create", "--tenant", "a", "--expires", "tomorrow"], "12h, 90d"),
    (&["keys", "create", "--tenant", "a", "--expires", "0s"], "such as 90d"),
    (&["keys", "create", "--tenant", "a", "--scope", "all"], "read, write, both"),
    (&["keys", "create", "--tenant", ""], "1 to 255 characters"),
    (&["keys", "revoke", "acme"], "the first column of `runledger keys list`, such as 3"),
    (&["serve", "--listen", "8080"], "such as 127.0.0.1:8080"),
    (&["serve", "--listen", "localhost"], "such as 127.0.0.1:7400"),
    (&["serve", "--body-limit", "16XB"], "such as 16MiB"),
    (&["serve", "--body-limit", "1"], "from 1KiB to 1GiB"),
    (&["serve", "--response-cache", "lots"], "such as 16MiB"),
    (&["serve", "--request-timeout", "30"], "such as 30s"),
    (&["serve", "--body-timeout", "soon"], "such as 30s"),
    (&["serve", "--rate-limit", "0"], "a whole number from 1 to 4,294,967,295, such as 100"),
    (&["serve", "--rate-limit", "-1"], "a whole number from 1"),
    (&["serve", "--max-event-streams", "many"], "a whole number from 0"),
    (&["serve", "--max-event-streams-per-key", "1.5"], "a whole number from 0"),
    (&["serve", "--cors-origin", "*"], "such as https://console.example.com"),
    (&["serve", "--log-level", "all"], "warn"),
    (&["serve", "--prune-before", "2025-01-01"], "such as 90d"),
    (&["serve", "--prune-before", "90d", "--prune-every", "daily"], "such as 30s"),
    (&["serve", "--prune-before", "90d", "--prune-at", "3am"], "such as 03:30"),
    (&["demo", "--listen", ":80"], "such as 127.0.0.1:80"),
    (&["demo", "--runs", "1e6"], "from 0 to 100,000,000, such as 10000"),
    (&["prune", "--before", "yesterday"], "such as 24h"),
    (&["show", "", "--tenant", "a"], "the id must not be empty"),
];

#[test]
fn an_invalid_argument_has_exit_code_2_and_says_what_is_expected() {
    let folder = Folder::new();
    for (arguments, expected) in INVALID {
        let call = folder.call(arguments);
        assert_eq!((call.code, &*call.stdout), (Some(2), ""), "{call:?}");
        let text = call.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.starts_with("error: ") && text.contains(expected), "{arguments:?}: {text}");
    }
    assert!(!folder.path("runledger.db").exists(), "nothing is created");
}

#[test]
fn an_invalid_variable_has_the_same_message() {
    let folder = Folder::new();
    let mut serve = folder.program(&["serve"]);
    let call = call(serve.env("RUNLEDGER_LISTEN", "8080"));
    assert_eq!(call.code, Some(2), "{call:?}");
    assert!(call.stderr.contains("--listen") && call.stderr.contains("127.0.0.1:8080"), "{call:?}");
}

#[test]
fn an_unknown_option_has_no_misleading_tip() {
    let folder = Folder::new();
    for arguments in [&["exec", "--workflow", "w", "-x", "--", "true"][..], &["show", "-abc"]] {
        let call = folder.call(arguments);
        assert_eq!(call.code, Some(2), "{call:?}");
        let usage = format!("Usage: runledger {} [OPTIONS] ", arguments[0]);
        assert!(call.stderr.contains(&usage) && !call.stderr.contains("tip"), "{call:?}");
    }
    let call = folder.call(&["list", "--limits", "3"]);
    assert!(call.stderr.contains("a similar argument exists: '--limit'"), "{call:?}");
}

#[test]
fn options_that_the_environment_sets_do_not_look_required() {
    let folder = Folder::new();
    let mut show = folder.program(&["show"]);
    let call = call(show.env("RUNLEDGER_URL", "http://127.0.0.1:1").env("RUNLEDGER_KEY", "k"));
    assert_eq!(call.code, Some(2), "{call:?}");
    assert!(call.stderr.contains("\nUsage: runledger show [OPTIONS] <ID>\n"), "{call:?}");
    let call = folder.call(&["keys", "revoke"]);
    assert!(call.stderr.contains("\nUsage: runledger keys revoke [OPTIONS] <ID>\n"), "{call:?}");
}
