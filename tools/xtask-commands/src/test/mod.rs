//! `cargo xtask test`: all tests, each part named and timed.

mod part;
mod record;

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Result, bail};
use tools_support::{command, machine::ensure_rust};

use self::part::Parts;
use crate::openapi::{self, Generator};

#[derive(clap::Args)]
pub struct Arguments {
    /// Install what is missing: Debian packages as root; packages from crates.io, PyPI and npm into
    /// target/
    #[arg(long)]
    install: bool,
    /// Run only what needs nothing but Rust
    #[arg(long, conflicts_with = "install")]
    fast: bool,
}

/// Programs of `tools/` that need more than Rust: the name of the part, the package, and its
/// arguments.
const PROGRAMS: &[(&str, &str, &[&str])] = &[
    ("licenses", "licenses", &[]),
    ("validators", "validators", &[]),
    ("clients in other languages", "clients-matrix", &["--core"]),
    ("comparison with oasdiff", "oasdiff-comparison", &["--core"]),
    ("Swagger UI in a browser", "browser-test", &["swagger-ui"]),
    ("openapi watch in a browser", "browser-test", &["watch"]),
];

/// Runs every part, also after one has failed, and ends with a table of them.
pub fn run(arguments: &Arguments, generator: &Generator, root: &Path) -> ExitCode {
    let Arguments { install, fast } = *arguments;
    let mut parts = Parts::default();
    parts.run("rustfmt and clippy are installed", ensure_rust);
    parts.run("format", || cargo(root, "fmt --all --check"));
    parts.run("the contract's files are fresh", || check_contract(generator, root));
    parts.run("clippy", || {
        cargo(root, "clippy --workspace --all-targets --all-features -- -D warnings")
    });
    parts.run("documentation", || {
        let mut doc = cargo_command(root, "doc --workspace --no-deps --all-features");
        command::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    // Without benchmarks, which clippy compiles.
    parts.run("tests", || cargo(root, "test --workspace --all-features --no-fail-fast"));
    if !fast {
        parts.run("walkthrough", || cargo(root, "run --quiet --package walkthrough"));
        for (name, package, arguments) in PROGRAMS {
            parts.run(name, || {
                let mut run = cargo_command(root, "run --quiet --package");
                run.arg(package).arg("--").args(*arguments);
                command::run(run.args(install.then_some("--install")))
            });
        }
    }
    if let Err(error) = record::record(&parts.0, root) {
        println!("not recorded: {error:#}");
    }
    parts.summary()
}

fn check_contract(generator: &Generator, root: &Path) -> Result<()> {
    let code = openapi::check(generator, root, &mut std::io::stdout())?;
    if code == ExitCode::SUCCESS { Ok(()) } else { bail!("see above") }
}

fn cargo(root: &Path, arguments: &str) -> Result<()> {
    command::run(&mut cargo_command(root, arguments))
}

fn cargo_command(root: &Path, arguments: &str) -> Command {
    let mut command = command::cargo();
    command.current_dir(root).args(arguments.split(' '));
    command
}
