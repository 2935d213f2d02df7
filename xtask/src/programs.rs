//! The programs under `tools/`, which are compiled only when they are called.

use std::{ffi::OsString, path::Path, process::ExitCode};

use anyhow::{Context, Result, bail};
use tools_support::command::cargo;

/// A program that `cargo xtask` forwards to.
pub struct Program {
    /// The name after `cargo xtask`.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    package: &'static str,
    /// Whether it is compiled with optimization, and builds what it runs in the same way.
    is_release: bool,
    /// Names that it had before.
    aliases: &'static [&'static str],
}

/// All of them, by name.
pub const PROGRAMS: &[Program] = &[
    Program {
        name: "crash-test",
        about: "Kill servers while they record, and check that every acknowledged run is there",
        package: "crash-test",
        is_release: true,
        aliases: &["kills"],
    },
    Program {
        name: "load-test",
        about: "Put a server under load, and print a table of how it responded to others",
        package: "load-test",
        is_release: true,
        aliases: &["siege"],
    },
];

/// Runs the program that the first of the arguments names, with the others.
///
/// # Errors
/// Where there is no such program, or cargo cannot be started.
pub fn forward(arguments: &[OsString], root: &Path) -> Result<ExitCode> {
    let (name, arguments) = arguments.split_first().context("no command is given")?;
    let Some(program) = find(&name.to_string_lossy()) else {
        bail!("there is no command {}; type: cargo xtask --help", name.display());
    };
    let mut run = cargo();
    run.current_dir(root).args(["run", "--quiet", "--package", program.package]);
    if program.is_release {
        run.arg("--release");
    }
    let status = run.arg("--").args(arguments).status().context("cargo cannot be started")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// A list of the programs, for `cargo xtask --help`.
pub fn help() -> String {
    let lines = PROGRAMS.iter().map(|Program { name, about, .. }| format!("  {name:<14}{about}"));
    format!("Programs under tools/:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

fn find(name: &str) -> Option<&'static Program> {
    PROGRAMS.iter().find(|program| program.name == name || program.aliases.contains(&name))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tools_support::workspace;

    use super::*;

    #[test]
    fn every_program_is_a_package_of_the_workspace() {
        let lock = fs::read_to_string(workspace::root().join("Cargo.lock")).unwrap();
        for Program { package, .. } in PROGRAMS {
            assert!(lock.contains(&format!("name = \"{package}\"\n")), "{package}");
        }
    }

    #[test]
    fn names_are_sorted_and_unique() {
        let names: Vec<_> = PROGRAMS.iter().map(|program| program.name).collect();
        assert!(names.is_sorted(), "{names:?}");
        let aliases = PROGRAMS.iter().flat_map(|program| program.aliases.iter().copied());
        let mut all: Vec<_> = names.into_iter().chain(aliases).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        let error = forward(&["no-such".into()], Path::new("/")).unwrap_err().to_string();
        assert_eq!(error, "there is no command no-such; type: cargo xtask --help");
    }
}
