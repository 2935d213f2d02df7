//! Programs in packages of their own, which are compiled only when they are called.

use std::{ffi::OsString, path::Path, process::ExitCode};

use anyhow::{Context, Result, bail};
use tools_support::command::cargo;

/// A program that `cargo xtask` forwards to.
struct Program {
    /// The name after `cargo xtask`.
    name: &'static str,
    about: &'static str,
    package: &'static str,
    profile: Profile,
}

/// How a program is compiled.
#[derive(Clone, Copy, PartialEq)]
enum Profile {
    Dev,
    /// With optimization; what the program builds is then compiled in the same way.
    Release,
}

/// All of them, by name.
const PROGRAMS: &[Program] = &[
    dev("browser", "browser-test", "Test the web pages in headless Chromium; make screenshots"),
    dev("clients", "clients-matrix", "Generate, compile and run clients in other languages"),
    dev("conform", "runledger-conform", "Test whether a server implements the contract"),
    release(
        "crash-test",
        "crash-test",
        "Kill processes while they record, delete or migrate, and verify the database",
    ),
    dev("dist", "dist", "Build the archive and the Debian package"),
    dev("licenses", "licenses", "Check the licenses and sources of all dependencies"),
    release("load-test", "load-test", "Put a server under load; measure responses to others"),
    dev("oasdiff", "oasdiff-comparison", "Compare `openapi diff` with oasdiff on random changes"),
    dev("validators", "validators", "Run outside validators on the OpenAPI documents"),
    dev("walkthrough", "walkthrough", "Do what CONTRIBUTING.md says in a copy of the tree"),
];

const fn dev(name: &'static str, package: &'static str, about: &'static str) -> Program {
    Program { name, about, package, profile: Profile::Dev }
}

const fn release(name: &'static str, package: &'static str, about: &'static str) -> Program {
    Program { name, about, package, profile: Profile::Release }
}

/// Runs the program that the first of the arguments names, with the others.
///
/// # Errors
/// Where there is no such program, or cargo cannot be started.
pub fn forward(arguments: &[OsString], root: &Path) -> Result<ExitCode> {
    let (name, arguments) = arguments.split_first().context("no command is given")?;
    let Some(program) = PROGRAMS.iter().find(|program| *name == *program.name) else {
        bail!("there is no command {}; type: cargo xtask --help", name.display());
    };
    if program.profile == Profile::Release {
        return run_release(program.package, arguments, root);
    }
    run(program.package, arguments, root)
}

/// Runs the program of a package.
///
/// # Errors
/// Where cargo cannot be started.
pub fn run(package: &str, arguments: &[OsString], root: &Path) -> Result<ExitCode> {
    execute(&["--package", package], arguments, root)
}

/// Runs the program of a package, compiled with optimization.
///
/// # Errors
/// Where cargo cannot be started.
pub fn run_release(package: &str, arguments: &[OsString], root: &Path) -> Result<ExitCode> {
    execute(&["--release", "--package", package], arguments, root)
}

/// On Unix, this process becomes cargo, and then the program: signals and the exit code are those
/// of the program.
fn execute(options: &[&str], arguments: &[OsString], root: &Path) -> Result<ExitCode> {
    let mut run = cargo();
    run.current_dir(root).args(["run", "--quiet"]).args(options).arg("--").args(arguments);
    #[cfg(unix)]
    return Err(std::os::unix::process::CommandExt::exec(&mut run))
        .context("cargo cannot be started");
    #[cfg(not(unix))]
    {
        let status = run.status().context("cargo cannot be started")?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// A list of the programs, for `cargo xtask --help`.
pub fn help() -> String {
    let lines = PROGRAMS.iter().map(|program| format!("  {:<13}{}", program.name, program.about));
    let lines: Vec<_> = lines.collect();
    format!("Programs of their own, each with --help:\n{}", lines.join("\n"))
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
        assert!(PROGRAMS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        let error = forward(&["no-such".into()], Path::new("/")).unwrap_err().to_string();
        assert_eq!(error, "there is no command no-such; type: cargo xtask --help");
    }
}
