//! Parsing the command line and the environment.

use std::{env, ffi::OsString};

use clap::{
    Arg, ArgAction, ArgMatches, Command, Error, Parser,
    builder::{BoolishValueParser, Resettable},
    error::{ContextKind, ContextValue},
};

/// Former names of environment variables, which still work.
const FORMER_VARIABLES: [(&str, &str); 1] = [("RUNLEDGER_LOG_FORMAT", "RUNLEDGER_LOG")];

/// Parses the arguments of this process; prints a usage error and ends the process if they are
/// invalid.
pub fn parse<A: Parser>() -> A {
    let mut command = with_environment(A::command());
    let arguments: Vec<_> = env::args_os().collect();
    let matches = command
        .try_get_matches_from_mut(&arguments)
        .unwrap_or_else(|error| plain(error, named(&mut command, &arguments[1..])).exit());
    A::from_arg_matches(&matches)
        .unwrap_or_else(|error| error.format(called(&mut command, &matches)).exit())
}

/// The command that is called, for the usage in an error.
fn called<'a>(command: &'a mut Command, matches: &ArgMatches) -> &'a mut Command {
    match matches.subcommand() {
        Some((name, matches)) if command.find_subcommand(name).is_some() => {
            let subcommand = command.find_subcommand_mut(name).expect("it was found");
            called(subcommand, matches)
        }
        _ => command,
    }
}

/// The command that the arguments name.
fn named<'a>(command: &'a mut Command, arguments: &[OsString]) -> &'a mut Command {
    match arguments.split_first() {
        Some((name, rest)) if command.find_subcommand(name).is_some() => {
            named(command.find_subcommand_mut(name).expect("it was found"), rest)
        }
        _ => command,
    }
}

/// The error with the usage of the command and without clap's tip for an unknown option. In clap's
/// usage, the options that the environment sets look as if they were required; the tip, to put
/// `--` before the option, makes it the command that `exec` runs.
fn plain(mut error: Error, command: &mut Command) -> Error {
    if error.get(ContextKind::Usage).is_some() {
        let usage = command.render_usage();
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
        error.remove(ContextKind::Suggested);
    }
    error
}

fn with_environment(command: Command) -> Command {
    command
        .mut_args(|arg| with_words(without_empty(with_former(arg))))
        .mut_subcommands(with_environment)
}

/// Lets the variable of a flag also be 1, yes or on, or 0, no or off.
fn with_words(arg: Arg) -> Arg {
    let is_flag = matches!(arg.get_action(), ArgAction::SetTrue);
    if is_flag { arg.value_parser(BoolishValueParser::new()) } else { arg }
}

/// Reads the former variable if only that one is set.
fn with_former(arg: Arg) -> Arg {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let former = FORMER_VARIABLES.iter().find(|(name, former)| {
        arg.get_env().is_some_and(|env| env == *name) && !is_set(name) && is_set(former)
    });
    match former {
        Some((_, former)) => arg.env(former),
        None => arg,
    }
}

/// An empty variable, such as one in a configuration file, counts as unset.
fn without_empty(arg: Arg) -> Arg {
    let value = arg.get_env().and_then(env::var_os);
    if value.is_some_and(|value| value.is_empty()) { arg.env(Resettable::Reset) } else { arg }
}
