//! What the tests need of the machine itself: parts of the Rust toolchain, and Debian's packages.

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// A command that succeeds where something is there, and what that something is called.
type Need = (&'static [&'static str], &'static str);

/// From rustup, each called as its component is.
const RUST: &[Need] =
    &[(&["cargo", "fmt", "--version"], "rustfmt"), (&["cargo", "clippy", "--version"], "clippy")];
/// From Debian, each called as its package is.
const DEBIAN: &[Need] = &[
    (&["python3", "-c", "import ensurepip, venv"], "python3-venv"),
    (&["node", "--version"], "nodejs"),
    (&["npm", "--version"], "npm"),
    (&["/usr/bin/chromium", "--version"], "chromium"),
];
/// Programs whose Debian package is called otherwise.
const PACKAGES: &[(&str, &str)] = &[
    ("column", "bsdextrautils"),
    ("go", "golang-go"),
    ("java", "openjdk-17-jre-headless"),
    ("javac", "openjdk-17-jdk-headless"),
    ("mcs", "mono-mcs"),
    ("mono", "mono-runtime"),
    ("mvn", "maven"),
    ("node", "nodejs"),
    ("php", "php-cli"),
    ("python3", "python3-venv"),
];

/// Makes sure that rustfmt and clippy are here; they belong to the toolchain, which is not ours to change.
///
/// # Errors
/// Where one is missing; the message says what to type.
pub fn ensure_rust() -> Result<()> {
    let missing = missing(RUST);
    if missing.is_empty() {
        return Ok(());
    }
    bail!("missing in the Rust toolchain; type: rustup component add {}", missing.join(" "))
}

/// Makes sure that Python with venv, Node, npm and Chromium are here; with `install`, and as root, by installing them.
///
/// # Errors
/// Where one is missing and may not or cannot be installed; the message says what to type.
pub fn ensure_debian(install: bool) -> Result<()> {
    install_debian(&missing(DEBIAN), "cargo xtask test --install", install)
}

/// Makes sure that these programs are on the `PATH` and these Debian packages are installed; with `install`, and as
/// root, by installing them. `command` is what to type for that.
///
/// # Errors
/// Where one is missing and may not or cannot be installed; the message says what to type.
pub fn ensure_programs<'a>(
    programs: impl Iterator<Item = &'a str>,
    packages: impl Iterator<Item = &'a str>,
    command: &str,
    install: bool,
) -> Result<()> {
    let package =
        |program| PACKAGES.iter().find(|(name, _)| *name == program).map_or(program, |it| it.1);
    let programs = programs.filter(|program| !is_on_path(program)).map(package);
    let packages = packages.filter(|package| !is_installed(package));
    let missing: BTreeSet<&str> = programs.chain(packages).collect();
    install_debian(&Vec::from_iter(missing), command, install)
}

fn install_debian(missing: &[&str], command: &str, install: bool) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    if !(install && is_root()) {
        bail!(
            "missing on this machine: {packages}; as root, type: {command} (or: apt-get install {packages})"
        );
    }
    run(Command::new("apt-get").args(["update", "--quiet"]))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(missing);
    // Nobody is there to answer what a package asks.
    run(install.env("DEBIAN_FRONTEND", "noninteractive"))
        .with_context(|| format!("these Debian packages are missing: {packages}"))
}

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn is_installed(package: &str) -> bool {
    succeeds(&["dpkg", "--status", package])
}

/// What the toolchain calls this kind of machine, such as `x86_64-unknown-linux-gnu`.
///
/// # Errors
/// Where cargo does not tell.
pub fn platform() -> Result<String> {
    let output = crate::cargo().arg("-vV").output().context("cargo cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("cargo does not tell what this machine is")?.to_owned())
}

/// Runs a command to its end, and says what it was.
///
/// # Errors
/// Where it cannot be started or does not succeed.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", words(command));
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{program} cannot be started"))?;
    if status.success() { Ok(()) } else { bail!("{}: {status}", words(command)) }
}

fn words(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    needs.iter().filter(|(probe, _)| !succeeds(probe)).map(|(_, name)| *name).collect()
}

fn succeeds(probe: &[&str]) -> bool {
    let mut command = Command::new(probe[0]);
    command.args(&probe[1..]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platform_is_a_target_of_this_machine() {
        let platform = platform().unwrap();
        assert!(platform.starts_with(std::env::consts::ARCH), "{platform}");
        assert!(!platform.contains(char::is_whitespace), "{platform}");
    }

    #[test]
    fn what_does_not_answer_is_missing() {
        let needs: &[Need] =
            &[(&["true"], "there"), (&["false"], "broken"), (&["/no/such/program"], "absent")];
        assert_eq!(missing(needs), ["broken", "absent"]);
    }
}
