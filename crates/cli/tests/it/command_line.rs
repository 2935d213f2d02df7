//! What holds for every command: help, the environment, completions, manual pages.

use std::fs;

use program_harness::{Folder, Server};

const COMMANDS: [&[&str]; 12] = [
    &["demo"],
    &["serve"],
    &["keys", "create"],
    &["keys", "list"],
    &["keys", "revoke"],
    &["import"],
    &["export"],
    &["exec"],
    &["check"],
    &["backup"],
    &["completions"],
    &["man"],
];

#[test]
fn every_option_is_a_variable_of_the_environment_too() {
    let folder = Folder::new();
    let mut options = 0;
    for command in COMMANDS {
        let help = folder.call(&[command, &["--help"]].concat()).done().stdout;
        let help = help.split("\nExample").next().unwrap();
        // An option's text reaches to the next option; wrapped lines are joined.
        for option in help.split("\n      --").skip(1) {
            let text = option.split_whitespace().collect::<Vec<_>>().join(" ");
            let name = text.split([' ', '=']).next().unwrap();
            let variable = format!("[env: RUNLEDGER_{}", name.to_uppercase().replace('-', "_"));
            assert!(text.contains(&variable), "{command:?} --{name}: {text}");
            options += 1;
        }
    }
    assert!(options > 35, "{options}");
}

#[test]
fn help_says_how_it_is_used_and_never_a_secret() {
    let folder = Folder::new();
    let help = folder.call(&["--help"]).done().stdout;
    assert!(help.contains("Exit codes:") && help.contains("Examples:"), "{help}");
    for command in COMMANDS {
        let mut program = folder.program(&[command, &["--help"]].concat());
        let help = program_harness::call(program.env("RUNLEDGER_KEY", "rl_secret")).done().stdout;
        assert!(!help.contains("rl_secret"), "{command:?}");
        if command != ["keys", "list"] {
            assert!(help.contains("Example"), "{command:?}");
        }
    }
    assert_eq!(folder.call(&["keys"]).code, Some(2));
    assert_eq!(folder.call(&["nonsense"]).code, Some(2));
    assert!(folder.call(&["--version"]).done().stdout.starts_with("runledger "));
}

#[test]
fn shells_and_manuals_know_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.call(&["completions", shell]).done().stdout;
        assert!(script.contains("backup") && script.contains("revoke"), "{shell}");
    }
    folder.call(&["man", "pages"]).done();
    for page in ["runledger.1", "runledger-serve.1", "runledger-keys-create.1", "runledger-exec.1"]
    {
        let text = fs::read_to_string(folder.path("pages").join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
    fs::write(folder.path("file"), "").unwrap();
    let call = folder.call(&["man", "file"]);
    assert!(
        call.code == Some(1) && call.stderr.contains("cannot write manual pages to file"),
        "{call:?}"
    );
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let folder = Folder::new();
    folder.key("acme");
    let mut listed = folder.program(&["keys", "list"]);
    assert!(
        program_harness::call(listed.env("RUNLEDGER_DATABASE", "")).done().stdout.contains("acme")
    );
    let mut serve = folder.program(&["serve", "--listen", "127.0.0.1:0"]);
    for name in ["CORS_ORIGIN", "RATE_LIMIT", "TLS_CERT", "TLS_KEY", "BODY_LIMIT", "LOG"] {
        serve.env(format!("RUNLEDGER_{name}"), "");
    }
    let log = folder.path("serve.log");
    serve.stderr(fs::File::create(&log).unwrap());
    assert!(Server::started(&log, serve.spawn().unwrap()).ready_line.starts_with("Serving"));
    let mut checked = folder.program(&["check"]);
    program_harness::call(checked.env("RUNLEDGER_REPAIR", "")).done();
}
