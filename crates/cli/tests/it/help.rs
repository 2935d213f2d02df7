//! The help of every command.

use program_harness::{Folder, call};

/// Every command that has options or arguments, and the groups of commands.
const COMMANDS: [&[&str]; 21] = [
    &[],
    &["demo"],
    &["serve"],
    &["keys"],
    &["keys", "create"],
    &["keys", "list"],
    &["keys", "revoke"],
    &["list"],
    &["show"],
    &["tail"],
    &["import"],
    &["export"],
    &["exec"],
    &["spool"],
    &["spool", "list"],
    &["spool", "send"],
    &["prune"],
    &["check"],
    &["backup"],
    &["completions"],
    &["man"],
];

/// The help of a command on a terminal of 80 columns.
fn help(command: &[&str]) -> String {
    let folder = Folder::new();
    let mut program = folder.program(&[command, &["--help"]].concat());
    let help = call(program.env("COLUMNS", "80")).done().stdout;
    help.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[test]
fn help_of_every_command() {
    for command in COMMANDS {
        let name = [&["runledger"], command].concat().join("_");
        insta::assert_snapshot!(name, help(command));
    }
}

#[test]
fn help_lists_every_command() {
    for group in [&[][..], &["keys"], &["spool"]] {
        let help = help(group);
        let commands = help.split("\nCommands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
        let names = commands.lines().filter(|line| !line.starts_with("   "));
        for name in names.map(|line| line.split_whitespace().next().unwrap()) {
            let command = [group, &[name]].concat();
            assert!(name == "help" || COMMANDS.contains(&&*command), "{command:?}");
        }
    }
}

#[test]
fn help_fits_into_80_columns() {
    for command in COMMANDS {
        for line in help(command).lines() {
            assert!(line.chars().count() <= 80, "{command:?}: {line}");
        }
    }
}

/// Options that select runs. A variable that is meant for another command must not hide runs.
const SELECTING: [&str; 8] =
    ["workflow", "status", "failed", "metadata", "since", "until", "limit", "all"];

#[test]
fn every_option_that_does_not_select_runs_has_an_environment_variable() {
    let mut options = 0;
    for command in COMMANDS {
        let help = help(command);
        let help = help.split("\nExamples:").next().unwrap();
        // The text of an option ends at the next one; wrapped lines are joined.
        for option in help.split("\n      --").skip(1) {
            let text = option.split_whitespace().collect::<Vec<_>>().join(" ");
            let name = text.split(' ').next().unwrap();
            let variable = format!("[env: RUNLEDGER_{}", name.to_uppercase().replace('-', "_"));
            let is_selecting = SELECTING.contains(&name) && command != ["exec"];
            assert_eq!(text.contains(&variable), !is_selecting, "{command:?} --{name}: {text}");
            options += 1;
        }
    }
    assert!(options > 35, "{options}");
}

#[test]
fn help_never_shows_a_key() {
    let folder = Folder::new();
    for command in COMMANDS {
        let mut program = folder.program(&[command, &["--help"]].concat());
        let help = call(program.env("RUNLEDGER_KEY", "rl_secret")).done().stdout;
        assert!(!help.contains("rl_secret"), "{command:?}");
    }
}

#[test]
fn invalid_usage_has_exit_code_2() {
    let folder = Folder::new();
    assert_eq!(folder.call(&["keys"]).code, Some(2));
    assert_eq!(folder.call(&["no-such-command"]).code, Some(2));
    assert_eq!(folder.call(&["serve", "--no-such-option"]).code, Some(2));
    assert!(folder.call(&["--version"]).done().stdout.starts_with("runledger "));
}
